# SPDX-License-Identifier: Apache-2.0
"""What a batch for several goals wins, and what each pick owes its place to: by brute force."""

from copy import deepcopy

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from slates import outlook, slate

from loopwright.registry import build
from loopwright.science.hypervolume import growth, hypervolume, sounding
from loopwright.science.worlds import draw
from loopwright.science.worlds_won import parts_won

PARETO = build("proposers", "pareto", {})
DESIRABILITY = build("proposers", "desirability", {})


def made_up(seed, *, t=2, n=30, std=0.5):
    """A slate of n candidates and t goals, with eight known."""
    rng = np.random.default_rng(seed)
    doubts = std * rng.uniform(0.5, 1.5, (t, n))
    return slate(
        *(
            outlook(rng.standard_normal(n), doubts[j], rng.standard_normal(8) - 0.5)
            for j in range(t)
        )
    )


def chosen(proposer, slate, size, seed=0):
    """The batch, and the generator as it was before."""
    rng = np.random.default_rng(seed)
    before = deepcopy(rng)
    return proposer.propose(slate, size, rng), before


def front_of(slate):
    known = np.stack([g.worth(g.known) for g in slate.goals], axis=1)
    return known, known.min(axis=0) - 1e-9


def marginal(worths, front, reference):
    """What each pick adds to the known and those before it, exactly, in one world."""
    whole = [hypervolume(np.vstack([front, worths[:i]]), reference) for i in range(len(worths) + 1)]
    return np.diff(whole)


def total(parts):
    return parts.value + parts.doubt + parts.diversity + parts.cost


@pytest.mark.parametrize("t", [2, 3])
@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 999))
def test_shares_of_a_hypervolume_add_up_to_what_each_pick_adds_in_the_worlds_of_the_choice(seed, t):
    offer = made_up(seed, t=t)
    rows, before = chosen(PARETO, offer, 4)
    drawn = draw(offer, 600, n=64, rng=deepcopy(before))
    assert drawn.rows.tolist() == list(range(30))
    front, reference = front_of(offer)
    known = hypervolume(front, reference)
    by_hand = np.mean([marginal(w, front, reference) for w in drawn.worth[:, rows]], axis=0)
    alone = [
        np.mean([marginal(w[None], front, reference) for w in drawn.worth[:, row]]) for row in rows
    ]
    means = np.stack([g.mean[rows] for g in offer.goals], axis=1)
    certain = [marginal(one[None], front, reference)[0] for one in means]
    parts = PARETO.account(offer, rows, before).parts
    scale = 100.0 / known
    for told, true in (
        (total(parts), by_hand),
        (parts.value, certain),
        (parts.diversity, by_hand - alone),
    ):
        apart = told - scale * np.array(true)
        assert np.ptp(apart) < 0.03 * scale * np.max(by_hand), "but for the typical candidate"
    assert parts.diversity == pytest.approx(scale * (by_hand - alone), abs=0.02 * scale * alone[0])
    assert parts.diversity[0] == 0.0 and (parts.diversity <= 0.0).all()
    assert (parts.cost == 0.0).all()


def test_a_typical_candidate_owes_its_place_to_nothing():
    gain = np.array([[1.0, 3.0, 1.0], [2.0, 0.0, 2.0]])
    parts = parts_won(gain, np.array([1.0, 0.5, 1.0]))
    assert parts.value.tolist() == [0.0, -0.5]
    assert parts.doubt.tolist() == [0.0, 0.5]
    assert parts.diversity.tolist() == [0.0, -0.5]


@pytest.mark.parametrize("t", [2, 3])
def test_what_a_batch_gains_is_the_hypervolume_it_adds_in_per_cent_of_the_known(t):
    offer = made_up(3, t=t)
    rows, before = chosen(PARETO, offer, 4)
    told = PARETO.account(offer, rows, before)
    front, reference = front_of(offer)
    known = hypervolume(front, reference)
    rng = np.random.default_rng(1)
    worlds = np.stack([g.mean + g.std * rng.standard_normal((4_000, 30)) for g in offer.goals], 2)
    won = np.array([marginal(w[rows], front, reference).sum() for w in worlds[:500]])
    every = np.array([marginal(w, front, reference).sum() for w in worlds[:100]])
    assert told.unit == "% of the known hypervolume"
    for said, by_hand in ((told.gains, 100 * won / known), (told.left, 100 * every / known)):
        error = by_hand.std() * np.sqrt(1 / len(said) + 1 / len(by_hand))
        assert said.mean() == pytest.approx(by_hand.mean(), abs=4 * error)
    for share in (0.05, 0.95):
        by_hand = np.quantile(100 * won / known, share)
        spread = 100 * won.std() / known
        assert np.quantile(told.gains, share) == pytest.approx(by_hand, abs=0.5 * spread)
    assert (told.gains <= told.left).all()


