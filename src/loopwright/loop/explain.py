# SPDX-License-Identifier: Apache-2.0
"""What is predicted for a candidate, what is measured nearby, and why it was picked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np
from attrs import frozen

from loopwright.core.slate import Slate
from loopwright.core.values import Candidate, FloatArray, Prediction
from loopwright.loop.feasible import Feasible
from loopwright.loop.mutations import mutations_from
from loopwright.loop.profile import chance_to_meet
from loopwright.loop.reasons import NO_REASONS, Change, Reason, Shares
from loopwright.loop.view import Aim, View
from loopwright.science.similarity import nearest
from loopwright.spec.goal import is_manifold

__all__ = ["Near", "Pick", "Said", "explain"]

N_NEIGHBOURS = 3


@frozen(kw_only=True)
class Near:
    """A measured candidate close to a pick."""

    candidate: Candidate
    similarity: float
    value: float
    """In the goal's unit."""

    bound: int
    """0 measured, -1 the truth lies below ``value``, +1 above it."""

    mutations: str = ""
    """Of proteins, how it differs from the parent, if it can be told so."""

    @property
    def label(self) -> str:
        """Return what people call it: its name, else its mutations, else its id."""
        return self.candidate.name or self.mutations or self.candidate.id


@frozen(kw_only=True)
class Said:
    """What is predicted of one goal; None where no model is of use."""

    property: str
    unit: str
    mean: float | None
    low: float | None
    high: float | None

    def in_words(self) -> str:
        """Return it in a clause."""
        if self.mean is None:
            return f"{self.property}: no model is of use"
        unit = "" if self.unit == "1" else f" {self.unit}"
        return f"{self.property} {self.mean:.3g}{unit} (90 %: {self.low:.3g} to {self.high:.3g})"


@frozen(kw_only=True)
class Pick:
    """One candidate, with all that was thought of it at that moment."""

    candidate: Candidate
    rank: int
    """1 is the most wanted."""

    reason: str
    mean: float | None = None
    """In the goal's unit; None where no model had a say, as for the next four."""

    std: float | None = None
    low: float | None = None
    high: float | None = None
    in_domain: bool | None = None
    neighbours: tuple[Near, ...] = ()
    others: tuple[Said, ...] = ()
    """What is predicted for the goals behind the first, where there are several."""

    meets: float | None = None
    """Chance that its measurements reach every threshold; None where no goal names one, or no
    model is of use."""

    is_screen: bool = False
    """Whether the screen is wanted of it, and not the assay."""

    chance: float | None = None
    """That it can be made and measured; None where nobody can tell."""

    shares: Shares | None = None
    """What it owes its place to; None where a person or chance chose."""

    change: Change | None = None
    """What would make it lose its place; None where that is not computed."""

    mutations: str = ""
    """Of proteins, how it differs from the parent, ``A23G:K45R``; blank where there is none of its
    length, or too many letters differ."""

    @property
    def told(self) -> str:
        """The reason, what is predicted for the other goals, and the chance to meet them all."""
        told = [self.reason, *(said.in_words() for said in self.others)]
        if self.meets is not None:
            what = "every threshold" if self.others else "the threshold"
            told.append(f"{100 * self.meets:.0f} % likely to reach {what}")
        return "; ".join(told)

    def in_numbers(self, unit: str) -> list[str]:
        """Return what it owes its place to, and what would change it; ``unit`` is the goal's."""
        lines = [] if self.shares is None else [self.shares.in_words(unit)]
        if change := self.changed(unit):
            lines.append(change)
        return lines

    def changed(self, unit: str) -> str:
        """Return what would make it lose its place; blank where that is not known."""
        if self.change is None or self.mean is None:
            return ""
        for said in self.others:
            if said.property == self.change.property and said.mean is not None:
                return self.change.in_words(said.mean, said.unit)
        return self.change.in_words(self.mean, unit)


def explain(
    view: View,
    batch: Sequence[Candidate],
    *,
    why: str,
    offered: Slate | None = None,
    feasible: Feasible | None = None,
    reasons: Mapping[str, Reason] = NO_REASONS,
) -> list[Pick]:
    """Return one pick for each candidate, in the given order.

    Args:
        view: The campaign as it stands.
        batch: Candidates to speak of.
        why: How the batch came about; part of each reason.
        offered: What the batch was chosen from, for ranks; None if a person chose.
        feasible: What is known of failing; None if nothing is.
        reasons: Candidate id -> its reasons in numbers, where there are any.
    """
    if not batch:
        return []
    features = view.tools.offered.describe(batch)
    mutations = mutations_from(view.spec.modality, view.tools.modality)
    near = _neighbours(view, batch, mutations)
    said = view.trained.predict(features) if view.trained else None
    places = _places(view, offered, {c.id for c in batch}, reasons) if offered and said else {}
    others = [(a, a.trained.predict(features) if a.trained else None) for a in view.aims[1:]]
    meets = chance_to_meet(view.aims, [said, *(told for _, told in others)])
    chance = feasible.chance(features) if feasible else None
    told = [
        f"{why}{places.get(c.id, '')}{_edge(said, i)}{_odds(feasible, chance, i)}"
        for i, c in enumerate(batch)
    ]
    return [
        Pick(
            candidate=candidate,
            rank=i + 1,
            reason=told[i],
            neighbours=near[i],
            mean=None if said is None else float(said.mean[i, 0]),
            std=None if said is None else float(said.std[i, 0]),
            low=None if said is None else float(said.low[i, 0]),
            high=None if said is None else float(said.high[i, 0]),
            in_domain=None if said is None else bool(said.in_domain[i]),
            others=tuple(_said(aim, told, i) for aim, told in others),
            meets=None if meets is None else float(meets[i]),
            chance=None if chance is None else float(chance[i]),
            shares=reasons[candidate.id].shares if candidate.id in reasons else None,
            change=reasons[candidate.id].change if candidate.id in reasons else None,
            mutations=mutations(candidate.text),
        )
        for i, candidate in enumerate(batch)
    ]


