# SPDX-License-Identifier: Apache-2.0
"""Signals of wells that come home become results: by the layout, its controls and its doses.

A result is a measurement; the wells that it rests upon are named in it. Reads no file.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import count
from typing import get_args

from attrs import evolve

from loopwright.core.errors import DataError
from loopwright.core.values import Measurement, RawTable
from loopwright.data.intake import COPIED, REPEATED
from loopwright.data.mapping import ColumnMapping, ValueColumn
from loopwright.data.numbers import read_number
from loopwright.data.placed import Placed
from loopwright.loop.homecoming import PlateHome
from loopwright.loop.record import Record
from loopwright.loop.view import View
from loopwright.plates.files import plate_file_of
from loopwright.plates.layout import Role, Well
from loopwright.plates.readings import Outcome, PlateReading, Reading, read_plates
from loopwright.plates.readout import Readout, resolved

__all__ = ["SIGNAL", "as_signals", "read_out", "readings_of", "readouts_of", "with_readings"]

SIGNAL = "signal"
"""The property of a raw reading of a well."""

LOOKED_AT = 200
_NAMES = (
    "signal", "raw", "value", "reading", "rfu", "rlu", "od", "absorbance", "fluorescence",
    "luminescence", "intensity", "counts", "response", "result", "percent", "inhibition",
)  # fmt: skip
_OF_CONTROLS = {f"{role} well" for role in get_args(Role)}
"""What is said of the reading of a well because it holds no candidate; no doubt of it."""

_NO_SIGNAL = re.compile(
    r"(final )?(conc|dose|volume)|row$|col(umn)?$|rep(licate|eat)?$|n wells|layout seed|read$|time|"
    r"temp|index|number$|no$|id$"
)


def readouts_of(
    view: View, record: Record, wells: Mapping[str, Sequence[Well]]
) -> Mapping[str, Readout]:
    """Return how each plate that is laid out is read out, by barcode.

    Args:
        view: The campaign.
        record: Keeps the plate files.
        wells: What the plates hold.
    """
    goal = view.spec.goal
    found: dict[str, Readout] = {}
    for laid in view.state.layouts:
        stated = plate_file_of(record.get_json(laid.design_sha256)).readout
        for barcode in laid.plates:
            found[barcode] = resolved(
                stated, wells[barcode], property=goal.property, unit=goal.unit
            )
    return found


def as_signals(
    table: RawTable,
    mapping: ColumnMapping,
    *,
    file: str,
    placed: Placed,
    readouts: Mapping[str, Readout],
) -> ColumnMapping:
    """Return the mapping of a table whose plates are read out: its values are signals.

    A table that states the result itself, in a column of that name, keeps its mapping. How an
    instrument read is no part of the assay, since results are relative to the controls.

    Args:
        table: The rows.
        mapping: What its columns were taken for; names the well.
        file: Its file's name.
        placed: The plates.
        readouts: By barcode.

    Raises:
        DataError: No column, or several, could hold the signal, or plates that are read out
            differently stand in one table.
    """
    used = [readouts[b] for b in _barcodes(table, mapping, placed, file)]
    kinds = {r.kind for r in used}
    if not kinds - {"values"} or _states(mapping, {r.property for r in used}):
        return mapping
    columns = {r.column for r in used}
    if "values" in kinds or len(columns) > 1:
        raise DataError(
            "The table holds plates that are read out differently",
            where=file,
            remedy="Give each kind of plate in a file of its own.",
        )
    column = columns.pop() or _signal_column(table, mapping, file)
    signal = ValueColumn(column=column, property=SIGNAL, unit="1")
    assay = "" if mapping.assay == table.read_as else mapping.assay
    return evolve(mapping, values=(signal,), assay=assay)


def read_out(
    measurements: Sequence[Measurement],
    earlier: Iterable[Measurement],
    wells: Mapping[str, Sequence[Well]],
    readouts: Mapping[str, Readout],
) -> tuple[tuple[PlateReading, ...], tuple[Measurement, ...]]:
    """Return what the signals of a file come to, plate by plate, and the results among them.

    Wells of a plate that came home in parts are taken together: a result that rests upon more
    wells than before takes the place of the earlier one. Signals of wells that had been read
    before make results of their own, which are flagged.

    Args:
        measurements: Of the file.
        earlier: All others that the campaign holds.
        wells: Every well of every plate that is laid out.
        readouts: By barcode.
    """
    new: defaultdict[str, list[Measurement]] = defaultdict(list)
    for m in _signals(measurements) if wells else ():
        if m.plate_id in wells:
            new[m.plate_id].append(m)
    new = defaultdict(list, {b: ms for b, ms in new.items() if readouts[b].kind != "values"})
    if not new:
        return (), ()
    before: defaultdict[str, list[Measurement]] = defaultdict(list)
    for m in earlier:
        if m.plate_id in new:
            before[m.plate_id].append(m)
    first: dict[str, list[Measurement]] = {}
    again: dict[str, list[Measurement]] = {}
    for barcode, found in new.items():
        firsts = [m for m in found if REPEATED not in m.status_reason]
        if firsts:
            old = [m for m in _signals(before[barcode]) if not _why_not(m)]
            first[barcode] = [*old, *firsts]
        if len(firsts) < len(found):
            again[barcode] = [m for m in found if REPEATED in m.status_reason]
    sizes = {b: len(held) for b, held in wells.items()}
    readings: list[PlateReading] = []
    results: list[Measurement] = []
    for group, is_repeat in ((first, False), (again, True)):
        told = {b: readings_of(ms, wells[b]) for b, ms in group.items()}
        for reading in read_plates(told, readouts, n_wells=sizes):
            write = _writer(new[reading.barcode], before[reading.barcode], is_repeat=is_repeat)
            kept, made = _written(reading, write, is_repeat=is_repeat)
            readings.append(kept)
            results += made
    return tuple(readings), tuple(results)


def with_readings(
    home: Sequence[PlateHome], readings: Sequence[PlateReading]
) -> tuple[PlateHome, ...]:
    """Return what is told of each plate, with what its signals came to."""
    by_barcode = {r.barcode: r for r in reversed(readings)}
    return tuple(_with_reading(p, by_barcode.get(p.barcode)) for p in home)


def _with_reading(home: PlateHome, reading: PlateReading | None) -> PlateHome:
    if reading is None:
        return home
    samples = [o for o in reading.outcomes if o.role == "sample"]
    return evolve(
        home,
        z_prime=reading.quality.z_prime if reading.quality else None,
        n_values=sum(o.value is not None and o.relation == "=" for o in samples),
        n_limits=sum(o.value is not None and o.relation != "=" for o in samples),
        without=tuple(
            f"{o.name or o.candidate_id}: {'; '.join(o.reasons)}"
            for o in samples
            if o.value is None
        ),
        flags=reading.flags,
    )


# ---- which column
def _barcodes(table: RawTable, mapping: ColumnMapping, placed: Placed, file: str) -> set[str]:
    """Return the laid-out plates that a table names."""
    seen, _ = placed.beside(table, file=file, plate=mapping.plate)
    if seen.default:
        return {seen.default}
    if not mapping.plate:
        return set()
    place = table.columns.index(mapping.plate)
    return {b for _, cells in table.rows if (b := placed.barcode(cells[place]))}


def _states(mapping: ColumnMapping, properties: set[str]) -> bool:
    """Return whether a column bears the name of a result, as a whole word."""
    return any(
        re.search(rf"(?<![a-z0-9]){re.escape(p.lower())}(?![a-z0-9])", v.column.lower())
        for v in mapping.values
        for p in properties
    )


def _signal_column(table: RawTable, mapping: ColumnMapping, file: str) -> str:
    """Return the column of the signals: by its name, else the only one of numbers."""
    roles = evolve(mapping, values=()).columns
    numeric = [
        c
        for place, c in enumerate(table.columns)
        if c not in roles and _is_numeric(cells[place] for _, cells in table.rows[:LOOKED_AT])
    ]
    plain = {c: " ".join(re.split(r"[\W_]+", c.lower())).strip() for c in numeric}
    named = [c for word in _NAMES for c in numeric if plain[c].startswith(word)]
    found = named[:1] or [c for c in numeric if not _NO_SIGNAL.match(plain[c])]
    if len(found) != 1:
        raise DataError(
            f"The signal could stand in {', '.join(map(repr, found)) or 'no column'}",
            where=file,
            remedy="Name it in the plate file: column = ... under [readout].",
        )
    return found[0]


def _is_numeric(cells: Iterable[str]) -> bool:
    """Return whether half of the filled cells are numbers at least, and any is."""
    filled = [cell for cell in cells if cell.strip()]
    return bool(filled) and 2 * sum(map(_is_number, filled)) >= len(filled)


def _is_number(cell: str) -> bool:
    try:
        return read_number(cell, decimal_comma=True).value is not None
    except DataError:
        return False


# ---- signals in, measurements out
def _signals(measurements: Iterable[Measurement]) -> list[Measurement]:
    """Return the readings of wells, each as it was stated last."""
    found = [m for m in measurements if m.standard_type == SIGNAL]
    replaced = {m.supersedes for m in found if m.supersedes}
    return [m for m in found if m.measurement_id not in replaced]


def _why_not(m: Measurement) -> str:
    """Return why a signal may not be used; blank if it may, whoever's well it is."""
    if m.standard_value is None:
        return m.status_reason or "no signal"
    told = [part for part in m.status_reason.split("; ") if not part.startswith(REPEATED)]
    doubts = [part for part in told if part and part not in _OF_CONTROLS]
    is_control = not m.candidate_id
    if any(part.startswith(COPIED) for part in doubts):
        return doubts[0]
    if m.status == "valid" or (not doubts and (is_control or REPEATED in m.status_reason)):
        return ""
    return "; ".join(doubts) or m.status


