# SPDX-License-Identifier: Apache-2.0
"""The mean as a model. Limits count as what they are, by a censored normal."""

from __future__ import annotations

import numpy as np
from attrs import frozen

from loopwright.core.values import Dump, Features, FloatArray, Kind, Prediction, Targets
from loopwright.science.censored import censored_normal
from loopwright.science.intervals import gaussian

__all__ = ["FittedMean", "Mean"]


@frozen(kw_only=True, eq=False)
class FittedMean:
    """A level and the spread around it, both of shape (t,)."""

    level: FloatArray
    spread: FloatArray

    def predict(self, features: Features) -> Prediction:
        """Return the same prediction for every row."""
        shape = (len(features), 1)
        return gaussian(
            np.tile(self.level, shape), np.tile(self.spread, shape), np.zeros_like(self.spread)
        )

    def covariance(self, features: Features) -> FloatArray:
        """Return independent doubt: the level tells nothing of how candidates differ."""
        return np.diag(np.full(len(features), self.spread[0] ** 2))

    def dump(self) -> Dump:
        """Return level and spread."""
        return Dump(arrays={"level": self.level, "spread": self.spread})


@frozen(kw_only=True)
class Mean:
    """Learns nothing but the level."""

    accepts: frozenset[Kind] = frozenset({"vector", "counts", "tokens", "bag"})

    def fit(self, features: Features, targets: Targets, *, seed: int) -> FittedMean:
        """Return level and spread of each property."""
        level, spread = [], []
        for j in range(targets.values.shape[1]):
            known = np.flatnonzero(~np.isnan(targets.values[:, j]))
            order = known[np.lexsort((targets.bounds[known, j], targets.values[known, j]))]
            mean, std = censored_normal(targets.values[order, j], targets.bounds[order, j])
            level.append(mean)
            spread.append(std)
        return FittedMean(level=np.array(level), spread=np.array(spread))

    def load(self, dump: Dump) -> FittedMean:
        """Return the fitted mean of a dump."""
        return FittedMean(level=dump.arrays["level"], spread=dump.arrays["spread"])
