# SPDX-License-Identifier: Apache-2.0
"""Whether a plate's wells differ by where they lie: edge, rows, columns, and plates in run order.

What a well holds must be taken off first: see ``leftover``. Knows no well names and no file.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.errors import DataError
from loopwright.core.values import FloatArray

__all__ = [
    "Drift",
    "EdgeEffect",
    "MedianPolish",
    "drift",
    "edge_effect",
    "group_effect",
    "leftover",
    "median_polish",
    "signal_window",
]

LEAST = 3
"""Wells that a group must have to be spoken of."""


@frozen(kw_only=True)
class EdgeEffect:
    """How wells at the edge differ from those inside."""

    n_edge: int
    n_inner: int
    shift: float
    """Median over all pairs of edge minus inner (Hodges-Lehmann), in the unit of the values."""

    p_value: float
    """Two-sided Mann-Whitney test."""


@frozen(kw_only=True)
class Drift:
    """How a number changes from plate to plate."""

    n: int
    tau: float
    """Kendall's rank correlation with the run order; 1 rises always, -1 falls always."""

    p_value: float
    """Mann-Kendall test for trend, two-sided."""


@frozen(kw_only=True, eq=False)
class MedianPolish:
    """A table as overall + row + column + residual."""

    overall: float
    rows: FloatArray
    columns: FloatArray
    residuals: FloatArray
    """Shape (rows, columns); NaN where there was no value."""


def leftover(values: FloatArray, groups: Sequence[Hashable]) -> FloatArray:
    """Return what is left of each value once the median of its like is taken off.

    Args:
        values: Shape (n,); NaN stays NaN.
        groups: What each well holds, shape (n,): wells of one group should read alike. A group
            of fewer than three values has no level, and its leftovers are NaN.

    Example:
        >>> leftover(np.array([1.0, 2.0, 3.0, 9.0]), ["a", "a", "a", "b"])
        array([-1.,  0.,  1., nan])
    """
    left = np.full(len(values), math.nan)
    for group in dict.fromkeys(groups):
        rows = np.array([g == group for g in groups]) & ~np.isnan(values)
        if rows.sum() >= LEAST:
            left[rows] = values[rows] - np.median(values[rows])
    return left


def edge_effect(values: FloatArray, is_edge: npt.NDArray[np.bool_]) -> EdgeEffect | None:
    """Return how the wells at the edge differ; None with fewer than three on one side.

    Args:
        values: Leftovers, shape (n,); NaN is left out.
        is_edge: Whether each well lies at the edge, shape (n,).

    Source:
        Mann & Whitney (1947), doi:10.1214/aoms/1177730491; Hodges & Lehmann (1963),
        doi:10.1214/aoms/1177704172.
    """
    from scipy.stats import mannwhitneyu

    known = ~np.isnan(values)
    edge, inner = values[known & is_edge], values[known & ~is_edge]
    if min(len(edge), len(inner)) < LEAST:
        return None
    return EdgeEffect(
        n_edge=len(edge),
        n_inner=len(inner),
        shift=float(np.median(edge[:, None] - inner[None, :])),
        p_value=float(mannwhitneyu(edge, inner).pvalue),
    )


def group_effect(values: FloatArray, lines: npt.NDArray[np.intp]) -> float | None:
    """Return the p value of rows (or columns) having different levels.

    Args:
        values: Leftovers, shape (n,); NaN is left out.
        lines: Number of the row, or of the column, of each well, shape (n,).

    Returns:
        None where fewer than two lines have three values each.

    Source:
        Kruskal & Wallis (1952), doi:10.1080/01621459.1952.10483441.
    """
    from scipy.stats import kruskal

    known = ~np.isnan(values)
    each = [values[known & (lines == line)] for line in np.unique(lines)]
    parts = [part for part in each if len(part) >= LEAST]
    if len(parts) < 2 or float(np.ptp(np.concatenate(parts))) == 0.0:
        return None
    return float(kruskal(*parts).pvalue)


def drift(values: Sequence[float]) -> Drift | None:
    """Return the trend of a number over plates in run order; None for fewer than four.

    Source:
        Mann (1945), doi:10.2307/1907187; Kendall (1938), doi:10.1093/biomet/30.1-2.81.

    Example:
        >>> round(drift([1.0, 2.0, 3.0, 4.0, 5.0]).p_value, 4)
        0.0167
    """
    from scipy.stats import kendalltau

    known = [v for v in values if math.isfinite(v)]
    if len(known) < 4 or len(set(known)) < 2:
        return None
    found = kendalltau(range(len(known)), known)
    return Drift(n=len(known), tau=float(found.statistic), p_value=float(found.pvalue))


def signal_window(negative: FloatArray, positive: FloatArray) -> float:
    """Return the window between two controls in standard deviations of the stronger signal.

    Args:
        negative: Signals of the wells without effect, two or more, finite.
        positive: Signals of the wells with full effect, two or more, finite.

    Returns:
        Negative where the bands of three deviations overlap; NaN without spread.

    Source:
        Sittampalam et al. (1997), doi:10.1177/108705719700200304.

    Example:
        >>> round(signal_window(np.array([98.0, 100.0, 102.0]), np.array([9.0, 10.0, 11.0])), 1)
        40.5
    """
    low, high = sorted((negative, positive), key=lambda wells: float(wells.mean()))
    spread = float(high.std(ddof=1))
    gap = float(high.mean() - low.mean()) - 3.0 * (spread + float(low.std(ddof=1)))
    return gap / spread if spread > 0.0 else math.nan


def median_polish(table: FloatArray, *, n_rounds: int = 20) -> MedianPolish:
    """Take the medians of rows and columns off a table, in turns, until nothing changes.

    The residuals over their scaled median absolute deviation are the B score of a well.

    Args:
        table: Shape (rows, columns); NaN where a well has no value.
        n_rounds: At most so many turns.

    Raises:
        DataError: The table holds no value.

    Source:
        Tukey (1977), Exploratory Data Analysis, ch. 11; for plates Brideau et al. (2003),
        doi:10.1177/1087057103258285.
    """
    left = np.array(table, float)
    if np.isnan(left).all():
        raise DataError(
            "The plate has no value to polish", where="table", remedy="Give a plate that was read."
        )
    overall, rows, columns = 0.0, np.zeros(left.shape[0]), np.zeros(left.shape[1])
    for _ in range(n_rounds):
        by_row = _medians(left)
        left -= by_row[:, None]
        rows += by_row
        centre = float(np.median(columns))
        columns -= centre
        overall += centre
        by_column = _medians(left.T)
        left -= by_column[None, :]
        columns += by_column
        centre = float(np.median(rows))
        rows -= centre
        overall += centre
        if max(np.abs(by_row).max(), np.abs(by_column).max()) < 1e-9:
            break
    return MedianPolish(overall=overall, rows=rows, columns=columns, residuals=left)


def _medians(table: FloatArray) -> FloatArray:
    """Return the median of each row, 0 for a row without a value."""
    return np.array(
        [float(np.median(r[~np.isnan(r)])) if (~np.isnan(r)).any() else 0 for r in table]
    )
