# SPDX-License-Identifier: Apache-2.0
"""What a pick owes its place to, in numbers, and what would have to change for it to lose it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
from attrs import asdict, frozen

from loopwright.core.ports import Proposer
from loopwright.core.slate import (
    Account,
    Accounting,
    Parts,
    Redrawing,
    Score,
    Scoring,
    Slate,
    Tipping,
)
from loopwright.core.values import Candidate, FloatArray
from loopwright.loop.caps import has_caps
from loopwright.loop.gain import is_accountable
from loopwright.loop.view import View
from loopwright.science.acquisition import expected_improvement
from loopwright.science.counterfactual import doubt_left, parts_of, tipping_points
from loopwright.science.purse import cost_ratios
from loopwright.spec.goal import is_manifold

__all__ = ["NO_REASONS", "Change", "Reason", "Shares", "reasons_of"]

MOST_PICKS = 100
"""Picks of a batch for which it is computed what would change; larger batches are not told."""

FLOAT32 = 1e-4
"""Part of a doubt that is noise of the arithmetic."""


@frozen(kw_only=True)
class Shares:
    """What lifts a pick's score above that of a typical candidate; the four add up to it.

    Typical are the median prediction, doubt and cost of all that was offered. In the goal's unit;
    below zero is what speaks against it.
    """

    value: float
    """By the predicted value."""

    doubt: float
    """By what can be learned from it."""

    diversity: float
    """Lost because earlier picks of the batch, or what is on order, are like it."""

    cost: float
    """By being cheaper, or dearer, than others; 0 where the batch can be paid for anyway."""

    is_own: bool = True
    """Whether the proposer chose by this very score; if not, expected improvement stands in."""

    unit: str = ""
    """As it stands behind a number; blank if it is the goal's."""

    def parts(self) -> tuple[tuple[str, float], ...]:
        """Return name and amount of each part, in a fixed order."""
        told = asdict(self)
        return tuple((name, told[name]) for name in ("value", "doubt", "diversity", "cost"))

    def in_words(self, unit: str) -> str:
        """Return the parts that are not nothing; ``unit`` is that of the goal."""
        unit = self.unit or unit
        told = ", ".join(f"{x:+.2g} by {name}" for name, x in self.parts() if abs(x) >= 5e-4)
        suffix = "" if unit == "1" else f" (in {unit})"
        what = "" if self.is_own else "by expected improvement, "
        return f"{what}above a typical candidate{suffix}: {told or 'nothing'}"


@frozen(kw_only=True)
class Change:
    """What would have to be otherwise for a pick to drop out, all else being as it is."""

    mean: float | None
    """It stays while it is predicted to be this good at least, in the goal's unit; None if it
    would stay in any case, for what it tells or since nobody is left."""

    doubt: float
    """It stays while the doubt about it is at least this part of what it is; 0 if it would stay
    without any."""

    successor: Candidate | None
    """Who would come in; None if nobody is left."""

    property: str = ""
    """With several goals the one that makes it drop out soonest, by its doubt; ``mean`` is in its
    unit. Blank with one."""

    draws: int = 0
    """Possible worlds, where each pick is the best that was left in one of them; all else then
    holds for these very worlds. 0 where picks are not taken so."""

    won: int = 0
    """In how many of them it is the best of all."""

    def in_words(self, now: float, unit: str) -> str:
        """Return it in a sentence; ``now`` is the predicted value, of that property if named."""
        told = self._told(now, unit)
        if not self.draws:
            return told
        return f"best in {self.won} of {self.draws} possible worlds; in these it {told}"

    def _told(self, now: float, unit: str) -> str:
        """Return what would have to be otherwise."""
        if self.successor is None:
            return "stays in any case: nobody is left to take its place"
        half = "stays" if self.doubt <= 0.5 else "drops out"
        if self.mean is None:
            why = "however poor, for what it tells"
            why = "whatever is predicted of one goal alone" if self.property else why
            return f"stays, {why}; with half the doubt it {half}"
        suffix = "" if unit == "1" else f" {unit}"
        than = "below" if self.mean <= now else "above"
        who = self.successor.name or self.successor.id
        what = f"{self.property} is " if self.property else ""
        return (
            f"drops out if {what}predicted {than} {self.mean:.3g}{suffix} "
            f"(by {abs(now - self.mean):.2g}), then {who} comes in; with half the doubt it {half}"
        )


@frozen(kw_only=True)
class Reason:
    """Both of one pick."""

    shares: Shares
    change: Change | None
    """None where it is not computed."""


NO_REASONS: Mapping[str, Reason] = MappingProxyType({})


