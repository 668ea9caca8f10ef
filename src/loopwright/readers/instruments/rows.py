# SPDX-License-Identifier: Apache-2.0
"""The rows of an Allotrope document on their way into tables, and what speaks against them.

An error that the instrument states is told beside the value it names; where no number could be
read, what stood in its place is the cell. No error is left out. Knows no tree.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any

from attrs import define, evolve, field, frozen

from loopwright.core.errors import DataError
from loopwright.core.values import Quarantined, RawTable
from loopwright.data.text import MAX_BYTES, MAX_CELL, fault, writable
from loopwright.readers.instruments.words import plain_unit, shown

__all__ = [
    "COLUMNS",
    "Complaint",
    "Complaints",
    "Row",
    "Scope",
    "Sheet",
    "tables",
    "write",
    "write_curve",
]

COLUMNS = (
    "plate", "well", "sample", "sample role", "assay", "property", "value", "unit", "status",
    "kind", "measured at", "measured by", "device", "details",
)  # fmt: skip
"""Columns of every table; ``assay`` holds the conditions under which two values compare."""

MAX_MENTIONS = 2_000_000
"""Times that an error stands beside a value: each error of a document beside each of its values."""

CURVES = "curves"
"""Sheet of the points of spectra and time courses; the other values have no sheet of a name."""


@frozen(kw_only=True)
class Scope:
    """What is known at one place of the tree, from everything above it."""

    facts: Mapping[str, str] = field(factory=dict)
    details: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    names: Mapping[str, str] = field(factory=dict)
    """Quantity -> what it is called here."""

    is_measured: bool = False
    errors: tuple[Complaints, ...] = ()
    """Of every document that states some, from the outermost inwards."""

    @property
    def has_subject(self) -> bool:
        """Return whether it is told whose a value is."""
        return bool(self.facts.get("sample") or self.facts.get("well"))


@define(kw_only=True, eq=False)
class Complaint:
    """An error document: what the instrument says went wrong, and with what."""

    feature: str
    error: str
    scope: Scope | None = None
    is_told: bool = False
    """Whether a row repeats it."""


@frozen(kw_only=True, eq=False)
class Complaints:
    """The errors that one document states, found by what they speak of."""

    listed: tuple[Complaint, ...]
    by_name: Mapping[str, list[int]] = field(init=False)
    """Name as ``_mark`` writes it -> places in ``listed``; an identifier may follow a name."""

    @by_name.default
    def _find_names(self) -> Mapping[str, list[int]]:
        found: dict[str, list[int]] = {}
        for place, one in enumerate(self.listed):
            if one.feature:
                for name in {_mark(one.feature), _mark(one.feature.partition(" - ")[0])}:
                    found.setdefault(name, []).append(place)
        return found

    def about(self, marks: Collection[str]) -> list[Complaint]:
        """Return those that speak of one of these names, in the order in which they stand."""
        places = {place for mark in marks for place in self.by_name.get(mark, ())}
        return [self.listed[place] for place in sorted(places)]


@define(kw_only=True, eq=False)
class Row:
    """One value on its way into a table."""

    scope: Scope
    property: str
    value: str
    unit: str
    kind: str
    said: list[str] = field(factory=list)
    """What the instrument says against it."""

    def cells(self) -> tuple[str, ...]:
        """Return the row as ``COLUMNS`` has it."""
        facts = self.scope.facts
        cell = facts.get("flow cell", "")
        on_chip = facts.get("ligand") or (f"flow cell {cell}" if cell else "")
        made = (
            facts.get("plate", ""), facts.get("well", ""),
            facts.get("sample") or ("" if facts.get("well") else on_chip),
            facts.get("sample role", ""), "; ".join(self.scope.conditions), self.property,
            self.value, self.unit, "; ".join(dict.fromkeys(self.said)), self.kind,
            facts.get("measured at", ""), facts.get("measured by", ""), facts.get("device", ""),
            "; ".join(self.scope.details),
        )  # fmt: skip
        return tuple(writable(cell[:MAX_CELL]) for cell in made)


@define(kw_only=True)
class Sheet:
    """Rows as they are found, and the scopes that calculated values point to."""

    where: str
    """The file's name, for a refusal."""

    marks_missing: bool
    """Whether a negative zero stands for a number that the converter could not read."""

    values: list[Row] = field(factory=list)
    curves: list[Row] = field(factory=list)
    notes: list[str] = field(factory=list)
    scopes: dict[str, Scope] = field(factory=dict)
    complaints: list[Complaint] = field(factory=list)
    calculated: list[tuple[dict[str, Any], Scope]] = field(factory=list)
    n_mentions: int = 0

    def mention(self, n: int) -> None:
        """Count that so many errors stand beside a value.

        Raises:
            DataError: They are so many by now that no instrument has written this.
        """
        self.n_mentions += n
        if self.n_mentions > MAX_MENTIONS:
            raise DataError(
                f"The errors of the document speak of its values more than {MAX_MENTIONS} times",
                where=self.where,
                remedy="Export it again, in parts; or export a table of results as CSV.",
            )


