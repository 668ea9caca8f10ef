# SPDX-License-Identifier: Apache-2.0
"""Desirability and profiles, against formulas, dense draws and all batches there are."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from slates import outlook, slate

from loopwright.registry import build
from loopwright.science.desirability import best_in_most_worlds, desirability, overall

KNOWN = (-2.0, 0.0)
shares = st.lists(st.floats(0.0, 1.0), min_size=3, max_size=3)


@given(each=shares, weights=st.lists(st.floats(0.1, 10.0), min_size=3, max_size=3))
def test_the_whole_lies_between_its_parts_and_is_nothing_where_one_is(each, weights):
    whole = float(overall(np.array(each), np.array(weights)))
    assert min(each) - 1e-9 <= whole <= max(each) + 1e-9
    assert (whole == 0.0) >= (min(each) == 0.0)


def test_the_whole_is_the_weighted_geometric_mean():
    each, weights = np.array([0.5, 0.8]), np.array([3.0, 1.0])
    assert overall(each, weights) == pytest.approx((0.5**3 * 0.8) ** 0.25)
    assert overall(each, 7.0 * weights) == pytest.approx((0.5**3 * 0.8) ** 0.25)


def test_a_ramp_without_width_is_a_step():
    assert desirability(np.array([1.0, 2.0, 3.0]), none=2.0, full=2.0).tolist() == [0.0, 1.0, 1.0]


@pytest.mark.parametrize("seed", range(6))
def test_a_batch_is_nearly_the_best_of_all_batches(seed):
    rng = np.random.default_rng(seed)
    worth = np.clip(rng.standard_normal((50, 9)) + rng.standard_normal(9) - 0.5, 0.0, 1.0)
    picks = best_in_most_worlds(worth, np.zeros(9), batch_size=3)
    best = max(worth[:, list(b)].max(axis=1).mean() for b in combinations(range(9), 3))
    assert worth[:, picks].max(axis=1).mean() >= 0.97 * best


def test_a_second_pick_is_good_where_the_first_one_is_not():
    worth = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 0.5]])
    assert best_in_most_worlds(worth, np.zeros(3), batch_size=3).tolist() == [0, 2, 1]


def test_a_batch_costs_its_purse_at_most_and_counts_what_it_raises_per_cost():
    worth = np.array([[1.0, 0.9, 0.2], [1.0, 0.9, 0.9]])
    cost = np.array([10.0, 1.0, 1.5])
    told = best_in_most_worlds(worth, np.zeros(3), batch_size=3, cost=cost, purse=3.0)
    assert told.tolist() == [1, 2]


@pytest.mark.parametrize("seed", range(4))
def test_the_proposer_chooses_nearly_the_best_of_all_batches(seed):
    """Two goals that are met from 1 and 0.5 on, and a limit; known are -2 and 0 of each."""
    rng = np.random.default_rng(seed)
    means, stds = rng.standard_normal((3, 8)), 0.3 + rng.random((3, 8))
    goals = (
        outlook(means[0], stds[0], KNOWN, floor=1.0, weight=2.0),
        outlook(means[1], stds[1], KNOWN, floor=0.5),
        outlook(means[2], stds[2], KNOWN, limit=-0.5),
    )
    picks = build("proposers", "desirability", {"draws": 1024}).propose(slate(*goals), 3, rng)
    drawn = means + stds * rng.standard_normal((20_000, 3, 8))
    first, second = (np.clip((drawn[:, j] + 2.0) / w, 0, 1) for j, w in ((0, 3.0), (1, 2.5)))
    whole = (first**2 * second) ** (1 / 3) * (drawn[:, 2] >= -0.5)
    best = max(whole[:, list(b)].max(axis=1).mean() for b in combinations(range(8), 3))
    assert whole[:, picks].max(axis=1).mean() >= 0.97 * best


def test_a_heavier_goal_decides_which_compromise_is_taken():
    mean = np.array([0.9, 0.1])
    std = np.full(2, 0.01)

    def first(weight):
        goals = (
            outlook(mean, std, KNOWN, floor=1.0, weight=weight),
            outlook(-mean, std, KNOWN, floor=0.0),
        )
        offer = slate(*goals)
        return build("proposers", "desirability", {}).propose(offer, 1, np.random.default_rng(0))

    assert first(5.0) == [0]
    assert first(0.2) == [1]


def test_who_breaks_a_limit_for_certain_comes_last():
    std = np.full(3, 0.01)
    offer = slate(
        outlook([5.0, 0.5, 0.2], std, KNOWN, floor=1.0),
        outlook([-9.0, 1.0, 1.0], std, KNOWN, limit=0.0),
    )
    picks = build("proposers", "desirability", {}).propose(offer, 3, np.random.default_rng(0))
    assert picks.tolist() == [1, 2, 0]
