# SPDX-License-Identifier: Apache-2.0
"""Finds the row of column names where a table does not begin in the first line.

Instruments and contract labs put title, date and protocol above the table, groups of columns
above the names, and units below them. Knows no format.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from attrs import frozen

from loopwright.core.errors import DataError
from loopwright.data.drawn import looks_drawn
from loopwright.data.naming import plain, split
from loopwright.data.numbers import read_cell
from loopwright.data.text import MAX_CELL
from loopwright.data.vocabulary import is_identity, is_known, is_unit

__all__ = [
    "LOOKED_AT",
    "Head",
    "Line",
    "demand_names",
    "has_no_header",
    "has_number",
    "head_of",
    "header_at",
    "is_header",
    "numbered",
]

LOOKED_AT = 200
"""Rows from which the usual width of the table is told."""

DEEPEST = 60
"""Rows that may stand above a header."""

NEARLY_ALL = 0.8
"""Share of the table's width that a header fills at least."""

LABELLED_UNITS = 4
"""Rows below the names among which one that calls itself ``unit`` is looked for."""

Line = tuple[int, list[str]]
"""(row number in the file, cells)."""


@frozen(kw_only=True)
class Head:
    """The names of a table's columns, and where its rows begin."""

    names: tuple[str, ...]
    place: int
    """Of the row of names among the lines."""

    below: int
    """Place of the first line that is a row of the table."""

    notes: tuple[tuple[int, str], ...]
    """(row number, text) of lines around the names that are no rows."""


def head_of(lines: Sequence[Line]) -> Head:
    """Return the column names of the table that some lines begin with.

    A row of groups above the names and a row of units or further names below are joined with
    them: ``EGFR`` over ``IC50`` over ``nM`` is ``EGFR IC50 (nM)``.

    Example:
        >>> lines = [(1, ["id", "IC50"]), (2, ["", "nM"]), (3, ["a", "5"])]
        >>> head_of(lines).names, head_of(lines).below
        (('id', 'IC50 (nM)'), 2)
    """
    place = header_at([cells for _, cells in lines[:LOOKED_AT]])
    names = list(lines[place][1])
    if len(names[0].strip()) > 1 and names[0].lstrip().startswith("#"):
        names[0] = names[0].lstrip()[1:]
    top = place
    if place and _are_groups(lines[place - 1], lines[place]):
        top = place - 1
        names = _under(lines[top][1], names)
    below, aside = place + 1, []
    if (labelled := _labelled_units(lines, place)) is not None:
        aside = list(lines[place + 1 : labelled])
        names = _with_units(names, ["", *lines[labelled][1][1:]])
        below = labelled + 1
    elif len(lines) > below + 1 and _goes_on(lines[place], lower := _new(lines, below)):
        names = _with_units(_under(names, lower[1]), lower[1])
        below += 1
    notes = tuple((n, " ".join(c for c in cells if c.strip())) for n, cells in lines[:top])
    notes += tuple((n, " ".join(c for c in cells if c.strip())) for n, cells in aside)
    return Head(names=tuple(names), place=place, below=below, notes=notes)


def header_at(rows: Sequence[Sequence[str]]) -> int:
    """Return the place of the header among the first rows; 0 unless another is plainly it.

    The first row of well-known names is the header, unless a table stands above it. Where there
    is none, a later row is the header if it fills the width of the table, the rows above it do
    not, its cells are distinct texts without a number, and a number stands below it or nothing
    but single cells above.

    Args:
        rows: The first rows that are not blank, cells as text.

    Example:
        >>> header_at([["Assay", "P53"], ["id", "IC50", "n"], ["a", "5", "2"], ["b", "7", "2"]])
        1
    """
    for place, row in enumerate(rows[:DEEPEST]):
        if is_header(row):
            return place if _n_values(rows[:place]) < 2 else _by_shape(rows)
    return _by_shape(rows)


def is_header(row: Sequence[str]) -> bool:
    """Return whether the cells are names of columns by their words: an identity and one more."""
    filled = [cell.strip().removeprefix("#").strip() or cell for cell in row if cell.strip()]
    if len(filled) < 2 or any(len(cell) > 200 or has_number(cell) for cell in filled):
        return False
    return any(map(is_identity, filled)) and sum(map(is_known, filled)) >= 2


