# SPDX-License-Identifier: Apache-2.0
"""The upper confidence bound in batches."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.slate import Score, Slate
from loopwright.science.acquisition import sequential_batch

__all__ = ["UpperConfidenceBound"]


@frozen(kw_only=True)
class UpperConfidenceBound:
    """Gives every candidate the benefit of the doubt; none of it in the last batch.

    Where candidates may fail, what is above the median of the known counts by the chance.
    """

    beta: float
    last_beta: float
    is_guided: bool = True

    def score(self, slate: Slate) -> Score:
        """Return mean + beta * std; where candidates may fail, above the median of the known."""
        beta = self.beta if slate.cycles_left > 0 else self.last_beta
        nothing = 0.0 if slate.chance is None else slate.typical
        return lambda mean, std: mean - nothing + beta * std

    def propose(
        self, slate: Slate, batch_size: int, rng: np.random.Generator
    ) -> npt.NDArray[np.intp]:
        """Return the rows of the largest mean + beta * std, chosen one by one."""
        return sequential_batch(
            slate.mean,
            slate.std,
            slate.covariance,
            score=self.score(slate),
            noise_std=slate.noise_std,
            batch_size=batch_size,
            chance=slate.chance,
        )
