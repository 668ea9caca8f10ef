# SPDX-License-Identifier: Apache-2.0
"""A finished project, read from one plain file: what a replay hides and looks for."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from attrs import evolve, field, frozen

from loopwright.core.errors import DataError
from loopwright.core.ports import Modality
from loopwright.core.values import (
    Candidate,
    Features,
    FloatArray,
    Kind,
    Measurement,
    Quarantined,
    RawFile,
    RawTable,
)
from loopwright.data.intake import BLANK, Intake, take_in
from loopwright.data.long import widened
from loopwright.data.mapping import ColumnMapping, ValueColumn
from loopwright.data.numbers import has_decimal_comma
from loopwright.data.points import usable
from loopwright.data.results import to_csv
from loopwright.data.tables import write_candidates, write_measurements, write_quarantine
from loopwright.data.targets import targets
from loopwright.data.where import Where
from loopwright.data.whose import Register
from loopwright.loop.columns import mapping_of, stand_ins
from loopwright.loop.facts import Ingested
from loopwright.loop.prices import costs_in, price
from loopwright.loop.record import Record
from loopwright.loop.settings import recipes_of
from loopwright.loop.studied import Studied
from loopwright.loop.tabling import demand_column, only_table, only_within
from loopwright.loop.written import chained, demand_matter, fitting, written_in
from loopwright.registry import build
from loopwright.spec.campaign import Choice
from loopwright.spec.goal import Goal, wanted
from loopwright.spec.screen import Screen

__all__ = [
    "MOLECULES",
    "Series",
    "named_in",
    "read_series",
    "why_so_few",
    "with_theirs",
]

MOLECULES = Choice(name="molecules")
KINDS: frozenset[Kind] = frozenset({"counts", "vector", "settings", "tokens"})
"""How candidates are described."""

NUMBER = re.compile(r"[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?")
LEAST = 10
"""Candidates without which nothing can be replayed."""


@frozen(kw_only=True, eq=False)
class Series:
    """Candidates with their measured values, and how they are described."""

    goals: tuple[Goal, ...]
    """What is wanted, each in the unit of its values."""

    modality: Choice
    candidates: tuple[Candidate, ...]
    ids: tuple[str, ...]
    values: FloatArray
    """Value of each candidate and goal, shape (n, t), in the goal's unit."""

    costs: FloatArray | None
    """What each candidate costs, shape (n,), > 0; None if all cost alike."""

    held_back: bytes
    """All measurements as a result file."""

    quarantine: tuple[Quarantined, ...]
    barred: tuple[Quarantined, ...]
    """Rows that do not meet a condition on a column; not among ``n_rows``."""

    n_rows: int
    sha256: str
    """Of the file."""

    features: Features
    """Of all candidates, described once, in their order."""

    related: Studied | None = None
    """What was known of a related series before; for the strategy of that name."""

    screen: Screen | None = None
    """A cheaper assay, and what it costs; its values are held back with the others."""

    screened: Studied | None = None
    """Its values, turned so that they rise with those of the goal."""

    stand_ins: Mapping[str, str] = field(factory=dict)
    """Property -> the nameless column that was taken for it; of structures likewise."""

    @property
    def is_kept(self) -> npt.NDArray[np.bool_]:
        """Which candidates keep every limit, shape (n,)."""
        each = [
            goal.worth(self.values[:, j]) >= 0.0 for j, goal in enumerate(self.goals) if goal.limit
        ]
        return np.asarray(np.all([np.ones(len(self.ids), bool), *each], axis=0))

    @property
    def worths(self) -> FloatArray:
        """How good each candidate is for each goal that is no limit, larger is better.

        Shape (n, number of such goals); minus infinity for who breaks a limit.
        """
        columns = [goal.worth(self.values[:, j]) for j, goal in enumerate(wanted(self.goals))]
        return np.where(self.is_kept[:, None], np.stack(columns, axis=1), -np.inf)

    @property
    def worth(self) -> FloatArray:
        """How good each candidate is for the first goal, shape (n,)."""
        return self.worths[:, 0]

    def best_of(self, ids: Collection[str]) -> float:
        """Return the best value of some candidates for the first goal, in its unit.

        Of those that keep the limits; where none of them does, the worst that the series has.
        """
        mine = self.is_kept & [i in ids for i in self.ids]
        worth = self.worth
        row = np.argmax(np.where(mine, worth, -np.inf))
        if not mine.any():
            row = np.argmin(np.where(self.is_kept, worth, np.inf))
        return float(self.values[row, 0])

    @property
    def prices(self) -> dict[str, float]:
        """Candidate id -> what it costs; empty if all cost alike."""
        return {} if self.costs is None else dict(zip(self.ids, self.costs.tolist(), strict=True))

    def catalogue(self, record: Record) -> Ingested:
        """Return the event that brings the candidates, without their values, into a campaign."""
        empty = record.put(b"")
        return Ingested(
            file="catalogue",
            source_sha256=empty,
            sheets=(),
            measurements_sha256=record.put(write_measurements(())),
            candidates_sha256=record.put(write_candidates(self.candidates)),
            quarantine_sha256=record.put(write_quarantine(())),
            n_rows=len(self.candidates),
            n_loaded=len(self.candidates),
            n_flagged=0,
            n_quarantined=0,
        )


