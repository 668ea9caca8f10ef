# SPDX-License-Identifier: Apache-2.0
"""What a model is worth on families that it has not seen.

One property at a time. Every model is asked the same question on the same folds, so that the
scores can be compared row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.errors import NotReadyError
from loopwright.core.ports import Model
from loopwright.core.values import Features, FloatArray, Targets
from loopwright.science.intervals import COVERAGE, conformal_factor
from loopwright.science.metrics import bootstrap_interval, errors, mae, rmse, spearman
from loopwright.science.similarity import similarity
from loopwright.science.splits import family_folds, similarity_families
from loopwright.training.families import SplitName, regrouped

__all__ = [
    "Estimate", "HeldOut", "Scores", "Split", "cut", "deal", "demand_apart", "hold_out", "score",
]  # fmt: skip

N_FOLDS = 5
CLUSTER_SIMILARITIES = (0.9, 0.97)
"""Rows this alike belong to one cluster where the modality names no families.

The first that gives a cluster for every fold is taken.
"""

MOST_OF_ALL = 0.5
"""Share of the rows from which a family is too large to be held out whole."""


@frozen(kw_only=True, eq=False)
class Split:
    """How the rows were dealt into folds."""

    name: str
    """What a fold holds together: scaffold families, or clusters of similar candidates."""

    fold: npt.NDArray[np.intp]
    """Shape (n,)."""

    n_families: int

    similarity: FloatArray
    """Of each row to the most similar row of another fold, shape (n,), from 0 to 1."""


@frozen(kw_only=True, eq=False)
class HeldOut:
    """Predictions for rows that the model had not seen, each of shape (n,)."""

    mean: FloatArray
    std: FloatArray
    """Stated standard deviation of a new measurement: doubt and noise together."""

    similarity: FloatArray
    """To the most similar row that the model had seen, from 0 to 1."""


@frozen(kw_only=True)
class Estimate:
    """A number with its 95 % interval."""

    value: float
    low: float
    high: float


@frozen(kw_only=True)
class Scores:
    """One model on one property, on held-out families."""

    model: str
    rmse: Estimate
    mae: Estimate
    spearman: Estimate
    coverage: Estimate
    """Share of held-out measurements inside their calibrated 90 % interval."""

    n: int
    n_censored: int


def cut(features: Features, *, seed: int) -> Split:
    """Deal rows into at most five folds by family, or by cluster where there are none.

    Raises:
        NotReadyError: All rows are so alike that nothing can be held out.
    """
    rng = np.random.default_rng([seed, N_FOLDS])
    families = _families(features)
    alike = similarity(features, features)
    name, least = "scaffold families", 2
    for threshold in CLUSTER_SIMILARITIES:
        if len(set(families)) < least:
            families = similarity_families(alike, threshold=threshold)
            name, least = f"clusters of similarity {threshold:g}", N_FOLDS
    if len(set(families)) < 2:
        raise NotReadyError(
            f"{len(features)} rows are too alike to hold any of them out",
            remedy="Measure candidates that differ more.",
        )
    fold = family_folds(families, n_folds=N_FOLDS, rng=rng)
    alike[fold[:, None] == fold[None, :]] = 0.0
    return Split(
        name=name,
        fold=fold,
        n_families=len(set(families)),
        similarity=alike.max(axis=1).astype(float),
    )


def deal(features: Features, *, n_folds: int, seed: int) -> Split:
    """Deal rows into folds by family, of however many rows; ``cut`` does it where they are few.

    Every row is compared with the others only where there are no families to deal by. The
    similarities of the split are all 0: who needs them asks for the nearest rows.

    Raises:
        NotReadyError: All rows are so alike that nothing can be held out.
    """
    if len(set(_families(features))) < 2:
        return cut(features, seed=seed)
    families, name = _parted(features)
    rng = np.random.default_rng([seed, n_folds])
    return Split(
        name=name,
        fold=family_folds(families, n_folds=n_folds, rng=rng),
        n_families=len(set(families)),
        similarity=np.zeros(len(features)),
    )


def demand_apart(features: Features) -> None:
    """Refuse rows of which ``deal`` could hold none out.

    Raises:
        NotReadyError: All rows are so alike that nothing can be held out.
    """
    if len(set(_families(features))) < 2:
        cut(features, seed=0)


def _parted(features: Features) -> tuple[Sequence[str], str]:
    """Return the family of each row, and what they are; one that holds most rows is parted.

    Who holds it out whole learns from the few that are left, and judges something else.
    """
    families, name = np.array(_families(features), object), "scaffold families"
    ways: tuple[tuple[SplitName, str], ...] = (("cluster", "clusters"), ("random", "single rows"))
    for way, parts in ways:
        labels, sizes = np.unique(families, return_counts=True)
        if sizes.max() <= MOST_OF_ALL * len(families):
            break
        rows = np.flatnonzero(families == labels[sizes.argmax()])
        found = regrouped(features.take(rows), way).blocks["family"]
        families[rows] = [f"{labels[sizes.argmax()]} {part}" for part in np.asarray(found)]
        name = f"scaffold families, the largest parted into {parts}"
    return families.tolist(), name


def _families(features: Features) -> Sequence[str]:
    family = features.blocks.get("family")
    return family.tolist() if isinstance(family, np.ndarray) else ()


def hold_out(
    model: Model, features: Features, targets: Targets, split: Split, *, seed: int
) -> HeldOut:
    """Predict each fold by the model that was fitted to the others."""
    n = len(features)
    mean, std = np.empty(n), np.empty(n)
    for fold in range(int(split.fold.max()) + 1):
        inside = np.flatnonzero(split.fold != fold)
        outside = np.flatnonzero(split.fold == fold)
        fitted = model.fit(features.take(inside), targets.take(inside), seed=seed)
        said = fitted.predict(features.take(outside))
        mean[outside] = said.mean[:, 0]
        std[outside] = np.sqrt(said.std[:, 0] ** 2 + said.noise_std[0] ** 2)
    return HeldOut(mean=mean, std=std, similarity=split.similarity)


def score(name: str, held_out: HeldOut, targets: Targets, split: Split, *, seed: int) -> Scores:
    """Return the scores of one model, with bootstrap intervals over rows."""
    truth, bounds = targets.values[:, 0], targets.bounds[:, 0]
    gaps = errors(truth, held_out.mean, bounds)
    exact = bounds == 0
    rng = np.random.default_rng([seed, len(truth)])
    inside = _covered(held_out, targets, split)
    return Scores(
        model=name,
        rmse=_estimate((gaps,), rmse, rng),
        mae=_estimate((gaps,), mae, rng),
        spearman=_estimate((truth[exact], held_out.mean[exact]), spearman, rng),
        coverage=_estimate((inside,), _share, rng),
        n=len(truth),
        n_censored=int((~exact).sum()),
    )


def _share(inside: FloatArray) -> FloatArray:
    return np.asarray(inside.mean(axis=-1))


def _estimate(
    columns: tuple[FloatArray, ...],
    statistic: Callable[..., FloatArray],
    rng: np.random.Generator,
) -> Estimate:
    if len(columns[0]) < 2:
        return Estimate(value=float("nan"), low=float("nan"), high=float("nan"))
    low, high = bootstrap_interval(columns, statistic, rng=rng)
    return Estimate(value=float(statistic(*columns)), low=low, high=high)


def _covered(held_out: HeldOut, targets: Targets, split: Split) -> FloatArray:
    """Return 1 for each measured row inside the interval that the other folds calibrate."""
    exact = targets.bounds[:, 0] == 0
    scores = np.abs(targets.values[:, 0] - held_out.mean) / held_out.std
    inside = np.zeros(len(scores))
    for fold in range(int(split.fold.max()) + 1):
        mine, others = (split.fold == fold) & exact, (split.fold != fold) & exact
        inside[mine] = scores[mine] <= conformal_factor(scores[others], coverage=COVERAGE)
    measured: FloatArray = inside[exact]
    return measured