def has_no_header(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether structures stand in the first row already, and all the way down.

    Args:
        rows: The first rows that are not blank, cells as text.

    Example:
        >>> has_no_header([["CCO", "ethanol"], ["CCN", "amine"], ["c1ccccc1", "benzene"]])
        True
        >>> has_no_header([["IC50", "note"], ["5", "a"], ["6", "b"]])
        False
    """
    first, *_ = sample = [list(row) for row in rows[:LOOKED_AT]]
    if any(map(is_known, first)) or any(map(is_header, sample)):
        return False
    is_told = len(first) == 1 or any(map(has_number, first))
    for place, cell in enumerate(first):
        column = [(row[place] if place < len(row) else "").strip() for row in sample]
        if cell.strip() and looks_drawn(column):
            return is_told or looks_drawn(column[1:])
    return False


def numbered(width: int) -> list[str]:
    """Return the names of columns that have none."""
    return [f"column {place}" for place in range(1, width + 1)]


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


def has_number(cell: str) -> bool:
    """Return whether a cell is a value: a number, perhaps qualified, perhaps with its unit."""
    if len(cell) > 40 or not any(c.isdigit() for c in cell):
        return False
    try:
        return read_cell(cell, decimal_comma=True).value is not None
    except DataError:
        return False


def _n_values(rows: Sequence[Sequence[str]]) -> int:
    """Return how many rows look like rows of a table, not like a title beside its text."""
    wide = [row for row in rows if sum(bool(cell.strip()) for cell in row) >= 3]
    return sum(any(map(has_number, row)) for row in wide)


def _by_shape(rows: Sequence[Sequence[str]]) -> int:
    """Return the place of the header where no words tell it."""
    widths = [sum(bool(cell.strip()) for cell in row) for row in rows[:LOOKED_AT]]
    usual = Counter(w for w in widths if w > 1)
    least = NEARLY_ALL * max(usual, key=lambda w: (usual[w], w), default=0)
    for place, row in enumerate(rows[:DEEPEST]):
        if widths[place] < max(least, 2):
            continue
        names = [cell.strip().lower() for cell in row if cell.strip()]
        if place == 0 or len(set(names)) < len(names) or any(map(has_number, names)):
            return 0
        below = rows[place + 1 : place + 21]
        has_values = any(has_number(cell) for other in below for cell in other)
        return place if below and (has_values or max(widths[:place]) == 1) else 0
    return 0


def _are_groups(above: Line, names: Line) -> bool:
    """Return whether the row above the names parts their columns into groups."""
    filled = [place for place, cell in enumerate(above[1]) if cell.strip()]
    named = [plain(cell) for cell in names[1] if cell.strip()]
    if above[0] + 1 != names[0] or not filled or len(filled) >= len(named):
        return False
    starts_later = bool(names[1][0].strip()) and filled[0] > 0
    return starts_later and not any(has_number(above[1][place]) for place in filled)


def _goes_on(names: Line, below: Line) -> bool:
    """Return whether the row below the names holds units or further names, and no values."""
    filled = [place for place, cell in enumerate(below[1]) if cell.strip()]
    if not filled or below[0] != names[0] + 1 or any(has_number(below[1][p]) for p in filled):
        return False
    identities = [place for place, cell in enumerate(names[1]) if is_identity(cell)]
    if not identities or set(identities) & set(filled) or filled[-1] >= _width(names, below):
        return False
    return any(is_unit(below[1][p]) or is_known(below[1][p]) for p in filled)


def _new(lines: Sequence[Line], at: int) -> Line:
    """Return a line without what repeats the line above it: a cell that reaches over both."""
    above = [*lines[at - 1][1], *[""] * len(lines[at][1])]
    cells = ["" if plain(c) == plain(a) else c for c, a in zip(lines[at][1], above, strict=False)]
    return lines[at][0], cells


def _width(names: Line, below: Line) -> int:
    return max(len(names[1]), len(below[1]))


def _labelled_units(lines: Sequence[Line], place: int) -> int | None:
    """Return the place of a row that says ``unit`` first and then units, if there is one."""
    for at in range(place + 1, min(place + 1 + LABELLED_UNITS, len(lines) - 1)):
        label, *rest = lines[at][1]
        words = plain(label).strip(":[]() ").split()
        filled = [cell for cell in rest if cell.strip()]
        if {"unit", "units", "einheit", "unité"} & set(words) and filled:
            return at if all(map(is_unit, filled)) else None
    return None


def _under(groups: Sequence[str], names: Sequence[str]) -> list[str]:
    """Put the group of each column before its name; a group reaches to the next one."""
    width = max(len(groups), len(names))
    upper = [*groups, *[""] * (width - len(groups))]
    lower = [*names, *[""] * (width - len(names))]
    joined, group = [], ""
    for above, name in zip(upper, lower, strict=True):
        group = above.strip() or (group if name.strip() else "")
        is_told = is_unit(name) or not name.strip()
        joined.append(group if is_told and above.strip() else f"{group} {name}".strip())
    return joined


def _with_units(names: Sequence[str], units: Sequence[str]) -> list[str]:
    """Write the unit below a name behind it, unless the name has one."""
    given = [*units, *[""] * (len(names) - len(units))]
    return [
        f"{name.strip()} ({unit.strip().strip('()[]{}').strip()})"
        if is_unit(unit) and not split(name)[1]
        else name
        for name, unit in zip(names, given, strict=False)
    ]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
