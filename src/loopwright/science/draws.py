# SPDX-License-Identifier: Apache-2.0
"""Possible truths, drawn from what is thought of several candidates together."""

from __future__ import annotations

import numpy as np

from loopwright.core.values import FloatArray

__all__ = ["symmetric_root", "truths"]


def symmetric_root(covariance: FloatArray) -> FloatArray:
    """Return the symmetric square root of a covariance, shape (m, m).

    It is the one root that does not depend on the machine's choice of eigenvectors.
    """
    values, vectors = np.linalg.eigh(covariance)
    root: FloatArray = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    return root


def truths(
    mean: FloatArray, covariance: FloatArray, *, n: int, rng: np.random.Generator
) -> FloatArray:
    """Return true values of m candidates in n possible worlds, shape (n, m).

    Args:
        mean: Predicted values, shape (m,).
        covariance: Of the true values, shape (m, m).
        n: How many worlds.
        rng: Draws them.
    """
    drawn: FloatArray = rng.standard_normal((n, len(mean))) @ symmetric_root(covariance)
    return mean + drawn
