# SPDX-License-Identifier: Apache-2.0
"""How alike two candidates are to the process by counts and vectors, and how far it trusts that.

Counts meet by Tanimoto similarity, beside them vectors by a Gaussian of their distance, and the
kernel is a mixture of the two; vectors alone meet by a Matern kernel. The prior variance of
every candidate is 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.counts import Counts
from loopwright.core.values import Features, Kind
from loopwright.science.similarity import squared_distance, tanimoto

__all__ = [
    "Hyper",
    "Likeness",
    "Mixed",
    "Relation",
    "distance_units",
    "kernel",
    "likeness",
    "rough",
]

_COUNTED: tuple[Kind, ...] = ("counts", "patterns")

Float32 = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float32] | npt.NDArray[np.float64]


class Relation(Protocol):
    """How strongly the true values of candidates are believed to hang together."""

    @property
    def noise(self) -> float:
        """Return the variance of one measurement, as a share of the prior variance."""
        ...

    def prior(self, a: Features, b: Features) -> Floats:
        """Return prior correlations of n rows with m rows, shape (n, m)."""
        ...

    def dump(self) -> dict[str, npt.NDArray[Any]]:
        """Return all that it was told or has learned, as named arrays; one is ``numbers``."""
        ...


@frozen(kw_only=True)
class Hyper:
    """What the marginal likelihood chooses; all dimensionless."""

    noise: float
    """Variance of one measurement, as a share of the prior variance."""

    mix: float
    """Weight of the counts against the vectors, 0 to 1."""

    length: float
    """Length scale of the vectors, in units of the typical distance of two training rows."""


@frozen(kw_only=True, eq=False)
class Likeness:
    """What the kernel needs to know of two sets of rows, whatever the hyperparameters."""

    counts: Floats | None
    """Tanimoto similarity, shape (n, m)."""

    distance: Floats | None
    """Squared distance, 1 for two typical training rows, shape (n, m)."""

    def precise(self) -> Likeness:
        """Return the same in float64, in which small steps of a hyperparameter can be told."""
        return Likeness(
            counts=None if self.counts is None else self.counts.astype(float),
            distance=None if self.distance is None else self.distance.astype(float),
        )

    def take(self, rows: npt.NDArray[np.intp]) -> Likeness:
        """Return the square part of these rows and columns."""
        block = np.ix_(rows, rows)
        return Likeness(
            counts=None if self.counts is None else self.counts[block],
            distance=None if self.distance is None else self.distance[block],
        )


@frozen(kw_only=True, eq=False)
class Mixed:
    """A relation by counts and vectors."""

    hyper: Hyper
    units: Float32
    """Of distance, for each column of the vectors, shape (d,)."""

    @property
    def noise(self) -> float:
        """Return the variance of one measurement, as a share of the prior variance."""
        return self.hyper.noise

    def prior(self, a: Features, b: Features) -> Floats:
        """Return prior correlations of n rows with m rows, shape (n, m)."""
        return kernel(likeness(a, b, units=self.units), self.hyper)

    def dump(self) -> dict[str, npt.NDArray[Any]]:
        """Return units and hyperparameters."""
        h = self.hyper
        return {"units": self.units, "numbers": np.array([h.noise, h.mix, h.length])}

    @staticmethod
    def load(arrays: Mapping[str, npt.NDArray[Any]]) -> Mixed:
        """Return the relation of a dump."""
        noise, mix, length = arrays["numbers"].tolist()
        return Mixed(hyper=Hyper(noise=noise, mix=mix, length=length), units=arrays["units"])


def likeness(a: Features, b: Features, *, units: Float32) -> Likeness:
    """Compare n rows with m rows; ``units`` as from ``distance_units`` of the training rows."""
    counts = None
    for kind in _COUNTED:
        left, right = a.blocks.get(kind), b.blocks.get(kind)
        if isinstance(left, Counts) and isinstance(right, Counts):
            counts = tanimoto(left, right)
            break
    x, y = a.blocks.get("vector"), b.blocks.get("vector")
    distance = None
    if isinstance(x, np.ndarray) and isinstance(y, np.ndarray):
        distance = squared_distance(np.asarray(x / units), np.asarray(y / units))
    return Likeness(counts=counts, distance=distance)


def distance_units(features: Features) -> Float32:
    """Return one unit of distance in each column of the vectors, shape (d,).

    All columns have the same unit, so that two typical training rows are at distance 1. A unit
    for each column, by its own spread, was tried: what hardly varies in the training rows then
    looms too large elsewhere (``docs/log``).
    """
    x = features.blocks.get("vector")
    if not isinstance(x, np.ndarray):
        return np.ones(0, np.float32)
    some = np.asarray(x[:: max(1, len(x) // 1000)], np.float32)
    apart = squared_distance(some, some)[np.triu_indices(len(some), 1)]
    apart = apart[apart > 1e-9]
    typical = float(np.median(apart)) if len(apart) else 1.0
    return np.full(x.shape[1], np.sqrt(typical), np.float32)


def kernel(alike: Likeness, hyper: Hyper) -> Floats:
    """Return prior correlations, shape (n, m), as precise as what is given; 1 for equal rows."""
    if alike.distance is None:
        assert alike.counts is not None, "a kernel needs counts or vectors"
        return alike.counts
    if alike.counts is None:
        return rough(alike.distance / hyper.length**2)
    smooth: Floats = np.exp(alike.distance * (-1.0 / hyper.length**2))
    mixed: Floats = hyper.mix * alike.counts
    smooth *= 1.0 - hyper.mix
    mixed += smooth
    return mixed


def rough(distance: Floats) -> Floats:
    """Return the Matern kernel of smoothness 5/2, of squared distances in units of its length.

    Settings that somebody chose, and vectors alone: a Gaussian of their distance is so smooth
    that a few of them would settle the whole space; this one stays in doubt.

    Source:
        Rasmussen & Williams (2006), eq. 4.17.
    """
    far: Floats = np.sqrt(10.0 * distance)
    return np.asarray((1.0 + far + far * far / 3.0) * np.exp(-far))
