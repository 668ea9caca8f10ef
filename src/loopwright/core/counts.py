# SPDX-License-Identifier: Apache-2.0
"""Whole numbers of things found in candidates, most of them zero."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import frozen

__all__ = ["Counts"]


@frozen(kw_only=True, eq=False)
class Counts:
    """Non-negative integer counts, one sparse row per candidate (compressed rows)."""

    indptr: npt.NDArray[np.int64]
    """Row i holds the entries ``indptr[i]:indptr[i + 1]``; shape (n + 1,)."""

    indices: npt.NDArray[np.int32]
    """Columns, ascending inside a row; shape (entries,)."""

    values: npt.NDArray[np.uint16]
    """Counts, shape (entries,)."""

    width: int
    """Number of columns, d."""

    @staticmethod
    def of(
        rows: npt.NDArray[Any],
        columns: npt.NDArray[Any],
        values: npt.NDArray[Any],
        *,
        shape: tuple[int, int],
    ) -> Counts:
        """Return the rows of entries in any order; what is too large to keep is cut.

        Args:
            rows: Of each entry, shape (entries,); no place occurs twice.
            columns: Likewise.
            values: Whole numbers above 0.
            shape: (n, d).
        """
        order = np.lexsort((columns, rows))
        return Counts(
            indptr=np.searchsorted(rows[order], np.arange(shape[0] + 1)).astype(np.int64),
            indices=columns[order].astype(np.int32),
            values=np.minimum(values[order], np.iinfo(np.uint16).max).astype(np.uint16),
            width=shape[1],
        )

    def __len__(self) -> int:
        return len(self.indptr) - 1

    def take(self, rows: npt.NDArray[np.intp]) -> Counts:
        """Return the rows asked for, in the order asked for."""
        sizes = np.diff(self.indptr)[rows]
        indptr = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        entries = np.repeat(self.indptr[rows] - indptr[:-1], sizes) + np.arange(indptr[-1])
        return Counts(
            indptr=indptr,
            indices=self.indices[entries],
            values=self.values[entries],
            width=self.width,
        )

    def dense(self, start: int, stop: int) -> npt.NDArray[np.float32]:
        """Return rows ``start:stop`` as a dense float32 table, shape (stop - start, d)."""
        entries = slice(self.indptr[start], self.indptr[stop])
        table = np.zeros((stop - start, self.width), np.float32)
        rows = np.repeat(np.arange(stop - start), np.diff(self.indptr[start : stop + 1]))
        table[rows, self.indices[entries]] = self.values[entries]
        return table

    def narrow(self, columns: npt.NDArray[np.intp]) -> Counts:
        """Return the columns asked for (ascending) and no others."""
        place = np.full(self.width, -1, np.int32)
        place[columns] = np.arange(len(columns), dtype=np.int32)
        where = place[self.indices]
        kept = where >= 0
        ends = np.concatenate([[0], np.cumsum(kept)])
        return Counts(
            indptr=ends[self.indptr],
            indices=where[kept],
            values=self.values[kept],
            width=len(columns),
        )

    def sums(self) -> npt.NDArray[np.float32]:
        """Return the sum of each row, shape (n,)."""
        sums = np.zeros(len(self), np.float32)
        filled = np.flatnonzero(np.diff(self.indptr))
        if len(filled):
            starts = self.indptr[filled]
            sums[filled] = np.add.reduceat(self.values, starts, dtype=np.int64)
        return sums

    @staticmethod
    def join(parts: Sequence[Counts]) -> Counts:
        """Return all rows of ``parts`` under each other; all have one width."""
        ends = np.cumsum([0, *(p.indptr[-1] for p in parts)])
        return Counts(
            indptr=np.concatenate(
                [[0], *(p.indptr[1:] + end for p, end in zip(parts, ends, strict=False))]
            ).astype(np.int64),
            indices=np.concatenate([p.indices for p in parts]),
            values=np.concatenate([p.values for p in parts]),
            width=parts[0].width,
        )
