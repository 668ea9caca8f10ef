# SPDX-License-Identifier: Apache-2.0
"""Propose from plain files: the next batch without a workspace."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from attrs import field, frozen
from attrs.validators import ge, gt, min_len, optional

from loopwright.api.cluster import sketched_on
from loopwright.api.exports import REASON_COLUMNS, goal_cells, goal_columns, reason_cells
from loopwright.api.goals import as_goals
from loopwright.api.modality import modality_of
from loopwright.api.plain_rows import Rows, has_faults, pool_rows, value_rows
from loopwright.api.pools import pool_at
from loopwright.api.reach import out_of_reach
from loopwright.core.errors import SpecError
from loopwright.core.values import RawFile
from loopwright.data.text import harmless
from loopwright.data.where import Where, as_conditions
from loopwright.loop.expected import Gain
from loopwright.loop.explain import Near, Said
from loopwright.loop.plain import Ask, Chosen, choose_from_files
from loopwright.loop.reasons import Change, Shares
from loopwright.spec.campaign import misfit
from loopwright.spec.goal import Goal, aim_of

__all__ = [
    "Learned",
    "PlainBatch",
    "PlainPick",
    "Rows",
    "Wanted",
    "picks_csv",
    "propose_from_files",
]


@frozen(kw_only=True)
class Wanted:
    """What is asked of a pool and of measured values."""

    goals: tuple[Goal, ...] = field(converter=as_goals, validator=min_len(1))
    """Columns or properties, and what is wanted of each; also as texts such as ``pIC50:max``."""

    batch: int = field(default=24, validator=ge(1))
    """How many candidates to pick."""

    proposer: str = field(default="")
    """Who chooses, if it is not to be the one that fits goals and matter best."""

    cost: str = ""
    """The column of the pool that says what a candidate costs; every one costs 1 if blank."""

    budget: float | None = field(default=None, validator=optional(gt(0.0)))
    """What this batch and those that follow may cost; where their costs
    differ, this one gets an even part of it."""

    max_per_family: int | None = field(default=None, validator=optional(ge(1)))
    """Most candidates of one family (scaffold) in the batch; no limit if None."""

    max_per_cluster: int | None = field(default=None, validator=optional(ge(1)))
    """Most candidates of one cluster of similar ones in the batch; no limit if None."""

    where: tuple[Where, ...] = field(default=(), converter=as_conditions)
    """What columns of the pool must say for a row to be offered; also as texts such as
    ``mw<500``."""

    structure: str = ""
    """The column of structures or sequences; of chains ``heavy,light``; guessed in each file if
    blank."""

    modality: str = "molecules"
    """Kind of matter: ``molecules``, ``proteins`` or ``recipes``."""

    settings: tuple[str, ...] = ()
    """Of recipes, the columns of both files that make them: temperature, solvent ..."""

    parent: str = ""
    """Of proteins, the sequence that mutations such as ``A23G`` are counted from."""

    first_position: int = field(default=1, validator=ge(0))
    """The number that a mutation gives to the first residue of the parent."""

    related: RawFile | None = None
    """Values of a related series: an earlier project's, another species', a cheaper assay's. The
    batch is chosen by it too, as far as it helps; alone, where nothing is measured yet."""

    related_property: str = ""
    """The property in that file; that of the first goal if blank."""

    cycles_left: int = field(default=1, validator=ge(0))
    """Batches that will follow this one; the last one takes what looks best."""

    seed: int = field(default=0, validator=ge(0))
    """Same files, same seed, same picks."""

    as_written: bool = False
    """Whether values that look wrong (1000x off, far outside the others) are learned from, too, of
    measured values and of a related series."""

    cluster: str = ""
    """Address of a Ray cluster that takes the first look at a large pool, with the same picks."""

    @proposer.validator
    def _check_proposer(self, _: object, value: str) -> None:
        if why := misfit(value, self.goals):
            raise SpecError(why, where="--proposer", remedy="Take another, or leave it out.")


@frozen(kw_only=True)
class PlainPick:
    """A candidate to measure next."""

    rank: int
    """1 is the most wanted."""

    row: int
    """Where it stands in the pool, as a person counts."""

    id: str
    text: str
    name: str
    mean: float | None
    """Predicted value, in the property's unit; None where no model had a say."""

    std: float | None
    """Doubt about the true value."""

    low: float | None
    """Lower end of the calibrated 90 % interval of a new measurement."""

    high: float | None
    in_domain: bool | None
    neighbours: tuple[Near, ...]
    others: tuple[Said, ...]
    """What is predicted for the goals behind the first."""

    meets: float | None
    """Chance that its measurements reach every threshold; None where no goal names one, or no
    model is of use."""

    chance: float | None
    """That it can be made and measured, learned from failures; None where nobody can tell."""

    reason: str
    shares: Shares | None
    """What it owes its place to; None without a model of use."""

    change: Change | None
    """What would make it lose its place; None where that is not computed."""

    mutations: str = ""
    """Of proteins, how it differs from the parent; blank where none is given of its length."""


@frozen(kw_only=True)
class Learned:
    """What was learned of one goal."""

    property: str
    model: str
    """Which model spoke; blank if none is of use."""

    why: str


