# SPDX-License-Identifier: Apache-2.0
"""Writes and reads GWL records: ``A;`` aspirate, ``D;`` dispense, ``W;`` wash or change tips.

An aspirate and a dispense record have ten fields: RackLabel; RackID; RackType; Position;
TubeID; Volume; LiquidClass; TipType; TipMask; ForcedRackType. Positions are numbers from 1,
counted down the columns; volumes have two decimals.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from attrs import frozen

from loopwright.core.errors import DataError
from loopwright.core.liquids import Transfer, VolumeRange
from loopwright.core.values import RawFile
from loopwright.data.text import lines_of, text_of
from loopwright.science.wells import number_down, well_numbered

__all__ = ["Tecan"]

N_FIELDS = 10
BETWEEN = frozenset({"W", "W1", "W2", "W3", "W4", "WD", "F", "B", "C", "S"})
"""Records that move no liquid: wash, flush, break, comment, tip type."""


@frozen(kw_only=True)
class Tecan:
    """One fresh tip for each transfer."""

    limits: VolumeRange
    source_wells: int
    destination_wells: int
    liquid_class: str
    by_barcode: bool

    def write(self, transfers: Sequence[Transfer]) -> RawFile:
        """Return the worklist, volumes in uL."""
        self.limits.check(transfers)
        lines = []
        for t in transfers:
            volume = f"{t.volume_nL / 1000.0:.2f}"
            if abs(1000.0 * float(volume) - t.volume_nL) > 1e-6:
                raise DataError(
                    f"{t.volume_nL:.12g} nL has more than two decimals in uL",
                    where=f"{t.destination_plate} {t.destination_well}",
                    remedy="Plan the transfers in steps of 10 nL.",
                )
            start = number_down(t.source_well, self.source_wells)
            end = number_down(t.destination_well, self.destination_wells)
            lines += [
                self._record("A", t.source_plate, start, volume),
                self._record("D", t.destination_plate, end, volume),
                "W;",
            ]
        return RawFile(name="tecan.gwl", content="".join(f"{x}\r\n" for x in lines).encode())

    def read(self, file: RawFile) -> tuple[Transfer, ...]:
        """Return the transfers: each aspirate record with the dispense record after it."""
        found: list[Transfer] = []
        taken: tuple[str, int, float] | None = None
        for n, line in enumerate(lines_of(text_of(file)), start=1):
            where = f"{file.name}:{n}"
            kind, *fields = line.strip().split(";")
            match kind:
                case "A" if taken is None:
                    taken = _moved(fields, where)
                case "D" if taken is not None:
                    found.append(self._transfer(taken, _moved(fields, where), where))
                    taken = None
                case _ if taken is not None or (kind and kind not in BETWEEN):
                    raise _bad(f"The record {line.strip()[:40]!r} does not belong here", where)
        if taken is not None or not found:
            raise _bad("Nothing is dispensed at the end", file.name)
        return tuple(found)

    def _record(self, kind: str, plate: str, position: int, volume: str) -> str:
        """Return an aspirate or dispense record."""
        label, barcode = ("", plate) if self.by_barcode else (plate, "")
        return f"{kind};{label};{barcode};;{position};;{volume};{self.liquid_class};;;"

    def _transfer(
        self, taken: tuple[str, int, float], given: tuple[str, int, float], where: str
    ) -> Transfer:
        """Return the transfer of two records that move the same volume."""
        if taken[2] != given[2]:
            raise _bad(f"{taken[2]:g} uL are aspirated, {given[2]:g} uL dispensed", where)
        return Transfer(
            source_plate=taken[0],
            source_well=well_numbered(taken[1], self.source_wells),
            destination_plate=given[0],
            destination_well=well_numbered(given[1], self.destination_wells),
            volume_nL=round(1000.0 * taken[2], 3),
        )


def _moved(fields: Sequence[str], where: str) -> tuple[str, int, float]:
    """Return plate, position and volume in uL of a record; optional fields may be left off."""
    padded = [*map(str.strip, fields), *[""] * N_FIELDS]
    position, volume = padded[3], padded[5]
    is_number = volume.isascii() and volume.replace(".", "", 1).isdecimal()
    if not (position.isascii() and position.isdecimal() and len(position) < 6 and is_number):
        raise _bad("A record has no position or no volume", where)
    if not math.isfinite(float(volume)):
        raise _bad("A record has no volume", where)
    return padded[0] or padded[1], int(position), float(volume)


def _bad(what: str, where: str) -> DataError:
    return DataError(what, where=where, remedy="Give a worklist of A, D and W records.")
