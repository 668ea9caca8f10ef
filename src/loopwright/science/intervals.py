# SPDX-License-Identifier: Apache-2.0
"""Intervals: from a stated distribution, and corrected by what was seen."""

from __future__ import annotations

import math

import numpy as np

from loopwright.core.values import FloatArray, Prediction

__all__ = [
    "COVERAGE",
    "Z_90",
    "chance_between",
    "conformal_factor",
    "gaussian",
    "std_interval",
]

COVERAGE = 0.90
"""Share of new measurements that an interval is meant to hold."""

Z_90 = 1.6448536269514722
"""Standard deviations to each side that hold 90 % of a normal distribution."""


def gaussian(mean: FloatArray, std: FloatArray, noise_std: FloatArray) -> Prediction:
    """Return a prediction with the interval that a Gaussian of this doubt and noise implies.

    Args:
        mean: (n, t), in the goal's unit.
        std: (n, t), > 0, doubt about the true value.
        noise_std: (t,), >= 0, of one measurement.
    """
    half = Z_90 * np.sqrt(np.square(std) + np.square(noise_std)[None, :])
    return Prediction(
        mean=mean,
        std=std,
        noise_std=noise_std,
        low=mean - half,
        high=mean + half,
        in_domain=np.ones(len(mean), np.bool_),
    )


def chance_between(mean: FloatArray, std: FloatArray, low: float, high: float) -> FloatArray:
    """Return how likely a normal value lies in a range, shape (n,).

    Args:
        mean: Shape (n,).
        std: Shape (n,), > 0, same unit.
        low: Least value of the range, same unit; may be -inf.
        high: Greatest value; may be inf.

    Example:
        >>> chance_between(np.array([2.0]), np.array([1.0]), 2.0, np.inf).tolist()
        [0.5]
    """
    from scipy.special import ndtr

    chance: FloatArray = ndtr((high - mean) / std) - ndtr((low - mean) / std)
    return chance


def conformal_factor(scores: FloatArray, *, coverage: float = COVERAGE) -> float:
    """Return by how many stated standard deviations an interval must reach to each side.

    Holds for exchangeable rows. With too few rows for a finite answer, the largest score or
    the Gaussian quantile is returned, whichever is larger.

    Args:
        scores: |error| / stated standard deviation of held-out rows, shape (n,).
        coverage: Wanted share of rows inside.

    Returns:
        The ceil((n + 1) coverage)-th smallest score.

    Source:
        Lei et al. (2018), doi:10.1080/01621459.2017.1307116, section 2.2.

    Example:
        >>> conformal_factor(np.linspace(0.1, 2.0, 20), coverage=0.9)
        1.9
    """
    n = len(scores)
    rank = math.ceil((n + 1) * coverage)
    if rank > n:
        return max(Z_90, float(scores.max(initial=0.0)))
    return round(float(np.sort(scores)[rank - 1]), 12)


def std_interval(squares: float, n_free: int) -> tuple[float, float, float]:
    """Return a pooled standard deviation with its 95 % interval, for normal scatter.

    Args:
        squares: Sum of squares around the means.
        n_free: Its degrees of freedom, > 0.

    Returns:
        Standard deviation, lower and upper end.

    Source:
        NIST/SEMATECH e-Handbook of Statistical Methods, section 7.2.3.1.

    Example:
        >>> [round(x, 3) for x in std_interval(10.0, 10)]
        [1.0, 0.699, 1.755]
    """
    from scipy.stats import chi2

    low, high = (math.sqrt(squares / float(chi2.ppf(p, n_free))) for p in (0.975, 0.025))
    return math.sqrt(squares / n_free), low, high
