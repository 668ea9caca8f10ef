# SPDX-License-Identifier: Apache-2.0
"""From the cells of a sheet to its tables: titles, totals, comments and further tables told apart.

What people and instruments write around and between their tables never becomes a value, and
never vanishes: lines above a header are notes, lines below it that are no rows become faults.
Knows no file format; whose value a cell is, is for ``intake``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from attrs import evolve, frozen

from loopwright.core.errors import DataError
from loopwright.core.values import Quarantined, RawTable
from loopwright.data.header import (
    LOOKED_AT,
    Head,
    Line,
    demand_names,
    has_no_header,
    has_number,
    head_of,
    is_header,
    numbered,
)
from loopwright.data.naming import plain
from loopwright.data.rows import packed
from loopwright.data.text import distinct_names, fault, too_long
from loopwright.data.vocabulary import NAMES, SEQUENCE, is_identity, is_known, is_summary

__all__ = ["tables_in"]

MAX_TABLES = 200
"""Tables under and beside each other in one sheet; a sheet of more is refused."""

LONGEST_NAME = 60
"""Characters of a name by which a further table is told."""

MAX_COLUMNS = 16_384
"""As many as a spreadsheet has."""

MAX_TURNED = 200
"""Rows of a table that may stand on its side."""

TURNED = "the table stands on its side: a row number is the number of a column"
NO_HEADER = "there is no header: the columns are numbered"

_OPENING = frozenset(
    form for names in NAMES.values() for n in names for form in (n, n.replace(" ", "_"))
)
_RULE = re.compile(r"[-=_+:|*. \u2013\u2014]{2,}")


@frozen(kw_only=True)
class _Block:
    """The lines of one table, before its columns are told apart."""

    head: Head
    number: int
    """Row number of its names."""

    lines: list[Line]
    notes: tuple[tuple[int, str], ...] = ()


def tables_in(
    lines: Sequence[Line],
    *,
    where: str,
    sheet: str = "",
    faults: Iterable[Quarantined] = (),
    is_padded: bool = False,
    glue: str = " ",
) -> tuple[RawTable, ...]:
    """Return the tables of a sheet: under each other, beside each other, or on its side.

    Args:
        lines: Every line that is not blank, in order.
        where: For messages.
        sheet: Name of the sheet; of several tables each has its number behind it.
        faults: Lines that could not be read; they go to the table in which they stand.
        is_padded: Whether blank cells at the end of a row were not written.
        glue: What parted the cells, for messages.

    Returns:
        One table for each header with rows or faults below it; none if there is no such.

    Raises:
        DataError: The first row holds values, or the sheet holds too many tables.
    """
    kept = [(n, cells) for n, cells in lines if any(map(str.strip, cells))]
    if not kept:
        return ()
    widest = max((len(cells) for _, cells in kept[:LOOKED_AT]), default=0)
    if widest > MAX_COLUMNS:
        raise DataError(
            f"The table has {widest} columns, more than {MAX_COLUMNS}",
            where=where,
            remedy="Take out the columns that are not needed, or split the table.",
        )
    notes: tuple[tuple[int, str], ...] = ()
    pending = sorted(faults, key=lambda q: q.row)
    if not pending and _is_on_its_side(kept):
        kept, notes = _turned(kept), ((0, TURNED),)
    elif has_no_header([cells for _, cells in kept]):
        width = max(len(cells) for _, cells in kept[:LOOKED_AT])
        kept = [(0, numbered(width)), *kept]
        notes = ((0, NO_HEADER),)
    blocks = _blocks(kept)
    tables: list[RawTable] = []
    for block, following in zip(blocks, [*blocks[1:], None], strict=True):
        stop = following.number if following else None
        own = [q for q in pending if stop is None or q.row < stop]
        pending = pending[len(own) :]
        demand_names(block.head.names, f"{where}, row {block.number}")
        for part in _side_by_side(block):
            table = _table(part, own, is_padded=is_padded, glue=glue)
            own = []
            if table.rows or table.faults:
                tables.append(table)
    if notes and tables:
        tables[0] = evolve(tables[0], notes=(*notes, *tables[0].notes))
    if len(tables) == 1:
        return (evolve(tables[0], sheet=sheet),)
    return tuple(
        evolve(table, sheet=f"{sheet} table {number}".strip())
        for number, table in enumerate(tables, start=1)
    )


# ---- under each other
def _blocks(lines: list[Line]) -> list[_Block]:
    """Cut a sheet where a row of column names begins a further table."""
    blocks: list[_Block] = []
    notes: tuple[tuple[int, str], ...] = ()
    at = 0
    while at < len(lines):
        head = head_of(lines[at : at + LOOKED_AT])
        number = lines[at + head.place][0]
        start = at + head.below
        stop = _next_header(lines, start, head)
        after = _titles(lines, start, stop) if stop < len(lines) else stop
        blocks.append(
            _Block(head=head, number=number, lines=lines[start:after], notes=(*notes, *head.notes))
        )
        if len(blocks) > MAX_TABLES:
            raise DataError(
                f"The sheet holds more than {MAX_TABLES} tables under each other",
                where=f"row {number}",
                remedy="Give the tables as sheets or files of their own.",
            )
        notes = _noted(lines[after:stop])
        at = stop
    return blocks


def _next_header(lines: list[Line], start: int, head: Head) -> int:
    """Return the place of the next row of other column names, or the end."""
    own = [plain(name) for name in head.names]
    for at in range(start + 1, len(lines)):
        number, cells = lines[at]
        stands_apart = number > lines[at - 1][0] + 1 or not any(
            map(str.strip, lines[at - 1][1][1:])
        )
        first = cells[0].strip() or next(c.strip() for c in cells if c.strip())
        if not stands_apart and (len(first) > LONGEST_NAME or first.lower() not in _OPENING):
            continue
        is_new = is_header(cells) or (stands_apart and _heads_numbers(lines, start, at))
        if is_new and [plain(c) for c in cells] != own[: len(cells)]:
            return at
    return len(lines)


def _heads_numbers(lines: list[Line], start: int, at: int) -> bool:
    """Return whether texts stand over numbers where numbers stood above, too."""
    cells = lines[at][1]
    names = [c.strip() for c in cells if c.strip()]
    if len(names) < 2 or len(set(names)) < len(names) or at + 1 >= len(lines):
        return False
    if any(map(has_number, names)) or is_summary(next(c for c in cells if c.strip())):
        return False
    above = [row for _, row in lines[max(start, at - 20) : at] if _n_filled(row) >= 2]
    below = lines[at + 1][1]
    numeric = [
        place
        for place, cell in enumerate(cells)
        if cell.strip()
        and not _says_nothing(cell)
        and has_number(_at(below, place))
        and sum(has_number(_at(row, place)) for row in above) > 0.8 * len(above)
    ]
    return bool(above and numeric)


def _titles(lines: list[Line], start: int, stop: int) -> int:
    """Return where the lines begin that stand above a header and belong to it."""
    at, wide = stop, _n_filled(lines[stop][1])
    while at > start + 1:
        n_filled = _n_filled(lines[at - 1][1])
        is_title = n_filled == 1 or (n_filled < wide and not any(map(has_number, lines[at - 1][1])))
        if not is_title or lines[at - 1][0] + 1 != lines[at][0]:
            break
        at -= 1
    is_apart = at < stop and lines[at - 1][0] + 1 < lines[at][0]
    return at if is_apart or at == stop - 1 else stop


# ---- beside each other, on its side, without names
def _side_by_side(block: _Block) -> list[_Block]:
    """Cut a table where a blank column parts two groups of columns that each name their rows."""
    names = block.head.names
    width = len(names)
    blank = {
        place
        for place, name in enumerate(names)
        if not name.strip() and not any(_at(cells, place).strip() for _, cells in block.lines)
    }
    groups: list[list[int]] = [[]]
    for place in range(width):
        if place in blank:
            groups.append([])
        else:
            groups[-1].append(place)
    groups = [g for g in groups if g]
    if len(groups) < 2 or not all(any(is_identity(names[p]) for p in g) for g in groups):
        return [_narrowed(block, [p for g in groups for p in g])] if blank else [block]
    told = [{plain(names[p]) for p in g} for g in groups]
    if not all(a & b for a, b in pairwise(told)):
        return [_narrowed(block, [p for g in groups for p in g])]
    return [_narrowed(block, g, is_part=True) for g in groups]


def _narrowed(block: _Block, places: list[int], *, is_part: bool = False) -> _Block:
    """Return the table of some of its columns; of a part, only the rows that it fills."""
    width = len(block.head.names)
    lines = [
        (n, [_at(cells, p) for p in places] + ([] if is_part else cells[width:]))
        if is_part or len(cells) >= width
        else (n, [cells[p] for p in places if p < len(cells)])
        for n, cells in block.lines
    ]
    if is_part:
        lines = [(n, cells) for n, cells in lines if any(map(str.strip, cells))]
    head = evolve(block.head, names=tuple(block.head.names[p] for p in places))
    return evolve(block, head=head, lines=lines)


def _is_on_its_side(lines: list[Line]) -> bool:
    """Return whether the names of the columns stand in the first column instead."""
    if len(lines) > MAX_TURNED or any(is_header(cells) for _, cells in lines):
        return False
    first = next((p for p, c in enumerate(lines[0][1]) if c.strip()), 0)
    names = [_at(cells, first) for _, cells in lines]
    n_wide = sum(_n_filled(cells) >= 3 for _, cells in lines)
    are_names = is_header(names) and 2 * sum(map(is_known, names)) >= len(names)
    return are_names and n_wide >= 2 and len(set(map(plain, names))) == len(names)


def _turned(lines: list[Line]) -> list[Line]:
    width = max(len(cells) for _, cells in lines)
    turned = [(p + 1, [_at(cells, p) for _, cells in lines]) for p in range(width)]
    return [(n, cells) for n, cells in turned if any(map(str.strip, cells))]


# ---- rows
def _table(block: _Block, faults: list[Quarantined], *, is_padded: bool, glue: str) -> RawTable:
    """Return a table: each line a row of it, or a fault with its reason."""
    names = list(block.head.names)
    if is_padded:
        width = max((len(cells) for _, cells in block.lines), default=0)
        names += [""] * (width - len(names))
    elif _has_row_names(block):
        names = ["row name", *names]
    columns = distinct_names(" ".join(name.split()) for name in names)
    own = tuple(plain(name) for name in block.head.names)
    rows: list[tuple[int, tuple[str, ...]]] = []
    put_aside = list(faults)
    n_named = len("".join(f"{int(bool(n.strip()))}" for n in names).rstrip("0"))
    for number, found in block.lines:
        cells = _fitted(found, len(columns), least=0 if is_padded else n_named)
        wrong = _no_row(number, cells, columns, own=own, glue=glue)
        if wrong is None:
            rows.append((number, tuple(cells)))
        else:
            put_aside.append(wrong)
    return RawTable(
        columns=columns,
        rows=packed(rows),
        faults=tuple(sorted(put_aside, key=lambda q: q.row)),
        notes=block.notes,
    )


def _fitted(cells: list[str], width: int, *, least: int) -> list[str]:
    """Return the cells of a row in the width of its table, where nothing is lost or invented."""
    if len(cells) > width and not any(map(str.strip, cells[width:])):
        return cells[:width]
    return [*cells, *[""] * (width - len(cells))] if least <= len(cells) < width else cells


def _has_row_names(block: _Block) -> bool:
    """Return whether each row begins with its number, for which there is no name."""
    width = len(block.head.names) + 1
    for at, (_, cells) in enumerate(block.lines, start=1):
        if len(cells) != width or cells[0].strip() not in {str(at), str(at - 1)}:
            return False
    return bool(block.lines)


def _no_row(
    number: int, cells: list[str], columns: tuple[str, ...], *, own: tuple[str, ...], glue: str
) -> Quarantined | None:
    """Return why these cells are no row of this table, if they are none."""
    if (wrong := too_long(number, cells, columns)) is not None:
        return wrong
    first = cells[0].strip() or next((c.strip() for c in cells if c.strip()), "")
    if (what := _other(first, cells, own, width=len(columns))) is not None:
        remedy = "Nothing to do; take it out of the table if it disturbs."
        return fault(number, glue.join(cells[:20]), what, remedy)
    if "\0" in "".join(cells):
        place = next(p for p, cell in enumerate(cells) if "\0" in cell)
        column = columns[place] if place < len(columns) else ""
        what = "a cell holds a NUL character"
        return fault(number, cells[place], what, "Export the table again as text.", column=column)
    if len(cells) == len(columns):
        return None
    return fault(
        number,
        glue.join(cells[:20]),
        f"{len(cells)} cells where the header has {len(columns)}",
        "Give each row as many cells as the header; put text that holds the separator in quotes.",
    )


def _other(first: str, cells: list[str], own: tuple[str, ...], *, width: int) -> str | None:
    """Return what a line is that is no row and was not meant to be one."""
    if first.startswith("#") and (len(cells) != width or _n_filled(cells) == 1):
        return "a comment line, not a row"
    if first[:1] in "-=_+:|*.\u2013\u2014" and all(
        _RULE.fullmatch(c.strip()) for c in cells if c.strip()
    ):
        return "a drawn line, not a row" if len(first) > 2 else None
    if is_summary(first) and not (first.isupper() and set(own[:1]) & set(SEQUENCE)):
        return "a summary row, not a measurement"
    if first.lower() in _spellings(own) and tuple(plain(c) for c in cells[: len(own)]) == own:
        return "the column names once more, not a row"
    return None


@lru_cache(maxsize=8)
def _spellings(names: tuple[str, ...]) -> frozenset[str]:
    """Return plain names as they are mostly written, to tell in a moment what is none."""
    return frozenset(form for n in names for form in (n, n.replace(" ", "_"), n.replace(" ", "-")))


def _noted(lines: Sequence[Line]) -> tuple[tuple[int, str], ...]:
    return tuple((n, " ".join(c for c in cells if c.strip())) for n, cells in lines)


def _n_filled(cells: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in cells)


def _at(cells: Sequence[str], place: int) -> str:
    return cells[place] if place < len(cells) else ""


def _says_nothing(cell: str) -> bool:
    return plain(cell) in {"n d", "na", "n/a", "nd", "-", "inactive"}
