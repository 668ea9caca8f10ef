# SPDX-License-Identifier: Apache-2.0
"""What became of a budget of seconds: what was asked for, what it took, what was left out."""

from __future__ import annotations

from attrs import frozen

from loopwright.api.how import How
from loopwright.training.honest import Evaluation
from loopwright.training.property_model import PropertyModel
from loopwright.training.trial import RECIPES

__all__ = ["Budget", "budget_of"]


@frozen(kw_only=True)
class Budget:
    """A budget of one property, and what became of it."""

    asked_s: float
    took_s: float
    """Fits and questions together; the first model is made however long it takes."""

    left_out: tuple[str, ...]
    """Models of the recipe, models of other properties to ask, and parts of the evaluation that
    there was no time for."""

    @property
    def is_short(self) -> bool:
        """Return whether it was overrun, or anything was left out because of it."""
        return bool(self.left_out) or self.took_s > self.asked_s


def budget_of(
    how: How,
    model: PropertyModel,
    evaluation: Evaluation | None,
    *,
    took_s: float,
    unasked: tuple[str, ...] = (),
) -> Budget | None:
    """Return what became of the budget; None if none was given.

    Args:
        how: What was asked for.
        model: What was made.
        evaluation: What was asked of it; None where nothing was wanted.
        took_s: Seconds.
        unasked: Models of other properties that were not tried as descriptors.
    """
    if how.budget_s is None:
        return None
    models = (name for name in RECIPES[how.model] if name not in model.asked)
    asked = evaluation.hurried if evaluation else ()
    return Budget(
        asked_s=how.budget_s, took_s=round(took_s, 2), left_out=(*models, *unasked, *asked)
    )
