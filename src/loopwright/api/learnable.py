# SPDX-License-Identifier: Apache-2.0
"""From any file to what a property model learns from or is judged on; needs no workspace.

Every row of the file is either used or told with its reason, and the two add up. Structures in
doubt (mixtures, metals, radicals) are taken as they are drawn: a published split has them, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Literal

from attrs import evolve, frozen

from loopwright.api.classes import one_or_zero, task_of
from loopwright.api.disagreement import n_at_odds, n_repeats, n_unlike
from loopwright.api.left_out import left_out_of, with_faults_of_classes
from loopwright.api.levels import are_words, place_in_words, with_places, with_plain_faults
from loopwright.api.one_unit import in_one_unit
from loopwright.api.structure_column import structure_told, with_structure
from loopwright.api.weights import read_weights, weighed
from loopwright.core.errors import DataError, MismatchError
from loopwright.core.ports import Modality
from loopwright.core.values import (
    Candidate,
    Measurement,
    Quarantined,
    RawFile,
    RawTable,
    Targets,
    Task,
)
from loopwright.data.intake import BLANK, Intake
from loopwright.data.long import widened
from loopwright.data.mapping import ColumnMapping, ValueColumn
from loopwright.data.naming import plain, split
from loopwright.data.points import usable
from loopwright.data.targets import of_assays, targets
from loopwright.data.whose import Register
from loopwright.loop.tabling import Taken, guessed, take_tables
from loopwright.loop.written import proteins_told

__all__ = ["Asked", "Learnable", "is_fault", "learnable_of", "meaning_of", "read_learnable"]

TASKS: tuple[Task, ...] = ("regression", "classification", "ordinal")

_OF_PROTEINS = (
    " Property models are of molecules; of proteins learn `loopwright propose --pool FILE "
    "--measured FILE --sequence COLUMN` and `loopwright replay FILE --sequence COLUMN`."
)


@frozen(kw_only=True)
class Asked:
    """What is to be learned from a file."""

    properties: tuple[str, ...]
    structure: str = ""
    """The column of structures; guessed if blank."""

    task: Task | Literal[""] = ""
    """Guessed from the values of each property if blank; never ordinal."""

    levels: tuple[str, ...] = ()
    """Of an ordinal property, from the lowest; whole numbers are told from the values if empty."""

    pool: str = ""
    """Why values of different assays may be taken together."""

    assays: tuple[str, ...] = ()
    """Assays to learn from, as a campaign's goal names them; all if empty."""

    units: Mapping[str, str] = {}
    """Property -> unit of the answer; the commonest one of the file if not given."""

    weight: str = ""
    """The column that says how many measurements a row counts as; each is one if blank."""


@frozen(kw_only=True, eq=False)
class Learnable:
    """One property of a file."""

    property: str
    task: Task
    unit: str
    candidates: tuple[Candidate, ...]
    """One for each row of ``targets``, length n."""

    targets: Targets
    """Rows of one structure are averaged; of a class, their share of ones; of levels, the mean
    of their places. Shape (n, 1)."""

    rows: tuple[Measurement, ...]
    """The rows of the file behind them, each once for each value."""

    n_rows: int
    """Rows of the file."""

    n_used: int
    """Rows with a value that was used; the others are in ``left_out``."""

    n_repeats: int
    """Rows that were used and share their structure with an earlier one."""

    n_disagree: int
    """Structures whose rows are not all of one class or level, or whose numbers are farther apart
    than the property spreads over all structures."""

    left_out: tuple[Quarantined, ...]
    levels: tuple[str, ...] = ()
    """Of an ordinal property, from the lowest."""

    stand_ins: Mapping[str, str] = MappingProxyType({})
    """"structure" -> the column that was taken for it, where no name says that it is."""


