# SPDX-License-Identifier: Apache-2.0
"""Rows that meet where their texts differ: what a standardiser, or a name, has brought together.

Reports and merges nothing. It knows rows, names and readings; which candidates are kin, the
modality says.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Literal, TypeAlias, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from attrs import frozen

from loopwright.core.ports import Curator, Modality
from loopwright.core.readings import Kin, Reading
from loopwright.core.values import Candidate, RawTable
from loopwright.data.cells import cell_of
from loopwright.data.mapping import ColumnMapping
from loopwright.data.readings import Readings
from loopwright.data.replicates import distinct
from loopwright.data.rows import Pile, column_of
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


@frozen(kw_only=True)
class _Drawn:
    """A row that draws a candidate, as far as others can meet it."""

    table: int
    row: int
    id: str
    name: str
    notes: str


@frozen(kw_only=True, eq=False)
class _Met:
    """The rows of a file that draw, and what several of them share."""

    drawn: Sequence[_Drawn]
    candidates: Sequence[Candidate]
    """Each once, without names."""

    with_forms: frozenset[str]
    with_names: frozenset[str]
    shared_names: frozenset[str]

    def places(self, wanted: Iterable[str]) -> frozenset[tuple[int, int]]:
        """Return (table, row) of all rows of these candidates, and of every shared name."""
        ids, names, tables, rows = (
            column_of(_Drawn, self.drawn, c) for c in ("id", "name", "table", "row")
        )
        is_meant = pc.or_(
            pc.is_in(ids, pa.array(list(wanted), pa.string())),
            pc.is_in(names, pa.array(list(self.shared_names), pa.string())),
        )
        pairs = zip(*(c.filter(is_meant).to_pylist() for c in (tables, rows)), strict=True)
        return frozenset(pairs)


def find_collisions(
    tables: Iterable[tuple[RawTable, ColumnMapping]],
    readings: Readings,
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
    tables = list(tables)
    met = _met(_rows(tables, readings))
    kin: list[Kin] = []
    if "curation" in modality.offers:
        kin = list(cast("Curator", modality).kin(met.candidates, _others(known, met.candidates)))
    wanted = met.with_forms | met.with_names | {cid for g in kin for cid in g.ids}
    bearers = _bearers(_rows(tables, readings, only=met.places(wanted)))
    by_id: dict[str, list[Bearer]] = {}
    by_name: dict[str, list[Bearer]] = {}
    for bearer in bearers:
        by_id.setdefault(bearer.candidate_id, []).append(bearer)
        by_name.setdefault(bearer.name, []).append(bearer)
    for cid in wanted - by_id.keys():
        by_id[cid] = [_known(known[cid])]
    forms = [_of_forms(cid, by_id[cid]) for cid in by_id if cid in met.with_forms]
    related = [
        Collision(
            kind="kin",
            shared=g.key,
            what=f"{len(g.ids)} candidates that differ only in {g.what}",
            rows=_in_order([b for cid in g.ids for b in by_id[cid]]),
        )
        for g in kin
    ]
    named = [_of_names(cid, by_id[cid]) for cid in by_id if cid in met.with_names]
    drawn = [_of_structures(n, by_name[n]) for n in by_name if n in met.shared_names]
    return tuple(c for part in (forms, related, named, drawn) for c in _by_row(part))


_Row: TypeAlias = "tuple[int, str, int, str, str, Reading]"
"""Place of the table, its name, row, name, original, reading."""


def _rows(
    tables: Sequence[tuple[RawTable, ColumnMapping]],
    readings: Readings,
    *,
    only: Container[tuple[int, int]] | None = None,
) -> Iterator[_Row]:
    """Yield every row that draws a candidate, or those of these places."""
    for place, (table, mapping) in enumerate(tables):
        for row, cells in table:
            if only is not None and (place, row) not in only:
                continue
            text = structure_of(mapping, cells)
            reading = readings.get(text) if text else None
            if isinstance(reading, Reading):
                yield place, table.sheet, row, cell_of(cells, mapping.name), text, reading


def _met(rows: Iterable[_Row]) -> _Met:
    """Return what rows share."""
    pile: Pile[_Drawn] = Pile(_Drawn)
    candidates: Pile[Candidate] = Pile(Candidate)
    for place, _, row, name, _, reading in rows:
        made, notes = reading.candidate, "\n".join(reading.notes)
        pile.append(_Drawn(table=place, row=row, id=made.id, name=name, notes=notes))
        candidates.append(made)
    drawn = pile.done()
    ids, names, notes = (column_of(_Drawn, drawn, c) for c in ("id", "name", "notes"))
    is_named = pc.not_equal(names, "")
    named, called = ids.filter(is_named), names.filter(is_named)
    return _Met(
        drawn=drawn,
        candidates=distinct(candidates.done()),
        with_forms=_with_several(ids, notes),
        with_names=_with_several(named, called),
        shared_names=_with_several(called, named),
    )


def _with_several(keys: pa.Array, others: pa.Array) -> frozenset[str]:
    """Return the keys that stand beside more than one of the others."""
    coded, beside = keys.dictionary_encode(), others.dictionary_encode()
    width = max(len(beside.dictionary), 1)
    pairs = np.unique(coded.indices.to_numpy().astype(np.int64) * width + beside.indices.to_numpy())
    found, counts = np.unique(pairs // width, return_counts=True)
    return frozenset(coded.dictionary.take(pa.array(found[counts > 1])).to_pylist())


def _others(known: Mapping[str, Candidate], new: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates from before that are not among the new ones."""
    if not known:
        return []
    held = set(column_of(Candidate, new, "id").to_pylist())
    return [c for cid, c in known.items() if cid not in held]


def _bearers(rows: Iterable[_Row]) -> Iterator[Bearer]:
    """Yield rows as those that take part in a collision."""
    for _, sheet, row, name, text, reading in rows:
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
