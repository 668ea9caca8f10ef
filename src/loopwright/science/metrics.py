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

__all__ = ["bootstrap_interval", "errors", "mae", "rmse", "spearman"]

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


def rmse(gaps: FloatArray) -> float:
    """Return the root mean square of errors, in their unit."""
    return float(np.sqrt(np.mean(np.square(gaps))))


def mae(gaps: FloatArray) -> float:
    """Return the mean absolute error, in the unit of the errors."""
    return float(np.mean(np.abs(gaps)))


def spearman(truth: FloatArray, predicted: FloatArray) -> float:
    """Return the rank correlation of two columns (n,); 0 when one of them is constant.

    Example:
        >>> spearman(np.array([1.0, 2.0, 4.0]), np.array([0.1, 0.2, 0.3]))
        1.0
    """
    from scipy.stats import rankdata

    a, b = rankdata(truth), rankdata(predicted)
    if a.std() == 0 or b.std() == 0:
        return 0.0
    return round(float(np.corrcoef(a, b)[0, 1]), 12)


def bootstrap_interval(
    samples: FloatArray,
    statistic: Callable[[FloatArray], float],
    *,
    rng: np.random.Generator,
    n_draws: int = 500,
) -> tuple[float, float]:
    """Return the 95 % percentile bootstrap interval of a statistic of rows (n, ...).

    Args:
        samples: Rows to draw from with replacement.
        statistic: Callable from rows to a number.
        rng: Draws the rows.
        n_draws: How many resamples.

    Source:
        Efron & Tibshirani (1993), An Introduction to the Bootstrap, ch. 13.
    """
    n = len(samples)
    values = [statistic(samples[rng.integers(n, size=n)]) for _ in range(n_draws)]
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)
