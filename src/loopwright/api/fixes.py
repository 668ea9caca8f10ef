# SPDX-License-Identifier: Apache-2.0
"""How a person mends cells and drops rows of a file; the file stays as it came.

A cell is found by its file, sheet, row and column. The file is then read again, and the new
reading takes the place of the old one, so that nothing counts twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import frozen

from loopwright.api.answers import Intaken
from loopwright.api.files import read_file
from loopwright.api.taking import anew, file_called, intaken
from loopwright.api.workspace import Workspace, need_reason
from loopwright.core.errors import DataError
from loopwright.core.values import RawFile, RawTable
from loopwright.data.tables import QUARANTINE_COLUMNS
from loopwright.data.text import harmless, unharmed
from loopwright.loop.facts import Ingested
from loopwright.loop.mending import Again, Mend, column_of, merged, read_mends
from loopwright.loop.record import Record
from loopwright.loop.run import Campaign
from loopwright.loop.tabling import only_table, read_tables

__all__ = ["drop_row", "fix", "fix_from", "restore_row"]


@frozen(kw_only=True)
class _Wish:
    """What a person wants of one cell or row, and where he wrote it down."""

    sheet: str | None
    row: int
    column: str = ""
    old: str | None = None
    new: str = ""
    drops: bool = False
    where: str


def fix(
    workspace: Workspace,
    file: str,
    *,
    row: int,
    column: str,
    value: str,
    sheet: str | None = None,
    old: str | None = None,
    reason: str,
) -> Intaken:
    """Mend one cell and read its file again.

    Args:
        workspace: Where.
        file: Its name, or its digest.
        row: As a person counts it in the file; the quarantine says which.
        column: Name of the column.
        value: What is to be read there.
        sheet: Which table of the file; needed only where it has several.
        old: What the cell says now, to be on the safe side; not compared if not given.
        reason: Why.

    Raises:
        DataError: There is no such file, sheet, row or column, or the cell says something else
            than ``old``; then nothing is changed.
    """
    wish = _Wish(sheet=sheet, row=row, column=column, old=old, new=value, where=file)
    return _fixed(workspace, file, [wish], reason=reason)


def drop_row(
    workspace: Workspace, file: str, *, row: int, sheet: str | None = None, reason: str
) -> Intaken:
    """Drop a row of a file: it stays quarantined, with the reason; arguments as ``fix``."""
    wish = _Wish(sheet=sheet, row=row, drops=True, where=file)
    return _fixed(workspace, file, [wish], reason=reason)


def restore_row(
    workspace: Workspace, file: str, *, row: int, sheet: str | None = None, reason: str
) -> Intaken:
    """Read a row as its file says again, whatever was mended or dropped; arguments as ``fix``."""
    need_reason(reason, "restore a row")
    with workspace.writing() as campaign:
        before = file_called(campaign.record.state, file)
        tables = _tables(campaign.record, before)
        table = _table(tables, sheet, file)
        _demand_row(table, row, file)
        mends = read_mends(campaign.record, before)
        kept = [m for m in mends if (m.sheet, m.row) != (table.sheet, row)]
        return _mended(campaign, before, tuple(kept), reason)


def fix_from(workspace: Workspace, path: Path | str, *, reason: str) -> tuple[Intaken, ...]:
    """Mend every cell that a person filled in, in the table that ``quarantine list`` wrote.

    A row counts whose ``corrected`` is filled (the cell is mended) or whose ``drop`` is (the row
    is dropped). The cell must still say what ``value`` says, unless that was left blank.

    Args:
        workspace: Where.
        path: The table, as CSV or workbook.
        reason: Why.

    Returns:
        What became of each file that was read again.

    Raises:
        DataError: The table lacks a column, or a line of it does not fit; all lines that do not
            are told, and nothing is changed.
    """
    need_reason(reason, "mend cells")
    wishes = _wishes(read_file(path))
    with workspace.writing() as campaign:
        state, record = campaign.record.state, campaign.record
        faults: list[str] = []
        plan: list[tuple[Ingested, tuple[Mend, ...]]] = []
        for name, mine in wishes.items():
            try:
                before = file_called(state, name)
            except DataError as ex:
                faults.append(f"{mine[0].where}: {ex.what}")
                continue
            mends, wrong = _mends(record, before, mine, reason=reason)
            faults += wrong
            plan.append((before, mends))
        _demand_none(faults, str(path))
        return tuple(_mended(campaign, before, mends, reason) for before, mends in plan)


# ---- behind them
def _fixed(workspace: Workspace, file: str, wishes: Sequence[_Wish], *, reason: str) -> Intaken:
    need_reason(reason, "mend a file")
    with workspace.writing() as campaign:
        before = file_called(campaign.record.state, file)
        mends, wrong = _mends(campaign.record, before, wishes, reason=reason)
        _demand_none(wrong, file)
        return _mended(campaign, before, mends, reason)


def _mended(campaign: Campaign, before: Ingested, mends: tuple[Mend, ...], reason: str) -> Intaken:
    """Read a file again under its mends, unless it was read under these very ones."""
    if mends == read_mends(campaign.record, before):
        return intaken(campaign, before, is_new=False)
    return anew(campaign, [before], Again(mends=mends), reason=reason)


def _demand_none(faults: Sequence[str], where: str) -> None:
    """Refuse if anything does not fit, and tell all of it."""
    if faults:
        more = f"; and {len(faults) - 12} more" if len(faults) > 12 else ""
        raise DataError(
            "; ".join(faults[:12]) + more,
            where=where,
            remedy="Nothing was changed. `loopwright quarantine list` shows every place as it is.",
        )


def _wishes(file: RawFile) -> Mapping[str, list[_Wish]]:
    """Return what a filled table asks for, by the file it speaks of."""
    table = only_table(file)
    needed = [c for c in QUARANTINE_COLUMNS if c not in {"reason", "remedy", "drop"}]
    if absent := [c for c in needed if c not in table.columns]:
        raise DataError(
            f"The table lacks the columns: {', '.join(absent)}",
            where=file.name,
            remedy="Fill in what `loopwright quarantine list --csv` writes, and keep its columns.",
        )
    _demand_none([f"row {q.row}: {q.reason}" for q in table.faults], file.name)
    found: dict[str, list[_Wish]] = {}
    faults: list[str] = []
    for number, cells in table:
        drops = bool(cells.get("drop", "").strip())
        if not drops and not cells["corrected"].strip():
            continue
        if not cells["row"].strip().isdigit():
            faults.append(f"row {number}: {cells['row']!r} is no row number")
            continue
        wish = _Wish(
            sheet=unharmed(cells["sheet"]),
            row=int(cells["row"]),
            column="" if drops else unharmed(cells["column"]),
            old=cells["value"] or None,
            new=unharmed(cells["corrected"]),
            drops=drops,
            where=f"row {number}",
        )
        found.setdefault(unharmed(cells["file"]), []).append(wish)
    _demand_none(faults, file.name)
    return found


def _mends(
    record: Record, before: Ingested, wishes: Sequence[_Wish], *, reason: str
) -> tuple[tuple[Mend, ...], list[str]]:
    """Return all mends of a file with the new ones, and what does not fit."""
    tables, old = _tables(record, before), read_mends(record, before)
    now = {m.place: m.new for m in old}
    new: list[Mend] = []
    faults: list[str] = []
    for wish in wishes:
        try:
            table = _table(tables, wish.sheet, before.file)
            mend = _mend(table, wish, now, by=record.actor, reason=reason)
        except DataError as ex:
            faults.append(f"{wish.where}: {ex.what} ({ex.remedy.rstrip('.')})")
            continue
        if mend.place not in now or mend.new != now[mend.place]:
            new.append(mend)
    return merged(old, new), faults


def _mend(
    table: RawTable, wish: _Wish, now: Mapping[tuple[str, int, str], str], *, by: str, reason: str
) -> Mend:
    """Return one wish as a mend; refuse what does not fit the table."""
    cells = _demand_row(table, wish.row, wish.where)
    if wish.drops:
        return Mend(sheet=table.sheet, row=wish.row, by=by, reason=reason)
    if cells is None:
        raise DataError(
            f"row {wish.row} could not be read as cells",
            remedy="Drop the row, or give a corrected file (`ingest NEW --replaces OLD`).",
        )
    said = cells[column_of(table, wish.column)]
    present = now.get((table.sheet, wish.row, wish.column), said)
    is_done = present == wish.new
    if wish.old is not None and not is_done and not _is_said(wish.old, present):
        raise DataError(
            f"row {wish.row}, {wish.column}: the cell says {present[:60]!r}, not {wish.old[:60]!r}",
            remedy="Look at the place again; a spreadsheet may have changed the old value: "
            "blank it and it is not compared.",
        )
    return Mend(
        sheet=table.sheet,
        row=wish.row,
        column=wish.column,
        old=said,
        new=wish.new,
        by=by,
        reason=reason,
    )


def _is_said(stated: str, cell: str) -> bool:
    """Return whether a cell says what a person states, or a list that was cut and made harmless."""
    return stated.strip() in {cell.strip(), cell[:200].strip(), harmless(cell[:200]).strip()}


def _tables(record: Record, file: Ingested) -> Mapping[str, RawTable]:
    """Return the tables of a stored file, as they came."""
    raw = RawFile(name=file.file, content=record.store.get(file.source_sha256))
    return {table.sheet: table for _, table in read_tables(raw)}


def _table(tables: Mapping[str, RawTable], sheet: str | None, file: str) -> RawTable:
    """Return the table of a sheet; the only one need not be named."""
    if sheet is None and len(tables) == 1:
        return next(iter(tables.values()))
    if sheet is None or sheet not in tables:
        named = "which of its tables is not said" if sheet is None else f"there is no {sheet!r}"
        raise DataError(
            f"{file}: {named}",
            where="--sheet",
            remedy=f"Name one of: {', '.join(map(repr, tables))}.",
        )
    return tables[sheet]


def _demand_row(table: RawTable, row: int, where: str) -> tuple[str, ...] | None:
    """Return the cells of a row; None if it could not be read as cells."""
    for number, cells in table.rows:
        if number == row:
            return cells
    if any(f.row == row for f in table.faults):
        return None
    numbers = [number for number, _ in table.rows]
    span = f"{min(numbers)} to {max(numbers)}" if numbers else "none"
    raise DataError(
        f"there is no row {row}", where=where, remedy=f"Its rows are {span}; the header counts."
    )
