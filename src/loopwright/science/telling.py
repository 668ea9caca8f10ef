# SPDX-License-Identifier: Apache-2.0
"""What a measurement finds, and what it tells of others that may be measured later.

A candidate is measured later if that then promises more than the last measurement that the money
can pay for. Whoever lies near that edge, and would be moved by a measurement, adds to its worth.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from attrs import define
from scipy.special import ndtr

from loopwright.core.values import FloatArray
from loopwright.science.acquisition import expected_improvement

__all__ = ["Stall", "edge", "worth_of_telling"]

Rows = npt.NDArray[np.intp]

STEPS = np.linspace(-8.0, 60.0, 6_801)
LOG_GAIN = np.log(expected_improvement(STEPS, np.ones(len(STEPS)), best=0.0))

FARTHEST = 38.0
"""Standard deviations beyond which a density is 0 in double precision."""

LEAST = 1e-18
"""Variance below which nothing is left to learn."""


def edge(price: FloatArray, std: FloatArray) -> FloatArray:
    """Return how far above a bar a mean must lie for an assay to gain its price, shape (n,).

    Args:
        price: Expected improvement over the bar that is asked for, shape (n,), > 0.
        std: Doubt about the true value, shape (n,), > 0, same unit.

    Example:
        >>> edge(np.array([0.3989422804]), np.ones(1)).round(4) + 0.0
        array([0.])
    """
    return std * np.interp(np.log(price / std), LOG_GAIN, STEPS)


def worth_of_telling(distance: FloatArray, moved: FloatArray) -> FloatArray:
    """Return what it is worth to learn on which side of an edge a mean lies, of any shape.

    A decision that pays by how far a mean lies above the edge, and is not taken below it, gains
    this much on average if the mean moves first.

    Args:
        distance: Of the mean from the edge, on whichever side, >= 0.
        moved: Standard deviation of the move, > 0, same unit.

    Source:
        Frazier, Powell & Dayanik (2009), doi:10.1287/ijoc.1080.0314, equation 13: the knowledge
        gradient of a choice between two.

    Example:
        >>> worth_of_telling(np.zeros(1), np.ones(1)).round(4)
        array([0.3989])
    """
    distance, moved = np.broadcast_arrays(distance, moved)
    worth = np.zeros(moved.shape)
    near = distance < FARTHEST * moved
    away, by = distance[near], moved[near]
    z = away / by
    worth[near] = by * np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi) - away * ndtr(-z)
    return worth


@define(kw_only=True, eq=False)
class Stall:
    """What is on sale: q measurements of m candidates; the first m find, all others only tell."""

    above: FloatArray
    """Mean above the bar, shape (m,)."""

    price: FloatArray
    """What measuring a candidate must be expected to find for it to be bought later, shape (m,)."""

    odds: FloatArray
    """That a candidate does not fail, shape (m,)."""

    of: Rows
    """Whom each purchase measures, shape (q,); 0 to m - 1 for the first m."""

    noise: FloatArray
    """Variance of each measurement, shape (q,)."""

    left: FloatArray
    """Joint covariance given all that was taken, shape (q, q)."""

    is_open: npt.NDArray[np.bool_]
    """What can still be taken, shape (q,)."""

    is_left: npt.NDArray[np.bool_]
    """Which candidates can still be measured by a later batch, shape (m,)."""

    def worth(self) -> FloatArray:
        """Return what each measurement finds and tells, shape (q,)."""
        return self.found() + self.told()

    def found(self) -> FloatArray:
        """Return by how much each measurement is expected to exceed the bar, shape (q,)."""
        m = len(self.above)
        gain = self.odds * expected_improvement(self.above, self.std(), best=0.0)
        return np.concatenate([gain, np.zeros(len(self.of) - m)])

    def told(self, which: Rows | None = None) -> FloatArray:
        """Return what later choices gain by some measurements, or by each, shape (which or q,)."""
        m = len(self.above)
        which = np.arange(len(self.of)) if which is None else which
        std = self.std()
        at = edge(self.price, std)
        slope = self.odds * ndtr(at / std) * self.is_left
        variance = np.maximum(np.diag(self.left)[which], LEAST) + self.noise[which]
        moved = np.abs(self.left[:m, which]) / np.sqrt(variance)
        gain = slope[:, None] * worth_of_telling(np.abs(at - self.above)[:, None], moved + 1e-12)
        finds = np.flatnonzero(which < m)
        gain[which[finds], finds] = 0.0  # who is found needs no telling
        told: FloatArray = self.odds[self.of[which]] * gain.sum(axis=0)
        return told

    def std(self) -> FloatArray:
        """Return the doubt that is left about each candidate, shape (m,)."""
        m = len(self.above)
        return np.sqrt(np.maximum(np.diag(self.left)[:m], LEAST))

    def take(self, pick: int) -> None:
        """Take a measurement: its value is unknown, but the doubt shrinks."""
        self.is_open[self.of == self.of[pick]] = False
        self.is_left[self.of[pick]] &= pick >= len(self.above)
        seen = max(self.left[pick, pick], LEAST) + self.noise[pick]
        self.left -= np.outer(self.left[:, pick], self.left[pick]) / seen
