# SPDX-License-Identifier: Apache-2.0
"""The CSV file that a cherrypicking protocol on an Opentrons robot takes as run-time parameter."""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import gt, min_len

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN"]


@frozen(kw_only=True)
class Options:
    """Options of the Opentrons file. A robot holds ten plates beside one rack of tips."""

    lowest_uL: float = field(default=1.0, validator=gt(0.0))
    """Smallest transfer; 1 with a P20."""

    highest_uL: float = field(default=1000.0, validator=gt(0.0))
    """Largest transfer, the volume of the pipette."""

    step_uL: float = field(default=0.1, validator=gt(0.0))
    """Every volume is a whole number of these."""

    source_labware: str = field(default="corning_384_wellplate_112ul_flat", validator=min_len(1))
    """Load name of the source plates in the Opentrons labware library."""

    destination_labware: str = field(
        default="corning_384_wellplate_112ul_flat", validator=min_len(1)
    )
    """Load name of the destination plates."""

    height_mm: float = field(default=1.0, validator=gt(0.0))
    """How far above the bottom of a source well liquid is taken."""


def _build(options: Options) -> object:
    from loopwright.core.liquids import VolumeRange
    from loopwright.worklists.opentrons.opentrons import Opentrons

    return Opentrons(
        limits=VolumeRange.of_uL(
            lowest=options.lowest_uL, highest=options.highest_uL, step=options.step_uL
        ),
        source_labware=options.source_labware,
        destination_labware=options.destination_labware,
        height_mm=options.height_mm,
    )


PLUGIN = Plugin(
    summary="CSV parameter of a cherrypicking protocol on an Opentrons robot, in uL.",
    source="https://docs.opentrons.com/python-api/runtime-parameters/using-values",
    options=Options,
    build=_build,
)
