# SPDX-License-Identifier: Apache-2.0
"""A batch that finds and tells: as by brute force, and what its picks could lose."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import norm

from loopwright.science.acquisition import expected_improvement
from loopwright.science.knowledge import (
    Prospect,
    bar_of,
    parts_of_batch,
    telling_batch,
    tipping_of_batch,
)

NOISE = 0.3


def _gain(mean, std):
    return float(expected_improvement(np.array([mean]), np.array([std]), best=0.0)[0])


def _world(seed, n):
    """Means, and the joint covariance of n values along a line."""
    rng = np.random.default_rng(seed)
    apart = (points := rng.random(n))[:, None] - points[None, :]
    joint = np.exp(-0.5 * (apart / 0.15) ** 2) + 0.05 * np.eye(n)
    return 0.5 * rng.standard_normal(n), joint


def _prospect(mean, joint, n_paid, chance=None):
    return Prospect(
        mean=mean, std=np.sqrt(np.diag(joint)), covariance=lambda r: joint[np.ix_(r, r)],
        noise_std=NOISE, n_paid=n_paid, chance=chance,
    )  # fmt: skip


def _given(joint, taken, noise):
    """The joint covariance once some are measured, conditioned on all of them at once."""
    if not taken:
        return joint
    known = joint[np.ix_(taken, taken)] + noise * np.eye(len(taken))
    return joint - joint[:, taken] @ np.linalg.solve(known, joint[taken])


def _worth(prospect, joint, taken, pick):
    """What one more pick finds, and what it tells: textbook formulas, one after the other."""
    mean, std, odds = prospect.mean, prospect.std, prospect.odds
    bar = brentq(
        lambda x: sum(odds * norm.sf(x, mean, std)) - min(prospect.n_paid, sum(odds) / 2), -50, 50
    )
    finds = sorted((o * _gain(m - bar, s) for m, s, o in zip(mean, std, odds, strict=True)))[::-1]
    asked = finds[min(prospect.n_paid, len(finds) - 1)]
    noise = NOISE**2 + 1e-9 * np.mean(np.diag(joint))
    left = _given(joint, taken, noise)
    found = odds[pick] * _gain(mean[pick] - bar, np.sqrt(left[pick, pick]))
    told = 0.0
    for i in set(range(len(mean))) - {pick, *taken}:
        s = np.sqrt(left[i, i])
        at = brentq(lambda x, s=s, a=asked / odds[i]: _gain(x, s) - a, -50, 50, xtol=1e-14)
        move = abs(left[i, pick]) / np.sqrt(left[pick, pick] + noise)
        away = abs(mean[i] - bar - at)
        after = move * norm.pdf(away / move) - away * norm.sf(away / move)
        told += odds[i] * norm.cdf(at / s) * after
    return found, odds[pick] * told


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(5, 14), st.integers(1, 4), st.booleans())
def test_each_pick_finds_and_tells_most_once_all_before_it_are_measured(seed, n, size, may_fail):
    mean, joint = _world(seed, n)
    chance = np.random.default_rng(seed).uniform(0.2, 1.0, n) if may_fail else None
    prospect = _prospect(mean, joint, 2 * size, chance)
    picks = telling_batch(prospect, size).tolist()
    assert len(set(picks)) == size
    for i, pick in enumerate(picks):
        worth = {
            j: sum(_worth(prospect, joint, picks[:i], j)) for j in set(range(n)) - {*picks[:i]}
        }
        assert worth[pick] >= max(worth.values()) - 1e-3


def test_the_bar_is_exceeded_by_as_many_as_can_be_paid_for_half_of_all_at_most():
    mean, joint = _world(1, 200)
    std = np.sqrt(np.diag(joint))
    for n_paid, expected in ((1, 1), (30, 30), (150, 100), (10_000, 100)):
        bar = bar_of(mean, std, np.ones(200), n_paid=n_paid)
        assert norm.sf(bar, mean, std).sum() == pytest.approx(expected, rel=1e-6)
    assert bar_of(mean, std, np.full(200, 0.5), n_paid=30) < bar_of(
        mean, std, np.ones(200), n_paid=30
    )


def test_who_tells_much_is_taken_before_his_equals():
    """Ten alike in every way, but one of them is the centre of a group that the others are not."""
    n = 40
    joint = np.eye(n)
    joint[5, 20:] = joint[20:, 5] = 0.15
    picks = telling_batch(_prospect(np.zeros(n), joint, 8), 1)
    assert picks.tolist() == [5]


def test_the_parts_are_what_lifts_a_pick_above_a_typical_candidate():
    mean, joint = _world(3, 60)
    prospect = _prospect(mean, joint, 18)
    picks = telling_batch(prospect, 6)
    parts = parts_of_batch(prospect, picks)
    bar = bar_of(mean, prospect.std, prospect.odds, n_paid=18)
    usual = _gain(np.median(mean) - bar, np.median(prospect.std))
    for i, pick in enumerate(picks.tolist()):
        then = sum(_worth(prospect, joint, picks[:i].tolist(), pick))
        told = parts.value[i] + parts.doubt[i] + parts.diversity[i] + parts.cost[i]
        assert told == pytest.approx(then - usual, abs=1e-3)
    assert parts.diversity[0] == pytest.approx(0.0, abs=1e-12) and (parts.diversity <= 1e-9).all()


@pytest.mark.parametrize("seed", range(3))
def test_a_pick_stays_down_to_its_tipping_points_and_no_further(seed):
    mean, joint = _world(seed, 24)
    prospect = _prospect(mean, joint, 9)
    picks = telling_batch(prospect, 4)
    tipping = tipping_of_batch(prospect, picks)
    for i, pick in enumerate(picks.tolist()):
        others = [p for p in picks.tolist() if p != pick]
        beside = partial(_worth, prospect, joint, others)
        rivals = {j: sum(beside(j)) for j in range(24) if j not in picks}
        heir = int(tipping.successor[i])
        assert rivals[heir] == pytest.approx(max(rivals.values()), abs=1e-4)
        bar = bar_of(mean, prospect.std, prospect.odds, n_paid=9)
        std = np.sqrt(_given(joint, others, NOISE**2)[pick, pick])
        if tipping.mean[i] == mean[pick]:
            assert sum(beside(pick)) <= rivals[heir] + 1e-3
        elif np.isfinite(tipping.mean[i]):
            worth = _gain(tipping.mean[i] - bar, std) + beside(pick)[1]
            assert worth == pytest.approx(rivals[heir], abs=2e-3)
        else:
            assert beside(pick)[1] >= rivals[heir] - 1e-3
        assert 0.0 <= tipping.doubt[i] <= 1.0


def test_where_nobody_is_left_a_pick_stays_in_any_case():
    mean, joint = _world(0, 4)
    tipping = tipping_of_batch(_prospect(mean, joint, 4), np.arange(4))
    assert np.isneginf(tipping.mean).all() and (tipping.successor == -1).all()


def test_a_batch_may_be_larger_than_what_is_chosen_jointly(monkeypatch):
    rng = np.random.default_rng(0)
    points = rng.random((300, 2))
    joint = np.exp(-0.5 * ((points[:, None] - points[None]) ** 2).sum(axis=2) / 0.01)
    prospect = _prospect(rng.standard_normal(300), joint + 0.01 * np.eye(300), 200)
    jointly = telling_batch(prospect, 40).tolist()
    monkeypatch.setattr("loopwright.science.knowledge.MOST_PICKED", 40)
    whole = telling_batch(prospect, 200)
    assert whole[:40].tolist() == jointly and len(set(whole.tolist())) == 200
    parts = parts_of_batch(prospect, whole)
    assert np.isfinite(parts.doubt).all() and (parts.diversity[40:] == 0.0).all()
