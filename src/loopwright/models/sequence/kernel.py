# SPDX-License-Identifier: Apache-2.0
"""How alike two sequences are to the process: a product over the positions.

Two letters a and b at position i contribute the factor

    1 - rho_i + rho_i ((1 - w) [a = b] + w exp(-d(a, b)^2 / l^2))

where d is the distance of their physico-chemical scales. With w = 0 this is the exponential of a
weighted Hamming distance; rho_i says how much of the value a change at position i may overturn.
The product holds every order of interaction between positions. Equal sequences have likeness 1.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.values import FloatArray
from loopwright.science.amino_acids import LETTERS, distances

__all__ = ["APART", "N_AMINO_CODES", "N_CODES", "Hyper", "Sites", "letters_alike", "likeness"]

Tokens = npt.NDArray[np.uint8]
Float32 = npt.NDArray[np.float32]

N_AMINO_CODES = len(LETTERS) + 2
"""Nothing, the amino acids, a chain break."""

N_CODES = 64
"""Nothing, the amino acids, a chain break, letters of no chemistry: the numbers of tokens."""

APART: FloatArray = np.full((N_CODES, N_CODES), np.inf)
"""Squared distance of two tokens; infinite if one of them is no amino acid."""

np.fill_diagonal(APART, 0.0)
APART[1 : len(LETTERS) + 1, 1 : len(LETTERS) + 1] = distances()


@frozen(kw_only=True, eq=False)
class Hyper:
    """What the marginal likelihood chooses; all dimensionless."""

    noise: float
    """Variance of one measurement, as a share of the prior variance."""

    rho: FloatArray
    """Weight of each position that varies among the training rows, 0 to 1, shape (sites,)."""

    rest: float
    """Weight of every other position."""

    mix: float
    """How far letters of like chemistry share what is known of them, 0 to 1."""

    length: float
    """Length scale of the chemistry; 1 is the distance of a typical pair of letters."""


@frozen(kw_only=True, eq=False)
class Sites:
    """Which positions differ among the training rows, and what stands at the others."""

    varies: npt.NDArray[np.intp]
    """Positions, ascending."""

    first: Tokens
    """The first training row, shape (L,)."""

    @staticmethod
    def of(tokens: Tokens) -> Sites:
        """Return the sites of training rows, shape (n, L)."""
        return Sites(varies=np.flatnonzero((tokens != tokens[0]).any(0)), first=tokens[0])


def letters_alike(mix: float, length: float, apart: FloatArray = APART) -> FloatArray:
    """Return how alike two tokens are, shape (codes, codes), 1 on the diagonal."""
    return np.asarray((1.0 - mix) * np.eye(len(apart)) + mix * np.exp(-apart / length**2))


def likeness(a: Tokens, b: Tokens, sites: Sites, hyper: Hyper) -> Float32:
    """Return prior correlations of the rows of ``a`` (n) and ``b`` (m), shape (n, m).

    Args:
        a: Any rows of the width of the training rows.
        b: Likewise.
        sites: Of the training rows.
        hyper: The weights.
    """
    alike = letters_alike(hyper.mix, hyper.length)
    out = np.ones((len(a), len(b)), np.float32)
    weights = np.full(a.shape[1], hyper.rest)
    weights[sites.varies] = hyper.rho
    departs = (a != sites.first).any(0) | (b != sites.first).any(0)
    for column in np.flatnonzero(departs):
        table = (1.0 - weights[column] * (1.0 - alike)).astype(np.float32)
        out *= table[:, b[:, column]][a[:, column]]
    return out
