# SPDX-License-Identifier: Apache-2.0
"""From a score to a probability that holds, by what held-out scores turned out to be.

Venn-Abers: the score of a new candidate is put among the held-out ones twice, once as a zero and
once as a one, and an isotonic curve is drawn through each. The two answers are the ends of an
interval in which the probability lies; it is wide where little is known.
"""

from __future__ import annotations

import numpy as np
from attrs import frozen

from loopwright.core.values import FloatArray

__all__ = ["Calibrator", "calibrate", "corrected"]

MAX_POINTS = 200
"""Most scores at which the two curves are kept; between them they are straight."""

BELIEF = (0.5, 0.5)
"""How far log odds that were stated are believed to be off beforehand: in level, in slope."""

LEAST_CHANCE = 1e-3
"""Stated odds are taken for no longer, and no shorter, than this."""

ORDER_SHARE = 0.002
"""Share of the raw order in the answer, so that no two scores become one probability."""


@frozen(kw_only=True, eq=False)
class Calibrator:
    """Two curves from scores to probabilities, kept at some scores; shape (k,) each."""

    scores: FloatArray
    """Ascending."""

    low: FloatArray
    """Probability if the candidate is counted as a zero."""

    high: FloatArray
    """Probability if it is counted as a one; never below ``low``."""

    def interval(self, scores: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return both ends of the probability of each score, shape (n,) each."""
        low = np.interp(scores, self.scores, self.low)
        high = np.interp(scores, self.scores, self.high)
        return low, high

    def probability(self, scores: FloatArray) -> FloatArray:
        """Return one probability for each score, rising with it, shape (n,).

        Both ends are merged so that the expected log loss is smallest.

        Source:
            Vovk, Petej & Fedorova (2015), arXiv:1511.00213, eq. 4.
        """
        low, high = self.interval(scores)
        merged = high / (1.0 - low + high)
        spread = float(np.ptp(self.scores)) or 1.0
        order = 1.0 / (1.0 + np.exp(-4.0 * (scores - self.scores.mean()) / spread))
        return np.asarray((1.0 - ORDER_SHARE) * merged + ORDER_SHARE * order)


def calibrate(scores: FloatArray, truth: FloatArray) -> Calibrator:
    """Return the curves that held-out scores and what came true imply.

    Args:
        scores: Of held-out rows, shape (n,); higher for the class.
        truth: 0 or 1, shape (n,).

    Source:
        Vovk, Petej & Fedorova (2015), arXiv:1511.00213 (inductive Venn-Abers predictors).
    """
    from scipy.optimize import isotonic_regression

    points, rows, ones = _binned(scores, truth)
    low, high = np.empty(len(points)), np.empty(len(points))
    for i in range(len(points)):
        weight, target = rows.copy(), ones.copy()
        weight[i] += 1.0
        low[i] = isotonic_regression(target / weight, weights=weight).x[i]
        target[i] += 1.0
        high[i] = isotonic_regression(target / weight, weights=weight).x[i]
    return Calibrator(
        scores=points, low=np.maximum.accumulate(low), high=np.maximum.accumulate(high)
    )


def corrected(chance: FloatArray, seen: FloatArray, truth: FloatArray) -> FloatArray:
    """Return stated chances as what came true of earlier ones corrects them, shape (n,).

    Straight in log odds, and near what was stated while little has been seen.

    Args:
        chance: Stated, 0 to 1, shape (n,).
        seen: Stated of k cases whose end is known, shape (k,); may be empty.
        truth: Their ends, 0 or 1, shape (k,).

    Source:
        Cox (1958), doi:10.1093/biomet/45.3-4.562: recalibration by level and slope.
    """
    if not len(seen):
        return chance
    from scipy.optimize import minimize
    from scipy.special import expit

    x = _log_odds(seen)

    def loss(at: FloatArray) -> tuple[float, FloatArray]:
        score, away = at[0] + at[1] * x, (at - [0.0, 1.0]) / BELIEF
        gap = expit(score) - truth
        total = float(np.sum(np.logaddexp(0.0, score) - truth * score) + 0.5 * away @ away)
        return total, np.array([gap.sum(), gap @ x]) + away / BELIEF

    found = minimize(
        loss, [0.0, 1.0], jac=True, method="L-BFGS-B", bounds=((None, None), (0.0, None))
    )
    level, slope = np.round(found.x, 6)
    return np.asarray(expit(level + slope * _log_odds(chance)))


def _log_odds(chance: FloatArray) -> FloatArray:
    p = np.clip(chance, LEAST_CHANCE, 1.0 - LEAST_CHANCE)
    return np.asarray(np.log(p) - np.log1p(-p))


def _binned(scores: FloatArray, truth: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return mean score, number of rows and of ones of groups of neighbours in score."""
    order = np.argsort(scores, kind="stable")
    groups = np.array_split(order, min(MAX_POINTS, len(np.unique(scores))))
    points = np.array([scores[g].mean() for g in groups])
    rows = np.array([float(len(g)) for g in groups])
    ones = np.array([float(truth[g].sum()) for g in groups])
    return points, rows, ones
