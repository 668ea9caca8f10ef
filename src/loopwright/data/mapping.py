# SPDX-License-Identifier: Apache-2.0
"""What each column of a foreign table means, as a value that is stored and used again.

Knows no cell of the table: reading the cells under a mapping is for ``intake``.
"""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Mapping
from typing import Any

import cattrs
from attrs import asdict, evolve, field, frozen
from attrs.validators import in_, min_len
from cattrs.v import transform_error

from loopwright.core.errors import DataError
from loopwright.core.values import Spread

__all__ = [
    "ColumnMapping",
    "ValueColumn",
    "mapping_from_plain",
    "mapping_from_toml",
    "mapping_to_toml",
]

_converter = cattrs.Converter(forbid_extra_keys=True)


@frozen(kw_only=True)
class ValueColumn:
    """One column of measured values."""

    column: str = field(validator=min_len(1))
    """The column that holds the numbers."""

    property: str = ""
    """The property under which the values are kept: pIC50, yield ..."""

    property_column: str = ""
    """The column that names the property of each row; goes before ``property``.

    With ``as_p`` a row of IC50 is kept as pIC50.
    """

    unit: str = ""
    """Unit in which the values are kept and, if no cell says otherwise, given; ``1`` for none.

    Blank means that each row must state its own.
    """

    unit_column: str = ""
    """The column that states the unit of each row."""

    relation_column: str = ""
    """The column that states = < > <= >= ~; a qualifier in the cell itself is read anyway."""

    as_p: bool = False
    """Whether concentrations are kept as minus log10 of mol/L; ``unit`` is theirs."""

    turned: bool = False
    """Whether ``relation_column`` speaks of the other scale: beside a pIC50, of its IC50."""

    replicate_columns: tuple[str, ...] = ()
    """Further columns of the same quantity: replicates that stand in one row."""

    spread_column: str = ""
    """The column that states how far the runs of a mean scatter, in the unit of the value."""

    spread_kind: Spread = field(default="", validator=in_(("", "sd", "sem", "ci95", "range")))
    """What that spread is: standard deviation, standard error, half of the 95 % interval, half
    of the range; blank if nobody says."""

    interval_columns: tuple[str, ...] = ()
    """The columns of its lower and its upper end, if the spread stands there as an interval."""

    n_column: str = ""
    """The column that states how many runs the value is the mean of."""

    def __attrs_post_init__(self) -> None:
        """Refuse a spread of replicates that are given one by one, and one told twice."""
        beside = self.spread_column or self.n_column or self.interval_columns
        if len(self.interval_columns) not in {0, 2} or (
            self.interval_columns and self.spread_column
        ):
            raise DataError(
                f"The spread of {self.column!r} is neither one column nor the two of an interval",
                where="mapping.values",
                remedy="Set spread_column, or interval_columns to the lower and the upper end.",
            )
        if self.replicate_columns and beside:
            raise DataError(
                f"{self.column!r} has replicates, and a spread or count of their mean",
                where="mapping.values",
                remedy="Name the replicates alone; they show their spread themselves.",
            )
        if len({self.column, *self.replicate_columns}) <= len(self.replicate_columns):
            raise DataError(
                f"A column is named twice among the replicates of {self.column!r}",
                where="mapping.values",
                remedy="Name each column once.",
            )

    def each(self) -> tuple[ValueColumn, ...]:
        """Return the meaning of each of its columns alone, replicates after the first."""
        alone = evolve(self, replicate_columns=())
        return (alone, *(evolve(alone, column=c) for c in self.replicate_columns))


