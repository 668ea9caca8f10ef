# SPDX-License-Identifier: Apache-2.0
"""What every proposer promises, asked of each one on the shelf."""

from itertools import combinations

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from loopwright.core.ports import Proposer
from loopwright.core.slate import Accounting, Planning, Scoring
from loopwright.registry import build, names
from loopwright.science.acquisition import sequential_batch

NAMES = names("proposers")
GUIDED = [n for n in NAMES if build("proposers", n, {}).is_guided]
SEQUENTIAL = [
    n for n in GUIDED if n not in {"knowledge", "qei", "thompson", "pareto", "desirability"}
]
"""Those whose picks have a score of their own, whoever else is offered."""


@pytest.fixture(params=NAMES)
def proposer(request):
    return build("proposers", request.param, {})


@pytest.fixture(scope="module")
def doubtful(world, belief):
    """n candidates with a drawn mean and a drawn joint covariance."""

    def make(n, *, seed=0, **more):
        rng = np.random.default_rng(seed)
        root = rng.standard_normal((n, n)) / np.sqrt(n)
        joint = root @ root.T + 0.1 * np.eye(n)
        return belief(
            mean=rng.standard_normal(n), joint=joint, features=world().features(n), **more
        )

    return make


@pytest.fixture(scope="module")
def clusters(world, belief):
    """Eight clusters of ten near-duplicates each; the first cluster has the best means."""
    label = np.repeat(np.arange(8), 10)
    joint = 0.98 * (label[:, None] == label[None, :]) + 0.02 * np.eye(80)
    mean = -0.1 * label - 0.001 * np.tile(np.arange(10), 8)
    made = belief(mean=mean, joint=joint, features=world().features(80), best=0.5)
    return made.slate(), label


def _rows(proposer, slate, size, seed=3):
    return proposer.propose(slate, size, np.random.default_rng(seed))


def test_a_proposer_fits_its_socket(proposer):
    assert isinstance(proposer, Proposer)
    assert isinstance(proposer.is_guided, bool)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=25)
@given(n=st.integers(1, 30), size=st.integers(1, 40), seed=st.integers(0, 99))
def test_a_batch_holds_as_many_distinct_rows_as_asked_for_or_all(name, doubtful, n, size, seed):
    slate = doubtful(n, seed=seed, cycles_left=seed % 3).slate()
    rows = _rows(build("proposers", name, {}), slate, size, seed)
    assert len(rows) == len(set(rows.tolist())) == min(n, size)
    assert np.issubdtype(rows.dtype, np.integer)
    assert ((rows >= 0) & (rows < n)).all()


def test_where_people_have_locked_the_whole_batch_nothing_is_added(proposer, doubtful):
    assert len(_rows(proposer, doubtful(30, cycles_left=3).slate(), 0)) == 0


def test_the_same_seed_gives_the_same_batch(proposer, doubtful):
    slate = doubtful(30).slate()
    assert _rows(proposer, slate, 8).tolist() == _rows(proposer, slate, 8).tolist()


@pytest.mark.parametrize("name", ["random", "thompson", "diverse"])
def test_another_seed_gives_another_batch_where_chance_has_a_say(name, doubtful):
    proposer, slate = build("proposers", name, {}), doubtful(30).slate()
    batches = {tuple(_rows(proposer, slate, 8, seed)) for seed in range(6)}
    assert len(batches) > 1


def test_proposing_changes_nothing_on_the_slate(proposer, doubtful):
    made = doubtful(30)
    slate, mean, joint = made.slate(), made.mean.copy(), made.joint.copy()
    _rows(proposer, slate, 8)
    assert np.array_equal(slate.mean, mean) and np.array_equal(made.joint, joint)


