# SPDX-License-Identifier: Apache-2.0
"""Finds the row of column names where a table does not begin in the first line.

Instruments and contract labs put title, date and protocol above the table. Knows no format.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from loopwright.core.errors import DataError
from loopwright.data.numbers import read_cell
from loopwright.data.text import MAX_CELL

__all__ = ["LOOKED_AT", "demand_names", "header_at"]

LOOKED_AT = 200
"""Rows from which the usual width of the table is told."""

DEEPEST = 60
"""Rows that may stand above a header."""

NEARLY_ALL = 0.8
"""Share of the table's width that a header fills at least."""


def header_at(rows: Sequence[Sequence[str]]) -> int:
    """Return the place of the header among the first rows; 0 unless another is plainly it.

    A later row is the header if it fills the width of the table, the rows above it do not, its
    cells are distinct texts without a number, and a number stands below it or nothing but
    single cells above.

    Args:
        rows: The first rows that are not blank, cells as text.

    Example:
        >>> header_at([["Assay", "P53"], ["id", "IC50", "n"], ["a", "5", "2"], ["b", "7", "2"]])
        1
    """
    widths = [sum(bool(cell.strip()) for cell in row) for row in rows[:LOOKED_AT]]
    usual = Counter(w for w in widths if w > 1)
    least = NEARLY_ALL * max(usual, key=lambda w: (usual[w], w), default=0)
    for place, row in enumerate(rows[:DEEPEST]):
        if widths[place] < max(least, 2):
            continue
        names = [cell.strip().lower() for cell in row if cell.strip()]
        if place == 0 or len(set(names)) < len(names) or any(map(_has_number, names)):
            return 0
        below = rows[place + 1 : place + 21]
        has_values = any(_has_number(cell) for other in below for cell in other)
        return place if has_values or max(widths[:place]) == 1 else 0
    return 0


def demand_names(header: Sequence[str], where: str) -> None:
    """Refuse a header that holds values: numbers may only stand there as an ordered axis.

    Raises:
        DataError: It holds values, nothing at all, or a name longer than a cell may be.
    """
    numbers = [float(cell) for cell in header if _is_number(cell)]
    steps = {b > a for a, b in pairwise(numbers)}
    is_axis = len(numbers) >= 3 and len(steps) == 1 and len(set(numbers)) == len(numbers)
    if (numbers and not is_axis) or not any(cell.strip() for cell in header):
        raise DataError(
            "The first row holds values, not column names",
            where=where,
            remedy="Put one row of column names on top of the table.",
        )
    if max(len(cell) for cell in header) > MAX_CELL:
        raise DataError(
            f"A column name has more than {MAX_CELL} characters",
            where=where,
            remedy="Give the columns short names, one row of them on top of the table.",
        )


def _has_number(cell: str) -> bool:
    """Return whether a cell is a value: a number, perhaps qualified, perhaps with its unit."""
    if len(cell) > 40:
        return False
    try:
        return read_cell(cell, decimal_comma=True).value is not None
    except DataError:
        return False


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
