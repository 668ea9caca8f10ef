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

__all__ = ["Hyper", "Likeness", "kernel", "likeness", "median_distance"]

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
    """Squared distance over the typical one, shape (n, m)."""

    def take(self, rows: npt.NDArray[np.intp]) -> Likeness:
        """Return the square part of these rows and columns."""
        block = np.ix_(rows, rows)
        return Likeness(
            counts=None if self.counts is None else self.counts[block],
            distance=None if self.distance is None else self.distance[block],
        )


def likeness(a: Features, b: Features, *, typical: float) -> Likeness:
    """Compare n rows with m rows; ``typical`` is ``median_distance`` of the training rows."""
    left, right = a.blocks.get("counts"), b.blocks.get("counts")
    counts = None
    if isinstance(left, Counts) and isinstance(right, Counts):
        counts = tanimoto(left, right)
    x, y = a.blocks.get("vector"), b.blocks.get("vector")
    distance = None
    if isinstance(x, np.ndarray) and isinstance(y, np.ndarray):
        distance = squared_distance(x, y)
        distance /= np.float32(typical)
    return Likeness(counts=counts, distance=distance)


def median_distance(features: Features) -> float:
    """Return the median squared distance of two different rows; 1 where there is none."""
    x = features.blocks.get("vector")
    if not isinstance(x, np.ndarray) or len(x) < 2:
        return 1.0
    some = x[:: max(1, len(x) // 1000)]
    apart = squared_distance(some, some)[np.triu_indices(len(some), 1)]
    return float(np.median(apart[apart > 1e-9])) if (apart > 1e-9).any() else 1.0


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