def _said(aim: Aim, told: Prediction | None, i: int) -> Said:
    """Return what is predicted of one goal for row i."""
    goal = aim.data.goal
    if told is None:
        return Said(property=goal.property, unit=goal.unit, mean=None, low=None, high=None)
    mean, low, high = (float(part[i, 0]) for part in (told.mean, told.low, told.high))
    return Said(property=goal.property, unit=goal.unit, mean=mean, low=low, high=high)


def _neighbours(
    view: View, batch: Sequence[Candidate], mutations: Callable[[str], str]
) -> list[tuple[Near, ...]]:
    """Return the nearest measured candidates of each, most similar first."""
    data = view.data
    if not data.ids:
        return [()] * len(batch)
    known = view.named(data.ids)
    measured = view.tools.offered.describe(known)
    rows, alike = nearest(view.tools.offered.describe(batch), measured, k=N_NEIGHBOURS)
    return [
        tuple(
            Near(
                candidate=known[row],
                mutations=mutations(known[row].text),
                similarity=round(float(similarity), 4),
                value=float(data.targets.values[row, 0]),
                bound=int(data.targets.bounds[row, 0]),
            )
            for row, similarity in zip(rows[i], alike[i], strict=True)
        )
        for i in range(len(batch))
    ]


def _edge(said: Prediction | None, i: int) -> str:
    return "" if said is None or said.in_domain[i] else "; far from all that is measured"


def _odds(feasible: Feasible | None, chance: FloatArray | None, i: int) -> str:
    if feasible is None:
        return ""
    return f"; {feasible.in_words(None if chance is None else float(chance[i]))}"


def _places(
    view: View, offered: Slate, picked: Collection[str], reasons: Mapping[str, Reason]
) -> dict[str, str]:
    """Say of each pick, in a clause, whether value, doubt or its price brought it in."""
    rows = {id: row for row, id in enumerate(offered.features.ids) if id in picked}
    if is_manifold(view.spec.goals):
        return {id: _place_by_goal(view, offered, row) for id, row in rows.items()}
    return {id: _place(view, offered, row, reasons.get(id)) for id, row in rows.items()}


def _place_by_goal(view: View, offered: Slate, row: int) -> str:
    told = []
    for aim, outlook in zip(view.aims, offered.outlooks, strict=False):
        if outlook.is_limit:
            continue
        worth = outlook.worth(outlook.mean)
        place = 1 + int(np.sum(worth > worth[row]))
        told.append(f"{place} of {len(worth)} by predicted {aim.data.goal.property}")
    return f": {', '.join(told)}" if told else ""


_LED = {"value": "for its value", "doubt": "for what it can teach", "cost": "for its price"}


def _place(view: View, offered: Slate, row: int, reason: Reason | None) -> str:
    mean, std = offered.mean[row], offered.std[row]
    by_value = 1 + int(np.sum(offered.mean > mean))
    by_doubt = 1 + int(np.sum(offered.std > std))
    parts: dict[str, float] = {"value": -by_value, "doubt": -by_doubt}
    if reason is not None:
        shares = reason.shares
        told = {"value": shares.value, "doubt": shares.doubt}
        told |= {"cost": shares.cost} if shares.cost > 0.0 else {}
        parts = told if max(told.values()) > 0.0 else parts
    led = _LED[max(parts, key=parts.__getitem__)]
    return (
        f": {led}; {by_value} of {len(offered.mean)} by predicted value "
        f"({_against(view, float(mean))}), {by_doubt} by doubt"
    )


def _against(view: View, mean: float) -> str:
    """Say how far a prediction, signed so that larger is better, lies from the best measured."""
    gain, best = mean - view.data.best, view.data.best_of()
    told = f"{abs(gain):.2g} {'above' if gain > 0 else 'below'}"
    if best is None or not best.sign:
        return f"{told} the best measured"
    least = "" if gain > 0 else "at least "
    return f"{least}{told} {best.sign}{best.value:g}, the best measured"
