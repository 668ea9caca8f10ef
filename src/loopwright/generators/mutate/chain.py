# SPDX-License-Identifier: Apache-2.0
"""Rows of letters as a chain: which neighbours are feasible, and how to draw rows by weights.

Codes of letters run from 0 to v - 1. Shapes: n rows, L positions, v letters.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from loopwright.core.values import FloatArray
from loopwright.science.blame import blame

__all__ = ["Codes", "Mask", "drawn", "events", "neighbour_risk", "risk_of"]

Codes = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]

PRIOR_RISK = 0.2
"""Probability that two letters may not be neighbours, before anything is known of them."""

TRUST = 2.0
"""How fast the risk falls with every measured row in which they were neighbours."""


def neighbour_risk(fine: Codes, failed: Codes, n_letters: int) -> FloatArray:
    """Return how likely a row fails for each pair of neighbours, shape (v, v).

    Learned from rows that could be measured (n, L) and rows that failed (m, L).
    """
    n_pairs = n_letters**2
    n_seen = np.bincount(_pairs(fine, n_letters).ravel(), minlength=n_pairs)
    prior: FloatArray = np.asarray(PRIOR_RISK / (1.0 + TRUST * n_seen) ** 2)
    suspects = _pairs(failed, n_letters)
    there = events(suspects, np.ones(suspects.shape, bool), n_pairs)
    guilt = blame(there, np.ones(len(failed), bool), prior=prior)
    return np.asarray(np.where(n_seen, prior / 4.0, guilt).reshape(n_letters, n_letters))


def risk_of(rows: Codes, risk: FloatArray) -> FloatArray:
    """Return the probability that each row fails, shape (n,)."""
    return np.asarray(1.0 - np.exp(np.log1p(-risk[rows[:, :-1], rows[:, 1:]]).sum(1)))


def events(causes: Codes, is_there: Mask, n_causes: int) -> csr_array:
    """Return which causes were there on which occasion, from their numbers (n, k)."""
    per_row = is_there.sum(1)
    starts = np.concatenate([[0], per_row.cumsum()])
    ones = np.ones(int(starts[-1]))
    return csr_array((ones, causes[is_there], starts), shape=(len(causes), n_causes))


def drawn(sites: FloatArray, follows: FloatArray, rng: np.random.Generator) -> Codes:
    """Draw rows, each with probability in proportion to the product of its weights.

    Args:
        sites: Weight of each letter at each position of each row, shape (n, L, v).
        follows: Weight of each letter behind each, shape (v, v).
        rng: Draws.

    Returns:
        Codes, shape (n, L); forward filtering and backward sampling, so positions that are held
        fix what may stand beside them.
    """
    n, length, n_letters = sites.shape
    ahead = np.ones((n, length, n_letters))
    for place in range(length - 2, -1, -1):
        message = (sites[:, place + 1] * ahead[:, place + 1]) @ follows.T
        ahead[:, place] = message / message.max(1, keepdims=True)
    rows = np.empty((n, length), np.intp)
    for place in range(length):
        weights = sites[:, place] * ahead[:, place]
        if place:
            weights *= follows[rows[:, place - 1]]
        heights = weights.cumsum(1)
        level = rng.random(n) * heights[:, -1]
        rows[:, place] = np.minimum((heights <= level[:, None]).sum(1), n_letters - 1)
    return rows


def _pairs(rows: Codes, n_letters: int) -> Codes:
    """Return the number of each pair of neighbours, shape (n, L - 1)."""
    return np.asarray(rows[:, :-1] * n_letters + rows[:, 1:])