def readings_of(measurements: Sequence[Measurement], wells: Sequence[Well]) -> list[Reading]:
    """Return the signals of one plate, row by row of the plate."""
    rank = {w.well: i for i, w in enumerate(wells)}
    ordered = sorted((m for m in measurements if m.well in rank), key=lambda m: rank[m.well])
    return [
        Reading(
            well=wells[rank[m.well]],
            signal=math.nan if m.standard_value is None else m.standard_value,
            source=m.measurement_id,
            reason=_why_not(m),
        )
        for m in ordered
        if wells[rank[m.well]].role != "empty"
    ]


def _written(
    reading: PlateReading,
    write: Callable[[Outcome, Readout], Measurement | None],
    *,
    is_repeat: bool,
) -> tuple[PlateReading, list[Measurement]]:
    """Return a plate whose results know the measurements that they became, and these."""
    outcomes, made = [], []
    for outcome in reading.outcomes:
        told = outcome
        if is_repeat:
            status = "flagged" if outcome.status == "valid" else outcome.status
            reason = "the wells were read before; the first reading counts"
            told = evolve(outcome, status=status, reasons=(reason, *outcome.reasons))
        row = write(told, reading.readout)
        if row is not None:
            told = evolve(told, measurement_id=row.measurement_id)
            made.append(row)
        outcomes.append(told)
    return evolve(reading, outcomes=tuple(outcomes)), made


