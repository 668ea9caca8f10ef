# SPDX-License-Identifier: Apache-2.0
"""What a campaign asks of its labs, and which readings are of something else.

A goal that names its assays learns from no other: what is ordered for it says so, and a value of
another assay, or of none, answers no order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from loopwright.core.values import Measurement
from loopwright.data.assays import Assay, assay_of
from loopwright.data.rows import column_of
from loopwright.loop.readouts import SIGNAL
from loopwright.loop.view import View
from loopwright.spec.campaign import CampaignSpec
from loopwright.spec.goal import Goal

__all__ = ["apart", "asked_of", "elsewhere", "properties_of", "stated_assay"]


def stated_assay(view: View, goal: Goal) -> Mapping[str, str]:
    """Return what the rows of an order say of their assay: column -> words.

    Nothing where the goal names no assay or several, or one that several are meant by.
    """
    if len(goal.assays) != 1:
        return {}
    (entry,) = goal.assays
    of_goal = (m for m in view.measurements if m.standard_type == goal.property)
    meant = {a for a in map(assay_of, of_goal) if a.is_meant(entry)}
    if len(meant) > 1:
        return {}
    one = next(iter(meant), Assay(id=entry))
    told = {"assay": one.id, "assay_version": one.version, **one.conditions}
    return {column: word for column, word in told.items() if word}


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
