# SPDX-License-Identifier: Apache-2.0
"""What a person wants, as one word for each goal: ``pIC50:max>6.5``, ``logD:<3``, ``A:max*2``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from loopwright.core.errors import SpecError
from loopwright.spec.goal import Goal, wanted
from loopwright.spec.screen import Screen

__all__ = ["as_goals", "read_goal", "read_screen"]

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_AIM = re.compile(
    rf"(?:max(?:>=?(?P<least>{_NUMBER}))?"
    rf"|min(?:<=?(?P<most>{_NUMBER}))?"
    rf"|match=(?P<match>{_NUMBER})(?:\+-(?P<within>{_NUMBER}))?)(?:\*(?P<weight>{_NUMBER}))?"
    rf"|>=?(?P<above>{_NUMBER})"
    rf"|<=?(?P<below>{_NUMBER})"
    rf"|(?P<middle>{_NUMBER})\+-(?P<about>{_NUMBER})"
)
_HOW = (
    "Write PROPERTY:max, PROPERTY:max>6.5, PROPERTY:min<2 or PROPERTY:match=7.4+-0.5; for a limit, "
    "PROPERTY:<3, PROPERTY:>-4 or PROPERTY:2+-0.5. A weight stands last: PROPERTY:max>6.5*2."
)
_BARS = ("least", "most", "within", "above", "below", "about")


def read_goal(text: str) -> Goal:
    """Return the goal that a text names.

    Raises:
        SpecError: It is not written as a goal.

    Example:
        >>> read_goal("pIC50:max>6.5").threshold
        6.5
        >>> read_goal("logD:match=2+-0.5").match
        2.0
        >>> read_goal("logD:<3").limit, read_goal("pIC50:max>6.5*2").weight
        (True, 2.0)
    """
    property, _, aim = text.rpartition(":")
    found = _AIM.fullmatch(re.sub(r"\s", "", aim))
    if not property.strip() or found is None:
        raise SpecError(f"{text!r} is no goal", where="--goal", remedy=_HOW)
    told = {name: float(number) for name, number in found.groupdict().items() if number}
    if min(told.get("within", 0.0), told.get("about", 0.0)) < 0.0:
        raise SpecError(f"{text!r} has a width below 0", where="--goal", remedy=_HOW)
    if told.get("weight", 1.0) <= 0.0:
        raise SpecError(f"{text!r} has no weight above 0", where="--goal", remedy=_HOW)
    return Goal(
        property=property.strip(),
        direction="minimize" if found[0].startswith(("min", "<")) else "maximize",
        match=told.get("match", told.get("middle")),
        threshold=next((told[name] for name in _BARS if name in told), None),
        weight=told.get("weight", 1.0),
        limit=not told.keys().isdisjoint(("above", "below", "about")),
    )


def read_screen(text: str, cost: float | None) -> Screen | None:
    """Return the screen that a text names, ``PROPERTY``, ``PROPERTY:max`` or ``PROPERTY:min``.

    Args:
        text: As a person writes it; no screen if blank.
        cost: Of one screen.

    Raises:
        SpecError: One of the two is missing.

    Example:
        >>> read_screen("docking:min", 0.1).direction
        'minimize'
    """
    if bool(text) != (cost is not None):
        raise SpecError(
            "A screen needs a column and a price",
            where="--screen, --screen-cost",
            remedy="Give both: --screen COLUMN --screen-cost 0.1.",
        )
    if cost is None:
        return None
    property, _, aim = text.rpartition(":")
    if aim == "min":
        return Screen(property=property, cost=cost, direction="minimize")
    if aim == "max":
        return Screen(property=property, cost=cost, direction="maximize")
    return Screen(property=text, cost=cost)


def as_goals(told: Sequence[Goal | str]) -> tuple[Goal, ...]:
    """Return goals, each given as one or as a text; limits stand behind what is wanted.

    Raises:
        SpecError: One is not written as a goal, two speak of one property, or all are limits.
    """
    found = tuple(read_goal(one) if isinstance(one, str) else one for one in told)
    twice = [name for name, n in Counter(goal.property for goal in found).items() if n > 1]
    if twice:
        raise SpecError(
            f"More than one goal for {', '.join(twice)}",
            where="--goal",
            remedy="Give each property once.",
        )
    if found and not wanted(found):
        raise SpecError(
            "There are limits, but nothing is wanted within them",
            where="--goal",
            remedy="Name what is to be better, too: PROPERTY:max, PROPERTY:min or a match.",
        )
    return (*wanted(found), *(goal for goal in found if goal.limit))
