# SPDX-License-Identifier: Apache-2.0
"""Guesses what columns mean from their names, and says so when it cannot.

A guess is shown to a person and stored; it never guesses a unit of concentration.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from typing import Any

from attrs import evolve

from loopwright.core.errors import DataError
from loopwright.data.grid import looks_drawn
from loopwright.data.mapping import ColumnMapping, ValueColumn
from loopwright.data.numbers import read_number, read_relation
from loopwright.data.vocabulary import (
    ASIDE,
    GENERIC,
    IS_P,
    IS_POTENCY,
    NAMES,
    PERCENT,
    PROPERTY,
    QUALIFIER,
    UNIT,
    VALUE,
    bears,
    is_potency,
    plain,
    unit_in,
)
from loopwright.science.units import is_molar

__all__ = ["guess"]

LONGEST_NAME = 200
"""Characters; a longer column name is nobody's name for a property."""

_REPLICATE = re.compile(
    r"^(?P<base>.+?)(?P<how>\s*#|[\s_.-]+(?:rep\.?|replicate|run|exp|n)?[\s_.#-]*)(?P<n>[0-9]{1,2})$",
    re.IGNORECASE,
)


def guess(
    columns: Sequence[str],
    sample_rows: Sequence[Mapping[str, str]] = (),
    *,
    properties: Sequence[str] = (),
    needs_values: bool = True,
    unit: str = "",
) -> ColumnMapping:
    """Guess the meaning of columns from well-known names.

    Args:
        columns: The names, as the table has them.
        sample_rows: Some rows, by column; a value column without a number in them is passed over.
        properties: The properties that are wanted; others are then left out.
        needs_values: Whether a table without values is refused.
        unit: Unit of the concentrations whose columns name none; blank if the file states none.

    Raises:
        DataError: No column names a candidate, or none holds a wanted value; the message
            lists the columns and the key to set.
    """
    known = {plain(c): c for c in reversed(columns)}
    roles: dict[str, Any] = {role: _find(known, names) for role, names in NAMES.items()}
    if _holds_relations(roles["measured_by"], sample_rows):
        roles["measured_by"] = ""
    lettered = next((c for c in columns if bears(c, "structure")), "")
    roles["structure"] = _drawn(columns, sample_rows) or roles["structure"] or lettered
    roles["name"] = roles["name"] or _numbered(columns, set(roles.values()))
    if not any(roles[r] for r in ("candidate_id", "structure", "name", "sample", "well")):
        roles["structure"] = _written(columns, sample_rows)
    if not any(roles[r] for r in ("candidate_id", "structure", "name", "sample", "well")):
        raise _refusal("structure", "names a candidate", columns, "structure (or candidate_id)")
    taken = {c for c in roles.values() if c}
    numbers = _replicates(columns)
    found = _long(known, sample_rows, properties) or _related(
        [
            v
            for c, following in zip(columns, [*columns[1:], ""], strict=True)
            if c not in taken
            and (
                v := _value_column(
                    c, known, properties, following=following, numbered=numbers.get(c), stated=unit
                )
            )
            and (_is_plain(c) or _holds(c, sample_rows))
        ],
        columns,
        known,
        sample_rows,
    )
    values = _chosen(found, properties)
    if not values and needs_values:
        raise _refusal("values", "holds a value", columns, "values (column, property, unit)")
    return ColumnMapping(**roles, values=values)


def _find(known: Mapping[str, str], names: Sequence[str]) -> str:
    """Return the first column that bears one of the names, the best name first."""
    return next((known[n] for n in names if n in known), "")


