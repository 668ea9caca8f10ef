# SPDX-License-Identifier: Apache-2.0
"""What a recipe is worth, asked in every way that its reader will: one evaluation of one property.

The same recipe is asked about families, about clusters and about the newest rows that it has not
seen, about like rows with unlike values, and about what more rows would bring. Baselines answer
the same questions. Nothing is chosen by what is found here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.errors import NotReadyError
from loopwright.core.values import Features, Targets
from loopwright.training.by_distance import Band, bands_of
from loopwright.training.cliff_scores import Cliffs, cliffs_of
from loopwright.training.doubt import from_scale
from loopwright.training.families import SplitName, regrouped, told_of
from loopwright.training.learning_curve import LearningCurve, learning_curve
from loopwright.training.property import held_out_scores
from loopwright.training.property_model import PropertyModel
from loopwright.training.property_scores import (
    Held,
    PropertyScores,
    middle_of,
    score_property,
)
from loopwright.training.trial import BASELINES
from loopwright.training.unseen import learned_targets, said_of, unseen_of

__all__ = ["Case", "Evaluation", "Parted", "evaluation_of"]

ASKED = ("auto", *BASELINES)
CLIFFS = "activity cliffs"
ONE_FIT = 0.3
"""Share of the time of a training that one fit and its scores take."""

_NO_TIME = ": no time"

Question = tuple[str, float, Callable[[], None]]
"""What is asked, its share of the time that the model took, and how."""


@frozen(kw_only=True)
class Parted:
    """The answers on rows that were held out in one way."""

    split: str
    """What was held out together."""

    scores: tuple[PropertyScores, ...]
    """Of ``auto``, ``mean`` and ``neighbour``."""


@frozen(kw_only=True)
class Evaluation:
    """One property, asked in every way."""

    parted: tuple[Parted, ...]
    """By the model's own split first; by scaffold, cluster and time, as far as there was a way."""

    cliffs: Cliffs | None
    """None where fewer than ten rows are on an activity cliff, or there was no time."""

    curve: LearningCurve | None
    missing: tuple[str, ...]
    """What was not asked, and why."""

    seconds: float
    by_distance: tuple[Band, ...] = ()
    """The error at each distance from what the model had seen; empty for fewer than twenty rows."""

    @property
    def hurried(self) -> tuple[str, ...]:
        """Return what was not asked because there was no time."""
        return tuple(m.removesuffix(_NO_TIME) for m in self.missing if m.endswith(_NO_TIME))


@frozen(kw_only=True, eq=False)
class Case:
    """A model, and what it was made from."""

    model: PropertyModel
    """As ``learn_property`` made it."""

    features: Features
    """The n rows that have a value, with the families that their modality names."""

    targets: Targets
    """One property, n rows, in its unit."""

    split: SplitName
    """How its rows were held out; by time counts as by scaffold."""

    newest: npt.NDArray[np.bool_] | None
    """Whether a row is among those measured last, shape (n,); None if days are not known."""

    seed: int


def evaluation_of(
    case: Case, *, has_time: Callable[[float], bool] = lambda _share: True
) -> Evaluation:
    """Ask a recipe everything about one property.

    Args:
        case: The model, and what it was made from.
        has_time: Asked before each part, with the share that it will take of the time that the
            model took.
    """
    begun, model = time.monotonic(), case.model
    parted = [_parted(model.card.split, model.card.scores)]
    bands: list[Band] = []
    cliffs: list[Cliffs | None] = []
    curve: list[LearningCurve] = []
    missing = []
    at_hand: tuple[Question, ...] = (  # while neighbours are kept
        ("error by distance", 0.0, lambda: bands.extend(bands_of(model))),
        (CLIFFS, 0.0, lambda: cliffs.append(cliffs_of(model, seed=case.seed))),
    )
    for name, share, ask in (*at_hand, *_questions(case, parted, curve)):
        try:
            if has_time(share):
                ask()
            else:
                missing.append(f"{name}{_NO_TIME}")
        except NotReadyError as ex:
            missing.append(f"{name}: {ex.what}")
    if case.newest is None:
        missing.append(f"{told_of('time')}: not every row has a day")
    return Evaluation(
        parted=tuple(parted),
        cliffs=cliffs[0] if cliffs else None,
        curve=curve[0] if curve else None,
        missing=tuple(missing),
        by_distance=tuple(bands),
        seconds=round(time.monotonic() - begun, 2),
    )


def _questions(case: Case, parted: list[Parted], curve: list[LearningCurve]) -> Iterator[Question]:
    """Yield what is still to ask, and how; the answers go where they are collected."""
    own: SplitName = "scaffold" if case.split == "time" else case.split
    yield "learning curve", 1.0, lambda: curve.append(_curve(case, own))
    others: tuple[SplitName, ...] = ("scaffold", "cluster")
    for name in (n for n in others if n != own):
        yield told_of(name), 1.0, partial(_ask_again, case, name, parted)
    if case.newest is not None:
        yield told_of("time"), ONE_FIT, lambda: parted.append(_newest(case))


def _curve(case: Case, own: SplitName) -> LearningCurve:
    family = regrouped(case.features, own).blocks.get("family")
    labels = family if isinstance(family, np.ndarray) else np.array(case.features.ids)
    numbers = np.unique(labels, return_inverse=True)[1]
    return learning_curve(
        case.model,
        np.asarray(numbers, np.intp),
        seed=case.seed,
        n_replicates=case.targets.n_replicates,
    )


def _ask_again(case: Case, name: SplitName, parted: list[Parted]) -> None:
    """Cross-validate the recipe over another way to part the rows."""
    features = regrouped(case.features, name)
    card = case.model.card
    told, scores = held_out_scores(
        features, case.targets, about=card.property, seed=case.seed, recipe=card.model
    )
    parted.append(_parted(told_of("cluster") if name == "cluster" else told, scores))


def _newest(case: Case) -> Parted:
    """Learn from the older rows, and score the newest."""
    assert case.newest is not None, "somebody asked for the newest rows"
    model, targets = case.model, learned_targets(case.model, case.targets.n_replicates)
    seen, new = np.flatnonzero(~case.newest), np.flatnonzero(case.newest)
    truth, bounds = model.values[new], unseen_of(model).bounds[new]
    says = partial(said_of, features=model.known, targets=targets, seen=seen, new=new)
    said = {"auto": says(model.card.recipe, seed=case.seed, weights=model.card.weights)}
    said |= {name: says((name,), seed=case.seed) for name in BASELINES}
    task, scale = model.card.property.task, model.card.scale
    if task == "ordinal":
        said["mean"] = np.full(len(new), middle_of(model.values[seen], task))
    return Parted(
        split=told_of("time"),
        scores=tuple(
            score_property(n, Held(truth, from_scale(s, scale), bounds), task=task, seed=case.seed)
            for n, s in said.items()
        ),
    )


def _parted(split: str, scores: tuple[PropertyScores, ...]) -> Parted:
    return Parted(split=split, scores=tuple(s for s in scores if s.model in ASKED))
