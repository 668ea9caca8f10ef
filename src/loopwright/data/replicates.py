# SPDX-License-Identifier: Apache-2.0
"""Which rows of a file say the same, or measure the same again. Reads no value of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from attrs import evolve

from loopwright.core.values import Candidate, Measurement
from loopwright.data.rows import Line, Rows, column_of

__all__ = ["copies", "distinct", "numbered"]

_TOLD = (
    "standard_type", "assay_id", "assay_version", "species", "cell_line", "target", "conditions",
)  # fmt: skip
"""What tells two measurements of one subject apart."""


def copies(rows: Sequence[Line]) -> Mapping[int, int]:
    """Return row -> first row with the very same cells, for every row but the first of each.

    Example:
        >>> copies(((2, ("CCO", "1")), (3, ("CCN", "1")), (4, ("CCO", "1"))))
        {4: 2}
    """
    hashes = np.fromiter((hash(cells) for _, cells in rows), np.int64, len(rows))
    values, counts = np.unique(hashes, return_counts=True)
    if len(values) == len(hashes):
        return {}
    wanted = np.isin(hashes, values[counts > 1])
    first: dict[tuple[str, ...], int] = {}
    found: dict[int, int] = {}
    for (number, cells), is_wanted in zip(rows, wanted, strict=True):
        if is_wanted and (before := first.setdefault(cells, number)) != number:
            found[number] = before
    return found


def distinct(candidates: Sequence[Candidate]) -> Sequence[Candidate]:
    """Return each candidate once, by its id, where it comes first."""
    if not isinstance(candidates, Rows):
        found: dict[str, Candidate] = {}
        for candidate in candidates:
            found.setdefault(candidate.id, candidate)
        return tuple(found.values())
    codes = _codes(candidates.column("id"))
    is_first = np.zeros(len(codes), np.bool_)
    is_first[np.unique(codes, return_index=True)[1]] = True
    at, parts = 0, list[pa.Table]()
    for table in candidates.tables():
        parts.append(table.filter(pa.array(is_first[at : at + table.num_rows])))
        at += table.num_rows
    return Rows.of(Candidate, parts)


def numbered(
    measurements: Sequence[Measurement], counts: npt.NDArray[np.bool_]
) -> Sequence[Measurement]:
    """Return measurements with their replicate numbers: from 1 on within subject and assay.

    Args:
        measurements: Of one file, in its order.
        counts: Whether each is a replicate of its own; the upper end of a range is none, and
            bears the number of the lower one.
    """
    if not measurements:
        return measurements
    numbers = _running(_groups(measurements), counts)
    if not isinstance(measurements, Rows):
        pairs = zip(measurements, numbers.tolist(), strict=True)
        return tuple(m if m.replicate_n == n else evolve(m, replicate_n=n) for m, n in pairs)
    at, parts = 0, list[pa.Table]()
    for table in measurements.tables():
        place = table.schema.get_field_index("replicate_n")
        own = pa.array(numbers[at : at + table.num_rows])
        parts.append(table.set_column(place, table.schema.field(place), own))
        at += table.num_rows
    return Rows.of(Measurement, parts)


def _groups(measurements: Sequence[Measurement]) -> npt.NDArray[np.int64]:
    """Return one number for each measurement, equal where subject, property and assay are."""
    ids, names = (column_of(Measurement, measurements, c) for c in ("candidate_id", "name"))
    found = _codes(pc.if_else(pc.equal(ids, ""), names, ids))
    for name in _TOLD:
        codes = _codes(column_of(Measurement, measurements, name))
        if codes.any():
            found = np.unique(found * (codes.max() + 1) + codes, return_inverse=True)[1]
    return found


def _running(groups: npt.NDArray[np.int64], counts: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Return how many of its group count, up to and with each."""
    order = np.argsort(groups, kind="stable")
    so_far = np.cumsum(counts[order])
    starts = np.flatnonzero(np.diff(groups[order], prepend=-1))
    before: npt.NDArray[np.int64] = (so_far - counts[order])[starts]
    sizes = np.diff(np.append(starts, len(groups)))
    numbers = np.empty(len(groups), np.int64)
    numbers[order] = so_far - np.repeat(before, sizes)
    return numbers


def _codes(texts: pa.Array) -> npt.NDArray[np.int64]:
    codes: npt.NDArray[np.int64] = texts.dictionary_encode().indices.to_numpy().astype(np.int64)
    return codes
