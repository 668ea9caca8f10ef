# SPDX-License-Identifier: Apache-2.0
"""One thing that a campaign is for, and how good a value is for it.

It knows no data and no model.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import field, frozen
from attrs.validators import gt, in_, min_len

from loopwright.core.values import Direction, FloatArray

__all__ = ["Goal", "aim_of", "is_manifold", "is_weighted", "wanted"]


@frozen(kw_only=True)
class Goal:
    """What the campaign is for."""

    property: str = field(validator=min_len(1))
    """The measured property, as in the data: pIC50, yield ..."""

    unit: str = "1"
    """Unit of the property; "1" for a dimensionless one such as pIC50."""

    direction: Direction = field(default="maximize", validator=in_(("maximize", "minimize")))
    """Whether larger or smaller values are wanted."""

    match: float | None = None
    """The value that is wanted, in ``unit``; ``direction`` then says nothing."""

    threshold: float | None = None
    """A candidate at least this good is a hit; in ``unit``; of ``match``, its distance at most."""

    limit: bool = field(default=False)
    """Whether the threshold is a limit: nothing beyond it counts, and nothing is won by keeping
    it but that the other goals count."""

    weight: float = field(default=1.0, validator=gt(0.0))
    """How much it counts beside the other goals, where the proposer is ``desirability``."""

    assays: tuple[str, ...] = ()
    """Assays to learn from; needed when the data hold more than one for this property."""

    pool_reason: str = ""
    """Why assays that differ may be pooled; becomes part of the record."""

    def sign(self) -> float:
        """Return +1 where larger values are better, -1 where smaller ones are."""
        return 1.0 if self.direction == "maximize" else -1.0

    @weight.validator
    def _check_weight(self, _: object, value: float) -> None:
        if self.limit and value != 1.0:
            raise ValueError(f"{self.property!r} is a limit, and a limit has no weight")

    @limit.validator
    def _check_limit(self, _: object, value: bool) -> None:
        if value and self.threshold is None:
            raise ValueError(f"{self.property!r} is to be a limit, but no threshold says which")

    def accepted(self) -> tuple[float, float]:
        """Return the least and the greatest value that reach the threshold, if one is named."""
        if self.threshold is None:
            return -np.inf, np.inf
        if self.match is not None:
            return self.match - self.threshold, self.match + self.threshold
        if self.direction == "maximize":
            return self.threshold, np.inf
        return -np.inf, self.threshold

    def worth(self, values: FloatArray) -> FloatArray:
        """Return how good values are, of any shape: larger is better, in ``unit``.

        Of a limit, 0 where it is kept, else minus the distance to it.
        """
        worth = self.sign() * values if self.match is None else -np.abs(values - self.match)
        return np.minimum(worth - self._bar(), 0.0) if self.limit else worth

    def floor(self) -> float | None:
        """Return the worth of the threshold; None if none is named."""
        if self.threshold is None:
            return None
        return 0.0 if self.limit else self._bar()

    def _bar(self) -> float:
        """Return how good the threshold would be if it were no limit."""
        assert self.threshold is not None, "asked of goals with a threshold"
        return self.sign() * self.threshold if self.match is None else -self.threshold


def aim_of(goal: Goal) -> str:
    """Return what is wanted in words."""
    if goal.limit:
        return f"{goal.property}, {_limit(goal)}"
    if goal.match is not None:
        return f"{goal.property}, to match {goal.match:g}"
    return f"{goal.property}, to {goal.direction}"


def _limit(goal: Goal) -> str:
    """Return what a limit says, in words."""
    if goal.match is not None:
        return f"within {goal.threshold:g} of {goal.match:g}"
    return f"{goal.threshold:g} at {'least' if goal.direction == 'maximize' else 'most'}"


def wanted(goals: Sequence[Goal]) -> tuple[Goal, ...]:
    """Return the goals of which more is better: those that are no mere limits."""
    return tuple(goal for goal in goals if not goal.limit)


def is_manifold(goals: Sequence[Goal]) -> bool:
    """Return whether more is wanted than the most, or the least, of one property."""
    return len(goals) > 1 or goals[0].match is not None


def is_weighted(goals: Sequence[Goal]) -> bool:
    """Return whether some goal is to count for more, or less, than the others."""
    return any(goal.weight != 1.0 for goal in goals)
