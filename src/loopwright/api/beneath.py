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
from loopwright.training.families import told_of
from loopwright.training.others import Others, standing
from loopwright.training.property_file import pack_properties
from loopwright.training.property_model import Asking, PropertyModel, lifted
from loopwright.training.unseen import unseen_of

__all__ = ["Below", "Beneath", "below_of", "beneath", "catalogue", "unasked", "weighed", "whom"]

CATALOGUE = "admet"
THIS_FILE = "this file"
OWN = "own"
"""Names of the models of the same file begin so."""

LEAST_ROWS, MOST_ROWS = 30, 4_000
"""Own structures for which it is tried: fewer cannot tell, more have little to gain."""

ELSEWHERE = (0.015, 0.021)
"""What it saves with a few hundred rows of another property, and how that differs between them.

Folds of a few hundred rows tell a saving of two per cent no better than to two per cent, so what 36
properties tell, judged on families that took no part (``docs/log``), is weighed with it.
"""


@frozen(kw_only=True)
class Below:
    """Models whose answers are descriptors of a model above."""

    of: str
    """Where they come from: the catalogue, or ``this file``."""

    properties: tuple[str, ...]
    """What each of them predicts."""


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
    if others is None:
        return alone
    if (n := len(own.known)) < LEAST_ROWS:
        few = "structures are too few to tell whether answers of other models help"
        return evolve(alone, model=_adding(own, f"{n} {few}"))
    if not _may_ask(own):
        return alone
    task = own.card.property.task
    beside = {name for name in others.kept if name.startswith(OWN)}
    asked = others.without_same(described.ids, targets.values[:, 0], task, beside=beside)
    same = _left_out(others, asked, own)
    if not asked.kept or not _lost(own).any():
        return evolve(alone, model=_adding(own, same))
    upon = lifted(described, asked.ask(described))
    model = fit(upon)
    saved, error = _saved(_lost(own), _lost(model), np.asarray(described.blocks["family"]))
    expected = weighed(saved, error)
    held_out = "rows" if own.card.split == told_of("random") else "families"
    told = (
        f"on top of the answers of {_named(asked)}, which {'save' if saved >= 0.0 else 'cost'} "
        f"{abs(saved):.1%} ± {error:.1%} of the squared error on held-out {held_out}; weighed with "
        "what other properties saved, "
        f"a {'saving' if expected > 0.0 else 'loss'} of {abs(expected):.1%} is expected"
    )
    if expected <= 0.0:
        return evolve(alone, model=_adding(own, f"not {told}", same))
    return Beneath(model=_adding(model, told, same), features=upon, others=asked)


def below_of(model: PropertyModel) -> tuple[Below, ...]:
    """Return on whom a model stands that ``beneath`` has made, by where they come from."""
    return () if model.others is None else _parted(model.others)


def _parted(others: Asking) -> tuple[Below, ...]:
    """Return models by where they come from."""
    names: dict[str, list[str]] = {CATALOGUE: [], THIS_FILE: []}
    for name, one in zip(others.kept, others.models, strict=True):
        names[_whose(name)].append(one.card.property.name)
    return tuple(Below(of=of, properties=tuple(found)) for of, found in names.items() if found)


def unasked(own: PropertyModel, how: How, *, n_properties: int) -> tuple[str, ...]:
    """Return who was not asked because there is a budget.

    Args:
        own: The model of a property, of rows as they are.
        how: What was asked for.
        n_properties: Of the same file, this one included.
    """
    if how.model != "auto" or how.budget_s is None or not _may_ask(own):
        return ()
    asked = (how.is_upon_catalogue, CATALOGUE), (n_properties > 1, THIS_FILE)
    return tuple(f"models of {whose}" for is_asked, whose in asked if is_asked)


def _may_ask(own: PropertyModel) -> bool:
    """Return whether a model has as many rows as can tell whether it helps, and no levels."""
    return LEAST_ROWS <= len(own.known) <= MOST_ROWS and own.card.property.task != "ordinal"


def _whose(name: str) -> str:
    """Return where a model comes from."""
    return THIS_FILE if name.startswith(OWN) else CATALOGUE


def _named(others: Others) -> str:
    """Return who is asked, in words; those of the same file by name."""
    return " and ".join(
        f"{len(one.properties)} {'model' if len(one.properties) == 1 else 'models'} of {one.of}"
        + (f" ({', '.join(one.properties)})" if one.of == THIS_FILE else "")
        for one in _parted(others)
    )


def _left_out(others: Others, asked: Others, own: PropertyModel) -> str:
    """Return whom a property does not ask but for itself, in words; blank if there is nobody."""
    names = [
        f"{one.card.property.name} of {_whose(name)}"
        for name, one in zip(others.kept, others.models, strict=True)
        if name not in asked.kept
        and (_whose(name) == CATALOGUE or one.card.property != own.card.property)
    ]
    return f"not asked, since made of the very values: {', '.join(names)}" if names else ""


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
    """Return what share of a loss, > 0, is saved, and its standard error over families.

    Source:
        Variance of a ratio of sums: Cochran (1977), Sampling Techniques, chapter 6.
    """
    _, of = np.unique(family, return_inverse=True)
    lost, left = np.bincount(of, before), np.bincount(of, after)
    ratio = float(left.sum() / lost.sum())
    n = len(lost)
    spread = float(np.square(left - ratio * lost).sum()) * n / max(n - 1, 1)
    return 1.0 - ratio, float(np.sqrt(spread) / lost.sum())


def _adding(model: PropertyModel, *told: str) -> PropertyModel:
    """Return a model whose reasons say more; blanks say nothing."""
    why = "; ".join(filter(None, (model.card.why, *told)))
    return evolve(model, card=evolve(model.card, why=why))


@cache
def catalogue() -> Others:
    """Return all models of the catalogue."""
    return Others.of((catalogue_folder(CATALOGUE) / MODELS).read_bytes())
