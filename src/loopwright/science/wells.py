# SPDX-License-Identifier: Apache-2.0
"""Plate formats and the names of wells: ``A1``, ``A01``, ``AF48``.

Rows and columns count from zero inside, wells are written unpadded. Knows no contents.

Source: ANSI/SLAS 4-2004 (R2012), well positions for microplates.
"""

from __future__ import annotations

import re
from functools import cache

from loopwright.core.errors import DataError

__all__ = [
    "FORMATS",
    "every_well",
    "is_edge",
    "number_down",
    "padded",
    "place_of",
    "plain",
    "shape_of",
    "well_at",
    "well_numbered",
]

FORMATS = {96: (8, 12), 384: (16, 24), 1536: (32, 48)}
"""Number of wells -> rows and columns."""

_WELL = re.compile(r"\s*([A-Za-z]{1,2})0*([1-9][0-9]{0,2})\s*")


def shape_of(n_wells: int) -> tuple[int, int]:
    """Return the number of rows and of columns.

    Raises:
        DataError: There is no such format.
    """
    if n_wells not in FORMATS:
        raise DataError(
            f"There is no plate of {n_wells} wells",
            where="n_wells",
            remedy=f"Choose one of: {', '.join(map(str, FORMATS))}.",
        )
    return FORMATS[n_wells]


def plain(text: str) -> str:
    """Return a well as this package writes it, whether or not any plate has it.

    Raises:
        DataError: The text is not written like a well.

    Example:
        >>> plain("a01"), plain("AF48")
        ('A1', 'AF48')
    """
    found = _WELL.fullmatch(text)
    if not found or not text.isascii():
        raise DataError(
            f"{text[:60]!r} is no well", where="well", remedy="Write it like A1, A01 or AF48."
        )
    return f"{found[1].upper()}{found[2]}"


def padded(well: str) -> str:
    """Return a well with two digits, so that text sorts as wells do.

    Example:
        >>> padded("A1"), padded("AF48")
        ('A01', 'AF48')
    """
    known = plain(well)
    letters = known.rstrip("0123456789")
    return f"{letters}{known[len(letters) :]:0>2}"


def well_at(row: int, column: int) -> str:
    """Return the name of the well at a row and a column, both counted from zero.

    Example:
        >>> well_at(0, 0), well_at(31, 47)
        ('A1', 'AF48')
    """
    first = "" if row < 26 else chr(ord("A") + row // 26 - 1)
    return f"{first}{chr(ord('A') + row % 26)}{column + 1}"


def place_of(well: str, n_wells: int) -> tuple[int, int]:
    """Return row and column of a well, both counted from zero.

    Args:
        well: Its name, padded or not.
        n_wells: Format of the plate.

    Raises:
        DataError: The plate has no such well, or there is no such format.

    Example:
        >>> place_of("B03", 96)
        (1, 2)
    """
    rows, columns = shape_of(n_wells)
    known = plain(well)
    letters = known.rstrip("0123456789")
    row = 0
    for letter in letters:
        row = row * 26 + ord(letter) - ord("A") + 1
    column = int(known[len(letters) :])
    if row > rows or column > columns:
        raise DataError(
            f"A plate of {n_wells} has no well {known}",
            where="well",
            remedy=f"Its wells run from A1 to {well_at(rows - 1, columns - 1)}.",
        )
    return row - 1, column - 1


@cache
def every_well(n_wells: int) -> tuple[str, ...]:
    """Return all wells, row by row; raise ``DataError`` if there is no such format."""
    rows, columns = shape_of(n_wells)
    return tuple(well_at(r, c) for r in range(rows) for c in range(columns))


def is_edge(well: str, n_wells: int) -> bool:
    """Return whether a well lies in the outermost rows or columns, where plates dry out."""
    rows, columns = shape_of(n_wells)
    row, column = place_of(well, n_wells)
    return row in {0, rows - 1} or column in {0, columns - 1}


def number_down(well: str, n_wells: int) -> int:
    """Return the number of a well, from 1, counted down the columns.

    Example:
        >>> number_down("A1", 96), number_down("B1", 96), number_down("A2", 96)
        (1, 2, 9)
    """
    row, column = place_of(well, n_wells)
    return column * shape_of(n_wells)[0] + row + 1


def well_numbered(number: int, n_wells: int) -> str:
    """Return the well of a number that ``number_down`` gave.

    Raises:
        DataError: The plate has no well of this number.
    """
    rows, _ = shape_of(n_wells)
    if not 1 <= number <= n_wells:
        raise DataError(
            f"A plate of {n_wells} has no well number {number}",
            where="well",
            remedy=f"Wells are numbered from 1 to {n_wells}, down the columns.",
        )
    return well_at((number - 1) % rows, (number - 1) // rows)
