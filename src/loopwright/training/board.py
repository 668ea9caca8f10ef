# SPDX-License-Identifier: Apache-2.0
"""All scores that leaderboards ask for, of one model on rows that it had not seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from loopwright.core.values import FloatArray, Task
from loopwright.science.association import accuracy, f1, kendall, pearson
from loopwright.science.classes import (
    auprc,
    auroc,
    brier,
    calibration_error,
    log_loss,
    matthews,
)
from loopwright.science.metrics import bootstrap_interval, errors, mae, r_squared, rmse, spearman
from loopwright.training.property_scores import OF_LEVELS, Held, PropertyScores, level_columns
from loopwright.training.validate import Estimate

__all__ = ["BOARD", "score_board"]

N_DRAWS = 500

Statistic = Callable[..., FloatArray]

OF_PAIRS: Mapping[str, Statistic] = {
    "r2": r_squared,
    "spearman": spearman,
    "pearson": pearson,
    "kendall": kendall,
}
OF_CLASSES: Mapping[str, Statistic] = {
    "auroc": auroc,
    "auprc": auprc,
    "mcc": matthews,
    "accuracy": accuracy,
    "f1": f1,
    "log_loss": log_loss,
    "brier": brier,
    "ece": calibration_error,
}
BOARD: Mapping[Task, tuple[str, ...]] = {
    "regression": ("rmse", "mae", *OF_PAIRS),
    "classification": tuple(OF_CLASSES),
    "ordinal": tuple(OF_LEVELS),
}
"""Names of the scores of each task; ``coverage`` comes on top where intervals were stated."""


def score_board(
    model: str, held: Held, *, task: Task, inside: FloatArray | None = None, seed: int = 0
) -> PropertyScores:
    """Return every score of a task, with 95 % bootstrap intervals over rows.

    Errors count every row, a limit one-sidedly; what needs an order or a line counts measured
    rows alone.

    Args:
        model: Its name.
        held: What it was asked, and what is true.
        task: What is predicted.
        inside: 1 for each measured row inside its 90 % interval, if there were intervals.
        seed: Draws the resamples.
    """
    rng = np.random.default_rng([seed, len(held.truth)])
    exact = held.bounds == 0
    asked: dict[str, tuple[tuple[FloatArray, ...], Statistic]]
    if task == "classification":
        asked = {name: ((held.truth, held.said), f) for name, f in OF_CLASSES.items()}
    elif task == "ordinal":
        asked = {name: (level_columns(held), f) for name, f in OF_LEVELS.items()}
    else:
        gaps = errors(held.truth, held.said, held.bounds)
        pair = (held.truth[exact], held.said[exact])
        asked = {"rmse": ((gaps,), rmse), "mae": ((gaps,), mae)}
        asked |= {name: (pair, f) for name, f in OF_PAIRS.items()}
    if inside is not None:
        asked["coverage"] = ((inside,), _share)
    return PropertyScores(
        model=model,
        values={name: _estimate(columns, f, rng) for name, (columns, f) in asked.items()},
        n=len(held.truth),
        n_censored=int((~exact).sum()),
    )


def _share(inside: FloatArray) -> FloatArray:
    return np.asarray(inside.mean(axis=-1))


def _estimate(
    columns: tuple[FloatArray, ...], statistic: Statistic, rng: np.random.Generator
) -> Estimate:
    if len(columns[0]) < 2:
        return Estimate(value=float("nan"), low=float("nan"), high=float("nan"))
    low, high = bootstrap_interval(columns, statistic, rng=rng, n_draws=N_DRAWS)
    return Estimate(value=float(statistic(*columns)), low=low, high=high)
