# SPDX-License-Identifier: Apache-2.0
"""Pick lists of the Echo acoustic liquid handlers: CSV, volumes in nL."""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import gt

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN"]


@frozen(kw_only=True)
class Options:
    """Options of the Echo pick list."""

    lowest_nL: float = field(default=2.5, validator=gt(0.0))
    """Smallest transfer; 25 on an Echo 525."""

    highest_nL: float = field(default=10_000.0, validator=gt(0.0))
    """Largest transfer; the method and the source plate may allow less."""

    step_nL: float = field(default=2.5, validator=gt(0.0))
    """Volume of one droplet; 25 on an Echo 525."""

    source_plate_type: str = ""
    """As the Echo software names it, ``384PP_DMSO2`` say; blank leaves the column out."""


def _build(options: Options) -> object:
    from loopwright.core.liquids import VolumeRange
    from loopwright.worklists.echo.echo import Echo

    return Echo(
        limits=VolumeRange(
            lowest_nL=options.lowest_nL, highest_nL=options.highest_nL, step_nL=options.step_nL
        ),
        source_plate_type=options.source_plate_type,
    )


PLUGIN = Plugin(
    summary="Pick list of an Echo acoustic liquid handler: CSV by barcode and well, in nL.",
    source="https://kithairon.readthedocs.io/en/latest/picklists.html",
    options=Options,
    build=_build,
)
