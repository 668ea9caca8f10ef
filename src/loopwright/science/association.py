# SPDX-License-Identifier: Apache-2.0
"""How closely what was said follows what was true, whatever the scale; and calls of a class.

Every score works along the last axis, so that it can be taken of many resamples at once.
"""

from __future__ import annotations

import numpy as np

from loopwright.core.values import FloatArray

__all__ = ["accuracy", "f1", "kendall", "pearson"]


def pearson(truth: FloatArray, said: FloatArray) -> FloatArray:
    """Return the linear correlation; 0 where one side is constant.

    Example:
        >>> float(pearson(np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0])))
        1.0
    """
    a = truth - truth.mean(axis=-1, keepdims=True)
    b = said - said.mean(axis=-1, keepdims=True)
    size = np.sqrt((a * a).sum(axis=-1) * (b * b).sum(axis=-1))
    shared = (a * b).sum(axis=-1)
    share = np.where(size > 0, shared / np.where(size > 0, size, 1.0), 0.0)
    return np.asarray(np.round(share, 12))


def kendall(truth: FloatArray, said: FloatArray) -> FloatArray:
    """Return the surplus of pairs in the right order (tau-b); 0 where one side is constant.

    Source:
        Kendall (1945), doi:10.1093/biomet/33.3.239.

    Example:
        >>> float(kendall(np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 2.0, 4.0, 3.0])))
        0.666666666667
    """
    from scipy.stats import kendalltau

    pairs = zip(np.atleast_2d(truth), np.atleast_2d(said), strict=True)
    found = [kendalltau(a, b).statistic if np.ptp(a) and np.ptp(b) else 0.0 for a, b in pairs]
    return np.round(np.reshape(found, truth.shape[:-1]), 12)


def accuracy(truth: FloatArray, said: FloatArray) -> FloatArray:
    """Return the share of rows whose class is the one that was said to be more likely.

    Example:
        >>> float(accuracy(np.array([0.0, 1.0]), np.array([0.2, 0.4])))
        0.5
    """
    return np.asarray(((said >= 0.5) == (truth >= 0.5)).mean(axis=-1))


def f1(truth: FloatArray, said: FloatArray) -> FloatArray:
    """Return the harmonic mean of precision and recall of the class; 0 without a right call.

    Source:
        van Rijsbergen (1979), Information Retrieval, ch. 7.

    Example:
        >>> float(f1(np.array([0.0, 1.0, 1.0]), np.array([0.6, 0.7, 0.1])))
        0.5
    """
    called = said >= 0.5
    both = (called & (truth >= 0.5)).sum(axis=-1)
    all_ = called.sum(axis=-1) + (truth >= 0.5).sum(axis=-1)
    return np.asarray(np.where(all_ > 0, 2.0 * both / np.where(all_ > 0, all_, 1), 0.0))
