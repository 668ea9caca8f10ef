# SPDX-License-Identifier: Apache-2.0
"""Where the values of a table stand, and how the numbers in each column are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import frozen

from loopwright.core.errors import DataError, LoopwrightError
from loopwright.core.values import RawTable
from loopwright.data.cells import Value
from loopwright.data.mapping import ColumnMapping, ValueColumn
from loopwright.data.numbers import has_decimal_comma, read_number
from loopwright.data.spread import Beside
from loopwright.science.units import convert

__all__ = ["Place", "Read", "demand_unit", "places", "states_a_number"]


@frozen(kw_only=True)
class Place:
    """Where values stand: one column of a table."""

    column: ValueColumn
    first: str
    """The column of which it is a replicate; itself, if it is none."""

    decimal_comma: bool
    spread_decimal_comma: bool

    @property
    def is_further(self) -> bool:
        """Return whether it holds replicates of another column."""
        return self.column.column != self.first


@frozen(kw_only=True)
class Read:
    """One value of a row, and what the row states beside it."""

    place: Place
    value: Value
    beside: Beside


def places(table: RawTable, mapping: ColumnMapping) -> tuple[Place, ...]:
    """Return every column of values, replicates after the first of their kind."""
    return tuple(_place(table, one, v) for v in mapping.values for one in v.each())


def _place(table: RawTable, column: ValueColumn, whole: ValueColumn) -> Place:
    """Return a column of values, and how the numbers in it and beside it are written."""

    def has_comma(name: str) -> bool:
        place = table.columns.index(name)
        return has_decimal_comma(cells[place] for _, cells in table.rows)

    return Place(
        column=column,
        first=whole.column,
        decimal_comma=has_comma(column.column),
        spread_decimal_comma=bool(column.spread_column) and has_comma(column.spread_column),
    )


def states_a_number(found: Sequence[Place], cells: Mapping[str, str]) -> bool:
    """Return whether a row that says that nothing was made has a number all the same."""
    for place in found:
        cell = cells[place.column.column]
        try:
            if read_number(cell, decimal_comma=place.decimal_comma).value is not None:
                return True
        except DataError:
            continue  # no number; the word of the status column says what became of it
    return False


def demand_unit(value: Value, wanted: str, column: str) -> None:
    """Refuse a value that cannot be told in the unit that is wanted of its property."""
    try:
        convert(value.value or 0.0, value.unit, wanted)
    except LoopwrightError as ex:
        raise DataError(
            f"{value.property} is given in {value.unit!r}, where {wanted!r} is wanted",
            where=column,
            remedy="Correct the unit; state the property that was really measured, if another.",
        ) from ex
