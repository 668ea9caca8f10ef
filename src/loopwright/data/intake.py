# SPDX-License-Identifier: Apache-2.0
"""From the rows of a foreign table to measurements; what cannot be used is kept with its reason.

Every row ends in one of three places: loaded, flagged or quarantined, and the three add up.
Rows find their candidate by key, never by position. Knows no file format and no chemistry.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType

import numpy as np
from attrs import define, evolve, field, frozen

from loopwright.core.errors import DataError
from loopwright.core.ports import Modality
from loopwright.core.values import (
    Candidate,
    Measurement,
    Quarantined,
    RawFile,
    RawTable,
    Status,
)
from loopwright.data.assays import stated_of
from loopwright.data.cells import FAILED, cell_of, status_of, values_of, word_of, worse
from loopwright.data.mapping import ColumnMapping
from loopwright.data.places import Place, Read, demand_one, places, states_a_number
from loopwright.data.readings import Readings
from loopwright.data.replicates import copies, distinct, numbered
from loopwright.data.rows import Pile
from loopwright.data.spread import Beside, beside
from loopwright.data.text import fault
from loopwright.data.whose import DOUBTFUL, Finder, Found, Register

__all__ = ["BLANK", "COPIED", "REPEATED", "Intake", "take_in"]

BLANK = "no value"
"""Reason of a row that names a candidate and states nothing about it; no fault."""

COPIED = "same structure and value as row "
"""How the reason of a row begins that repeats an earlier row of its file letter for letter."""

REPEATED = "the same well was read before, in "
"""How the reason of a reading begins that is not the first of its well; the first one counts."""


@frozen(kw_only=True)
class Intake:
    """What became of a file."""

    measurements: Sequence[Measurement]
    candidates: Sequence[Candidate]
    """Every candidate that a row names, each once, in file order."""

    quarantine: tuple[Quarantined, ...]
    """Every place that was not used, with reason and remedy; a flagged row may be named too."""

    readings: Readings = field(factory=Readings, repr=False)
    """Every structure text of the file, with what was made of it."""

    n_rows: int
    n_loaded: int
    n_flagged: int
    """Rows of which a part was not used, or which the file itself doubts."""

    n_quarantined: int
    """Rows that gave nothing."""

    def __attrs_post_init__(self) -> None:
        """Hold the promise that nothing vanishes."""
        assert self.n_rows == self.n_loaded + self.n_flagged + self.n_quarantined

    @staticmethod
    def join(parts: Sequence[Intake]) -> Intake:
        """Return what became of all tables of a file."""
        return Intake(
            measurements=Pile.join(Measurement, [part.measurements for part in parts]),
            candidates=distinct(Pile.join(Candidate, [part.candidates for part in parts])),
            quarantine=tuple(q for part in parts for q in part.quarantine),
            readings=Readings.join([part.readings for part in parts]),
            n_rows=sum(p.n_rows for p in parts),
            n_loaded=sum(p.n_loaded for p in parts),
            n_flagged=sum(p.n_flagged for p in parts),
            n_quarantined=sum(p.n_quarantined for p in parts),
        )

    @staticmethod
    def none(table: RawTable, ex: DataError) -> Intake:
        """Return a table of which no row can be used, each with the same reason."""
        rows = tuple(
            fault(row, " ".join(cells), ex.what, ex.remedy, sheet=table.sheet)
            for row, cells in table.rows
        )
        quarantine = sorted([*table.faults, *rows], key=lambda q: q.row)
        n = len(quarantine)
        return Intake(
            measurements=(),
            candidates=(),
            quarantine=tuple(evolve(q, sheet=table.sheet) for q in quarantine),
            n_rows=n,
            n_loaded=0,
            n_flagged=0,
            n_quarantined=n,
        )


@define(kw_only=True)
class _Desk:
    """What is known while the rows of one file are read in order."""

    sheet: str
    mapping: ColumnMapping
    modality_name: str
    campaign: str
    finder: Finder
    places: tuple[Place, ...]
    units: Mapping[str, str]
    sha256: str
    first_rows: Mapping[int, int]
    """Row that repeats another letter for letter -> the first such row."""

    measurements: Pile[Measurement] = field(factory=lambda: Pile(Measurement))
    is_replicate: bytearray = field(factory=bytearray)
    """Whether each measurement is one of its own: the upper end of a range is none."""

    candidates: Pile[Candidate] = field(factory=lambda: Pile(Candidate))
    quarantine: list[Quarantined] = field(factory=list)
    read_wells: dict[tuple[str, str, str], str] = field(factory=dict)
    """(barcode, well, property) -> where a reading of it stands that counts."""


def take_in(
    file: RawFile,
    table: RawTable,
    mapping: ColumnMapping,
    modality_name: str,
    modality: Modality,
    *,
    campaign: str,
    register: Register,
    units: Mapping[str, str] = MappingProxyType({}),
) -> Intake:
    """Read every row of a table under a mapping.

    Whose row it is says ``whose.Finder``. Blank values are no error; a row without any is flagged
    and its candidate kept.

    Args:
        file: The file as it came; its digest becomes part of each measurement's id.
        table: What a reader made of the file.
        mapping: What the columns mean.
        modality_name: Name of the modality, for the measurements.
        modality: Reads the structures.
        campaign: Id of the campaign, for the measurements.
        register: Whom the rows may speak of.
        units: Property -> unit that its values must convert into; a value that does not is
            quarantined.

    Returns:
        Measurements, candidates and quarantine, in file order.

    Raises:
        DataError: The table lacks a column of the mapping. A bad row never raises.
    """
    mapping.demand(table.columns, where=" ".join(filter(None, (file.name, table.sheet))))
    desk = _Desk(
        sheet=table.sheet,
        mapping=mapping,
        modality_name=modality_name,
        campaign=campaign,
        finder=Finder(mapping=mapping, modality=modality, register=register),
        places=places(table, mapping),
        units=units,
        sha256=hashlib.sha256(file.content).hexdigest(),
        first_rows=copies(table.rows),
        read_wells={**register.placed.read},
    )
    desk.finder.prepare(table)
    fates: Counter[Status] = Counter()
    for row, cells in table:
        fates[_take_row(desk, row, cells)] += 1
    quarantine = sorted([*table.faults, *desk.quarantine], key=lambda q: q.row)
    is_replicate = np.frombuffer(desk.is_replicate, np.bool_)
    return Intake(
        measurements=numbered(desk.measurements.done(), is_replicate),
        candidates=distinct(desk.candidates.done()),
        quarantine=tuple(evolve(q, sheet=table.sheet) for q in quarantine),
        readings=desk.finder.readings,
        n_rows=len(table.rows) + len(table.faults),
        n_loaded=fates["valid"],
        n_flagged=fates["flagged"],
        n_quarantined=fates["excluded"] + len(table.faults),
    )


def _take_row(desk: _Desk, row: int, cells: dict[str, str]) -> Status:
    """Read one row; return valid if loaded, flagged, or excluded if quarantined."""
    try:
        found = desk.finder.find(cells)
        status, reason = status_of(desk.mapping, cells)
    except DataError as ex:
        _put_aside(desk, row, cells, ex)
        return "excluded"
    doubts = _doubts(desk.mapping, found)
    status = worse(status) if doubts else status
    notes = found.reading.notes if found.reading else ()
    reason = "; ".join(r for r in (reason, *(d.what for d in doubts), *notes) if r)
    has_failed, status, reason = _failed(desk, cells, found, (status, reason))
    values, n_bad = _values(desk, row, cells, found=found, has_failed=has_failed)
    if n_bad and not values:
        return "excluded"
    status = worse(status) if any(read.value.doubt for read in values) else status
    if repeat := _repeat(desk, row, found, values):
        status, reason = worse(status), "; ".join(r for r in (repeat, reason) if r)
    for candidate in filter(None, (found.ordered, found.candidate)):
        desk.candidates.append(candidate)
    is_blank = not values and bool(desk.mapping.values)
    if is_blank:
        _put_aside(desk, row, cells, _nothing(desk.mapping, cells))
    for doubt in doubts:
        if not is_blank or doubt.what.startswith(DOUBTFUL):
            _put_aside(desk, row, cells, doubt)
    if is_blank:
        return "flagged"
    if status == "valid":
        _note_wells(desk, row, found, values)
    verdict = (status, reason)
    if found.is_control and found.place:
        verdict = ("excluded", "; ".join(filter(None, (found.place.as_control, reason))))
    _write(desk, row, cells, found=found, values=values, verdict=verdict)
    return "flagged" if n_bad or status == "flagged" else "valid"


def _doubts(mapping: ColumnMapping, found: Found) -> list[DataError]:
    """Return what speaks against a row: its name, and its structure."""
    doubts: list[DataError] = []
    if found.doubt:
        remedy = "Find out which of the two was measured; correct the name or the structure."
        doubts.append(DataError(found.doubt, where=mapping.name, remedy=remedy))
    if found.reading is not None and found.reading.doubt:
        what, remedy = f"{DOUBTFUL}{found.reading.doubt}", found.reading.remedy
        doubts.append(DataError(what, where=mapping.structure or mapping.name, remedy=remedy))
    return doubts


def _repeat(desk: _Desk, row: int, found: Found, values: Sequence[Read]) -> str:
    """Return where the wells of a row were read before; blank if nowhere, or letter for letter."""
    if found.place is None or row in desk.first_rows:
        return ""
    keys = [(found.place.plate, found.place.well, v.value.property) for v in values]
    before = [desk.read_wells[key] for key in keys if key in desk.read_wells]
    return f"{REPEATED}{before[0]}" if before else ""


def _note_wells(desk: _Desk, row: int, found: Found, values: Sequence[Read]) -> None:
    """Remember the wells of which this row is the reading that counts."""
    if found.place is None:
        return
    for read in values:
        if read.value.value is not None:
            key = (found.place.plate, found.place.well, read.value.property)
            desk.read_wells.setdefault(key, f"row {row}")


# ---- how much
def _values(
    desk: _Desk, row: int, cells: dict[str, str], *, found: Found, has_failed: bool
) -> tuple[list[Read], int]:
    """Return the row's values, and how many cells were put aside."""
    values: list[Read] = []
    n_bad = 0
    for place in desk.places:
        column = place.column
        if has_failed and place.is_further:
            continue
        try:
            read = values_of(
                cells,
                column,
                decimal_comma=place.decimal_comma,
                has_failed=has_failed,
                weigh=partial(desk.finder.weigh, cells, found),
                wanted=desk.units,
            )
            for value in read:
                demand_one(value, place, values, wanted=desk.units)
        except DataError as ex:
            _put_aside(desk, row, cells, ex)
            n_bad += 1
            continue
        for doubt in {value.doubt for value in read} - {""}:
            remedy = "Give the value in moles per litre, or the structure as it was weighed in."
            _put_aside(desk, row, cells, DataError(doubt, where=column.column, remedy=remedy))
        for value in read:
            try:
                stated = beside(cells, column, value, decimal_comma=place.spread_decimal_comma)
            except DataError as ex:
                _put_aside(desk, row, cells, ex)
                n_bad, stated = n_bad + 1, Beside()
            values.append(Read(place=place, value=value, beside=stated))
    return values, n_bad