@pytest.mark.parametrize("tied", [True, False], ids=["all means are tied", "no means are tied"])
def test_noise_of_the_last_digit_does_not_change_a_batch(proposer, doubtful, belief, tied):
    made = doubtful(40, best=0.5)
    mean = np.zeros(40) if tied else made.mean
    joint = np.eye(40) if tied else made.joint
    rng = np.random.default_rng(8)
    shake = 1e-12 * rng.standard_normal((40, 40))
    calm = belief(mean=mean, joint=joint, features=made.features, best=0.5)
    shaken = belief(
        mean=mean + 1e-12 * rng.standard_normal(40),
        joint=joint + shake + shake.T,
        features=made.features,
        best=0.5,
    )
    assert (
        _rows(proposer, shaken.slate(), 10).tolist() == _rows(proposer, calm.slate(), 10).tolist()
    )


@pytest.mark.parametrize("name", SEQUENTIAL)
def test_ties_fall_to_the_earlier_row(name, world, belief):
    tied = belief(mean=np.zeros(50), joint=np.eye(50), features=world().features(50))
    rows = _rows(build("proposers", name, {}), tied.slate(), 5)
    assert rows.tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("name", GUIDED)
def test_a_guided_proposer_takes_a_candidate_that_is_better_beyond_doubt_first(name, doubtful):
    made = doubtful(40)
    made.mean[17] = 50.0
    assert _rows(build("proposers", name, {}), made.slate(), 5)[0] == 17


@pytest.mark.parametrize("name", GUIDED)
def test_a_guided_proposer_never_takes_a_candidate_that_is_worse_beyond_doubt(name, doubtful):
    made = doubtful(40)
    made.mean[17] = -50.0
    assert 17 not in _rows(build("proposers", name, {}), made.slate(), 39)


@pytest.mark.parametrize("name", GUIDED)
def test_a_guided_proposer_speaks_even_when_nothing_is_known_yet(name, doubtful):
    slate = doubtful(20, best=-np.inf).slate()
    assert len(_rows(build("proposers", name, {}), slate, 6)) == 6


def test_an_unguided_proposer_does_not_look_at_the_means(proposer, doubtful):
    if proposer.is_guided:
        return
    made = doubtful(40)
    before = _rows(proposer, made.slate(), 8).tolist()
    made.mean[:] = made.mean[::-1].copy()
    assert _rows(proposer, made.slate(), 8).tolist() == before


@pytest.mark.parametrize("name", SEQUENTIAL)
@settings(max_examples=25)
@given(size=st.integers(1, 12), seed=st.integers(0, 99))
def test_a_proposer_with_a_score_takes_the_batch_that_is_best_by_it(name, doubtful, size, seed):
    proposer, slate = build("proposers", name, {}), doubtful(30, seed=seed, best=0.5).slate()
    assert isinstance(proposer, Scoring)
    by_score = sequential_batch(
        slate.mean,
        slate.std,
        slate.covariance,
        score=proposer.score(slate),
        noise_std=slate.noise_std,
        batch_size=size,
    )
    assert _rows(proposer, slate, size).tolist() == by_score.tolist()


def test_qei_takes_the_batch_of_greatest_joint_improvement(doubtful):
    made = doubtful(8, best=0.3)
    drawn = np.random.default_rng(0).multivariate_normal(made.mean, made.joint, size=40_000)

    def worth(rows):
        return np.maximum(drawn[:, list(rows)].max(axis=1) - 0.3, 0.0).mean()

    best = max(map(worth, combinations(range(8), 3)))
    chosen = _rows(build("proposers", "qei", {"draws": 20_000}), made.slate(), 3)
    assert worth(chosen.tolist()) > 0.97 * best


@pytest.fixture
def uneven(doubtful, belief):
    """Sixty candidates, some of them ten times as doubtful as others."""
    made = doubtful(60)
    scale = np.random.default_rng(0).permutation(np.geomspace(0.3, 3.0, 60))
    joint = made.joint * np.outer(scale, scale)
    return belief(mean=made.mean, joint=joint, features=made.features, cycles_left=3)


@pytest.fixture
def picks_of():
    knowledge = build("proposers", "knowledge", {})
    return lambda slate, size=6: _rows(knowledge, slate, size).tolist()


