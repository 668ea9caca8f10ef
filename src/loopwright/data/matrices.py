# SPDX-License-Identifier: Apache-2.0
"""Plates drawn as matrices: rows A, B, C under columns 1, 2, 3; each becomes a tidy table.

A block is known by its axes alone, wherever it stands in a sheet, with or without a corner cell.
What stands above it says which plate and which reading it is. Knows no file format.

Source: ANSI/SLAS 4-2004 (R2012), well positions for microplates.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from attrs import evolve, frozen

from loopwright.core.errors import DataError
from loopwright.core.values import Quarantined, RawTable
from loopwright.data.numbers import read_cell
from loopwright.data.text import fault
from loopwright.science.wells import plain, well_at

__all__ = ["COLUMNS", "has_axis", "tables_of", "with_wells"]

COLUMNS = ("plate", "well", "sample", "assay", "property", "value", "measured at", "file row")
"""Columns of every table; the rows count the wells along the lines, those without value too."""

SHAPES = ((2, 3), (3, 4), (4, 6), (6, 8), (8, 12), (16, 24), (32, 48))
"""Rows and columns of the plates of 6, 12, 24, 48, 96, 384 and 1536 wells."""

LEAST_COLUMNS = 3
SURE_COLUMNS = 6
"""Columns of a block that may consist of its first row alone."""

MOST_READINGS = 50
"""Lines that one letter of a block may have: one for each reading."""

_ROW = re.compile(r"[A-Za-z]{1,2}")
_DETECTION = re.compile(
    r"\b(absorbance|fluorescence|luminescence|optical density|od ?[0-9]{0,3}|rfu|rlu|alphascreen|"
    r"polarization|anisotropy|htrf|tr-fret|viability|inhibition|concentration|temperature)\b",
    re.IGNORECASE,
)
_PLATE = re.compile(
    r"(?:plate(?: ?(?:id|name|barcode|number|no\.?|#))?|barcode|id1)\s*[:=,;\t ]\s*(?P<plate>\S.*)",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"(?:date|time|measured(?: at| on)?|start(?:ed)?(?: at)?)[^:=,;\t]*[:=,;\t]\s*(?P<time>.*\d.*)",
    re.IGNORECASE,
)

Row = tuple[int, Sequence[str]]
"""Number in the file, cells."""


@frozen(kw_only=True)
class _Block:
    """One plate as it is drawn."""

    row: int
    """Where its column numbers stand."""

    title: tuple[Row, ...]
    corner: str
    n_columns: int
    lines: tuple[tuple[int, str, int, tuple[str, ...]], ...]
    """(row in the file, letter, which reading of the letter, cells)."""

    labels: tuple[str, ...]
    """What stands to the right of each line."""


def has_axis(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether a block begins among these rows: a cheap look.

    Example:
        >>> has_axis([["", "1", "2", "3"], ["A", "5", "6", "7"], ["B", "5", "6", "7"]])
        True
    """
    return any(_begins(rows, place) is not None for place in range(len(rows)))


def tables_of(rows: Sequence[Row]) -> tuple[RawTable, ...]:
    """Return one tidy table for each block, in order; none if there is no block.

    Lines that belong to no block become notes. A block of words beside blocks of numbers is
    their layout: it names the samples. A block that ends early has a fault that says so.
    """
    blocks, rest = _blocks(rows)
    layouts = [b for b in blocks if not _is_numeric(b)]
    readings = [b for b in blocks if _is_numeric(b)] or blocks
    samples = _samples(layouts) if len(readings) < len(blocks) else {}
    tables = [_table(b, samples, is_alone=len(readings) == 1) for b in readings]
    if len(readings) < len(blocks):
        rest += [row for b in layouts for row in b.title]
        rest += [(b.row, [f"taken for the layout: {len(b.lines)} rows"]) for b in layouts]
    if tables:
        told = _joined(sorted(rest, key=lambda row: row[0]))
        tables[0] = evolve(tables[0], notes=(*told, *tables[0].notes))
    return tuple(tables)