def read_learnable(file: RawFile, asked: Asked, modality: Modality) -> tuple[Learnable, ...]:
    """Return what a file says of each property that is asked for, in that order.

    Args:
        file: Any file that a reader knows.
        asked: What is to be learned.
        modality: Reads the structures.

    Raises:
        DataError: The file cannot be read, or lacks a column, or a class is neither 0 nor 1.
        MismatchError: A property comes from different assays, and nobody said that they may be
            pooled.
    """
    classes: dict[str, Task] = {}

    def meaning(table: RawTable) -> ColumnMapping:
        return meaning_of(table, asked)

    def mend(table: RawTable) -> RawTable:
        table = widened(table, asked.properties)
        try:
            found = {v.property: v.column for v in meaning_of(table, asked).values}
        except DataError:
            return table  # it is refused with its reason when its meaning is asked for
        for name, column in found.items():
            classes[name] = asked.task or task_of(_cells(table, column))
        if asked.levels and are_words(asked.levels):
            return _changed(table, set(found.values()), place_in_words(asked.levels))
        of_classes = {found[n] for n in found if classes[n] == "classification"}
        return _changed(table, of_classes, one_or_zero)

    taken, intake = take_tables(
        file, meaning, "molecules", modality,
        campaign="train", register=Register(is_simulated=True), mend=mend,
    )  # fmt: skip
    intake = with_plain_faults(intake, asked.levels)
    intake = with_faults_of_classes(
        intake, taken, {name for name, task in classes.items() if task == "classification"}
    )
    weights: Mapping[tuple[str, int], float] = {}
    if asked.weight:
        weights = read_weights([one.table for one in taken if one.mapping], asked.weight)
        ruled = weighed(intake.measurements, weights, asked.weight)
        intake = evolve(intake, measurements=ruled)
    stand_ins = structure_told([one.mapping for one in taken if one.mapping], asked.structure)
    found = (
        _learnable(n, classes[n], asked, taken=taken, intake=intake, weights=weights)
        for n in asked.properties
    )
    return tuple(evolve(one, stand_ins=stand_ins) for one in found)


def meaning_of(table: RawTable, asked: Asked) -> ColumnMapping:
    """Return what the columns mean: structures, and one column for each property.

    Raises:
        DataError: There is no column of structures, or none of a property.
    """
    if asked.structure and asked.structure not in table.columns:
        raise DataError(
            f"There is no column {asked.structure!r}; there are {_listed(table.columns)}",
            where="--structure",
            remedy="Name the column of structures as the file spells it.",
        )
    try:
        base = guessed(table)
    except DataError as ex:
        if not asked.structure and proteins_told(table):
            raise _no_structures(table) from ex
        if not asked.structure:
            raise
        base = ColumnMapping(structure=asked.structure)
    if asked.structure:
        base = evolve(base, structure=asked.structure, parts=())
    else:
        base = with_structure(table, base)
    if not (base.structure or base.parts):
        raise _no_structures(table)
    values = tuple(
        _uncounted(_value_of(name, base, table), asked.weight) for name in asked.properties
    )
    taken = {base.structure, *(v.column for v in values)}
    name, target = ("" if of in taken else of for of in (base.name, base.target))
    return evolve(
        base, candidate_id="", plate="", well="", made="", name=name, target=target, values=values
    )


def _uncounted(value: ValueColumn, weight: str) -> ValueColumn:
    """Return a column without its count of runs where that column is the weight: not twice."""
    return evolve(value, n_column="") if weight and value.n_column == weight else value


def _value_of(name: str, base: ColumnMapping, table: RawTable) -> ValueColumn:
    """Return the column of a property: the one of this name, else one that is taken for it."""
    if f"{name} #2" in table.columns and name in table.columns:
        raise DataError(
            f"Two columns are called {name!r}",
            where="--property",
            remedy=f"Rename one of them; two replicates are {name + ' rep1'!r} and "
            f"{name + ' rep2'!r}.",
        )
    if name in table.columns:
        found = next((v for v in base.values if v.column == name), ValueColumn(column=name))
        unit = found.unit or ("" if found.unit_column else split(name)[1] or "1")
        return evolve(found, property=name, property_column="", unit=unit, as_p=False, turned=False)
    on_p_scale = [v for v in guessed(table, (name,)).values if v.as_p]
    for value in (*base.values, *on_p_scale):
        if value.property == name:
            return value
    near = [c for c in table.columns if plain(name) in {plain(c), plain(split(c)[0])}]
    if len(near) == 1:
        return evolve(_value_of(near[0], base, table), property=name)
    several = all(part.strip() in table.columns for part in name.split(","))
    raise DataError(
        f"No column holds {name!r}; there are {_listed(table.columns)}",
        where="--property",
        remedy="Name one of these columns: only a training without --onto takes several."
        if several
        else "Name the property as the file spells its column.",
    )


# ---- classes
def _cells(table: RawTable, column: str) -> Iterable[str]:
    place = table.columns.index(column)
    return (cells[place].strip().lower() for _, cells in table.rows)


def _changed(table: RawTable, columns: Collection[str], change: Callable[[str], str]) -> RawTable:
    """Return a table with the cells of some columns changed."""
    places = [table.columns.index(c) for c in columns]
    if not places:
        return table
    rows = []
    for number, cells in table.rows:
        changed = list(cells)
        for place in places:
            changed[place] = change(cells[place])
        rows.append((number, tuple(changed)))
    return evolve(table, rows=tuple(rows))