def test_knowledge_counts_on_the_batches_left_and_says_so(uneven, picks_of):
    plan = build("proposers", "knowledge", {}).plan(uneven.slate(), 6, np.random.default_rng(3))
    assert isinstance(plan.proposer, Accounting) and plan.why == "with 3 more batches to come"
    assert picks_of(uneven.slate()) != picks_of(evolve(uneven.slate(), cycles_left=9))


def test_knowledge_is_greedy_where_nothing_can_follow(doubtful, picks_of):
    greedy, last = build("proposers", "greedy", {}), doubtful(40, cycles_left=0).slate()
    assert isinstance(build("proposers", "knowledge", {}), Planning)
    assert picks_of(last, 10) == _rows(greedy, last, 10).tolist()


def test_knowledge_takes_its_doubt_as_calibration_corrects_it(uneven, belief, picks_of):
    halved = belief(
        mean=uneven.mean, joint=uneven.joint / 4, features=uneven.features, cycles_left=3
    )
    assert picks_of(uneven.slate()) == picks_of(evolve(halved.slate(), calibration=2.0))
    assert picks_of(uneven.slate()) != picks_of(halved.slate())


def test_knowledge_counts_what_locked_picks_leave_and_what_money_pays_for(uneven, picks_of):
    slate = uneven.slate()
    assert picks_of(evolve(slate, batch_size=6)) == picks_of(slate)
    assert picks_of(evolve(slate, batch_size=18)) == picks_of(evolve(slate, cycles_left=9))
    poor = evolve(slate, cost=np.full(60, 2.0), purse=2.0)
    assert picks_of(poor) != picks_of(slate)


def test_a_proposer_that_draws_has_no_score():
    assert not any(isinstance(build("proposers", n, {}), Scoring) for n in ("thompson", "random"))


def test_greedy_orders_by_mean_and_by_nothing_else(doubtful):
    made = doubtful(40)
    rows = _rows(build("proposers", "greedy", {}), made.slate(), 40)
    assert rows.tolist() == np.argsort(-made.mean, kind="stable").tolist()


def test_ucb_without_doubt_is_greedy_and_the_last_batch_is_without_doubt(doubtful):
    slate, last = doubtful(40).slate(), doubtful(40, cycles_left=0).slate()
    greedy = _rows(build("proposers", "greedy", {}), slate, 10).tolist()
    assert _rows(build("proposers", "ucb", {"beta": 0.0}), slate, 10).tolist() == greedy
    assert _rows(build("proposers", "ucb", {"beta": 3.0}), last, 10).tolist() == greedy
    assert _rows(build("proposers", "ucb", {"beta": 3.0}), slate, 10).tolist() != greedy


@pytest.mark.parametrize("name", ["knowledge", "ucb", "ei", "qei", "thompson"])
def test_a_proposer_that_heeds_doubt_picks_fewer_near_duplicates_than_greedy(name, clusters):
    slate, label = clusters
    greedy = label[_rows(build("proposers", "greedy", {}), slate, 8)]
    assert len(set(greedy)) == 1
    assert len(set(label[_rows(build("proposers", name, {}), slate, 8)])) >= 3


def test_ucb_takes_a_less_certain_candidate_of_equal_mean(world, belief):
    joint = np.diag(np.where(np.arange(20) == 13, 2.0, 1.0))
    slate = belief(mean=np.zeros(20), joint=joint, features=world().features(20)).slate()
    assert _rows(build("proposers", "ucb", {"beta": 1.0}), slate, 1) == [13]
    assert _rows(build("proposers", "greedy", {}), slate, 1) == [0]


def test_thompson_takes_each_candidate_as_often_as_it_is_likely_to_be_the_best(world, belief):
    joint, mean = np.diag([1.0, 1.0, 1e-6]), np.array([1.0, 0.0, -9.0])
    slate = belief(mean=mean, joint=joint, features=world().features(3)).slate()
    thompson = build("proposers", "thompson", {})
    first = [_rows(thompson, slate, 1, seed)[0] for seed in range(1500)]
    assert np.mean(np.array(first) == 0) == pytest.approx(0.7602, abs=0.035)  # Phi(1 / sqrt 2)
    assert 2 not in first


