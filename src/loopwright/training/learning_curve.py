# SPDX-License-Identifier: Apache-2.0
"""How the error falls as more families are learned from, and what twice the rows would bring.

The same rows are predicted after every step: each fold, from growing shares of the families of
the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.values import FloatArray, Targets
from loopwright.science.doubling import doubled
from loopwright.science.metrics import bootstrap_interval, errors, rmse
from loopwright.training.doubt import to_scale
from loopwright.training.levels import told_across
from loopwright.training.property_model import PropertyModel
from loopwright.training.unseen import baselines_of, learned_targets, said_of, unseen_of
from loopwright.training.validate import Estimate

__all__ = ["LearningCurve", "Step", "Twice", "learning_curve"]

SHARES = (1 / 8, 1 / 4, 1 / 2)
"""Of the families of the other folds; all of them were learned from already."""

LEAST_ROWS = 15
"""Rows that the first step must have."""

N_DRAWS = 200
_MEASURES = {
    "plain": "RMSE",
    "log": "RMSE of log10",
    "classification": "RMSE of the probability",
    "ordinal": "RMSE in levels",
}

Families = npt.NDArray[np.intp]


@frozen(kw_only=True)
class Step:
    """The error after some rows."""

    n_rows: int
    """Rows that were learned from, the mean over folds."""

    error: Estimate


@frozen(kw_only=True)
class Twice:
    """What twice the rows of the last step would bring."""

    n_rows: int
    error: Estimate
    change: Estimate
    """Of the error, as a share of what it is now; below 0 is less."""

    is_clear: bool
    """Whether the whole interval is on one side of no change."""


@frozen(kw_only=True)
class LearningCurve:
    """The error over the rows that were learned from."""

    measure: str
    """What the error is: of a number its RMSE, on the scale of learning."""

    steps: tuple[Step, ...]
    """All of them on the same held-out rows; the last has learned from all others."""

    baselines: Mapping[str, float]
    """The error of mean and neighbour that know all others."""

    twice: Twice | None
    """None where the steps are too few for a line, or do not grow, or one has no error at all."""


def learning_curve(
    model: PropertyModel,
    families: Families,
    *,
    seed: int,
    n_replicates: npt.NDArray[Any] | None = None,
) -> LearningCurve:
    """Return the learning curve of a recipe on the rows of a model.

    Args:
        model: As ``learn_property`` made it.
        families: What is held out together, one number a row of it, shape (n,).
        seed: Draws the order of families, and drives fits and resamples.
        n_replicates: As ``learned_targets`` takes it.
    """
    unseen, targets = unseen_of(model), learned_targets(model, n_replicates)
    truth = targets.values[:, 0]
    said, sizes = _said(model, targets, families, seed=seed)
    said.append(to_scale(unseen.said, model.card.scale))
    sizes.append(len(truth) * (1.0 - 1.0 / (unseen.fold.max() + 1)))
    gaps = np.stack([errors(truth, s, unseen.bounds) for s in said])
    rng = np.random.default_rng([seed, len(truth)])
    task = model.card.property.task
    kind = model.card.scale if task == "regression" else task
    steps = tuple(
        Step(n_rows=round(n), error=_estimate(g, rng)) for n, g in zip(sizes, gaps, strict=True)
    )
    return LearningCurve(
        measure=_MEASURES[kind],
        steps=steps,
        baselines={
            n: float(rmse(errors(truth, s, unseen.bounds))) for n, s in baselines_of(model).items()
        },
        twice=_twice(gaps, families, np.array(sizes), rng) if _is_line(steps) else None,
    )


def _is_line(steps: Sequence[Step]) -> bool:
    """Return whether a line can be drawn: steps of different rows, none without any error."""
    has_grown = steps[0].n_rows < steps[-1].n_rows
    return len(steps) > 2 and has_grown and all(step.error.value > 0 for step in steps)


def _said(
    model: PropertyModel, targets: Targets, families: Families, *, seed: int
) -> tuple[list[FloatArray], list[float]]:
    """Return what is said of all rows after each share, and how many rows that was on average."""
    fold = unseen_of(model).fold
    truth = targets.values[:, 0]
    is_class = model.card.property.task == "classification"
    found: list[FloatArray] = []
    sizes: list[float] = []
    for share in SHARES:
        seen = [
            _some(np.flatnonzero(fold != f), families, share, (seed, f)) for f in np.unique(fold)
        ]
        if min(len(s) for s in seen) < LEAST_ROWS:
            continue
        if is_class and min(min(truth[s].sum(), (1 - truth[s]).sum()) for s in seen) < 2:
            continue
        said = np.empty(len(truth))
        for f, rows in zip(np.unique(fold), seen, strict=True):
            new = np.flatnonzero(fold == f)
            said[new] = said_of(
                model.card.recipe, model.known, targets, seen=rows, new=new, seed=seed,
                weights=model.card.weights,
            )  # fmt: skip
        found.append(told_across(said, truth, fold, model.card.property))
        sizes.append(float(np.mean([len(s) for s in seen])))
    return found, sizes


def _some(
    rows: Families, families: Families, share: float, seed: tuple[int, int]
) -> npt.NDArray[np.intp]:
    """Return the rows of families, drawn until they hold a share; a larger share holds them too."""
    rng = np.random.default_rng([*seed, len(rows)])
    labels, inverse = np.unique(families[rows], return_inverse=True)
    place = rng.permutation(len(labels))[inverse]
    ordered = np.sort(place)
    last = ordered[max(1, round(share * len(rows))) - 1]
    return np.asarray(rows[place <= last])


def _twice(
    gaps: FloatArray, families: Families, sizes: FloatArray, rng: np.random.Generator
) -> Twice:
    """Return what the line through the steps says of twice the rows."""
    found = doubled(np.square(gaps), families, sizes, rng=rng)
    now = float(rmse(gaps[-1]))
    value, low, high = found.ratio, found.low, found.high
    return Twice(
        n_rows=round(2 * sizes[-1]),
        error=Estimate(value=now * value, low=now * low, high=now * high),
        change=Estimate(value=value - 1, low=low - 1, high=high - 1),
        is_clear=high < 1 or low > 1,
    )


def _estimate(gaps: FloatArray, rng: np.random.Generator) -> Estimate:
    low, high = bootstrap_interval((gaps,), rmse, rng=rng, n_draws=N_DRAWS)
    return Estimate(value=float(rmse(gaps)), low=low, high=high)
