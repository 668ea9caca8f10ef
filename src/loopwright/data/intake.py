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

from attrs import define, evolve, field, frozen

from loopwright.core.errors import DataError, LoopwrightError
from loopwright.core.ports import Modality
from loopwright.core.values import (
    Candidate,
    Measurement,
    Quarantined,
    RawFile,
    RawTable,
    Status,
)
from loopwright.data.cells import FAILED, Value, cell_of, status_of, values_of, word_of
from loopwright.data.mapping import ColumnMapping
from loopwright.data.numbers import has_decimal_comma
from loopwright.data.rows import Pile
from loopwright.data.text import fault
from loopwright.data.whose import Finder, Found, Register
from loopwright.science.units import convert

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
    candidates: tuple[Candidate, ...]
    """Every candidate that a row names, each once, in file order."""

    quarantine: tuple[Quarantined, ...]
    """Every place that was not used, with reason and remedy; a flagged row may be named too."""

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
        candidates = {c.id: c for part in reversed(parts) for c in part.candidates}
        return Intake(
            measurements=Pile.join(Measurement, [part.measurements for part in parts]),
            candidates=tuple(candidates.values()),
            quarantine=tuple(q for part in parts for q in part.quarantine),
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
    decimal_comma: Mapping[str, bool]
    units: Mapping[str, str]
    sha256: str
    measurements: Pile[Measurement] = field(factory=lambda: Pile(Measurement))
    candidates: dict[str, Candidate] = field(factory=dict)
    quarantine: list[Quarantined] = field(factory=list)
    n_replicates: Counter[tuple[str, ...]] = field(factory=Counter)
    first_rows: dict[bytes, int] = field(factory=dict)
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
        decimal_comma={
            v.column: has_decimal_comma(cells[place] for _, cells in table.rows)
            for v in mapping.values
            for place in (table.columns.index(v.column),)
        },
        units=units,
        sha256=hashlib.sha256(file.content).hexdigest(),
        read_wells={**register.placed.read},
    )
    fates: Counter[Status] = Counter()
    for row, cells in table:
        fates[_take_row(desk, row, cells)] += 1
    quarantine = sorted([*table.faults, *desk.quarantine], key=lambda q: q.row)
    return Intake(
        measurements=desk.measurements.done(),
        candidates=tuple(desk.candidates.values()),
        quarantine=tuple(evolve(q, sheet=table.sheet) for q in quarantine),
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
    doubt = found.doubt
    if doubt and status == "valid":
        status = "flagged"
    reason = "; ".join(r for r in (reason, doubt) if r)
    has_failed = status == "excluded" and word_of(cells, desk.mapping.status) in FAILED
    values, n_bad = _values(desk, row, cells, found=found, has_failed=has_failed)
    if n_bad and not values:
        return "excluded"
    if any(value.doubt for value in values) and status == "valid":
        status = "flagged"
    if repeat := _repeat(desk, row, cells, found, values):
        status, reason = _worse(status), "; ".join(r for r in (repeat, reason) if r)
    for candidate in filter(None, (found.ordered, found.candidate)):
        desk.candidates.setdefault(candidate.id, candidate)
    if not values and desk.mapping.values:
        nothing = DataError(
            BLANK,
            where=", ".join(v.column for v in desk.mapping.values)[:200],
            remedy="Nothing to do if it was not measured; its candidate is kept.",
        )
        _put_aside(desk, row, cells, nothing)
        return "flagged"
    if doubt:
        remedy = "Find out which of the two was measured; correct the name or the structure."
        _put_aside(desk, row, cells, DataError(doubt, where=desk.mapping.name, remedy=remedy))
    if status == "valid":
        _note_wells(desk, row, found, values)
    verdict = (status, reason)
    if found.is_control and found.place:
        verdict = ("excluded", "; ".join(filter(None, (found.place.as_control, reason))))
    _write(desk, row, cells, found=found, values=values, verdict=verdict)
    return "flagged" if n_bad or status == "flagged" else "valid"


def _worse(status: Status) -> Status:
    """Return the status of a row with a doubt."""
    return "flagged" if status == "valid" else status


def _repeat(
    desk: _Desk, row: int, cells: dict[str, str], found: Found, values: Sequence[Value]
) -> str:
    """Return where the wells of a row were read before; blank if nowhere, or letter for letter."""
    if found.place is None or _first_row(desk, row, cells) != row:
        return ""
    keys = [(found.place.plate, found.place.well, v.property) for v in values]
    before = [desk.read_wells[key] for key in keys if key in desk.read_wells]
    return f"{REPEATED}{before[0]}" if before else ""


def _note_wells(desk: _Desk, row: int, found: Found, values: Sequence[Value]) -> None:
    """Remember the wells of which this row is the reading that counts."""
    if found.place is None:
        return
    for value in values:
        if value.value is not None:
            key = (found.place.plate, found.place.well, value.property)
            desk.read_wells.setdefault(key, f"row {row}")


def _first_row(desk: _Desk, row: int, cells: dict[str, str]) -> int:
    """Return the first row of the file with the very same cells."""
    raw = json.dumps(cells, ensure_ascii=False)
    return desk.first_rows.setdefault(hashlib.sha256(raw.encode("utf-8", "replace")).digest(), row)


# ---- how much
def _values(
    desk: _Desk, row: int, cells: dict[str, str], *, found: Found, has_failed: bool
) -> tuple[list[Value], int]:
    """Return the row's values, and how many cells were put aside."""
    values: list[Value] = []
    n_bad = 0
    for column in desk.mapping.values:
        try:
            read = values_of(
                cells,
                column,
                decimal_comma=desk.decimal_comma[column.column],
                has_failed=has_failed,
                weigh=partial(desk.finder.weigh, cells, found),
                wanted=desk.units,
            )
            for value in read:
                if value.value is not None and value.property in desk.units:
                    _demand_unit(value, desk.units[value.property], column.column)
                if value.property in {v.property for v in values}:
                    raise DataError(
                        f"a second value of {value.property} in one row",
                        where=column.column,
                        remedy="Put replicates into rows of their own.",
                    )
            values += read
        except DataError as ex:
            _put_aside(desk, row, cells, ex)
            n_bad += 1
            continue
        for doubt in {value.doubt for value in read} - {""}:
            remedy = "Give the value in moles per litre, or the structure as it was weighed in."
            _put_aside(desk, row, cells, DataError(doubt, where=column.column, remedy=remedy))
    return values, n_bad


def _demand_unit(value: Value, wanted: str, column: str) -> None:
    """Refuse a value that cannot be told in the unit that is wanted of its property."""
    try:
        convert(value.value or 0.0, value.unit, wanted)
    except LoopwrightError as ex:
        raise DataError(
            f"{value.property} is given in {value.unit!r}, where {wanted!r} is wanted",
            where=column,
            remedy="Correct the unit; state the property that was really measured, if another.",
        ) from ex


def _put_aside(desk: _Desk, row: int, cells: dict[str, str], ex: DataError) -> None:
    """Keep the place of a row that could not be used; ``where`` names its column."""
    value = cells.get(ex.where, "")
    desk.quarantine.append(fault(row, value, ex.what, ex.remedy, column=ex.where))


# ---- the row that every room shares
def _write(
    desk: _Desk,
    row: int,
    cells: dict[str, str],
    *,
    found: Found,
    values: Sequence[Value],
    verdict: tuple[Status, str],
) -> None:
    """Append one measurement for each value of a row."""
    raw = json.dumps(cells, ensure_ascii=False)
    first = _first_row(desk, row, cells)
    status, reason = verdict
    if first != row:
        reason = "; ".join(r for r in (f"{COPIED}{first}", reason) if r)
    mapping, laid = desk.mapping, found.place
    assay = cell_of(cells, mapping.assay) or mapping.assay_name
    version = cell_of(cells, mapping.assay_version)
    for value in values:
        key = (found.subject, value.property, assay, version)
        desk.n_replicates[key] += value.end != "upper"
        desk.measurements.append(
            Measurement(
                measurement_id=_id(desk, row, value),
                campaign_id=desk.campaign,
                modality=desk.modality_name,
                candidate_id=found.candidate.id if found.candidate else "",
                name=found.name,
                sample_id=cell_of(cells, mapping.sample) or (laid.lot if laid else ""),
                assay_id=assay,
                assay_version=version,
                standard_type=value.property,
                standard_relation=value.relation,
                standard_value=value.value,
                standard_units=value.unit,
                replicate_n=desk.n_replicates[key],
                sd=value.spread,
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


def _id(desk: _Desk, row: int, value: Value) -> str:
    """Return the id of a measurement; the two bounds of a range have ids of their own."""
    place = f"{desk.sheet}|{row}" if desk.sheet else f"{row}"
    side = f"|{value.end}" if value.end else ""
    told = f"{desk.sha256}|{place}|{value.property}{side}".encode("utf-8", "replace")
    return hashlib.sha256(told).hexdigest()[:16]