@frozen(kw_only=True)
class ColumnMapping:
    """The meaning of a table's columns; a blank entry means that there is no such column."""

    candidate_id: str = ""
    """Ids that this package gave; go before everything else."""

    structure: str = ""
    """The notation of the modality: SMILES, mol block, recipe text."""

    parts: tuple[str, ...] = ()
    """Columns that write the structure together, as ``column=cell;column=cell``."""

    name: str = ""
    """What the owner calls the candidate; joins only where nothing better is given."""

    made: str = ""
    """The structure of what was really made, where that differs from the order."""

    sample: str = ""
    assay: str = ""
    assay_version: str = ""
    species: str = ""
    cell_line: str = ""
    target: str = ""

    conditions: tuple[str, ...] = ()
    """Further columns that tell one assay from another: tissue, format, variant."""

    assay_name: str = ""
    """The assay of all rows that do not name one."""

    stated: Mapping[str, str] = field(factory=dict)
    """What holds for all rows that do not say otherwise: ``assay_version``, ``species``,
    ``cell_line``, ``target``, or any further condition of the assay."""

    status: str = ""
    """Whether the row counts: ok, failed, excluded, flagged ..."""

    plate: str = ""
    well: str = ""
    measured_at: str = ""
    measured_by: str = ""

    order: str = ""
    """The order that a row answers to."""

    values: tuple[ValueColumn, ...] = ()

    def __attrs_post_init__(self) -> None:
        """Refuse a mapping that cannot find the candidate or would give one number twice."""
        if not (
            self.candidate_id
            or self.structure
            or self.parts
            or self.name
            or self.sample
            or self.well
        ):
            raise DataError(
                "The mapping names no candidate",
                where="mapping",
                remedy="Set structure, parts, candidate_id, name, sample or well to columns.",
            )
        if self.structure and self.parts:
            raise DataError(
                "The mapping writes the structure twice",
                where="mapping.parts",
                remedy="Set either structure or parts.",
            )
        twice = [
            p
            for p, n in Counter(v.property for v in self.values if not v.property_column).items()
            if n > 1
        ]
        nameless = [v.column for v in self.values if not v.property and not v.property_column]
        if twice or nameless:
            raise DataError(
                f"Value columns need one property each: {', '.join([*twice, *nameless])}",
                where="mapping.values",
                remedy="Give each value column a property of its own.",
            )

    @property
    def columns(self) -> tuple[str, ...]:
        """Return every column that this mapping reads, each once."""
        plain = asdict(self, recurse=False)
        for key in ("values", "parts", "conditions", "assay_name", "stated"):
            del plain[key]
        named = [*plain.values(), *self.parts, *self.conditions]
        for v in self.values:
            named += [
                v.column,
                *v.replicate_columns,
                v.property_column,
                v.unit_column,
                v.relation_column,
            ]
            named += [v.spread_column, *v.interval_columns, v.n_column]
        return tuple(dict.fromkeys(n for n in named if n))

    def demand(self, columns: tuple[str, ...], *, where: str) -> None:
        """Refuse a table that lacks a column.

        Raises:
            DataError: A column of this mapping is not in the table.
        """
        missing = [c for c in self.columns if c not in columns]
        if missing:
            raise DataError(
                f"The table lacks {', '.join(map(repr, missing))}; "
                f"it has {', '.join(map(repr, columns[:60]))}",
                where=where,
                remedy="Correct the mapping, or give the table that it was made for.",
            )


def mapping_to_toml(mapping: ColumnMapping, *, under: tuple[str, ...] = ()) -> str:
    """Return a mapping as TOML; ``mapping_from_toml`` of it is the same mapping.

    Args:
        mapping: To be written.
        under: The table in which it stands, by keys from the top; the top itself if empty.

    Example:
        >>> print(mapping_to_toml(ColumnMapping(structure="smiles", name="id")))
        structure = "smiles"
        name = "id"
        <BLANKLINE>
    """
    plain = asdict(mapping, recurse=False)
    del plain["values"]
    place = ".".join(map(_literal, under))
    lines = [f"[{place}]"] if under else []
    lines += [f"{key} = {_literal(value)}" for key, value in plain.items() if value]
    for value_column in mapping.values:
        lines += ["", f"[[{place}.values]]" if under else "[[values]]"]
        lines += [f"{k} = {_literal(v)}" for k, v in asdict(value_column).items() if v]
    return "\n".join(lines) + "\n"


def mapping_from_toml(text: str, *, where: str = "mapping") -> ColumnMapping:
    """Return the mapping that a TOML text describes.

    Raises:
        DataError: It is no TOML, or has an unknown key or a wrong type; all faults at once.
    """
    try:
        return mapping_from_plain(tomllib.loads(text), where=where)
    except tomllib.TOMLDecodeError as ex:
        raise DataError(
            f"The mapping is no TOML: {ex}", where=where, remedy="Mend the named line."
        ) from ex


def mapping_from_plain(plain: object, *, where: str) -> ColumnMapping:
    """Return the mapping that plain values describe.

    Raises:
        DataError: There is an unknown key or a wrong type; all faults at once.
    """
    try:
        return _converter.structure(plain, ColumnMapping)
    except (cattrs.BaseValidationError, TypeError, ValueError, AttributeError) as ex:
        faults = (
            str(ex) if isinstance(ex, DataError) else "; ".join(transform_error(ex, path=where))
        )
        raise DataError(
            f"The mapping is not usable: {faults}",
            where=where,
            remedy="The page docs/data.md lists the keys.",
        ) from ex


def _literal(value: Any) -> str:
    """Return a TOML literal; a JSON string is a TOML string once DEL is written out."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        stated = ", ".join(f"{_literal(k)} = {_literal(v)}" for k, v in value.items())
        return f"{{ {stated} }}"
    if isinstance(value, tuple | list):
        return "[" + ", ".join(_literal(v) for v in value) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
