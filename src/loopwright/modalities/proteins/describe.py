# SPDX-License-Identifier: Apache-2.0
"""Sequences as numbers: letters for models of sequences, profiles for all others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from loopwright.core.values import FloatArray
from loopwright.science.amino_acids import LETTERS, Z_SCALES
from loopwright.science.chained import CHAIN

__all__ = ["N_POINTS", "profiles", "side_by_side", "tokens_of"]

N_POINTS = 16
"""Stretches that a sequence is cut into for its profile, however long it is."""

BLOCK_ROWS = 2_048

_CODE = np.zeros(128, np.uint8)
_CODE[[ord(c) for c in LETTERS + CHAIN]] = np.arange(1, len(LETTERS) + 2)
_SCALES = np.zeros((len(LETTERS) + 2, Z_SCALES.shape[1]))
_SCALES[1 : len(LETTERS) + 1] = Z_SCALES / 3.0


def tokens_of(texts: Sequence[str], *, width: int) -> npt.NDArray[np.uint8]:
    """Return the letters of each sequence as numbers, shape (n, width); 0 behind the end."""
    tokens = np.zeros((len(texts), width), np.uint8)
    for row, text in enumerate(texts):
        tokens[row, : len(text)] = np.frombuffer(text.encode(), np.uint8)
    return np.take(_CODE, tokens)


def side_by_side(chains: Sequence[npt.NDArray[np.uint8]]) -> npt.NDArray[np.uint8]:
    """Return the letters of chains in one table, a break between two: no chain moves another."""
    parts: list[npt.NDArray[np.uint8]] = []
    for tokens in chains:
        gap = np.full((len(tokens), 1), _CODE[ord(CHAIN)], np.uint8)
        parts += [gap, tokens]
    return np.hstack(parts[1:])


def profiles(tokens: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Return what is known of each sequence without an alignment, shape (n, 101).

    First the z-scales averaged over sixteen stretches of equal length (a stretch shorter than a
    residue repeats it, so that of a short sequence every position is told apart), then the
    share of each amino acid, then the length as log10 / 4.

    Source:
        Sandberg et al. (1998), doi:10.1021/jm9700575 (z-scales of amino acids).
    """
    lengths = (tokens > 0).sum(1)
    out = np.empty((len(tokens), N_POINTS * _SCALES.shape[1] + len(LETTERS) + 1), np.float32)
    for length in np.unique(lengths):
        rows = np.flatnonzero(lengths == length)
        means = _stretches(int(length))
        for start in range(0, len(rows), BLOCK_ROWS):
            some = rows[start : start + BLOCK_ROWS]
            letters = tokens[some, :length]
            profile = np.einsum("pl,nld->npd", means, _SCALES[letters], optimize=True)
            shares = [(letters == code + 1).mean(1) for code in range(len(LETTERS))]
            size = np.full((len(some), 1), np.log10(length) / 4.0)
            joined = np.hstack([profile.reshape(len(some), -1), np.stack(shares, 1), size])
            out[some] = np.round(joined, 6)  # the order of sums depends on how many rows there are
    return out


def _stretches(length: int) -> FloatArray:
    """Return the weight of each residue in each stretch, shape (points, length); rows sum to 1."""
    edges = np.linspace(0.0, length, N_POINTS + 1)
    left = np.maximum(edges[:-1, None], np.arange(length)[None, :])
    right = np.minimum(edges[1:, None], np.arange(1, length + 1)[None, :])
    shared = np.maximum(right - left, 0.0)
    return np.asarray(shared / shared.sum(1, keepdims=True))