@given(seed=st.integers(0, 999), t=st.integers(1, 4))
def test_growth_is_a_difference_of_exact_volumes(seed, t):
    rng = np.random.default_rng(seed)
    draws, front = rng.random((3, 6, t)), 0.7 * rng.random((5, t))
    found = sounding(draws, front, np.zeros(t), np.random.default_rng(0))
    exact = [marginal(one, front, np.zeros(t)).sum() for one in draws]
    assert growth(draws, found) == pytest.approx(exact, abs=0.02)
    some = np.array([1, 4])
    exact = [marginal(one[some], front, np.zeros(t)).sum() for one in draws]
    assert growth(draws, found, some) == pytest.approx(exact, abs=0.02)
    known = sounding(front[None], front[:0], np.zeros(t), np.random.default_rng(0)).volume
    assert known == pytest.approx(hypervolume(front, np.zeros(t)), abs=0.005)


def test_doubt_counts_as_calibration_corrects_it():
    offer = made_up(5)
    rows, before = chosen(PARETO, offer, 4)
    wide = evolve(offer, outlooks=tuple(evolve(g, calibration=2.0) for g in offer.goals))
    told, wider = (PARETO.account(s, rows, deepcopy(before)) for s in (offer, wide))
    assert np.ptp(wider.gains) > 1.3 * np.ptp(told.gains)
    assert np.array_equal(told.parts.doubt, wider.parts.doubt), "the choice did not know of it"


def test_one_goal_beside_a_limit_gains_in_its_own_unit():
    free = outlook([3.0, 9.0], [0.5, 0.5], [1.0, 2.0])
    kept = outlook([1.0, -9.0], [0.1, 0.1], [1.0, 1.0], limit=0.0)
    told = PARETO.account(slate(free, kept), np.array([0]), np.random.default_rng(0))
    z = (3.0 - 2.0) / 0.5
    assert told.unit == ""
    assert told.gains.mean() == pytest.approx(1.0 * norm.cdf(z) + 0.5 * norm.pdf(z), abs=0.1)
    assert np.array_equal(told.gains, told.left), "who breaks the limit brings nothing"


def test_where_nothing_known_counts_the_gain_is_told_against_all_that_is_on_offer():
    goals = [
        outlook([1.2, 0.9, 1.0], [0.3] * 3, [0.0, 0.5], floor=1.0),
        outlook([1.2, 1.4, 1.0], [0.3] * 3, [0.5, 0.0], floor=1.0),
    ]
    told = PARETO.account(slate(*goals), np.array([0]), np.random.default_rng(0))
    assert told.unit == "% of what everything on offer is expected to bring"
    assert told.left.mean() == pytest.approx(100.0) and 0.0 < told.gains.mean() < 100.0


@pytest.mark.parametrize("proposer", [PARETO, DESIRABILITY], ids=["pareto", "desirability"])
def test_where_nothing_can_be_won_all_is_zero(proposer):
    goals = [outlook([-5.0, -5.0], [0.1, 0.1], [0.0, 1.0], floor=0.5) for _ in range(2)]
    told = proposer.account(slate(*goals), np.array([0]), np.random.default_rng(0))
    assert not told.gains.any() and not told.left.any() and not total(told.parts).any()
    sure_to_fail = evolve(made_up(0), chance=np.zeros(30))
    told = proposer.account(sure_to_fail, np.array([3, 4]), np.random.default_rng(0))
    assert not told.gains.any() and not told.left.any()


@pytest.mark.parametrize("proposer", [PARETO, DESIRABILITY], ids=["pareto", "desirability"])
def test_where_money_is_short_what_a_pick_wins_counts_per_cost(proposer):
    cost = np.random.default_rng(0).choice([1.0, 2.0, 6.0], 30)
    rich = evolve(made_up(2), cost=cost, purse=1e6)
    rows, before = chosen(proposer, rich, 4)
    free = proposer.account(rich, rows, deepcopy(before)).parts
    short = proposer.account(evolve(rich, purse=cost[rows].sum()), rows, before).parts
    assert not free.cost.any() and np.array_equal(free.value, short.value)
    lead, ratio = total(free), cost[rows] / np.median(cost)
    dear = ratio != 1.0
    assert dear.any() and not short.cost[~dear].any()
    won = short.cost[dear] / (1.0 / ratio[dear] - 1.0)
    assert (won > 0.0).all() and np.ptp(won - lead[dear]) < 1e-9, "but for the typical candidate"


@pytest.mark.parametrize("proposer", [PARETO, DESIRABILITY], ids=["pareto", "desirability"])
def test_a_pick_from_behind_the_shortlist_is_accounted_for_as_well(proposer):
    offer = made_up(1, n=40)
    few = evolve(proposer, shortlist=4)
    rows, before = chosen(few, offer, 2)
    last = int(np.argmin(sum(g.mean for g in offer.goals)))
    told = few.account(offer, np.array([*rows, last]), before)
    assert total(told.parts)[:2].min() > total(told.parts)[2]