@frozen(kw_only=True)
class PlainBatch:
    """The next batch, and what became of every row."""

    property: str
    """Of the first goal, as are unit, direction, model and why."""

    unit: str
    direction: str
    goals: tuple[str, ...]
    """What is wanted, in words."""

    modality: str
    model: str
    """Which model spoke; blank if none is of use."""

    why: str
    """What was tried, against which baselines."""

    models: tuple[Learned, ...]
    """The model of each goal."""

    cost: float | None
    """Of the whole batch; None if all candidates cost alike."""

    n_known: int
    """Measured candidates that were learned from."""

    gain: Gain | None
    """What the batch is expected to gain over the best so far, and what is left to find."""

    picks: tuple[PlainPick, ...]
    short: str
    """Why there are fewer picks than asked for; blank if there are not."""

    warning: str
    """What to think of before the batch is made, with the remedy; blank if there is nothing."""

    pool: Rows
    measured: Rows
    has_faults: bool
    """Whether a row of any file could not be used, though it has something to say."""

    related: Rows | None = None
    """Of the related series; None if none was given."""

    stand_ins: dict[str, str] = field(factory=dict)
    """Property -> the column that was taken for it, where none is named so and the name of that
    one, ``Y`` or ``affinity``, does not say of what its values are. ``structure`` likewise, where
    a column without a name holds the structures."""


def propose_from_files(
    pool: RawFile | Path, measured: RawFile | None, wanted: Wanted
) -> PlainBatch:
    """Choose what to measure next from two plain tables.

    Args:
        pool: Structures or sequences that could be measured; a row that is measured already, or
            repeats another, is told and not offered. A path may lead to a file of structures that
            is too large to be held: it is read row by row.
        measured: Structures or sequences, and values of the property; None where nothing is, and a
            related series is given.
        wanted: The property, the size of the batch, the seed.

    Raises:
        DataError: A file cannot be read, has no such column, or no row of it can be used.
        SpecError: The options do not go together.
        MissingExtraError: A cluster is asked for, and Ray is not installed.
    """
    ask = _ask(wanted)
    opened = pool_at(pool, ask) if isinstance(pool, Path) else pool
    chosen = choose_from_files(opened, measured, ask)
    first = chosen.goals[0]
    models = tuple(
        Learned(property=m.property, model=m.model if m.is_useful else "", why=m.why)
        for m in chosen.models
    )
    picks = _picks(chosen)
    return PlainBatch(
        property=first.property,
        unit=first.unit,
        direction=first.direction,
        goals=tuple(map(aim_of, chosen.goals)),
        modality=chosen.modality,
        model=models[0].model if models else "",
        why=models[0].why if models else "nothing was trained",
        models=models,
        cost=chosen.cost,
        gain=chosen.gain,
        n_known=chosen.n_known,
        picks=picks,
        short=chosen.short,
        warning=out_of_reach(p.meets for p in picks),
        pool=pool_rows(pool.name, chosen),
        measured=value_rows(measured.name if measured else "", chosen.measured),
        has_faults=has_faults(chosen),
        related=value_rows(wanted.related.name if wanted.related else "", chosen.related)
        if chosen.related
        else None,
        stand_ins=dict(chosen.stand_ins),
    )


def _ask(wanted: Wanted) -> Ask:
    """Return what is asked of the loop."""
    return Ask(
        goals=wanted.goals,
        proposer=wanted.proposer,
        cost=wanted.cost,
        budget=wanted.budget,
        max_per_family=wanted.max_per_family,
        max_per_cluster=wanted.max_per_cluster,
        as_written=wanted.as_written,
        structure=wanted.structure,
        settings=wanted.settings,
        modality=modality_of(
            wanted.modality,
            wanted.parent,
            wanted.settings,
            first_position=wanted.first_position,
        ),
        batch=wanted.batch,
        cycles_left=wanted.cycles_left,
        where=wanted.where,
        related=wanted.related,
        related_property=wanted.related_property,
        seed=wanted.seed,
        sketched=sketched_on(wanted.cluster) if wanted.cluster else None,
    )


def picks_csv(batch: PlainBatch) -> bytes:
    """Return the picks as CSV, one row each, numbers unrounded."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    others = [said.property for said in batch.picks[0].others] if batch.picks else []
    more = goal_columns((p.shares, p.change) for p in batch.picks)
    variant = ("mutations",) if any(p.mutations for p in batch.picks) else ()
    writer.writerow(
        [
            *_COLUMNS,
            *REASON_COLUMNS,
            *more,
            *(f"{o}{end}" for o in others for end in ("", "_low", "_high")),
            *variant,
        ]
    )
    for pick in batch.picks:
        cells = [getattr(pick, name) for name in _COLUMNS]
        cells += reason_cells(pick.shares, pick.change)
        cells += goal_cells(pick.shares, pick.change) if more else ()
        cells += [part for said in pick.others for part in (said.mean, said.low, said.high)]
        cells += [pick.mutations for _ in variant]
        writer.writerow(
            ["" if c is None else harmless(c) if isinstance(c, str) else c for c in cells]
        )
    return text.getvalue().encode()


_COLUMNS = (
    "rank", "row", "id", "text", "name", "mean", "std", "low", "high", "in_domain", "meets",
    "chance", "reason",
)  # fmt: skip


def _picks(chosen: Chosen) -> tuple[PlainPick, ...]:
    """Return the picks with the rows of the pool where they stand."""
    row = {r.candidate.id: r.row for r in chosen.pool.rows if r.fate == "offered"}
    return tuple(
        PlainPick(
            rank=p.rank,
            row=row[p.candidate.id],
            id=p.candidate.id,
            text=p.candidate.text,
            name=p.candidate.name,
            mean=p.mean,
            std=p.std,
            low=p.low,
            high=p.high,
            in_domain=p.in_domain,
            neighbours=p.neighbours,
            others=p.others,
            meets=p.meets,
            chance=p.chance,
            reason=p.reason,
            shares=p.shares,
            change=p.change,
            mutations=p.mutations,
        )
        for p in chosen.picks
    )
