# SPDX-License-Identifier: Apache-2.0
"""Learn one property of one data set by a fixed recipe, and say what the result is worth.

The recipe is two models that err differently, a kernel ridge and boosted trees, and their plain
average; others can be asked for by name. Nothing of it is tuned to a task: cross-validation over
families inside the training rows decides only how wide intervals are, what probability a score
means and what all of it is worth. A number is answered with a 90 % interval, a class with a
calibrated probability, and neither leaves the bounds of the property.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt
from attrs import evolve, field, frozen
from attrs.validators import in_, min_len

from loopwright.core.ports import FittedModel
from loopwright.core.values import Features, FloatArray, Kind, Prediction, Targets, Task
from loopwright.science.probability import Calibrator, calibrate
from loopwright.science.similarity import nearest
from loopwright.training.doubt import Doubt, Scale, doubt_of, from_scale, scale_of, to_scale
from loopwright.training.property_scores import Held, PropertyScores, score_property
from loopwright.training.trial import BASELINES, Trial, made
from loopwright.training.usable import usable_rows
from loopwright.training.validate import deal

__all__ = [
    "KINDS", "Property", "PropertyCard", "PropertyModel", "Unseen", "across", "held_out_scores",
    "kinds_of", "learn_property", "refit",
]  # fmt: skip

KINDS: frozenset[Kind] = frozenset({"patterns", "vector", "descriptors", "family"})
"""What a modality is asked for; what it does not offer is done without."""

ON_DEMAND: frozenset[Kind] = frozenset({"graph"})
"""What it is asked for beside these if a model reads it."""

MANY_ROWS = 4_000
"""From here on three folds do instead of five."""

_Z = 1.6448536269514722


@frozen(kw_only=True)
class Property:
    """What is learned."""

    name: str = field(validator=min_len(1))
    unit: str = "1"
    task: Task = field(default="regression", validator=in_(("regression", "classification")))
    low: float | None = None
    """No answer is below this, in ``unit``."""

    high: float | None = None
    """No answer is above this."""


@frozen(kw_only=True)
class PropertyCard:
    """What one training run found: enough to judge the model without it."""

    property: Property
    recipe: tuple[str, ...]
    """The models whose weighted average answers."""

    why: str
    is_useful: bool
    """Whether it beats both baselines on held-out families."""

    scale: Scale
    """Whether a number was learned as it is or as its logarithm."""

    split: str
    n_folds: int
    n_families: int
    n_rows: int
    scores: tuple[PropertyScores, ...]
    """What answers first, then its parts, baselines last; on held-out families."""

    domain_similarity: float
    """A candidate less similar than this to all training rows is out of domain."""

    seconds: float
    model: str = "auto"
    """What was asked for: one of ``RECIPES``."""

    weights: tuple[float, ...] = ()
    """Of the models in ``recipe``; equal if none are given."""


@frozen(kw_only=True, eq=False)
class Unseen:
    """What was said of each training row by models that knew no row of its family."""

    said: FloatArray
    """In the property's unit; of a class its calibrated probability. Shape (n,)."""

    bounds: npt.NDArray[np.int8]
    """0 measured, -1 or +1 a limit. Shape (n,)."""

    fold: npt.NDArray[np.intp]
    """Which rows were held out together. Shape (n,)."""


@frozen(kw_only=True, eq=False)
class PropertyModel:
    """Fitted models with what turns their answers into intervals and probabilities."""

    parts: Mapping[str, FittedModel]
    card: PropertyCard
    doubt: Doubt | None
    """Of a number."""

    calibrator: Calibrator | None
    """Of a class."""

    known: Features
    """The training rows, for neighbours and domain."""

    values: FloatArray
    """Their values, shape (n,), in the property's unit."""

    unseen: Unseen | None = None
    """None where it was not kept."""

    def predict(self, features: Features) -> Prediction:
        """Return numbers with 90 % intervals, or probabilities with their range.

        The mean of a number learned as its logarithm is a median. ``std`` of a number is its
        half interval over 1.645; of a class it is that of one draw.
        """
        return self.predict_near(features, self.nearest(features, k=1)[1][:, 0])

    def predict_near(self, features: Features, similarity: FloatArray) -> Prediction:
        """Return what ``predict`` does, given the similarity to the nearest training row.

        Args:
            features: Rows to predict.
            similarity: Of each to its nearest training row, shape (n,), from 0 to 1.
        """
        said = np.stack([p.predict(features).mean[:, 0] for p in self.parts.values()])
        return self.blended(said, similarity)

    def blended(self, said: FloatArray, similarity: FloatArray) -> Prediction:
        """Return the prediction that follows from what the parts say.

        Args:
            said: Mean of each part for each row, in the order of ``parts``, shape (parts, n).
            similarity: Of each row to its nearest training row, shape (n,), from 0 to 1.
        """
        mean = np.average(said, axis=0, weights=self.card.weights or None)
        apart = np.ptp(said, axis=0)
        in_domain = np.asarray(similarity >= self.card.domain_similarity)
        if self.calibrator is not None:
            low, high = self.calibrator.interval(mean)
            p = self.calibrator.probability(mean)
            std = np.sqrt(np.maximum(p * (1.0 - p), 1e-9))
            return _prediction(p, std, (np.minimum(low, p), np.maximum(high, p)), in_domain)
        assert self.doubt is not None, "a number has a doubt"
        half = self.doubt.half_width(apart, similarity)
        scale, bounds = self.card.scale, (self.card.property.low, self.card.property.high)
        low, middle, high = (
            _within(from_scale(v, scale), bounds) for v in (mean - half, mean, mean + half)
        )
        return _prediction(middle, np.maximum(high - low, 1e-9) / (2 * _Z), (low, high), in_domain)

    def nearest(self, features: Features, *, k: int) -> tuple[npt.NDArray[np.intp], FloatArray]:
        """Return the k most similar training rows of each row and how similar, shape (n, k)."""
        rows, alike = nearest(features, self.known, k=k)
        return rows, alike.astype(float)