def _writer(
    new: Sequence[Measurement], before: Sequence[Measurement], *, is_repeat: bool
) -> Callable[[Outcome, Readout], Measurement | None]:
    """Return what makes a measurement of a result, in the light of earlier ones of its plate."""
    by_id = {m.measurement_id: m for m in new}
    gone = {m.supersedes for m in before if m.supersedes}
    old = {
        (m.candidate_id, m.sample_id, m.standard_type, m.well): m
        for m in before
        if m.standard_type != SIGNAL and m.measurement_id not in gone
    }

    def write(outcome: Outcome, readout: Readout) -> Measurement | None:
        if outcome.role != "sample":
            return None
        sources = [w.source for w in outcome.wells]
        like = next((by_id[s] for s in sources if s in by_id), new[0])
        well = outcome.wells[0].well if readout.kind == "percent" else ""
        key = (outcome.candidate_id, outcome.lot, outcome.property, well)
        made = evolve(
            _result(like, outcome, readout),
            measurement_id=_id([like.source_sha256, outcome.plate, *key, str(is_repeat)], gone),
            well=well,
            raw=json.dumps({"wells": sources}),
        )
        former = None if is_repeat else old.get(key)
        if former is None:
            return made
        if (former.raw, former.standard_value) == (made.raw, made.standard_value):
            return None
        return evolve(made, supersedes=former.measurement_id)

    return write


def _id(told: Sequence[str], gone: Collection[str]) -> str:
    """Return the id of a result: the same for the same words, unless another one superseded it."""
    for n in count():
        text = "|".join([*told, *([str(n)] if n else [])])
        found = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
        if found not in gone:
            return found
    raise AssertionError("there is always one more")


def _result(like: Measurement, outcome: Outcome, readout: Readout) -> Measurement:
    """Return a result in the words of one of its readings, whose spread is not the result's."""
    return evolve(
        like,
        candidate_id=outcome.candidate_id,
        name=outcome.name,
        sample_id=outcome.lot,
        assay_id=like.assay_id or readout.assay,
        standard_type=outcome.property,
        standard_relation=outcome.relation,
        standard_value=outcome.value,
        standard_units=outcome.unit,
        replicate_n=1,
        spread=None,
        spread_kind="",
        spread_units="",
        n_runs=None,
        plate_id=outcome.plate,
        status=outcome.status,
        status_reason="; ".join(outcome.reasons),
        supersedes="",
    )
