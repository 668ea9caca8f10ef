# SPDX-License-Identifier: Apache-2.0
"""Fronts, volumes and batches, each against brute force."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopwright.science.hypervolume import best_together, hypervolume, is_on_front

GOALS = (1, 2, 3, 4)


def _points(n, t, seed):
    """Points with ties in every goal, and some twice."""
    return np.random.default_rng(seed).integers(0, 6, (n, t)).astype(float)


def _by_inclusion(worth, reference):
    """The volume of a union of boxes by inclusion and exclusion."""
    sizes = range(1, len(worth) + 1)
    return sum(
        (-1) ** (k + 1) * np.prod(np.clip(np.min(some, axis=0) - reference, 0, None))
        for k in sizes
        for some in combinations(worth, k)
    )


@pytest.mark.parametrize("t", GOALS)
@given(n=st.integers(1, 40), seed=st.integers(0, 999))
def test_the_front_holds_whom_nobody_beats(t, n, seed):
    worth = _points(n, t, seed)
    beaten = [any((other >= one).all() and (other > one).any() for other in worth) for one in worth]
    assert is_on_front(worth).tolist() == [not b for b in beaten]


@pytest.mark.parametrize("t", GOALS)
@given(n=st.integers(1, 7), seed=st.integers(0, 999), floor=st.integers(-1, 4))
def test_a_volume_is_that_of_the_union_of_boxes(t, n, seed, floor):
    worth, reference = _points(n, t, seed), np.full(t, float(floor))
    assert hypervolume(worth, reference) == pytest.approx(_by_inclusion(worth, reference))


def test_nothing_above_the_reference_has_no_volume():
    assert hypervolume(np.array([[1.0, 5.0]]), np.array([1.0, 0.0])) == 0.0
    assert hypervolume(np.empty((0, 2)), np.zeros(2)) == 0.0


def _gain(draws, front, reference, batch):
    """What a batch adds on average, exactly."""
    return np.mean(
        [
            hypervolume(np.vstack([front, one[list(batch)]]), reference)
            - hypervolume(front, reference)
            for one in draws
        ]
    )


@pytest.mark.parametrize("t", (2, 3))
def test_a_batch_adds_nearly_as_much_as_the_best_of_all_batches(t):
    rng = np.random.default_rng(t)
    reference = np.full(t, -2.5)
    for seed in range(5):
        draws = rng.standard_normal((16, 8, t)) + rng.standard_normal((8, t))
        front = rng.standard_normal((4, t))
        picks = best_together(
            draws, front, reference, batch_size=3, rng=np.random.default_rng(seed)
        )
        best = max(_gain(draws, front, reference, b) for b in combinations(range(8), 3))
        assert _gain(draws, front, reference, picks) >= 0.95 * best


def test_the_first_pick_is_the_one_that_adds_most():
    draws = np.array([[[1.0, 1.0], [3.0, 0.5], [2.0, 2.0]]])
    picks = best_together(
        draws, np.array([[2.5, 0.4]]), np.zeros(2), batch_size=3, rng=np.random.default_rng(0)
    )
    assert picks.tolist() == [2, 1]  # the first adds nothing to these two


def test_a_batch_costs_its_purse_at_most_and_counts_gain_per_cost():
    draws = np.array([[[2.0, 2.0], [1.9, 1.9], [1.0, 3.0]]])
    told = best_together(
        draws,
        np.empty((0, 2)),
        np.zeros(2),
        batch_size=3,
        rng=np.random.default_rng(0),
        cost=np.array([10.0, 1.0, 1.5]),
        purse=3.0,
    )
    assert told.tolist() == [1, 2]


def test_where_nothing_can_be_gained_nobody_is_picked():
    draws = np.zeros((4, 3, 2))
    rng = np.random.default_rng(0)
    assert not len(best_together(draws, np.ones((1, 2)), -np.ones(2), batch_size=2, rng=rng))
    assert not len(best_together(draws, np.empty((0, 2)), np.ones(2), batch_size=2, rng=rng))
