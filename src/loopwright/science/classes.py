# SPDX-License-Identifier: Apache-2.0
"""What a stated probability was worth, once it is known which class a candidate is in.

Every score works along the last axis, so that it can be taken of many resamples at once. Truth
is 0 or 1. A resample that holds one class only has no order to judge: its AUROC is 0.5.
"""

from __future__ import annotations

import numpy as np

from loopwright.core.values import FloatArray

__all__ = [
    "auprc",
    "auroc",
    "brier",
    "calibration_error",
    "log_loss",
    "matthews",
]

N_BINS = 10
LEAST = 1e-6
"""Probabilities nearer than this to 0 or 1 are taken as this, so that a loss stays finite."""


def auroc(truth: FloatArray, said: FloatArray) -> FloatArray:
    """Return the chance that a one is ranked above a zero; ties count half.

    Source:
        Hanley & McNeil (1982), doi:10.1148/radiology.143.1.7063747.

    Example:
        >>> float(auroc(np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.1, 0.4, 0.35, 0.8])))
        0.75
    """
    from scipy.stats import rankdata

    ones = truth.sum(axis=-1)
    zeros = truth.shape[-1] - ones
    above = (rankdata(said, axis=-1) * truth).sum(axis=-1) - ones * (ones + 1) / 2
    pairs = ones * zeros
    return np.asarray(np.where(pairs > 0, above / np.where(pairs > 0, pairs, 1.0), 0.5))


def auprc(truth: FloatArray, said: FloatArray) -> FloatArray:
    """Return the average precision: the area under the steps of precision over recall.

    Rows that are said to be equally likely are taken together. Without a one it is 0.

    Source:
        Davis & Goadrich (2006), doi:10.1145/1143844.1143874.

    Example:
        >>> round(float(auprc(np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.1, 0.4, 0.35, 0.8]))), 4)
        0.8333
    """
    order = np.argsort(-said, axis=-1, kind="stable")
    ranked = np.take_along_axis(said, order, axis=-1)
    found = np.cumsum(np.take_along_axis(truth, order, axis=-1), axis=-1)
    is_last = np.ones(ranked.shape, bool)
    is_last[..., :-1] = ranked[..., 1:] != ranked[..., :-1]
    reached = np.maximum.accumulate(np.where(is_last, found, 0.0), axis=-1)
    before = np.concatenate([np.zeros_like(reached[..., :1]), reached[..., :-1]], axis=-1)
    precision = found / np.arange(1, ranked.shape[-1] + 1)
    area = np.where(is_last, (found - before) * precision, 0.0).sum(axis=-1)
    ones = found[..., -1]
    return np.asarray(np.where(ones > 0, area / np.where(ones > 0, ones, 1.0), 0.0))


def matthews(truth: FloatArray, said: FloatArray) -> FloatArray:
    """Return Matthews' correlation of the truth with "more likely than not", from -1 to 1.

    Source:
        Matthews (1975), doi:10.1016/0005-2795(75)90109-9; 0 where one side is constant.

    Example:
        >>> float(matthews(np.array([0.0, 1.0, 1.0]), np.array([0.2, 0.7, 0.9])))
        1.0
    """
    called = (said >= 0.5).astype(float)
    both = (truth * called).sum(axis=-1)
    a, b, n = truth.sum(axis=-1), called.sum(axis=-1), truth.shape[-1]
    size = np.sqrt(a * (n - a) * b * (n - b))
    shared = n * both - a * b
    return np.asarray(np.where(size > 0, shared / np.where(size > 0, size, 1.0), 0.0))


def log_loss(truth: FloatArray, said: FloatArray) -> FloatArray:
    """Return the mean surprise at the truth, in nats; ln 2 for one who always says one half.

    Example:
        >>> round(float(log_loss(np.array([0.0, 1.0]), np.array([0.5, 0.5]))), 4)
        0.6931
    """
    p = np.clip(said, LEAST, 1.0 - LEAST)
    return np.asarray(-(truth * np.log(p) + (1.0 - truth) * np.log1p(-p)).mean(axis=-1))


def brier(truth: FloatArray, said: FloatArray) -> FloatArray:
    """Return the mean squared difference of probability and truth.

    Source:
        Brier (1950), doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2.

    Example:
        >>> float(brier(np.array([0.0, 1.0]), np.array([0.0, 0.5])))
        0.125
    """
    return np.asarray(np.square(said - truth).mean(axis=-1))


def calibration_error(truth: FloatArray, said: FloatArray) -> FloatArray:
    """Return how far, on average, the share of ones is from what was said, over ten bins.

    Bins are of equal width; each counts by its rows.

    Source:
        Naeini, Cooper & Hauskrecht (2015), doi:10.1609/aaai.v29i1.9602.

    Example:
        >>> float(calibration_error(np.array([0.0, 1.0]), np.array([0.5, 0.5])))
        0.0
    """
    place = np.minimum((said * N_BINS).astype(int), N_BINS - 1)
    gap = truth - said
    off = [np.abs(np.where(place == b, gap, 0.0).sum(axis=-1)) for b in range(N_BINS)]
    return np.asarray(np.sum(off, axis=0) / truth.shape[-1])
