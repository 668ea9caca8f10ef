# SPDX-License-Identifier: Apache-2.0
"""Which of several possible causes brings an event about: a noisy-or, by expectation-maximisation.

Each cause that is there brings the event about with a probability of its own, whatever the others
do. From events with many causes it is learned which of them matter.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from loopwright.core.values import FloatArray

__all__ = ["blame"]

LEAK = 0.02
"""Probability that an event happens without any known cause."""

STEPS = 30


def blame(
    causes: csr_array,
    happened: npt.NDArray[np.bool_],
    *,
    prior: FloatArray,
    strength: FloatArray | float = 1.0,
) -> FloatArray:
    """Return the probability with which each cause brings the event about, shape (c,).

    An occasion on which more than one cause is suspected already tells little, and weighs little.

    Args:
        causes: Which causes were there on which occasion, of ones, shape (n, c).
        happened: On which occasions the event happened, shape (n,).
        prior: Probability of each cause before anything was seen, shape (c,).
        strength: How many occasions the prior is worth, of each cause or of all.

    Source:
        Pearl (1988), Probabilistic Reasoning in Intelligent Systems, section 4.3 (noisy-or);
        Dempster et al. (1977), doi:10.1111/j.2517-6161.1977.tb01600.x.
    """
    guilt = prior
    for _ in range(STEPS):
        weight = 1.0 / np.maximum(causes @ guilt, 1.0) ** 4
        spared = (1.0 - LEAK) * np.exp(causes @ np.log1p(-np.minimum(guilt, 1.0 - 1e-6)))
        charge = np.where(happened, weight / (1.0 - spared), 0.0)
        guilt = (strength * prior + guilt * (charge @ causes)) / (strength + weight @ causes)
    return np.asarray(guilt)