def read_series(
    file: RawFile,
    goals: Sequence[Goal],
    *,
    structure: str = "",
    settings: Sequence[str] = (),
    cost: str = "",
    screen: Screen | None = None,
    where: Sequence[Where] = (),
    modality: Choice = MOLECULES,
) -> Series:
    """Read a plain table of structures and values.

    Args:
        file: CSV, TSV, SMI or SDF, also gzipped.
        goals: Columns or properties to replay, and what is wanted of them; units are read from
            the file.
        structure: The column of structures or sequences, of chains several with commas between
            them; guessed if blank.
        settings: The columns that make the recipe of each row, in place of a structure.
        cost: The column of what a candidate costs, or a number; all cost 1 if blank.
        screen: The column of a cheaper assay, and what it costs; who has no value there fails it.
        where: What columns must say for a row to be looked at.
        modality: Kind of matter, with its options.

    Raises:
        DataError: The file cannot be read, has no such column, fewer than ten candidates have a
            value for every goal, or a cost is no number above 0.
    """
    table, barred = only_within(only_table(file), where)
    every = (*goals, screen.beside(goals[0])) if screen else tuple(goals)
    table = widened(table, [goal.property for goal in every])
    mapping = mapping_of(
        table,
        properties=[goal.property for goal in every],
        written=() if settings else written_in(table, modality.name, structure),
        settings=settings,
    )
    demand_matter(table, mapping, modality.name, file.name)
    choice = _choice(table, mapping, modality, settings)
    reader: Modality = build("modalities", choice.name, choice.options)
    intake = take_in(
        file, table, mapping, choice.name, reader, campaign="replay", register=Register()
    )
    every = named_in(mapping, every, intake.measurements)
    asked = every[: len(goals)]
    known = [_values(intake.measurements, goal) for goal in asked]
    ids = set.intersection(*(set(values) for values in known))
    _demand_enough(ids, asked, (*intake.quarantine, *barred), file.name)
    _demand_difference([known[0][i] for i in ids], asked[0], file.name)
    candidates = tuple(c for c in intake.candidates if c.id in ids)
    return Series(
        goals=asked,
        modality=choice,
        candidates=candidates,
        ids=tuple(c.id for c in candidates),
        values=np.array([[values[c.id] for values in known] for c in candidates]),
        costs=_costs(table, cost, intake, candidates) if cost else None,
        screen=evolve(screen, property=every[-1].property, unit=every[-1].unit) if screen else None,
        screened=_screened(every[-1], asked[0], intake, candidates) if screen else None,
        held_back=to_csv(_held_back(intake.measurements, every)),
        quarantine=intake.quarantine,
        barred=barred,
        n_rows=intake.n_rows,
        sha256=hashlib.sha256(file.content).hexdigest(),
        features=reader.describe(candidates, KINDS & reader.offers),
        stand_ins=dict(stand_ins(mapping, structure)),
    )


def _choice(
    table: RawTable, mapping: ColumnMapping, modality: Choice, settings: Sequence[str]
) -> Choice:
    """Return the modality that reads what writes the candidates."""
    if settings:
        return recipes_of([table], settings)
    named = [column for column in (mapping.structure, *mapping.parts) if column]
    return fitting(chained(modality, table, named), [(table, column) for column in named])


def _demand_enough(
    ids: Collection[str], goals: Sequence[Goal], out: Sequence[Quarantined], file: str
) -> None:
    """Refuse a series of too few candidates; ``out`` are the rows that were not used."""
    if len(ids) < LEAST:
        names = " and ".join(repr(goal.property) for goal in goals)
        raise DataError(
            f"{len(ids)} candidates have a value of {names}{why_so_few(out)}",
            where=file,
            remedy=with_theirs(
                f"Give a file with at least {LEAST}; check --property, --goal, --structure.", out
            ),
        )


