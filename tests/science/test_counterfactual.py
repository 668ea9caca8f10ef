# SPDX-License-Identifier: Apache-2.0
"""What would have to change for a batch to be another one: asked by making it change."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loopwright.science.acquisition import GRAIN, expected_improvement, sequential_batch
from loopwright.science.counterfactual import doubt_left, parts_of, tipping_points

SCORES = {
    "mean plus doubt": lambda mean, std: mean + 1.5 * std,
    "the mean alone": lambda mean, std: mean + 0.0 * std,
    "expected improvement": lambda mean, std: expected_improvement(mean, std, best=1.0),
}
each_score = pytest.mark.parametrize("score", SCORES.values(), ids=SCORES.keys())
NOISE = 0.3


class World:
    """n candidates with a drawn mean and a drawn joint covariance; some are much alike."""

    def __init__(self, seed, n=80):
        rng = np.random.default_rng(seed)
        root = rng.standard_normal((n, 6)) + 0.3 * rng.standard_normal((n, 1))
        self.joint = 0.2 * root @ root.T + np.diag(rng.uniform(0.05, 0.4, n))
        self.mean = rng.standard_normal(n)

    def batch(self, score, size, *, mean=None, joint=None):
        mean = self.mean if mean is None else mean
        joint = self.joint if joint is None else joint
        return sequential_batch(
            mean,
            np.sqrt(np.diag(self.joint)),
            lambda rows: joint[np.ix_(rows, rows)],
            score=score,
            noise_std=NOISE,
            batch_size=size,
        )

    def tipping(self, score, picks):
        return tipping_points(
            self.mean,
            np.sqrt(np.diag(self.joint)),
            lambda rows: self.joint[np.ix_(rows, rows)],
            picks=picks,
            score=score,
            noise_std=NOISE,
        )

    def lowered(self, pick, to):
        mean = self.mean.copy()
        mean[pick] = to
        return mean

    def surer(self, pick, part):
        joint = self.joint.copy()
        joint[pick] *= part
        joint[:, pick] *= part
        return joint

    @property
    def grain(self):
        return 3 * GRAIN * float(np.median(np.sqrt(np.diag(self.joint))))


@each_score
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_a_pick_stays_at_the_mean_that_is_told_and_drops_out_below(score, seed):
    world = World(seed)
    picks = world.batch(score, 8)
    told = world.tipping(score, picks)
    slack = world.grain if score is not SCORES["expected improvement"] else 0.01
    assert (told.mean <= world.mean[picks] + world.grain).all()
    for pick, least in zip(picks, told.mean, strict=True):
        above = world.batch(score, 8, mean=world.lowered(pick, least + slack))
        below = world.batch(score, 8, mean=world.lowered(pick, least - slack))
        assert pick in above and pick not in below


@each_score
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_who_is_told_to_come_in_comes_in_once_the_pick_is_gone(score, seed):
    world = World(seed)
    picks = world.batch(score, 8)
    told = world.tipping(score, picks)
    for pick, successor in zip(picks, told.successor, strict=True):
        without = world.batch(score, 8, mean=world.lowered(pick, -99.0))
        assert successor in set(without) - set(picks)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_a_pick_stays_with_the_doubt_that_is_told_and_drops_out_with_less(seed):
    """The first shortlist bounds scores by the given std, so the smaller doubt is given, too."""
    world, score = World(seed), SCORES["mean plus doubt"]
    picks = world.batch(score, 8)
    told = world.tipping(score, picks)
    needed = [(p, d) for p, d in zip(picks, told.doubt, strict=True) if d > 0.02]
    for pick, part in needed:
        assert pick in world.batch(score, 8, joint=world.surer(pick, part + 0.01))
        assert pick not in world.batch(score, 8, joint=world.surer(pick, part - 0.01))
    for pick, part in zip(picks, told.doubt, strict=True):
        if part == 0.0:
            assert pick in world.batch(score, 8, joint=world.surer(pick, 1e-6))


def test_where_nobody_is_left_nothing_makes_a_pick_drop_out():
    world, score = World(1, n=8), SCORES["mean plus doubt"]
    told = world.tipping(score, world.batch(score, 8))
    assert np.isneginf(told.mean).all() and (told.successor == -1).all()
    assert (told.doubt == 0).all()


def test_more_rows_compete_where_the_first_ones_do_not_prove_enough():
    """Four kinds of a hundred twins: each pick takes the doubt from all the others of its kind."""
    n = 400
    joint = np.where(np.arange(n)[:, None] // 100 == np.arange(n) // 100, 0.99, 0.0)
    joint = joint + 0.01 * np.eye(n)
    mean = 0.001 * np.arange(n)[::-1]
    score = SCORES["mean plus doubt"]

    def ask(rows):
        return joint[np.ix_(rows, rows)]

    more = {"score": score, "noise_std": NOISE}
    picks = sequential_batch(mean, np.ones(n), ask, batch_size=4, **more)
    told = tipping_points(mean, np.ones(n), ask, picks=picks, **more)
    assert told is not None
    for pick, least in zip(picks, told.mean, strict=True):
        for shift, stays in ((0.001, True), (-0.001, False)):
            other = mean.copy()
            other[pick] = least + shift
            batch = sequential_batch(other, np.ones(n), ask, batch_size=4, **more)
            assert (pick in batch) == stays


# ---- what a score is made of
@each_score
@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_the_parts_add_up_to_the_lead_over_a_typical_candidate(score, seed):
    rng = np.random.default_rng(seed)
    mean, std = rng.standard_normal(5), rng.uniform(0.1, 2.0, 5)
    left, ratio = std * rng.uniform(0.1, 1.0, 5), rng.uniform(0.2, 3.0, 5)
    made = parts_of(score, at=(mean, std), left=left, typical=(0.1, 0.7), cost_ratio=ratio)
    lead = score(mean, left) / ratio - score(np.array([0.1]), np.array([0.7]))
    assert made.value + made.doubt + made.diversity + made.cost == pytest.approx(lead)
    assert (made.diversity <= 1e-12).all()


def test_parts_of_mean_plus_doubt_are_the_differences_to_the_typical_candidate():
    made = parts_of(
        SCORES["mean plus doubt"],
        at=(np.array([7.0]), np.array([0.6])),
        left=np.array([0.4]),
        typical=(6.0, 0.5),
    )
    told = [float(x[0]) for x in (made.value, made.doubt, made.diversity, made.cost)]
    assert told == pytest.approx([1.0, 0.15, -0.3, 0.0])


def test_the_doubt_left_is_what_conditioning_on_the_earlier_picks_leaves():
    joint = World(3, n=12).joint
    left = doubt_left(joint, NOISE)
    for i in range(12):
        known = joint[:i, :i] + NOISE**2 * np.eye(i)
        rest = joint[i, i] - joint[i, :i] @ np.linalg.solve(known, joint[:i, i])
        assert left[i] == pytest.approx(np.sqrt(rest), rel=1e-6)
