# SPDX-License-Identifier: Apache-2.0
"""How well two methods agree that measured the same things: bias, limits, rank order.

A correlation alone says nothing of agreement: two methods that differ by a factor of ten
everywhere correlate perfectly. Knows no assay and no unit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from attrs import frozen

from loopwright.core.values import FloatArray
from loopwright.science.metrics import spearman

__all__ = ["Agreement", "agreement"]

COVERAGE = 0.95
_Z = 1.959963984540054  # the normal quantile that leaves 2.5 % in each tail


@frozen(kw_only=True)
class Agreement:
    """What the paired differences ``other - one`` of two methods come to; nan where too few."""

    n: int
    """Pairs."""

    bias: float
    """Mean difference."""

    bias_low: float
    bias_high: float
    """95 % interval of the mean difference, by Student's t."""

    sd: float
    """Standard deviation of the differences."""

    low: float
    high: float
    """95 % limits of agreement: between them lie 19 of 20 differences, if they are normal."""

    pearson: float
    spearman: float
    within: tuple[float, ...]
    """Share of pairs that differ by no more than each tolerance that was asked for."""


def agreement(one: FloatArray, other: FloatArray, *, tolerances: Sequence[float] = ()) -> Agreement:
    """Compare two methods on the things that both have measured.

    The limits hold if the differences do not depend on the size of what is measured; take
    logarithms first where they grow with it, as those of concentrations do.

    Args:
        one: Values by the first method, shape (n,), finite.
        other: Values by the second, of the same things in the same order.
        tolerances: Differences that do not matter, in the unit of the values.

    Returns:
        Bias and limits need two pairs, correlations three with different values.

    Source:
        Bland & Altman (1986), doi:10.1016/S0140-6736(86)90837-8; Spearman's rho with mean
        ranks for ties.

    Example:
        >>> found = agreement(np.array([5.0, 6.0, 7.0]), np.array([5.5, 6.5, 7.5]))
        >>> found.bias, found.sd, round(found.spearman, 9)
        (0.5, 0.0, 1.0)
    """
    from scipy.special import stdtrit

    differences = np.asarray(other, np.float64) - np.asarray(one, np.float64)
    n = len(differences)
    bias = math.fsum(differences) / n if n else math.nan
    sd = math.sqrt(math.fsum((differences - bias) ** 2) / (n - 1)) if n > 1 else math.nan
    reach = float(stdtrit(n - 1, 0.5 + COVERAGE / 2)) * sd / math.sqrt(n) if n > 1 else math.nan
    has_order = n > 2 and np.ptp(one) > 0 and np.ptp(other) > 0
    return Agreement(
        n=n,
        bias=bias,
        bias_low=bias - reach,
        bias_high=bias + reach,
        sd=sd,
        low=bias - _Z * sd,
        high=bias + _Z * sd,
        pearson=float(np.corrcoef(one, other)[0, 1]) if has_order else math.nan,
        spearman=float(spearman(one, other)) if has_order else math.nan,
        within=tuple(
            float(np.mean(np.abs(differences) <= t + 1e-9)) if n else math.nan for t in tolerances
        ),
    )
