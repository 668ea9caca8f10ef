# SPDX-License-Identifier: Apache-2.0
"""``auto`` tries what models of other properties say as descriptors, and keeps what helps.

They are those of the catalogue, and those of the other properties of the same file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import evolve, frozen

from loopwright.api.catalogues import catalogue_folder
from loopwright.api.how import How
from loopwright.api.property_folder import MODELS
from loopwright.core.values import Features, FloatArray, Targets
from loopwright.science.metrics import errors
from loopwright.training.doubt import to_scale
from loopwright.training.others import Others, standing
from loopwright.training.property_file import pack_properties
from loopwright.training.property_model import PropertyModel, lifted
from loopwright.training.unseen import unseen_of

__all__ = ["Beneath", "beneath", "catalogue", "weighed", "whom"]

CATALOGUE = "admet"
OWN = "own"
"""Names of the models of the same file begin so."""

LEAST_ROWS, MOST_ROWS = 30, 4_000
"""Own structures for which it is tried: fewer cannot tell, more have little to gain."""

ELSEWHERE = (0.015, 0.021)
"""What it saves with a few hundred rows of another property, and how that differs between them.

Folds of a few hundred rows tell a saving of two per cent no better than to two per cent, so what 36
properties tell, judged on families that took no part (``docs/log``), is weighed with it.
"""


@frozen(kw_only=True, eq=False)
class Beneath:
    """What was learned, from rows as they are or with what others say of them."""

    model: PropertyModel
    """Of ``features``; ``standing`` makes it one of plain rows."""

    features: Features
    others: Others | None = None
    """Who is asked first; None if nobody."""

    @property
    def standing(self) -> PropertyModel:
        """Return the model as one that asks others first, where it does."""
        return self.model if self.others is None else standing(self.model, self.others)


def whom(alone: Sequence[PropertyModel], how: How) -> Others | None:
    """Return who may be asked by models that learn together; None if nobody.

    Args:
        alone: A model of each property, of rows as they are.
        how: The recipe is ``auto`` and has no budget; the catalogue is asked where
            ``is_upon_catalogue`` says so.
    """
    if how.model != "auto" or how.budget_s is not None or not any(map(_may_ask, alone)):
        return None
    first = catalogue() if how.is_upon_catalogue else None
    beside = {
        f"{OWN}{i}": evolve(model, card=evolve(model.card, seconds=0.0))
        for i, model in enumerate(alone)
        if model.card.property.task != "ordinal"
    }
    if len(alone) < 2 or not beside:
        return first
    second = Others.of(pack_properties(beside))
    return first.beside(second) if first else second


def beneath(
    own: PropertyModel,
    others: Others | None,
    described: Features,
    targets: Targets,
    *,
    fit: Callable[[Features], PropertyModel],
) -> Beneath:
    """Learn with what others say of the rows, too; keep what errs less.

    Args:
        own: What was learned from the rows as they are.
        others: Who may be asked; who was made of the very values is left out.
        described: The n own rows, with families.
        targets: Their values.
        fit: Returns a model of the rows as they are given.
    """
    alone = Beneath(model=own, features=described)
    if others is None or not _may_ask(own):
        return alone
    task = own.card.property.task
    beside = {name for name in others.kept if name.startswith(OWN)}
    others = others.without_same(described.ids, targets.values[:, 0], task, beside=beside)
    if not others.kept:
        return alone
    upon = lifted(described, others.ask(described))
    model = fit(upon)
    saved, error = _saved(_lost(own), _lost(model), np.asarray(described.blocks["family"]))
    told = (
        f"on top of the answers of {_named(others)}, which save {saved:.1%} ± {error:.1%} of the "
        "squared error on held-out families"
    )
    if weighed(saved, error) <= 0.0:
        return evolve(alone, model=_adding(own, f"not {told}"))
    return Beneath(model=_adding(model, told), features=upon, others=others)


def _may_ask(own: PropertyModel) -> bool:
    """Return whether a model has as many rows as can tell whether it helps, and no levels."""
    return LEAST_ROWS <= len(own.known) <= MOST_ROWS and own.card.property.task != "ordinal"


def _named(others: Others) -> str:
    """Return who is asked, in words."""
    n_beside = sum(name.startswith(OWN) for name in others.kept)
    n_below = len(others.kept) - n_beside
    told = [
        f"{n} {'model' if n == 1 else 'models'} of {whose}"
        for n, whose in ((n_below, CATALOGUE), (n_beside, "this file"))
        if n
    ]
    return " and ".join(told)


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
        Variance of a ratio of sums: Cochran (1977), Sampling Techniques, chapter 6.
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