def kinds_of(names: Iterable[str]) -> frozenset[Kind]:
    """Return what models of these names read, and what is needed beside it.

    Raises:
        MissingExtraError: The library of a model is not installed.
    """
    return KINDS.union(*(made(name).accepts & ON_DEMAND for name in names))


def learn_property(
    features: Features,
    targets: Targets,
    *,
    about: Property,
    seed: int = 0,
    budget_s: float | None = None,
    recipe: str = "auto",
) -> PropertyModel:
    """Fit the recipe, calibrate it, judge it against its baselines.

    Args:
        features: n rows of ``kinds_of`` the recipe, as far as the modality offers them.
        targets: One property, n rows, in its unit; of a class shares of ones. Rows without a
            value are left out.
        about: Name, unit, task and bounds.
        seed: Drives folds, fits and resamples.
        budget_s: Seconds after which no further model is tried; the first always is.
        recipe: One of ``RECIPES``.

    Raises:
        NotReadyError: Fewer than ten rows are known, or all are of one class or one family.
    """
    trial, scale, truth = _trial(features, targets, about=about, seed=seed)
    trial = evolve(trial, recipe=recipe, budget_s=budget_s)
    held = trial.hold_out()
    fitted = {n: made(n).fit(trial.features, trial.targets, seed=seed) for n in trial.parts(held)}
    return _calibrated(trial, held, fitted, about=about, scale=scale, values=truth)


def held_out_scores(
    features: Features, targets: Targets, *, about: Property, seed: int = 0, recipe: str = "auto"
) -> tuple[str, tuple[PropertyScores, ...]]:
    """Return what was held out, and what the recipe is worth on it; nothing is kept.

    Args:
        features: n rows; their families say what is held out together.
        targets: As ``learn_property`` takes them.
        about: Name, unit, task and bounds.
        seed: Drives folds, fits and resamples.
        recipe: One of ``RECIPES``.

    Raises:
        NotReadyError: As ``learn_property``.
    """
    trial, scale, truth = _trial(features, targets, about=about, seed=seed)
    trial = evolve(trial, recipe=recipe)
    held = trial.hold_out()
    found = _weighed(trial, held, about=about)
    return trial.split.name, _scores(trial, held, found, about=about, scale=scale, values=truth)


def refit(model: PropertyModel, targets: Targets, *, seed: int) -> PropertyModel:
    """Fit the same models to the same rows with another seed; choice and calibration stay.

    Args:
        model: What ``learn_property`` returned.
        targets: What it was given.
        seed: Drives the fits.
    """
    about, scale = model.card.property, model.card.scale
    known = targets.take(np.flatnonzero(np.isfinite(targets.values[:, 0])))
    learned = evolve(known, values=to_scale(known.values, scale), tasks=(about.task,))
    parts = {n: made(n).fit(model.known, learned, seed=seed) for n in model.parts}
    return evolve(model, parts=parts)


def _trial(
    features: Features,
    targets: Targets,
    *,
    about: Property,
    seed: int,
) -> tuple[Trial, Scale, FloatArray]:
    """Return the usable rows dealt into folds, the scale of learning, and the plain values."""
    begun = time.monotonic()
    rows = usable_rows(targets, name=about.name, task=about.task)
    features, targets = features.take(rows), targets.take(rows)
    truth = targets.values[:, 0]
    scale: Scale = scale_of(truth) if about.task == "regression" else "plain"
    trial = Trial(
        features=_without_family(features),
        targets=evolve(targets, values=to_scale(targets.values, scale), tasks=(about.task,)),
        split=deal(features, n_folds=3 if len(rows) > MANY_ROWS else 5, seed=seed),
        seed=seed,
        begun=begun,
        budget_s=None,
    )
    return trial, scale, truth


