# SPDX-License-Identifier: Apache-2.0
"""What a score is made of, and what would have to be otherwise for a batch to be another one.

It speaks of batches that ``acquisition.sequential_batch`` has chosen.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.slate import Parts, Score, Tipping
from loopwright.core.values import FloatArray
from loopwright.science.acquisition import GRAIN

__all__ = ["doubt_left", "last_that_holds", "parts_of", "tipping_points"]

Rows = npt.NDArray[np.intp]

SPARE = 50
"""Rows beside the batch that compete for a place at first; more where that proves too few."""

MOST_ROWS = 1_000
"""Rows that compete at most; where these do not suffice, nothing is told."""

HALVINGS = 40
"""Of the bracket in which a tipping point is looked for."""


def doubt_left(joint: FloatArray, noise_std: float) -> FloatArray:
    """Return the doubt about each of k picks once the earlier ones are measured, shape (k,).

    Args:
        joint: Joint covariance of their true values, in the order of the picks, shape (k, k).
        noise_std: Of one measurement, >= 0.

    Source:
        The pivots of Cholesky's factor are conditional standard deviations: Rasmussen &
        Williams (2006), Gaussian Processes for Machine Learning, appendix A.
    """
    noise = noise_std**2 + 1e-9 * float(np.mean(np.diag(joint)))
    pivots = np.diag(np.linalg.cholesky(joint + noise * np.eye(len(joint))))
    left: FloatArray = np.sqrt(np.maximum(pivots**2 - noise, 1e-18))
    return left


def parts_of(
    score: Score,
    *,
    at: tuple[FloatArray, FloatArray],
    left: FloatArray,
    typical: tuple[float, float],
    cost_ratio: FloatArray | None = None,
) -> Parts:
    """Part scores into value, doubt, diversity and cost.

    Value and doubt share what they lift together: each gets the mean of what it adds before and
    after the other. Then the doubt shrinks to what earlier picks have left of it, and last the
    score is divided by the cost.

    Args:
        score: (mean, std) -> worth, in some unit.
        at: Mean and std of k picks, each of shape (k,).
        left: Std of each, given the picks before it, shape (k,).
        typical: Mean and std of the candidate that they are compared with.
        cost_ratio: Cost of each over that of a typical candidate, shape (k,); None if the score
            is not divided by it.

    Source:
        Shapley (1953), A value for n-person games, for two players.
    """
    mean, std = at
    usual_mean, usual_std = (np.full(len(mean), x) for x in typical)
    neither, whole = score(usual_mean, usual_std), score(mean, std)
    by_mean, by_std = score(mean, usual_std), score(usual_mean, std)
    now = score(mean, left)
    ratio = np.ones(len(mean)) if cost_ratio is None else cost_ratio
    return Parts(
        value=(by_mean - neither + whole - by_std) / 2,
        doubt=(by_std - neither + whole - by_mean) / 2,
        diversity=now - whole,
        cost=now / ratio - now,
    )


def tipping_points(
    mean: FloatArray,
    std: FloatArray,
    covariance: Callable[[Rows], FloatArray],
    *,
    picks: Rows,
    score: Score,
    noise_std: float,
) -> Tipping | None:
    """Return how much each pick of a batch can lose before another one takes its place.

    The batch is chosen once more without each of its picks. A pick that looks worse would be
    taken at the first step of that choice at which it is still ahead; so it drops out where it
    falls behind at every step, and only what that choice has brought in can replace it.

    Args:
        mean: Predicted value, larger is better, shape (n,).
        std: Doubt about the true value, shape (n,), > 0.
        covariance: Rows (m,) -> joint covariance of their true values (m, m).
        picks: The batch that ``sequential_batch`` chose, shape (k,).
        score: (mean, std) -> worth of a measurement, falling with neither.
        noise_std: Of one measurement, >= 0.

    Returns:
        None where so many are alike that it could not be proven.
    """
    grain = GRAIN * float(np.median(std))

    def worth(mean: FloatArray, std: FloatArray) -> FloatArray:
        return np.round(score(mean, std) / grain)

    first, level = worth(mean, std), np.round(mean / grain) * grain
    order = np.lexsort((-level, -first))
    size = min(len(mean), 2 * len(picks) + SPARE)
    while True:
        rows = np.union1d(order[:size], picks)
        runs = _runs_without(
            level[rows], covariance(rows), worth, noise_std, np.searchsorted(rows, picks)
        )
        if size == len(mean) or runs.bar.min() >= first[order[size]]:
            return _tipping(runs, rows, picks, level=level, worth=worth)
        if size >= MOST_ROWS:
            return None
        size = min(len(mean), 2 * size, MOST_ROWS)


@frozen(kw_only=True, eq=False)
class _Runs:
    """The k choices, each without one of the picks, step by step: shape (k, steps)."""

    taken: Rows
    """Who is taken."""

    bar: FloatArray
    """His score at that moment."""

    left: FloatArray
    """The doubt about the one who is left out, at that moment."""

    is_short: bool
    """Whether nobody is left before the batch is full."""


def _runs_without(
    mean: FloatArray, joint: FloatArray, worth: Score, noise_std: float, out: Rows
) -> _Runs:
    """Choose the batch k times side by side, each time with one pick left out."""
    k, m = len(out), len(mean)
    steps, runs = min(k, m - 1), np.arange(k)
    noise = noise_std**2 + 1e-9 * float(np.mean(np.diag(joint)))
    variance = np.tile(np.diag(joint), (k, 1))
    open_ = np.ones((k, m), bool)
    open_[runs, out] = False
    updates = np.empty((k, steps, m))
    taken, bar, left = np.empty((k, steps), np.intp), np.empty((k, steps)), np.empty((k, steps))
    for i in range(steps):
        doubt = np.sqrt(np.maximum(variance, 1e-18))
        values = np.where(open_, worth(np.broadcast_to(mean, (k, m)), doubt), -np.inf)
        best = values.max(axis=1)
        pick = np.argmax(np.where(values == best[:, None], mean, -np.inf), axis=1)
        taken[:, i], bar[:, i], left[:, i] = pick, best, doubt[runs, out]
        open_[runs, pick] = False
        known = np.matmul(updates[runs, :i, pick][:, None], updates[:, :i])[:, 0]
        column = joint[pick] - known
        own = np.maximum(column[runs, pick], 0.0)
        updates[:, i] = column / np.sqrt(own + noise)[:, None]
        variance -= updates[:, i] ** 2
    return _Runs(taken=taken, bar=bar, left=left, is_short=steps < k)


def _tipping(runs: _Runs, rows: Rows, picks: Rows, *, level: FloatArray, worth: Score) -> Tipping:
    """Return where each pick falls behind at every step of the choice without it."""
    own = level[picks][:, None]
    rival = level[rows][runs.taken]

    def stays(mean: FloatArray, part: FloatArray) -> npt.NDArray[np.bool_]:
        value = worth(np.broadcast_to(mean, runs.left.shape), part * runs.left)
        ahead: npt.NDArray[np.bool_] = (value > runs.bar) | ((value == runs.bar) & (mean >= rival))
        return np.asarray(ahead.any(axis=1, keepdims=True), bool)

    full = np.ones_like(own)
    span = float(np.ptp(level)) + 10.0 * float(runs.left.max())
    drop = last_that_holds(lambda x: stays(own - span * x, full))
    spare = last_that_holds(lambda x: stays(own, np.maximum(1.0 - x, 1e-9)))
    new = ~np.isin(rows[runs.taken], picks)
    has_new = new.any(axis=1)
    first = rows[runs.taken[np.arange(len(picks)), new.argmax(axis=1)]]
    return Tipping(
        mean=np.full(len(picks), -np.inf) if runs.is_short else (own - span * drop)[:, 0],
        doubt=np.zeros(len(picks)) if runs.is_short else 1.0 - spare[:, 0],
        successor=np.where(has_new, first, -1),
    )


def last_that_holds(
    holds: Callable[[FloatArray], npt.NDArray[np.bool_]], halvings: int = HALVINGS
) -> FloatArray:
    """Return the largest x in 0..1 at which something holds that, once it fails, fails for good.

    Where it does not even hold at 0, that is 0; the result has the shape that ``holds`` answers in.

    Args:
        holds: Values of x, of the shape in which it answers or (1, 1) -> where it holds.
        halvings: Of the bracket in which it is looked for.
    """
    low = np.zeros_like(holds(np.zeros((1, 1))), float)
    high = np.ones_like(low)
    low = np.where(holds(high), high, low)
    for _ in range(halvings):
        middle = (low + high) / 2
        is_there = holds(middle)
        low, high = np.where(is_there, middle, low), np.where(is_there, high, middle)
    return low
