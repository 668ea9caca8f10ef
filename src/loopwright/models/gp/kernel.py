# SPDX-License-Identifier: Apache-2.0
"""How alike two candidates are to the process, and how strongly that is believed.

Counts meet by Tanimoto similarity, vectors by a Gaussian of their distance; with both, the
kernel is a mixture of the two. The prior variance of every candidate is 1.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.values import Counts, Features
from loopwright.science.similarity import squared_distance, tanimoto

__all__ = ["Hyper", "Likeness", "distance_units", "kernel", "likeness"]

SHRINKAGE_ROWS = 10.0

Float32 = npt.NDArray[np.float32]


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

    counts: Float32 | None
    """Tanimoto similarity, shape (n, m)."""

    distance: Float32 | None
    """Squared distance, 1 for two typical training rows, shape (n, m)."""

    def take(self, rows: npt.NDArray[np.intp]) -> Likeness:
        """Return the square part of these rows and columns."""
        block = np.ix_(rows, rows)
        return Likeness(
            counts=None if self.counts is None else self.counts[block],
            distance=None if self.distance is None else self.distance[block],
        )


def likeness(a: Features, b: Features, *, units: Float32) -> Likeness:
    """Compare n rows with m rows; ``units`` as from ``distance_units`` of the training rows."""
    left, right = a.blocks.get("counts"), b.blocks.get("counts")
    counts = None
    if isinstance(left, Counts) and isinstance(right, Counts):
        counts = tanimoto(left, right)
    x, y = a.blocks.get("vector"), b.blocks.get("vector")
    distance = None
    if isinstance(x, np.ndarray) and isinstance(y, np.ndarray):
        distance = squared_distance(np.asarray(x / units), np.asarray(y / units))
    return Likeness(counts=counts, distance=distance)


def distance_units(features: Features) -> Float32:
    """Return one unit of distance in each column of the vectors, shape (d,).

    Each column is measured in its own spread over the training rows, drawn towards the mean
    spread of all columns as if that had been seen in ``SHRINKAGE_ROWS`` more rows; then all are
    scaled so that two typical rows are at distance 1.
    """
    x = features.blocks.get("vector")
    if not isinstance(x, np.ndarray):
        return np.ones(0, np.float32)
    variance = x.astype(float).var(axis=0)
    shared = float(variance.mean()) or 1.0
    drawn = (len(x) * variance + SHRINKAGE_ROWS * shared) / (len(x) + SHRINKAGE_ROWS)
    units = np.sqrt(drawn)
    some = np.asarray((x / units)[:: max(1, len(x) // 1000)], np.float32)
    apart = squared_distance(some, some)[np.triu_indices(len(some), 1)]
    apart = apart[apart > 1e-9]
    typical = float(np.median(apart)) if len(apart) else 1.0
    return np.asarray(units * np.sqrt(typical), np.float32)


def kernel(alike: Likeness, hyper: Hyper) -> Float32:
    """Return prior correlations, shape (n, m); 1 for equal rows."""
    if alike.distance is None:
        assert alike.counts is not None, "a kernel needs counts or vectors"
        return alike.counts
    smooth: Float32 = np.exp(alike.distance * np.float32(-1.0 / hyper.length**2))
    if alike.counts is None:
        return smooth
    mixed: Float32 = np.float32(hyper.mix) * alike.counts
    smooth *= np.float32(1.0 - hyper.mix)
    mixed += smooth
    return mixed
