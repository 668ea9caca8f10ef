# SPDX-License-Identifier: Apache-2.0
"""Writes and reads pick lists with the column names of the Echo software."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from loopwright.core.liquids import Transfer, VolumeRange
from loopwright.core.values import RawFile
from loopwright.plates.tables import csv_bytes, csv_rows, decimal, number_in
from loopwright.science.wells import plain

__all__ = ["Echo"]

COLUMNS = (
    "Source Plate Barcode",
    "Source Well",
    "Destination Plate Barcode",
    "Destination Well",
    "Transfer Volume",
)
TYPE_COLUMN = "Source Plate Type"


@frozen(kw_only=True)
class Echo:
    """Droplets: every volume is a whole number of them."""

    limits: VolumeRange
    source_plate_type: str = ""

    def write(self, transfers: Sequence[Transfer]) -> RawFile:
        """Return the pick list, volumes in nL."""
        self.limits.check(transfers)
        kind = (self.source_plate_type,) if self.source_plate_type else ()
        rows = [
            (
                t.source_plate,
                t.source_well,
                t.destination_plate,
                t.destination_well,
                decimal(t.volume_nL, 3),
                *kind,
            )
            for t in transfers
        ]
        columns = (*COLUMNS, TYPE_COLUMN) if kind else COLUMNS
        return RawFile(name="echo.csv", content=csv_bytes(columns, rows))

    def read(self, file: RawFile) -> tuple[Transfer, ...]:
        """Return the transfers; other columns are passed over."""
        return tuple(
            Transfer(
                source_plate=cells["Source Plate Barcode"].strip(),
                source_well=plain(cells["Source Well"]),
                destination_plate=cells["Destination Plate Barcode"].strip(),
                destination_well=plain(cells["Destination Well"]),
                volume_nL=number_in(cells, "Transfer Volume", where=f"{file.name}:{line}"),
            )
            for line, cells in csv_rows(file, COLUMNS)
        )