def with_wells(table: RawTable) -> RawTable:
    """Return a tidy table with a column of wells, if it tells them by a letter and a number.

    Example:
        >>> table = RawTable(columns=("Well Row", "Well Col"), rows=((2, ("B", "03")),))
        >>> with_wells(table).rows
        ((2, ('B', '03', 'B3')),)
    """
    plainly = {
        " ".join(c.lower().replace("_", " ").split()): i for i, c in enumerate(table.columns)
    }
    letter = plainly.get("well row", plainly.get("row"))
    number = next((plainly[n] for n in _NUMBERS if n in plainly), None)
    if letter is None or number is None or "well" in plainly:
        return table
    wells = [_well(cells[letter], cells[number]) for _, cells in table.rows]
    if not any(wells):
        return table
    rows = zip(table.rows, wells, strict=True)
    return evolve(
        table,
        columns=(*table.columns, "well"),
        rows=tuple((n, (*cells, well)) for (n, cells), well in rows),
    )


_NUMBERS = ("well col", "well column", "column", "col")


def _well(letter: str, number: str) -> str:
    """Return the well of a letter and a number; blank if they are none."""
    try:
        return plain(f"{letter.strip()}{number.strip().removesuffix('.0')}")
    except DataError:
        return ""


# ---- where
def _blocks(rows: Sequence[Row]) -> tuple[list[_Block], list[Row]]:
    """Return every block, and the lines that belong to none."""
    blocks: list[_Block] = []
    loose: list[Row] = []
    rest: list[Row] = []
    cells = [c for _, c in rows]
    place = 0
    while place < len(rows):
        axis = _begins(cells, place)
        if axis is None:
            loose.append(rows[place])
            place += 1
            continue
        block, place = _block(rows, place, axis, tuple(loose))
        blocks.append(block)
        loose = []
    rest += loose
    if len(blocks) > 1:  # what stands above the first only, is said of the file as a whole
        n_own = max(len(b.title) for b in blocks[1:])
        n_rest = max(len(blocks[0].title) - n_own, 0)
        rest = [*blocks[0].title[:n_rest], *rest]
        blocks[0] = evolve(blocks[0], title=blocks[0].title[n_rest:])
    return blocks, rest


def _begins(rows: Sequence[Sequence[str]], place: int) -> tuple[int, int] | None:
    """Return first column and number of columns of a block whose axis is this row, if it is."""
    cells = rows[place]
    first = next((i for i, c in enumerate(cells) if c.strip() in {"1", "01", "1.0"}), 0)
    n = 0
    while first + n < len(cells) and _number(cells[first + n]) == n + 1:
        n += 1
    if n < LEAST_COLUMNS or first == 0:
        return None
    below = rows[place + 1 : place + 1 + MOST_READINGS]
    if not below or _letter(below[0], first) != "A":
        return None
    then = next((letter for c in below[1:] if (letter := _letter(c, first))), "")
    return (first, n) if then == "B" or n >= SURE_COLUMNS else None


