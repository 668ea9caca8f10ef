# SPDX-License-Identifier: Apache-2.0
"""How many measurements each row of a file counts as, where a column says so."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from attrs import evolve

from loopwright.core.errors import DataError
from loopwright.core.values import Measurement, RawTable

__all__ = ["NO_WEIGHT", "read_weights", "weighed"]

Place = tuple[str, int]
"""Sheet and row."""

NO_WEIGHT = "is no positive number"
"""What ends the reason of a row whose weight is none."""


def read_weights(tables: Iterable[RawTable], column: str) -> Mapping[Place, float]:
    """Return the weight of each row that states a positive number; nan where it does not.

    Raises:
        DataError: A table has no such column.
    """
    found: dict[Place, float] = {}
    for table in tables:
        if column not in table.columns:
            raise DataError(
                f"There is no column {column!r}; there are "
                f"{', '.join(map(repr, table.columns[:40]))}",
                where="--weight",
                remedy="Name the column of weights as the file spells it.",
            )
        place = table.columns.index(column)
        found |= {(table.sheet, row): _positive(cells[place]) for row, cells in table.rows}
    return found


def weighed(
    measurements: Sequence[Measurement], weights: Mapping[Place, float], column: str
) -> tuple[Measurement, ...]:
    """Return measurements; one whose row states no positive weight is flagged with the reason."""
    reason = f"the weight in {column!r} {NO_WEIGHT}"
    return tuple(
        evolve(m, status="flagged", status_reason=reason)
        if m.status == "valid" and math.isnan(weights[m.source_sheet, m.source_row])
        else m
        for m in measurements
    )


def _positive(cell: str) -> float:
    try:
        weight = float(cell)
    except ValueError:
        return math.nan
    return weight if 0.0 < weight < math.inf else math.nan
