# SPDX-License-Identifier: Apache-2.0
"""What a campaign looks like after one more fact. Pure: no file, no clock, no laboratory."""

from __future__ import annotations

from attrs import evolve

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
    Stopped,
    WrittenOff,
)
from loopwright.loop.state import Proposal, State

__all__ = ["fold"]


def fold(state: State, event: Event) -> State:
    """Return the state after one more event."""
    match event:
        case Laid() | MappingKept() | ModelWeighed():
            return _keep(state, event)
        case Stopped():
            return evolve(state, stopped=event)
        case _:
            return evolve(_folded(state, event), stopped=None)


def _folded(state: State, event: Event) -> State:
    """Return the state after an event that may change what comes next."""
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
            thought = () if event.picks_sha256 is None else (event.picks_sha256,)
            return evolve(_revise(state, event), picks=(*state.picks, *thought))
        case Ordered():
            return evolve(
                state,
                orders=(*state.orders, event),
                proposal=None,
                answered=state.answered.difference(event.candidates),
                given_up=state.given_up.difference(event.candidates, event.screens),
            )
        case Configured():
            return _keep(state, event)
        case WrittenOff():
            gone = frozenset(event.candidates)
            return evolve(state, answered=state.answered | gone, given_up=state.given_up | gone)
        case _:
            raise AssertionError(f"no state follows from {event}")


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
