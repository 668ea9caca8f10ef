# SPDX-License-Identifier: Apache-2.0
"""The next batch from two plain files: what is measured, and what could be.

The very loop that runs a campaign takes one step, in memory: it trains, judges and calibrates a
model and chooses. Every row of both files is used, or told with its reason.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import cast

import cattrs
from attrs import evolve, frozen

from loopwright.core.errors import DataError, SpecError
from loopwright.core.ports import Modality, Sketcher
from loopwright.core.values import Candidate, RawFile, RawTable
from loopwright.data.guess import guess
from loopwright.data.intake import Intake, take_in
from loopwright.data.long import widened
from loopwright.data.mapping import ColumnMapping
from loopwright.data.suspicion import looked_at
from loopwright.data.tables import write_candidates, write_measurements, write_quarantine
from loopwright.data.where import Where
from loopwright.data.whose import Register
from loopwright.loop.columns import mapping_of, stand_ins
from loopwright.loop.expected import Gain
from loopwright.loop.explain import Pick
from loopwright.loop.facts import Ingested, ModelTrained
from loopwright.loop.first_look import Looker, Sketched
from loopwright.loop.library import Library, sift_library
from loopwright.loop.pool import Pool, PoolRow, Sifted, priced, read_pool, sift_table, spoilt_in
from loopwright.loop.prices import cost_of
from loopwright.loop.record import Record
from loopwright.loop.related import related_of, studied
from loopwright.loop.replay import FIRST_CHOICE, in_memory, of_modality
from loopwright.loop.run import Campaign, propose
from loopwright.loop.series import named_in, why_so_few, with_theirs
from loopwright.loop.settings import recipes_of
from loopwright.loop.state import Done, Proposal
from loopwright.loop.studied import Studied
from loopwright.loop.tabling import SAMPLE_ROWS, demand_column, only_table
from loopwright.loop.written import chained, demand_matter, fitting, written_in
from loopwright.registry import build
from loopwright.spec.campaign import CampaignSpec, Choice, Start, Stop
from loopwright.spec.goal import Goal

__all__ = ["Ask", "Chosen", "choose_from_files"]

NAME = "propose"

_NONE_LEFT = "Give candidates that have no value yet; check --structure, --where and --cost."


@frozen(kw_only=True)
class Ask:
    """What is wanted of the two files."""

    goals: tuple[Goal, ...]
    proposer: str = ""
    """Who chooses; the one that fits goals and matter if blank."""

    structure: str = ""
    """The column of structures or sequences in both files, of chains several with commas between
    them; guessed if blank."""

    settings: tuple[str, ...] = ()
    """The columns of both files that make a recipe, in place of a structure."""

    modality: Choice
    batch: int
    cycles_left: int
    """Batches that will follow this one; 0 if it is the last."""

    cost: str
    """The column of the pool that says what a candidate costs; all cost 1 if blank."""

    budget: float | None
    """What this batch and those that follow may cost."""

    max_per_family: int | None
    """Most candidates of one family in the batch; no limit if None."""

    max_per_cluster: int | None = None
    """Most candidates of one cluster of similar ones in the batch; no limit if None."""

    where: tuple[Where, ...] = ()
    """What columns of the pool must say for a row to be offered."""

    related: RawFile | None = None
    """Values of a related series; the batch is chosen by it too, as far as it helps."""

    related_property: str = ""
    """The property in that file; that of the first goal if blank."""

    as_written: bool = False
    """Whether values that look wrong are learned from as they are, related ones too."""

    seed: int

    sketched: Callable[[Choice], Sketched] | None = None
    """Who takes the first look at a large pool for a modality, in place of this process."""


@frozen(kw_only=True, eq=False)
class Chosen:
    """The batch, and what became of every row."""

    goals: tuple[Goal, ...]
    """As asked for, with the units of the values."""

    modality: str
    picks: tuple[Pick, ...]
    gain: Gain | None
    """What the batch is expected to gain; None without a model of use."""

    short: str
    """Why there are fewer picks than asked for; blank if there are not."""

    models: tuple[ModelTrained, ...]
    """One for each goal; none if nothing was trained."""

    cost: float | None
    """Of the whole batch; None if all cost alike."""

    pool: Pool
    sifted: Sifted
    """What the pool was before anybody looked closely."""

    measured: Intake
    n_known: int
    """Measured candidates that were learned from."""

    related: Intake | None = None
    """What became of the related series; None if none was given."""

    stand_ins: Mapping[str, str] = MappingProxyType({})
    """Property -> the nameless column of what is measured that was taken for it."""


def choose_from_files(pool: RawFile | Library, measured: RawFile | None, ask: Ask) -> Chosen:
    """Choose the next batch from a pool, given what is measured.

    Args:
        pool: A table of structures or sequences that could be measured; a library of structures
            where it is too large to be held.
        measured: A table of structures or sequences, and values of the property; may be None where
            a related series is given.
        ask: What is wanted.

    Raises:
        DataError: A file cannot be read or names no candidates, nothing in ``measured`` has a
            value, or nothing in ``pool`` is left to measure.
    """
    known_file, known_table = _known_table(measured, ask)
    pool_table = pool.head() if isinstance(pool, Library) else only_table(pool)
    mapping, offer, choice = _columns(known_table, pool_table, ask)
    reader: Modality = build("modalities", choice.name, choice.options)
    intake = take_in(
        known_file, known_table, mapping, choice.name, reader, campaign=NAME, register=Register()
    )
    intake = intake if ask.as_written else looked_at(intake, known_table, mapping)
    goals = named_in(mapping, ask.goals, intake.measurements)
    known = [studied(goal, intake, measured.name) for goal in goals] if measured else []
    related, told = _related(ask, goals[0], choice)
    ids = {c.id for one in known for c in one.candidates}
    fates = dict(spoilt_in(known_table, mapping, reader, intake))
    fates |= dict.fromkeys(ids | _odd(intake), "measured")
    looker = _looker(ask, choice, reader, known or [r for r in (related,) if r is not None])
    sifted = _sifted(pool, pool_table, offer, ask, looker)
    read = read_pool(sifted.table, offer, reader, known=fates)
    read, prices = priced(read, sifted.table, ask.cost) if ask.cost else (read, {})
    offered = _offered(read, sifted, pool.name)
    campaign = in_memory(_spec(ask, choice, goals), root=Path(), prices=prices, related=related)
    if measured is not None:
        campaign.record.add(_event(campaign.record, measured, _tried(intake, ids), intake))
    campaign.record.add(_event(campaign.record, pool, [r.candidate for r in offered]))
    proposal, models = _step(campaign, ask)
    picks = _picks(campaign, proposal)
    return Chosen(
        goals=goals,
        modality=choice.name,
        picks=picks,
        gain=proposal.gain,
        short=proposal.short,
        models=models,
        cost=cost_of(campaign.spec, prices, [p.candidate.id for p in picks]) if prices else None,
        pool=read,
        sifted=sifted,
        measured=intake,
        n_known=len(ids),
        related=told,
        stand_ins=stand_ins(mapping, ask.structure),
    )


def _odd(intake: Intake) -> set[str]:
    """Return who has a value that looks wrong."""
    return {m.candidate_id for m in intake.measurements if m.status == "flagged"}


def _picks(campaign: Campaign, proposal: Proposal) -> tuple[Pick, ...]:
    """Return the picks of a batch as the record has them."""
    kept = campaign.record.get_json(proposal.picks_sha256)
    return tuple(cattrs.structure(kept, list[Pick]))


def _looker(ask: Ask, choice: Choice, reader: Modality, told: Sequence[Studied]) -> Looker | None:
    """Return who looks over a large pool, by what is measured or related; None if nobody can."""
    if "sketch" not in reader.offers:
        return None
    return Looker(
        modality=cast("Sketcher", reader),
        studied=told,
        seed=ask.seed,
        sketched=ask.sketched(choice) if ask.sketched else None,
    )


def _sifted(
    pool: RawFile | Library, table: RawTable, offer: ColumnMapping, ask: Ask, looker: Looker | None
) -> Sifted:
    """Return the rows of the pool that are worth a close look; of a library ``table`` is a part."""
    if ask.cost:
        demand_column(table, ask.cost, "--cost")
    if not isinstance(pool, Library):
        return sift_table(table, offer, ask.where, looker)
    if looker is None or not offer.structure:
        raise DataError(
            "The pool is too large to be held, and no column of its first row holds structures",
            where=pool.name,
            remedy="Name the column with --structure, or give a smaller file.",
        )
    beside = [ask.cost] if ask.cost else []
    return sift_library(pool, offer, ask.where, looker, beside=beside)


def _tried(intake: Intake, known: Collection[str]) -> list[Candidate]:
    """Return who has a value, and who failed."""
    failed = {m.candidate_id for m in intake.measurements if m.standard_value is None}
    return [c for c in intake.candidates if c.id in known or c.id in failed]


def _offered(read: Pool, sifted: Sifted, file: str) -> list[PoolRow]:
    """Return the rows of the pool that are offered; refuse a pool without any."""
    offered = [r for r in read.rows if r.fate == "offered"]
    if not offered:
        n = sum(r.fate == "measured" for r in read.rows)
        known = f"; {n} of {len(read.rows)} that can be read are measured already" if n else ""
        out = (*read.left_out, *sifted.barred)
        raise DataError(
            f"No row of the pool is left to measure{known}{why_so_few(out)}",
            where=file,
            remedy=with_theirs(_NONE_LEFT, out),
        )
    return offered


def _known_table(measured: RawFile | None, ask: Ask) -> tuple[RawFile, RawTable]:
    """Return what is measured; where nothing is, no rows under the columns of what is related."""
    if measured is not None:
        return measured, widened(only_table(measured), [g.property for g in ask.goals])
    if ask.related is None:
        raise SpecError(
            "Nothing is measured, and no related series is given",
            where="--measured",
            remedy="Give measured values, or a related series with --related FILE.",
        )
    named = [ask.related_property or ask.goals[0].property]
    return ask.related, evolve(widened(only_table(ask.related), named), rows=())


def _related(ask: Ask, goal: Goal, choice: Choice) -> tuple[Studied | None, Intake | None]:
    """Return what is known of the related series, and what became of its rows, if one was given."""
    if ask.related is None:
        return None, None
    told = related_of(
        ask.related, goal, choice, property=ask.related_property, as_written=ask.as_written
    )
    return told.studied, told.intake


def _step(campaign: Campaign, ask: Ask) -> tuple[Proposal, tuple[ModelTrained, ...]]:
    """Let a campaign propose; return the batch and the models."""
    after = propose(campaign)
    if isinstance(after, Done):
        raise DataError(
            f"No batch can be chosen: {after.why}",
            where="--budget" if ask.budget is not None else "--pool",
            remedy="Raise the budget above the cost of the cheapest candidate, or offer others.",
        )
    assert after.proposal is not None, "a batch was asked for"
    return after.proposal, after.models[-1].each() if after.models else ()


def _columns(
    known: RawTable, pool: RawTable, ask: Ask
) -> tuple[ColumnMapping, ColumnMapping, Choice]:
    """Return what the columns of both tables mean, and the modality that reads them."""
    mapping = mapping_of(
        known,
        properties=[g.property for g in ask.goals],
        written=() if ask.settings else written_in(known, ask.modality.name, ask.structure),
        settings=ask.settings,
    )
    demand_matter(known, mapping, ask.modality.name, "--measured")
    if ask.settings:
        offer = ColumnMapping(parts=ask.settings)
        return mapping, offer, recipes_of([known, pool], ask.settings)
    offer = _offered_columns(pool, ask)
    demand_matter(pool, offer, ask.modality.name, "--pool")
    columns = [
        (table, column)
        for table, told in ((known, mapping), (pool, offer))
        for column in (told.structure, *told.parts)
        if column
    ]
    named = [column for column in (mapping.structure, *mapping.parts) if column]
    return mapping, offer, fitting(chained(ask.modality, known, named), columns)


def _offered_columns(table: RawTable, ask: Ask) -> ColumnMapping:
    """Return the columns of the pool; of values it needs none."""
    rows = [cells for _, (_, cells) in zip(range(SAMPLE_ROWS), table, strict=False)]
    written = written_in(table, ask.modality.name, ask.structure)
    if not set(written) <= set(table.columns):
        written = written_in(table, ask.modality.name)
    column, parts = (written[0], ()) if len(written) == 1 else ("", written)
    try:
        found = guess(table.columns, rows, needs_values=False)
    except DataError:
        if not written:
            raise
        return ColumnMapping(structure=column, parts=parts)
    return ColumnMapping(
        structure=column or ("" if parts else found.structure),
        parts=parts,
        name=found.name if found.name not in written else "",
    )


def _spec(ask: Ask, modality: Choice, goals: tuple[Goal, ...]) -> CampaignSpec:
    """Return the campaign whose first cycle after the start this batch is."""
    models, proposer = of_modality(FIRST_CHOICE, modality.name, goals)
    return CampaignSpec(
        name=NAME,
        seed=ask.seed,
        goals=goals,
        modality=modality,
        models=tuple(Choice(name=m) for m in models),
        proposer=Choice(name=ask.proposer or proposer),
        start=Start(size=ask.batch),
        batch_size=ask.batch,
        budget=ask.budget,
        max_per_family=ask.max_per_family,
        max_per_cluster=ask.max_per_cluster,
        stop=Stop(cycles=1 + ask.cycles_left),
    )


def _event(
    record: Record,
    file: RawFile | Library,
    candidates: Sequence[Candidate],
    intake: Intake | None = None,
) -> Ingested:
    """Return the event that brings a file into the campaign: as measured, or as the pool.

    One file may be both; its digest as a pool is another, else it would take its own place.
    """
    n, digest = len(candidates), _digest(file)
    return Ingested(
        file=file.name,
        source_sha256=digest if intake else hashlib.sha256(f"pool {digest}".encode()).hexdigest(),
        sheets=(),
        measurements_sha256=record.put(write_measurements(intake.measurements if intake else ())),
        candidates_sha256=record.put(write_candidates(candidates)),
        quarantine_sha256=record.put(write_quarantine(intake.quarantine if intake else ())),
        n_rows=intake.n_rows if intake else n,
        n_loaded=intake.n_loaded if intake else n,
        n_flagged=intake.n_flagged if intake else 0,
        n_quarantined=intake.n_quarantined if intake else 0,
    )


def _digest(file: RawFile | Library) -> str:
    return file.sha256 if isinstance(file, Library) else hashlib.sha256(file.content).hexdigest()