def desirable(worths, weights):
    """The weighted geometric mean, where 0 has nothing and 1 has all."""
    return np.prod(np.clip(worths, 0, 1) ** (weights / weights.sum()), axis=-1)


def test_a_profile_gains_desirability_over_the_best_known():
    rng, weights = np.random.default_rng(4), np.array([2.0, 1.0])
    means = rng.uniform(0.2, 0.8, (2, 6))
    known = np.array([[0.0, 0.5, 0.3], [0.3, 0.4, 0.0]])
    goals = [
        outlook(means[j], np.full(6, 0.2), known[j], floor=1.0, weight=weights[j]) for j in range(2)
    ]
    offer = slate(*goals)
    rows, before = chosen(DESIRABILITY, offer, 3)
    drawn = draw(offer, 600, n=256, rng=deepcopy(before))
    told = DESIRABILITY.account(offer, rows, before)
    won = desirable(drawn.worth[:, rows], weights)
    best = np.maximum.accumulate(won, axis=1)
    added = np.diff(best, axis=1, prepend=0.0).mean(axis=0)
    assert np.ptp(total(told.parts) - added) < 1e-9, "but for the typical candidate"
    certain = desirable(means[:, rows].T, weights)
    assert np.ptp(told.parts.value - certain) < 1e-9
    assert told.parts.diversity == pytest.approx(added - won.mean(axis=0))
    many = means.T + 0.2 * rng.standard_normal((20_000, 6, 2))
    best_known = desirable(known.T, weights).max()
    gains = np.maximum(desirable(many, weights) - best_known, 0.0)
    assert told.unit == "points of desirability"
    assert told.gains.mean() == pytest.approx(gains[:, rows].max(axis=1).mean(), abs=0.02)
    assert told.left.mean() == pytest.approx(gains.max(axis=1).mean(), abs=0.02)


def won_beside(proposer, offer, values, others, own):
    """What one candidate wins in each world where some others have won, exactly, on average."""
    if proposer is PARETO:
        front, reference = front_of(offer)
        return np.mean(
            [
                marginal(np.stack([*w[others], one]), front, reference)[-1]
                for w, one in zip(values, own, strict=True)
            ]
        )
    weights, known = np.ones(2), np.stack([g.known for g in offer.goals], axis=1)
    none, full = known.min(axis=0), np.maximum(known.max(axis=0), values.max(axis=(0, 1)))
    rest = desirable((values[:, others] - none) / (full - none), weights).max(axis=1)
    return np.maximum(desirable((own - none) / (full - none), weights) - rest, 0.0).mean()


@pytest.mark.parametrize("proposer", [PARETO, DESIRABILITY], ids=["pareto", "desirability"])
def test_a_pick_wins_more_than_anybody_else_until_the_value_of_one_goal_that_is_told(proposer):
    offer = made_up(7)
    rows, before = chosen(proposer, offer, 4)
    values = draw(offer, 600, n=proposer.draws, rng=deepcopy(before)).values
    told = proposer.account(offer, rows, before).tipping()
    means = np.stack([g.mean for g in offer.goals], axis=1)
    stds = np.stack([g.std for g in offer.goals], axis=1)
    rest = np.setdiff1d(np.arange(30), rows)
    slack = 0.03 if proposer is PARETO else 1e-9
    for i, (row, goal, mean) in enumerate(zip(rows, told.goal, told.mean, strict=True)):
        others = np.delete(rows, i)
        bars = [won_beside(proposer, offer, values, others, values[:, j]) for j in rest]
        bar, step = max(bars), mean - means[row, goal]
        successor = bars[rest.tolist().index(told.successor[i])]
        assert successor == pytest.approx(bar, rel=slack)

        def wins(goal, step, part=1.0, row=row, others=others):
            own = means[row] + part * (values[:, row] - means[row])
            own[:, goal] += step
            return won_beside(proposer, offer, values, others, own)

        assert wins(goal, 1.2 * step) <= bar * (1 + slack)
        assert wins(goal, 0.8 * step) >= bar * (1 - slack) or step == 0.0
        sooner = 0.8 * abs(step) / stds[row, goal]
        for other in range(2):
            for sign in (-1, 1):
                assert wins(other, sign * sooner * stds[row, other]) >= bar * (1 - slack)
        if 0.0 < told.doubt[i] < 0.95:
            assert wins(0, 0.0, part=told.doubt[i] + 0.05) >= bar * (1 - slack)
            assert wins(0, 0.0, part=told.doubt[i] - 0.01) <= bar * (1 + slack)


def test_where_nobody_else_would_win_anything_a_pick_stays_in_any_case():
    told = PARETO.account(made_up(0, n=3), np.arange(3), np.random.default_rng(0)).tipping()
    assert np.isneginf(told.mean).all() and (told.successor == -1).all()
    assert not told.doubt.any()
