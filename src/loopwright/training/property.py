# SPDX-License-Identifier: Apache-2.0
"""Learn one property of one data set by a fixed recipe, and say what the result is worth.

The recipe is two models that err differently, a kernel ridge and boosted trees, and their plain
average; others can be asked for by name. Nothing of it is tuned to a task: cross-validation over
families inside the training rows decides only how wide intervals are, what probability a score
means and what all of it is worth. A number is answered with a 90 % interval, a class with a
calibrated probability, and neither leaves the bounds of the property. Levels in an order are
learned as their places, and one score is calibrated at every border between two of them.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

import numpy as np
from attrs import evolve, frozen

from loopwright.core.ports import FittedModel
from loopwright.core.values import Features, FloatArray, Kind, Targets
from loopwright.science.metrics import errors
from loopwright.science.ordinal import Borders, borders_of, median_level, shortest_range
from loopwright.science.probability import Calibrator, calibrate
from loopwright.training.doubt import Doubt, Scale, across, doubt_of, from_scale, scale_of, to_scale
from loopwright.training.levels import demand_levels, levels_across
from loopwright.training.property_model import (
    Property,
    PropertyCard,
    PropertyModel,
    Unseen,
)
from loopwright.training.property_scores import Held, PropertyScores, score_property
from loopwright.training.trial import BASELINES, Trial, made
from loopwright.training.usable import usable_rows
from loopwright.training.validate import Split, deal, demand_apart

__all__ = [
    "KINDS", "assembled", "demand_learnable", "held_out_errors", "held_out_scores", "kinds_of",
    "learn_property", "refit",
]  # fmt: skip

KINDS: frozenset[Kind] = frozenset({"patterns", "vector", "descriptors", "family"})
"""What a modality is asked for; what it does not offer is done without."""

ON_DEMAND: frozenset[Kind] = frozenset({"graph"})
"""What it is asked for beside these if a model reads it."""

MANY_ROWS = 4_000
"""From here on three folds do instead of five."""


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
    model = assembled(
        trial, held, fitted, _blended(trial, held), about=about, scale=scale, values=truth,
        why=trial.why(held, scale=scale),
    )  # fmt: skip
    if recipe != "stack":
        return model
    return evolve(model, card=evolve(model.card, weights=tuple(trial.weights(held)[0].tolist())))


def demand_learnable(features: Features, targets: Targets, *, about: Property) -> None:
    """Refuse, before anything is fitted, what ``learn_property`` would refuse.

    Args:
        features: n rows; their families say what is held out together.
        targets: As ``learn_property`` takes them.
        about: Name, unit, task and bounds.

    Raises:
        NotReadyError: As ``learn_property``.
    """
    rows = usable_rows(targets, name=about.name, task=about.task)
    demand_levels(targets.values[rows, 0], about)
    demand_apart(features.take(rows))


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
    found = _weighed(trial, _blended(trial, held), about=about)
    return trial.split.name, _scores(trial, held, found, about=about, scale=scale, values=truth)


def held_out_errors(
    features: Features, targets: Targets, *, about: Property, seed: int, recipe: str
) -> tuple[FloatArray, Split]:
    """Return by how much the recipe errs on rows that it has not seen, and how they were dealt.

    Args:
        features: n rows, all with a value; their families say what is held out together.
        targets: As ``learn_property`` takes them.
        about: Name, unit, task and bounds.
        seed: Drives folds and fits.
        recipe: One of ``RECIPES``.

    Returns:
        Errors on the scale of learning, before calibration, shape (n,); and the folds.

    Raises:
        NotReadyError: As ``learn_property``.
    """
    trial, _, _ = _trial(features, targets, about=about, seed=seed)
    trial = evolve(trial, recipe=recipe)
    said = trial.weights(trial.hold_out())[1]
    return errors(trial.truth, said, trial.targets.bounds[:, 0]), trial.split


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
    demand_levels(truth, about)
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
    order: FloatArray | None = None
    """By what rows are ranked, if not by what is said."""

    doubt: Doubt | None = None
    calibrator: Calibrator | None = None
    borders: Borders | None = None
    inside: FloatArray | None = None


def _blended(trial: Trial, held: Mapping[str, FloatArray]) -> tuple[FloatArray, FloatArray]:
    """Return what the recipe said of held-out rows, and how far its models are apart."""
    return trial.weights(held)[1], np.ptp([held[n] for n in trial.parts(held)], axis=0)


def _weighed(trial: Trial, answer: tuple[FloatArray, FloatArray], *, about: Property) -> _Weighed:
    """Calibrate what was said of held-out rows, given how far the parts were apart."""
    blend, apart = answer
    if about.task == "regression":
        doubt, inside = _doubt(trial, blend, apart)
        return _Weighed(said=blend, doubt=doubt, inside=inside)
    if about.task == "ordinal":
        return _weighed_levels(trial, blend, len(about.levels))
    said = across(blend, trial.truth, trial.split.fold)
    return _Weighed(said=said, order=blend, calibrator=calibrate(blend, trial.truth))


def _weighed_levels(trial: Trial, blend: FloatArray, n_levels: int) -> _Weighed:
    """Calibrate every border between two levels."""
    chances = levels_across(blend, trial.truth, trial.split.fold, n_levels)
    low, high = shortest_range(chances)
    is_in = (trial.truth >= low) & (trial.truth <= high)
    return _Weighed(
        said=median_level(chances).astype(float),
        borders=borders_of(blend, trial.truth, n_levels),
        inside=is_in.astype(float),
    )


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
            Held(
                values,
                from_scale(p, scale),
                trial.targets.bounds[:, 0],
                found.order if name == "auto" else None,
            ),
            task=about.task,
            inside=found.inside if name == "auto" else None,
            seed=trial.seed,
        )
        for name, p in {"auto": found.said, **held}.items()
    )


def assembled(
    trial: Trial,
    held: Mapping[str, FloatArray],
    fitted: Mapping[str, FittedModel],
    answer: tuple[FloatArray, FloatArray],
    *,
    about: Property,
    scale: Scale,
    values: FloatArray,
    why: str,
) -> PropertyModel:
    """Return the model with its doubt or calibrator, and the card of what was found.

    Args:
        trial: The rows and their folds.
        held: What baselines and others said of held-out rows, on the scale of learning.
        fitted: The parts, fitted to all rows.
        answer: What the model said of held-out rows, and how far its parts were apart.
        about: What was learned.
        scale: On which.
        values: The rows' values in the property's unit, shape (n,).
        why: What was tried, in a sentence.
    """
    found = _weighed(trial, answer, about=about)
    said = answer[0] if about.task == "ordinal" else found.said
    loss = {n: float(trial.loss(p).mean()) for n, p in {"auto": said, **held}.items()}
    card = PropertyCard(
        property=about,
        recipe=tuple(fitted),
        why=why,
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
    )
    return PropertyModel(
        parts=fitted,
        card=card,
        doubt=found.doubt,
        calibrator=found.calibrator,
        borders=found.borders,
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
    told = np.stack([blend, apart, near])
    return doubt_of(gaps[exact], told[:, exact], trial.split.fold[exact])


def _without_family(features: Features) -> Features:
    return Features(
        ids=features.ids, blocks={k: b for k, b in features.blocks.items() if k != "family"}
    )
