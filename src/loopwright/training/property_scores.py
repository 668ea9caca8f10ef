# SPDX-License-Identifier: Apache-2.0
"""The scores of one model on one property, each with its interval: of numbers and of classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.values import FloatArray, Task
from loopwright.science.classes import (
    auprc,
    auroc,
    brier,
    calibration_error,
    log_loss,
    matthews,
)
from loopwright.science.metrics import bootstrap_interval, errors, mae, r_squared, rmse, spearman
from loopwright.science.ordinal import level_share, nearest_level, quadratic_kappa
from loopwright.training.validate import Estimate

__all__ = [
    "Held", "METRICS", "OF_LEVELS", "PropertyScores", "level_columns", "loss_of", "middle_of",
    "score_property",
]  # fmt: skip

N_DRAWS = 200
LEAST = 1e-6

OF_CLASSES: Mapping[str, Callable[..., FloatArray]] = {
    "auroc": auroc,
    "auprc": auprc,
    "mcc": matthews,
    "log_loss": log_loss,
    "brier": brier,
    "calibration_error": calibration_error,
}
OF_LEVELS: Mapping[str, Callable[..., FloatArray]] = {
    "mae": lambda truth, said: mae(said - truth),
    "kappa": quadratic_kappa,
    "accuracy": level_share,
}
"""Of levels; the mean absolute error counts in levels, kappa is weighted by squares."""

CONSTANT = "mean"
"""The baseline that says one thing of all rows of a fold."""

OF_ORDER = frozenset({"auroc", "auprc", "mcc", "kappa"})
"""Scores of how rows are ordered or parted, which takes answers that differ."""

OF_RANKS = frozenset({"auroc", "auprc"})
"""Scores of the order alone."""

METRICS: Mapping[Task, tuple[str, ...]] = {
    "regression": ("rmse", "mae", "spearman", "r2", "coverage"),
    "classification": tuple(OF_CLASSES),
    "ordinal": (*OF_LEVELS, "coverage"),
}
"""Names of the scores of each task; ``coverage`` only where intervals were stated."""


@frozen(kw_only=True)
class PropertyScores:
    """One model on rows that it had not seen."""

    model: str
    values: Mapping[str, Estimate]
    """By the names in ``METRICS``; a number's in its unit."""

    n: int
    n_censored: int


class Held(NamedTuple):
    """Rows that a model had not seen, shape (n,) each."""

    truth: FloatArray
    said: FloatArray
    """Predicted values, probabilities or levels."""

    bounds: npt.NDArray[np.int8]
    """0 measured, -1 or +1 a limit."""

    order: FloatArray | None = None
    """By what classes are ranked, if not by what was said: folds that are calibrated apart are no
    longer on one scale, while the model that is kept ranks as its own scores do."""


def score_property(
    model: str, held: Held, *, task: Task, inside: FloatArray | None = None, seed: int = 0
) -> PropertyScores:
    """Return every score of a task, with 95 % bootstrap intervals over rows.

    The baseline ``mean`` says one thing of all rows and orders none: its AUROC is one half, and
    it has no rank correlation. What it says differs from fold to fold, the lower the higher the
    rows of the fold are, and pooled folds would be ranked the wrong way round.

    Args:
        model: Its name.
        held: What it was asked.
        task: What is predicted.
        inside: 1 for each measured row inside its interval, if there were intervals.
        seed: Draws the resamples.
    """
    rng = np.random.default_rng([seed, len(held.truth)])
    exact = held.bounds == 0
    asked: dict[str, tuple[tuple[FloatArray, ...], Callable[..., FloatArray]]]
    if task != "regression":
        of_task = OF_CLASSES if task == "classification" else OF_LEVELS
        asked = {name: (_columns(name, model, held, task), f) for name, f in of_task.items()}
    else:
        gaps = errors(held.truth, held.said, held.bounds)
        pair = (held.truth[exact], held.said[exact])
        asked = {"rmse": ((gaps,), rmse), "mae": ((gaps,), mae)}
        asked |= {"spearman": (pair, spearman)} if model != CONSTANT else {}
        asked |= {"r2": (pair, r_squared)}
    if inside is not None:
        asked["coverage"] = ((inside,), _share)
    return PropertyScores(
        model=model,
        values={name: _estimate(columns, f, rng) for name, (columns, f) in asked.items()},
        n=len(held.truth),
        n_censored=int((~exact).sum()),
    )


def _columns(name: str, model: str, held: Held, task: Task) -> tuple[FloatArray, FloatArray]:
    """Return truth and answers for a score; one answer for all rows where it is of their order."""
    if model == CONSTANT and name in OF_ORDER:
        middle = held.said.mean() if task == "classification" else np.median(held.said)
        held = held._replace(said=np.full(len(held.said), middle))
    elif held.order is not None and name in OF_RANKS:
        held = held._replace(said=held.order)
    return (held.truth, held.said) if task == "classification" else level_columns(held)


def loss_of(said: FloatArray, truth: FloatArray, task: Task) -> FloatArray:
    """Return what each row loses, shape (n,).

    Of a number its squared error, of a class its log loss, of levels how many it is off.
    """
    if task == "regression":
        return np.asarray(np.square(said - truth))
    if task == "ordinal":
        return np.asarray(np.abs(nearest_level(said) - nearest_level(truth)))
    p = np.clip(said, LEAST, 1.0 - LEAST)
    return np.asarray(-(truth * np.log(p) + (1.0 - truth) * np.log1p(-p)))


def level_columns(held: Held) -> tuple[FloatArray, FloatArray]:
    """Return true and said levels, whole; a structure between two counts as the upper."""
    return nearest_level(held.truth), nearest_level(held.said)


def middle_of(values: FloatArray, task: Task) -> float:
    """Return what the baseline ``mean`` says: the mean, of levels the median one."""
    return float(np.median(nearest_level(values)) if task == "ordinal" else values.mean())


def _share(inside: FloatArray) -> FloatArray:
    return np.asarray(inside.mean(axis=-1))


def _estimate(
    columns: tuple[FloatArray, ...],
    statistic: Callable[..., FloatArray],
    rng: np.random.Generator,
) -> Estimate:
    if len(columns[0]) < 2:
        return Estimate(value=float("nan"), low=float("nan"), high=float("nan"))
    low, high = bootstrap_interval(columns, statistic, rng=rng, n_draws=N_DRAWS)
    return Estimate(value=float(statistic(*columns)), low=low, high=high)
