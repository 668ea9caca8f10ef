# SPDX-License-Identifier: Apache-2.0
"""Plates that come home: what was laid out where, and what a file says of each plate, by name.

Everything is joined by barcode and well. Reads no file and writes no fact.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import cattrs
from attrs import define, field, frozen

from loopwright.core.errors import DataError
from loopwright.core.values import Candidate, Measurement, RawFile
from loopwright.data.cells import cell_of
from loopwright.data.intake import REPEATED, Intake
from loopwright.data.placed import ANOTHER, Place, Placed
from loopwright.loop.record import Record
from loopwright.loop.tabling import Taken
from loopwright.loop.view import View
from loopwright.plates.layout import Layout, Well
from loopwright.plates.readings import PlateReading
from loopwright.plates.tables import read_layout
from loopwright.science.wells import plain

__all__ = [
    "Home",
    "PlateHome",
    "homecoming",
    "layout_of",
    "placed_on",
    "places_of",
    "read_home",
    "wells_out",
]

LONGEST = 80
"""Characters of a barcode that nobody laid out."""

MOST = 1_000
"""Plates of one file that are told of."""


@frozen(kw_only=True)
class PlateHome:
    """One plate that a file reports on, beside what was laid out on it."""

    barcode: str
    """As it was laid out; as the file spells it where it never was."""

    order_id: str = ""
    is_laid_out: bool = True
    """False for a barcode that nobody laid out."""

    n_laid: int = 0
    """Wells that were laid out with something."""

    n_read: int = 0
    """Of these, wells with a number in this file."""

    missing: tuple[str, ...] = ()
    """Wells that were laid out and that the file does not name."""

    failed: tuple[str, ...] = ()
    """Wells that the file names and gives no number, or says to have failed."""

    unexpected: tuple[str, ...] = ()
    """Wells with a number that were laid out empty, or that the plate does not have."""

    another: tuple[str, ...] = ()
    """Wells for which the file names another compound or lot than was laid out."""

    repeated: tuple[str, ...] = ()
    """Wells that had been read before; the first reading counts."""

    note: str = ""
    """How the plate was found, where the file names none."""

    z_prime: float | None = None
    """None where signals were not read out, or the controls do not tell."""

    n_values: int = 0
    """Results with a number that the wells bear out; for plates that are read out, as the next."""

    n_limits: int = 0
    without: tuple[str, ...] = ()
    """Samples without a result, each with the reason."""

    flags: tuple[str, ...] = ()
    """What speaks against all results of the plate."""


@frozen(kw_only=True)
class Home:
    """What a file said of plates: well by well, and what its signals came to."""

    plates: tuple[PlateHome, ...]
    readings: tuple[PlateReading, ...] = ()


def layout_of(record: Record, layout_sha256: str) -> Layout:
    """Return a layout that was kept."""
    return read_layout(RawFile(name="layout.csv", content=record.store.get(layout_sha256)))


def read_home(record: Record, digest: str) -> Home:
    """Return what a file that was read said of its plates."""
    return cattrs.structure(record.get_json(digest), Home)


def wells_out(view: View, record: Record) -> Mapping[str, Sequence[Well]]:
    """Return every well of every plate that is laid out, by barcode."""
    found: dict[str, Sequence[Well]] = {}
    for laid in view.state.layouts:
        layout = layout_of(record, laid.layout_sha256)
        found |= {barcode: layout.on(barcode) for barcode in laid.plates}
    return found


def placed_on(view: View, wells: Mapping[str, Sequence[Well]], *, but: str = "") -> Placed:
    """Return every plate that is laid out, and which of its wells were read before.

    Args:
        view: The campaign.
        wells: As ``wells_out`` returns them.
        but: Digest of a file whose own readings do not count: it is being read anew.
    """
    plates = places_of(wells, view.candidates)
    placed = Placed(plates=plates, outstanding=view.state.plates_out)
    if not plates:
        return placed
    files = {f.source_sha256: f.file for f in view.state.files}
    by_file: defaultdict[str, list[Measurement]] = defaultdict(list)
    for m in view.measurements:
        if m.well and m.source_sha256 != but:
            by_file[m.source_sha256].append(m)
    for digest, measurements in by_file.items():
        placed = placed.after(measurements, files.get(digest, ""))
    return placed


def homecoming(
    file: RawFile, taken: Sequence[Taken], intake: Intake, placed: Placed, view: View
) -> tuple[PlateHome, ...]:
    """Return what a file says of each plate that it names, in the order in which it names them.

    Rows that name a well and no plate are told of under a blank barcode.

    Args:
        file: The file.
        taken: Its tables and their meaning.
        intake: What became of its rows.
        placed: The plates, as they were when it was read.
        view: The campaign.
    """
    found: dict[str, _Plate] = {}
    for barcode, well, fate, note in _rows(file, taken, intake, placed):
        if barcode not in found and len(found) >= MOST:
            continue
        plate = found.setdefault(barcode, _Plate(note=note))
        plate.wells[well].append(fate)
    return tuple(_told(barcode, plate, placed, view) for barcode, plate in found.items())


@define
class _Plate:
    """The wells of one plate, each with what became of its rows."""

    note: str
    wells: defaultdict[str, list[str]] = field(factory=lambda: defaultdict(list))


def _rows(
    file: RawFile, taken: Sequence[Taken], intake: Intake, placed: Placed
) -> Iterator[tuple[str, str, str, str]]:
    """Yield barcode, well, fate and note of every row that names a well."""
    if not any(one.mapping and one.mapping.well for one in taken):
        return
    fates = _fates(intake)
    for one in taken:
        mapping = one.mapping
        if mapping is None or not mapping.well:
            continue
        seen, note = placed.beside(one.table, file=file.name, plate=mapping.plate)
        for row, cells in one.table:
            text, well = cell_of(cells, mapping.plate), cell_of(cells, mapping.well)
            try:
                barcode = (seen.barcode(text) or text[:LONGEST]) if text else seen.default
                well = plain(well)
            except DataError:
                continue  # quarantined, with this very reason
            yield barcode, well, fates.get((one.table.sheet, row), "failed"), note


def _fates(intake: Intake) -> Mapping[tuple[str, int], str]:
    """Return what became of each row: read, failed, another or repeated."""
    found: dict[tuple[str, int], str] = {}
    for q in intake.quarantine:
        fate = "another" if q.reason.startswith(ANOTHER) else "failed"
        found.setdefault((q.sheet, q.row), fate)
    for m in intake.measurements:
        if REPEATED in m.status_reason:
            fate = "repeated"
        else:
            fate = "failed" if m.standard_value is None else "read"
        if found.get((m.source_sheet, m.source_row)) != "repeated":
            found[m.source_sheet, m.source_row] = fate
    return found


def _told(barcode: str, plate: _Plate, placed: Placed, view: View) -> PlateHome:
    """Return one plate beside its layout."""
    if barcode not in placed.plates:
        wells = tuple(plate.wells)
        return PlateHome(barcode=barcode, is_laid_out=False, unexpected=wells)
    laid = placed.plates[barcode]
    full = [well for well, place in laid.items() if place.role != "empty"]
    rank = {well: i for i, well in enumerate(laid)}
    named = sorted(plate.wells, key=lambda w: rank.get(w, len(rank)))

    def having(fate: str) -> list[str]:
        return [w for w in named if fate in plate.wells[w]]

    read = {*having("read"), *having("repeated")}
    return PlateHome(
        barcode=barcode,
        order_id=view.state.plates[barcode].order_id,
        n_laid=len(full),
        n_read=len(read.intersection(full)),
        missing=tuple(w for w in full if w not in plate.wells),
        failed=tuple(w for w in having("failed") if w in laid and w not in read),
        unexpected=tuple(w for w in named if w not in laid or (w in read and w not in full)),
        another=tuple(having("another")),
        repeated=tuple(having("repeated")),
        note=plate.note,
    )


def places_of(
    wells: Mapping[str, Sequence[Well]], candidates: Mapping[str, Candidate]
) -> Mapping[str, Mapping[str, Place]]:
    """Return plates as the rows of a file are held against them, by barcode and well."""
    return {b: {w.well: _place(w, candidates) for w in held} for b, held in wells.items()}


def _place(well: Well, candidates: Mapping[str, Candidate]) -> Place:
    is_sample = well.role == "sample"
    return Place(
        plate=well.plate,
        well=well.well,
        role=well.role,
        candidate=candidates[well.candidate_id] if is_sample else None,
        holds=well.candidate_id,
        name=well.name,
        lot=well.lot,
    )
