# SPDX-License-Identifier: Apache-2.0
"""How plates look in a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from loopwright.cli.show import console, table
from loopwright.plates.readings import Outcome, PlateReading

__all__ = ["readings"]


def readings(found: Sequence[PlateReading]) -> None:
    """Print the quality and the results of each plate."""
    for plate in found:
        quality = plate.quality
        told = f"Z' {quality.z_prime:.2f}, robust {quality.robust_z_prime:.2f}" if quality else ""
        line = [f"plate {plate.barcode}: {len(plate.wells)} wells read", *filter(None, (told,))]
        console().print(Text("; ".join(line), style="bold"))
        for flag in plate.flags:
            console().print(Text(f"  flagged: {flag}"), soft_wrap=True)
        table(
            ("compound", "lot", ">value", ">95 % interval", "unit", "status", "note"),
            [_row(o) for o in plate.outcomes],
        )


def _row(o: Outcome) -> list[str]:
    """Return one result as texts."""
    relation = "" if o.relation == "=" else o.relation
    value = "none" if o.value is None else f"{relation}{o.value:.3g}"
    ends = ["open" if e is None else f"{e:.3g}" for e in (o.low, o.high)]
    interval = " to ".join(ends) if o.log10_ec50 is not None else ""
    unit = o.property if o.unit == "1" else f"{o.property} ({o.unit})"
    who = o.name or o.candidate_id
    role = f"{who} ({o.role})" if o.role != "sample" else who
    return [role, o.lot, value, interval, unit, o.status, "; ".join(o.reasons)]
