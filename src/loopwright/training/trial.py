# SPDX-License-Identifier: Apache-2.0
"""What the models of the recipe and the baselines say of families that they have not seen.

Every model is asked the same question on the same folds. The nearest rows are looked up once for
a data set: the neighbour baseline, the doubt and the domain all live of them.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.ports import Model
from loopwright.core.values import Features, FloatArray, Targets, Task
from loopwright.registry import build
from loopwright.science.ordinal import nearest_level, ranked_loss
from loopwright.science.similarity import nearest
from loopwright.training.doubt import Scale
from loopwright.training.levels import levels_across
from loopwright.training.property_scores import loss_of, middle_of
from loopwright.training.stack import stacked, stacked_across
from loopwright.training.validate import Split

__all__ = ["BASELINES", "RECIPES", "WHAT_IS_LOST", "Trial", "made", "neighbours"]

OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "boosted": {"is_wide": True, "n_bags": 2, "n_trees": 200, "learning_rate": 0.06},
}
"""Of the models that are not made with what they have by default."""

BASELINES = ("mean", "neighbour")
RECIPES: Mapping[str, tuple[str, ...]] = {
    "auto": ("kernel", "boosted"),
    "stack": ("linear", "kernel", "boosted"),
    **{name: (name,) for name in ("gp", "kernel", "boosted", "linear", "chemprop", *BASELINES)},
}
"""What can be asked for, and the models that it is made of, cheapest first.

