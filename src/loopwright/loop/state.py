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
from attrs import field, frozen

from loopwright.core.values import Candidate
from loopwright.loop.expected import Gain
from loopwright.loop.facts import (
    Corrected,
    Ingested,
    Judged,
    Laid,
    MappingKept,
    ModelTrained,
    Ordered,
    Stopped,
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
    """``picks_sha256`` of every proposal, and of whom people brought in, oldest first."""

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

    stopped: Stopped | None = None
    """Why no batch was proposed, if nothing has happened since that may change it."""

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
    if state.stopped is not None:
        return Done(why=state.stopped.why)
    if tally.is_guided and tally.n_measured and not state.fresh_models(spec.goals):
        return Train()
    return Propose(cycle=cycle, batch_size=size)
