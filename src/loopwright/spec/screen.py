# SPDX-License-Identifier: Apache-2.0
"""A second, cheaper assay beside the one that a campaign is about.

It knows no data and no model.
"""

from __future__ import annotations

from typing import Literal

from attrs import field, frozen
from attrs.validators import gt, in_, min_len

from loopwright.spec.goal import Goal

__all__ = ["Screen"]


@frozen(kw_only=True)
class Screen:
    """A cheap assay that tells who is worth the costly one."""

    property: str = field(validator=min_len(1))
    """What it measures, as in the data; another name than the goal's."""

    unit: str = "1"
    """Unit of that property."""

    cost: float = field(validator=gt(0.0))
    """Of screening one candidate, in the unit of the budget."""

    direction: Literal["", "maximize", "minimize"] = field(
        default="", validator=in_(("", "maximize", "minimize"))
    )
    """Which of its values promise something; as the goal's if blank."""

    assays: tuple[str, ...] = ()
    """Assays to learn from; needed when the data hold more than one for this property."""

    pool_reason: str = ""
    """Why assays that differ may be pooled; becomes part of the record."""

    def beside(self, goal: Goal) -> Goal:
        """Return what is wanted of the screen, as if it were the goal."""
        return Goal(
            property=self.property,
            unit=self.unit,
            direction=self.direction or goal.direction,
            assays=self.assays,
            pool_reason=self.pool_reason,
        )