@frozen(kw_only=True, eq=False)
class _Weighed:
    """The answer of the recipe on held-out rows, and what makes it an interval or a chance."""

    said: FloatArray
    weights: FloatArray
    doubt: Doubt | None = None
    calibrator: Calibrator | None = None
    inside: FloatArray | None = None


def _weighed(trial: Trial, held: Mapping[str, FloatArray], *, about: Property) -> _Weighed:
    """Average what the models of the recipe said, and calibrate it."""
    parts = [held[n] for n in trial.parts(held)]
    weights, blend = trial.weights(held)
    if about.task == "regression":
        doubt, inside = _doubt(trial, blend, np.ptp(parts, axis=0))
        return _Weighed(said=blend, weights=weights, doubt=doubt, inside=inside)
    said = across(blend, trial.truth, trial.split.fold)
    return _Weighed(said=said, weights=weights, calibrator=calibrate(blend, trial.truth))


def _scores(
    trial: Trial,
    held: Mapping[str, FloatArray],
    found: _Weighed,
    *,
    about: Property,
    scale: Scale,
    values: FloatArray,
) -> tuple[PropertyScores, ...]:
    """Return the scores of the answer, its parts and the baselines."""
    return tuple(
        score_property(
            name,
            Held(values, from_scale(p, scale), trial.targets.bounds[:, 0]),
            task=about.task,
            inside=found.inside if name == "auto" else None,
            seed=trial.seed,
        )
        for name, p in {"auto": found.said, **held}.items()
    )


def _calibrated(
    trial: Trial,
    held: Mapping[str, FloatArray],
    fitted: Mapping[str, FittedModel],
    *,
    about: Property,
    scale: Scale,
    values: FloatArray,
) -> PropertyModel:
    """Return the model with its doubt or calibrator, and the card of what was found."""
    found = _weighed(trial, held, about=about)
    loss = {n: float(trial.loss(p).mean()) for n, p in {"auto": found.said, **held}.items()}
    card = PropertyCard(
        property=about,
        recipe=tuple(fitted),
        why=trial.why(held),
        is_useful=all(loss["auto"] < loss[b] for b in BASELINES),
        scale=scale,
        split=trial.split.name,
        n_folds=int(trial.split.fold.max()) + 1,
        n_families=trial.split.n_families,
        n_rows=len(values),
        scores=_scores(trial, held, found, about=about, scale=scale, values=values),
        domain_similarity=trial.edge(),
        seconds=round(time.monotonic() - trial.begun, 3),
        model=trial.recipe,
        weights=() if trial.recipe != "stack" else tuple(found.weights.tolist()),
    )
    return PropertyModel(
        parts=fitted,
        card=card,
        doubt=found.doubt,
        calibrator=found.calibrator,
        known=trial.features,
        values=values,
        unseen=Unseen(
            said=from_scale(found.said, scale),
            bounds=trial.targets.bounds[:, 0],
            fold=trial.split.fold,
        ),
    )


def _doubt(trial: Trial, blend: FloatArray, apart: FloatArray) -> tuple[Doubt, FloatArray]:
    """Return the doubt of a number, and which measured rows the other folds would have covered."""
    exact = np.flatnonzero(trial.targets.bounds[:, 0] == 0)
    gaps, near = np.abs(trial.truth - blend), trial.foreign()[1]
    return doubt_of(gaps[exact], apart[exact], near[exact], trial.split.fold[exact])


def across(blend: FloatArray, truth: FloatArray, fold: npt.NDArray[np.intp]) -> FloatArray:
    """Return the probabilities of a class, each fold calibrated by the others; shape (n,).

    Args:
        blend: What was said of held-out rows, shape (n,).
        truth: Their shares of ones, shape (n,).
        fold: Which rows were held out together, shape (n,).
    """
    said = np.empty(len(blend))
    for one in np.unique(fold):
        mine = fold == one
        said[mine] = calibrate(blend[~mine], truth[~mine]).probability(blend[mine])
    return said


def _without_family(features: Features) -> Features:
    return Features(
        ids=features.ids, blocks={k: b for k, b in features.blocks.items() if k != "family"}
    )


def _within(values: FloatArray, bounds: tuple[float | None, float | None]) -> FloatArray:
    return np.asarray(np.clip(values, *bounds)) if bounds != (None, None) else values


def _prediction(
    mean: FloatArray,
    std: FloatArray,
    interval: tuple[FloatArray, FloatArray],
    in_domain: npt.NDArray[np.bool_],
) -> Prediction:
    return Prediction(
        mean=mean[:, None],
        std=std[:, None],
        noise_std=np.zeros(1),
        low=interval[0][:, None],
        high=interval[1][:, None],
        in_domain=in_domain,
    )
