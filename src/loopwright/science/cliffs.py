# SPDX-License-Identifier: Apache-2.0
"""Activity cliffs: pairs of candidates that are alike and yet differ much.

Only pairs whose sizes allow the likeness asked for are compared, so the answer is exact and
most of the work is left out. Nothing here knows what a count or a value means.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.counts import Counts
from loopwright.core.values import FloatArray
from loopwright.science.similarity import tanimoto

__all__ = ["Edge", "find_cliffs", "sali", "usual_difference"]

BLOCK_ROWS = 512
NEAREST_TO_1 = 0.01
"""The distance below which two descriptions count as so far apart: SALI has no value at 0."""

ROUNDING = 1e-5
"""Similarities are float32: a pair at the very edge is kept."""


@frozen(kw_only=True)
class Edge:
    """Two rows that make a cliff."""

    low: int
    """Row of the lower value."""

    high: int
    similarity: float
    difference: float
    """At least; exact where neither value is a limit."""

    sali: float


def sali(difference: float, similarity: float) -> float:
    """Return the structure-activity landscape index: difference over distance.

    Args:
        difference: Between the two values, >= 0.
        similarity: From 0 to 1; above 0.99 it counts as 0.99.

    Source:
        Guha & Van Drie (2008), doi:10.1021/ci7004093, eq. 1.

    Example:
        >>> round(sali(2.0, 0.9), 6)
        20.0
    """
    return difference / max(1.0 - similarity, NEAREST_TO_1)


def usual_difference(values: FloatArray) -> float:
    """Return the difference that few pairs exceed: mean plus two deviations over all pairs.

    It is the bar for cliffs on scales where no fixed one is in use.

    Args:
        values: Shape (n,); order does not matter.

    Source:
        Stumpfe, Hu & Bajorath (2019), doi:10.1021/acsomega.9b02221: potency differences that
        depend on the activity class.

    Example:
        >>> round(usual_difference(np.array([0.0, 1.0, 2.0])), 4)
        2.2761
    """
    ordered = np.sort(np.asarray(values, float))
    n = len(ordered)
    if n < 2:
        return 0.0
    n_pairs = n * (n - 1) / 2
    weights = 2 * np.arange(n) - (n - 1)
    mean = float((weights * ordered).sum()) / n_pairs
    squares = n * float(np.square(ordered - ordered.mean()).sum()) / n_pairs
    return mean + 2 * math.sqrt(max(0.0, squares - mean**2))


def find_cliffs(
    counts: Counts,
    values: FloatArray,
    bounds: npt.NDArray[np.int8],
    *,
    difference: float,
    similarity: float = 0.9,
    at_most: int = 20,
) -> tuple[int, tuple[Edge, ...]]:
    """Find pairs that are alike by ``similarity`` or more and differ by ``difference`` or more.

    A limit takes part where it leaves no doubt: the lower value of a pair may be an upper
    limit, and the higher one a lower limit.

    Args:
        counts: n rows.
        values: Shape (n,).
        bounds: Shape (n,): 0 measured, -1 the truth lies below the value, 1 above it.
        difference: Smallest difference, > 0.
        similarity: Smallest Tanimoto similarity, > 0.
        at_most: How many to return.

    Returns:
        How many pairs there are, and the worst of them: the largest SALI first, ties by row.
    """
    sizes = np.diff(
        np.concatenate([[0], np.cumsum(counts.values, dtype=np.float64)])[counts.indptr]
    )
    order = np.argsort(sizes, kind="stable")
    found: list[Edge] = []
    for rows, others in _bands(sizes[order], similarity):
        left, right = order[rows], order[others]
        alike = tanimoto(counts.take(left), counts.take(right))
        rise = values[right][None, :] - values[left][:, None]
        is_up = (bounds[left] <= 0)[:, None] & (bounds[right] >= 0)[None, :] & (rise > 0)
        is_down = (bounds[left] >= 0)[:, None] & (bounds[right] <= 0)[None, :] & (rise < 0)
        is_cliff = (alike >= similarity - ROUNDING) & (is_up | is_down)
        is_cliff &= np.abs(rise) >= difference - 1e-9
        is_cliff &= rows[:, None] < others[None, :]
        for i, j in zip(*np.nonzero(is_cliff), strict=True):
            pair = (int(left[i]), int(right[j]))
            low, high = pair if rise[i, j] > 0 else pair[::-1]
            likeness, gap = float(alike[i, j]), float(abs(rise[i, j]))
            found.append(
                Edge(
                    low=low,
                    high=high,
                    similarity=likeness,
                    difference=gap,
                    sali=sali(gap, likeness),
                )
            )
    found.sort(key=lambda e: (-e.sali, e.low, e.high))
    return len(found), tuple(found[:at_most])


def _bands(
    sizes: FloatArray, similarity: float
) -> Iterator[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]:
    """Yield blocks of rows, by ascending size, with all later rows that can be as alike.

    The similarity of two rows is at most the smaller size over the larger one.
    """
    for start in range(0, len(sizes), BLOCK_ROWS):
        stop = min(start + BLOCK_ROWS, len(sizes))
        largest = sizes[stop - 1] / (similarity - ROUNDING)
        end = int(np.searchsorted(sizes, largest, side="right"))
        yield np.arange(start, stop), np.arange(start, max(end, stop))
