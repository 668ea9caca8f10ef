# SPDX-License-Identifier: Apache-2.0
"""Thompson sampling from the joint distribution of a shortlist."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.slate import Slate
from loopwright.science.draws import symmetric_root
from loopwright.science.failing import lottery

__all__ = ["Thompson"]


@frozen(kw_only=True)
class Thompson:
    """Chooses each candidate as often as it is likely to be the best."""

    shortlist: int = 2_000
    is_guided: bool = True
    hedges: bool = True
    """Where a model knows nothing its draws are anyone's, so that it need not be proven first."""

    def propose(
        self, slate: Slate, batch_size: int, rng: np.random.Generator
    ) -> npt.NDArray[np.intp]:
        """Return distinct rows, each the best of its own draw among those still open."""
        bound = np.round(slate.mean + 3.0 * slate.std, 9)
        size = min(len(bound), max(self.shortlist, 2 * batch_size))
        if slate.chance is not None and size < len(bound):
            bound = lottery(bound - bound.min(), slate.chance)
        rows = np.sort(np.argsort(-bound, kind="stable")[:size])
        root = symmetric_root(slate.covariance(rows))
        picks = np.empty(min(batch_size, size), np.intp)
        open_ = np.ones(size, bool)
        for i in range(len(picks)):
            draw = slate.mean[rows] + root @ rng.standard_normal(size)
            if slate.chance is not None:  # who fails in this world is behind all who do not
                fails = rng.random(size) >= slate.chance[rows]
                draw -= fails * (1.0 + 2.0 * np.ptp(draw))
            picks[i] = np.argmax(np.where(open_, draw, -np.inf))
            open_[picks[i]] = False
        return rows[picks]
