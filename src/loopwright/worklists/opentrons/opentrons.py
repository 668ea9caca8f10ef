# SPDX-License-Identifier: Apache-2.0
"""Writes and reads the transfer file of the cherrypicking protocol in the Opentrons library.

Its eight columns come first. Two more keep the barcodes: the robot knows plates by deck slot
alone, and people must know which plate goes where.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from loopwright.core.errors import DataError
from loopwright.core.liquids import Transfer, VolumeRange
from loopwright.core.values import RawFile
from loopwright.plates.tables import csv_bytes, csv_rows, decimal, number_in
from loopwright.science.wells import plain

__all__ = ["Opentrons"]

COLUMNS = (
    "Source Labware",
    "Source Slot",
    "Source Well",
    "Source Aspiration Height Above Bottom (in mm)",
    "Dest Labware",
    "Dest Slot",
    "Dest Well",
    "Volume (in ul)",
    "Source Plate Barcode",
    "Dest Plate Barcode",
)
N_SLOTS = 10
"""Deck slots for plates; the eleventh holds tips."""


@frozen(kw_only=True)
class Opentrons:
    """Plates get the deck slots 1, 2 ... in the order in which they are first used."""

    limits: VolumeRange
    source_labware: str
    destination_labware: str
    height_mm: float

    def write(self, transfers: Sequence[Transfer]) -> RawFile:
        """Return the file, volumes in uL."""
        self.limits.check(transfers)
        slots = _slots(transfers)
        rows = [
            (
                self.source_labware,
                slots[t.source_plate],
                t.source_well,
                decimal(self.height_mm, 3),
                self.destination_labware,
                slots[t.destination_plate],
                t.destination_well,
                decimal(t.volume_nL / 1000.0, 6),
                t.source_plate,
                t.destination_plate,
            )
            for t in transfers
        ]
        return RawFile(name="opentrons.csv", content=csv_bytes(COLUMNS, rows))

    def read(self, file: RawFile) -> tuple[Transfer, ...]:
        """Return the transfers, plates by their barcodes."""
        found = []
        for line, cells in csv_rows(file, COLUMNS):
            volume_uL = number_in(cells, "Volume (in ul)", where=f"{file.name}:{line}")
            found.append(
                Transfer(
                    source_plate=cells["Source Plate Barcode"].strip(),
                    source_well=plain(cells["Source Well"]),
                    destination_plate=cells["Dest Plate Barcode"].strip(),
                    destination_well=plain(cells["Dest Well"]),
                    volume_nL=round(1000.0 * volume_uL, 3),
                )
            )
        return tuple(found)


def _slots(transfers: Sequence[Transfer]) -> dict[str, int]:
    """Return the deck slot of each plate."""
    plates = dict.fromkeys(p for t in transfers for p in (t.source_plate, t.destination_plate))
    if len(plates) > N_SLOTS:
        raise DataError(
            f"{len(plates)} plates do not fit on one deck, which holds {N_SLOTS}",
            where="opentrons",
            remedy="Write one file for each group of destination plates.",
        )
    return {plate: i + 1 for i, plate in enumerate(plates)}
