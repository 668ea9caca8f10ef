# SPDX-License-Identifier: Apache-2.0
"""Rows that meet where their texts differ: what a standardiser, or a name, has brought together.

Reports and merges nothing. It knows rows, names and readings; which candidates are kin, the
modality says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, TypeAlias, cast

from attrs import define, field, frozen

from loopwright.core.errors import DataError
from loopwright.core.ports import Curator, Modality
from loopwright.core.readings import Kin, Reading
from loopwright.core.values import Candidate, RawTable
from loopwright.data.cells import cell_of
from loopwright.data.mapping import ColumnMapping
from loopwright.data.whose import structure_of

__all__ = ["Bearer", "Collision", "Meeting", "find_collisions"]

Meeting: TypeAlias = Literal["forms", "kin", "names", "structures"]
"""Why rows collide.

``forms``: one candidate, though different forms of it were drawn (salts, charges).
``kin``: different candidates that could be one compound drawn otherwise.
``names``: one candidate under several names. ``structures``: one name on several candidates.
"""

SHOWN = 200
"""Characters of an original that are repeated."""


@frozen(kw_only=True)
class Bearer:
    """A row that takes part in a collision."""

    sheet: str
    row: int
    """0 for a candidate that was known before the file."""

    name: str
    candidate_id: str
    original: str
    """The structure as the file gives it, cut at 200 characters."""

    notes: tuple[str, ...]
    """What was done to it."""


@frozen(kw_only=True)
class Collision:
    """Rows that meet, and in what. Nothing was done about it."""

    kind: Meeting
    shared: str
    """What they have in common: a candidate, an InChIKey's first block, a name."""

    what: str
    rows: tuple[Bearer, ...]


@define(kw_only=True)
class _Seen:
    """What the rows of a file have shown so far."""

    candidates: dict[str, Candidate] = field(factory=dict)
    forms: dict[str, tuple[str, ...]] = field(factory=dict)
    names: dict[str, str] = field(factory=dict)
    owners: dict[str, str] = field(factory=dict)
    with_forms: set[str] = field(factory=set)
    with_names: set[str] = field(factory=set)
    shared_names: set[str] = field(factory=set)

    def add(self, name: str, reading: Reading) -> None:
        """Take one row into account."""
        cid = reading.candidate.id
        self.candidates.setdefault(cid, reading.candidate)
        if self.forms.setdefault(cid, reading.notes) != reading.notes:
            self.with_forms.add(cid)
        if not name:
            return
        if self.names.setdefault(cid, name) != name:
            self.with_names.add(cid)
        if self.owners.setdefault(name, cid) != cid:
            self.shared_names.add(name)


def find_collisions(
    tables: Iterable[tuple[RawTable, ColumnMapping]],
    readings: Mapping[str, Reading | DataError],
    modality: Modality,
    *,
    known: Mapping[str, Candidate],
) -> tuple[Collision, ...]:
    """Return every group of rows that meet though their originals or names differ.

    Args:
        tables: What was read, with its meaning.
        readings: What was made of each structure text in them.
        modality: Says which candidates are kin, if it can.
        known: Candidates from before, by id; told of where a row is their kin.

    Returns:
        Forms, then kin, then names, then structures; each in the order of the rows.
    """
    tables, seen = list(tables), _Seen()
    for _, _, name, _, reading in _rows(tables, readings):
        seen.add(name, reading)
    kin: list[Kin] = []
    if "curation" in modality.offers:
        new = list(seen.candidates.values())
        before = [c for cid, c in known.items() if cid not in seen.candidates]
        kin = list(cast("Curator", modality).kin(new, before))
    wanted = seen.with_forms | seen.with_names | {cid for g in kin for cid in g.ids}
    bearers = _bearers(_rows(tables, readings), wanted, seen.shared_names)
    by_id: dict[str, list[Bearer]] = {}
    by_name: dict[str, list[Bearer]] = {}
    for bearer in bearers:
        by_id.setdefault(bearer.candidate_id, []).append(bearer)
        by_name.setdefault(bearer.name, []).append(bearer)
    for cid in wanted - by_id.keys():
        by_id[cid] = [_known(known[cid])]
    forms = [_of_forms(cid, by_id[cid]) for cid in by_id if cid in seen.with_forms]
    related = [
        Collision(
            kind="kin",
            shared=g.key,
            what=f"{len(g.ids)} candidates that differ only in {g.what}",
            rows=_in_order([b for cid in g.ids for b in by_id[cid]]),
        )
        for g in kin
    ]
    named = [_of_names(cid, by_id[cid]) for cid in by_id if cid in seen.with_names]
    drawn = [_of_structures(n, by_name[n]) for n in by_name if n in seen.shared_names]
    return tuple(c for part in (forms, related, named, drawn) for c in _by_row(part))


def _rows(
    tables: Sequence[tuple[RawTable, ColumnMapping]],
    readings: Mapping[str, Reading | DataError],
) -> Iterator[tuple[str, int, str, str, Reading]]:
    """Yield (sheet, row, name, original, reading) of every row that draws a candidate."""
    for table, mapping in tables:
        for row, cells in table:
            text = structure_of(mapping, cells)
            reading = readings.get(text) if text else None
            if isinstance(reading, Reading):
                yield table.sheet, row, cell_of(cells, mapping.name), text, reading


def _bearers(
    rows: Iterable[tuple[str, int, str, str, Reading]], wanted: set[str], names: set[str]
) -> Iterator[Bearer]:
    """Yield the rows of these candidates and names."""
    for sheet, row, name, text, reading in rows:
        if reading.candidate.id in wanted or name in names:
            yield Bearer(
                sheet=sheet,
                row=row,
                name=name,
                candidate_id=reading.candidate.id,
                original=text[:SHOWN],
                notes=reading.notes,
            )


def _known(candidate: Candidate) -> Bearer:
    return Bearer(
        sheet="",
        row=0,
        name=candidate.name,
        candidate_id=candidate.id,
        original=candidate.text[:SHOWN],
        notes=("known before this file",),
    )


def _of_forms(cid: str, rows: Sequence[Bearer]) -> Collision:
    forms = dict.fromkeys(", ".join(b.notes) or "as it is" for b in rows)
    told = "; ".join(forms)
    what = f"{len(forms)} forms came to one candidate: {told}"
    return Collision(kind="forms", shared=cid, what=what, rows=tuple(rows))


def _of_names(cid: str, rows: Sequence[Bearer]) -> Collision:
    n = len({b.name for b in rows if b.name})
    what = f"one candidate bears {n} names"
    return Collision(kind="names", shared=cid, what=what, rows=tuple(rows))


def _of_structures(name: str, rows: Sequence[Bearer]) -> Collision:
    n = len({b.candidate_id for b in rows})
    what = f"one name stands beside {n} different structures"
    return Collision(kind="structures", shared=name, what=what, rows=tuple(rows))


def _in_order(rows: Iterable[Bearer]) -> tuple[Bearer, ...]:
    return tuple(sorted(rows, key=lambda b: (b.row == 0, b.sheet, b.row)))


def _by_row(found: Iterable[Collision]) -> list[Collision]:
    return sorted(found, key=lambda c: (c.rows[0].sheet, c.rows[0].row, c.shared))
