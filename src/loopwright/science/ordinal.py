# SPDX-License-Identifier: Apache-2.0
"""Levels in an order, as low, medium and high: probabilities, answers and what they are worth.

A level is its place in the order, from 0. Scores work along the last axis, so that they can be
taken of many resamples at once. Knows no model and no name of a level.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.values import FloatArray
from loopwright.science.probability import Calibrator, calibrate

__all__ = [
    "Borders", "borders_of", "level_share", "median_level", "nearest_level", "quadratic_kappa",
    "ranked_loss", "shortest_range",
]  # fmt: skip

Levels = npt.NDArray[np.intp]


@frozen(kw_only=True, eq=False)
class Borders:
    """What a score says of every border between two levels; k levels have k - 1 of them."""

    curves: tuple[Calibrator, ...]
    """Of each border, the lowest first: from a score to the probability of a level above it."""

    def probabilities(self, scores: FloatArray) -> FloatArray:
        """Return the probability of each level for each score, shape (n, k); each row sums to 1.

        To be above a border is never more likely than to be above a lower one: where two curves
        cross, the upper follows the lower.
        """
        above = np.stack([c.probability(scores) for c in self.curves], axis=1)
        ones, zeros = np.ones((len(scores), 1)), np.zeros((len(scores), 1))
        return -np.diff(np.minimum.accumulate(above, axis=1), axis=1, prepend=ones, append=zeros)


def borders_of(scores: FloatArray, truth: FloatArray, n_levels: int) -> Borders:
    """Return the curves that held-out scores and what came true imply.

    Every border is a class, "above it or not", and calibrated as one; all of them read one score,
    so that they cannot tell different stories.

    Args:
        scores: Of held-out rows, shape (n,); higher for higher levels.
        truth: Their levels, shape (n,); 0.5 is half a row of level 0 and half a row of level 1.
        n_levels: How many there are.

    Source:
        Frank & Hall (2001), doi:10.1007/3-540-44795-4_13 (one class a border); McCullagh (1980),
        doi:10.1111/j.2517-6161.1980.tb01109.x (one score for all borders).
    """
    borders = range(n_levels - 1)
    return Borders(curves=tuple(calibrate(scores, np.clip(truth - k, 0.0, 1.0)) for k in borders))


def median_level(probabilities: FloatArray) -> Levels:
    """Return the level that errs by the fewest levels on average: the median, shape (n,).

    Example:
        >>> median_level(np.array([[0.4, 0.3, 0.3], [0.5, 0.0, 0.5]])).tolist()
        [1, 0]
    """
    reached = np.cumsum(probabilities, axis=1) >= 0.5 - 1e-12
    return np.asarray(np.argmax(reached, axis=1), np.intp)


def shortest_range(probabilities: FloatArray, *, share: float = 0.9) -> tuple[Levels, Levels]:
    """Return the lowest and highest of the fewest neighbouring levels that hold a share.

    Of several ranges as short, the likeliest is taken. A share above one half holds the median.

    Example:
        >>> low, high = shortest_range(np.array([[0.05, 0.5, 0.45], [0.97, 0.02, 0.01]]))
        >>> low.tolist(), high.tolist()
        ([1, 0], [2, 0])
    """
    n, k = probabilities.shape
    low, high = np.zeros(n, np.intp), np.full(n, k - 1)
    total = np.hstack([np.zeros((n, 1)), np.cumsum(probabilities, axis=1)])
    for width in range(k - 1, 0, -1):
        held = total[:, width:] - total[:, :-width]
        best = held.argmax(axis=1)
        is_enough = held[np.arange(n), best] >= share - 1e-12
        low[is_enough], high[is_enough] = best[is_enough], best[is_enough] + width - 1
    return low, high


def nearest_level(values: FloatArray) -> FloatArray:
    """Return the level that a number is nearest to; of two as near, the upper.

    Example:
        >>> nearest_level(np.array([0.4, 0.5, 1.6])).tolist()
        [0.0, 1.0, 2.0]
    """
    return np.asarray(np.floor(values + 0.5))


def quadratic_kappa(truth: FloatArray, said: FloatArray) -> FloatArray:
    """Return the agreement of levels beyond chance, an error counting by its square; 1 is perfect.

    0 where both sides are one and the same level, so that there is no chance to be beyond.

    Source:
        Cohen (1968), doi:10.1037/h0026256.

    Example:
        >>> round(float(quadratic_kappa(np.array([0.0, 1.0, 2.0]), np.array([0.0, 2.0, 2.0]))), 4)
        0.8
    """
    wrong = np.square(truth - said).mean(axis=-1)
    apart = np.square(truth.mean(axis=-1) - said.mean(axis=-1))
    chance = truth.var(axis=-1) + said.var(axis=-1) + apart
    has_chance = chance > 0
    beyond = np.where(has_chance, 1.0 - wrong / np.where(has_chance, chance, 1.0), 0.0)
    return np.asarray(np.round(beyond, 12) + 0.0)


def ranked_loss(truth: FloatArray, probabilities: FloatArray) -> FloatArray:
    """Return the ranked probability score of each row, shape (n,); 0 is perfect.

    It is the sum over borders of the squared difference between the probability of a level above
    the border and whether it was: near levels cost less than far ones, and nobody gains by saying
    other probabilities than he believes.

    Args:
        truth: Levels, shape (n,); 0.5 is half a row of level 0 and half a row of level 1.
        probabilities: Of each level, shape (n, k).

    Source:
        Epstein (1969), doi:10.1175/1520-0450(1969)008<0985:ASSFPF>2.0.CO;2.

    Example:
        >>> ranked_loss(np.array([0.0, 2.0]), np.array([[0.5, 0.5, 0.0], [0.5, 0.5, 0.0]])).tolist()
        [0.25, 1.25]
    """
    above = 1.0 - np.cumsum(probabilities, axis=1)[:, :-1]
    came = np.clip(truth[:, None] - np.arange(above.shape[1]), 0.0, 1.0)
    return np.asarray(np.square(above - came).sum(axis=1))


def level_share(truth: FloatArray, said: FloatArray) -> FloatArray:
    """Return the share of levels that were said right: the accuracy.

    Example:
        >>> float(level_share(np.array([0.0, 1.0]), np.array([0.0, 2.0])))
        0.5
    """
    return np.asarray((truth == said).mean(axis=-1))
