# SPDX-License-Identifier: Apache-2.0
"""What a recipe says of rows that it has not seen, outside of its own cross-validation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from loopwright.core.errors import NotReadyError
from loopwright.core.values import Features, FloatArray, Relation, Targets
from loopwright.science.metrics import errors
from loopwright.training.doubt import to_scale
from loopwright.training.property_model import PropertyModel, Unseen
from loopwright.training.property_scores import middle_of
from loopwright.training.trial import Trial, made
from loopwright.training.validate import Split

__all__ = [
    "baselines_of",
    "learned_targets",
    "outside",
    "relations_of",
    "said_of",
    "trial_of",
    "unseen_of",
]

Rows = npt.NDArray[np.intp]

RELATIONS: dict[int, Relation] = {-1: "<", 0: "=", 1: ">"}


def relations_of(model: PropertyModel) -> list[Relation]:
    """Return of each training row whether its value was measured or is a limit, length n.

    Of a model that does not keep it, as those of a catalogue, every value counts as measured.
    """
    return [RELATIONS[bound] for bound in _bounds(model).tolist()]


def outside(model: PropertyModel, rows: Rows, low: float, high: float) -> npt.NDArray[np.bool_]:
    """Return which training rows contradict an interval, shape (m,); a limit may lie within it.

    Args:
        model: Whose rows they are.
        rows: Their places, shape (m,).
        low: Lower end of the interval, in the property's unit.
        high: Upper end.
    """
    values, bounds = model.values[rows], _bounds(model)[rows]
    return (errors(values, np.array(low), bounds) > 0) | (
        errors(values, np.array(high), bounds) < 0
    )


def _bounds(model: PropertyModel) -> npt.NDArray[np.int8]:
    return np.zeros(len(model.values), np.int8) if model.unseen is None else model.unseen.bounds


def said_of(
    names: Sequence[str],
    features: Features,
    targets: Targets,
    *,
    seen: Rows,
    new: Rows,
    seed: int,
    weights: Sequence[float] = (),
) -> FloatArray:
    """Return the average of what models that know some rows say of others, shape (m,).

    Args:
        names: Models of the recipe, or baselines.
        features: n rows, without families.
        targets: One property on the scale on which it is learned, n rows.
        seen: Rows that are learned from.
        new: m rows that are predicted.
        seed: Drives the fits.
        weights: One for each name; equal if none are given.
    """
    known, truth, asked = features.take(seen), targets.take(seen), features.take(new)
    said = [made(n).fit(known, truth, seed=seed).predict(asked).mean[:, 0] for n in names]
    return np.asarray(np.average(said, axis=0, weights=weights or None))


def learned_targets(model: PropertyModel, n_replicates: npt.NDArray[Any] | None = None) -> Targets:
    """Return the training rows of a model as it learned them: on its scale, with their limits.

    Args:
        model: As ``learn_property`` made it.
        n_replicates: How many measurements each row is the mean of, shape (n, 1); ones if not
            given, since the model does not keep it.
    """
    values = to_scale(model.values, model.card.scale)[:, None]
    return Targets(
        values=values,
        bounds=unseen_of(model).bounds[:, None],
        n_replicates=np.ones(values.shape, np.int64) if n_replicates is None else n_replicates,
        tasks=(model.card.property.task,),
    )


def baselines_of(model: PropertyModel) -> Mapping[str, FloatArray]:
    """Return what mean and neighbour say of the training rows, fold by fold, on its scale."""
    unseen, trial = unseen_of(model), trial_of(model)
    truth = trial.targets.values[:, 0]
    mean = np.empty(len(truth))
    for fold in np.unique(unseen.fold):
        mean[unseen.fold == fold] = middle_of(truth[unseen.fold != fold], trial.task)
    return {"mean": mean, "neighbour": truth[trial.foreign()[0]]}


def trial_of(model: PropertyModel) -> Trial:
    """Return the training rows of a model, dealt into the folds in which it was judged.

    Raises:
        NotReadyError: The model was made before they were kept.
    """
    unseen = unseen_of(model)
    return Trial(
        features=model.known,
        targets=learned_targets(model),
        split=Split(
            name=model.card.split,
            fold=unseen.fold,
            n_families=model.card.n_families,
            similarity=np.zeros(len(unseen.fold)),
        ),
        seed=0,
        begun=0.0,
        budget_s=None,
    )


def unseen_of(model: PropertyModel) -> Unseen:
    """Return what was said of held-out rows when a model was made.

    Raises:
        NotReadyError: The model was made before that was kept.
    """
    if model.unseen is None:
        raise NotReadyError(
            f"The model of {model.card.property.name!r} does not say what it predicted for rows "
            "that it had not seen",
            remedy="Train it again with this version.",
        )
    return model.unseen
