# SPDX-License-Identifier: Apache-2.0
"""What the columns of a plain table mean: who stands in a row, and where its values are.

A column whose name does not say of what its values are, ``Y`` or ``affinity``, may stand for a
property that no column names. It stands for one only, and that it does is told. So is a column
without any name whose cells are taken for structures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from attrs import evolve

from loopwright.core.errors import DataError
from loopwright.core.values import RawTable
from loopwright.data.cells import FAILED, word_of
from loopwright.data.guess import guess
from loopwright.data.long import said_in
from loopwright.data.mapping import ColumnMapping, ValueColumn
from loopwright.data.naming import plain, split
from loopwright.data.text import has_no_name
from loopwright.data.vocabulary import NAMELESS
from loopwright.loop.tabling import SAMPLE_ROWS, demand_column

__all__ = ["in_words", "mapping_of", "stand_ins"]


def mapping_of(
    table: RawTable,
    *,
    properties: Sequence[str],
    written: Sequence[str] = (),
    settings: Sequence[str] = (),
) -> ColumnMapping:
    """Return the columns of structure, chains or settings, and values: as asked, or by names.

    The values stand in the order of ``properties``.

    Raises:
        DataError: There is no such column, or a nameless one would have to stand for two.
    """
    for option, columns in (("--structure", written), ("--settings", settings)):
        for column in columns:
            demand_column(table, column, option)
    at = next(iter((*written, *settings)), "")
    each = [_mapping_of(table, property, at) for property in properties]
    values = tuple(mapping.values[0] for mapping in each)
    _demand_own(table, values)
    taken = {*written, *settings, *(value.column for value in values)}
    status = next((m.status for m in each if m.status not in taken), "")
    status = _telling(table, status)
    if settings:
        return ColumnMapping(parts=tuple(settings), status=status, values=values)
    is_one = len(written) < 2
    return ColumnMapping(
        structure=(at or each[0].structure) if is_one else "",
        parts=() if is_one else tuple(written),
        name=each[0].name if each[0].name not in taken else "",
        status=status,
        values=values,
    )


def stand_ins(mapping: ColumnMapping, structure: str) -> Mapping[str, str]:
    """Return property -> the nameless column that is taken for it, where no column names it.

    Args:
        mapping: As ``mapping_of`` returns it.
        structure: The column of structures that somebody asked for; blank if nobody did.
    """
    found = {v.property: v.column for v in mapping.values if _is_stand_in(v)}
    if not structure and has_no_name(mapping.structure):
        found = {"structure": mapping.structure, **found}
    return MappingProxyType(found)


def in_words(stand_ins: Mapping[str, str]) -> tuple[str, ...]:
    """Say of each property which column is taken for it."""
    return tuple(
        f"{property}: no column is named so; read from {column!r}"
        for property, column in stand_ins.items()
    )


def _is_stand_in(value: ValueColumn) -> bool:
    names = {plain(value.column), plain(split(value.column)[0])}
    return (
        not value.property_column and bool(names & NAMELESS) and not names & {plain(value.property)}
    )


def _demand_own(table: RawTable, values: Sequence[ValueColumn]) -> None:
    """Refuse a nameless column that would stand for a property beside another one."""
    for value in values:
        n_users = sum(value.column == other.column for other in values)
        if n_users > 1 and _is_stand_in(value):
            demand_column(table, value.property, "--goal or --screen")


def _telling(table: RawTable, status: str) -> str:
    """Return the column of a row's status if it says of any row that it failed; else blank."""
    return status if any(word_of(cells, status) in FAILED for _, cells in table) else ""


def _mapping_of(table: RawTable, property: str, structure: str) -> ColumnMapping:
    rows = [cells for _, (_, cells) in zip(range(SAMPLE_ROWS), table, strict=False)]
    try:
        found = guess(table.columns, rows, properties=(property,), needs_values=False)
    except DataError:
        if not structure:
            raise
        found = ColumnMapping(structure=structure)
    if found.values and found.values[0].property:
        return found
    if (said := said_in(table)) and property not in table.columns:
        raise DataError(
            f"No row names {property!r}; the rows name {', '.join(said)}"[:400],
            where="--property",
            remedy="Name one of them, or a column.",
        )
    demand_column(table, property, "--property")
    return evolve(found, values=(ValueColumn(column=property, property=property, unit="1"),))