``auto`` is their plain average; ``stack`` weighs them by cross-validation.
"""

WHAT_IS_LOST: Mapping[Task, str] = {
    "regression": "squared error",
    "classification": "log loss",
    "ordinal": "ranked probability score",
}

_AS_LOST: Mapping[Task, str] = {"classification": " before calibration"}

N_NEIGHBOURS = 16
DOMAIN_SHARE = 0.05
"""The least connected share of the training rows marks the edge of the domain."""


def made(name: str) -> Model:
    """Return a model of a recipe, or a baseline."""
    model: Model = build("models", name, OPTIONS.get(name, {}))
    return model


@frozen(kw_only=True, eq=False)
class Trial:
    """One data set, dealt into folds."""

    features: Features
    """n rows, without families."""

    targets: Targets
    """One property, on the scale on which it is learned."""

    split: Split
    seed: int
    begun: float
    """When training began, by ``time.monotonic``."""

    budget_s: float | None
    """Seconds after which no further model is tried; the first always is."""

    recipe: str = "auto"
    """One of ``RECIPES``."""

    @property
    def task(self) -> Task:
        """What the property is."""
        return self.targets.tasks[0] if self.targets.tasks else "regression"

    @property
    def truth(self) -> FloatArray:
        """The values, shape (n,)."""
        column: FloatArray = self.targets.values[:, 0]
        return column

    def hold_out(self) -> Mapping[str, FloatArray]:
        """Return what each model says of rows that it has not seen, shape (n,) each.

        Baselines come first; a model of the recipe is left out if there is no time for it.
        """
        mean = self._medians() if self.task == "ordinal" else self._cross("mean")
        held = {"mean": mean, "neighbour": self.truth[self.foreign()[0]]}
        last = 0.0
        for name in (n for n in RECIPES[self.recipe] if n not in held):
            spent = time.monotonic() - self.begun
            is_first = len(held) == len(BASELINES)
            if not is_first and self.budget_s is not None and spent + 3 * last > self.budget_s:
                continue
            started = time.monotonic()
            held[name] = self._cross(name)
            last = time.monotonic() - started
        return held

    def parts(self, held: Mapping[str, FloatArray]) -> tuple[str, ...]:
        """Return the models of the recipe that there was time for."""
        return tuple(name for name in RECIPES[self.recipe] if name in held)

    def weights(self, held: Mapping[str, FloatArray]) -> tuple[FloatArray, FloatArray]:
        """Return the weight of each part, shape (p,), and the held-out answer, shape (n,).

        Of a stack each fold is answered with the weights that the others imply.
        """
        said = np.stack([held[name] for name in self.parts(held)])
        if self.recipe == "stack":
            return stacked(said, self.truth), stacked_across(said, self.truth, self.split.fold)
        return np.full(len(said), 1.0 / len(said)), np.asarray(said.mean(axis=0))

    def why(self, held: Mapping[str, FloatArray], *, scale: Scale = "plain") -> str:
        """Say in one sentence what was tried and what its answer loses where it is learned."""
        names, (weights, blend) = self.parts(held), self.weights(held)
        told = ", ".join(f"{n} {self.loss(held[n]).mean():.4g}" for n in held)
        of = " of decimal logarithms" if scale == "log" else _AS_LOST.get(self.task, "")
        what = f"{WHAT_IS_LOST[self.task]}{of}"
        left = [n for n in RECIPES[self.recipe] if n not in held]
        short = f"; no time for {', '.join(left)}" if left else ""
        how = "average of " if len(names) > 1 else ""
        if self.recipe == "stack":
            names = tuple(f"{w:.2f} {n}" for n, w in zip(names, weights, strict=True))
            how = "stack of "
        return f"{how}{' and '.join(names)}: {what} {self.loss(blend).mean():.4g}; {told}{short}"

    def loss(self, said: FloatArray) -> FloatArray:
        """Return what each row loses, shape (n,).

        Whoever speaks of levels is calibrated as the answer is before it is judged: by the other
        folds, at every border between two levels.
        """
        if self.task == "ordinal":
            n_levels = int(nearest_level(self.truth).max()) + 1
            chances = levels_across(said, self.truth, self.split.fold, n_levels)
            return ranked_loss(self.truth, chances)
        return loss_of(said, self.truth, self.task)

    def foreign(self) -> tuple[npt.NDArray[np.intp], FloatArray]:
        """Return of each row the nearest row of another fold and how similar, shape (n,).

        Where all near rows are of its own fold, the row is any of another fold, and the
        similarity that of the farthest row that was looked at.
        """
        rows, alike = neighbours(self.features)
        fold = self.split.fold
        other = fold[rows] != fold[:, None]
        best = np.argmax(np.where(other, alike, -2.0), axis=1)
        place = np.arange(len(rows))
        found = other[place, best]
        any_row = np.array([np.flatnonzero(fold != f)[0] for f in range(fold.max() + 1)])
        row = np.where(found, rows[place, best], any_row[fold])
        near = np.where(found, alike[place, best], alike[:, -1]).clip(0.0)
        return row, np.asarray(near, float)

    def edge(self) -> float:
        """Return the similarity to its nearest fellow that 95 % of the rows reach."""
        return float(np.quantile(neighbours(self.features)[1].max(axis=1).clip(0), DOMAIN_SHARE))

    def _medians(self) -> FloatArray:
        """Return of each row the median level of the other folds, shape (n,)."""
        fold, task = self.split.fold, self.task
        middle = [middle_of(self.truth[fold != f], task) for f in range(int(fold.max()) + 1)]
        return np.array(middle)[fold]

    def _cross(self, name: str) -> FloatArray:
        """Return what a model says of each fold when it has seen the others, shape (n,)."""
        said = np.empty(len(self.features))
        for fold in range(int(self.split.fold.max()) + 1):
            seen = np.flatnonzero(self.split.fold != fold)
            new = np.flatnonzero(self.split.fold == fold)
            fitted = made(name).fit(
                self.features.take(seen), self.targets.take(seen), seed=self.seed
            )
            said[new] = fitted.predict(self.features.take(new)).mean[:, 0]
        return said


@lru_cache(maxsize=1)
def neighbours(features: Features) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float32]]:
    """Return the nearest rows of each row, itself at -1; kept for who asks next."""
    rows, alike = nearest(features, features, k=min(N_NEIGHBOURS + 1, len(features)))
    own = rows == np.arange(len(features))[:, None]
    return rows, np.asarray(np.where(own, -1.0, alike), np.float32)
