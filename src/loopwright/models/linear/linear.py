# SPDX-License-Identifier: Apache-2.0
"""Ridge and logistic regression on vectors, descriptors and square-rooted counts.

The penalty is that of the smallest error on rows left out. After a first fit, a limit is replaced
by the value expected behind it.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import frozen
from scipy.special import expit

from loopwright.core.values import Dump, Features, FloatArray, Kind, Prediction, Targets
from loopwright.science.censored import truncated_moments
from loopwright.science.intervals import gaussian
from loopwright.science.joined import side_by_side

__all__ = ["FittedLinear", "Linear"]

PENALTIES = np.logspace(-3.0, 2.0, 11)
"""Tried for a number, on rows whose mean squared length is one for each block."""

STRENGTHS = (0.3, 3.0, 30.0)
"""Tried for a class: the inverse of the penalty."""

FARTHEST = 4.0
"""Standard deviations at which a column of a table is cut."""

BLOCK_ROWS = 4096
N_FOLDS = 3
FEWEST = 3
"""Rows below which a number is only averaged."""

_ARRAYS = ("centre", "unit", "weights", "level", "spread", "is_class")


@frozen(kw_only=True, eq=False)
class FittedLinear:
    """What one unit of each column adds to each property."""

    n_tabled: int
    """The first so many columns stand for themselves; the others are counts, square-rooted."""

    centre: FloatArray
    """Of each column, shape (d,)."""

    unit: FloatArray
    """By which each is divided, shape (d,)."""

    weights: FloatArray
    """Shape (d, t)."""

    level: FloatArray
    """Of the centre of all columns, shape (t,)."""

    spread: FloatArray
    """Error on rows left out, shape (t,)."""

    is_class: npt.NDArray[np.bool_]

    def predict(self, features: Features) -> Prediction:
        """Return the answer for each row, with one doubt for all of them."""
        raw = self._counted(features) if not self.n_tabled else self._tabled(features)
        chance = expit(raw)
        mean = np.where(self.is_class, chance, raw)
        doubt = np.where(self.is_class, np.sqrt(chance * (1.0 - chance)), self.spread)
        return gaussian(mean, np.maximum(doubt, 1e-6), np.zeros_like(self.spread))

    def _tabled(self, features: Features) -> FloatArray:
        """Return the weighted sums, some rows at a time, shape (n, t)."""
        raw = np.empty((len(features), len(self.level)))
        for start in range(0, len(features), BLOCK_ROWS):
            rows = np.arange(start, min(start + BLOCK_ROWS, len(features)))
            table = _scaled(features.take(rows), self.n_tabled, self.centre, self.unit)
            raw[rows] = table @ self.weights + self.level
        return raw

    def _counted(self, features: Features) -> FloatArray:
        """Return the same where there are counts alone, of which most are zero."""
        counts = side_by_side(features, (_counts_in(features),))
        weights = self.weights / self.unit[:, None]
        sums: FloatArray = counts.sqrt() @ weights
        return sums - self.centre @ weights + self.level

    def covariance(self, features: Features) -> FloatArray:
        """Return independent doubt."""
        return np.diag(np.square(self.predict(features).std[:, 0]))

    def dump(self) -> Dump:
        """Return weights, and how columns are brought to scale."""
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        return Dump(arrays=arrays, settings={"n_tabled": self.n_tabled})


@frozen(kw_only=True)
class Linear:
    """Learns a weighted sum."""

    accepts: frozenset[Kind] = frozenset({"vector", "counts", "patterns", "descriptors"})

    def fit(self, features: Features, targets: Targets, *, seed: int) -> FittedLinear:
        """Return the weights; rows are put in an order of their own first."""
        order = np.lexsort((*targets.bounds.T, *targets.values.T, np.array(features.ids)))
        features, targets = features.take(order), targets.take(order)
        n_tabled = side_by_side(features, _TABLES).shape[1] if _has_table(features) else 0
        raw = _scaled(features, n_tabled, np.zeros(1), np.ones(1))
        centre, unit = _units(raw, n_tabled)
        table = _cut((raw - centre) / unit, n_tabled)
        t = targets.values.shape[1]
        weights, level, spread = np.zeros((table.shape[1], t)), np.zeros(t), np.ones(t)
        for j in range(t):
            known = np.flatnonzero(~np.isnan(targets.values[:, j]))
            fit = _of_class if targets.is_class(j) else _of_number
            weights[:, j], level[j], spread[j] = fit(table[known], targets.take(known), j)
        is_class = np.array([targets.is_class(j) for j in range(t)])
        return FittedLinear(
            n_tabled=n_tabled, centre=centre, unit=unit, weights=weights, level=level,
            spread=spread, is_class=is_class,
        )  # fmt: skip

    def load(self, dump: Dump) -> FittedLinear:
        """Return the fitted model of a dump."""
        return FittedLinear(
            n_tabled=dump.settings["n_tabled"], **{n: dump.arrays[n] for n in _ARRAYS}
        )


_TABLES: tuple[Kind, ...] = ("vector", "descriptors")


def _has_table(features: Features) -> bool:
    return not features.blocks.keys().isdisjoint(_TABLES)


def _scaled(features: Features, n_tabled: int, centre: FloatArray, unit: FloatArray) -> FloatArray:
    """Return all columns on one scale, shape (n, d)."""
    table = side_by_side(features, (*_TABLES, _counts_in(features))).toarray().astype(float)
    table[:, n_tabled:] = np.sqrt(table[:, n_tabled:])
    return _cut((table - centre) / unit, n_tabled) if len(centre) > 1 else table


def _counts_in(features: Features) -> Kind:
    return "patterns" if "patterns" in features.blocks else "counts"


def _cut(table: FloatArray, n_tabled: int) -> FloatArray:
    """Return a table whose first columns are cut where they are far out."""
    reach = FARTHEST / np.sqrt(max(n_tabled, 1))
    table[:, :n_tabled] = np.clip(table[:, :n_tabled], -reach, reach)
    return table


def _units(table: FloatArray, n_tabled: int) -> tuple[FloatArray, FloatArray]:
    """Return the centre of each column and what brings a row of each block to length one."""
    centre, spread = table.mean(axis=0), table.std(axis=0)
    unit = np.ones(table.shape[1])
    tabled = spread[:n_tabled]
    unit[:n_tabled] = np.where(tabled > 1e-6, tabled, 1.0) * np.sqrt(max(n_tabled, 1))
    unit[n_tabled:] = max(float(np.sqrt(np.square(spread[n_tabled:]).sum())), 1e-6)
    return centre, unit


def _of_number(table: FloatArray, targets: Targets, j: int) -> tuple[FloatArray, float, float]:
    """Return weights, level and leave-one-out error of a number."""
    from sklearn.linear_model import RidgeCV

    values, bounds = targets.values[:, j].copy(), targets.bounds[:, j]
    counted = targets.n_replicates[:, j].astype(float)
    if len(values) < FEWEST:
        return np.zeros(table.shape[1]), float(values.mean()), 1.0

    def fitted() -> Any:
        return RidgeCV(alphas=PENALTIES).fit(table, values, sample_weight=counted)

    model = fitted()
    spread = float(np.sqrt(max(-model.best_score_, 0.0))) or 1e-6
    if bounds.any():
        said = model.predict(table)
        expected, _ = truncated_moments(said, np.full(len(said), spread), values, bounds)
        values[bounds != 0] = expected[bounds != 0]
        model = fitted()
    return model.coef_, float(model.intercept_), spread


def _of_class(table: FloatArray, targets: Targets, j: int) -> tuple[FloatArray, float, float]:
    """Return weights and level of the logit of a class; a share of ones counts as both."""
    values = targets.values[:, j]
    counted = targets.n_replicates[:, j].astype(float)
    fold = np.arange(len(values)) % N_FOLDS  # rows come sorted by value: each fold has its share
    losses = []
    for strength in STRENGTHS:
        told = np.empty(len(values))
        for one in range(N_FOLDS):
            seen = fold != one
            weights, level = _logistic(table[seen], values[seen], counted[seen], strength)
            told[~seen] = table[~seen] @ weights + level
        losses.append(float(np.sum(counted * (np.logaddexp(0.0, told) - values * told))))
    best = STRENGTHS[int(np.argmin(losses))]
    weights, level = _logistic(table, values, counted, best)
    return weights, level, 0.5


def _logistic(
    table: FloatArray, values: FloatArray, counted: FloatArray, strength: float
) -> tuple[FloatArray, float]:
    """Return weights and level; of rows of one class alone, the logit of their share."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    ones, zeros = np.flatnonzero(values > 0), np.flatnonzero(values < 1)
    if not len(ones) or not len(zeros):
        share = (values.sum() + 0.5) / (len(values) + 1.0)
        return np.zeros(table.shape[1]), float(np.log(share / (1.0 - share)))
    rows = np.concatenate([ones, zeros])
    truth = np.repeat([1, 0], [len(ones), len(zeros)])
    weight = np.concatenate([(counted * values)[ones], (counted * (1.0 - values))[zeros]])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = LogisticRegression(C=strength, max_iter=200)
        model.fit(table[rows], truth, sample_weight=weight)
    return model.coef_[0], float(model.intercept_[0])
