# SPDX-License-Identifier: Apache-2.0
"""How plates look in a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from loopwright.api.plate_views import Plates
from loopwright.cli.show import console, table
from loopwright.plates.patterns import PlatePattern
from loopwright.plates.readings import Outcome, PlateReading

__all__ = ["plates", "readings"]


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


def plates(found: Plates) -> None:
    """Print one line for each plate, then what changes over the run."""
    rows = [_line(p, pattern) for p, pattern in zip(found.plates, found.patterns, strict=True)]
    columns = (
        "plate", ">wells", ">Z'", ">window", ">edge - inside", ">p edge", ">p rows", ">p columns",
        ">results", "flagged because",
    )  # fmt: skip
    if rows:
        table(columns, rows)
    run = {
        "Z'": found.drift.z_prime,
        "negative control": found.drift.negative,
        "positive control": found.drift.positive,
    }
    for name, trend in run.items():
        if trend is not None:
            told = f"{name} over {trend.n} plates: tau {trend.tau:+.2f}, p = {trend.p_value:.2g}"
            console().print(Text(told))
    if found.outstanding:
        console().print(Text(f"outstanding: {', '.join(found.outstanding)}"), soft_wrap=True)


def _line(plate: PlateReading, pattern: PlatePattern) -> list[str]:
    """Return one plate as texts."""
    edge = pattern.edge
    n_values = sum(o.value is not None for o in plate.outcomes if o.role == "sample")
    return [
        plate.barcode,
        str(len(plate.wells)),
        _text(plate.quality.z_prime if plate.quality else None),
        _text(pattern.signal_window),
        _text(edge.shift if edge else None),
        _text(edge.p_value if edge else None),
        _text(pattern.p_rows),
        _text(pattern.p_columns),
        str(n_values) if plate.outcomes else "",
        "; ".join(plate.flags),
    ]


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:.2g}"


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