def reasons_of(
    view: View,
    slate: Slate,
    proposer: Proposer,
    *,
    offered: Sequence[Candidate],
    wanted: Sequence[int],
    rows: Sequence[int],
    account: Account | None = None,
) -> Mapping[str, Reason]:
    """Return candidate id -> why it was picked; nothing without a model, or where nobody asks.

    What would change is told of a proposer that accounts for his picks or has a score, where
    neither the money, a limit on families nor a chance to fail had a say; and no value is to be
    matched, since a pick that comes nearer to one in some worlds goes further off in others.
    Shares are those before that chance.

    Args:
        view: The campaign.
        slate: What the batch was chosen from.
        proposer: Who chose.
        offered: The candidates of the slate.
        wanted: The rows that he wanted.
        rows: Those that can be paid for.
        account: With several goals, what the proposer says of the batch; else None.
    """
    is_paid, batch = list(wanted) == list(rows), np.array(rows, np.intp)
    is_free = is_paid and not has_caps(view) and slate.chance is None
    is_told = is_free and len(rows) <= MOST_PICKS
    if account is not None:
        is_told = is_told and cost_ratios(slate.cost, slate.purse, batch) is None
        is_told = is_told and all(goal.match is None for goal in view.spec.goals)
        changes = _changes(view, account.tipping(), rows, offered) if is_told else {}
        return _reasons(account.parts, offered, rows, changes=changes, unit=account.unit)
    if is_manifold(view.spec.goals) or not is_accountable(view, slate, rows):
        return NO_REASONS
    tipping: Tipping | None = None
    if is_paid and isinstance(proposer, Accounting):
        parts, is_own = proposer.parts(slate, batch), True
        tipping = proposer.tipping(slate, batch) if is_told else None
    else:
        score, is_own = _score(slate, proposer, None if is_paid else wanted)
        parts = _parts(slate, score, batch, is_paid=is_paid)
        if is_told and isinstance(proposer, Redrawing):
            tipping = proposer.tipping(slate, batch)
        elif is_told and is_own:
            tipping = _tipping(slate, score, batch)
    changes = {} if tipping is None else _changes(view, tipping, rows, offered)
    return _reasons(parts, offered, rows, changes=changes, is_own=is_own)


def _reasons(
    parts: Parts,
    offered: Sequence[Candidate],
    rows: Sequence[int],
    *,
    changes: Mapping[int, Change] = MappingProxyType({}),
    is_own: bool = True,
    unit: str = "",
) -> Mapping[str, Reason]:
    """Return candidate id -> its parts, and what would change where that is told."""
    columns = (parts.value, parts.doubt, parts.diversity, parts.cost)
    names = ("value", "doubt", "diversity", "cost")
    return {
        offered[row].id: Reason(
            shares=Shares(**dict(zip(names, each, strict=True)), is_own=is_own, unit=unit),
            change=changes.get(row),
        )
        for row, *each in zip(rows, *(c.tolist() for c in columns), strict=True)
    }


def _score(slate: Slate, proposer: Proposer, too_dear: Sequence[int] | None) -> tuple[Score, bool]:
    """Return the score by which a batch was chosen, and True; else one that stands in for it."""
    bar = slate.best
    if too_dear is not None:
        wanted = np.array(too_dear, np.intp)
        bar = float((slate.mean[wanted] + slate.std[wanted]).min())
    elif isinstance(proposer, Scoring):
        return proposer.score(slate), True
    return lambda mean, std: expected_improvement(mean, std, best=bar), too_dear is not None


def _parts(slate: Slate, score: Score, batch: npt.NDArray[np.intp], *, is_paid: bool) -> Parts:
    """Return what each pick owes its place to by a score."""
    std = slate.std[batch]
    left = doubt_left(slate.covariance(batch), slate.noise_std)
    ratio: FloatArray | None = None
    if slate.cost is not None and not is_paid:
        ratio = slate.cost[batch] / float(np.median(slate.cost))
    return parts_of(
        score,
        at=(slate.mean[batch], std),
        left=np.where(left < (1.0 - FLOAT32) * std, left, std),
        typical=(float(np.median(slate.mean)), float(np.median(slate.std))),
        cost_ratio=ratio,
    )


def _tipping(slate: Slate, score: Score, batch: npt.NDArray[np.intp]) -> Tipping | None:
    """Return how much each pick could lose by a score; None where that cannot be proven."""
    return tipping_points(
        slate.mean,
        slate.std,
        slate.covariance,
        picks=batch,
        score=score,
        noise_std=slate.noise_std,
    )


def _changes(
    view: View, tipping: Tipping, rows: Sequence[int], offered: Sequence[Candidate]
) -> dict[int, Change]:
    """Return row -> what would have to be otherwise."""
    sign = view.spec.goal.sign() if tipping.goal is None else 1.0
    names = [""] * len(rows)
    if tipping.goal is not None:
        names = [view.spec.goals[goal].property for goal in tipping.goal]
    is_drawn, won = tipping.won is not None, np.zeros(len(rows), np.intp)
    won = won if tipping.won is None else tipping.won
    columns = (tipping.mean, tipping.doubt, tipping.successor, won)
    return {
        row: Change(
            mean=None if np.isneginf(mean) else sign * mean,
            doubt=doubt,
            successor=offered[successor] if successor >= 0 else None,
            property=name,
            draws=len(rows) if is_drawn else 0,
            won=n_won,
        )
        for row, name, mean, doubt, successor, n_won in zip(
            rows, names, *(c.tolist() for c in columns), strict=True
        )
    }
