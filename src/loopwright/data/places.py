# SPDX-License-Identifier: Apache-2.0
"""Where the values of a table stand, and how the numbers in each column are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import frozen

from loopwright.core.errors import DataError, LoopwrightError
from loopwright.core.values import RawTable
from loopwright.data.cells import Value
from loopwright.data.mapping import ColumnMapping, ValueColumn
from loopwright.data.numbers import has_decimal_comma, read_cell
from loopwright.data.spread import Beside
from loopwright.science.units import convert

__all__ = ["Place", "Read", "demand_one", "places", "states_a_number"]


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
        spread_decimal_comma=any(
            has_comma(name) for name in (column.spread_column, *column.interval_columns) if name
        ),
    )


def demand_one(
    value: Value, place: Place, before: Sequence[Read], *, wanted: Mapping[str, str]
) -> None:
    """Refuse a value in a unit that is not wanted, and a second one of its property in the row.

    Args:
        value: As it was read.
        place: Where it stands.
        before: The values of the row that were read before it.
        wanted: Property -> unit that its values must convert into.

    Raises:
        DataError: It is one of these; ``where`` is its column.
    """
    if value.value is not None and value.property in wanted:
        unit = wanted[value.property]
        try:
            convert(value.value, value.unit, unit)
        except LoopwrightError as ex:
            raise DataError(
                f"{value.property} is given in {value.unit!r}, where {unit!r} is wanted",
                where=place.column.column,
                remedy="Correct the unit; state the property that was really measured, if another.",
            ) from ex
    if any(v.value.property == value.property and v.place.first != place.first for v in before):
        raise DataError(
            f"a second value of {value.property} in one row",
            where=place.column.column,
            remedy="Put replicates into rows of their own, or name their columns as "
            "replicate_columns of one value in the mapping.",
        )


def states_a_number(found: Sequence[Place], cells: Mapping[str, str]) -> bool:
    """Return whether a row that says that nothing was made has a number all the same."""
    for place in found:
        cell = cells[place.column.column]
        try:
            if read_cell(cell, decimal_comma=place.decimal_comma).value is not None:
                return True
        except DataError:
            continue  # no number; the word of the status column says what became of it
    return False
