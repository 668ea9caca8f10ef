# SPDX-License-Identifier: Apache-2.0
"""How far a prediction may be off: by disagreement, by distance, by what held-out rows showed.

The scale on which a property is learned is decided here too, since doubt is even only on a scale
on which errors are: a clearance is learned as its logarithm, a logarithm as it is.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.values import FloatArray
from loopwright.science.intervals import conformal_factor
from loopwright.science.probability import calibrate

__all__ = ["Doubt", "Scale", "across", "doubt_of", "from_scale", "scale_of", "to_scale"]

Scale: TypeAlias = Literal["plain", "log"]

SKEWED = 1.0
"""Skewness from which positive values are learned as logarithms, if that halves it."""

LEAST_SHARE = 0.05
"""No row is doubted less than this share of the mean doubt."""

LEAST_TRIED = 0.05
"""Nor less than this share of the held-out rows: that a row is more alike to what was measured, or
the parts more of one mind, than was ever tried proves nothing."""


def scale_of(values: FloatArray) -> Scale:
    """Return the scale on which values are learned, from these values alone.

    Logarithms are taken if all are positive, the tail to the right is long, and the logarithm
    makes it at least twice as short.
    """
    if len(values) < 10 or values.min() <= 0 or np.ptp(values) == 0:
        return "plain"
    raw, log = _skewness(values), _skewness(np.log10(values))
    return "log" if raw > SKEWED and abs(log) < raw / 2 else "plain"


def to_scale(values: FloatArray, scale: Scale) -> FloatArray:
    """Return values as they are learned."""
    return np.log10(values) if scale == "log" else values


def from_scale(values: FloatArray, scale: Scale) -> FloatArray:
    """Return values in their own unit; the order of two never changes."""
    return np.asarray(10.0 ** np.clip(values, -300.0, 300.0)) if scale == "log" else values


@frozen(kw_only=True, eq=False)
class Doubt:
    """The expected absolute error as a sum of what raises it, and how far 90 % of rows reach."""

    weights: FloatArray
    """Of a constant, the disagreement of the parts, and one minus the nearest similarity."""

    floor: float
    """Least expected error."""

    factor: float
    """A 90 % interval reaches this many expected errors to each side."""

    def expected(self, apart: FloatArray, similarity: FloatArray) -> FloatArray:
        """Return the expected absolute error of each row, shape (n,)."""
        return np.maximum(_causes(apart, similarity) @ self.weights, self.floor)

    def half_width(self, apart: FloatArray, similarity: FloatArray) -> FloatArray:
        """Return half the width of the 90 % interval of each row, shape (n,)."""
        return np.maximum(self.factor * self.expected(apart, similarity), self.floor)


def doubt_of(
    gaps: FloatArray,
    apart: FloatArray,
    similarity: FloatArray,
    fold: npt.NDArray[np.intp],
) -> tuple[Doubt, FloatArray]:
    """Return the doubt that held-out rows show, and which of them it would have covered.

    Args:
        gaps: Absolute errors of held-out rows, shape (n,).
        apart: How far the parts of the model were apart, shape (n,).
        similarity: To the nearest row that the model had seen, shape (n,).
        fold: Which rows were held out together, shape (n,); each fold is judged by the others.

    Source:
        Lei et al. (2018), doi:10.1080/01621459.2017.1307116, section 5.2 (normalised residuals).
    """
    inside = np.zeros(len(gaps))
    for one in np.unique(fold):
        mine = fold == one
        if mine.all():
            break
        others = _fit(gaps[~mine], apart[~mine], similarity[~mine])
        inside[mine] = gaps[mine] <= others.half_width(apart[mine], similarity[mine])
    return _fit(gaps, apart, similarity), inside


def across(blend: FloatArray, truth: FloatArray, fold: npt.NDArray[np.intp]) -> FloatArray:
    """Return the probabilities of a class, each fold calibrated by the others; shape (n,).

    Args:
        blend: What was said of held-out rows, shape (n,).
        truth: Their shares of ones, shape (n,).
        fold: Which rows were held out together, shape (n,).
    """
    said = np.empty(len(blend))
    for one in np.unique(fold):
        mine = fold == one
        said[mine] = calibrate(blend[~mine], truth[~mine]).probability(blend[mine])
    return said


def _fit(gaps: FloatArray, apart: FloatArray, similarity: FloatArray) -> Doubt:
    """Return non-negative weights by least squares, and the conformal factor."""
    from scipy.optimize import nnls

    causes = _causes(apart, similarity)
    weights, _ = nnls(causes, gaps)
    tried = float(np.quantile(causes @ weights, LEAST_TRIED))
    floor = max(LEAST_SHARE * float(gaps.mean()), tried, 1e-9)
    bare = Doubt(weights=np.round(weights, 12), floor=floor, factor=1.0)
    factor = conformal_factor(gaps / bare.expected(apart, similarity))
    return Doubt(weights=bare.weights, floor=floor, factor=factor)


def _causes(apart: FloatArray, similarity: FloatArray) -> FloatArray:
    return np.stack([np.ones(len(apart)), apart, 1.0 - similarity], axis=1)


def _skewness(values: FloatArray) -> float:
    away = values - values.mean()
    return float(np.mean(away**3) / np.mean(away**2) ** 1.5)
