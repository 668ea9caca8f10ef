# SPDX-License-Identifier: Apache-2.0
"""What a person wants, as one word for each goal: ``pIC50:max>6.5``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from loopwright.core.errors import SpecError
from loopwright.core.values import Direction
from loopwright.spec.campaign import Goal

__all__ = ["as_goals", "goals_of", "read_goal"]

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_AIM = re.compile(
    rf"(?:(?P<most>max)(?:>=?(?P<least>{_NUMBER}))?"
    rf"|(?P<least_of>min)(?:<=?(?P<most_at>{_NUMBER}))?"
    rf"|match=(?P<match>{_NUMBER})(?:\+-(?P<within>{_NUMBER}))?)"
)
_HOW = "Write PROPERTY:max, PROPERTY:max>6.5, PROPERTY:min<2 or PROPERTY:match=7.4+-0.5."


def read_goal(text: str) -> Goal:
    """Return the goal that a text names.

    Raises:
        SpecError: It is not written as a goal.

    Example:
        >>> read_goal("pIC50:max>6.5").threshold
        6.5
        >>> read_goal("logD:match=2+-0.5").match
        2.0
    """
    property, colon, aim = text.rpartition(":")
    found = _AIM.fullmatch(re.sub(r"\s", "", aim))
    if not colon or not property.strip() or found is None:
        raise SpecError(f"{text!r} is no goal", where="--goal", remedy=_HOW)
    told = {name: float(value) for name, value in found.groupdict().items() if _is_number(value)}
    if told.get("within", 0.0) < 0.0:
        raise SpecError(f"{text!r} has a width below 0", where="--goal", remedy=_HOW)
    return Goal(
        property=property.strip(),
        direction="minimize" if found["least_of"] else "maximize",
        match=told.get("match"),
        threshold=told.get("least", told.get("most_at", told.get("within"))),
    )


def goals_of(
    goals: Sequence[str], property: str, direction: Direction = "maximize"
) -> tuple[Goal, ...]:
    """Return the goals of a command: those that were written out, or one property.

    Raises:
        SpecError: One is not written as a goal, or two speak of one property.
    """
    found = tuple(map(read_goal, goals)) or (Goal(property=property, direction=direction),)
    twice = [name for name, n in Counter(goal.property for goal in found).items() if n > 1]
    if twice:
        raise SpecError(
            f"More than one goal for {', '.join(twice)}",
            where="--goal",
            remedy="Give each property once.",
        )
    return found


def as_goals(told: Sequence[Goal | str]) -> tuple[Goal, ...]:
    """Return goals, each given as one or as a text; raise ``SpecError`` as ``read_goal``."""
    return tuple(read_goal(one) if isinstance(one, str) else one for one in told)


def _is_number(value: str | None) -> bool:
    return value is not None and value not in {"max", "min"}