def _failed(
    desk: _Desk, cells: dict[str, str], found: Found, said: tuple[Status, str]
) -> tuple[bool, Status, str]:
    """Return whether nothing was made; a row that says so and gives a value is a doubt.

    A well that failed is none: its instrument gives a number all the same.
    """
    status, reason = said
    if status != "excluded" or word_of(cells, desk.mapping.status) not in FAILED:
        return False, status, reason
    if found.place is None and states_a_number(desk.places, cells):
        return False, "flagged", f"{reason}, and gives a value"
    return True, status, reason


def _nothing(mapping: ColumnMapping, cells: dict[str, str]) -> DataError:
    """Return what a row without a value is told to be; a word in its cell is named (``n.d.``)."""
    columns = [v.column for v in mapping.values]
    said = next((c for c in columns if cells.get(c, "").strip()), "")
    remedy = "Nothing to do if it was not measured; its candidate is kept."
    if said:
        remedy = "Nothing to do if it is still to be measured. If it never will be, give a status "
        remedy += "of 'failed'; if it was beyond the range, a limit such as '>30'."
    return DataError(BLANK, where=said or ", ".join(columns)[:200], remedy=remedy)


def _put_aside(desk: _Desk, row: int, cells: dict[str, str], ex: DataError) -> None:
    """Keep the place of a row that could not be used; ``where`` names its column."""
    value = cells.get(ex.where, "")
    desk.quarantine.append(fault(row, value, ex.what, ex.remedy, column=ex.where))


