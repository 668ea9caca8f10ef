# SPDX-License-Identifier: Apache-2.0
"""Results of plates as tidy CSV, in columns that ``ingest`` reads back."""

from __future__ import annotations

from collections.abc import Sequence

from loopwright.data.text import harmless
from loopwright.plates.readings import Outcome, PlateReading
from loopwright.plates.tables import csv_bytes

__all__ = ["results_csv"]

_FIRST = ("name", "lot", "plate", "assay", "role", "property", "relation", "value", "unit")
_AFTER = (
    "low_95", "high_95", "status", "reason", "top_percent", "bottom_percent", "hill",
    "residual_sd_percent", "r_squared", "z_prime", "n_wells", "n_wells_used", "wells",
)  # fmt: skip


def results_csv(readings: Sequence[PlateReading]) -> bytes:
    """Return one row for each sample and reference of each plate, numbers unrounded."""
    return csv_bytes(
        (*_FIRST, *_AFTER), [_row(r, outcome) for r in readings for outcome in r.outcomes]
    )


def _row(reading: PlateReading, o: Outcome) -> list[object]:
    """Return one result."""
    quality = reading.quality
    fit = (o.top_percent, o.bottom_percent, o.hill, o.residual_sd, o.r_squared)
    return [
        *(harmless(t) for t in (o.candidate_id, o.lot, o.plate, reading.readout.assay)),
        *(o.role, o.property, o.relation if o.value is not None else "", _number(o.value), o.unit),
        *map(_number, (o.low, o.high)),
        *(o.status, harmless("; ".join(o.reasons))),
        *map(_number, (*fit, quality.z_prime if quality else None)),
        *(len(o.wells), sum(w.is_used for w in o.wells), " ".join(w.well for w in o.wells)),
    ]


def _number(value: float | None) -> str:
    return "" if value is None else repr(value)
