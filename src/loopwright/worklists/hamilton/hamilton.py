# SPDX-License-Identifier: Apache-2.0
"""Writes and reads CSV worklists for VENUS.

VENUS prescribes no column names: the method binds each column to a variable. These are the
names that exporters of such worklists commonly use.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from loopwright.core.liquids import Transfer, VolumeRange
from loopwright.core.values import RawFile
from loopwright.plates.tables import csv_bytes, csv_rows, decimal, number_in
from loopwright.science.wells import plain

__all__ = ["Hamilton"]

COLUMNS = (
    "Source Plate Name",
    "Source Well",
    "Destination Plate Name",
    "Destination Well",
    "Transfer Volume",
)


@frozen(kw_only=True)
class Hamilton:
    """Plates go by their barcodes, which must be their names on the deck layout."""

    limits: VolumeRange

    def write(self, transfers: Sequence[Transfer]) -> RawFile:
        """Return the worklist, volumes in uL."""
        self.limits.check(transfers)
        rows = [
            (
                t.source_plate,
                t.source_well,
                t.destination_plate,
                t.destination_well,
                decimal(t.volume_nL / 1000.0, 6),
            )
            for t in transfers
        ]
        return RawFile(name="hamilton.csv", content=csv_bytes(COLUMNS, rows))

    def read(self, file: RawFile) -> tuple[Transfer, ...]:
        """Return the transfers; other columns are passed over."""
        found = []
        for line, cells in csv_rows(file, COLUMNS):
            volume_uL = number_in(cells, "Transfer Volume", where=f"{file.name}:{line}")
            found.append(
                Transfer(
                    source_plate=cells["Source Plate Name"].strip(),
                    source_well=plain(cells["Source Well"]),
                    destination_plate=cells["Destination Plate Name"].strip(),
                    destination_well=plain(cells["Destination Well"]),
                    volume_nL=round(1000.0 * volume_uL, 3),
                )
            )
        return tuple(found)
