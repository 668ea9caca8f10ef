# SPDX-License-Identifier: Apache-2.0
"""A table of what could be measured: who stands in it, and what became of every row.

Of a large table each row is sketched, and only those that promise most are standardised. What is
too large for a table is ``library``'s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from attrs import evolve, frozen

from loopwright.core.errors import DataError
from loopwright.core.ports import Modality
from loopwright.core.values import Candidate, Quarantined, RawTable
from loopwright.data.intake import BLANK, Intake
from loopwright.data.mapping import ColumnMapping
from loopwright.data.numbers import has_decimal_comma
from loopwright.data.text import fault
from loopwright.data.where import Where
from loopwright.data.whose import Finder, Register, structure_of
from loopwright.loop.first_look import Looker
from loopwright.loop.prices import cost_in
from loopwright.loop.tabling import only_within

__all__ = ["Pool", "PoolRow", "Sifted", "priced", "read_pool", "sift_table", "spoilt_in"]


@frozen(kw_only=True)
class PoolRow:
    """A row of the pool that could be read."""

    row: int
    """As a person counts it in the file."""

    candidate: Candidate
    fate: str
    """``offered``, ``measured`` (it has a value already), ``failed`` (it was tried in vain),
    ``unclear`` (what is said of it is no value) or ``repeated`` (an earlier row is it)."""


@frozen(kw_only=True, eq=False)
class Sifted:
    """The rows of a pool that are worth a close look, and what became of the others."""

    table: RawTable
    barred: tuple[Quarantined, ...]
    """Rows that do not meet a condition on a column."""

    unlisted: Mapping[str, int] = MappingProxyType({})
    """Reason -> rows that could not be used, or are barred, and are counted only."""

    n_passed_over: int
    """Rows that promise too little for a close look."""


@frozen(kw_only=True, eq=False)
class Pool:
    """What could be read of a table, and what could not be used, in file order."""

    rows: tuple[PoolRow, ...]
    left_out: tuple[Quarantined, ...]


def sift_table(
    table: RawTable, mapping: ColumnMapping, where: Sequence[Where], looker: Looker | None
) -> Sifted:
    """Return the rows of a table that are worth a close look; all of a small one.

    Args:
        table: One candidate a row.
        mapping: What its columns mean.
        where: What columns must say.
        looker: Looks over a large table; None where nobody can.

    Raises:
        DataError: There is no such column.
    """
    within, barred = only_within(table, where)
    kept = within
    if looker is not None and mapping.structure:
        wanted = set(looker.rows([structure_of(mapping, cells) for _, cells in within]).tolist())
        if len(wanted) < len(within.rows):
            kept = evolve(within, rows=[r for i, r in enumerate(within.rows) if i in wanted])
    return Sifted(table=kept, barred=barred, n_passed_over=len(within.rows) - len(kept.rows))


def read_pool(
    table: RawTable, mapping: ColumnMapping, modality: Modality, *, known: Mapping[str, str]
) -> Pool:
    """Read the candidates of a table.

    Args:
        table: One candidate a row.
        mapping: What its columns mean.
        modality: Reads them.
        known: Candidate id -> ``measured``, ``failed`` or ``unclear``: who is not offered.
    """
    finder = Finder(mapping=mapping, modality=modality, register=Register())
    finder.prepare(table)
    rows: list[PoolRow] = []
    left_out = list(table.faults)
    seen: set[str] = set()
    for number, cells in table:
        found = _found(finder, number, cells)
        if isinstance(found, Quarantined):
            left_out.append(found)
            continue
        fate = known.get(found.id, "repeated" if found.id in seen else "offered")
        seen.add(found.id)
        rows.append(PoolRow(row=number, candidate=found, fate=fate))
    return Pool(rows=tuple(rows), left_out=tuple(sorted(left_out, key=lambda q: q.row)))


def spoilt_in(
    table: RawTable, mapping: ColumnMapping, modality: Modality, intake: Intake
) -> Mapping[str, str]:
    """Return who came back without a value: candidate id -> ``failed`` or ``unclear``.

    Args:
        table: What is measured.
        mapping: What its columns mean.
        modality: Reads it.
        intake: What became of its rows; a cell that says something, but no value, is unclear.
    """
    columns = {column.column for value in mapping.values for column in value.each()}
    numbers = {q.row for q in intake.quarantine if q.column in columns and q.reason != BLANK}
    said = [(row, cells) for row, cells in table if row in numbers]
    finder = Finder(mapping=mapping, modality=modality, register=Register())
    found = [_found(finder, row, cells) for row, cells in said]
    failed = {m.candidate_id: "failed" for m in intake.measurements if m.standard_value is None}
    return {**{c.id: "unclear" for c in found if isinstance(c, Candidate)}, **failed}


def _found(finder: Finder, number: int, cells: Mapping[str, str]) -> Candidate | Quarantined:
    """Return the candidate of a row, or why it is not offered."""
    text = structure_of(finder.mapping, cells)
    column = finder.mapping.structure or ", ".join(finder.mapping.parts)
    try:
        found = finder.find(cells)
    except DataError as ex:
        return fault(number, text, ex.what, ex.remedy, column=ex.where or column)
    if found.candidate is None:
        return fault(number, text, "it names no candidate", "Give its structure.", column=column)
    if found.reading is not None and found.reading.doubt:
        return fault(number, text, found.reading.doubt, found.reading.remedy, column=column)
    return found.candidate


def priced(pool: Pool, table: RawTable, column: str) -> tuple[Pool, dict[str, float]]:
    """Return a pool without the rows on offer that have no cost, and candidate id -> cost.

    Args:
        pool: What was read of the table.
        table: One candidate a row.
        column: Says what it costs.
    """
    told = {number: cells[column] for number, cells in table}
    comma = has_decimal_comma(told.values())
    costs: dict[str, float] = {}
    left_out: list[Quarantined] = []
    for row in (r for r in pool.rows if r.fate == "offered"):
        cost = cost_in(text := told[row.row], decimal_comma=comma)
        if cost is None:
            left_out.append(_without_cost(row.row, text, column))
        else:
            costs[row.candidate.id] = cost
    out = {q.row for q in left_out}
    kept = tuple(r for r in pool.rows if r.row not in out)
    every = sorted((*pool.left_out, *left_out), key=lambda q: q.row)
    return evolve(pool, rows=kept, left_out=tuple(every)), costs


def _without_cost(row: int, text: str, column: str) -> Quarantined:
    """Return why a row without a cost is not offered."""
    if not text.strip():
        return fault(row, "", "no cost: the cell is blank", "Fill in the cell.", column=column)
    remedy = "Give a number above 0, without a unit."
    return fault(row, text, "no cost: not a number above 0", remedy, column=column)
