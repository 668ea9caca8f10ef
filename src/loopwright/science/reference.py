# SPDX-License-Identifier: Apache-2.0
"""Rows of counts that many new ones are compared with: made ready once, asked by the block.

A few columns are in most rows, most columns in few. The former are multiplied as a dense table,
the latter as a sparse one, which together takes a fifth of the time of one dense product.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from loopwright.core.counts import Counts

__all__ = ["Reference"]

N_DENSE = 512
"""Columns that are multiplied as a dense table."""

FEW = 32
"""Up to so many new rows a sparse product of all columns is faster than making tables."""

BLOCK = 256
"""New rows that are compared at once."""

CHUNK = 2_048
"""Known rows that are compared at once, so that what comes out fits the processor's cache."""

Float32 = npt.NDArray[np.float32]


class Reference:
    """Known rows, ready to be compared with."""

    def __init__(self, known: Counts) -> None:
        """Keep the rows; tables are made of them when they are needed.

        Args:
            known: m rows of d columns.
        """
        self._known = known
        self._norm = known.sums()

    def __len__(self) -> int:
        return len(self._norm)

    def tanimoto(self, new: Counts) -> Float32:
        """Return the Tanimoto similarity of square-rooted counts, as ``similarity.tanimoto`` does.

        Args:
            new: n rows of d columns; the answer takes 4 n m bytes.

        Returns:
            float32 (n, m), between 0 and 1; two empty rows are equal (1).
        """
        tables = self._sparse if len(new) <= FEW else self._mixed
        out = np.empty((len(new), len(self)), np.float32)
        for start in range(0, len(new), BLOCK):
            rows = np.arange(start, min(start + BLOCK, len(new)))
            self._compare(new.take(rows), tables, out[rows[0] : rows[-1] + 1])
        return out

    def _compare(self, new: Counts, tables: _Tables, out: Float32) -> None:
        """Write how alike some new rows and all known ones are."""
        left = _roots(new.narrow(tables.dense))
        right = np.ascontiguousarray(_roots(new.narrow(tables.sparse)).T)
        norm = new.sums()[:, None]
        for rows, common, rare in tables.chunks:
            shared = left @ common.T
            shared += (rare @ right).T
            union = norm + self._norm[rows]
            union -= shared
            empty = union <= 0
            union[empty] = shared[empty] = 1.0
            shared /= union
            np.minimum(shared, 1.0, out=out[:, rows])

    @cached_property
    def _sparse(self) -> _Tables:
        return _Tables(self._known, 0)

    @cached_property
    def _mixed(self) -> _Tables:
        return _Tables(self._known, N_DENSE)


class _Tables:
    """Square roots of counts: columns in many rows as a dense table, the others as a sparse one."""

    def __init__(self, known: Counts, n_dense: int) -> None:
        found = np.bincount(known.indices, minlength=known.width)
        common = np.argsort(-found, kind="stable")
        self.dense, self.sparse = np.sort(common[:n_dense]), np.sort(common[n_dense:])
        few = known.narrow(self.dense) if n_dense else _nothing(len(known))
        rare = known.narrow(self.sparse) if n_dense else known
        starts = range(0, len(known), CHUNK)
        rows = [slice(start, min(start + CHUNK, len(known))) for start in starts]
        self.chunks = [(r, _roots(few, r), _sparse_roots(rare, r)) for r in rows]


def _nothing(n: int) -> Counts:
    """Return n rows of no columns."""
    return Counts(
        indptr=np.zeros(n + 1, np.int64),
        indices=np.zeros(0, np.int32),
        values=np.zeros(0, np.uint16),
        width=0,
    )


def _roots(counts: Counts, rows: slice | None = None) -> Float32:
    """Return square roots of some rows, or of all, as a dense table."""
    table = counts.dense(rows.start, rows.stop) if rows else counts.dense(0, len(counts))
    return np.sqrt(table, out=table)


def _sparse_roots(counts: Counts, rows: slice) -> Any:
    """Return square roots of some rows as a sparse table."""
    from scipy.sparse import csr_matrix

    ends = counts.indptr[rows.start : rows.stop + 1]
    entries = slice(ends[0], ends[-1])
    values = np.sqrt(counts.values[entries].astype(np.float32))
    shape = (rows.stop - rows.start, counts.width)
    return csr_matrix((values, counts.indices[entries], ends - ends[0]), shape=shape)
