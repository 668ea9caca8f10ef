# SPDX-License-Identifier: Apache-2.0
"""The batch that finds and tells most for what the campaign can still measure."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.slate import Parts, Plan, Slate, Tipping
from loopwright.proposers.greedy.greedy import Greedy
from loopwright.science.knowledge import (
    Prospect,
    parts_of_batch,
    telling_batch,
    tipping_of_batch,
)

__all__ = ["Knowledge"]


@frozen(kw_only=True)
class Knowledge:
    """Weighs finding against learning by the batches that are left.

    The doubt is taken as calibration corrects it. In the last batch, after which nothing can be
    made of what is told, the largest means are taken.
    """

    is_guided: bool = True

    def plan(self, slate: Slate, batch_size: int, rng: np.random.Generator) -> Plan:
        """Return who chooses this batch: the means if it is the last one."""
        if slate.cycles_left < 1:
            return Plan(proposer=Greedy(), why="by the mean, as no batch follows")
        more = f"{slate.cycles_left} more batch" + "es" * (slate.cycles_left > 1)
        return Plan(proposer=_Telling(batch_size=batch_size), why=f"with {more} to come")

    def propose(
        self, slate: Slate, batch_size: int, rng: np.random.Generator
    ) -> npt.NDArray[np.intp]:
        """Return the rows of the plan."""
        return self.plan(slate, batch_size, rng).proposer.propose(slate, batch_size, rng)


@frozen(kw_only=True)
class _Telling:
    """Every batch but the last."""

    batch_size: int
    """Candidates that are asked for now."""

    def parts(self, slate: Slate, rows: npt.NDArray[np.intp]) -> Parts:
        """Return what each pick owes its place to."""
        return parts_of_batch(self._prospect(slate), rows)

    def tipping(self, slate: Slate, rows: npt.NDArray[np.intp]) -> Tipping:
        """Return how much each pick could lose."""
        return tipping_of_batch(self._prospect(slate), rows)

    def propose(
        self, slate: Slate, batch_size: int, _: np.random.Generator
    ) -> npt.NDArray[np.intp]:
        """Return the rows that find and tell most, chosen one by one."""
        return telling_batch(self._prospect(slate), batch_size)

    def _prospect(self, slate: Slate) -> Prospect:
        right = slate.calibration
        return Prospect(
            mean=slate.mean,
            std=right * slate.std,
            covariance=lambda rows: right**2 * slate.covariance(rows),
            noise_std=slate.noise_std,
            n_paid=self._n_paid(slate),
            chance=slate.chance,
        )

    def _n_paid(self, slate: Slate) -> int:
        """Return how many candidates this batch and those to come can measure."""
        n = self.batch_size + slate.cycles_left * (slate.batch_size or self.batch_size)
        if slate.cost is None or not np.isfinite(slate.purse):
            return max(n, 1)
        share = slate.purse / max(self.batch_size * float(slate.cost.mean()), 1e-300)
        return max(int(min(share, 1.0) * n), 1)
