# SPDX-License-Identifier: Apache-2.0
"""Guesses what columns mean from their names, and says so when it cannot.

A guess is shown to a person and stored; it never guesses a unit of concentration.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import chain
from typing import Any

from attrs import evolve

from loopwright.core.errors import DataError
from loopwright.data.beside import replicates, with_spread
from loopwright.data.drawn import looks_drawn
from loopwright.data.mapping import ColumnMapping, ValueColumn
from loopwright.data.naming import (
    IS_P,
    IS_POTENCY,
    LONGEST_NAME,
    PERCENT,
    is_quantity,
    plain,
    split,
    without_mean,
)
from loopwright.data.numbers import read_cell, read_relation
from loopwright.data.vocabulary import (
    ASIDE,
    GENERIC,
    NAMELESS,
    NAMES,
    PLATE_BESIDE_WELLS,
    PROPERTY,
    QUALIFIER,
    SEQUENCE,
    UNIT,
    VALUE,
    bears,
    is_potency,
)
from loopwright.science.units import is_molar

__all__ = ["guess"]

_AGAIN = re.compile(r" #[0-9]+$")
"""What a reader appends to the second column of a name."""

_CONDITIONS = {
    "assay type", "assay format", "bao label", "strain", "assay strain", "tissue",
    "assay tissue name", "assay tissue", "matrix", "assay subcellular fraction", "variant",
    "mutation", "assay variant mutation", "readout technology", "detection",
}  # fmt: skip
"""Columns that tell one assay from another, beside those with a role of their own."""

_READING = re.compile(
    r"(?:raw data|raw value|signal|reading|intensity|absorbance|fluorescence|luminescence|od|abs|"
    r"rfu|rlu|mfi|counts?|cps|z ?score|mean|ratio|optical density)(?:\W.*|[0-9].*)?"
)
"""What a column of a table of wells may be called that holds readings; ``plain`` before."""


def guess(
    columns: Sequence[str],
    sample_rows: Sequence[Mapping[str, str]] = (),
    *,
    properties: Sequence[str] = (),
    needs_values: bool = True,
    unit: str = "",
    written: Sequence[str] = (),
) -> ColumnMapping:
    """Guess the meaning of columns from well-known names.

    Args:
        columns: The names, as the table has them.
        sample_rows: Some rows, by column; a value column without a number in them is passed over.
        properties: The properties that are wanted; others are then left out.
        needs_values: Whether a table without values is refused.
        unit: Unit of the concentrations whose columns name none; blank if the file states none.
        written: Columns that write the candidate, where none is called a structure; several
            write it together.

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
    parts = tuple(written) if len(written) > 1 and not roles["structure"] else ()
    roles["structure"] = roles["structure"] or "".join(written if len(written) == 1 else ())
    roles["name"] = roles["name"] or _numbered(columns, set(roles.values()))
    if roles["well"]:
        roles["plate"] = roles["plate"] or _find(known, PLATE_BESIDE_WELLS)
    if roles["target"] and _holds(roles["target"], sample_rows) and any(sample_rows):
        roles["target"] = ""  # numbers: what a model is to learn, in some tables
    who = ("candidate_id", "structure", "name", "sample", "well")
    if not (parts or any(roles[r] for r in who)):
        roles["structure"] = next(iter(drawn_columns(columns, sample_rows)), "")
    if not (parts or any(roles[r] for r in who)):
        raise _refusal("structure", "names a candidate", columns, "structure (or candidate_id)")
    taken = {c for c in (*roles.values(), *parts) if c}
    roles["conditions"] = tuple(c for c in columns if plain(c) in _CONDITIONS and c not in taken)
    taken.update(roles["conditions"])
    found = _values(columns, sample_rows, properties, taken, unit, has_wells=bool(roles["well"]))
    values = _chosen(found, properties)
    if not values and needs_values:
        raise _refusal("values", "holds a value", columns, "values (column, property, unit)")
    return ColumnMapping(**roles, parts=parts, values=values)


def _values(
    columns: Sequence[str],
    rows: Sequence[Mapping[str, str]],
    properties: Sequence[str],
    taken: Collection[str],
    stated: str,
    *,
    has_wells: bool,
) -> tuple[ValueColumn, ...]:
    """Return every column of values, with what stands beside it."""
    known = {plain(c): c for c in reversed(columns)}
    after = dict(zip(columns, [*columns[1:], ""], strict=True))

    def meaning(header: str) -> ValueColumn | None:
        following = after.get(header, "")
        return _value_column(
            header, known, properties, following=following, stated=stated, has_wells=has_wells
        )

    found = _long(known, rows, properties)
    if found:
        return with_spread(found, columns, rows, meaning)
    numbered = {**_repeated(columns, taken, meaning), **replicates(columns, taken, meaning)}
    further = {c for v in numbered.values() for c in v.replicate_columns}
    repeated = {v.property for v in numbered.values()}
    found = tuple(
        v
        for c in columns
        if c not in taken and c not in further and plain(c) != "replicate"
        for v in (numbered.get(c) or meaning(c),)
        if v and (c in numbered or v.property not in repeated) and (_is_sure(c) or _holds(c, rows))
    )
    words = {plain(p) for p in properties}
    wanted = {c for c in columns if plain(c) in words}
    return _related(with_spread(found, columns, rows, meaning, wanted=wanted), columns, known, rows)


def _repeated(
    columns: Sequence[str], taken: Collection[str], meaning: Callable[[str], ValueColumn | None]
) -> dict[str, ValueColumn]:
    """Return the values whose column comes several times under one name: replicates."""
    again: dict[str, list[str]] = {}
    for column in columns:
        first = _AGAIN.sub("", column)
        if first != column and first in columns and not {first, column} & set(taken):
            again.setdefault(first, []).append(column)
    found = {first: meaning(first) for first in again}
    return {c: evolve(v, replicate_columns=tuple(again[c])) for c, v in found.items() if v}


