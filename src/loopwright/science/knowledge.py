# SPDX-License-Identifier: Apache-2.0
"""The batch that finds most and tells most, for a campaign that can still measure so many.

The bar is the value that as many candidates are expected to exceed as can still be measured. A
pick finds what its value is expected to exceed the bar by; what it tells is worth what the choice
of later batches gains by it. So exploring pays what it brings before the money is spent, and
nothing beyond.

Source:
    Expected improvement, and the knowledge gradient at the edge of being worth a measurement:
    Frazier, Powell & Dayanik (2009), doi:10.1287/ijoc.1080.0314; the bar and the edge: own work.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt
from attrs import evolve, frozen
from scipy.optimize import brentq
from scipy.special import ndtr

from loopwright.core.slate import Parts, Tipping
from loopwright.core.values import FloatArray
from loopwright.science.acquisition import GRAIN, LEAST_CHANCE, expected_improvement
from loopwright.science.counterfactual import parts_of
from loopwright.science.telling import Stall, edge, worth_of_telling

__all__ = ["Prospect", "bar_of", "parts_of_batch", "telling_batch", "tipping_of_batch"]

Rows = npt.NDArray[np.intp]

SHORTLIST = 400
"""Rows that compete jointly, at least."""

MOST_COMPETING = 1_600
"""The same at most, unless two batches are more."""

MOST_PICKED = 1_000
"""Picks that are chosen jointly; who else is wanted follows by what he promises alone."""

LOOKS = 64
"""How often what is told is computed anew while a batch is chosen."""

NO_DOUBT = 1e-9
"""Part of a doubt that is as good as none."""

FARTHEST = 8.0
"""Standard deviations beyond which nobody's value lies."""


@frozen(kw_only=True, eq=False)
class Prospect:
    """What is thought of n candidates, and how many can still be measured."""

    mean: FloatArray
    """Predicted value, larger is better, shape (n,)."""

    std: FloatArray
    """Doubt about the true value, shape (n,), > 0."""

    covariance: Callable[[Rows], FloatArray]
    """Rows (m,) -> joint covariance of their true values (m, m)."""

    noise_std: float
    """Of one measurement, >= 0."""

    n_paid: int
    """Candidates that can still be measured, this batch included."""

    chance: FloatArray | None = None
    """That a row does not fail, shape (n,); None if none fails."""

    @property
    def odds(self) -> FloatArray:
        """Return the chance of each row not to fail, shape (n,), > 0."""
        none = np.ones(len(self.mean))
        return none if self.chance is None else np.maximum(self.chance, LEAST_CHANCE)


def bar_of(mean: FloatArray, std: FloatArray, odds: FloatArray, *, n_paid: int) -> float:
    """Return the value that n_paid candidates are expected to exceed; half of all at most.

    Args:
        mean: Predicted value, shape (n,).
        std: Doubt about it, shape (n,), > 0.
        odds: That a candidate does not fail, shape (n,).
        n_paid: How many.

    Example:
        >>> round(bar_of(np.zeros(10), np.ones(10), np.ones(10), n_paid=1), 4)
        1.2816
    """
    wanted = min(float(n_paid), float(odds.sum()) / 2.0)
    low, high = float((mean - FARTHEST * std).min()), float((mean + FARTHEST * std).max())
    return float(brentq(lambda x: odds @ ndtr((mean - x) / std) - wanted, low, high))


