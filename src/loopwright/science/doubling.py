# SPDX-License-Identifier: Apache-2.0
"""What twice the rows would bring, read from a learning curve.

Errors of most learners fall as a power of the number of rows, as far as one can see: a line on
logarithmic axes. It is drawn a step further, and not beyond.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.values import FloatArray

__all__ = ["Doubled", "doubled"]

N_DRAWS = 1000


@frozen(kw_only=True)
class Doubled:
    """The error with twice the rows over the error now, with its 95 % interval."""

    ratio: float
    low: float
    high: float


def doubled(
    squares: FloatArray,
    families: npt.NDArray[np.intp],
    sizes: FloatArray,
    *,
    rng: np.random.Generator,
) -> Doubled:
    """Draw the line of a learning curve a step further.

    The interval is that of the ratio which would be seen, and not of its mean. What was seen in
    the last step would have been another with other families, held out or learned from: it is as
    uncertain as that, and as far as the steps lie off their line, and as the slope is. Student's
    t with k degrees of freedom allows for how few the steps are.

    Args:
        squares: Squared errors of the same held-out rows after each step, shape (k, n), k >= 3.
        families: Family of each row, numbered from 0, shape (n,).
        sizes: Rows that were learned from in each step, ascending, shape (k,).
        rng: Draws families.

    Source:
        Cortes et al. (1993), Learning curves: asymptotic values and rate of convergence, NIPS 6;
        Viering & Loog (2023), doi:10.1109/TPAMI.2022.3220744, section 4 (power laws).

    Example:
        >>> falling = np.array([[16.0, 16.0], [4.0, 4.0], [1.0, 1.0]])  # the error halves
        >>> found = doubled(falling, np.array([0, 1]), np.array([10.0, 20.0, 40.0]),
        ...                 rng=np.random.default_rng(0))
        >>> round(found.ratio, 6), round(found.low, 6), round(found.high, 6)
        (0.5, 0.5, 0.5)
    """
    from scipy.stats import t

    steps = np.log2(sizes)
    design = np.stack([np.ones(len(steps)), steps - steps.mean()], axis=1)
    solve = np.linalg.pinv(design)
    level = np.log2(np.maximum(squares.mean(axis=1), 1e-30)) / 2
    slope = float(solve[1] @ level)
    off = level - design @ (solve @ level)
    scatter = float(off @ off) / (len(steps) - 2)
    spread = float(np.sum(np.square(steps - steps.mean())))
    drawn = _resampled(squares, families, rng)
    seen = float((drawn @ solve[1]).var()) + float((drawn[:, -1] - drawn[:, -2]).var())
    std = math.sqrt(seen + scatter * (1.0 + 1.0 / spread))
    reach = float(t.ppf(0.975, len(steps))) * std
    return Doubled(ratio=2.0**slope, low=2.0 ** (slope - reach), high=2.0 ** (slope + reach))


def _resampled(
    squares: FloatArray, families: npt.NDArray[np.intp], rng: np.random.Generator
) -> FloatArray:
    """Return the binary logarithm of the error of each step for draws of families, (draws, k)."""
    n = int(families.max()) + 1
    sums = np.stack([np.bincount(families, weights=s, minlength=n) for s in squares], axis=1)
    counts = np.bincount(families, minlength=n).astype(float)
    weights = rng.multinomial(n, np.full(n, 1.0 / n), size=N_DRAWS).astype(float)
    means = (weights @ sums) / (weights @ counts)[:, None]
    return np.asarray(np.log2(np.maximum(means, 1e-30)) / 2)
