# SPDX-License-Identifier: Apache-2.0
"""Ehrlich functions: closed-form test problems that look like the design of sequences.

A sequence is feasible if no two letters stand next to each other whose transition is banned. What
it is worth is the product, over hidden motifs, of the share of the motif that it holds, with the
motif's letters at set distances, wherever in the sequence. Letters are codes from 0 here.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.values import FloatArray

__all__ = ["Ehrlich", "Shape"]

Codes = npt.NDArray[np.intp]

SOFTMAX_TEMPERATURE = 0.5
BAND_SHARE = 0.4
"""Of the letters; a letter may be followed by twice as many, and by itself."""


@frozen(kw_only=True)
class Shape:
    """How large and how hard a function is."""

    n_letters: int = 20
    length: int = 32
    n_motifs: int = 4
    motif_length: int = 4
    quantization: int = 4
    """In how many steps a motif counts."""


@frozen(kw_only=True, eq=False)
class Ehrlich:
    """One function: what it bans and what it wants.

    Source:
        Stanton et al. (2024), arXiv:2407.00236; values as in pytorch-holo 0.0.5.
    """

    length: int
    quantization: int
    is_banned: npt.NDArray[np.bool_]
    """Shape (v, v): whether the letter of the column may not follow that of the row."""

    motifs: Codes
    """Shape (c, k): the letters of each motif."""

    places: Codes
    """Shape (c, k): where they stand, counted from the first of the motif."""

    @staticmethod
    def drawn(shape: Shape, seed: int) -> Ehrlich:
        """Return a function of this shape by the published recipe, with numpy's generator.

        The same seed in pytorch-holo gives another function of the same kind.

        Raises:
            ValueError: The motifs do not fit into the length, or the steps not into a motif.
        """
        if shape.motif_length % shape.quantization:
            raise ValueError("quantization does not divide the motif's length")
        rng = np.random.default_rng(seed)
        transitions = _transitions(shape.n_letters, rng)
        motifs = _chain(transitions, shape.n_motifs * shape.motif_length, rng)
        slack = shape.length - shape.n_motifs * shape.motif_length
        if slack < 0:
            raise ValueError("the motifs together are longer than the sequence")
        weights = rng.random((shape.n_motifs, shape.motif_length - 1))
        weights /= weights.sum(1, keepdims=True)
        steps = 1 + np.floor(slack // shape.n_motifs * weights).astype(np.intp)
        return Ehrlich(
            length=shape.length,
            quantization=shape.quantization,
            is_banned=transitions == 0.0,
            motifs=motifs.reshape(shape.n_motifs, shape.motif_length),
            places=np.pad(steps.cumsum(1), ((0, 0), (1, 0))),
        )

    def is_feasible(self, codes: Codes) -> npt.NDArray[np.bool_]:
        """Return whether sequences (n, L) hold no banned transition, shape (n,)."""
        return np.asarray(~self.is_banned[codes[:, :-1], codes[:, 1:]].any(axis=1))

    def values(self, codes: Codes) -> FloatArray:
        """Return what sequences (n, L) are worth, 0 to 1, shape (n,); NaN where infeasible."""
        worth = np.ones(len(codes))
        per_step = -(-self.motifs.shape[1] // self.quantization)
        n_steps = self.motifs.shape[1] / per_step
        for motif, places in zip(self.motifs, self.places, strict=True):
            starts = np.arange(self.length - places[-1])
            held = sum(codes[:, starts + p] == m for m, p in zip(motif, places, strict=True))
            worth *= np.max(held, axis=1) // per_step / n_steps
        return np.where(self.is_feasible(codes), worth, np.nan)

    def optimum(self) -> Codes:
        """Return a sequence of value 1, shape (L,): motif after motif, gaps filled by repeats."""
        letters: list[int] = []
        for motif, places in zip(self.motifs, self.places, strict=True):
            ends = [*places[1:], places[-1] + 1]
            for letter, start, end in zip(motif, places, ends, strict=True):
                letters += [int(letter)] * int(end - start)
        letters += letters[-1:] * (self.length - len(letters))
        return np.array(letters, np.intp)

    def start(self, seed: int) -> Codes:
        """Return a feasible sequence drawn at random, shape (L,)."""
        return _chain((~self.is_banned).astype(float), self.length, np.random.default_rng(seed))


def _transitions(n_letters: int, rng: np.random.Generator) -> FloatArray:
    """Return how likely each letter follows each, shape (v, v); banned ones are 0."""
    logits = rng.standard_normal((n_letters, n_letters)) / SOFTMAX_TEMPERATURE
    ahead = (np.arange(n_letters)[None, :] - np.arange(n_letters)[:, None]) % n_letters
    width = int(n_letters * BAND_SHARE)
    is_open = np.minimum(ahead, n_letters - ahead) <= width
    is_open = is_open[rng.permutation(n_letters)] | np.eye(n_letters, dtype=bool)
    weights = np.where(is_open, np.exp(logits), 0.0)
    return np.asarray(weights / weights.sum(1, keepdims=True))


def _chain(weights: FloatArray, length: int, rng: np.random.Generator) -> Codes:
    """Return letters (L,), each drawn by the weights of its predecessor's row."""
    shares = weights / weights.sum(1, keepdims=True)
    letters = [int(rng.integers(len(shares)))]
    while len(letters) < length:
        letters.append(int(rng.choice(len(shares), p=shares[letters[-1]])))
    return np.array(letters, np.intp)
