# SPDX-License-Identifier: Apache-2.0
"""The expected improvement of a batch as a whole, over joint draws."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.slate import Slate
from loopwright.science.acquisition import expected_improvement
from loopwright.science.desirability import best_in_most_worlds
from loopwright.science.draws import truths
from loopwright.science.failing import lottery, successes

__all__ = ["JointImprovement"]


@frozen(kw_only=True)
class JointImprovement:
    """Wants, in as many possible worlds as can be, one candidate that beats the best by much.

    A second pick counts only where it is better than the first, so a batch spreads its bets.
    """

    draws: int
    shortlist: int
    is_guided: bool = True
    hedges: bool = True
    """Where a model knows nothing its draws are anyone's, so that it need not be proven first."""

    def propose(
        self, slate: Slate, batch_size: int, rng: np.random.Generator
    ) -> npt.NDArray[np.intp]:
        """Return the rows whose best is expected to beat the best by most, most wanted first."""
        hope = np.round(slate.mean + slate.std, 9)
        alone = expected_improvement(slate.mean, slate.std, best=slate.best)
        alone = np.round(lottery(alone, slate.chance), 9)
        size = max(self.shortlist, 4 * batch_size)
        rows = np.sort(np.lexsort((-hope, -alone))[:size])
        drawn = truths(slate.mean[rows], slate.covariance(rows), n=self.draws, rng=rng)
        best = slate.best if np.isfinite(slate.best) else float(drawn.min())
        gain = np.maximum(drawn - best, 0.0)
        if slate.chance is not None:
            gain *= successes(slate.chance[rows], n=self.draws, rng=rng)
        picks = best_in_most_worlds(gain, hope[rows], batch_size=batch_size)
        chosen: npt.NDArray[np.intp] = rows[picks]
        return chosen