def _drawn(columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> str:
    """Return the column that holds mol blocks; it goes before any other structure."""
    return next((c for c in columns if any("M  END" in row.get(c, "") for row in rows)), "")


def _numbered(columns: Sequence[str], taken: Collection[str]) -> str:
    """Return the first column that ends in ``id`` and is nothing else: ``OSM_ID``, ``Cmpd ID``."""
    return next((c for c in columns if c not in taken and plain(c).endswith(" id")), "")


def _written(columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> str:
    """Return the first column whose cells read like SMILES; only asked where no name helps."""
    return next((c for c in columns if looks_drawn([row.get(c, "") for row in rows])), "")


def _replicates(columns: Sequence[str]) -> dict[str, tuple[str, int]]:
    """Return (name without number, number) of columns that count replicates: 1, 2, 3 ..."""
    groups: dict[str, dict[str, tuple[str, int]]] = {}
    for column in columns:
        doubled = re.fullmatch(r"(.+) #([0-9]+)", column)
        stem, unit = unit_in(doubled[1] if doubled else column)
        found = _REPLICATE.match(stem)
        if doubled:
            base, number = stem, int(doubled[2])
        elif found and not IS_POTENCY.fullmatch(plain(stem)):
            base, number = found["base"], int(found["n"])
        else:
            base, number = stem, 1
        groups.setdefault(f"{plain(base)} {unit}", {})[column] = (base, number)
    return {
        column: numbered
        for group in groups.values()
        if len(group) > 1 and sorted(n for _, n in group.values()) == [*range(1, len(group) + 1)]
        for column, numbered in group.items()
    }


def _value_column(
    column: str,
    known: Mapping[str, str],
    properties: Sequence[str],
    *,
    following: str,
    numbered: tuple[str, int] | None,
    stated: str,
) -> ValueColumn | None:
    """Return what a column of values means, or None if it does not look like one."""
    if len(column) > LONGEST_NAME:
        return None
    stem, unit = unit_in(re.sub(r" #[0-9]+$", "", column) if numbered else column)
    stem = numbered[0] if numbered else stem
    short = plain(stem)
    wanted = {plain(p): p for p in properties}
    is_wanted = _wanted_name(column, stem, properties)
    words = set(short.split())
    if words & ASIDE and not is_wanted:
        return None
    if IS_P.fullmatch(short) or IS_P.fullmatch(plain(column)):
        unit = "1"
    elif words & PERCENT and ("%" in column or short in PERCENT):
        unit = "%" if "%" in column else unit or "%"
    elif short in GENERIC or (is_wanted and not IS_POTENCY.fullmatch(short)):
        unit = unit or "1"
    elif not unit and is_potency(short):
        unit = "" if (beside := _unit_column(column, short, known, following)) else stated
        if not (unit or beside or IS_POTENCY.fullmatch(short)):
            return None  # one of many columns, and no word of its unit anywhere
    elif not unit:
        return None
    as_p = wanted.get(f"p{short}") if is_molar(unit) or not unit else None
    return ValueColumn(
        column=column,
        property=as_p or is_wanted or stem,
        unit=unit,
        unit_column="" if unit else _unit_column(column, short, known, following),
        as_p=as_p is not None,
        replicate=numbered[1] if numbered else 0,
    )


def _unit_column(column: str, short: str, known: Mapping[str, str], following: str) -> str:
    """Return the column that states the unit of this one, or of the whole table."""
    full = plain(column)
    own = [form for w in UNIT for form in (f"{short} {w}", f"{w} {short}", f"{full} {w}")]
    if found := _find(known, own):
        return found
    if plain(re.sub(r" #[0-9]+$", "", following)) in UNIT:
        return following
    return _find(known, UNIT)


def _related(
    values: Sequence[ValueColumn],
    columns: Sequence[str],
    known: Mapping[str, str],
    rows: Sequence[Mapping[str, str]],
) -> tuple[ValueColumn, ...]:
    """Give each value its column of relations: its own, its neighbour, or that of its twin.

    A column of relations without a name of its own belongs to one scale. A p-value beside it
    gets it turned round: what is above 10 uM is below a pIC50 of 5.
    """
    by_name = {v.column: v for v in values}
    told: dict[str, str] = {}
    if not values:
        return ()
    for v in values:
        short = plain(v.property if not v.as_p else v.property[1:])
        names = {short, plain(v.column), plain(unit_in(v.column)[0])}
        own = [form for n in names for w in QUALIFIER for form in (f"{n} {w}", f"{w} {n}")]
        if (found := _find(known, own)) and _holds_relations(found, rows, or_blank=True):
            told[v.column] = found
    for place, column in enumerate(columns):
        word = plain(re.sub(r" #[0-9]+$", "", column))
        if word not in QUALIFIER or not _holds_relations(column, rows, or_blank=True):
            continue
        if len(told) == len(values):
            break
        near = chain(columns[place + 1 : place + 2], columns[max(place - 1, 0) : place])
        near = chain(near, columns[place + 1 :], reversed(columns[:place]))
        owner = next((c for c in near if c in by_name and c not in told), "")
        if owner:
            told[owner] = column
    related = [evolve(v, relation_column=told.get(v.column, "")) for v in values]
    shared = {_twin(v): v for v in related if v.relation_column}
    return tuple(
        evolve(v, relation_column=twin.relation_column, turned=True)
        if not v.relation_column and (twin := shared.get(_twin(v, is_other=True)))
        else v
        for v in related
    )


def _twin(value: ValueColumn, *, is_other: bool = False) -> tuple[str, bool]:
    """Return what the linear and the p-value of one quantity share, and on which scale it is."""
    short = plain(value.property)
    is_p = IS_P.fullmatch(short) is not None and not value.as_p
    stem = short.removeprefix("p").lstrip(" ") if is_p or value.as_p else short
    return stem, is_p is not is_other


def _holds_relations(
    column: str, rows: Sequence[Mapping[str, str]], *, or_blank: bool = False
) -> bool:
    """Return whether every sampled cell of a column is a relation, and one at least."""
    cells = [c for row in rows if (c := row.get(column, "").strip())] if column else []
    try:
        for cell in cells:
            read_relation(cell)
    except DataError:
        return False
    return bool(cells) or or_blank


def _wanted_name(column: str, stem: str, properties: Sequence[str]) -> str:
    """Return the wanted property that a header names, whole or as a word on the p-scale."""
    short = plain(column)
    for wanted in properties:
        word = plain(wanted)
        if word in {short, plain(stem)}:
            return wanted
        if IS_P.fullmatch(word) and re.search(rf"\b{re.escape(word)}\b", short):
            return wanted
    return ""


def _long(
    known: Mapping[str, str], rows: Sequence[Mapping[str, str]], properties: Sequence[str]
) -> tuple[ValueColumn, ...]:
    """Return the value column of a table whose rows name their property, as ChEMBL's do."""
    value = _find(known, VALUE)
    kind = _find(known, PROPERTY)
    if not (value and kind):
        return ()
    unit = _find(known, UNIT)
    kinds = {row[kind].strip() for row in rows if row.get(kind, "").strip()}
    are_potencies = all(IS_POTENCY.fullmatch(plain(k)) for k in kinds)
    has_units = any(row.get(unit, "").strip() for row in rows)
    return (
        ValueColumn(
            column=value,
            property_column=kind,
            unit="" if are_potencies or has_units else "1",
            unit_column=unit,
            relation_column=_find(known, ("standard relation", *QUALIFIER)),
            as_p=are_potencies and any(IS_P.fullmatch(plain(p)) for p in properties),
        ),
    )


def _is_plain(column: str) -> bool:
    """Return whether a name can only be that of numbers, so that other cells are at fault."""
    short = plain(unit_in(column)[0])
    return IS_P.fullmatch(short) is not None or (
        IS_POTENCY.fullmatch(short) is not None and short != "potency"
    )


def _holds(column: str, rows: Sequence[Mapping[str, str]]) -> bool:
    """Return whether a sampled cell of the column is a number, or none was sampled."""
    cells = [row.get(column, "") for row in rows]
    for cell in cells:
        try:
            if read_number(cell, decimal_comma=True).value is not None:
                return True
        except DataError:
            continue
    return not any(cell.strip() for cell in cells)


def _chosen(found: tuple[ValueColumn, ...], properties: Sequence[str]) -> tuple[ValueColumn, ...]:
    """Keep the wanted columns; a lone column of no name of its own takes the wanted name."""
    by_place = sorted(reversed(found), key=lambda v: not v.as_p)
    distinct = {(v.property, v.replicate): v for v in by_place}
    ordered = tuple(v for v in found if distinct[v.property, v.replicate] is v)
    if not properties:
        return ordered
    exact = tuple(v for v in ordered if v.property_column or v.property in properties)
    generic = [v for v in ordered if plain(v.property) in GENERIC and v.unit == "1"]
    if not exact and len(properties) == 1 and len(generic) == 1:
        lone = generic[0]
        return (
            ValueColumn(
                column=lone.column,
                property=properties[0],
                unit=lone.unit,
                relation_column=lone.relation_column,
            ),
        )
    return exact


def _refusal(key: str, does: str, columns: Sequence[str], keys: str) -> DataError:
    listed = ", ".join(repr(c[:60]) for c in columns[:60])
    return DataError(
        f"No column {does} by its name; the columns are {listed}",
        where=f"mapping.{key}",
        remedy=f"Set {keys} in the mapping.",
    )
