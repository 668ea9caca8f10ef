# SPDX-License-Identifier: Apache-2.0
"""What a data file says of the campaign that is made for it: property, unit, kind of matter."""

from __future__ import annotations

from itertools import islice

from attrs import frozen

from loopwright.core.errors import DataError
from loopwright.core.values import RawFile, RawTable
from loopwright.data.guess import guess
from loopwright.data.mapping import ColumnMapping, ValueColumn
from loopwright.loop.tabling import SAMPLE_ROWS, read_tables
from loopwright.loop.written import (
    AS_PROTEINS,
    MOLECULES,
    PROTEINS,
    chained_in,
    demand_matter,
    proteins_told,
    written_in,
)
from loopwright.science.units import canonical, is_molar
from loopwright.spec.campaign import Choice

__all__ = ["FirstFile", "first_file"]

_NOBODY = (
    "Call a column smiles, sequence, name or the like; or leave out --from, and say with "
    "`loopwright ingest FILE --mapping TOML` what the columns mean."
)


@frozen(kw_only=True)
class FirstFile:
    """What a file says of a campaign."""

    property: str
    unit: str
    modality: Choice
    """With a name for each chain, where the file writes several."""


def first_file(file: RawFile, property: str, modality: Choice) -> FirstFile:
    """Return what a file says of a campaign.

    Args:
        file: The first data, or a library without values.
        property: What is to be optimised; blank for the first that the file shows.
        modality: Kind of matter that is expected.

    Raises:
        DataError: The file cannot be read, names no candidates, holds proteins where molecules
            are expected, or shows no value of the property; a property must be named where it
            shows no value at all.
    """
    tables = read_tables(file)
    chosen, unit = _goal_of([table for _, table in tables], property, modality.name, file.name)
    if modality.name == PROTEINS:
        modality = chained_in(tables, modality)
    return FirstFile(property=chosen, unit=unit, modality=modality)


def _goal_of(tables: list[RawTable], property: str, modality: str, file: str) -> tuple[str, str]:
    """Return property and unit of a data file: as asked for, or the first that it shows."""
    table, value = _first_value(tables, property, modality, file)
    if value is None:
        return property, "1"
    rows = [cells for _, cells in islice(table, SAMPLE_ROWS)]
    if not property and is_molar(value.unit) and not value.as_p:
        # Potencies spread over decades: the p-scale is what a model can learn.
        return f"p{value.property}", "1"
    if value.property:
        return value.property, "1" if value.as_p else value.unit or "1"
    named = next((r[value.property_column] for r in rows if r[value.property_column]), property)
    chosen = property or named
    units = [r[value.unit_column] for r in rows if value.unit_column]
    given = [u for u, r in zip(units, rows, strict=False) if r[value.property_column] == chosen]
    stated = next((u.strip() for u in given if u.strip()), "1")
    return chosen, "1" if value.as_p else canonical(stated)


def _first_value(
    tables: list[RawTable], property: str, modality: str, file: str
) -> tuple[RawTable, ValueColumn | None]:
    """Return the first column of wanted values and its table; none if no table has any values."""
    refusals: list[DataError] = []
    read: list[RawTable] = []
    has_values = False
    for table in tables:
        try:
            found = _meant(table, modality, file)
        except DataError as ex:
            refusals.append(ex)
            continue
        has_values = has_values or bool(found.values)
        read.append(table)
        wanted = _guess(table, modality, property) if property else found
        if wanted.values:
            return table, wanted.values[0]
    if not read:
        raise refusals[0]
    if property and not has_values:
        return read[0], None
    raise _no_value(read[0], property, file)


def _meant(table: RawTable, modality: str, file: str) -> ColumnMapping:
    """Return what the columns of a table mean; refuse other matter, and a table of nobody."""
    try:
        found = _guess(table, modality)
    except DataError as ex:
        are_proteins = modality == MOLECULES and proteins_told(table)
        raise DataError(
            ex.what, where=file, remedy=AS_PROTEINS if are_proteins else _NOBODY
        ) from ex
    demand_matter(table, found, modality, file)
    return found


def _guess(table: RawTable, modality: str, property: str = "") -> ColumnMapping:
    return guess(
        table.columns,
        [cells for _, cells in islice(table, SAMPLE_ROWS)],
        properties=(property,) if property else (),
        needs_values=False,
        written=written_in(table, modality),
    )


def _no_value(table: RawTable, property: str, file: str) -> DataError:
    """Return the refusal of a table without the value that is looked for."""
    columns = ", ".join(repr(c[:60]) for c in table.columns[:60])
    if property:
        what, remedy = f"No column holds values of {property!r}", "Name one that does"
    else:
        what, remedy = "No column holds a value by its name", "Say what is to be optimised"
    return DataError(
        f"{what}; the columns are {columns}", where=file, remedy=f"{remedy}, with --property."
    )
