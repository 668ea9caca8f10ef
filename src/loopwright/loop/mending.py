# SPDX-License-Identifier: Apache-2.0
"""Cells that people mend, and files that are read again with them; the files stay as they came.

A mend names a cell and says both what the file said and what is read instead. All mends of a file
are kept together; the file is read anew under them, and the new reading takes the old one's place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import cattrs
from attrs import evolve, frozen

from loopwright.core.errors import DataError
from loopwright.core.values import Candidate, Measurement, Quarantined, RawFile, RawTable
from loopwright.data.intake import Intake
from loopwright.data.mappings import Mappings
from loopwright.data.text import fault
from loopwright.loop.exchange import Reading, take_file
from loopwright.loop.facts import Ingested
from loopwright.loop.record import Record
from loopwright.loop.rulings import noted
from loopwright.loop.view import View

__all__ = [
    "DROPPED",
    "Again",
    "Mend",
    "apply_mends",
    "as_noted",
    "merged",
    "read_again",
    "read_mends",
]

DROPPED = "dropped by "
"""How the reason of a row begins that a person has dropped; it asks for nothing more."""


@frozen(kw_only=True)
class Mend:
    """One cell that is read as something else than the file says, or one row that is dropped."""

    sheet: str
    row: int
    column: str = ""
    """Blank where the whole row is dropped."""

    old: str = ""
    """What the file says."""

    new: str = ""
    by: str
    reason: str

    @property
    def place(self) -> tuple[str, int, str]:
        """Return what it speaks of."""
        return self.sheet, self.row, self.column


@frozen(kw_only=True)
class Again:
    """How a file is read another time."""

    mends: tuple[Mend, ...] = ()
    """All mends of the file."""

    mapping: Mappings | None = None
    """What its columns mean; if not given, as the next says."""

    mapping_name: str = ""
    """What that mapping is called, if it has a name."""

    keeps_mapping: bool = True
    """Read by the mapping of the earlier reading; otherwise by what the same columns were last
    read by."""

    may_repeat: bool = True
    """Whether its rows may have come before, in files that stay."""


def read_mends(record: Record, file: Ingested) -> tuple[Mend, ...]:
    """Return the mends under which a file was read."""
    if file.mends_sha256 is None:
        return ()
    kept: Any = record.get_json(file.mends_sha256)
    return tuple(cattrs.structure(kept, list[Mend]))


def merged(old: Sequence[Mend], new: Sequence[Mend]) -> tuple[Mend, ...]:
    """Return all mends of a file, the last of each place; one that mends nothing is none."""
    found = {m.place: m for m in (*old, *new)}
    kept = (m for m in found.values() if not m.column or m.old != m.new)
    return tuple(sorted(kept, key=lambda m: m.place))


def apply_mends(table: RawTable, mends: Sequence[Mend]) -> RawTable:
    """Return a table as people have mended it.

    Raises:
        DataError: A mend speaks of a row or column that the table does not have.
    """
    mine = [m for m in mends if m.sheet == table.sheet]
    if not mine:
        return table
    dropped = {m.row: m for m in mine if not m.column}
    cells: defaultdict[int, dict[int, str]] = defaultdict(dict)
    for m in mine:
        if m.column:
            cells[m.row][column_of(table, m.column)] = m.new
    rows, faults = [], [_set_down(f, dropped) for f in table.faults]
    for number, texts in table.rows:
        if number in dropped:
            faults.append(_set_down(fault(number, " ".join(texts), "", ""), dropped))
            continue
        new = cells.get(number, {})
        rows.append((number, tuple(new.get(i, text) for i, text in enumerate(texts))))
    return evolve(table, rows=tuple(rows), faults=tuple(sorted(faults, key=lambda f: f.row)))


def column_of(table: RawTable, column: str) -> int:
    """Return the place of a column.

    Raises:
        DataError: The table has no such column.
    """
    if column not in table.columns:
        raise DataError(
            f"There is no column {column!r}",
            where=table.sheet or "columns",
            remedy=f"Name one of: {', '.join(table.columns)[:300]}.",
        )
    return table.columns.index(column)


def as_noted(intake: Intake, mends: Sequence[Mend]) -> Intake:
    """Return an intake in which every mended row tells what its file said, and who mended it."""
    by_row: defaultdict[tuple[str, int], list[Mend]] = defaultdict(list)
    for m in mends:
        if m.column:
            by_row[m.sheet, m.row].append(m)
    if not by_row:
        return intake
    return evolve(
        intake,
        measurements=tuple(
            _noted(m, by_row.get((m.source_sheet, m.source_row), ())) for m in intake.measurements
        ),
    )


def read_again(
    view: View,
    record: Record,
    file: RawFile,
    leaving: Sequence[Ingested],
    *,
    named: Mapping[str, Candidate],
    how: Again,
) -> Ingested:
    """Read a file in the place of earlier readings, of itself or of others; return the new one.

    Args:
        view: The campaign.
        record: Keeps the artefacts.
        file: The file as it came.
        leaving: The readings whose place it takes, the most telling first.
        named: Whom its rows may speak of: those known without these readings.
        how: How to read it.

    Raises:
        DataError: It cannot be read at all.
    """
    gone = {f.source_sha256 for f in leaving}
    others = tuple(f for f in view.state.files if f.source_sha256 not in gone)
    mine = {c for f in leaving for c in f.answered} - {c for f in others for c in f.answered}
    event = take_file(
        evolve(
            view,
            by_name=lambda: named,
            candidates={i: c for i, c in named.items() if i == c.id},
            measurements=tuple(m for m in view.measurements if m.source_sha256 not in gone),
            state=evolve(view.state, answered=view.state.answered - mine),
        ),
        record,
        file,
        mapping=how.mapping,
        mapping_name=how.mapping_name,
        reading=Reading(
            before=leaving[0] if how.keeps_mapping else None,
            mend=lambda table: apply_mends(table, how.mends),
            note=lambda intake: as_noted(intake, how.mends),
            may_repeat=how.may_repeat,
        ),
    )
    ordered_again = mine.intersection(view.state.outstanding)
    answered = tuple(c for c in event.answered if c not in ordered_again)
    replaced = (f for f in leaving if f.source_sha256 != event.source_sha256)
    return evolve(
        event,
        answered=answered,
        unanswered=tuple(sorted(mine - ordered_again - set(answered))),
        mends_sha256=record.put_json(how.mends) if how.mends else None,
        replaces_sha256=next((f.source_sha256 for f in replaced), leaving[0].replaces_sha256),
    )


# ---- behind them
def _set_down(place: Quarantined, dropped: Mapping[int, Mend]) -> Quarantined:
    """Return the place of a row with the reason why a person dropped it."""
    mend = dropped.get(place.row)
    if mend is None:
        return place
    return evolve(
        place,
        column="",
        reason=f"{DROPPED}{mend.by}: {mend.reason}",
        remedy="Nothing to do; `loopwright quarantine restore` brings it back.",
    )


def _noted(m: Measurement, mends: Collection[Mend]) -> Measurement:
    if not mends:
        return m
    notes = [
        {"column": n.column, "file": n.old, "mended": n.new, "by": n.by, "reason": n.reason}
        for n in mends
    ]
    told = ", ".join(f"{n.column} {n.old!r} -> {n.new!r} by {n.by}: {n.reason}" for n in mends)
    reason = "; ".join(r for r in (m.status_reason, f"mended {told}") if r)
    return evolve(m, raw=noted(m.raw, "(mended)", notes), status_reason=reason)
