# SPDX-License-Identifier: Apache-2.0
"""What a prediction was worth, once the truth is known.

Censored truths stay censored: a limit that the prediction respects is no error, one that it
breaks counts by as much as it breaks it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from loopwright.core.values import FloatArray

__all__ = ["bootstrap_interval", "errors", "mae", "r_squared", "rmse", "spearman"]

Bounds = npt.NDArray[np.int8]


def errors(truth: FloatArray, predicted: FloatArray, bounds: Bounds) -> FloatArray:
    """Return prediction minus truth, shape (n,); one-sided where the truth is a limit.

    Example:
        >>> errors(np.array([5.0, 5.0]), np.array([4.0, 4.0]), np.array([0, -1], np.int8))
        array([-1.,  0.])
    """
    gap = predicted - truth
    kept = np.where(bounds < 0, np.maximum(gap, 0.0), np.where(bounds > 0, np.minimum(gap, 0), gap))
    return np.asarray(kept, float)


def rmse(gaps: FloatArray) -> FloatArray:
    """Return the root mean square of errors along the last axis, in their unit."""
    return np.asarray(np.sqrt(np.mean(np.square(gaps), axis=-1)))


def mae(gaps: FloatArray) -> FloatArray:
    """Return the mean absolute error along the last axis, in the unit of the errors."""
    return np.asarray(np.mean(np.abs(gaps), axis=-1))


def r_squared(truth: FloatArray, predicted: FloatArray) -> FloatArray:
    """Return the share of the variance that is explained, along the last axis; 0 if there is none.

    Example:
        >>> float(r_squared(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0])))
        1.0
    """
    rest = np.square(truth - predicted).sum(axis=-1)
    total = np.square(truth - truth.mean(axis=-1, keepdims=True)).sum(axis=-1)
    return np.asarray(np.where(total > 0, 1.0 - rest / np.where(total > 0, total, 1.0), 0.0))


def spearman(truth: FloatArray, predicted: FloatArray) -> FloatArray:
    """Return the rank correlation along the last axis; 0 where one side is constant.

    Example:
        >>> float(spearman(np.array([1.0, 2.0, 4.0]), np.array([0.1, 0.2, 0.3])))
        1.0
    """
    from scipy.stats import rankdata

    a, b = rankdata(truth, axis=-1), rankdata(predicted, axis=-1)
    a -= a.mean(axis=-1, keepdims=True)
    b -= b.mean(axis=-1, keepdims=True)
    size = np.sqrt((a * a).sum(axis=-1) * (b * b).sum(axis=-1))
    shared = (a * b).sum(axis=-1)
    share = np.where(size > 0, shared / np.where(size > 0, size, 1.0), 0.0)
    return np.asarray(np.round(share, 12), float)


def bootstrap_interval(
    columns: tuple[FloatArray, ...],
    statistic: Callable[..., FloatArray],
    *,
    rng: np.random.Generator,
    n_draws: int = 500,
) -> tuple[float, float]:
    """Return the 95 % percentile bootstrap interval of a statistic of rows.

    Args:
        columns: What the statistic is computed from, each of shape (n,).
        statistic: Callable from columns of shape (draws, n) to numbers of shape (draws,).
        rng: Draws the rows.
        n_draws: How many resamples.

    Source:
        Efron & Tibshirani (1993), An Introduction to the Bootstrap, ch. 13.
    """
    n = len(columns[0])
    rows = rng.integers(n, size=(n_draws, n))
    low, high = np.quantile(statistic(*(c[rows] for c in columns)), [0.025, 0.975])
    return float(low), float(high)
