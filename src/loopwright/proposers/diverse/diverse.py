# SPDX-License-Identifier: Apache-2.0
"""Max-min choice by similarity."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.slate import Slate
from loopwright.science.acquisition import max_min
from loopwright.science.similarity import nearest, similarity

__all__ = ["Diverse"]

SAMPLE = 5_000
"""Candidates that are compared pairwise at most (100 MB); a larger slate is sampled first."""


@frozen(kw_only=True)
class Diverse:
    """Fills the emptiest places first; starts from a drawn one when nothing is known."""

    is_guided: bool = False

    def propose(
        self, slate: Slate, batch_size: int, rng: np.random.Generator
    ) -> npt.NDArray[np.intp]:
        """Return rows far from the known ones and from each other, and unlikely to fail."""
        size = min(len(slate.features), max(SAMPLE, 2 * batch_size))
        rows = np.sort(rng.permutation(len(slate.features))[:size])
        sample = slate.features.take(rows)
        alike = similarity(sample, sample)
        if len(slate.known):
            to_known = nearest(sample, slate.known, k=1)[1][:, 0].astype(float)
        else:
            to_known = np.zeros(size)
            to_known[rng.integers(size)] = -1.0
        chance = None if slate.chance is None else slate.chance[rows]
        return rows[max_min(alike, to_known, batch_size=batch_size, chance=chance)]
