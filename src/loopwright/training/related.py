# SPDX-License-Identifier: Apache-2.0
"""A process on top of another: what a related series says, so far as it helps, and the rest.

The value is taken for a multiple of what the related series measured, plus a process of its own
(an autoregressive task kernel). The multiple is learned, and shrinks to zero where the two have
nothing in common, so that a series that does not help does little harm.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import Factory, evolve, field, frozen

from loopwright.core.ports import FittedModel, Model
from loopwright.core.values import Dump, Features, FloatArray, Kind, Prediction, Targets

__all__ = ["FittedRelated", "Related"]

CAUTION = 3.0
"""Rows' worth of belief that the two series have nothing in common."""


@frozen(kw_only=True, eq=False)
class FittedRelated:
    """A multiple of one process, a level, and another process."""

    below: FittedModel
    """Of the related series."""

    rest: FittedModel
    multiple: float
    """Of the related value, in the unit of the values a unit of the related values."""

    level: float

    def predict(self, features: Features) -> Prediction:
        """Return the sum of both; their doubts are independent."""
        below, rest = self.below.predict(features), self.rest.predict(features)
        return evolve(
            rest,
            mean=self.multiple * below.mean + self.level + rest.mean,
            std=np.hypot(self.multiple * below.std, rest.std),
        )

    def covariance(self, features: Features) -> FloatArray:
        """Return the joint covariance of the true values, shape (n, n)."""
        below = self.multiple**2 * self.below.covariance(features)
        total: FloatArray = below + self.rest.covariance(features)
        return total

    def joint(self, features: Features) -> FloatArray:
        """Return that of the true values, and then of the true related ones, shape (2n, 2n)."""
        below = self.below.covariance(features)
        values = self.multiple**2 * below + self.rest.covariance(features)
        shared = self.multiple * below
        return np.block([[values, shared], [shared, below]])

    def taught(self, features: Features) -> tuple[FloatArray, float]:
        """Return what one more related measurement of each would teach.

        Returns:
            The standard deviation by which it would move the prediction, in the unit of the
            values, shape (n,), and the noise of a related measurement, in the related unit.
        """
        said = self.below.predict(features)
        std, noise_std = said.std[:, 0], float(said.noise_std[0])
        return self.multiple * std**2 / np.hypot(std, noise_std), noise_std

    def dump(self) -> Dump:
        """Return both processes side by side."""
        parts = {"below": self.below.dump(), "rest": self.rest.dump()}
        return Dump(
            arrays={f"{n}/{k}": a for n, d in parts.items() for k, a in d.arrays.items()},
            texts={f"{n}/{k}": t for n, d in parts.items() for k, t in d.texts.items()},
            settings={
                "multiple": self.multiple,
                "level": self.level,
                **{name: dict(d.settings) for name, d in parts.items()},
            },
        )


@frozen(kw_only=True, eq=False)
class Related:
    """Learns what a related series does not tell.

    Source:
        Kennedy & O'Hagan (2000), doi:10.1093/biomet/87.1.1; in the recursive form of Le Gratiet &
        Garnier (2014), doi:10.1615/Int.J.UncertaintyQuantification.2014006914.
    """

    model: Model
    series: Callable[[], tuple[Features, Targets]]
    """Returns the rows of the related series and their values, one property; asked for a fit only,
    since a fitted model holds what it needs."""

    accepts: frozenset[Kind] = field(
        default=Factory(lambda self: self.model.accepts, takes_self=True), init=False
    )
    _held: dict[int, FittedModel] = field(factory=dict, init=False)

    def below(self, seed: int) -> FittedModel:
        """Return the process of the related series alone; it is fitted once."""
        if seed not in self._held:
            self._held[seed] = self.model.fit(*self.series(), seed=seed)
        return self._held[seed]

    def fit(self, features: Features, targets: Targets, *, seed: int) -> FittedRelated:
        """Return the process of the rest, and the multiple that leaves least of it."""
        below = self.below(seed)
        told, values = below.predict(features).mean[:, 0], targets.values[:, 0]
        weight = targets.n_replicates[:, 0].astype(float)
        middle, level = np.average(told, weights=weight), np.average(values, weights=weight)
        apart, spread = told - middle, float(np.var(self.series()[1].values[:, 0]))
        common = float(weight @ (apart * (values - level)))
        own = float(weight @ apart**2) + CAUTION * spread
        multiple = max(common / own, 0.0) if own > 0.0 else 0.0
        shift = level - multiple * middle
        left = (values - multiple * told - shift)[:, None]
        rest = self.model.fit(features, evolve(targets, values=left), seed=seed)
        return FittedRelated(below=below, rest=rest, multiple=multiple, level=float(shift))

    def load(self, dump: Dump) -> FittedRelated:
        """Return the fitted model of a dump; the related series is in it."""
        settings = dump.settings
        return FittedRelated(
            below=self.model.load(_part(dump, "below")),
            rest=self.model.load(_part(dump, "rest")),
            multiple=settings["multiple"],
            level=settings["level"],
        )


def _part(dump: Dump, name: str) -> Dump:
    """Return one of the two dumps in a dump."""
    settings: Mapping[str, Any] = dump.settings[name]
    arrays: dict[str, npt.NDArray[Any]] = dict(_of(dump.arrays, name))
    return Dump(arrays=arrays, texts=dict(_of(dump.texts, name)), settings=settings)


def _of(parts: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    start = f"{name}/"
    return {k.removeprefix(start): v for k, v in parts.items() if k.startswith(start)}
