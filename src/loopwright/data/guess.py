# SPDX-License-Identifier: Apache-2.0
"""Guesses what columns mean from their names, and says so when it cannot.

A guess is shown to a person and stored; it never guesses a unit of concentration.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from attrs import evolve

from loopwright.core.errors import DataError
from loopwright.data.beside import replicates, with_spread
from loopwright.data.mapping import ColumnMapping, ValueColumn
from loopwright.data.naming import (
    IS_P,
    IS_POTENCY,
    PERCENT,
    is_quantity,
    plain,
    split,
    without_mean,
)
from loopwright.data.numbers import read_cell
from loopwright.science.units import is_molar

__all__ = ["guess"]

_NAMES: Mapping[str, tuple[str, ...]] = {
    "candidate_id": ("candidate id", "candidate"),
    "structure": (
        "smiles", "structure", "canonical smiles", "isomeric smiles", "standardized smiles",
        "rdkit smiles", "mol", "molblock", "drug", "recipe",
    ),
    "name": (
        "molecule chembl id", "compound id", "compound name", "compound", "name", "molecule name",
        "drug id", "zinc id", "id", "cid", "identifier", "title",
    ),
    "made": ("made", "made structure", "made smiles", "structure made", "actual structure"),
    "sample": ("sample id", "sample", "batch", "batch id", "lot", "lot id"),
    "assay": ("assay id", "assay", "assay chembl id", "assay name"),
    "assay_version": ("assay version", "protocol version", "protocol"),
    "species": ("assay organism", "species", "organism", "target organism"),
    "cell_line": ("assay cell type", "cell line", "cell type", "cells"),
    "target": ("target chembl id", "target", "target name", "target pref name"),
    "status": ("status", "synthesis status"),
    "plate": ("plate", "plate id", "plate barcode"),
    "well": ("well", "well id"),
    "measured_at": ("measured at", "measured on", "date", "run date"),
    "measured_by": ("measured by", "operator"),
    "order": ("order id", "order"),
}  # fmt: skip

_CONDITIONS = {
    "assay type", "assay format", "bao label", "strain", "assay strain", "tissue",
    "assay tissue name", "assay tissue", "matrix", "assay subcellular fraction", "variant",
    "mutation", "assay variant mutation", "readout technology", "detection",
}  # fmt: skip
"""Columns that tell one assay from another, beside those with a role of their own."""

LONGEST_NAME = 200
"""Characters; a longer column name is nobody's name for a property."""

_GENERIC = {
    "activity", "act", "affinity", "score", "y", "value", "target value", "label", "fitness",
    "response", "result", "readout", "replicate", "sol",
    "solubility", "logd", "logp", "logs", "dg", "titer",
}  # fmt: skip
_READING = re.compile(
    r"(?:raw data|raw value|signal|reading|intensity|absorbance|fluorescence|luminescence|od|abs|"
    r"rfu|rlu|mfi|counts?|cps|z ?score|mean|ratio|optical density)(?:\W.*|[0-9].*)?"
)
"""What a column of a table of wells may be called that holds readings; ``plain`` before."""

_QUALIFIER = ("relation", "qualifier", "operator", "modifier", "standard relation")


def guess(
    columns: Sequence[str],
    sample_rows: Sequence[Mapping[str, str]] = (),
    *,
    properties: Sequence[str] = (),
    needs_values: bool = True,
) -> ColumnMapping:
    """Guess the meaning of columns from well-known names.

    Args:
        columns: The names, as the table has them.
        sample_rows: Some rows, by column; a value column without a number in them is passed over.
        properties: The properties that are wanted; others are then left out.
        needs_values: Whether a table without values is refused.

    Raises:
        DataError: No column names a candidate, or none holds a wanted value; the message
            lists the columns and the key to set.
    """
    roles: dict[str, Any] = {role: _find(columns, names) for role, names in _NAMES.items()}
    roles["structure"] = _drawn(columns, sample_rows) or roles["structure"]
    roles["name"] = roles["name"] or _numbered(columns, set(roles.values()))
    if roles["target"] and _holds(roles["target"], sample_rows) and any(sample_rows):
        roles["target"] = ""  # numbers: what a model is to learn, in some tables
    if not any(roles[r] for r in ("candidate_id", "structure", "name", "sample", "well")):
        raise _refusal("structure", "names a candidate", columns, "structure (or candidate_id)")
    taken = {c for c in roles.values() if c}
    roles["conditions"] = tuple(c for c in columns if plain(c) in _CONDITIONS and c not in taken)
    taken.update(roles["conditions"])
    found = _values(columns, sample_rows, properties, taken, has_wells=bool(roles["well"]))
    values = _chosen(found, properties)
    if not values and needs_values:
        raise _refusal("values", "holds a value", columns, "values (column, property, unit)")
    return ColumnMapping(**roles, values=values)


