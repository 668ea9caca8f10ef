# SPDX-License-Identifier: Apache-2.0
"""The open batch, and the people who are in charge of it: propose, lock, add, drop, swap."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cattrs
from attrs import evolve

from loopwright.api.answers import Batch
from loopwright.api.files import read_file
from loopwright.api.reach import out_of_reach
from loopwright.api.workspace import Workspace, need_reason
from loopwright.core.errors import NotReadyError
from loopwright.core.values import Candidate
from loopwright.loop.expected import Gain
from loopwright.loop.explain import Pick, explain
from loopwright.loop.facts import Chosen, ModelTrained, Revised, WrittenOff
from loopwright.loop.gain import gain_of_open
from loopwright.loop.naming import named_in
from loopwright.loop.prices import cost_of
from loopwright.loop.run import Campaign, look, propose
from loopwright.loop.state import Done, Proposal, State
from loopwright.loop.view import View

__all__ = [
    "choose",
    "demand_batch",
    "gain_told",
    "open_batch",
    "propose_batch",
    "revise",
    "worth_of",
]


BY_HAND = "brought in by hand"


def propose_batch(
    workspace: Workspace, *, lock: Sequence[str] = (), again: bool = False, reason: str = ""
) -> Batch | Done:
    """Return the open batch, or train and choose one.

    Args:
        workspace: Where.
        lock: Picks of the open batch to keep; the rest is chosen anew around them.
        again: Choose anew even if nothing is locked.
        reason: Why; needed with ``lock``.

    Raises:
        NotReadyError: A pick to lock is not in the open batch, or there is nothing to choose from.
    """
    with workspace.writing() as campaign:
        state = campaign.record.state
        if lock:
            need_reason(reason, "lock")
        if (lock or again) and state.proposal is not None and state.proposal.is_chosen:
            raise NotReadyError(
                "People have chosen this batch; the loop's own one is in the record",
                where="batch",
                remedy="Order it with `loopwright plate`, or choose once more.",
            )
        for candidate in [_picked(look(campaign), text) for text in lock]:
            state = campaign.record.add(Revised(action="lock", candidate=candidate), reason=reason)
        if state.proposal is None or lock or again:
            after = propose(campaign)
            if isinstance(after, Done):
                _demand_candidates(look(campaign), after)
                return after
        return open_batch(look(campaign), campaign)


def revise(
    workspace: Workspace, action: str, candidate: str, *, replacement: str = "", reason: str
) -> Batch:
    """Add, drop or swap a pick of the open batch; the reason becomes part of the record.

    Dropping a candidate that is on order writes the order off.

    Args:
        workspace: Where.
        action: add, drop or swap.
        candidate: Id, name or notation.
        replacement: What a swap brings in.
        reason: Why.

    Raises:
        NotReadyError: There is no open batch, or the candidate is not where it should be.
        DataError: No reason, or a notation that cannot be read.
    """
    need_reason(reason, action)
    with workspace.writing() as campaign:
        view = look(campaign)
        chosen = view.find(candidate)
        on_order = chosen.id in view.waits_for
        if action == "drop" and on_order:
            state = campaign.record.add(WrittenOff(candidates=(chosen.id,)), reason=reason)
            still = len({*state.outstanding, *state.screens_out})
            are = "is" if still == 1 else "are"
            left = f"{chosen.id} is written off; {still} {are} still on order"
            return evolve(open_batch(look(campaign), campaign), note=left)
        demand_batch(view.state)
        if action != "add":
            _picked(view, candidate, may_be_screened=action == "drop")
        new = view.find(replacement) if action == "swap" else None
        coming = new or (chosen if action == "add" else None)
        if coming is not None:
            _demand_free(view, coming)
        thought = _thought_of(view, campaign, () if coming is None else (coming,))
        event = Revised(action=action, candidate=chosen, replacement=new, picks_sha256=thought)
        campaign.record.add(event, reason=reason)
        return open_batch(look(campaign), campaign)


def choose(workspace: Workspace, path: Path, *, reason: str = "") -> Batch | Done:
    """Put a batch that people have chosen in the place of the loop's.

    The loop's own batch is in the record before the file is looked at.

    Args:
        workspace: Where.
        path: A table with a row for each candidate: its id, its name or its notation.
        reason: Why; needed unless the campaign is in shadow mode.

    Raises:
        DataError: A row names no candidate, one twice, or no candidate at all.
        NotReadyError: A candidate is on order, or there is nothing to choose from.
    """
    with workspace.writing() as campaign:
        if not campaign.spec.shadow:
            need_reason(reason, "choose")
        if campaign.record.state.proposal is None:
            after = propose(campaign)
            if isinstance(after, Done):
                _demand_candidates(look(campaign), after)
                return after
        view = look(campaign)
        assert view.state.proposal is not None, "a batch is open"
        file = read_file(path)
        chosen = named_in(file, view)
        for candidate in chosen:
            if candidate.id in view.state.outstanding:
                _demand_free(view, candidate)
        loops = {*view.state.proposal.candidates}
        event = Chosen(
            cycle=view.state.proposal.cycle,
            candidates=tuple(c.id for c in chosen),
            file=file.name,
            source_sha256=campaign.record.put(file.content),
            added=tuple(c for c in chosen if c.id not in view.candidates),
            picks_sha256=_thought_of(view, campaign, [c for c in chosen if c.id not in loops]),
        )
        campaign.record.add(event, reason=reason)
        return open_batch(look(campaign), campaign)


def open_batch(view: View, campaign: Campaign) -> Batch:
    """Return the open batch with what is thought of each pick; an empty one if there is none."""
    state, goal = view.state, view.spec.goal
    batch = state.proposal
    picks: list[Pick] = []
    gain: Gain | None = None
    is_changed = False
    if batch is not None:
        kept = campaign.record.get_json(batch.picks_sha256)
        proposed = cattrs.structure(kept, list[Pick])
        told = {p.candidate.id: p for p in proposed if not p.is_screen}
        screens = {p.candidate.id: p for p in proposed if p.is_screen}
        gain, is_changed = gain_told(view, proposed)
        by_hand = [c for c in batch.candidates if c not in told]
        added = explain(view, view.named(by_hand), why=BY_HAND)
        told |= {p.candidate.id: p for p in added}
        picks = [told[c] for c in batch.candidates] + [screens[c] for c in batch.screens]
    return Batch(
        campaign=view.spec.name,
        cycle=batch.cycle if batch else -1,
        property=goal.property,
        unit=goal.unit,
        why=picks[0].reason.split(":")[0] if picks else "no batch is open",
        locked=tuple(sorted(batch.locked)) if batch else (),
        picks=tuple(picks),
        model=worth_of(state.models[-1] if state.models else None),
        gain=gain,
        gain_is_as_proposed=is_changed,
        cost=_cost(view, batch) if batch else None,
        short=batch.short if batch else "",
        left=None if view.spec.budget is None else view.spec.budget - state.spent,
        warning=out_of_reach(p.meets for p in picks),
    )


def gain_told(view: View, proposed: Sequence[Pick]) -> tuple[Gain | None, bool]:
    """Return what the open batch is expected to gain.

    Args:
        view: The campaign, with an open batch.
        proposed: The batch as the loop chose it.

    Returns:
        The gain, and whether it is still that of the loop's batch though people have changed that:
        nobody can tell anew.
    """
    batch = view.state.proposal
    assert batch is not None, "asked of an open batch"
    chosen = {(p.candidate.id, p.is_screen) for p in proposed}
    now = {*((c, False) for c in batch.candidates), *((c, True) for c in batch.screens)}
    if chosen == now and not batch.locked:
        return batch.gain, False
    anew = gain_of_open(view)
    return anew or batch.gain, anew is None and batch.gain is not None


def _thought_of(view: View, campaign: Campaign, coming: Sequence[Candidate]) -> str | None:
    """Keep what is predicted of whom people bring in, as they see it; None if that is nobody."""
    return campaign.record.put_json(explain(view, coming, why=BY_HAND)) if coming else None


def _cost(view: View, batch: Proposal) -> float | None:
    """Return what the open batch costs; None where there is neither a budget nor a price."""
    spec, prices = view.spec, view.tools.prices
    if spec.budget is None and not prices:
        return None
    return cost_of(spec, prices, batch.candidates, n_screens=len(batch.screens))


def demand_batch(state: State) -> None:
    """Refuse to go on without an open batch."""
    if state.proposal is None:
        raise NotReadyError("No batch is open", remedy="Run `loopwright propose` first.")


def worth_of(model: ModelTrained | None) -> str:
    """Say what a model is worth, of several goals each; blank when there is none."""
    if model is None:
        return ""
    each = [(m.property, m.why if m.is_useful else f"of no use ({m.why})") for m in model.each()]
    if len(each) == 1:
        return each[0][1]
    return "; ".join(f"{property}: {worth}" for property, worth in each)


# ---- behind the verbs
def _picked(view: View, text: str, *, may_be_screened: bool = False) -> Candidate:
    """Return a pick of the open batch: to be assayed or, if it may be, to be screened."""
    batch = view.state.proposal
    candidate = view.find(text)
    screens = batch.screens if batch and may_be_screened else ()
    if batch is None or candidate.id not in (*batch.candidates, *screens):
        raise NotReadyError(
            f"{text!r} is not in the open batch",
            where="batch",
            remedy="`loopwright propose` shows the open batch.",
        )
    return candidate


def _demand_free(view: View, candidate: Candidate) -> None:
    """Refuse a candidate twice in one batch, or one that is on order already."""
    batch = view.state.proposal
    in_batch = batch is not None and candidate.id in batch.candidates
    if in_batch or candidate.id in view.state.outstanding:
        place = "in the open batch" if in_batch else "on order"
        raise NotReadyError(f"{candidate.id} is {place} already", remedy="Choose another.")


def _demand_candidates(view: View, done: Done) -> None:
    if done.why.startswith("no candidate"):
        known = len(view.candidates)
        fate = f"all of {known} candidates are measured, failed, on order, dropped or in doubt"
        raise NotReadyError(
            f"There is nothing to choose from: {fate if known else 'no candidate is known'}",
            remedy="Ingest a library of candidates, with or without values, or widen the generator "
            "in the campaign file.",
        )
