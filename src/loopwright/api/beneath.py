# SPDX-License-Identifier: Apache-2.0
"""``auto`` tries what the catalogue says of a structure as descriptors, and keeps what helps."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import evolve, frozen

from loopwright.api.catalogues import catalogue_folder
from loopwright.api.how import How
from loopwright.api.property_folder import MODELS
from loopwright.core.values import Features, FloatArray, Targets, Task
from loopwright.science.metrics import errors
from loopwright.training.doubt import to_scale
from loopwright.training.others import Others, standing
from loopwright.training.property_model import PropertyModel, lifted
from loopwright.training.unseen import unseen_of

__all__ = ["Beneath", "beneath", "catalogue", "weighed"]

CATALOGUE = "admet"
LEAST_ROWS, MOST_ROWS = 30, 4_000
"""Own structures for which it is tried: fewer cannot tell, more have little to gain."""

LEAST_GAIN = 0.01
"""Share of the squared error that it must be expected to save."""

ELSEWHERE = (0.015, 0.021)
"""What it saves with a few hundred rows of another property, and how that differs between them.

Folds of a few hundred rows tell a saving of two per cent no better than to two per cent, so what 33
properties tell, judged on families that took no part (``docs/log``), is weighed with it.
"""


@frozen(kw_only=True, eq=False)
class Beneath:
    """What was learned, from rows as they are or with what the catalogue says of them."""

    model: PropertyModel
    """Of ``features``; ``standing`` makes it one of plain rows."""

    features: Features
    others: Others | None = None
    """Who is asked first; None if nobody."""

    @property
    def standing(self) -> PropertyModel:
        """Return the model as one that asks others first, where it does."""
        return self.model if self.others is None else standing(self.model, self.others)


def beneath(
    described: Features,
    targets: Targets,
    how: How,
    *,
    task: Task,
    fit: Callable[[Features], PropertyModel],
) -> Beneath:
    """Learn from rows as they are, and with what the catalogue says of them; keep what errs less.

    Args:
        described: The n own rows, with families.
        targets: Their values.
        how: Asked for with ``is_upon_catalogue``, by the recipe ``auto`` and without a budget.
        task: What the values are.
        fit: Returns a model of the rows as they are given.
    """
    own = fit(described)
    alone = Beneath(model=own, features=described)
    is_asked = how.is_upon_catalogue and how.model == "auto" and how.budget_s is None
    if not is_asked or task == "ordinal" or not LEAST_ROWS <= len(described) <= MOST_ROWS:
        return alone
    others = catalogue().without_same(described.ids, targets.values[:, 0], task)
    upon = lifted(described, others.ask(described))
    model = fit(upon)
    saved, error = _saved(_lost(own), _lost(model), np.asarray(described.blocks["family"]))
    expected = weighed(saved, error)
    told = (
        f"{saved:.1%} ± {error:.1%} of the squared error on held-out families ({expected:.1%} is "
        "expected in view of other properties)"
    )
    if expected < LEAST_GAIN:
        told = f"not on top of what {CATALOGUE} says of the structures, which saves {told}"
        return evolve(alone, model=_adding(own, told))
    told = f"on top of what {len(others.kept)} models of {CATALOGUE} say, which saves {told}"
    return Beneath(model=_adding(model, told), features=upon, others=others)


def weighed(saved: float, error: float) -> float:
    """Return the saving to expect: what was seen, drawn to what is seen elsewhere.

    Args:
        saved: Share of the squared error, on held-out families.
        error: Its standard error.
    """
    mean, spread = ELSEWHERE
    trust = spread**2 / (spread**2 + error**2)
    return trust * saved + (1.0 - trust) * mean


def _lost(model: PropertyModel) -> FloatArray:
    """Return the squared error of each row on held-out families, on the scale of learning."""
    unseen, scale = unseen_of(model), model.card.scale
    truth, said = to_scale(model.values, scale), to_scale(unseen.said, scale)
    return np.asarray(np.square(errors(truth, said, unseen.bounds)))


def _saved(before: FloatArray, after: FloatArray, family: npt.NDArray[Any]) -> tuple[float, float]:
    """Return what share of a loss is saved, and its standard error over families.

    Source:
        Variance of a ratio of sums: Cochran (1977), Sampling Techniques, eq. 6.13.
    """
    _, of = np.unique(family, return_inverse=True)
    lost, left = np.bincount(of, before), np.bincount(of, after)
    ratio = float(left.sum() / max(lost.sum(), 1e-12))
    n = len(lost)
    spread = float(np.square(left - ratio * lost).sum()) * n / max(n - 1, 1)
    return 1.0 - ratio, float(np.sqrt(spread) / max(lost.sum(), 1e-12))


def _adding(model: PropertyModel, told: str) -> PropertyModel:
    """Return a model whose reasons say one thing more."""
    return evolve(model, card=evolve(model.card, why=f"{model.card.why}; {told}"))


@cache
def catalogue() -> Others:
    """Return all models of the catalogue."""
    return Others.of((catalogue_folder(CATALOGUE) / MODELS).read_bytes())
