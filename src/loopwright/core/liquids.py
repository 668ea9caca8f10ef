# SPDX-License-Identifier: Apache-2.0
"""Liquid on its way from one well to another, and what an instrument can move at once.

Knows names and volumes; knows no plate format, no compound and no instrument.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from attrs import Attribute, field, frozen

from loopwright.core.errors import DataError

__all__ = ["Transfer", "VolumeRange"]

_PLATE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._-]{0,30}[A-Za-z0-9])?")
_WELL = re.compile(r"[A-Z]{1,2}[1-9][0-9]?")


def _is_plate(owner: object, column: Attribute[str], text: str) -> None:
    """Refuse a barcode that an instrument or a spreadsheet would misread."""
    if not _PLATE.fullmatch(text):
        raise DataError(
            f"{text[:60]!r} is no plate barcode",
            where=column.name,
            remedy="Use 1 to 32 letters, digits, blanks, dots, dashes; a letter or digit at ends.",
        )


def _is_well(owner: object, column: Attribute[str], text: str) -> None:
    """Refuse what is not written like a well."""
    if not _WELL.fullmatch(text):
        raise DataError(
            f"{text[:60]!r} is no well", where=column.name, remedy="Write it like A1, P24 or AF48."
        )


def _is_volume(owner: object, column: Attribute[float], value: float) -> None:
    """Refuse what is no amount of liquid."""
    if not (math.isfinite(value) and value > 0.0):
        raise DataError(
            f"{value} is no volume", where=column.name, remedy="Give a number above zero."
        )


@frozen(kw_only=True)
class Transfer:
    """One movement of liquid."""

    source_plate: str = field(validator=_is_plate)
    """Barcode."""

    source_well: str = field(validator=_is_well)
    """Unpadded: ``A1``."""

    destination_plate: str = field(validator=_is_plate)
    destination_well: str = field(validator=_is_well)
    volume_nL: float = field(validator=_is_volume)


@frozen(kw_only=True)
class VolumeRange:
    """What an instrument can move in one transfer."""

    lowest_nL: float = field(validator=_is_volume)
    highest_nL: float = field(validator=_is_volume)
    step_nL: float = field(validator=_is_volume)
    """Every volume is a whole number of these."""

    @classmethod
    def of_uL(cls, *, lowest: float, highest: float, step: float) -> VolumeRange:
        """Return the range of a pipette, whose volumes are told in uL."""
        return cls(lowest_nL=1000.0 * lowest, highest_nL=1000.0 * highest, step_nL=1000.0 * step)

    def rounded(self, volume_nL: float) -> float:
        """Return the nearest whole number of steps, in nL; it may be zero.

        Example:
            >>> VolumeRange(lowest_nL=2.5, highest_nL=500.0, step_nL=2.5).rounded(11.0)
            10.0
        """
        return round(volume_nL / self.step_nL) * self.step_nL

    def holds(self, volume_nL: float) -> bool:
        """Return whether the volume is within both ends and a whole number of steps."""
        return (
            self.lowest_nL <= volume_nL <= self.highest_nL
            and abs(volume_nL - self.rounded(volume_nL)) < 1e-6
        )

    def check(self, transfers: Sequence[Transfer]) -> None:
        """Raise ``DataError`` unless there are transfers and each could be carried out."""
        if not transfers:
            raise DataError(
                "There is no transfer", where="transfers", remedy="Give at least one transfer."
            )
        for t in transfers:
            if not self.holds(t.volume_nL):
                raise DataError(
                    f"{t.volume_nL:.12g} nL cannot be moved at once; the instrument moves {self}",
                    where=f"{t.destination_plate} {t.destination_well}",
                    remedy="Plan the transfers with the limits of this instrument.",
                )

    def __str__(self) -> str:
        return f"{self.lowest_nL:g} to {self.highest_nL:g} nL in steps of {self.step_nL:g} nL"
