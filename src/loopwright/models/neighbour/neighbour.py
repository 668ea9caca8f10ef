# SPDX-License-Identifier: Apache-2.0
"""The nearest neighbour as a model. A limit stands for the value expected behind it."""

from __future__ import annotations

import numpy as np
from attrs import frozen

from loopwright.core.values import Dump, Features, FloatArray, Kind, Prediction, Targets
from loopwright.science.censored import censored_normal, truncated_moments
from loopwright.science.intervals import gaussian
from loopwright.science.similarity import nearest

__all__ = ["FittedNeighbour", "Neighbour"]


@frozen(kw_only=True, eq=False)
class FittedNeighbour:
    """The measured candidates, their values and the error seen between neighbours."""

    k: int
    features: Features
    values: FloatArray
    """Shape (n, t); NaN where not measured."""

    spread: FloatArray
    """Root mean square difference of neighbours, shape (t,)."""

    def predict(self, features: Features) -> Prediction:
        """Return the similarity-weighted value of the k nearest that were measured."""
        columns = []
        for j in range(self.values.shape[1]):
            known = np.flatnonzero(~np.isnan(self.values[:, j]))
            rows, alike = nearest(features, self.features.take(known), k=self.k)
            columns.append(_weighted(self.values[known, j], rows, alike))
        mean = np.stack(columns, axis=1)
        return gaussian(mean, np.tile(self.spread, (len(mean), 1)), np.zeros_like(self.spread))

    def covariance(self, features: Features) -> FloatArray:
        """Return independent doubt."""
        return np.diag(np.full(len(features), self.spread[0] ** 2))

    def dump(self) -> Dump:
        """Return the measured candidates and their values."""
        arrays = {"values": self.values, "spread": self.spread, **self.features.flat()}
        return Dump(arrays=arrays, settings={"k": self.k})


@frozen(kw_only=True)
class Neighbour:
    """Remembers everything, generalises nothing."""

    k: int = 1
    accepts: frozenset[Kind] = frozenset({"vector", "counts", "tokens"})

    def fit(self, features: Features, targets: Targets, *, seed: int) -> FittedNeighbour:
        """Return the table of what was measured, in an order of its own."""
        order = np.lexsort((*targets.bounds.T, *targets.values.T, np.array(features.ids)))
        features, targets = features.take(order), targets.take(order)
        values = np.full_like(targets.values, np.nan)
        spread = np.ones(values.shape[1])
        for j in range(values.shape[1]):
            known = np.flatnonzero(~np.isnan(targets.values[:, j]))
            limit, bound = targets.values[known, j], targets.bounds[known, j]
            level, std = censored_normal(limit, bound)
            n = len(known)
            values[known, j], _ = truncated_moments(
                np.full(n, level), np.full(n, std), limit, bound
            )
            spread[j] = self._spread(features.take(known), values[known, j]) or std
        return FittedNeighbour(k=self.k, features=features, values=values, spread=spread)

    def load(self, dump: Dump) -> FittedNeighbour:
        """Return the fitted neighbour of a dump."""
        return FittedNeighbour(
            k=int(dump.settings["k"]),
            features=Features.unflat(dump.arrays),
            values=dump.arrays["values"],
            spread=dump.arrays["spread"],
        )

    def _spread(self, features: Features, values: FloatArray) -> float:
        """Return the leave-one-out error; 0 when there is no second row."""
        if len(values) < 2:
            return 0.0
        rows, alike = nearest(features, features, k=self.k + 1)
        others = rows != np.arange(len(values))[:, None]
        others[others.all(axis=1), -1] = False  # an exact twin pushed the row itself out
        keep = others.nonzero()
        rows, alike = (t[keep].reshape(len(values), -1) for t in (rows, alike))
        return float(np.sqrt(np.mean((_weighted(values, rows, alike) - values) ** 2)))


def _weighted(values: FloatArray, rows: np.ndarray, alike: np.ndarray) -> FloatArray:
    weight = np.maximum(alike.astype(float), 1e-6)
    mean: FloatArray = (values[rows] * weight).sum(axis=1) / weight.sum(axis=1)
    return mean
