# SPDX-License-Identifier: Apache-2.0
"""Reads one cell under the meaning of its column: a value, a status, or a refusal with remedy.

What a row is worth as a whole, and whose value it is, is for ``intake``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal

from attrs import evolve, frozen

from loopwright.core.errors import DataError
from loopwright.core.values import Relation, Status
from loopwright.data.mapping import ColumnMapping, ValueColumn
from loopwright.data.naming import is_unitless
from loopwright.data.numbers import NO_VALUE, read_cell, read_relation
from loopwright.data.text import unharmed
from loopwright.science.units import (
    canonical,
    convert,
    convert_spread,
    flip,
    is_mass_per_volume,
    is_molar,
    molar_from_mass,
    to_p,
)

__all__ = ["FAILED", "Value", "Weight", "cell_of", "status_of", "values_of", "word_of", "worse"]

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
    spread: float | None = None
    """In ``unit``; on the p-scale in ``given``, for a spread has no logarithm."""

    n: int | None = None
    """How many measurements the cell says that the value is made of."""

    end: Literal["", "lower", "upper"] = ""
    """Which end of the range that the cell states; blank if it states none."""

    doubt: str = ""
    """What speaks against the value; it is flagged then."""

    given: str = ""
    """The unit in which the cell stated it."""


@frozen(kw_only=True)
class Weight:
    """What one mole of a row's substance weighs."""

    g_per_mol: float
    doubt: str = ""


def values_of(
    cells: Mapping[str, str],
    column: ValueColumn,
    *,
    decimal_comma: bool,
    has_failed: bool,
    weigh: Callable[[], Weight] | None = None,
    wanted: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Value, ...]:
    """Return what one cell says under its column's meaning: nothing, a value, or two bounds.

    A failed row has no number whatever its cell says, but it keeps the property. A range is two
    bounds. A mass per volume becomes molar where the column or the goal wants that.

    Args:
        cells: The row.
        column: What the cell means.
        decimal_comma: Whether the column writes 1.5 as ``1,5``.
        has_failed: Whether the row's status says that there is no number.
        weigh: Says what the row's substance weighs; None if nobody can.
        wanted: Property -> unit that its values must convert into.

    Raises:
        DataError: The cell cannot be used; ``where`` is its column.
    """
    cell = cells[column.column]
    stated = cell_of(cells, column.property_column)
    kept_as = f"{'p' * column.as_p}{stated}" if stated else column.property
    unit = "1" if column.as_p else column.unit
    if has_failed:
        unit = unit or cell_of(cells, column.unit_column)
        failed = Value(property=kept_as, relation="=", value=None, unit=unit)
        return (failed,) if kept_as else ()
    try:
        reading = read_cell(cell, decimal_comma=decimal_comma)
        if reading.value is None:
            return ()
        if not kept_as:
            raise DataError(
                "the row does not say what was measured",
                remedy=f"Fill the column {column.property_column!r}.",
            )
        beside = cell_of(cells, column.relation_column)
        relation = _relation(reading.relation, beside, is_turned=column.turned)
        given = _unit(reading.unit, cell_of(cells, column.unit_column), column, kept_as)
        kept_in = unit or given
        if is_mass_per_volume(kept_in) and is_molar(wanted.get(kept_as, "")):
            kept_in = wanted[kept_as]
        said = Value(
            property=kept_as,
            relation=relation,
            value=reading.value,
            unit=given,
            given=given,
            spread=reading.spread,
            n=reading.n,
        )
        ends = _ends(said, reading.upper)
        return tuple(_kept(end, kept_in, as_p=column.as_p, weigh=weigh) for end in ends)
    except DataError as ex:
        raise DataError(ex.what, where=column.column, remedy=ex.remedy) from ex


def _ends(said: Value, upper: float | None) -> tuple[Value, ...]:
    """Return a value as it is, or the two bounds of a range."""
    if upper is None:
        return (said,)
    if said.relation != "=":
        raise DataError(
            f"a range with {said.relation!r} beside it",
            remedy="Give the range, or one bound with its relation.",
        )
    low = evolve(said, relation=">=", end="lower")
    return low, evolve(low, relation="<=", value=upper, end="upper")


def _kept(said: Value, kept_in: str, *, as_p: bool, weigh: Callable[[], Weight] | None) -> Value:
    """Return a value in the unit in which it is kept, or on the p-scale."""
    if is_mass_per_volume(said.unit) and (as_p or is_molar(kept_in)):
        said = _weighed(said, "uM" if as_p else kept_in, weigh)
    assert said.value is not None, "a cell without a number was passed over"
    if as_p:
        p = to_p(said.value, said.unit)
        return evolve(said, relation=flip(said.relation), value=p, unit="1")
    value = convert(said.value, said.unit, kept_in)
    spread = None if said.spread is None else convert_spread(said.spread, said.unit, kept_in)
    return evolve(said, value=value, unit=kept_in, spread=spread)


def _weighed(said: Value, unit: str, weigh: Callable[[], Weight] | None) -> Value:
    """Return a mass per volume as moles per volume."""
    if weigh is None:
        raise DataError(
            f"a mass per volume ({said.unit}), and nobody can say what a mole weighs",
            remedy="Give the value in moles per litre.",
        )
    weight = weigh()
    value, spread = (
        None
        if number is None
        else molar_from_mass(number, said.unit, unit, g_per_mol=weight.g_per_mol)
        for number in (said.value, said.spread)
    )
    return evolve(said, value=value, spread=spread, unit=unit, given=unit, doubt=weight.doubt)


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


def _unit(in_cell: str, beside: str, column: ValueColumn, property: str) -> str:
    """Return the unit in which the cell is given: the cell's, the row's or the column's."""
    if in_cell and beside and canonical(in_cell) != canonical(beside):
        raise DataError(
            f"the cell says {in_cell!r} and the unit column {beside!r}",
            remedy="Keep the unit in one place.",
        )
    stated = in_cell or beside
    if stated:
        return stated if stated == column.unit else canonical(stated)
    if not column.unit and is_unitless(property) and not column.as_p:
        return "1"
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


def worse(status: Status) -> Status:
    """Return the status of a row with a doubt."""
    return "flagged" if status == "valid" else status
