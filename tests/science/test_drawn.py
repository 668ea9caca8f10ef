# SPDX-License-Identifier: Apache-2.0
"""What would change a batch of which each pick is the best left in one possible world."""

import numpy as np
import pytest

from loopwright.science.drawn import tipping_when_drawn


def chosen(draws):
    """Return of each world the best that is still open."""
    picks = []
    for draw in draws:
        open_ = np.where(np.isin(np.arange(len(draw)), picks), -np.inf, draw)
        picks.append(int(np.argmax(open_)))
    return np.array(picks)


@pytest.fixture(params=range(6))
def worlds(request):
    """Return predicted values of 12 candidates, and 5 worlds."""
    rng = np.random.default_rng(request.param)
    mean = rng.normal(size=12)
    return mean, mean + rng.normal(size=(5, 12))


def test_just_above_its_mean_a_pick_is_taken_and_just_below_another_one_is(worlds):
    mean, draws = worlds
    picks = chosen(draws)
    told = tipping_when_drawn(draws, mean, picks)
    for pick, least, successor in zip(picks, told.mean, told.successor, strict=True):
        for step, is_in in ((1e-6, True), (-1e-6, False)):
            moved = draws.copy()
            moved[:, pick] += least - mean[pick] + step
            again = chosen(moved)
            assert (pick in again) == is_in
        assert successor in again and successor not in picks and least <= mean[pick]


def test_with_all_doubt_down_to_the_part_that_is_told_a_pick_stays_and_below_it_does_not(worlds):
    mean, draws = worlds
    picks = chosen(draws)
    told = tipping_when_drawn(draws, mean, picks)
    for pick, least in zip(picks, told.doubt, strict=True):

        def stays(part, pick=pick):
            moved = draws.copy()
            moved[:, pick] = mean[pick] + part * (draws[:, pick] - mean[pick])
            return pick in chosen(moved)

        assert all(stays(part) for part in np.linspace(least + 1e-9, 1.0, 50))
        assert least == 0.0 or not stays(least - 1e-9)
    assert 0.0 < told.doubt.max() <= 1.0


def test_who_is_best_of_all_is_counted_over_the_worlds(worlds):
    mean, draws = worlds
    picks = chosen(draws)
    told = tipping_when_drawn(draws, mean, picks)
    best = draws.argmax(axis=1)
    assert told.won.tolist() == [int((best == pick).sum()) for pick in picks]
    assert told.won.sum() <= len(draws) and told.won[0] >= 1


def test_where_all_are_taken_nobody_can_drop_out():
    draws = np.array([[1.0, 2.0], [1.0, 2.0]])
    told = tipping_when_drawn(draws, np.array([1.0, 2.0]), chosen(draws))
    assert np.isneginf(told.mean).all() and not told.doubt.any()
    assert told.successor.tolist() == [-1, -1]
    (one,) = tipping_when_drawn(np.ones((1, 1)), np.ones(1), np.array([0])).successor
    assert one == -1