def telling_batch(prospect: Prospect, size: int) -> Rows:
    """Choose a batch one by one, each pick by what it finds and what it tells.

    After each pick the joint covariance is conditioned on measuring it (the mean stays: its
    value is unknown), so that nobody finds or tells what an earlier pick does.

    Args:
        prospect: What there is to choose from.
        size: Rows wanted; all, if there are fewer.

    Returns:
        Distinct rows, first pick first; ties fall to the larger mean, then to the earlier row.
    """
    stall, rows, order = _opened(prospect, prospect.odds, size=min(size, MOST_PICKED))
    grain = GRAIN * float(np.median(prospect.std))
    level = np.round(stall.above / grain)
    picks = np.empty(min(size, MOST_PICKED, len(rows)), np.intp)
    told = np.zeros(len(rows))
    for i in range(len(picks)):
        if i % -(-len(picks) // LOOKS) == 0:
            told = stall.told()
        worth = np.where(stall.is_open, np.round((stall.found() + told) / grain), -np.inf)
        picks[i] = np.argmax(np.where(worth == worth.max(), level, -np.inf))
        stall.take(int(picks[i]))
    chosen = rows[picks]
    return np.concatenate([chosen, order[~np.isin(order, chosen)][: size - len(chosen)]])


def parts_of_batch(prospect: Prospect, picks: Rows) -> Parts:
    """Return what each pick of a batch owes its place to.

    A typical candidate finds what the median prediction and doubt promise, and tells nothing. That
    somebody may fail counts nothing here. Of who was not chosen jointly nothing is told.

    Args:
        prospect: What the batch was chosen from.
        picks: The batch, first pick first, shape (k,).
    """
    joint, none = picks[:MOST_PICKED], np.ones(len(prospect.mean))
    stall, rows, _ = _opened(prospect, none, size=len(joint), also=joint)
    places = np.searchsorted(rows, joint)
    mean, std = prospect.mean, prospect.std
    parts = parts_of(
        partial(expected_improvement, best=float(mean[rows[0]] - stall.above[0])),
        at=(mean[picks], std[picks]),
        left=std[picks],
        typical=(float(np.median(mean)), float(np.median(std))),
    )
    told = stall.told(places)
    whole, then = stall.found()[places] + told, np.empty(len(joint))
    for i, place in enumerate(places):
        then[i] = stall.found()[place] + stall.told(places[i : i + 1])[0]
        stall.take(int(place))
    more = then - whole  # seldom above 0: near the edge, more can be told once others are known
    rest = (0, len(picks) - len(joint))
    return evolve(
        parts,
        doubt=parts.doubt + np.pad(told + np.maximum(more, 0.0), rest),
        diversity=np.pad(np.minimum(more, 0.0), rest),
    )


def tipping_of_batch(prospect: Prospect, picks: Rows) -> Tipping:
    """Return how much each pick can lose until, beside all others, somebody else brings more.

    Where somebody does already, since a batch is chosen one by one, it can lose nothing.

    Args:
        prospect: What the batch was chosen from.
        picks: The batch, first pick first, shape (k,).
    """
    stall, rows, _ = _opened(prospect, prospect.odds, size=len(picks), also=picks)
    places = np.searchsorted(rows, picks)
    lost = [_losing(stall, places, i) for i in range(len(picks))]
    above, part, successor = (np.array(column) for column in zip(*lost, strict=True))
    return Tipping(
        mean=np.minimum(
            float(prospect.mean[rows[0]] - stall.above[0]) + above, prospect.mean[picks]
        ),
        doubt=part,
        successor=np.where(successor >= 0, rows[successor], -1),
    )


def _opened(
    prospect: Prospect, odds: FloatArray, *, size: int, also: Rows | None = None
) -> tuple[Stall, Rows, Rows]:
    """Return what is on sale of those that promise most and of some others, and all by promise."""
    mean, std, n_paid = prospect.mean, prospect.std, prospect.n_paid
    grain = GRAIN * float(np.median(std))
    bar = bar_of(mean, std, prospect.odds, n_paid=n_paid)
    found = prospect.odds * expected_improvement(mean, std, best=bar)
    least = np.sort(found)[::-1][min(n_paid, len(found) - 1)]
    price = np.maximum(least / prospect.odds, 1e-300)
    at = bar + edge(price, std)
    told = prospect.odds * ndtr((at - bar) / std) * worth_of_telling(np.abs(at - mean), std)
    order = np.lexsort((-np.round(mean / grain), -np.round((found + told) / grain)))
    n_most = max(SHORTLIST, min(4 * size, MOST_COMPETING), 2 * size)
    rows = np.union1d(order[:n_most], np.empty(0, np.intp) if also is None else also)
    m = len(rows)
    joint = np.array(prospect.covariance(rows), float)
    stall = Stall(
        above=mean[rows] - bar,
        price=price[rows],
        odds=odds[rows],
        of=np.arange(m),
        noise=np.full(m, prospect.noise_std**2 + 1e-9 * float(np.mean(np.diag(joint)))),
        left=joint,
        is_open=np.ones(m, bool),
        is_left=np.ones(m, bool),
    )
    return stall, rows, order


def _losing(stall: Stall, places: Rows, i: int) -> tuple[float, float, int]:
    """Return what a pick needs to stay: how far above the bar, which part of its doubt.

    And the place of him who would come in, since he brings most beside all other picks; -1 if
    nobody is left.
    """
    others, own = np.delete(places, i), places[i]
    left = stall.left
    if len(others):
        known = left[np.ix_(others, others)] + np.diag(stall.noise[others])
        left = left - left[:, others] @ np.linalg.solve(known, left[others])
    is_left = stall.is_left.copy()
    is_left[others] = False
    beside = evolve(stall, left=left, is_left=is_left)
    found, told = beside.found(), beside.told()
    rivals = found + told
    rivals[places] = -np.inf
    best = int(np.argmax(rivals))
    if np.isneginf(rivals[best]):
        return -np.inf, 0.0, -1
    more = float(rivals[best] - told[own])
    std = beside.std()[own : own + 1]
    level = -np.inf if more <= 0.0 else float(edge(np.array([more]), std)[0])
    worth, rival = _doubting(beside, int(own)), float(rivals[best])
    if worth(1.0) < rival:
        return level, 1.0, best
    if worth(NO_DOUBT) >= rival:
        return level, 0.0, best
    return level, float(brentq(lambda part: worth(part) - rival, NO_DOUBT, 1.0)), best


def _doubting(beside: Stall, own: int) -> Callable[[float], float]:
    """Return what a pick finds and tells with a part of the doubt about it."""
    std = beside.std()
    at = edge(beside.price, std)
    slope = beside.odds * ndtr(at / std) * beside.is_left
    slope[own] = 0.0
    away, shared, noise = np.abs(at - beside.above), np.abs(beside.left[own]), beside.noise[own]

    def worth(part: float) -> float:
        doubt = part * std[own : own + 1]
        told = slope @ worth_of_telling(away, part * shared / np.sqrt(doubt**2 + noise) + 1e-12)
        found = expected_improvement(beside.above[own : own + 1], doubt, best=0.0)[0]
        return float(beside.odds[own] * (found + told))

    return worth
