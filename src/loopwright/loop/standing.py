# SPDX-License-Identifier: Apache-2.0
"""The measurements of a campaign as they count: what its files say, under what people said.

It also tells which models learned from a value that counts no longer, and what they proposed.
Everything is computed from facts and artefacts; nothing is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache

import cattrs
from attrs import evolve, frozen

from loopwright.core.values import Measurement
from loopwright.data.assays import assay_of
from loopwright.data.tables import read_measurements
from loopwright.loop.facts import (
    KINDS,
    Corrected,
    ModelTrained,
    Ordered,
    Proposed,
    read_event,
)
from loopwright.loop.fold import fold
from loopwright.loop.record import Record
from loopwright.loop.rulings import Ruled, Ruling, rule, same_rows, told
from loopwright.loop.state import State
from loopwright.spec.goal import Goal

__all__ = ["Witness", "changed_since", "read_ruling", "rules_of", "standing", "witnesses"]

Table = Callable[[str], Sequence[Measurement]]


@frozen(kw_only=True)
class Witness:
    """A model that has learned from a value, and what it did with it."""

    fact: int
    """Number of the fact in which it was trained."""

    model: str
    model_sha256: str
    cycle: int
    """The cycle that it was trained for."""

    is_in_use: bool
    """Whether it is the last one, and of use; once its data have changed, the next step trains
    another."""

    measurements: tuple[str, ...]
    """Ids of those asked about that it had learned from."""

    batches: tuple[str, ...]
    """What it proposed: the order, or the batch and that it was not ordered."""


def read_ruling(record: Record, digest: str) -> Ruling:
    """Return what a person said in one fact."""
    return cattrs.structure(record.get_json(digest), Ruling)


def rules_of(record: Record, state: State) -> tuple[Ruling, ...]:
    """Return what people have said, oldest first."""
    return tuple(read_ruling(record, r.ruling_sha256) for r in state.rulings)


def standing(record: Record, state: State, rows: Iterable[Measurement], table: Table) -> Ruled:
    """Return measurements as they count.

    Args:
        record: Keeps the rulings.
        state: The campaign.
        rows: What its files say.
        table: Measurements of a file by the digest of their table.
    """
    if not state.rulings:
        return Ruled(measurements=tuple(rows), lapsed=())
    return rule(rows, rules_of(record, state), _same(state, table))


def _same(state: State, table: Table) -> dict[str, str]:
    """Return measurements of replaced files -> those of the same rows where they are now."""
    into: dict[str, str] = {}
    for old in state.replaced:
        for new in (*state.files, *state.replaced):
            if new.replaces_sha256 == old.source_sha256:
                into = same_rows(
                    table(old.measurements_sha256), table(new.measurements_sha256), into
                )
    return into


# ---- who has learned what
def witnesses(record: Record, ids: Collection[str], goal: Goal) -> tuple[Witness, ...]:
    """Return every model that learned from one of these measurements, oldest first.

    Args:
        record: The campaign.
        ids: Of measurements.
        goal: A model learns from no other property and from no other assay.
    """
    table = _reader(record)
    asked = _all_names(record.state, frozenset(ids), table)
    state, trained, batches = State(), list[Witness](), list[_Batch]()
    n_model = 0
    for fact in record.history():
        if fact.kind not in KINDS:
            continue
        event = read_event(fact.kind, fact.body)
        state = fold(state, event)
        match event:
            case ModelTrained(model_sha256=str(digest)):
                n_model = fact.number
                learned = _learned(record, state, goal, table, asked)
                cycle = state.orders[-1].cycle + 1 if state.orders else 1
                trained += [_witness(n_model, event, digest, cycle, learned)] if learned else []
            case Proposed():
                asks = n_model if event.model_sha256 else None
                batches.append(_Batch(model=asks, what=f"batch {event.cycle}, not ordered"))
            case Ordered() if batches:
                batches[-1] = evolve(batches[-1], what=f"order {event.order_id}")
            case _:
                pass
    if state.proposal is not None:
        batches[-1] = evolve(batches[-1], what=f"batch {state.proposal.cycle}, open")
    return tuple(
        evolve(
            w,
            is_in_use=w.fact == n_model and state.models[-1].is_useful,
            batches=tuple(dict.fromkeys(b.what for b in batches if b.model == w.fact)),
        )
        for w in trained
    )


def changed_since(record: Record, goal: Goal) -> tuple[str, ...]:
    """Return the measurements that the last model has learned from and that say that no longer.

    Corrected, excluded, mended, or gone with their file; new data alone change nothing.
    """
    state = record.state
    if not state.models or state.fresh_model is not None:
        return ()
    then = _when_trained(record)
    if then.rulings == state.rulings and set(then.data) <= set(state.data):
        return ()
    table = _reader(record)
    same = _same(state, table)
    now = {m.measurement_id: told(m) for m in _learned(record, state, goal, table)}
    return tuple(
        m.measurement_id
        for m in _learned(record, then, goal, table)
        if now.get(same.get(m.measurement_id, m.measurement_id)) != told(m)
    )


@frozen(kw_only=True)
class _Batch:
    """A batch, and the model before it."""

    model: int | None
    """Number of its fact; None where no model had a say."""

    what: str


def _witness(
    fact: int, event: ModelTrained, digest: str, cycle: int, learned: Sequence[Measurement]
) -> Witness:
    return Witness(
        fact=fact,
        model=event.model,
        model_sha256=digest,
        cycle=cycle,
        is_in_use=False,
        measurements=tuple(m.measurement_id for m in learned),
        batches=(),
    )


def _when_trained(record: Record) -> State:
    """Return the state in which the last model was trained."""
    state, then = State(), State()
    for fact in record.history():
        if fact.kind in KINDS:
            event = read_event(fact.kind, fact.body)
            state = fold(state, event)
            then = state if isinstance(event, ModelTrained) else then
    return then


def _learned(
    record: Record,
    state: State,
    goal: Goal,
    table: Table,
    only: frozenset[str] | None = None,
) -> list[Measurement]:
    """Return what a model learns from in this state, as far as it is asked for."""
    needed = only if only is None else _with_corrected(state, only)
    rows = (
        m
        for f in state.files
        for m in table(f.measurements_sha256)
        if needed is None or m.measurement_id in needed
    )
    ruled = standing(record, state, rows, table).measurements
    replaced = {m.supersedes for m in ruled}
    return [
        m
        for m in ruled
        if m.status == "valid"
        and m.standard_type == goal.property
        and m.standard_value is not None
        and m.measurement_id not in replaced
        and (only is None or m.measurement_id in only)
        and (not goal.assays or any(assay_of(m).is_meant(entry) for entry in goal.assays))
    ]


def _all_names(state: State, ids: frozenset[str], table: Table) -> frozenset[str]:
    """Return these ids, and those of the same rows in files that were replaced."""
    return ids.union(old for old, new in _same(state, table).items() if new in ids)


def _with_corrected(state: State, ids: frozenset[str]) -> frozenset[str]:
    """Return these ids, and those of the measurements that they correct."""
    named = ids
    for ruling in reversed(state.rulings):
        if isinstance(ruling, Corrected) and ruling.correction in named:
            named |= {ruling.measurement}
    return named


def _reader(record: Record) -> Table:
    """Return a function that reads tables of measurements, the last few only once."""
    return lru_cache(maxsize=16)(lambda digest: read_measurements(record.store.get(digest)))
