# SPDX-License-Identifier: Apache-2.0
"""What has happened in a campaign, and what follows from it.

``fold`` turns events into a state; ``decide`` turns a state into the next step. Both are
pure: the whole logic of the loop can be read, and tested, without a laboratory.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import cattrs
from attrs import evolve, field, frozen

from loopwright.core.values import Candidate
from loopwright.loop.expected import Gain
from loopwright.loop.facts import (
    Chosen,
    Configured,
    Corrected,
    Event,
    Ingested,
    Judged,
    Laid,
    MappingKept,
    ModelTrained,
    ModelWeighed,
    Ordered,
    Proposed,
    Revised,
    WrittenOff,
)
from loopwright.spec.campaign import CampaignSpec
from loopwright.spec.goal import Goal

__all__ = [
    "Collect",
    "Done",
    "Proposal",
    "Propose",
    "Release",
    "State",
    "Step",
    "Tally",
    "Train",
    "decide",
    "fold",
    "next_batch",
]


# ---- steps: what the loop may do next
@frozen(kw_only=True)
class Train:
    """Choose, fit and judge a model on everything that is known."""


@frozen(kw_only=True)
class Propose:
    """Offer, predict and choose a batch."""

    cycle: int
    batch_size: int


@frozen(kw_only=True)
class Release:
    """Order the open batch."""


@frozen(kw_only=True)
class Collect:
    """Tell the lab, and ask it for what is there."""

    order: Ordered


@frozen(kw_only=True)
class Done:
    """Nothing is left to do."""

    why: str


Step: TypeAlias = Train | Propose | Release | Collect | Done


# ---- state: what has happened
@frozen(kw_only=True)
class Proposal:
    """The open batch, as people have changed it."""

    cycle: int
    candidates: tuple[str, ...]
    picks_sha256: str
    gain: Gain | None = None
    locked: frozenset[str] = frozenset()
    screens: tuple[str, ...] = ()
    """Candidates to be screened; the others are to be assayed."""

    is_chosen: bool = False
    """Whether a person put another batch in its place."""

    short: str = ""
    """Why there are fewer than asked for; blank if there are not, or people changed how many."""


@frozen(kw_only=True)
class State:
    """A campaign as of its last fact. Counts are computed, never stored."""

    spec_sha256: str = ""
    files: tuple[Ingested, ...] = ()
    """The present reading of every file that counts."""

    replaced: tuple[Ingested, ...] = ()
    """The last reading of every file whose place another one took."""

    rulings: tuple[Judged | Corrected, ...] = ()
    """What people have said of single measurements, oldest first."""

    mappings: tuple[MappingKept, ...] = ()
    """Named mappings, the newest of each name, the newest last."""

    models: tuple[ModelTrained, ...] = ()
    proposal: Proposal | None = None
    picks: tuple[str, ...] = ()
    """``picks_sha256`` of every proposal, oldest first."""

    orders: tuple[Ordered, ...] = ()
    layouts: tuple[Laid, ...] = ()
    """Plates as they are laid out now, oldest first; each barcode once."""

    answered: frozenset[str] = frozenset()
    """On order once, and reported on or written off since they last were."""

    given_up: frozenset[str] = frozenset()
    """Written off since they last were on order."""

    dropped: frozenset[str] = frozenset()
    """Taken out by a person; not proposed again."""

    added: Mapping[str, Candidate] = field(factory=dict)
    """Candidates that a person brought in by hand, by id."""

    @property
    def data(self) -> tuple[str, ...]:
        """The data set: digests of all measurement tables, then of all rulings on them."""
        rulings = (f"ruling {r.ruling_sha256}" for r in self.rulings)
        return (*(f.measurements_sha256 for f in self.files), *rulings)

    @property
    def seen(self) -> frozenset[str]:
        """Digests of every file that was ever taken in."""
        return frozenset(f.source_sha256 for f in (*self.files, *self.replaced))

    @property
    def outstanding(self) -> tuple[str, ...]:
        """Candidates on order that nothing was heard of yet, in the order of ordering."""
        ordered = (c for o in self.orders for c in o.candidates)
        return tuple(c for c in dict.fromkeys(ordered) if c not in self.answered)

    @property
    def screens_out(self) -> tuple[str, ...]:
        """Candidates whose screen is on order and was not heard of yet, in that order."""
        home = self.given_up.union(*(f.screened for f in self.files))
        return tuple(c for c in self.screened if c not in home)

    @property
    def screened(self) -> tuple[str, ...]:
        """Candidates whose screen was ever ordered, in the order of ordering."""
        return tuple(dict.fromkeys(c for o in self.orders for c in o.screens))

    @property
    def plates(self) -> Mapping[str, Laid]:
        """Barcode -> how it is laid out."""
        return {barcode: laid for laid in self.layouts for barcode in laid.plates}

    @property
    def plates_out(self) -> tuple[str, ...]:
        """Barcodes of plates of which nothing came home yet."""
        home = {barcode for f in self.files for barcode in f.plates}
        return tuple(b for b in self.plates if b not in home)

    @property
    def taken(self) -> frozenset[str]:
        """Candidates that may not be proposed again: ordered or dropped."""
        return self.dropped.union(*(o.candidates for o in self.orders))

    @property
    def spent(self) -> float:
        """Cost of all orders so far."""
        return sum(o.cost for o in self.orders)

    @property
    def fresh_model(self) -> ModelTrained | None:
        """The last model, if it has seen all data."""
        last = self.models[-1] if self.models else None
        return last if last and last.files == self.data else None

    def fresh_models(self, goals: Sequence[Goal]) -> tuple[ModelTrained, ...]:
        """Return the last models, one for each goal, if they have seen all data; else none."""
        fresh = self.fresh_model
        is_asked = fresh is not None and fresh.speaks_of([g.property for g in goals])
        return fresh.each() if fresh is not None and is_asked else ()

    def digest(self) -> str:
        """Return a hash of everything that matters: equal campaigns, equal hash."""
        plain = cattrs.unstructure(self)
        for name in ("answered", "dropped", "given_up"):
            plain[name] = sorted(plain[name])
        if self.proposal:
            plain["proposal"]["locked"] = sorted(self.proposal.locked)
        return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def fold(state: State, event: Event) -> State:
    """Return the state after one more event."""
    match event:
        case Ingested():
            return _take(state, event)
        case ModelTrained():
            return evolve(state, models=(*state.models, event))
        case Judged() | Corrected():
            return evolve(state, rulings=(*state.rulings, event))
        case Proposed():
            return _propose(state, event)
        case Revised() | Chosen():
            return _revise(state, event)
        case Ordered():
            return evolve(
                state,
                orders=(*state.orders, event),
                proposal=None,
                answered=state.answered.difference(event.candidates),
                given_up=state.given_up.difference(event.candidates, event.screens),
            )
        case Configured() | Laid() | MappingKept() | ModelWeighed():
            return _keep(state, event)
        case WrittenOff():
            gone = frozenset(event.candidates)
            return evolve(state, answered=state.answered | gone, given_up=state.given_up | gone)


def _propose(state: State, event: Proposed) -> State:
    """Return the state after a batch was chosen; what people have locked in it stays locked."""
    locked = state.proposal.locked if state.proposal else frozenset()
    batch = Proposal(
        cycle=event.cycle,
        candidates=event.candidates,
        picks_sha256=event.picks_sha256,
        gain=event.gain,
        locked=locked.intersection(event.candidates),
        screens=event.screens,
        short=event.short,
    )
    return evolve(state, picks=(*state.picks, event.picks_sha256), proposal=batch)


def _take(state: State, event: Ingested) -> State:
    """Return the state after a reading: of a new file, of one again, or in the place of another."""
    leaving = {event.source_sha256, event.replaces_sha256}
    return evolve(
        state,
        files=(*(f for f in state.files if f.source_sha256 not in leaving), event),
        replaced=(
            *(f for f in state.replaced if f.source_sha256 != event.source_sha256),
            *(f for f in state.files if f.source_sha256 == event.replaces_sha256),
        ),
        answered=state.answered.difference(event.unanswered).union(event.answered),
    )


def _keep(state: State, event: Configured | Laid | MappingKept | ModelWeighed) -> State:
    """Return the state after a spec, layout, mapping or model took the place of its predecessor.

    A property model lies outside of the campaign, which goes on as before.
    """
    match event:
        case Configured():
            return evolve(state, spec_sha256=event.spec_sha256)
        case Laid():
            return _lay(state, event)
        case MappingKept():
            others = (m for m in state.mappings if m.name != event.name)
            return evolve(state, mappings=(*others, event))
        case ModelWeighed():
            return state


def _lay(state: State, event: Laid) -> State:
    """Return the state after plates were laid out; a barcode has one layout at a time."""
    gone = {*event.plates, *event.replaces}
    kept = (
        evolve(laid, plates=tuple(b for b in laid.plates if b not in gone))
        for laid in state.layouts
    )
    return evolve(state, layouts=(*(laid for laid in kept if laid.plates), event))


def _revise(state: State, event: Revised | Chosen) -> State:
    """Return the state after a person changed the open batch."""
    assert state.proposal is not None, "a revision needs an open batch"
    if isinstance(event, Chosen):
        return _choose(state, event)
    batch, chosen = state.proposal, event.candidate.id
    added = {**state.added}
    match event.action:
        case "lock":
            return evolve(state, proposal=evolve(batch, locked=batch.locked | {chosen}))
        case "add":
            candidates = (*batch.candidates, chosen)
            added[chosen] = event.candidate
        case "drop":
            candidates = tuple(c for c in batch.candidates if c != chosen)
        case _:
            assert event.replacement is not None, "a swap brings something in"
            added[event.replacement.id] = event.replacement
            candidates = tuple(event.replacement.id if c == chosen else c for c in batch.candidates)
    screens = tuple(c for c in batch.screens if event.action != "drop" or c != chosen)
    dropped = state.dropped.union({chosen} - set(candidates)).difference(candidates)
    locked = (batch.locked | set(candidates) - set(batch.candidates)) & set(candidates)
    batch = evolve(batch, candidates=candidates, screens=screens, locked=frozenset(locked))
    batch = batch if event.action == "swap" else evolve(batch, short="")
    return evolve(state, proposal=batch, dropped=dropped, added=added)


def _choose(state: State, event: Chosen) -> State:
    """Return the state after a person put another batch in the place of the open one."""
    assert state.proposal is not None, "people choose beside an open batch"
    batch = evolve(
        state.proposal,
        candidates=event.candidates,
        screens=(),
        locked=frozenset(event.candidates),
        is_chosen=True,
        short="",
    )
    return evolve(
        state,
        proposal=batch,
        dropped=state.dropped.difference(event.candidates),
        added={**state.added, **{c.id: c for c in event.added}},
    )


@frozen(kw_only=True)
class Tally:
    """What the next step needs to know of data and prices."""

    n_measured: int
    """Candidates with a usable value of a goal."""

    n_hits: int
    """Those that reach every threshold."""

    is_guided: bool = True
    """Whether the proposer asks a model."""

    least_cost: float | None = None
    """Of the cheapest candidate that could be ordered; None if all cost what the spec says."""


def decide(state: State, spec: CampaignSpec, tally: Tally) -> Step:
    """Return what to do next; an open batch comes before waiting, waiting before new work."""
    if state.proposal is not None:
        return Release()
    if state.outstanding:
        last = {c: o for o in state.orders for c in o.candidates}
        return Collect(order=last[state.outstanding[0]])
    if state.screens_out:
        last = {c: o for o in state.orders for c in o.screens}
        return Collect(order=last[state.screens_out[0]])
    return next_batch(state, spec, tally)


def next_batch(state: State, spec: CampaignSpec, tally: Tally) -> Train | Propose | Done:
    """Return what leads to the next batch, whatever is still out."""
    cycle = state.orders[-1].cycle + 1 if state.orders else int(tally.n_measured > 0)
    if spec.stop.hits is not None and tally.n_hits >= spec.stop.hits:
        return Done(why=f"{tally.n_hits} hits are found")
    if cycle > spec.stop.cycles:
        return Done(why=f"all {spec.stop.cycles} cycles are run")
    size = spec.size_of(cycle)
    if spec.budget is not None:
        least = tally.least_cost or spec.cost
        size = min(size, int((spec.budget - state.spent) / least + 1e-9))
        if size < 1:
            told = f"{state.spent:g} of the budget of {spec.budget:g} is spent"
            return Done(why=f"{told}, and the cheapest candidate costs {least:g}")
    if tally.is_guided and tally.n_measured and not state.fresh_models(spec.goals):
        return Train()
    return Propose(cycle=cycle, batch_size=size)