def write(sheet: Sheet, key: str, quantity: dict[str, Any], scope: Scope, kind: str) -> None:
    """Add the row of a quantity.

    Where no number could be read, what stood in its place is the cell: ``< 80`` stays a limit.
    """
    role = shown(quantity.get("has statistic datum role")).removesuffix(" role")
    name = " ".join(filter(None, (scope.names.get(key, key), role)))
    marks = {name, key, *scope.names.values(), *scope.conditions}
    own = _own(scope, marks, is_missing=_is_missing(sheet, quantity["value"]))
    unit = plain_unit(quantity.get("unit"))
    row = _made(sheet, scope, quantity["value"], own, name=name, unit=unit, kind=kind)
    sheet.values.append(row)


def _made(
    sheet: Sheet,
    scope: Scope,
    value: Any,
    own: list[Complaint],
    *,
    name: str,
    unit: str,
    kind: str,
) -> Row:
    """Return the row of a value, or of what the instrument wrote in its place.

    What it wrote is in the unit of its own report, which the document need not share: such a
    cell has no unit, so that ``< 80`` in mg/L is never read as 80 g/L.
    """
    if not _is_missing(sheet, value):
        said = [c.error for c in own]
        return Row(scope=scope, property=name, value=shown(value), unit=unit, kind=kind, said=said)
    told = "; ".join(dict.fromkeys(c.error for c in own if c.error.lower() != "nan"))
    if own:
        scope = evolve(scope, details=(f"unit of the document: {unit}", *scope.details))
    return Row(scope=scope, property=name, value=told, unit="" if told else unit, kind=kind)


def _own(scope: Scope, marks: set[str], *, is_missing: bool) -> list[Complaint]:
    """Return the errors that speak of one value by name, and mark them as told.

    Where several do, what stands behind the name in the error decides: ``IgG - Standard``.
    """
    names = {_mark(m) for m in marks} if scope.errors else set()
    own = [c for some in scope.errors for c in some.about(names)]
    if own and (len(own) > 1 or not is_missing):
        kinds = {"", *(detail.partition(": ")[2] for detail in scope.details)}
        exact = [c for c in own if c.feature.partition(" - ")[2] in kinds]
        own = exact or (own if is_missing else [])
    for complaint in own:
        complaint.is_told = True
    return own


@lru_cache(maxsize=4096)
def _mark(text: str) -> str:
    """Return a name as two names are compared."""
    return " ".join(text.lower().split())


def _is_missing(sheet: Sheet, value: Any) -> bool:
    """Return whether no number stands here, but what the converter writes in place of one."""
    if not isinstance(value, float):
        return value is None
    is_negative_zero = value == 0 and math.copysign(1, value) < 0
    return math.isnan(value) or (sheet.marks_missing and is_negative_zero)


def write_curve(sheet: Sheet, cube: dict[str, Any], scope: Scope) -> None:
    """Add one row for each point of each measure of a data cube.

    A cube whose axes and values do not fit is an error of the measurement that it belongs to.
    """
    label = shown(cube.get("label"))
    axes, lists = _listed(cube, "dimensions")
    measures, columns = _listed(cube, "measures")
    for measure, values in zip(measures, columns, strict=False):
        places = _places(lists, len(values))
        if places is None or len(axes) != len(lists):
            continue
        for place, value in zip(places, values, strict=True):
            at = [
                (shown(axis.get("concept")), shown(x), plain_unit(axis.get("unit")))
                for axis, x in zip(axes, place, strict=True)
            ]
            _write_point(sheet, scope, value, at, measure=measure, label=label)
    fits = len(axes) == len(lists) > 0 and len(measures) == len(columns) > 0
    if not fits or any(_places(lists, len(values)) is None for values in columns):
        what = f"the curve {label!r} cannot be read: its axes and its values do not fit"
        sheet.complaints.append(Complaint(feature="", error=what, scope=scope))


def _listed(cube: dict[str, Any], part: str) -> tuple[list[dict[str, Any]], list[list[Any]]]:
    """Return what a cube says of its dimensions or measures, and their numbers."""
    structure, data = cube["cube-structure"], cube["data"]
    told = structure.get(part) if isinstance(structure, dict) else None
    given = data.get(part) if isinstance(data, dict) else None
    return (
        [one for one in told if isinstance(one, dict)] if isinstance(told, list) else [],
        [one for one in given if isinstance(one, list)] if isinstance(given, list) else [],
    )


