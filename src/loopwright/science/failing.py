# SPDX-License-Identifier: Apache-2.0
"""What a candidate is worth that may fail: not be made, or not be measurable.

A failure brings nothing. Shapes: s worlds, m candidates.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from loopwright.core.values import FloatArray

__all__ = ["lottery", "successes"]


def lottery(gain: FloatArray, chance: FloatArray | None) -> FloatArray:
    """Return gains that are won with a chance: what is above nothing counts by the chance.

    What is below nothing stays, so that nobody is preferred because he may fail.

    Args:
        gain: What each candidate is worth above what a failure is, shape (m,).
        chance: That it does not fail, 0 to 1, shape (m,); None if nobody fails.

    Source:
        Schonlau, Welch & Jones (1998), doi:10.1214/lnms/1215456182, section 4: expected improvement
        times the probability that a constraint is met.

    Example:
        >>> lottery(np.array([2.0, 2.0, -1.0]), np.array([1.0, 0.5, 0.5])).tolist()
        [2.0, 1.0, -1.0]
    """
    return gain if chance is None else np.minimum(gain, 0.0) + chance * np.maximum(gain, 0.0)


def successes(chance: FloatArray, *, n: int, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Return in which of n worlds each candidate does not fail, shape (n, m).

    Each succeeds in its share of the worlds, to the nearest world; which ones is drawn for each
    candidate apart.

    Example:
        >>> successes(np.array([0.0, 0.5, 1.0]), n=4, rng=np.random.default_rng(0)).sum(axis=0)
        array([0, 2, 4])
    """
    places = np.tile((np.arange(n) + 0.5) / n, (len(chance), 1))
    drawn: npt.NDArray[np.bool_] = chance > rng.permuted(places, axis=1).T
    return drawn
