# SPDX-License-Identifier: Apache-2.0
"""What the picks of a batch win in possible worlds: asked by counting, and by making them lose."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loopwright.science.desirability import best_in_most_worlds
from loopwright.science.draws import truths
from loopwright.science.worlds_won import Worlds


def drawn(seed, *, m=40, best=0.8):
    rng = np.random.default_rng(seed)
    root = rng.standard_normal((m, 5))
    joint = 0.2 * root @ root.T + np.diag(rng.uniform(0.05, 0.4, m))
    mean = rng.standard_normal(m)
    values = truths(mean, joint, n=256, rng=rng)
    return Worlds(values=values, mean=mean, std=np.sqrt(np.diag(joint)), best=best)


def batch(worlds, size):
    return best_in_most_worlds(worlds.gain, worlds.mean + worlds.std, batch_size=size)


def won_beside(worlds, others, gain):
    """What one candidate wins in each world beyond the best of some others, on average."""
    return np.maximum(gain - worlds.gain[:, others].max(axis=1), 0.0).mean()


def lowered(worlds, pick, mean, part=1.0):
    """The gain of a pick with another mean and a part of its doubt."""
    apart = worlds.values[:, pick] - worlds.mean[pick]
    return np.maximum(mean + part * apart - worlds.best, 0.0)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), size=st.integers(1, 8))
def test_what_picks_win_alone_and_lose_to_earlier_ones_adds_up_to_what_the_batch_wins(seed, size):
    worlds = drawn(seed)
    picks = batch(worlds, size)
    lost = worlds.lost_to_earlier(picks)
    alone = worlds.gain[:, picks].mean(axis=0)
    assert lost[0] == 0.0 and (lost <= 1e-12).all()
    assert (alone + lost).sum() == pytest.approx(worlds.gain[:, picks].max(axis=1).mean())


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_a_pick_wins_more_than_anybody_else_until_the_mean_that_is_told(seed):
    worlds = drawn(seed)
    picks = batch(worlds, 6)
    told = worlds.tipping(picks)
    assert (told.mean <= worlds.mean[picks]).all()
    for i, (pick, least) in enumerate(zip(picks, told.mean, strict=True)):
        others = np.delete(picks, i)
        rest = np.setdiff1d(np.arange(40), picks)
        rival = max(won_beside(worlds, others, worlds.gain[:, j]) for j in rest)
        won = {
            shift: won_beside(worlds, others, lowered(worlds, pick, least + shift))
            for shift in (-0.01, 0.0)
        }
        assert won[-0.01] <= rival + 1e-9
        assert won[0.0] >= rival - 1e-9 or least == worlds.mean[pick]


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_who_comes_in_wins_most_of_all_that_were_not_chosen(seed):
    worlds = drawn(seed)
    picks = batch(worlds, 6)
    told = worlds.tipping(picks)
    rest = np.setdiff1d(np.arange(40), picks)
    for i, successor in enumerate(told.successor):
        others = np.delete(picks, i)
        best = max(won_beside(worlds, others, worlds.gain[:, j]) for j in rest)
        assert won_beside(worlds, others, worlds.gain[:, successor]) == pytest.approx(best)


def test_a_pick_that_is_wanted_for_its_doubt_drops_out_without_it():
    """The first is good for sure, the second a gamble; the third wins a little for sure."""
    rng = np.random.default_rng(0)
    mean, std = np.array([2.0, 0.0, 0.9]), np.array([1e-6, 3.0, 0.5])
    values = mean + std * rng.standard_normal((4_000, 3))
    worlds = Worlds(values=values, mean=mean, std=std, best=1.0)
    told = worlds.tipping(np.array([1]))
    assert told.successor.tolist() == [0]
    assert 0.5 < told.doubt[0] <= 1.0
    pair = worlds.tipping(np.array([0, 1]))
    assert pair.successor.tolist() == [2, 2]
    assert pair.doubt[0] == 0.0 and 0.1 < pair.doubt[1] < 0.9


def test_where_nobody_is_left_nothing_makes_a_pick_drop_out():
    worlds = drawn(1, m=4)
    told = worlds.tipping(np.arange(4))
    assert np.isneginf(told.mean).all() and (told.successor == -1).all()
    assert (told.doubt == 0).all()