def test_thompson_takes_who_it_says_where_a_pick_is_predicted_lower(doubtful):
    thompson, made = build("proposers", "thompson", {}), doubtful(60)
    slate = made.slate()
    drawn = thompson.plan(slate, 5, np.random.default_rng(3)).proposer
    rows = drawn.propose(slate, 5, np.random.default_rng(3))
    told = drawn.tipping(slate, rows)
    for row, least, successor in zip(rows, told.mean, told.successor, strict=True):
        for step in (1e-4, -1e-4):
            mean = slate.mean.copy()
            mean[row] = least + step
            again = drawn.propose(evolve(slate, mean=mean), 5, np.random.default_rng(3))
            assert (row in again) == (step > 0.0)
        assert successor in again and successor not in rows


def test_thompson_tells_nothing_of_a_pick_that_would_no_longer_be_drawn(doubtful):
    thompson, slate = build("proposers", "thompson", {"shortlist": 10}), doubtful(60).slate()
    drawn = thompson.plan(slate, 5, np.random.default_rng(3)).proposer
    rows = drawn.propose(slate, 5, np.random.default_rng(3))
    assert drawn.tipping(slate, rows) is None
    wide = build("proposers", "thompson", {"shortlist": 60})
    assert wide.plan(slate, 5, np.random.default_rng(3)).proposer.tipping(slate, rows) is not None


def test_random_takes_every_row_equally_often(doubtful):
    slate, proposer = doubtful(10).slate(), build("proposers", "random", {})
    taken = np.concatenate([_rows(proposer, slate, 3, seed) for seed in range(2000)])
    assert np.bincount(taken, minlength=10) == pytest.approx(600, abs=90)


def test_diverse_avoids_what_is_known_and_what_it_has_just_taken(world, belief):
    """Three distinct candidates, each many times over; one of them is measured already."""
    features = world().features(3)
    copies = features.take(np.array([0] * 8 + [1] * 8 + [2] * 8))
    made = belief(mean=np.zeros(24), joint=np.eye(24), features=copies, known=features.take([0]))
    for seed in range(8):
        rows = _rows(build("proposers", "diverse", {}), made.slate(), 2, seed)
        assert {r // 8 for r in rows.tolist()} == {1, 2}
    blind = belief(mean=np.zeros(24), joint=np.eye(24), features=copies)
    assert {r // 8 for r in _rows(build("proposers", "diverse", {}), blind.slate(), 3)} == {0, 1, 2}


def test_qei_accounts_for_its_picks_in_the_worlds_in_which_it_chose(doubtful):
    qei, slate = build("proposers", "qei", {}), doubtful(60, best=0.5).slate()
    plan = qei.plan(slate, 5, np.random.default_rng(3))
    assert plan.why == "in 1,024 possible worlds"
    rows = plan.proposer.propose(slate, 5, np.random.default_rng(3))
    assert rows.tolist() == qei.propose(slate, 5, np.random.default_rng(3)).tolist()
    parts, told = plan.proposer.parts(slate, rows), plan.proposer.tipping(slate, rows)
    assert parts.diversity[0] == 0.0 and (parts.diversity[1:] < 0.0).all()
    assert (told.mean <= slate.mean[rows]).all() and not np.isin(told.successor, rows).any()


def test_qei_accounts_for_picks_that_it_was_asked_for_beyond_its_shortlist(doubtful):
    qei, slate = build("proposers", "qei", {"shortlist": 6}), doubtful(60, best=0.5).slate()
    plan = qei.plan(slate, 2, np.random.default_rng(3))
    rows = plan.proposer.propose(slate, 8, np.random.default_rng(3))[[0, -1]]
    assert np.isfinite(plan.proposer.parts(slate, rows).diversity).all()
