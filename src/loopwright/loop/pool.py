# SPDX-License-Identifier: Apache-2.0
"""A table of what could be measured: who stands in it, and what became of every row.

Of a large table each row is sketched, and only those that promise most are standardised.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from attrs import evolve, frozen

from loopwright.core.errors import DataError
from loopwright.core.ports import Modality, Sketcher
from loopwright.core.values import Candidate, Quarantined, RawTable
from loopwright.data.intake import BLANK, Intake
from loopwright.data.mapping import ColumnMapping
from loopwright.data.text import fault
from loopwright.data.whose import Finder, Register, structure_of
from loopwright.loop.first_look import first_look
from loopwright.loop.studied import Studied

__all__ = ["Pool", "PoolRow", "read_pool", "spoilt_in"]


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
class Pool:
    """What could be read of a table, and what could not be used, in file order."""

    rows: tuple[PoolRow, ...]
    left_out: tuple[Quarantined, ...]
    n_passed_over: int
    """Rows of a large table that promise too little for a close look."""


def read_pool(
    table: RawTable,
    mapping: ColumnMapping,
    modality: Modality,
    studied: Sequence[Studied],
    *,
    known: Mapping[str, str],
    seed: int,
) -> Pool:
    """Read the candidates of a table.

    Args:
        table: One candidate a row.
        mapping: What its columns mean.
        modality: Reads them.
        studied: What is measured, or what is known of a related series: of a large table those are
            looked at closely that promise more by it.
        known: Candidate id -> ``measured``, ``failed`` or ``unclear``: who is not offered.
        seed: Of that choice.
    """
    looked = _looked_at(table, mapping, modality, studied, seed)
    finder = Finder(mapping=mapping, modality=modality, register=Register())
    finder.prepare(looked)
    rows: list[PoolRow] = []
    left_out = list(table.faults)
    seen: set[str] = set()
    for number, cells in looked:
        found = _found(finder, number, cells)
        if isinstance(found, Quarantined):
            left_out.append(found)
            continue
        fate = known.get(found.id, "repeated" if found.id in seen else "offered")
        seen.add(found.id)
        rows.append(PoolRow(row=number, candidate=found, fate=fate))
    return Pool(
        rows=tuple(rows),
        left_out=tuple(sorted(left_out, key=lambda q: q.row)),
        n_passed_over=len(table.rows) - len(looked.rows),
    )


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


def _looked_at(
    table: RawTable,
    mapping: ColumnMapping,
    modality: Modality,
    studied: Sequence[Studied],
    seed: int,
) -> RawTable:
    """Return the rows that are worth a close look; all of a small table."""
    if "sketch" not in modality.offers or not mapping.structure:
        return table
    texts = [structure_of(mapping, cells) for _, cells in table]
    wanted = set(first_look(cast("Sketcher", modality), studied, texts, seed=seed).tolist())
    if len(wanted) == len(texts):
        return table
    return evolve(table, rows=[row for i, row in enumerate(table.rows) if i in wanted])


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