def _places(axes: list[list[Any]], n: int) -> list[tuple[Any, ...]] | None:
    """Return where each of n values lies: point by point, or on the grid that the axes span."""
    if not axes:
        return None
    if all(len(axis) == n for axis in axes):
        return list(zip(*axes, strict=True))
    if math.prod(len(axis) for axis in axes) == n:
        return list(itertools.product(*axes))
    return None


def _write_point(
    sheet: Sheet,
    scope: Scope,
    value: Any,
    at: list[tuple[str, str, str]],
    *,
    measure: dict[str, Any],
    label: str,
) -> None:
    """Add the row of one point; the errors of a spectrum name it by its wavelength."""
    name = shown(measure.get("concept")) or label
    marks = {f"{x}{unit}" for _, x, unit in at} | {name}
    marks |= {f"{x}nm" for _, x, unit in at if unit == "nanometre"}
    own = _own(scope, marks, is_missing=_is_missing(sheet, value)) if scope.errors else []
    point = tuple(" ".join(filter(None, place)) for place in at)
    conditions = (*scope.conditions, *filter(None, (label,)), *point)
    unit = plain_unit(measure.get("unit"))
    inner = evolve(scope, conditions=conditions)
    sheet.curves.append(_made(sheet, inner, value, own, name=name, unit=unit, kind="measured"))


def tables(sheet: Sheet) -> tuple[RawTable, ...]:
    """Return what was found as tables; errors that no row repeats are put beside their rows."""
    faults = _put_down_errors(sheet)
    if not (sheet.values or sheet.curves or faults):
        raise DataError(
            "The document holds no measured value",
            where=sheet.where,
            remedy="Export it again, with results.",
        )
    found: list[RawTable] = []
    for name, rows in (("", sheet.values), (CURVES, sheet.curves)):
        ours = faults if name == "" else []
        if not rows and not ours:
            continue
        cells = tuple(_numbered(sheet, rows))
        numbered = tuple(evolve(f, row=len(rows) + n) for n, f in enumerate(ours, start=1))
        notes = tuple((0, writable(note[:MAX_CELL])) for note in sheet.notes) if not found else ()
        found.append(
            RawTable(
                columns=COLUMNS,
                rows=cells,
                faults=numbered,
                sheet=name,
                notes=notes,
                read_as="assay",
            )
        )
    return tuple(found)


def _numbered(sheet: Sheet, rows: list[Row]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield the rows with their numbers, as long as a table may hold their text."""
    size = 0
    for number, row in enumerate(rows, start=1):
        cells = row.cells()
        size += sum(map(len, cells))
        if size > MAX_BYTES:
            raise DataError(
                f"The cells hold more than {MAX_BYTES // 1_000_000} MB of text",
                where=sheet.where,
                remedy="Export it again, in parts; or export a table of results as CSV.",
            )
        yield number, cells


def _put_down_errors(sheet: Sheet) -> list[Quarantined]:
    """Tell every error that has not been told: of an absent value, of a measurement, or alone."""
    faults: list[Quarantined] = []
    told = [c for c in sheet.complaints if not c.is_told]
    beside = _rows_beside(sheet)
    for complaint in told:
        scope = complaint.scope
        is_sentence = " " in complaint.error.strip("<>=~ ")
        if complaint.feature and scope is not None and scope.has_subject and not is_sentence:
            name, error = complaint.feature, complaint.error
            sheet.values.append(
                Row(scope=scope, property=name, value=error, unit="", kind="measured")
            )
        elif rows := beside.get(id(complaint)):
            sheet.mention(len(rows))
            for row in rows:
                row.said.append(": ".join(filter(None, (complaint.feature, complaint.error))))
        else:
            faults.append(
                fault(
                    1,
                    complaint.error,
                    f"the instrument says of {complaint.feature or 'the measurement'}: "
                    f"{complaint.error[:200]}",
                    "Measure it again, or take the value from the instrument's own report.",
                    column="value",
                )
            )
    return faults


def _rows_beside(sheet: Sheet) -> dict[int, list[Row]]:
    """Return the rows of each error's document and of all below it, by the error's identity."""
    found: dict[int, tuple[Complaints, list[Row]]] = {}
    for row in (*sheet.values, *sheet.curves):
        for some in row.scope.errors:
            found.setdefault(id(some), (some, []))[1].append(row)
    return {id(c): rows for some, rows in found.values() for c in some.listed}
