# SPDX-License-Identifier: Apache-2.0
"""Reads what stands beside a value: how far its runs scatter, and how many they were.

A spread keeps its kind, and the unit in which it was given: that of a concentration is never
turned into one on the p-scale.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from attrs import frozen

from loopwright.core.errors import DataError
from loopwright.core.values import Spread
from loopwright.data.cells import Value, cell_of
from loopwright.data.mapping import ValueColumn
from loopwright.data.numbers import NO_VALUE, read_number
from loopwright.science.units import convert, from_p

__all__ = ["Beside", "beside", "run_sd"]

_COUNT = re.compile(r"(?:n\s*=\s*)?([0-9]{1,6})(?:\.0*)?", re.IGNORECASE)


@frozen(kw_only=True)
class Beside:
    """What a row states of a value beside the value itself, as a measurement keeps it."""

    spread: float | None = None
    spread_kind: Spread = ""
    spread_units: str = ""
    n_runs: int | None = None

    def fields(self) -> dict[str, Any]:
        """Return fields of a measurement."""
        return {
            "spread": self.spread,
            "spread_kind": self.spread_kind,
            "spread_units": self.spread_units,
            "n_runs": self.n_runs,
        }


def beside(
    cells: Mapping[str, str], column: ValueColumn, value: Value, *, decimal_comma: bool = False
) -> Beside:
    """Return spread and number of runs of a value; what is blank is not stated.

    Raises:
        DataError: A cell is no spread or no count; ``where`` is its column.
    """
    if not (column.spread_column or column.interval_columns or column.n_column):
        return _in_cell(value, column, value.n)
    n_runs = _count(cells, column.n_column)
    if n_runs is not None and value.n not in {None, n_runs}:
        raise DataError(
            f"the cell says n={value.n}, and the column beside it {n_runs}",
            where=column.n_column,
            remedy="State the number of runs in one place.",
        )
    n_runs = n_runs or value.n
    where = column.spread_column or "".join(column.interval_columns[:1])
    if value.value is None or not cell_of(cells, where):
        return _in_cell(value, column, n_runs)
    if value.spread is not None:
        raise DataError(
            "a spread in the cell and one beside it",
            where=where,
            remedy="State the spread in one place.",
        )
    read = _half_width if column.interval_columns else _one_number
    try:
        spread = read(cells, column, value, decimal_comma=decimal_comma)
    except DataError as ex:
        raise DataError(ex.what, where=where, remedy=ex.remedy) from ex
    if spread is None:
        return Beside(n_runs=n_runs)
    return Beside(
        spread=spread,
        spread_kind=column.spread_kind,
        spread_units=_kept_in(column, value),
        n_runs=n_runs,
    )


def _kept_in(column: ValueColumn, value: Value) -> str:
    """Return the unit of a spread: the one given, where the value itself goes to the p-scale."""
    return value.given if column.as_p else value.unit


def _one_number(
    cells: Mapping[str, str], column: ValueColumn, value: Value, *, decimal_comma: bool
) -> float | None:
    """Return the spread that a cell states; None if it states none."""
    cell = cell_of(cells, column.spread_column).removeprefix("±").removeprefix("+/-").strip()
    reading = read_number(cell, decimal_comma=decimal_comma)
    if reading.value is None:
        return None
    if reading.relation != "=" or reading.value < 0:
        raise DataError(f"{cell[:60]!r} is no spread", remedy="Give one number, 0 or more.")
    return convert(reading.value, reading.unit or value.given, _kept_in(column, value))


def _half_width(
    cells: Mapping[str, str], column: ValueColumn, value: Value, *, decimal_comma: bool
) -> float | None:
    """Return half of the width between two ends; None if an end is open or not stated.

    That is the mean of both halves where an interval is not symmetric.
    """
    ends: list[float] = []
    for name in column.interval_columns:
        reading = read_number(cell_of(cells, name), decimal_comma=decimal_comma)
        if reading.value is None or reading.relation != "=":
            return None
        ends.append(convert(reading.value, reading.unit or value.given, _kept_in(column, value)))
    low, high = ends
    assert value.value is not None, "a value without a number has no interval"
    middle = from_p(value.value, value.given) if column.as_p else value.value
    slack = 1e-6 * abs(middle)
    if low > high or (value.relation == "=" and not low - slack <= middle <= high + slack):
        raise DataError(
            f"the interval {low:g} to {high:g} does not hold the value {middle:g}",
            remedy="Look whether an end or the value is wrong, or in another unit.",
        )
    return (high - low) / 2


def _in_cell(value: Value, column: ValueColumn, n_runs: int | None) -> Beside:
    """Return the spread that the cell of the value states itself; of no kind, if nobody says."""
    if value.spread is None:
        return Beside(n_runs=n_runs)
    return Beside(
        spread=value.spread,
        spread_kind=column.spread_kind,
        spread_units=_kept_in(column, value),
        n_runs=n_runs,
    )


def run_sd(spread: float | None, kind: Spread, n_runs: int | None) -> float | None:
    """Return the standard deviation of one run that a spread states; None if it states none.

    A standard error tells it only together with the number of runs. Half of a 95 % interval or
    of a range depends on more than was said, and a spread of no kind says nothing.

    Args:
        spread: As stated.
        kind: What it is.
        n_runs: How many runs the mean is of.
    """
    if spread is None or n_runs is None or n_runs < 2:
        return None
    match kind:
        case "sd":
            return spread
        case "sem":
            return spread * math.sqrt(n_runs)
        case _:
            return None


def _count(cells: Mapping[str, str], column: str) -> int | None:
    cell = cell_of(cells, column)
    if cell.lower() in NO_VALUE:
        return None
    found = _COUNT.fullmatch(cell)
    if found is None or int(found[1]) == 0:
        raise DataError(
            f"{cell[:60]!r} is no number of runs",
            where=column,
            remedy="Give a whole number of at least 1, or leave it blank.",
        )
    return int(found[1])
