# SPDX-License-Identifier: Apache-2.0
"""Carries a campaign forward: asks ``decide``, does what it says, writes it down.

This is the main path of the package. Every arrow of the loop is one line here:

    spec -> Tools -> [ ledger -> State -> decide -> act -> fact -> ledger ] -> Done | Waiting
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from loopwright.loop.choose import choose
from loopwright.loop.exchange import collect, release
from loopwright.loop.facts import Event, Proposed
from loopwright.loop.known import Data, Known
from loopwright.loop.learn import learn
from loopwright.loop.prices import cheapest
from loopwright.loop.record import Record
from loopwright.loop.state import (
    Collect,
    Done,
    Propose,
    Release,
    State,
    Step,
    Tally,
    Train,
    decide,
    next_batch,
)
from loopwright.loop.tools import Tools, equip
from loopwright.loop.view import Aim, View
from loopwright.spec.campaign import CampaignSpec

__all__ = [
    "Campaign",
    "Waiting",
    "advance",
    "look",
    "must_choose",
    "next_step",
    "open_campaign",
    "propose",
    "run",
]


@frozen(kw_only=True)
class Waiting:
    """The campaign cannot go on by itself."""

    why: str
    candidates: tuple[str, ...] = ()
    """What it waits for."""


@frozen(kw_only=True, eq=False)
class Campaign:
    """A campaign at work: what is wanted, what to work with, and where it is written down."""

    spec: CampaignSpec
    tools: Tools
    record: Record
    known: Known
    is_told: bool = True
    """Whether batches say what they are expected to gain, and why; nobody asks in a replay."""


def open_campaign(
    spec: CampaignSpec, record: Record, *, root: Path, to_write: bool = True
) -> Campaign:
    """Build the plugins of a spec; to write, note the spec if it is new or has changed."""
    tools = equip(spec, root=root)
    if to_write:
        record.configure(spec)
    return Campaign(spec=spec, tools=tools, record=record, known=Known())


def look(campaign: Campaign) -> View:
    """Return all that a step may look at, as of the last fact."""
    state = campaign.record.state
    data = campaign.known.update(campaign.record, state, campaign.spec)
    return View(
        spec=campaign.spec,
        tools=campaign.tools,
        state=state,
        candidates=campaign.known.candidates,
        by_name=campaign.known.by_name,
        measurements=campaign.known.measurements,
        screens=campaign.known.screens,
        aims=_aims(campaign, state, data),
        is_told=campaign.is_told,
    )


def _aims(campaign: Campaign, state: State, data: Sequence[Data]) -> tuple[Aim, ...]:
    """Return each goal with its data, and with its model if that has seen them all."""
    events = state.fresh_models(campaign.spec.goals) or (None,) * len(data)
    models = campaign.known.models(events, campaign.record, campaign.tools.models)
    useful = [event is not None and event.is_useful for event in events]
    return tuple(
        Aim(data=mine, trained=model if proven else None, unproven=None if proven else model)
        for mine, model, proven in zip(data, models, useful, strict=True)
    )


def advance(campaign: Campaign) -> Done | Waiting | State:
    """Take one step and write it down; return the state after it, or why there is none."""
    view, record = look(campaign), campaign.record
    events = _late(view, record) or act(view, record, next_step(view))
    if isinstance(events, Done | Waiting):
        return events
    for event in events:
        record.add(event)
    return record.state


def _late(view: View, record: Record) -> Sequence[Event]:
    """Take in what the lab has although nobody waits for it: it may change what comes next."""
    if not view.state.orders or isinstance(next_step(view), Collect):
        return ()
    taken = collect(view, record, view.state.orders[-1])
    return () if taken is None else (taken,)


def next_step(view: View) -> Step:
    """Return what the campaign would do next."""
    return decide(view.state, view.spec, _tally(view))


def _tally(view: View) -> Tally:
    prices, spec = view.tools.prices, view.spec
    return Tally(
        n_measured=len(view.measured),
        n_hits=len(view.hits),
        is_guided=view.tools.proposer.is_guided,
        least_cost=cheapest(spec, prices, view.free) if prices else None,
    )


def propose(campaign: Campaign) -> Done | State:
    """Train if need be and choose a batch, whatever is still out; a person asked for it."""
    while True:
        view = look(campaign)
        step = next_batch(view.state, view.spec, _tally(view))
        events = act(view, campaign.record, step)
        if isinstance(events, Done):
            return events
        assert not isinstance(events, Waiting), "a batch is chosen without waiting"
        for event in events:
            campaign.record.add(event)
        if any(isinstance(event, Proposed) for event in events):
            return campaign.record.state


def act(view: View, record: Record, step: Step) -> Done | Waiting | Sequence[Event]:
    """Do what a step says; return the events to be written down."""
    match step:
        case Train():
            return [learn(view, record)]
        case Propose():
            chosen = choose(view, record, step)
            return chosen if isinstance(chosen, Done) else [chosen]
        case Release() if must_choose(view):
            return Waiting(why="people choose the batch (`loopwright choose FILE`)")
        case Release() if view.tools.lab.is_costly:
            return Waiting(why="a person must release the open batch (`loopwright plate`)")
        case Release():
            return [release(view)]
        case Collect():
            taken = collect(view, record, step.order)
            if taken is not None:
                return [taken]
            return Waiting(why="the lab is at work", candidates=view.waits_for)
        case Done():
            return step


def must_choose(view: View) -> bool:
    """Return whether people are to choose, and have not, before the open batch may be ordered."""
    batch = view.state.proposal
    return view.spec.shadow and batch is not None and not batch.is_chosen


def run(campaign: Campaign, *, max_steps: int = 100_000) -> Done | Waiting:
    """Take steps until nothing is left to do, or only others can go on."""
    for _ in range(max_steps):
        after = advance(campaign)
        if isinstance(after, Done | Waiting):
            return after
    return Waiting(why=f"stopped after {max_steps} steps")
