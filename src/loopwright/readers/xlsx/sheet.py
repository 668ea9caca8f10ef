# SPDX-License-Identifier: Apache-2.0
"""What a workbook says of a sheet beside its cells: what is hidden, and which cells are one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from attrs import field, frozen

from loopwright.data.header import Line, has_number

__all__ = ["Surroundings", "surroundings", "with_merged_names"]

MAX_LISTED = 20
"""Hidden rows that a note names; of more it gives the number."""

_MERGED = re.compile(
    rb'<(?:\w+:)?mergeCell [^>]*?ref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})"'
)
_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*)>")
_COLUMN = re.compile(rb"<(?:\w+:)?col\b([^>]*)>")
_HIDDEN = re.compile(rb'\bhidden="(?:1|true)"')
_NUMBER = re.compile(rb'\br="([0-9]{1,7})"')
_SPAN = re.compile(rb'\bmin="([0-9]{1,5})".*?\bmax="([0-9]{1,5})"')


@frozen(kw_only=True)
class Surroundings:
    """Of one sheet."""

    notes: tuple[tuple[int, str], ...] = ()
    """What is hidden. It is read all the same: who hides a row may hide a bad one, or old ones."""

    merged: tuple[tuple[int, int, int], ...] = field(default=(), repr=False)
    """(column from 0, first row, last row) of cells that are one cell in several rows."""


def surroundings(sheet: Any, content: bytes) -> Surroundings:
    """Return what stands around the cells of a sheet.

    Args:
        sheet: As openpyxl reads it.
        content: Its XML.
    """
    notes = []
    if sheet.sheet_state != "visible":
        notes.append((0, "the sheet is hidden; it is read all the same"))
    if columns := list(_hidden_columns(content)):
        are = "columns {} are" if len(columns) > 1 else "column {} is"
        named = ", ".join(columns[:MAX_LISTED])
        notes.append((0, f"{are.format(named)} hidden, and read all the same"))
    rows = [
        int(n[1])
        for r in _ROW.finditer(content)
        if _HIDDEN.search(r[1]) and (n := _NUMBER.search(r[1]))
    ]
    notes += [(row, "hidden, and read all the same") for row in rows[:MAX_LISTED]]
    if len(rows) > MAX_LISTED:
        notes.append((0, f"{len(rows) - MAX_LISTED} more rows are hidden, and read all the same"))
    merged = [
        (_place(m[1]) - 1, int(m[2]), int(m[4])) for m in _MERGED.finditer(content) if m[2] != m[4]
    ]
    return Surroundings(notes=tuple(notes), merged=tuple(merged))


def with_merged_names(lines: list[Line], merged: tuple[tuple[int, int, int], ...]) -> list[Line]:
    """Write the text of a cell that reaches over several rows into each of them.

    So a compound keeps its name over its replicates. A number stays where it is: one mean over
    three rows is not three values.
    """
    by_row = dict(lines)
    for column, first, last in merged:
        top = by_row.get(first, [])
        text = top[column] if column < len(top) else ""
        if not text.strip() or has_number(text):
            continue
        for row in range(first + 1, min(last, first + len(lines) * 2) + 1):
            cells = by_row.setdefault(row, [])
            cells.extend([""] * (column + 1 - len(cells)))
            cells[column] = text
    return sorted((n, cells) for n, cells in by_row.items() if any(map(str.strip, cells)))


def _hidden_columns(content: bytes) -> Iterator[str]:
    from openpyxl.utils import get_column_letter

    head = content[: max(content.find(b"<sheetData"), 0)]
    for column in _COLUMN.finditer(head):
        if _HIDDEN.search(column[1]) and (span := _SPAN.search(column[1])):
            for place in range(int(span[1]), min(int(span[2]), int(span[1]) + MAX_LISTED) + 1):
                yield get_column_letter(place)


def _place(letters: bytes) -> int:
    """Return which column letters mean; A is 1."""
    place = 0
    for letter in letters:
        place = 26 * place + letter - 64
    return place
