# SPDX-License-Identifier: Apache-2.0
"""Reads one cell under the meaning of its column: a value, a status, or a refusal with remedy.

What a row is worth as a whole, and whose value it is, is for ``intake``.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from loopwright.core.errors import DataError
from loopwright.core.values import Relation, Status
from loopwright.data.mapping import ColumnMapping, ValueColumn
from loopwright.data.numbers import NO_VALUE, read_number, read_relation
from loopwright.data.text import unharmed
from loopwright.science.units import canonical, convert, flip, to_p

__all__ = ["FAILED", "Value", "cell_of", "status_of", "value_of", "word_of"]

_GOOD = frozenset({
    "", "ok", "okay", "done", "made", "pass", "passed", "valid", "success", "successful",
    "measured", "complete", "completed",
})  # fmt: skip
_EXCLUDED = frozenset({
    "excluded", "exclude", "invalid", "rejected", "reject", "discarded", "outlier",
})  # fmt: skip
FAILED = frozenset({
    "failed", "fail", "failure", "not_made", "unmade", "cancelled", "canceled", "skipped",
    "no_product", "aborted", "lost", "synthesis_failed", "not_measured",
})  # fmt: skip
"""Words of a status column which say that there is no number to be had."""


@frozen(kw_only=True)
class Value:
    """One cell, read: what is measured, how large, in what."""

    property: str
    relation: Relation
    value: float | None
    unit: str
    given: str = ""
    """The unit in which the cell stated it."""


def value_of(
    cells: Mapping[str, str], column: ValueColumn, *, decimal_comma: bool, has_failed: bool
) -> Value | None:
    """Return what one cell says under its column's meaning; None if it says nothing.

    A failed row has no number whatever its cell says, but it keeps the property.

    Raises:
        DataError: The cell cannot be used; ``where`` is its column.
    """
    cell = cells[column.column]
    stated = cell_of(cells, column.property_column)
    kept_as = f"{'p' * column.as_p}{stated}" if stated else column.property
    unit = "1" if column.as_p else column.unit
    if has_failed:
        unit = unit or cell_of(cells, column.unit_column)
        return Value(property=kept_as, relation="=", value=None, unit=unit) if kept_as else None
    try:
        reading = read_number(cell, decimal_comma=decimal_comma)
        if reading.value is None:
            return None
        if not kept_as:
            raise DataError(
                "the row does not say what was measured",
                remedy=f"Fill the column {column.property_column!r}.",
            )
        beside = cell_of(cells, column.relation_column)
        relation = _relation(reading.relation, beside, is_turned=column.turned)
        given = _unit(reading.unit, cell_of(cells, column.unit_column), column)
        if column.as_p:
            return Value(
                property=kept_as,
                relation=flip(relation),
                value=to_p(reading.value, given),
                unit="1",
                given=given,
            )
        kept_in = unit or given
        value = convert(reading.value, given, kept_in)
        return Value(property=kept_as, relation=relation, value=value, unit=kept_in, given=given)
    except DataError as ex:
        raise DataError(ex.what, where=column.column, remedy=ex.remedy) from ex


def _relation(in_cell: Relation, beside: str, *, is_turned: bool) -> Relation:
    """Return the one relation that the cell and its neighbour state together."""
    stated = read_relation(beside)
    if is_turned:
        stated = flip(stated)
    if "=" not in {in_cell, stated} and in_cell != stated:
        raise DataError(
            f"the cell says {in_cell!r} and the relation column {stated!r}",
            remedy="Keep the qualifier in one place.",
        )
    return stated if in_cell == "=" else in_cell


def _unit(in_cell: str, beside: str, column: ValueColumn) -> str:
    """Return the unit in which the cell is given: the cell's, the row's or the column's."""
    if in_cell and beside and canonical(in_cell) != canonical(beside):
        raise DataError(
            f"the cell says {in_cell!r} and the unit column {beside!r}",
            remedy="Keep the unit in one place.",
        )
    stated = in_cell or beside
    if stated:
        return stated if stated == column.unit else canonical(stated)
    if not column.unit:
        raise DataError(
            "the value has no unit",
            remedy=f"Set the unit of {column.column!r} in the mapping; write '1' for none.",
        )
    return column.unit


# ---- how sure
def status_of(mapping: ColumnMapping, cells: Mapping[str, str]) -> tuple[Status, str]:
    """Return what the file itself says about the row; a word nobody knows is a doubt."""
    said = cell_of(cells, mapping.status)
    word = word_of(cells, mapping.status)
    made = cell_of(cells, mapping.made)
    note = "" if made.lower() in NO_VALUE else "made instead of what was ordered"
    if word in _GOOD:
        return "valid", note
    reason = "; ".join(r for r in (f"the file says {said[:80]!r}", note) if r)
    return ("excluded" if word in FAILED | _EXCLUDED else "flagged"), reason


def word_of(cells: Mapping[str, str], column: str) -> str:
    """Return the text of a column as one lower-case word."""
    return "_".join(cell_of(cells, column).lower().split())


def cell_of(cells: Mapping[str, str], column: str) -> str:
    """Return the stripped text of a column, as it was before it was made harmless; or blank."""
    return unharmed(cells[column].strip()) if column else ""
