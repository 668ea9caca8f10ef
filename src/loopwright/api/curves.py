# SPDX-License-Identifier: Apache-2.0
"""Raw readings of plates to curves, without a campaign: a file and its layout, nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from loopwright.api.files import read_file
from loopwright.core.errors import DataError, MismatchError
from loopwright.core.values import Candidate, Quarantined, RawFile, RawTable
from loopwright.data.mapping import ColumnMapping
from loopwright.data.placed import Placed
from loopwright.data.whose import Register
from loopwright.loop.homecoming import places_of
from loopwright.loop.readouts import as_signals, read_out
from loopwright.loop.tabling import guessed, only_table, take_tables
from loopwright.plates.files import read_plate_file
from loopwright.plates.foreign import layout_from
from loopwright.plates.layout import Layout, Well
from loopwright.plates.readings import PlateReading
from loopwright.plates.readout import Readout, resolved
from loopwright.plates.tables import LAYOUT_COLUMNS, read_layout
from loopwright.registry import build

__all__ = ["Read", "read_curves"]


@frozen(kw_only=True)
class Read:
    """What the readings of a file came to."""

    file: str
    n_rows: int
    n_loaded: int
    n_flagged: int
    n_quarantined: int
    quarantine: tuple[Quarantined, ...]
    plates: tuple[PlateReading, ...]


def read_curves(
    path: Path | str,
    layout: Path | str,
    *,
    plate_file: Path | None = None,
    n_wells: int | None = None,
) -> Read:
    """Read raw signals out by a layout: percent of effect, Z', one curve for each sample.

    Args:
        path: Readings that name plate and well, or the wells of the only plate.
        layout: What each well holds; any table that ``layout --from`` takes.
        plate_file: Bounds, controls, Z' under [readout]; the defaults, if None.
        n_wells: Format of the plates; the smallest that fits, if None.

    Raises:
        DataError: A file cannot be read, or no reading is on a plate of the layout.
        SpecError: The plate file cannot be used.
    """
    file = read_file(path)
    held = _layout(read_file(layout), n_wells)
    given = read_file(plate_file) if plate_file else RawFile(name="plates", content=b"")
    stated = read_plate_file(given).readout
    wells = {barcode: held.on(barcode) for barcode in held.plates}
    readouts = {b: _resolved(stated, wells[b], b) for b in wells}
    known = {w.candidate_id: w.name for w in held.wells if w.role == "sample"}
    candidates = {i: Candidate(id=i, text=i, name=name) for i, name in known.items()}
    placed = Placed(plates=places_of(wells, candidates), outstanding=held.plates)

    def meaning(table: RawTable) -> ColumnMapping:
        return as_signals(table, guessed(table), file=file.name, placed=placed, readouts=readouts)

    _, intake = take_tables(
        file,
        meaning,
        "molecules",
        build("modalities", "molecules", {}),
        campaign="",
        register=Register(named=candidates, placed=placed, is_open=True),
    )
    readings, _ = read_out(intake.measurements, (), wells, readouts)
    if not readings:
        raise DataError(
            f"No reading is on a plate of the layout; {placed.listed()}",
            where=file.name,
            remedy="Give the layout of the plates that were read, with the same barcodes.",
        )
    return Read(
        file=file.name,
        n_rows=intake.n_rows,
        n_loaded=intake.n_loaded,
        n_flagged=intake.n_flagged,
        n_quarantined=intake.n_quarantined,
        quarantine=intake.quarantine,
        plates=readings,
    )


def _layout(file: RawFile, n_wells: int | None) -> Layout:
    """Return a layout in our columns or in other words."""
    table = only_table(file)
    if set(LAYOUT_COLUMNS) <= set(table.columns):
        return read_layout(file)
    return layout_from(table, _as_called, where=file.name, n_wells=n_wells)


def _as_called(text: str) -> Candidate:
    """Return a candidate that is what the layout calls it."""
    return Candidate(id=text, text=text, name=text)


def _resolved(stated: Readout, wells: Sequence[Well], barcode: str) -> Readout:
    """Return how a plate is read out; one whose values need no reading out is refused."""
    found = resolved(stated, wells, property="pIC50", unit="1")
    if found.kind == "values":
        raise MismatchError(
            f"On plate {barcode} each sample stands in one concentration: there is no curve",
            where=barcode,
            remedy='State kind = "percent" under [readout] for percent of effect.',
        )
    return found