def _number(cell: str) -> int:
    text = cell.strip().removesuffix(".0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else 0


def _letter(cells: Sequence[str], first: int) -> str:
    """Return the letter that stands before the first column; blank if none does."""
    text = cells[first - 1].strip() if first <= len(cells) else ""
    return text.upper() if _ROW.fullmatch(text) else ""


def _block(
    rows: Sequence[Row], place: int, axis: tuple[int, int], title: tuple[Row, ...]
) -> tuple[_Block, int]:
    """Return the block that begins at a place, and the place after it."""
    first, n = axis
    number, header = rows[place]
    lines: list[tuple[int, str, int, tuple[str, ...]]] = []
    labels: list[str] = []
    letter, reading = "", 0
    every = [cells for _, cells in rows]
    place += 1
    while place < len(rows):
        at, cells = rows[place]
        found = _letter(cells, first)
        if _begins(every, place) is not None:
            break
        if found and found == _name(_order(letter) + 1):
            letter, reading = found, 0
        elif letter and not any(c.strip() for c in cells[:first]) and _fills(cells, first, n):
            reading += 1
        else:
            break
        values = tuple(cells[first : first + n])
        lines.append((at, letter, reading, (*values, *[""] * (n - len(values)))))
        labels.append(" ".join(filter(None, map(str.strip, cells[first + n :]))))
        place += 1
    corner = header[first - 1].strip()
    return (
        _Block(
            row=number,
            title=title,
            corner=corner,
            n_columns=n,
            lines=tuple(lines),
            labels=tuple(labels),
        ),
        place,
    )


def _fills(cells: Sequence[str], first: int, n: int) -> bool:
    """Return whether a line without a letter is one more reading of the line above it."""
    return any(_is_number(c) for c in cells[first : first + n])


def _name(order: int) -> str:
    return well_at(order, 0)[:-1]


def _order(letter: str) -> int:
    """Return the place of a row from zero; -1 for none."""
    order = 0
    for one in letter:
        order = order * 26 + ord(one) - ord("A") + 1
    return order - 1


# ---- what
def _is_numeric(block: _Block) -> bool:
    """Return whether a block holds numbers, or nothing that is not one."""
    filled = [c for _, _, _, cells in block.lines for c in cells if c.strip()]
    return sum(map(_is_number, filled)) >= 0.2 * len(filled)


def _is_number(cell: str) -> bool:
    try:
        return read_cell(cell, decimal_comma=True).value is not None
    except DataError:
        return False


def _samples(layouts: Sequence[_Block]) -> Mapping[str, str]:
    """Return well -> what was in it, as the one layout says; several say nothing."""
    if len(layouts) != 1:
        return {}
    return {
        f"{letter}{column}": cell.strip()
        for _, letter, reading, cells in layouts[0].lines
        if reading == 0
        for column, cell in enumerate(cells, start=1)
    }


def _table(block: _Block, samples: Mapping[str, str], *, is_alone: bool) -> RawTable:
    """Return a block as a tidy table."""
    plate, measured_at, title = _told(block)
    rows: list[tuple[int, tuple[str, ...]]] = []
    is_text = not _is_numeric(block)
    for (at, letter, reading, cells), label in zip(block.lines, block.labels, strict=True):
        words = (title, label, f"reading {reading + 1}" if reading and not label else "")
        assay = "; ".join(filter(None, words))
        found = _DETECTION.search(assay)
        kind = found[1].lower() if found else "signal"
        for column, cell in enumerate(cells, start=1):
            well = f"{letter}{column}"
            sample = cell.strip() if is_text else samples.get(well, "")
            value = "" if is_text else cell
            told = (plate, well, sample, assay, kind, value, measured_at, str(at))
            rows.append((len(rows) + 1, told))
    sheet = "" if is_alone else f"row {block.row}" + f" {plate}" * bool(plate)
    missing = _missing(block, len(rows) + 1)
    notes = _joined(block.title)
    last = f"{block.lines[-1][1]}{block.n_columns}"
    shape = f"a plate is drawn from here, up to {last}; its wells count along the lines, A1 is 1"
    return RawTable(
        columns=COLUMNS,
        rows=tuple(rows),
        faults=missing,
        sheet=sheet,
        notes=(*notes, (block.row, shape)),
        read_as="assay",
    )


def _joined(rows: Sequence[Row]) -> tuple[tuple[int, str], ...]:
    """Return lines as notes."""
    return tuple((n, "; ".join(filter(None, map(str.strip, cells)))) for n, cells in rows)


def _missing(block: _Block, row: int) -> tuple[Quarantined, ...]:
    """Return what the block lacks of the smallest plate that it fits."""
    n_rows = len({letter for _, letter, _, _ in block.lines})
    fits = [s for s in SHAPES if s[0] >= n_rows and s[1] >= block.n_columns]
    rows, columns = min(fits, default=(n_rows, block.n_columns))
    if (rows, columns) == (n_rows, block.n_columns):
        return ()
    parts = []
    if rows > n_rows:
        parts.append(f"rows {_name(n_rows)} to {_name(rows - 1)}")
    if columns > block.n_columns:
        parts.append(f"columns {block.n_columns + 1} to {columns}")
    return (
        fault(
            row,
            "",
            f"the plate that begins in row {block.row} ends early: {' and '.join(parts)} of a "
            f"plate of {rows * columns} are missing",
            "Export it again if they were measured; if not, nothing is to be done.",
            column="well",
        ),
    )


def _told(block: _Block) -> tuple[str, str, str]:
    """Return plate, time and title of a block, from the lines above it and its corner."""
    plate, measured_at = "", ""
    words: list[str] = []
    for _, cells in block.title[-8:]:
        filled = [c.strip() for c in cells if c.strip()]
        line = ": ".join(filled) if len(filled) == 2 else "; ".join(filled)
        if found := _PLATE.fullmatch(line):
            plate = found["plate"].strip(" :;,")
        elif found := _TIME.fullmatch(line):
            measured_at = found["time"].strip()
        elif line:
            words.append(line)
    corner = block.corner if block.corner not in {"<>", "/", "\\", "#"} else ""
    return plate, measured_at, "; ".join(filter(None, (*words[-3:], corner)))[:200]
