# SPDX-License-Identifier: Apache-2.0
"""Order and collect: what goes out to a lab, and what comes home from anywhere.

Every file goes through one door, ``take_file``: the first data of a campaign, the results of a
lab, a correction from a colleague. The same bytes a second time add nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import PurePath
from types import MappingProxyType

from attrs import evolve, frozen

from loopwright.core.errors import DataError, MismatchError
from loopwright.core.values import Measurement, Order, Quarantined, RawFile, RawTable
from loopwright.data.intake import Intake
from loopwright.data.mapping import ColumnMapping, mapping_to_toml
from loopwright.data.mappings import Mappings
from loopwright.data.placed import Placed
from loopwright.data.rows import Pile, column_of
from loopwright.data.tables import (
    read_measurements,
    write_candidates,
    write_measurements,
    write_quarantine,
)
from loopwright.data.whose import Register
from loopwright.loop.arrivals import demand_no_copy, doubt_orders
from loopwright.loop.asked import apart, as_ordered, stated_assay
from loopwright.loop.facts import Ingested, Ordered, Sheet
from loopwright.loop.homecoming import Home, homecoming, placed_on, wells_out
from loopwright.loop.mutations import mutations_from
from loopwright.loop.prices import cost_of
from loopwright.loop.readouts import SIGNAL, as_signals, read_out, readouts_of, with_readings
from loopwright.loop.record import Record
from loopwright.loop.remembered import Meaning, as_before, meaning_of
from loopwright.loop.repeats import again_of, controls_among
from loopwright.loop.standing import standing
from loopwright.loop.tabling import (
    Taken,
    collisions_of,
    guessed,
    standardiser_of,
    take_tables,
)
from loopwright.loop.view import View

__all__ = [
    "SCREEN",
    "Reading",
    "collect",
    "is_as_read",
    "orders_of",
    "release",
    "take_file",
]

SCREEN = "-screen"
"""How the id of an order ends that goes to the screen, beside the one that goes to the assay."""


def release(view: View) -> Ordered:
    """Return the order of the open batch; nothing is handed over before it is a fact."""
    batch = view.state.proposal
    assert batch is not None, "only an open batch can be released"
    again = again_of(view, batch.candidates, batch.screens) if batch.candidates else ()
    spent = (*batch.candidates, *again)
    return Ordered(
        order_id=f"{view.spec.name}-{batch.cycle:03d}-{len(view.state.orders):03d}",
        cycle=batch.cycle,
        candidates=batch.candidates,
        cost=cost_of(view.spec, view.tools.prices, spent, n_screens=len(batch.screens)),
        again=again,
        screens=batch.screens,
    )


def orders_of(view: View, ordered: Ordered) -> tuple[Order, ...]:
    """Return the order as the lab sees it: one for the assay, one for the screen, if wanted."""
    goals, screen = view.spec.goals, view.spec.screen
    controls = controls_among(view, ordered.again)
    told = mutations_from(view.spec.modality, view.tools.modality)
    asked = [
        (ordered.order_id, (*ordered.candidates, *ordered.again), goals),
        (
            f"{ordered.order_id}{SCREEN}",
            ordered.screens,
            (screen.beside(goals[0]),) if screen else (),
        ),
    ]
    return tuple(
        Order(
            id=id,
            candidates=(named := tuple(view.named(candidates))),
            properties=tuple(one.property for one in measured),
            units=tuple(one.unit for one in measured),
            assays=tuple(stated_assay(view, one) for one in measured),
            controls=controls,
            repeats=frozenset(ordered.again) - controls,
            mutations={c.id: text for c in named if (text := told(c.text))},
        )
        for id, candidates, measured in asked
        if candidates and measured
    )


def collect(view: View, record: Record, ordered: Ordered) -> Ingested | None:
    """Tell the lab, ask it, and take in the first file that is new; None while nothing is there.

    One file at a time: the next one is read in the light of this one, as it would be after a
    crash between the two, and of two files with the same bytes the second is not new. A file
    that cannot be read at all is kept and quarantined whole, so that it neither stops the run
    nor vanishes.
    """
    orders, lab, seen = orders_of(view, ordered), view.tools.lab, view.state.seen
    for order in orders:
        lab.submit(order)
    record.watch("after hand-over")
    files = (file for order in orders for file in lab.collect(order))
    file = next((f for f in files if _sha256(f) not in seen), None)
    if file is None:
        return None
    how = Reading(may_repeat=False, is_simulated=not view.tools.lab.is_costly)
    try:
        return take_file(view, record, file, reading=how)
    except (DataError, MismatchError) as ex:
        return _set_aside(view, record, file, ex)


@frozen(kw_only=True)
class Reading:
    """How a file is to be read, where it is not simply a new one."""

    before: Ingested | None = None
    """The reading whose mappings are kept; None if there is none, or none to be kept."""

    mend: Callable[[RawTable], RawTable] = lambda table: table
    """Returns a table as people have mended it."""

    note: Callable[[Intake], Intake] = lambda intake: intake
    """Writes beside its measurements what was mended."""

    may_repeat: bool = True
    """Whether the rows of an earlier file may come again: a person has said what that means."""

    is_simulated: bool = False
    """Whether it comes from a lab that spends nothing: a simulator, or a replay of data that a
    person has looked at."""


def take_file(
    view: View,
    record: Record,
    file: RawFile,
    *,
    mapping: Mappings | None = None,
    mapping_name: str = "",
    reading: Reading | None = None,
) -> Ingested:
    """Read a file, keep it and all that was made of it; return what became of it.

    Args:
        view: The campaign; its candidates may be named by the file.
        record: Keeps the artefacts.
        file: Any file that a reader knows.
        mapping: What the columns mean; without it, what was named or used for the same columns
            before, or else a guess.
        mapping_name: What that mapping is called, if it has a name.
        reading: How to read it; as a new file if not given.

    Raises:
        DataError: No reader knows the file, it is empty, or its columns make no sense; or it
            repeats an earlier file, and nobody has said what that means.
    """
    how = reading or Reading()
    meanings: dict[str, Meaning] = {}

    def meaning(table: RawTable) -> ColumnMapping:
        told = as_before(record, how.before, table, given=mapping) or meaning_of(
            record, table, properties, given=mapping, name=mapping_name, modality=kind
        )
        meanings[table.sheet], found = told, told.mapping
        if not found.well or not placed.plates:
            return found
        found = _on_plates(table, found, placed, file.name)
        if mapping is not None and mapping.of(table.sheet) is not None:
            return found
        found = _without_signals(table, found, properties)
        return as_signals(table, found, file=file.name, placed=placed, readouts=readouts)

    properties, kind = tuple(view.spec.units), view.spec.modality.name
    wells = wells_out(view, record)
    placed = placed_on(view, wells, but=_sha256(file))
    readouts = readouts_of(view, record, wells)
    taken, intake = take_tables(
        file,
        meaning,
        kind,
        view.tools.modality,
        campaign=record.campaign,
        register=_register(view, file, placed, how),
        units=view.spec.units,
        mend=how.mend,
    )
    if not how.may_repeat:
        demand_no_copy(view, file, intake.measurements)
    intake = doubt_orders(how.note(intake), taken, _order_ids(view))
    signals = _as_ruled(view, record, intake.measurements)
    readings, results = read_out(signals, _others(view, file), wells, readouts)
    home = with_readings(homecoming(file, taken, intake, placed, view), readings)
    every, n_by_order = _by_assay(view, intake.measurements, results)
    intake, told = evolve(intake, measurements=every), Home(plates=home, readings=readings)
    event = _kept(view, record, file, taken, intake, meanings=meanings, home=told)
    return evolve(event, n_by_order=n_by_order)


def _without_signals(
    table: RawTable, found: ColumnMapping, properties: tuple[str, ...]
) -> ColumnMapping:
    """Return a mapping whose raw signals are guessed anew; any other as it is."""
    if not any(v.property == SIGNAL for v in found.values):
        return found
    return evolve(found, values=guessed(table, properties).values)


def _by_assay(
    view: View, stated: Sequence[Measurement], read_out: Sequence[Measurement]
) -> tuple[Sequence[Measurement], int]:
    """Return what a file states and what its plates come to, each by an assay.

    How many of the stated values are by that of their order stands beside them.
    """
    named, n_by_order = as_ordered(view, stated, ordered=_ever_ordered(view))
    results, _ = as_ordered(view, read_out, ordered={m.candidate_id for m in read_out})
    return Pile.join(Measurement, [named, results]), n_by_order


def _ever_ordered(view: View) -> set[str]:
    return {c for o in view.state.orders for c in (*o.candidates, *o.again, *o.screens)}


def _register(view: View, file: RawFile, placed: Placed, how: Reading) -> Register:
    """Return whom the rows of a file may speak of, and what was measured before."""
    return Register(
        named=view.by_name(),
        placed=placed,
        measured=tuple(_others(view, file)),
        is_simulated=how.is_simulated,
    )


def _others(view: View, file: RawFile) -> Iterable[Measurement]:
    """Return the measurements of every other file."""
    return (m for m in view.measurements if m.source_sha256 != _sha256(file))


def _on_plates(table: RawTable, mapping: ColumnMapping, placed: Placed, file: str) -> ColumnMapping:
    """Return a mapping that names the column of barcodes; refuse wells of no plate."""
    found = evolve(mapping, plate=placed.column(table, mapping.plate))
    if not (found.candidate_id or found.structure or found.parts or found.name):
        placed.beside(table, file=file, plate=found.plate)
    return found


def _as_ruled(
    view: View, record: Record, measurements: Sequence[Measurement]
) -> Sequence[Measurement]:
    """Return the measurements of a file as people have ruled on them when it was read before."""
    if not view.state.layouts:
        return measurements
    return standing(
        record, view.state, measurements, lambda d: read_measurements(record.store.get(d))
    ).measurements


def _kept(
    view: View,
    record: Record,
    file: RawFile,
    taken: Sequence[Taken],
    intake: Intake,
    *,
    meanings: Mapping[str, Meaning] = MappingProxyType({}),
    home: Home | None = None,
) -> Ingested:
    """Put file, mappings and tables into the store; say which orders this file answers."""
    ever = _ever_ordered(view)
    mappings = {t.table.sheet: t.mapping for t in taken}
    assayed, screened = apart(view.spec, intake.measurements)
    told = _told(view, mappings, assayed) if ever else frozenset()
    told_screens = _told(view, mappings, screened) if ever else frozenset()
    spoken = _told(view, mappings, intake.measurements) if ever else frozenset()
    met = collisions_of(taken, intake, view.tools.modality, known=view.candidates)
    return Ingested(
        file=PurePath(file.name).name,
        source_sha256=record.put(file.content),
        sheets=tuple(
            Sheet(
                name=t.table.sheet,
                reader=t.reader,
                columns=t.table.columns,
                mapping_sha256=record.put(mapping_to_toml(t.mapping).encode())
                if t.mapping
                else None,
                mapping_name=meanings[t.table.sheet].name if t.mapping else "",
                how=meanings[t.table.sheet].how if t.mapping else "",
            )
            for t in taken
        ),
        measurements_sha256=record.put(write_measurements(intake.measurements)),
        candidates_sha256=record.put(write_candidates(intake.candidates)),
        quarantine_sha256=record.put(write_quarantine(intake.quarantine)),
        n_rows=intake.n_rows,
        n_loaded=intake.n_loaded,
        n_flagged=intake.n_flagged,
        n_quarantined=intake.n_quarantined,
        answered=tuple(c for c in view.state.outstanding if c in told),
        screened=tuple(c for c in view.state.screened if c in told_screens),
        unexpected=tuple(sorted(spoken - ever)),
        collisions_sha256=record.put_json(met) if met else None,
        standardiser=standardiser_of(view.tools.modality),
        plates={p.barcode: _version(view, p.barcode) for p in home.plates} if home else {},
        home_sha256=record.put_json(home) if home and home.plates else None,
    )


def _version(view: View, barcode: str) -> str:
    """Return by which layout a plate is read; blank if it was never laid out."""
    if not barcode:
        return "some" if view.state.layouts else ""
    laid = view.state.plates.get(barcode)
    return laid.version if laid else ""


def is_as_read(view: View, file: Ingested) -> bool:
    """Return whether the plates of a file are still laid out as they were when it was read."""
    return all(_version(view, barcode) == version for barcode, version in file.plates.items())


def _order_ids(view: View) -> frozenset[str]:
    """Return the ids of all orders so far, as labs know them."""
    ids = (o.order_id for o in view.state.orders)
    return frozenset(name for id in ids for name in (id, f"{id}{SCREEN}"))


def _told(
    view: View,
    mappings: Mapping[str, ColumnMapping | None],
    measurements: Sequence[Measurement],
) -> frozenset[str]:
    """Return the candidates that these rows speak of: what was measured and what was asked for."""
    named = view.by_name()
    found = {c for c in column_of(Measurement, measurements, "candidate_id").to_pylist() if c}
    if not any(mapping and mapping.made for mapping in mappings.values()):
        return frozenset(found)
    for m in measurements:
        cells, mapping = json.loads(m.raw), mappings[m.source_sheet]
        if mapping is None or not mapping.made or not cells.get(mapping.made, "").strip():
            continue
        for column in (mapping.candidate_id, mapping.name):
            asked = named.get(cells.get(column, "").strip()) if column else None
            if asked is not None:
                found.add(asked.id)
        if drawn := cells.get(mapping.structure, "").strip():
            found.add(view.tools.modality.parse(drawn).id)
    return frozenset(found)


def _set_aside(
    view: View, record: Record, file: RawFile, ex: DataError | MismatchError
) -> Ingested:
    """Keep a file that cannot be read, with the reason, as one quarantined row."""
    whole = Quarantined(row=0, column="", value="", reason=ex.what, remedy=ex.remedy)
    intake = Intake(
        measurements=(),
        candidates=(),
        quarantine=(whole,),
        n_rows=1,
        n_loaded=0,
        n_flagged=0,
        n_quarantined=1,
    )
    return _kept(view, record, file, (), intake)


def _sha256(file: RawFile) -> str:
    return hashlib.sha256(file.content).hexdigest()
