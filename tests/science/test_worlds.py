# SPDX-License-Identifier: Apache-2.0
"""Several goals in many possible worlds, against sums over all of them."""

from itertools import combinations

import numpy as np
import pytest
from scipy.stats import norm
from slates import outlook, slate

from loopwright.registry import build
from loopwright.science.worlds import leaders, within_limits, worlds


def test_a_limit_is_kept_in_as_many_worlds_as_it_is_likely():
    mean, std = np.array([-1.0, 0.0, 0.5, 2.0]), np.array([0.5, 1.0, 0.2, 1.0])
    goals = (outlook(np.zeros(4), np.ones(4)), outlook(mean, std, limit=0.3))
    drawn = worlds(goals, np.arange(4), n=40_000, rng=np.random.default_rng(0))
    kept = np.isfinite(within_limits(goals, drawn)).all(axis=2).mean(axis=0)
    assert kept == pytest.approx(norm.cdf((mean - 0.3) / std), abs=0.01)


def test_without_a_limit_every_world_counts():
    goals = (outlook([1.0, 2.0], [1.0, 1.0]), outlook([3.0, 4.0], [1.0, 1.0]))
    drawn = worlds(goals, np.arange(2), n=5, rng=np.random.default_rng(0))
    assert np.array_equal(within_limits(goals, drawn), drawn)


def test_leaders_of_a_goal_with_a_limit_are_the_best_that_may_keep_it():
    value, limited = np.arange(20.0), np.where(np.arange(20) < 12, 1.0, -9.0)
    goals = (outlook(value, np.full(20, 0.1)), outlook(limited, np.full(20, 0.1), limit=0.0))
    chosen = leaders(goals, 4, np.random.default_rng(0))
    assert {10, 11} <= set(chosen.tolist())
    assert leaders(goals, 99, np.random.default_rng(0)).tolist() == list(range(20))


def _gain(value, kept, batch, best):
    """By how much the best of a batch that keeps the limit is expected to exceed a value."""
    batch = list(batch)
    top = np.where(kept[:, batch], value[:, batch], -np.inf).max(axis=1)
    return np.maximum(top - best, 0.0).mean()


@pytest.mark.parametrize("seed", range(4))
def test_pareto_with_a_limit_chooses_nearly_the_best_of_all_batches(seed):
    rng = np.random.default_rng(seed)
    mean, std = rng.standard_normal(8), 0.3 + rng.random(8)
    far, unsure = rng.standard_normal(8), 0.2 + rng.random(8)
    told = slate(outlook(mean, std, known=[0.2, -1.0]), outlook(far, unsure, known=[1, 1], limit=0))
    picks = build("proposers", "pareto", {"draws": 512}).propose(told, 3, rng)
    value = mean + std * rng.standard_normal((20_000, 8))
    kept = far + unsure * rng.standard_normal((20_000, 8)) >= 0.0
    best = max(_gain(value, kept, b, 0.2) for b in combinations(range(8), 3))
    assert _gain(value, kept, picks, 0.2) >= 0.93 * best


def test_a_candidate_that_breaks_the_limit_for_certain_is_chosen_last():
    told = slate(
        outlook([9.0, 1.0, 0.5, 0.0], [0.1] * 4, known=[-1.0]),
        outlook([-5.0, 1.0, 1.0, 1.0], [0.1] * 4, known=[1.0], limit=0.0),
    )
    picks = build("proposers", "pareto", {}).propose(told, 4, np.random.default_rng(0))
    assert picks[-1] == 0


def test_a_measured_candidate_that_breaks_the_limit_does_not_raise_the_bar():
    """Without the limit nothing on offer exceeds the best that is known."""
    value = outlook([1.0, 0.0, -1.0], [0.1] * 3, known=[8.0, -2.0])
    cap = outlook([1.0, -1.0, 1.0], [0.3] * 3, known=[-3.0, 1.0], limit=0.0)
    pareto = build("proposers", "pareto", {})
    assert pareto.propose(slate(value, cap), 1, np.random.default_rng(0)) == [0]


def test_a_corner_below_all_that_is_known_is_worth_nothing_however_much_is_in_doubt():
    """The last candidate may be anything; how bad it may be must not lift the first corner."""
    front = ([0.0, 1.0], [1.0, 0.0])
    told = slate(
        outlook([3.0, 0.9, 0.0], [0.01, 0.01, 9.0], known=front[0]),
        outlook([-0.5, 0.9, -40.0], [0.01, 0.01, 1.0], known=front[1]),
    )
    pareto = build("proposers", "pareto", {})
    assert pareto.propose(told, 1, np.random.default_rng(0)) == [1]
