# SPDX-License-Identifier: Apache-2.0
"""How much each model is listened to, by what it said of rows that it had not seen."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from loopwright.core.values import FloatArray

__all__ = ["stacked", "stacked_across"]

FIRMNESS = 1e3
"""How much more a sum of weights other than one counts than all errors together."""


def stacked(said: FloatArray, truth: FloatArray) -> FloatArray:
    """Return weights that are not negative and add up to one, shape (p,).

    Args:
        said: What each model said of held-out rows, shape (p, n).
        truth: What came true, shape (n,).

    Source:
        Breiman (1996), doi:10.1007/BF00117832 (stacked regressions).
    """
    heavy = FIRMNESS * max(float(np.linalg.norm(truth)), 1.0)
    table = np.vstack([said.T, np.full(len(said), heavy)])
    from scipy.optimize import nnls  # takes as long to load as a prediction

    weights, _ = nnls(table, np.append(truth, heavy))
    return np.asarray(weights / weights.sum())


def stacked_across(said: FloatArray, truth: FloatArray, fold: npt.NDArray[np.intp]) -> FloatArray:
    """Return the weighted answers, shape (n,), each fold's by the weights of the others."""
    blend = np.empty(len(truth))
    for one in np.unique(fold):
        mine = fold == one
        blend[mine] = stacked(said[:, ~mine], truth[~mine]) @ said[:, mine]
    return blend