def _values(
    columns: Sequence[str],
    rows: Sequence[Mapping[str, str]],
    properties: Sequence[str],
    taken: Collection[str],
    *,
    has_wells: bool,
) -> tuple[ValueColumn, ...]:
    """Return every column of values, with what stands beside it."""

    def meaning(header: str) -> ValueColumn | None:
        return _value_column(header, columns, properties, has_wells=has_wells)

    found = _long(columns, rows, properties)
    if not found:
        numbered = replicates(columns, taken, meaning)
        further = {c for v in numbered.values() for c in v.replicate_columns}
        repeated = {v.property for v in numbered.values()}
        found = tuple(
            v
            for c in columns
            if c not in taken and c not in further and _holds(c, rows)
            for v in (numbered.get(c) or meaning(c),)
            if v and (c in numbered or v.property not in repeated)
        )
    words = {plain(p) for p in properties}
    wanted = {c for c in columns if plain(c) in words}
    return with_spread(found, columns, rows, meaning, wanted=wanted)


def _find(columns: Sequence[str], names: Sequence[str]) -> str:
    """Return the first column that bears one of the names, the best name first."""
    known = {plain(c): c for c in reversed(columns)}
    return next((known[n] for n in names if n in known), "")


def _drawn(columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> str:
    """Return the column that holds mol blocks; it goes before any other structure."""
    return next((c for c in columns if any("M  END" in row.get(c, "") for row in rows)), "")


def _numbered(columns: Sequence[str], taken: Collection[str]) -> str:
    """Return the first column that ends in ``id`` and is nothing else: ``OSM_ID``, ``Cmpd ID``."""
    return next((c for c in columns if c not in taken and plain(c).endswith(" id")), "")


def _value_column(
    column: str, columns: Sequence[str], properties: Sequence[str], *, has_wells: bool
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
    if IS_P.fullmatch(word) or IS_P.fullmatch(plain(column)):
        unit = "1"
    elif word in PERCENT:
        unit = unit or "%"
    elif (
        word in _GENERIC
        or (has_wells and _READING.fullmatch(word))
        or (is_wanted and not IS_POTENCY.fullmatch(word))
    ):
        unit = unit or "1"
    elif not unit and not IS_POTENCY.fullmatch(word):
        return None
    as_p = wanted.get(f"p{word}") if is_molar(unit) or not unit else None
    own = [f"{word} {qualifier}" for qualifier in _QUALIFIER]
    units = (f"{word} unit", f"{word} units", "unit", "units")
    return ValueColumn(
        column=column,
        property=as_p or is_wanted or stem,
        unit=unit,
        unit_column="" if unit else _find(columns, units),
        relation_column=_find(columns, [*own, *_QUALIFIER]),
        as_p=as_p is not None,
    )


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
    columns: Sequence[str], rows: Sequence[Mapping[str, str]], properties: Sequence[str]
) -> tuple[ValueColumn, ...]:
    """Return the value column of a table whose rows name their property, as ChEMBL's do."""
    value = _find(columns, ("standard value", "value", "result", "measured value"))
    kind = _find(columns, ("standard type", "property", "endpoint", "parameter"))
    if not (value and kind):
        return ()
    unit = _find(columns, ("standard units", "standard unit", "unit", "units"))
    kinds = {row[kind].strip() for row in rows if row.get(kind, "").strip()}
    are_potencies = all(IS_POTENCY.fullmatch(plain(k)) for k in kinds)
    has_units = any(row.get(unit, "").strip() for row in rows)
    return (
        ValueColumn(
            column=value,
            property_column=kind,
            unit="" if are_potencies or has_units else "1",
            unit_column=unit,
            relation_column=_find(columns, ("standard relation", *_QUALIFIER)),
            as_p=are_potencies and any(IS_P.fullmatch(plain(p)) for p in properties),
        ),
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
    generic = [v for v in ordered if plain(v.property) in _GENERIC and v.unit == "1"]
    if not exact and len(properties) == 1 and len(generic) == 1:
        lone = generic[0]
        return (evolve(lone, property=properties[0]),)
    return exact


def _refusal(key: str, does: str, columns: Sequence[str], keys: str) -> DataError:
    listed = ", ".join(repr(c[:60]) for c in columns[:60])
    return DataError(
        f"No column {does} by its name; the columns are {listed}",
        where=f"mapping.{key}",
        remedy=f"Set {keys} in the mapping.",
    )