def _demand_difference(values: Sequence[float], goal: Goal, file: str) -> None:
    """Refuse a series in which nobody is better than anybody."""
    if len(set(values)) == 1:
        raise DataError(
            f"All {len(values)} values of {goal.property!r} are {values[0]:g}: there is no best",
            where=file,
            remedy="Give a file whose values differ; check --property and --goal.",
        )


def named_in(
    mapping: ColumnMapping, goals: Sequence[Goal], measurements: Sequence[Measurement]
) -> tuple[Goal, ...]:
    """Return goals with the property of their columns, and the unit of the column or its rows."""
    return tuple(
        evolve(goal, property=value.property, unit=_unit(value, measurements))
        for goal, value in zip(goals, mapping.values, strict=True)
    )


def _unit(value: ValueColumn, measurements: Sequence[Measurement]) -> str:
    """Return the unit of a column; the commonest of its rows where it names none."""
    if value.as_p or value.unit:
        return "1" if value.as_p else value.unit
    own = Counter(m.standard_units for m in usable(measurements, value.property))
    return max(own, key=lambda unit: (own[unit], unit), default="1")


def _values(measurements: Sequence[Measurement], goal: Goal) -> dict[str, float]:
    """Return candidate id -> its value of a goal's property."""
    ids, known = targets(
        measurements, goal.property, unit=goal.unit, pool_reason="one file, one series"
    )
    return dict(reversed(list(zip(ids, known.values[:, 0].tolist(), strict=True))))


def _costs(
    table: RawTable, column: str, intake: Intake, candidates: Sequence[Candidate]
) -> FloatArray:
    """Return what each candidate costs: the least that any of its rows says; or one number."""
    if column not in table.columns and NUMBER.fullmatch(column):
        return np.full(len(candidates), price(column, where="--cost"))
    demand_column(table, column, "--cost")
    row_of = {number: cells[column] for number, cells in table}
    comma = has_decimal_comma(row_of.values())
    cells = {m.source_row: row_of[m.source_row] for m in intake.measurements}
    costs = costs_in(cells, where=f"column {column}", decimal_comma=comma)
    found: dict[str, float] = {}
    for m in intake.measurements:
        told = costs[m.source_row]
        found[m.candidate_id] = min(told, found.get(m.candidate_id, told))
    return np.array([found[c.id] for c in candidates])


def _screened(screen: Goal, goal: Goal, intake: Intake, candidates: Sequence[Candidate]) -> Studied:
    """Return what was screened of these candidates, turned so that it rises with the goal."""
    ids, known = targets(
        intake.measurements, screen.property, unit=screen.unit, pool_reason="one file, one series"
    )
    by_id = {c.id: c for c in candidates}
    rows = np.array([i for i, id in enumerate(ids) if id in by_id], np.intp)
    if len(rows) < LEAST:
        raise DataError(
            f"{len(rows)} candidates with a value have one of {screen.property!r}, too",
            where="--screen",
            remedy=f"Give a file in which at least {LEAST} have both.",
        )
    sign, known = screen.sign() * goal.sign(), known.take(rows)
    turned = known.bounds if sign > 0 else -known.bounds
    return Studied(
        goal=screen,
        candidates=[by_id[ids[row]] for row in rows],
        targets=evolve(known, values=sign * known.values, bounds=turned),
        source=f"the screen {screen.property}",
    )


def why_so_few(quarantine: Sequence[Quarantined]) -> str:
    """Return the commonest reason why rows were not used, to end a sentence."""
    if not quarantine:
        return ""
    reason, n = Counter(q.reason for q in quarantine).most_common(1)[0]
    return f"; {n} of {len(quarantine)} rows that were not used say: {reason}"


def with_theirs(remedy: str, quarantine: Sequence[Quarantined]) -> str:
    """Return a remedy behind that of the commonest reason why rows were not used."""
    commonest = Counter((q.reason, q.remedy) for q in quarantine).most_common(1)
    return " ".join([*(told for (why, told), _ in commonest if why != BLANK), remedy])


def _held_back(measurements: Sequence[Measurement], goals: Sequence[Goal]) -> list[dict[str, str]]:
    """Return every usable measurement as a row of a result file."""
    asked = {goal.property for goal in goals}
    return [
        {
            "candidate_id": m.candidate_id,
            "property": m.standard_type,
            "relation": m.standard_relation,
            "value": repr(m.standard_value),
            "unit": m.standard_units,
            "status": "ok",
        }
        for m in measurements
        if m.standard_type in asked and m.status == "valid" and m.standard_value is not None
    ]
