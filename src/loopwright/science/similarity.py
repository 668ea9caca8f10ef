# SPDX-License-Identifier: Apache-2.0
"""How alike two candidates are, from 0 (nothing in common) to 1 (the same description).

Counts are compared by the Tanimoto coefficient of their square roots, tokens by the positions at
which they agree, vectors by a Gaussian of their distance. Everything runs in float32 blocks, so
that memory stays bounded whatever the number of rows. Nothing here knows what the columns mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from loopwright.core.counts import Counts
from loopwright.core.errors import DataError
from loopwright.core.values import Features, Kind
from loopwright.science.reference import Reference

__all__ = ["agreement", "nearest", "similarity", "squared_distance", "tanimoto"]

BLOCK_ROWS = 2048
"""Rows that are made dense at once: 2,048 x 6,144 columns x 4 bytes are 50 MB."""

MANY = 512
"""From here on rows are made ready before others are compared with them."""

LARGEST = 50_000_000
"""Similarities that are kept at once where only the highest of each row are asked for."""

Float32 = npt.NDArray[np.float32]
Tokens = npt.NDArray[np.uint8]

_COUNTED: tuple[Kind, ...] = ("counts", "patterns")


def tanimoto(a: Counts, b: Counts) -> Float32:
    """Return the Tanimoto similarity of square-rooted counts.

    With u = sqrt(count), T(u, v) = u.v / (u.u + v.v - u.v): an inner product form, so it is a
    positive definite kernel, it is 1 for equal rows, and it costs one matrix product.

    Args:
        a: n rows of d columns.
        b: m rows of d columns.

    Returns:
        float32 (n, m), between 0 and 1; two empty rows are equal (1).

    Source:
        Ralaivola et al. (2005), doi:10.1016/j.neunet.2005.07.009, eq. 6, on sqrt(counts).
    """
    if a.width != b.width:
        raise DataError(
            f"Counts of {a.width} columns cannot be compared with counts of {b.width}",
            remedy="Describe both with the same modality and options.",
        )
    if len(b) >= MANY:
        return Reference(b).tanimoto(a)
    # A column that no row of b has adds to the size of a row of a, but shares nothing.
    present = np.zeros(b.width, bool)
    present[b.indices] = True
    shared_columns = np.flatnonzero(present)
    right = _roots(b.narrow(shared_columns), 0, len(b))
    left = a.narrow(shared_columns)
    norm_a, norm_b = a.sums(), b.sums()
    out = np.empty((len(a), len(b)), np.float32)
    for start, stop in _blocks(len(a)):
        shared = out[start:stop]
        np.matmul(_roots(left, start, stop), right.T, out=shared)
        union = norm_a[start:stop, None] + norm_b[None, :]
        union -= shared
        empty = union <= 0
        union[empty] = 1.0
        shared /= union
        shared[empty] = 1.0
        np.minimum(shared, 1.0, out=shared)
    return out


def squared_distance(a: Float32, b: Float32) -> Float32:
    """Return squared Euclidean distances of the rows of ``a`` (n, d) and ``b`` (m, d): (n, m)."""
    out: Float32 = np.matmul(a, b.T)
    out *= -2.0
    out += np.einsum("nd,nd->n", a, a)[:, None]
    out += np.einsum("md,md->m", b, b)[None, :]
    return np.maximum(out, 0.0, out=out)


def agreement(a: Tokens, b: Tokens) -> Float32:
    """Return at what share of the positions two sequences agree, shape (n, m), from 0 to 1.

    Only positions count at which the rows of ``b`` differ among each other: of a library of
    variants all others are the same anyway. A row of ``a`` that departs from ``b`` at a further
    position loses as much as at one that counts, down to 0.

    Args:
        a: n sequences of L letters.
        b: m sequences of L letters, at least one.
    """
    varies = (b != b[0]).any(0)
    n_sites = max(int(varies.sum()), 1)
    elsewhere = (a != b[0])[:, ~varies].sum(1, dtype=np.float32)
    apart: Float32 = np.repeat(elsewhere[:, None], len(b), axis=1)
    for column in np.flatnonzero(varies):
        apart += a[:, column, None] != b[None, :, column]
    alike: Float32 = np.maximum(1.0 - apart / n_sites, 0.0)
    return alike


def similarity(a: Features, b: Features) -> Float32:
    """Return how alike the rows of ``a`` (n) and ``b`` (m) are, shape (n, m), from 0 to 1.

    Counts are preferred where both have them, then patterns, then tokens; vectors are compared by
    exp(-6 distance^2 / d).
    """
    for kind in _COUNTED:
        left, right = a.blocks.get(kind), b.blocks.get(kind)
        if isinstance(left, Counts) and isinstance(right, Counts):
            return tanimoto(left, right)
    mine, theirs = a.blocks.get("tokens"), b.blocks.get("tokens")
    if isinstance(mine, np.ndarray) and isinstance(theirs, np.ndarray) and len(theirs):
        return agreement(mine, theirs)
    x, y = a.blocks.get("vector"), b.blocks.get("vector")
    if isinstance(x, np.ndarray) and isinstance(y, np.ndarray):
        scale = 6.0 / max(x.shape[1], 1)  # unit-cube neighbours at a tenth of each axis: 0.94
        closeness: Float32 = np.exp(-scale * squared_distance(x, y))
        return closeness
    raise DataError(
        f"No common representation to compare: {sorted(a.blocks)} and {sorted(b.blocks)}",
        remedy="Describe both as counts or as vectors.",
    )


def nearest(a: Features, b: Features, *, k: int) -> tuple[npt.NDArray[np.intp], Float32]:
    """Return, for each row of ``a``, its ``k`` most similar rows of ``b`` and how similar.

    Returns:
        rows (n, k) and similarities (n, k), most similar first; ties fall to the earlier row.
        k is cut to the number of rows of ``b``.
    """
    k = min(k, len(b))
    rows = np.empty((len(a), k), np.intp)
    values = np.empty((len(a), k), np.float32)
    compared = _compared_with(a, b)
    for start, stop in _blocks(len(a), LARGEST // max(len(b), 1)):
        alike = compared(np.arange(start, stop))
        rows[start:stop] = order = _highest(alike, k)
        values[start:stop] = np.take_along_axis(alike, order, axis=1)
    return rows, values


def _compared_with(a: Features, b: Features) -> Callable[[npt.NDArray[np.intp]], Float32]:
    """Return what says how alike some rows of ``a`` and all of ``b`` are, made ready once."""
    for kind in _COUNTED:
        left, right = a.blocks.get(kind), b.blocks.get(kind)
        if isinstance(left, Counts) and isinstance(right, Counts):
            if len(right) < MANY or left.width != right.width:
                break
            ready = Reference(right)
            return lambda rows: ready.tanimoto(left.take(rows))
    return lambda rows: similarity(a.take(rows), b)


def _highest(alike: Float32, k: int) -> npt.NDArray[np.intp]:
    """Return the columns of the k highest values of each row, highest first, shape (n, k).

    Of equal values the earlier column comes first.
    """
    if k == 1:
        return np.asarray(np.argmax(alike, axis=1)[:, None], np.intp)
    order = np.empty((len(alike), k), np.intp)
    if k == 0:
        return order
    least = np.partition(alike, -k, axis=1)[:, -k]
    for i, row in enumerate(alike):
        high = np.flatnonzero(row >= least[i])
        order[i] = high[np.argsort(-row[high], kind="stable")[:k]]
    return order


def _blocks(n: int, most: int = BLOCK_ROWS) -> Iterator[tuple[int, int]]:
    step = max(min(BLOCK_ROWS, most), 1)
    return ((start, min(start + step, n)) for start in range(0, n, step))


def _roots(counts: Counts, start: int, stop: int) -> Float32:
    table = counts.dense(start, stop)
    return np.sqrt(table, out=table)
