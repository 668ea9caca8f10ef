# SPDX-License-Identifier: Apache-2.0
"""Guesses what columns mean from their names, and says so when it cannot.

A guess is shown to a person and stored; it never guesses a unit of concentration.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from loopwright.core.errors import DataError
from loopwright.data.mapping import ColumnMapping, ValueColumn
from loopwright.data.numbers import read_number
from loopwright.science.units import canonical, is_molar

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
    "assay_version": ("assay version", "protocol version"),
    "status": ("status", "synthesis status"),
    "plate": ("plate", "plate id", "plate barcode"),
    "well": ("well", "well id"),
    "measured_at": ("measured at", "measured on", "date", "run date"),
    "measured_by": ("measured by", "operator"),
    "order": ("order id", "order"),
}  # fmt: skip

LONGEST_NAME = 200
"""Characters; a longer column name is nobody's name for a property."""

_POTENCY = r"(?:abs |rel )?(?:ic|ec|ac|gi|cc|dc|xc|mic|ld|lc)\s?[0-9]{0,2}|k[iid]|potency"
_IS_POTENCY = re.compile(rf"(?:{_POTENCY})", re.IGNORECASE)
_IS_P = re.compile(r".*\bp-?(?:ic|ec|ac|gi|xc|dc)[0-9]{2}\b.*|.*\bp-?k[id]\b.*|pchembl.*", re.I)
_GENERIC = {
    "activity", "act", "affinity", "score", "y", "value", "target value", "label", "fitness",
    "response", "result", "readout", "sol", "solubility", "logd", "logp", "logs", "dg", "titer",
}  # fmt: skip
_READING = re.compile(
    r"(?:raw data|raw value|signal|reading|intensity|absorbance|fluorescence|luminescence|od|abs|"
    r"rfu|rlu|mfi|counts?|cps|z ?score|mean|ratio|optical density)(?:\W.*|[0-9].*)?"
)
"""What a column of a table of wells may be called that holds readings; ``_plain`` before."""

_QUALIFIER = ("relation", "qualifier", "operator", "modifier", "standard relation")
_PERCENT = {"yield", "conversion", "purity", "inhibition", "ee", "yield percent"}
_UNIT = re.compile(r"^(?P<stem>.+?)\s*[(\[](?P<unit>[^()\[\]]+)[)\]]\s*$")
_BARE = frozenset(
    {"p", "c", "s", "h", "m", "d", "l", "g", "v", "k", "cell", "ph", "ru", "au", "gu"}
)
"""Words that end a name more often than they are its unit."""

_TAIL = re.compile(r"^(?P<stem>.+?)[_ ](?P<unit>[A-Za-zµμ%°/]+)$")


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
    if not any(roles[r] for r in ("candidate_id", "structure", "name", "sample", "well")):
        raise _refusal("structure", "names a candidate", columns, "structure (or candidate_id)")
    taken = {c for c in roles.values() if c}
    found = _long(columns, sample_rows, properties) or tuple(
        v
        for c in columns
        if c not in taken
        and (v := _value_column(c, columns, properties, has_wells=bool(roles["well"])))
        and _holds(c, sample_rows)
    )
    values = _chosen(found, properties)
    if not values and needs_values:
        raise _refusal("values", "holds a value", columns, "values (column, property, unit)")
    return ColumnMapping(**roles, values=values)


def _plain(name: str) -> str:
    """Return a name without case, underscores and doubled blanks."""
    return " ".join(re.sub(r"[_\-.]+", " ", name).lower().split())


def _find(columns: Sequence[str], names: Sequence[str]) -> str:
    """Return the first column that bears one of the names, the best name first."""
    plain = {_plain(c): c for c in reversed(columns)}
    return next((plain[n] for n in names if n in plain), "")


def _drawn(columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> str:
    """Return the column that holds mol blocks; it goes before any other structure."""
    return next((c for c in columns if any("M  END" in row.get(c, "") for row in rows)), "")


def _numbered(columns: Sequence[str], taken: Collection[str]) -> str:
    """Return the first column that ends in ``id`` and is nothing else: ``OSM_ID``, ``Cmpd ID``."""
    return next((c for c in columns if c not in taken and _plain(c).endswith(" id")), "")


def _split(column: str) -> tuple[str, str]:
    """Return the name and the unit in a header: ``IC50 (nM)``, ``IC50_nM``, ``yield %``."""
    for pattern in (_UNIT, _TAIL):
        found = pattern.match(column)
        if found is None:
            continue
        try:
            unit = canonical(found["unit"])
        except DataError:
            continue
        bare = found["unit"].lower() in _BARE
        if pattern is _UNIT or (unit != "1" and not bare):
            return found["stem"].strip(), unit
    return column, ""


def _value_column(
    column: str, columns: Sequence[str], properties: Sequence[str], *, has_wells: bool
) -> ValueColumn | None:
    """Return what a column of values means, or None if it does not look like one."""
    if len(column) > LONGEST_NAME:
        return None
    stem, unit = _split(column)
    plain = _plain(stem)
    wanted = {_plain(p): p for p in properties}
    is_wanted = _wanted_name(column, stem, properties)
    name = is_wanted or stem
    if _IS_P.fullmatch(plain) or _IS_P.fullmatch(_plain(column)):
        unit = "1"
    elif plain in _PERCENT:
        unit = unit or "%"
    elif (
        plain in _GENERIC
        or (has_wells and _READING.fullmatch(plain))
        or (is_wanted and not _IS_POTENCY.fullmatch(plain))
    ):
        unit = unit or "1"
    elif not unit and not _IS_POTENCY.fullmatch(plain):
        return None
    as_p = wanted.get(f"p{plain}") if is_molar(unit) or not unit else None
    own = [f"{plain} {word}" for word in _QUALIFIER]
    units = (f"{plain} unit", f"{plain} units", "unit", "units")
    return ValueColumn(
        column=column,
        property=as_p or name,
        unit=unit,
        unit_column="" if unit else _find(columns, units),
        relation_column=_find(columns, [*own, *_QUALIFIER]),
        as_p=as_p is not None,
    )


def _wanted_name(column: str, stem: str, properties: Sequence[str]) -> str:
    """Return the wanted property that a header names, whole or as a word on the p-scale."""
    plain = _plain(column)
    for wanted in properties:
        word = _plain(wanted)
        if word in {plain, _plain(stem)}:
            return wanted
        if _IS_P.fullmatch(word) and re.search(rf"\b{re.escape(word)}\b", plain):
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
    are_potencies = all(_IS_POTENCY.fullmatch(_plain(k)) for k in kinds)
    has_units = any(row.get(unit, "").strip() for row in rows)
    return (
        ValueColumn(
            column=value,
            property_column=kind,
            unit="" if are_potencies or has_units else "1",
            unit_column=unit,
            relation_column=_find(columns, ("standard relation", *_QUALIFIER)),
            as_p=are_potencies and any(_IS_P.fullmatch(_plain(p)) for p in properties),
        ),
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
    distinct = {v.property: v for v in sorted(reversed(found), key=lambda v: not v.as_p)}
    ordered = tuple(v for v in found if distinct[v.property] is v)
    if not properties:
        return ordered
    exact = tuple(v for v in ordered if v.property_column or v.property in properties)
    generic = [v for v in ordered if _plain(v.property) in _GENERIC and v.unit == "1"]
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
