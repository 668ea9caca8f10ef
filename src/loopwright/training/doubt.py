# SPDX-License-Identifier: Apache-2.0
"""How far a prediction may be off: by its level, disagreement and distance, as held-out rows were.

The scale on which a property is learned is decided here too, since doubt is even only on a scale
on which errors are: a clearance is learned as its logarithm, a logarithm as it is.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from attrs import evolve, frozen

from loopwright.core.values import FloatArray
from loopwright.science.intervals import conformal_factor
from loopwright.science.probability import calibrate

__all__ = ["Doubt", "Scale", "across", "doubt_of", "from_scale", "scale_of", "to_scale"]

Scale: TypeAlias = Literal["plain", "log"]

SKEWED = 1.0
"""Skewness from which positive values are learned as logarithms, if that halves it."""

MIDDLE = (0.05, 0.95)
"""Shares of the held-out answers between which the level of an answer is told apart."""

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
    """Of a low answer, of a high one, of the disagreement of the parts, and of one minus the
    nearest similarity."""

    ends: tuple[float, float]
    """Answers that are as low, and as high, as levels are told apart; between them they mix."""

    floor: float
    """Least expected error."""

    factor: float
    """A 90 % interval reaches this many expected errors to each side."""

    def expected(self, told: FloatArray) -> FloatArray:
        """Return the expected absolute error of each row, shape (n,).

        Args:
            told: Of each row the answer, how far the parts of the model are apart, and the
                similarity to the nearest row that it has seen, shape (3, n).
        """
        return np.maximum(_causes(told, self.ends) @ self.weights, self.floor)

    def half_width(self, told: FloatArray) -> FloatArray:
        """Return half the width of the 90 % interval of each row, shape (n,).

        Args:
            told: As ``expected`` takes it.
        """
        return np.maximum(self.factor * self.expected(told), self.floor)


def doubt_of(
    gaps: FloatArray, told: FloatArray, fold: npt.NDArray[np.intp]
) -> tuple[Doubt, FloatArray]:
    """Return the doubt that held-out rows show, and which of them it would have covered.

    Args:
        gaps: Absolute errors of held-out rows, shape (n,).
        told: What ``Doubt.expected`` takes, of the same rows, shape (3, n).
        fold: Which rows were held out together, shape (n,); each fold is judged by the others.

    Source:
        Lei et al. (2018), doi:10.1080/01621459.2017.1307116, section 5.2 (normalised residuals).
    """
    inside = np.zeros(len(gaps))
    for one in np.unique(fold):
        mine = fold == one
        if mine.all():
            break
        others = _fit(gaps[~mine], told[:, ~mine])
        inside[mine] = gaps[mine] <= others.half_width(told[:, mine])
    return _fit(gaps, told), inside


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


def _fit(gaps: FloatArray, told: FloatArray) -> Doubt:
    """Return non-negative weights by least squares, and the conformal factor."""
    from scipy.optimize import nnls

    low, high = (round(float(end), 12) for end in np.quantile(told[0], MIDDLE))
    causes = _causes(told, (low, high))
    weights, _ = nnls(causes, gaps)
    tried = float(np.quantile(causes @ weights, LEAST_TRIED))
    floor = max(LEAST_SHARE * float(gaps.mean()), tried, 1e-9)
    bare = Doubt(weights=np.round(weights, 12), ends=(low, high), floor=floor, factor=1.0)
    return evolve(bare, factor=conformal_factor(gaps / bare.expected(told)))


def _causes(told: FloatArray, ends: tuple[float, float]) -> FloatArray:
    """Return what raises an error, shape (n, 4)."""
    said, apart, similarity = told
    level = np.clip((said - ends[0]) / max(ends[1] - ends[0], 1e-12), 0.0, 1.0)
    return np.stack([1.0 - level, level, apart, 1.0 - similarity], axis=1)


def _skewness(values: FloatArray) -> float:
    away = values - values.mean()
    return float(np.mean(away**3) / np.mean(away**2) ** 1.5)
