# SPDX-License-Identifier: Apache-2.0
"""What a campaign asks of its labs, and which readings are of something else.

What is ordered says its assay: the one that the goal names, or the only one that it learns from. A
value that comes home without one is by that. A goal that names its assays learns from no other, and
a value of another assay answers no order.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from attrs import evolve

from loopwright.core.values import Measurement
from loopwright.data.assays import PARTS, Assay, as_fields, assay_of
from loopwright.data.points import usable
from loopwright.data.rows import column_of, fields_of, with_other
from loopwright.loop.readouts import SIGNAL
from loopwright.loop.view import View
from loopwright.spec.campaign import CampaignSpec
from loopwright.spec.goal import Goal

__all__ = ["apart", "as_ordered", "asked_of", "elsewhere", "properties_of", "stated_assay"]


def stated_assay(view: View, goal: Goal) -> Mapping[str, str]:
    """Return what the rows of an order say of their assay: column -> words.

    Nothing where its assay has no name, or several are meant.
    """
    one = _assay_asked(view, goal)
    told = {"assay": one.id, "assay_version": one.version, **one.conditions}
    return {column: word for column, word in told.items() if word}


def as_ordered(
    view: View, rows: Sequence[Measurement], *, ordered: Collection[str]
) -> tuple[Sequence[Measurement], int]:
    """Return measurements, those without an assay by that of their order; and how many these are.

    Args:
        view: The campaign.
        rows: Of one file.
        ordered: Candidates whose values answer orders.
    """
    goals = view.spec.goals if ordered else ()
    stated = {g.property: as_fields(_assay_asked(view, g)) for g in goals}
    stated = {property: told for property, told in stated.items() if any(told.values())}
    told = fields_of(rows if stated else (), "candidate_id", "standard_type", *PARTS)
    places = (
        place
        for place, (candidate, property, *parts) in enumerate(told)
        if property in stated and candidate in ordered and not any(parts)
    )
    named = {n: evolve(rows[n], **stated[rows[n].standard_type]) for n in places}
    return with_other(rows, named) if named else rows, len(named)


def _assay_asked(view: View, goal: Goal) -> Assay:
    """Return the assay that a goal names, or the only one that it learns from; else no name."""
    if len(goal.assays) > 1:
        return Assay()
    found = set(map(assay_of, usable(view.measurements, goal.property)))
    meant = {a for a in found if not goal.assays or a.is_meant(goal.assays[0])}
    if not meant and goal.assays:
        return Assay(id=goal.assays[0])
    return next(iter(meant)) if len(meant) == 1 else Assay()


def elsewhere(goals: Sequence[Goal], measurements: Iterable[Measurement]) -> list[Measurement]:
    """Return the values that are of a goal's property and of no assay that it learns from."""
    named = {goal.property: goal.assays for goal in goals if goal.assays}
    return [
        m
        for m in (measurements if named else ())
        if m.standard_value is not None
        and m.standard_type in named
        and not any(assay_of(m).is_meant(entry) for entry in named[m.standard_type])
    ]


def apart(
    spec: CampaignSpec, measurements: Sequence[Measurement]
) -> tuple[Sequence[Measurement], Sequence[Measurement]]:
    """Return the rows of the assays that are asked for, and those of the screen.

    A reading of anything else, or by an assay that nobody asked for, is kept and answers no order.
    """
    screen = spec.screen.property if spec.screen else None
    asked = asked_of(spec) - {screen}
    others = {m.measurement_id for m in elsewhere(spec.goals, measurements)}
    if not others and asked.issuperset(properties_of(measurements)):
        return measurements, ()
    return (
        [m for m in measurements if m.standard_type in asked and m.measurement_id not in others],
        [m for m in measurements if m.standard_type == screen],
    )


def asked_of(spec: CampaignSpec) -> set[str]:
    """Return all that a campaign asks of its labs, by name: goals, screen, signals of plates."""
    return {SIGNAL, *spec.units}


def properties_of(measurements: Sequence[Measurement]) -> set[str]:
    """Return what was measured, by name."""
    return set(column_of(Measurement, measurements, "standard_type").to_pylist())
