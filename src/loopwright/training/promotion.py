# SPDX-License-Identifier: Apache-2.0
"""Whether a new model of a property is better than the old one, on the old one's own rows.

Only what a model says of rows that it could not know is evidence. Nothing here knows of folders,
nor what follows from the answer.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.errors import MismatchError
from loopwright.core.values import Features, FloatArray, Task
from loopwright.science.metrics import bootstrap_interval, errors
from loopwright.training.doubt import to_scale
from loopwright.training.families import CLUSTER_SIMILARITY, told_of
from loopwright.training.property_model import LEAST, PropertyModel
from loopwright.training.property_scores import loss_of
from loopwright.training.trial import WHAT_IS_LOST
from loopwright.training.unseen import unseen_of
from loopwright.training.validate import Estimate

__all__ = ["Difference", "Weighed", "weigh"]

LEAST_SHARE = 0.5
"""Of the old model's rows that must be evidence."""

LEAST_FAMILIES = 5
"""Of fewer, all favour one of two equals more often than once in twenty."""

N_DRAWS = 1_000

Rows = npt.NDArray[np.bool_]


@frozen(kw_only=True)
class Difference:
    """What two models lose on the same rows."""

    old: float
    """Mean loss of the old model."""

    new: float
    change: Estimate
    """``new / old - 1``, below 0 if the new one is better; families are resampled."""


@frozen(kw_only=True)
class Weighed:
    """One property of a new model beside the old one."""

    property: str
    unit: str
    task: Task
    loss: str
    """What is lost, in words."""

    split: str
    """What the old model held out together."""

    n_rows: int
    """Rows of the old model; ``n_rows = n_both + n_fresh + n_passed_over``."""

    n_both: int
    """Learned by both: what each said of them when it had not seen their family."""

    n_fresh: int
    """Not learned by the new model, nor any row like them: what it says of them now."""

    n_passed_over: int
    """No evidence: the new model knows like rows that the old one did not when it was asked."""

    n_families: int
    """Among the rows that are evidence."""

    difference: Difference | None
    """None where there is too little evidence."""

    is_useful: bool
    """Whether the new model beats both baselines on its own held-out rows."""

    is_better: bool
    """By the margin, and with an interval that lies below no change."""

    reason: str
    """Why, in a sentence."""

    is_passed: bool
    """Whether it is both."""


class _Evidence(NamedTuple):
    """Which rows of the old model are evidence, shape (n,), and what the new one says, (n,)."""

    both: Rows
    fresh: Rows
    said: FloatArray


def weigh(
    old: PropertyModel, new: PropertyModel, features: Features, *, margin: float, seed: int = 0
) -> Weighed:
    """Compare two models on the rows that the old one has learned from.

    Args:
        old: The model in its place.
        new: The one that would replace it.
        features: The rows of ``old.known`` in their order, with the families that count once.
        margin: Share of the old loss by which the new one must be smaller, from 0 to 1.
        seed: Draws the resamples.

    Raises:
        MismatchError: They do not answer one question, or were not held out alike.
        NotReadyError: One of them does not say what it predicted for rows it had not seen.
    """
    _demand_alike(old, new)
    evidence = _evidence(old, new, features)
    used = np.flatnonzero(evidence.both | evidence.fresh)
    families = _families(features)[used]
    n_families = len(np.unique(families))
    difference = None
    if len(used) >= LEAST_SHARE * len(features) and n_families >= LEAST_FAMILIES:
        lost = (_lost(old, unseen_of(old).said)[used], _lost(old, evidence.said)[used])
        difference = _difference(*lost, families, seed=seed)
    is_useful, about = new.card.is_useful, old.card.property
    is_better = difference is not None and _is_better(difference, margin)
    return Weighed(
        property=about.name,
        unit=about.unit,
        task=about.task,
        loss=_loss_in_words(old),
        split=old.card.split,
        n_rows=len(features),
        n_both=int(evidence.both.sum()),
        n_fresh=int(evidence.fresh.sum()),
        n_passed_over=len(features) - len(used),
        n_families=n_families,
        difference=difference,
        is_useful=is_useful,
        is_better=is_better,
        reason=_reason(difference, is_useful=is_useful, margin=margin, n_used=len(used)),
        is_passed=is_useful and is_better,
    )


# ---- evidence
def _evidence(old: PropertyModel, new: PropertyModel, features: Features) -> _Evidence:
    """Return what the new model says of the old one's rows, as far as it could not know them."""
    place = {id_: row for row, id_ in enumerate(new.known.ids)}
    rows = np.array([place.get(id_, -1) for id_ in old.known.ids], np.intp)
    below, beneath = _knows_like(_below(new), features), _knows_like(_below(old), features)
    both = (rows >= 0) & ~(below & ~beneath)
    fresh = (rows < 0) & ~below & ~_knows_like([new], features)
    said = np.zeros(len(features))
    said[both] = unseen_of(new).said[rows[both]]
    if fresh.any():
        said[fresh] = new.predict(features.take(np.flatnonzero(fresh))).mean[:, 0]
    return _Evidence(both, fresh, said)


