# SPDX-License-Identifier: Apache-2.0
"""How property models are asked for; it knows no file and no model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from attrs import frozen

from loopwright.api.answer_bounds import check_bounds
from loopwright.api.learnable import TASKS, Asked
from loopwright.api.levels import check_levels
from loopwright.core.errors import SpecError
from loopwright.core.values import Task
from loopwright.training.families import SPLITS, SplitName
from loopwright.training.trial import RECIPES

__all__ = ["How", "asked_of"]


@frozen(kw_only=True)
class How:
    """How models are made."""

    structure: str = ""
    """The column of structures; guessed if blank."""

    task: Task | Literal[""] = ""
    """Guessed from the values if blank; never ordinal."""

    levels: tuple[str, ...] = ()
    """Of an ordinal property, from the lowest; whole numbers are told from the values if empty."""

    model: str = "auto"
    split: SplitName = "scaffold"
    seed: int = 0
    low: float | None = None
    """No answer is below this."""

    high: float | None = None
    """No answer is above this."""

    budget_s: float | None = None
    """Seconds of one property after which no further model is tried, and nothing further asked."""

    pool: str = ""
    """Why values of different assays may be taken together."""

    assays: tuple[str, ...] = ()
    """Assays to learn from, as a campaign's goal names them; all if empty."""

    weight: str = ""
    """The column that says how many measurements a row counts as; each is one if blank."""

    licence: str = ""
    """Under which the data were given, for the card."""

    is_quick: bool = False
    """Whether only what intervals need is held out: no other splits, no learning curve."""

    is_upon_catalogue: bool = False
    """Whether ``auto`` tries what the catalogue says of structures as descriptors."""

    def __attrs_post_init__(self) -> None:
        """Refuse what does not exist, before anything is read."""
        check_levels(self.levels, self.task)
        check_bounds(self.low, self.high)
        for name, given, known in (
            ("task", self.task, ("", *TASKS)),
            ("split", self.split, SPLITS),
            ("model", self.model, tuple(RECIPES)),
        ):
            if given not in known:
                raise SpecError(
                    f"There is no {name} {given!r}",
                    where=f"--{name}",
                    remedy=f"Choose one of: {', '.join(filter(None, known))}.",
                )


def asked_of(properties: Sequence[str], how: How) -> Asked:
    """Return what is asked of a file; refuse no property, or one twice."""
    if not properties or len(set(properties)) < len(properties):
        raise SpecError(
            "Properties are named once each, one at least",
            where="--property",
            remedy="Name columns of the file, parted by commas.",
        )
    return Asked(
        properties=tuple(properties),
        structure=how.structure,
        task=how.task,
        levels=how.levels,
        weight=how.weight,
        pool=how.pool,
        assays=how.assays,
    )
