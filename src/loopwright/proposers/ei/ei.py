# SPDX-License-Identifier: Apache-2.0
"""Expected improvement in batches."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.slate import Score, Slate
from loopwright.science.acquisition import expected_improvement, sequential_batch

__all__ = ["ExpectedImprovement"]


@frozen(kw_only=True)
class ExpectedImprovement:
    """Wants the largest gain over the best."""

    is_guided: bool = True
    hedges: bool = True
    """Where a model knows nothing its doubt is large everywhere, so that it need not be proven."""

    def score(self, slate: Slate) -> Score:
        """Return the expected improvement over the best value known."""
        return lambda mean, std: expected_improvement(mean, std, best=slate.best)

    def propose(
        self, slate: Slate, batch_size: int, rng: np.random.Generator
    ) -> npt.NDArray[np.intp]:
        """Return the rows that are expected to beat the best by most, chosen one by one."""
        return sequential_batch(
            slate.mean,
            slate.std,
            slate.covariance,
            score=self.score(slate),
            noise_std=slate.noise_std,
            batch_size=batch_size,
            chance=slate.chance,
        )