def _below(model: PropertyModel) -> list[PropertyModel]:
    """Return the models on which one stands."""
    base = model.base.model if model.base else None
    return [base, *_below(base)] if base else []


def _knows_like(models: list[PropertyModel], features: Features) -> Rows:
    """Return whether any of some models has learned from a row like each, shape (n,)."""
    found = np.zeros(len(features), bool)
    for model in models:
        found |= model.nearest(features, k=1)[1][:, 0] >= CLUSTER_SIMILARITY
    return found


def _demand_alike(old: PropertyModel, new: PropertyModel) -> None:
    """Refuse models of two questions, and one whose held-out rows were easier."""
    was, now = old.card.property, new.card.property
    if (was.unit, was.task) != (now.unit, now.task):
        raise MismatchError(
            f"The old model of {was.name!r} is a {was.task} in {was.unit!r}, the new one a "
            f"{now.task} in {now.unit!r}",
            where=was.name,
            remedy="Train the new one on values of the same unit and task.",
        )
    if was.levels != now.levels:
        raise MismatchError(
            f"The old model of {was.name!r} knows the levels {', '.join(was.levels)}, the new one "
            f"{', '.join(now.levels)}",
            where=was.name,
            remedy="Train the new one with the --levels of the old one.",
        )
    held, easier = _held(old), told_of("random")
    if held not in {easier, _held(new)}:
        raise MismatchError(
            f"The old model of {was.name!r} held out {old.card.split}, the new one "
            f"{new.card.split}; what they lost cannot be compared",
            where=was.name,
            remedy="Train the new one with the --split of the old one.",
        )


def _held(model: PropertyModel) -> str:
    """Return what its folds held out; one by time has folds of scaffold families."""
    split = model.card.split
    return told_of("scaffold") if split == told_of("time") else split


def _families(features: Features) -> npt.NDArray[np.intp]:
    """Return the number of the family of each row; each is its own where none are named."""
    family = features.blocks.get("family")
    labels = family if isinstance(family, np.ndarray) else np.array(features.ids)
    return np.asarray(np.unique(labels, return_inverse=True)[1], np.intp)


# ---- what is lost
def _lost(model: PropertyModel, said: FloatArray) -> FloatArray:
    """Return what each row of a model loses, on its scale of learning, shape (n,)."""
    task = model.card.property.task
    if task != "regression":
        return loss_of(said, model.values, task)
    scale = model.card.scale
    told = to_scale(np.maximum(said, LEAST) if scale == "log" else said, scale)
    gaps = errors(to_scale(model.values, scale), told, unseen_of(model).bounds)
    return np.asarray(np.square(gaps))


def _loss_in_words(model: PropertyModel) -> str:
    task = model.card.property.task
    if task == "ordinal":
        return "absolute error in levels"
    return f"{WHAT_IS_LOST[task]} of log10" if model.card.scale == "log" else WHAT_IS_LOST[task]


def _difference(
    old: FloatArray, new: FloatArray, families: npt.NDArray[np.intp], *, seed: int
) -> Difference:
    """Return both losses and their relative difference, with its interval over families."""
    numbers = np.unique(families, return_inverse=True)[1]
    sums = _summed(new, numbers), _summed(old, numbers)
    rng = np.random.default_rng([seed, len(old)])
    low, high = bootstrap_interval(sums, _change, rng=rng, n_draws=N_DRAWS)
    return Difference(
        old=float(old.mean()),
        new=float(new.mean()),
        change=Estimate(value=float(_change(*sums)), low=low, high=high),
    )


def _summed(lost: FloatArray, families: npt.NDArray[np.intp]) -> FloatArray:
    """Return what each family loses."""
    return np.bincount(families, lost).astype(float)


def _change(new: FloatArray, old: FloatArray) -> FloatArray:
    """Return the relative difference of sums along the last axis; nothing lost cannot be beaten."""
    least = np.finfo(float).tiny
    return np.asarray((new.sum(axis=-1) + least) / (old.sum(axis=-1) + least) - 1.0)


def _is_better(found: Difference, margin: float) -> bool:
    return found.change.value <= -margin and found.change.high < 0.0


def _reason(found: Difference | None, *, is_useful: bool, margin: float, n_used: int) -> str:
    """Say why a model passes or does not, the first cause first."""
    if found is None:
        return (
            f"too little evidence: {n_used} rows of which the new model had not seen the like; "
            f"half of the old one's rows and {LEAST_FAMILIES} families are needed"
        )
    change = found.change
    told = f"its loss is {change.value:+.1%} [{change.low:+.1%}, {change.high:+.1%}]"
    if not is_useful:
        return f"it does not beat both baselines on its own held-out rows; {told}"
    if change.value > -margin:
        return f"{told}, and must be smaller by {margin:.1%}"
    if change.high >= 0.0:
        return f"{told}, and no change cannot be ruled out"
    return f"{told}, smaller by {margin:.1%} at least"
