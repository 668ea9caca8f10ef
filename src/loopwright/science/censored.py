# SPDX-License-Identifier: Apache-2.0
"""What a limit such as ``> 10`` says about the value behind it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from loopwright.core.values import FloatArray

__all__ = ["censored_normal", "truncated_moments"]


def truncated_moments(
    mean: FloatArray, std: FloatArray, limit: FloatArray, bound: npt.NDArray[np.int8]
) -> tuple[FloatArray, FloatArray]:
    """Return mean and variance of a normal value that is known to lie beyond a limit.

    Args:
        mean: Of the normal, before the limit was known, shape (n,).
        std: Of the normal, > 0, shape (n,).
        limit: The reported limit, shape (n,).
        bound: -1 the value lies below the limit, +1 above it, 0 the limit is the value itself.

    Returns:
        Mean and variance, each of shape (n,); ``limit`` and 0 where ``bound`` is 0.

    Source:
        Johnson, Kotz & Balakrishnan (1994), Continuous Univariate Distributions 1, sec. 13.10.

    Example:
        >>> one = np.ones(1)
        >>> m, v = truncated_moments(0 * one, one, 0 * one, np.array([1], np.int8))
        >>> m.round(4), v.round(4)
        (array([0.7979]), array([0.3634]))
    """
    from scipy.special import log_ndtr  # scipy takes as long to load as a prediction

    sign = np.where(bound == 0, 1, bound).astype(float)
    z = sign * (mean - limit) / std
    hazard = np.exp(-0.5 * z**2 - 0.5 * np.log(2 * np.pi) - log_ndtr(z))
    middle = mean + sign * std * hazard
    variance = np.maximum(std**2 * (1.0 - hazard * (z + hazard)), 1e-12 * std**2)
    exact = bound == 0
    return np.where(exact, limit, middle), np.where(exact, 0.0, variance)


def censored_normal(
    values: FloatArray, bounds: npt.NDArray[np.int8], *, n_steps: int = 50
) -> tuple[float, float]:
    """Return mean and standard deviation of a normal from values and limits (by EM).

    Args:
        values: Measured values or limits, shape (n,), n >= 1.
        bounds: 0, -1 or +1 as in ``truncated_moments``.
        n_steps: EM steps.

    Returns:
        Maximum-likelihood mean and standard deviation (> 0; 1 when all values are one).

    Source:
        Dempster, Laird & Rubin (1977), doi:10.1111/j.2517-6161.1977.tb01600.x.
    """
    spread = float(values.std()) or 1.0
    mean, std = float(values.mean()), spread
    for _ in range(n_steps if bounds.any() else 1):
        n = len(values)
        expected, variance = truncated_moments(np.full(n, mean), np.full(n, std), values, bounds)
        mean = float(expected.mean())
        std = float(np.sqrt(np.mean((expected - mean) ** 2 + variance)))
        std = max(std, 1e-3 * spread) if len(values) > 1 else spread
    return mean, std
