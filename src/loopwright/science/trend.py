# SPDX-License-Identifier: Apache-2.0
"""Whether numbers rise or fall in time, and whether groups of them lie apart.

Both tests use ranks alone, so that one wild value decides nothing. Neither says why: a run
can lie higher because the assay moved, or because other candidates were measured in it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from attrs import frozen

from loopwright.core.errors import DataError
from loopwright.core.values import FloatArray

__all__ = ["Apart", "Trend", "kruskal_wallis", "mann_kendall"]

LARGEST_EXACT = 12
"""Up to so many numbers without ties, every order is counted; the normal law serves beyond."""


@frozen(kw_only=True)
class Trend:
    """How a series goes."""

    s: int
    """Pairs that rise minus pairs that fall."""

    tau: float
    """The same as a share of all pairs, from -1 to 1."""

    p: float
    """Chance of an ``s`` this far from 0, on either side, were there no trend."""


@frozen(kw_only=True)
class Apart:
    """How far groups lie apart."""

    h: float
    """Kruskal and Wallis' H, corrected for ties."""

    p: float
    """Chance of an H this large if all groups came from one distribution (chi-square law)."""

    share: float
    """Share of the variance of the ranks that the groups explain, 0 to 1."""


def mann_kendall(values: FloatArray) -> Trend:
    """Test whether a series rises or falls.

    Args:
        values: Shape (n,), in the order of time, n >= 3.

    Returns:
        The trend; its p is exact for up to 12 numbers without ties, and else that of the normal
        law with continuity correction and a variance corrected for ties.

    Raises:
        DataError: Fewer than three numbers, or one that is not finite.

    Source:
        Mann (1945), doi:10.2307/1907187; Kendall, Rank Correlation Methods (1975), ch. 4 and 5.

    Example:
        >>> mann_kendall(np.array([1.0, 2.0, 3.0, 5.0, 4.0])).s
        8
    """
    series = _numbers(values, at_least=3)
    n = len(series)
    above = np.sign(series[None, :] - series[:, None])
    s = int(np.triu(above, 1).sum())
    sizes = np.unique(series, return_counts=True)[1].astype(float)
    has_ties = bool((sizes > 1).any())
    if n <= LARGEST_EXACT and not has_ties:
        p = _exact(n, abs(s))
    else:
        ties = float((sizes * (sizes - 1) * (2 * sizes + 5)).sum())
        variance = (n * (n - 1) * (2 * n + 5) - ties) / 18
        z = max(0.0, abs(s) - 1) / math.sqrt(variance) if variance > 0 else 0.0
        p = math.erfc(z / math.sqrt(2))
    return Trend(s=s, tau=2 * s / (n * (n - 1)), p=min(1.0, p))


def kruskal_wallis(groups: Sequence[FloatArray]) -> Apart:
    """Test whether groups of numbers lie apart.

    Args:
        groups: Two or more, none empty.

    Raises:
        DataError: Fewer than two groups, one without a number, or one that is not finite.

    Source:
        Kruskal & Wallis (1952), doi:10.1080/01621459.1952.10483441; the share is that of
        Tomczak & Tomczak (2014), Trends in Sport Sciences 1(21), 19: (H - k + 1) / (n - k).

    Example:
        >>> apart = kruskal_wallis([np.array([1.0, 2.0]), np.array([3.0, 4.0])])
        >>> round(apart.h, 4)
        2.4
    """
    from scipy.special import chdtrc

    if len(groups) < 2:
        raise DataError("Groups are compared; there is only one", remedy="Give two or more.")
    parts = [_numbers(g, at_least=1) for g in groups]
    pooled = np.concatenate(parts)
    n, k = len(pooled), len(parts)
    _, place, sizes = np.unique(pooled, return_inverse=True, return_counts=True)
    ends = np.cumsum(sizes)
    ranks = (ends - (sizes - 1) / 2)[place]
    cuts = np.cumsum([len(p) for p in parts])[:-1]
    sums = sum(float(r.sum()) ** 2 / len(r) for r in np.split(ranks, cuts))
    weights = sizes.astype(float)
    spread = 1 - float((weights**3 - weights).sum()) / (n**3 - n)
    if spread <= 0:
        return Apart(h=0.0, p=1.0, share=0.0)
    h = max(0.0, (12 * sums / (n * (n + 1)) - 3 * (n + 1)) / spread)
    share = (h - k + 1) / (n - k) if n > k else 0.0
    return Apart(h=h, p=float(chdtrc(k - 1, h)), share=min(1.0, max(0.0, share)))


def _exact(n: int, s: int) -> float:
    """Return the share of all orders of n numbers whose trend is ``s`` or more, on either side."""
    counts = [1]
    for k in range(2, n + 1):  # inversions: the k-th number adds 0 ... k - 1 of them
        counts = [sum(counts[max(0, i - k + 1) : i + 1]) for i in range(len(counts) + k - 1)]
    n_pairs = n * (n - 1) // 2
    if s == 0:
        return 1.0
    return 2 * sum(c for i, c in enumerate(counts) if n_pairs - 2 * i >= s) / math.factorial(n)


def _numbers(values: FloatArray, *, at_least: int) -> FloatArray:
    given = np.asarray(values, float).ravel()
    if len(given) < at_least or not np.isfinite(given).all():
        raise DataError(
            f"{len(given)} numbers were given, {int(np.isfinite(given).sum())} of them finite",
            remedy=f"Give {at_least} or more finite numbers.",
        )
    return given