def _find(known: Mapping[str, str], names: Sequence[str]) -> str:
    """Return the first column that bears one of the names, the best name first."""
    return next((known[n] for n in names if n in known), "")


def _drawn(columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> str:
    """Return the column that holds mol blocks; it goes before any other structure."""
    return next((c for c in columns if any("M  END" in row.get(c, "") for row in rows)), "")


def _numbered(columns: Sequence[str], taken: Collection[str]) -> str:
    """Return the first column that ends in ``id`` and is nothing else: ``OSM_ID``, ``Cmpd ID``."""
    return next((c for c in columns if c not in taken and plain(c).endswith(" id")), "")


def drawn_columns(columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    """Return the columns whose cells read like SMILES; only asked where no name helps."""
    return tuple(c for c in columns if looks_drawn([row.get(c, "") for row in rows]))


def _value_column(
    column: str,
    known: Mapping[str, str],
    properties: Sequence[str],
    *,
    following: str,
    stated: str,
    has_wells: bool,
) -> ValueColumn | None:
    """Return what a column of values means, or None if it does not look like one."""
    if len(column) > LONGEST_NAME:
        return None
    stem, unit = split(column)
    if is_quantity(without_mean(stem)):
        stem = without_mean(stem)
    word = plain(stem)
    wanted = {plain(p): p for p in properties}
    is_wanted = _wanted_name(column, stem, properties)
    words = set(word.split())
    if words & ASIDE and not (is_wanted or unit):
        return None
    if IS_P.fullmatch(word) or IS_P.fullmatch(plain(column)):
        unit = "1"
    elif words & PERCENT and ("%" in column or word in PERCENT):
        unit = "%" if "%" in column else unit or "%"
    elif (
        word in GENERIC
        or (has_wells and _READING.fullmatch(word))
        or (is_wanted and not IS_POTENCY.fullmatch(word))
    ):
        unit = unit or "1"
    elif not unit and is_potency(word):
        unit = "" if (beside := _unit_column(column, word, known, following)) else stated
        if not (unit or beside or IS_POTENCY.fullmatch(word)):
            return None  # one of many columns, and no word of its unit anywhere
    elif not unit:
        return None
    as_p = wanted.get(f"p{word}") if is_molar(unit) or not unit else None
    return ValueColumn(
        column=column,
        property=as_p or is_wanted or stem,
        unit=unit,
        unit_column="" if unit else _unit_column(column, word, known, following),
        as_p=as_p is not None,
    )


def _unit_column(column: str, short: str, known: Mapping[str, str], following: str) -> str:
    """Return the column that states the unit of this one, or of the whole table."""
    full = plain(column)
    own = [form for w in UNIT for form in (f"{short} {w}", f"{w} {short}", f"{full} {w}")]
    if found := _find(known, own):
        return found
    if plain(_AGAIN.sub("", following)) in UNIT:
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
        names = {short, plain(v.column), plain(split(v.column)[0])}
        own = [form for n in names for w in QUALIFIER for form in (f"{n} {w}", f"{w} {n}")]
        if (found := _find(known, own)) and _holds_relations(found, rows, or_blank=True):
            told[v.column] = found
    for place, column in enumerate(columns):
        word = plain(_AGAIN.sub("", column))
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
    whole = plain(column)
    for wanted in properties:
        word = plain(wanted)
        if word in {whole, plain(stem)}:
            return wanted
        if IS_P.fullmatch(word) and re.search(rf"\b{re.escape(word)}\b", whole):
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


def _is_sure(column: str) -> bool:
    """Return whether a name can only be that of numbers, so that other cells are at fault."""
    short = plain(split(column)[0])
    return IS_P.fullmatch(short) is not None or (
        IS_POTENCY.fullmatch(short) is not None and short != "potency"
    )


def _holds(column: str, rows: Sequence[Mapping[str, str]]) -> bool:
    """Return whether a sampled cell of the column is a number, or none was sampled."""
    cells = [row.get(column, "") for row in rows]
    for cell in cells:
        try:
            if read_cell(cell, decimal_comma=True).value is not None:
                return True
        except DataError:
            continue
    return not any(cell.strip() for cell in cells)


def _chosen(found: tuple[ValueColumn, ...], properties: Sequence[str]) -> tuple[ValueColumn, ...]:
    """Keep the wanted columns; a lone column of no name of its own takes the wanted name."""
    distinct = {v.property: v for v in sorted(reversed(found), key=lambda v: not v.as_p)}
    ordered = tuple(v for v in found if distinct[v.property] is v)
    if not properties:
        return ordered
    exact = tuple(v for v in ordered if v.property_column or v.property in properties)
    generic = [v for v in ordered if plain(v.property) in NAMELESS and v.unit == "1"]
    if not exact and len(properties) == 1 and len(generic) == 1:
        lone = generic[0]
        return (evolve(lone, property=properties[0]),)
    return exact


def _refusal(key: str, does: str, columns: Sequence[str], keys: str) -> DataError:
    listed = ", ".join(repr(c[:60]) for c in columns[:60])
    are_proteins = key == "structure" and any(plain(c) in SEQUENCE for c in columns)
    hint = " Sequences are read as proteins: `--modality proteins`." if are_proteins else ""
    return DataError(
        f"No column {does} by its name; the columns are {listed}",
        where=f"mapping.{key}",
        remedy=f"Set {keys} in the mapping.{hint}",
    )