# ---- the row that every room shares
_as_json = json.JSONEncoder(ensure_ascii=False).encode


def _write(
    desk: _Desk,
    row: int,
    cells: dict[str, str],
    *,
    found: Found,
    values: Sequence[Read],
    verdict: tuple[Status, str],
) -> None:
    """Append one measurement for each value of a row."""
    raw = _as_json(cells)
    status, reason = verdict
    if first := desk.first_rows.get(row, 0):
        reason = "; ".join(r for r in (f"{COPIED}{first}", reason) if r)
    mapping, laid = desk.mapping, found.place
    assay = stated_of(mapping, cells)
    for read in values:
        value = read.value
        desk.is_replicate.append(value.end != "upper")
        desk.measurements.append(
            Measurement(
                measurement_id=_id(desk, row, read),
                campaign_id=desk.campaign,
                modality=desk.modality_name,
                candidate_id=found.candidate.id if found.candidate else "",
                name=found.name,
                sample_id=cell_of(cells, mapping.sample) or (laid.lot if laid else ""),
                **assay,
                standard_type=value.property,
                standard_relation=value.relation,
                standard_value=value.value,
                standard_units=value.unit,
                **read.beside.fields(),
                plate_id=laid.plate if laid else cell_of(cells, mapping.plate),
                well=laid.well if laid else cell_of(cells, mapping.well),
                measured_at=cell_of(cells, mapping.measured_at),
                measured_by=cell_of(cells, mapping.measured_by),
                source_sha256=desk.sha256,
                source_row=row,
                source_sheet=desk.sheet,
                status=status,
                status_reason="; ".join(r for r in (reason, value.doubt) if r),
                raw=raw,
            )
        )


def _id(desk: _Desk, row: int, read: Read) -> str:
    """Return an id that tells a value from every other of every file."""
    place = f"{desk.sheet}|{row}" if desk.sheet else f"{row}"
    which = f"|{read.place.column.column}" if read.place.is_further else ""
    side = f"|{read.value.end}" if read.value.end else ""
    told = f"{desk.sha256}|{place}|{read.value.property}{which}{side}"
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:16]
