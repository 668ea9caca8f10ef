# SPDX-License-Identifier: Apache-2.0
"""Worklists that a method of Hamilton VENUS reads: CSV, volumes in uL."""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import gt

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN"]


@frozen(kw_only=True)
class Options:
    """Options of the Hamilton worklist."""

    lowest_uL: float = field(default=0.5, validator=gt(0.0))
    """Smallest transfer; depends on tip and liquid class."""

    highest_uL: float = field(default=1000.0, validator=gt(0.0))
    """Largest transfer, the volume of the tip."""

    step_uL: float = field(default=0.1, validator=gt(0.0))
    """Every volume is a whole number of these."""


def _build(options: Options) -> object:
    from loopwright.core.liquids import VolumeRange
    from loopwright.worklists.hamilton.hamilton import Hamilton

    return Hamilton(
        limits=VolumeRange.of_uL(
            lowest=options.lowest_uL, highest=options.highest_uL, step=options.step_uL
        )
    )


PLUGIN = Plugin(
    summary="Worklist for a method of Hamilton VENUS: CSV by plate and well, in uL.",
    source="https://docs.teselagen.com/en/articles/3800012-hamilton-worklist",
    options=Options,
    build=_build,
)
