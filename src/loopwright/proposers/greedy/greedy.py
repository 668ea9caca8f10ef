# SPDX-License-Identifier: Apache-2.0
"""Takes the best by mean."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.slate import Score, Slate
from loopwright.science.failing import lottery

__all__ = ["Greedy"]


@frozen(kw_only=True)
class Greedy:
    """Exploits only."""

    is_guided: bool = True

    def score(self, _: Slate) -> Score:
        """Return the mean."""
        return lambda mean, std: mean + 0.0 * std

    def propose(
        self, slate: Slate, batch_size: int, rng: np.random.Generator
    ) -> npt.NDArray[np.intp]:
        """Return the rows of the largest means; ties fall to the earlier row.

        Where candidates may fail, what is above the median of the known counts by the chance.
        """
        nothing = 0.0 if slate.chance is None else slate.typical
        gain = lottery(slate.mean - nothing, slate.chance)
        return np.argsort(-np.round(gain, 9), kind="stable")[:batch_size]
