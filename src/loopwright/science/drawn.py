# SPDX-License-Identifier: Apache-2.0
"""What would change a batch of which each pick is the best left in one possible world.

It speaks of the worlds that were drawn: others would have given other picks.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from loopwright.core.slate import Tipping
from loopwright.core.values import FloatArray

__all__ = ["tipping_when_drawn"]

Rows = npt.NDArray[np.intp]


def tipping_when_drawn(draws: FloatArray, mean: FloatArray, picks: Rows) -> Tipping:
    """Return how much each pick can lose before the same worlds give its place to another.

    The batch is chosen once more without each pick. A pick whose mean is lower is lower by as much
    in every world, so it drops out where it falls behind in all of them.

    Args:
        draws: True values of m candidates in k possible worlds, shape (k, m).
        mean: Predicted value of each, shape (m,).
        picks: Of each world the best that was still open, shape (k,).
    """
    bar, taken = _without(draws, picks)
    own = draws[: bar.shape[1], picks].T
    centre = mean[picks][:, None]
    is_short = bar.shape[1] < len(picks)
    new = ~np.isin(taken, picks)
    first = taken[np.arange(len(picks)), new.argmax(axis=1)] if bar.size else picks
    return Tipping(
        mean=np.where(is_short, -np.inf, mean[picks] - (own - bar).max(axis=1, initial=-np.inf)),
        doubt=np.where(is_short, 0.0, _doubt_needed(own - centre, bar - centre)),
        successor=np.where(new.any(axis=1), first, -1),
        won=(np.argmax(draws, axis=1)[:, None] == picks).sum(axis=0),
    )


def _without(draws: FloatArray, picks: Rows) -> tuple[FloatArray, Rows]:
    """Return the best of each world, and who it is, without one of the picks; shape (k, steps)."""
    k, m = draws.shape
    runs, steps = np.arange(k), min(k, m - 1)
    open_ = np.ones((k, m), bool)
    open_[runs, picks] = False
    bar, taken = np.empty((k, steps)), np.empty((k, steps), np.intp)
    for i in range(steps):
        values = np.where(open_, draws[i], -np.inf)
        taken[:, i] = np.argmax(values, axis=1)
        bar[:, i] = values[runs, taken[:, i]]
        open_[runs, taken[:, i]] = False
    return bar, taken


def _doubt_needed(lift: FloatArray, need: FloatArray) -> FloatArray:
    """Return the least part of its doubt with which, and with all more, a pick stays; shape (k,).

    Args:
        lift: What doubt adds to each pick in each world, shape (k, steps).
        need: What it has to add there, shape (k, steps).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        at = need / lift
    low = np.where(lift > 0.0, np.maximum(at, 0.0), np.where(need <= 0.0, 0.0, np.inf))
    high = np.where(lift < 0.0, np.where(need <= 0.0, at, -np.inf), np.inf)
    edge = np.ones(len(lift))
    for _ in range(lift.shape[1]):
        reaches = (low <= edge[:, None]) & (high >= edge[:, None])
        edge = np.minimum(edge, np.where(reaches, low, np.inf).min(axis=1, initial=np.inf))
    return edge