# ---- what was used, and what not
def _learnable(
    name: str,
    task: Task,
    asked: Asked,
    *,
    taken: Sequence[Taken],
    intake: Intake,
    weights: Mapping[tuple[str, int], float],
) -> Learnable:
    """Return one property; what it does not use is told."""
    levels: tuple[str, ...] = ()
    if task == "ordinal":
        placed, levels = with_places(intake.measurements, name, asked.levels)
        intake = evolve(intake, measurements=placed)
    intake = in_one_unit(intake, name, asked.units.get(name, ""))
    used = _chosen([m for m in usable(intake.measurements, name) if m.candidate_id], name, asked)
    rows = {(m.source_sheet, m.source_row) for m in used}
    left_out = left_out_of(name, taken, intake, rows)
    assert intake.n_rows == len(rows) + len({(q.sheet, q.row) for q in left_out} - rows)
    of_row = {m.measurement_id: weights[m.source_sheet, m.source_row] for m in used if weights}
    found = learnable_of(
        used, intake.candidates, asked, name=name, task=task, n_rows=intake.n_rows,
        left_out=left_out, weights=of_row,
    )  # fmt: skip
    return evolve(found, levels=levels)


def learnable_of(
    used: Sequence[Measurement],
    candidates: Sequence[Candidate],
    asked: Asked,
    *,
    name: str,
    task: Task,
    n_rows: int,
    left_out: tuple[Quarantined, ...],
    weights: Mapping[str, float] = MappingProxyType({}),
) -> Learnable:
    """Return one property of measurements that are all to be used.

    Args:
        used: Usable measurements of the property.
        candidates: Among them those that were measured.
        asked: What is to be learned.
        name: The property.
        task: What it is.
        n_rows: Rows that were looked at.
        left_out: Those that are not used, with their reasons.
        weights: Id of a measurement -> how many it counts as; 1 each if empty.

    Raises:
        DataError: A class is neither 0 nor 1.
        MismatchError: Units cannot be converted into each other.
    """
    units = Counter(m.standard_units for m in used)
    unit = asked.units.get(name) or max(units, key=lambda u: (units[u], u), default="1")
    if task == "classification":
        _demand_classes(used, name)
    ids, found = _pooled(used, name, unit=unit, reason=asked.pool, weights=weights)
    of_id = {c.id: c for c in candidates}
    return Learnable(
        property=name,
        task=task,
        unit=unit,
        candidates=tuple(of_id[i] for i in ids),
        targets=evolve(found, tasks=(task,)),
        rows=tuple(used),
        n_rows=n_rows,
        n_used=len({(m.source_sheet, m.source_row) for m in used}),
        n_repeats=n_repeats(used),
        n_disagree=n_at_odds(used, found, unit) if task == "regression" else n_unlike(used),
        left_out=left_out,
    )


def _demand_classes(used: Sequence[Measurement], name: str) -> None:
    """Refuse numbers that are no class, and say in which row the first one stands."""
    others = [m for m in used if m.standard_value not in {0.0, 1.0}]
    if others:
        first = min(others, key=lambda m: (m.source_sheet, m.source_row))
        raise DataError(
            f"{len(others)} of {len(used)} values of {name!r} are neither 0 nor 1; the first is "
            f"{first.standard_value:g} in row {first.source_row}",
            where="--task",
            remedy="Write classes as 0 and 1 (or yes and no), leave blank what is neither, or "
            "train it as a number.",
        )


_REMEDIES = {
    "assays": "Name one with --assay, or say with --pool why their values may be pooled; "
    "`loopwright assays` tells how well they agree.",
    "unit": "Give all values in units of one quantity, or take out those that are not.",
}


def _chosen(used: list[Measurement], name: str, asked: Asked) -> list[Measurement]:
    """Return those of the assays that are asked for; a refusal needs no campaign to be mended."""
    try:
        return of_assays(used, asked.assays, name, asked.pool)
    except MismatchError as ex:
        raise MismatchError(ex.what, where=ex.where, remedy=_REMEDIES[ex.where]) from ex


def _pooled(
    used: Sequence[Measurement],
    name: str,
    *,
    unit: str,
    reason: str,
    weights: Mapping[str, float],
) -> tuple[tuple[str, ...], Targets]:
    """Return ids and targets; a refusal says what can be done without a campaign."""
    try:
        return targets(used, name, unit=unit, pool_reason=reason, weights=weights)
    except MismatchError as ex:
        raise MismatchError(ex.what, where=ex.where, remedy=_REMEDIES[ex.where]) from ex


def is_fault(row: Quarantined) -> bool:
    """Return whether something is wrong with a row; a value that was not measured is no fault."""
    return not row.reason.startswith(BLANK)


def _no_structures(table: RawTable) -> DataError:
    """Return the refusal of a table without structures; it may hold proteins."""
    return DataError(
        f"No column holds structures; there are {_listed(table.columns)}",
        where="--structure",
        remedy="Name the column of structures with --structure."
        + _OF_PROTEINS * bool(proteins_told(table)),
    )


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(map(repr, columns[:40]))
