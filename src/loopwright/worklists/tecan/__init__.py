# SPDX-License-Identifier: Apache-2.0
"""Tecan worklists (GWL): records of aspirate, dispense and wash, volumes in uL."""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import gt, in_, matches_re

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN"]


@frozen(kw_only=True)
class Options:
    """Options of the Tecan worklist. Wells are numbers here, so the formats must be known."""

    source_wells: int = field(default=384, validator=in_((96, 384, 1536)))
    """Format of all source plates."""

    destination_wells: int = field(default=384, validator=in_((96, 384, 1536)))
    """Format of all destination plates."""

    lowest_uL: float = field(default=0.5, validator=gt(0.0))
    """Smallest transfer; depends on tip and liquid class."""

    highest_uL: float = field(default=1000.0, validator=gt(0.0))
    """Largest transfer, the volume of the tip."""

    step_uL: float = field(default=0.01, validator=gt(0.0))
    """Every volume is a whole number of these; the format has two decimals."""

    liquid_class: str = field(default="", validator=matches_re(r"[^;\r\n]{0,32}"))
    """Overrides the liquid class; blank leaves it to the instrument."""

    by_barcode: bool = False
    """Whether plates are found by barcode (RackID) instead of by their label (RackLabel)."""


def _build(options: Options) -> object:
    from loopwright.core.liquids import VolumeRange
    from loopwright.worklists.tecan.tecan import Tecan

    return Tecan(
        limits=VolumeRange.of_uL(
            lowest=options.lowest_uL, highest=options.highest_uL, step=options.step_uL
        ),
        source_wells=options.source_wells,
        destination_wells=options.destination_wells,
        liquid_class=options.liquid_class,
        by_barcode=options.by_barcode,
    )


PLUGIN = Plugin(
    summary="Worklist of a Tecan liquid handler (GWL): aspirate, dispense and wash, in uL.",
    source="https://docs.teselagen.com/en/articles/3770945-tecan-worklist",
    options=Options,
    build=_build,
)
