# SPDX-License-Identifier: Apache-2.0
"""What one more batch would bring, and how much is left to find at most."""

from __future__ import annotations

import numpy as np

from loopwright.core.values import FloatArray
from loopwright.science.draws import truths
from loopwright.science.failing import successes

__all__ = ["exceedance"]

N_DRAWS = 2_000


def exceedance(
    mean: FloatArray,
    covariance: FloatArray,
    *,
    best: float,
    rng: np.random.Generator,
    chance: FloatArray | None = None,
) -> FloatArray:
    """Return by how much the best of some candidates exceeds a value, in many possible worlds.

    Args:
        mean: Predicted true values, larger is better, shape (m,).
        covariance: Of these true values, shape (m, m).
        best: The value to exceed, same unit.
        rng: Draws the worlds.
        chance: That a candidate does not fail, shape (m,); None if none fails.

    Returns:
        Shape (2000,), same unit, >= 0; its mean is the expected improvement of the batch.

    Source:
        Ginsbourger, Le Riche & Carraro (2010), doi:10.1007/978-3-642-10701-6_6, section 4 (q-EI by
        Monte Carlo).
    """
    drawn = truths(mean, covariance, n=N_DRAWS, rng=rng)
    if chance is not None:
        drawn = np.where(successes(chance, n=N_DRAWS, rng=rng), drawn, -np.inf)
    above: FloatArray = np.maximum(drawn.max(axis=1) - best, 0.0)
    return above
