# SPDX-License-Identifier: Apache-2.0
"""The upper confidence bound that would find most in what is left of the campaign."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.slate import Plan, Slate
from loopwright.proposers.ucb.ucb import UpperConfidenceBound
from loopwright.science.lookahead import finds

__all__ = ["Adaptive"]

SHORTLIST = 400
"""Candidates that a world is made of."""

HOPE = 2.0
"""Standard deviations of doubt that bring a candidate onto the shortlist."""

LARGEST_BATCH = 24
"""Candidates in a batch of a world; a larger batch is played on a thinned shortlist."""

FARTHEST = 5
"""Batches after this one that are played at most."""


@frozen(kw_only=True)
class Adaptive:
    """Plays the batches that are left with each degree of exploring, then chooses by the best.

    The doubt is taken as calibration corrects it. In the last batch, after which nothing can be
    learned from, none is played.
    """

    betas: tuple[float, ...]
    n_worlds: int
    is_guided: bool = True

    def plan(self, slate: Slate, batch_size: int, rng: np.random.Generator) -> Plan:
        """Return the upper confidence bound of this batch, and what it has shown."""
        rows, size = _thinned(slate, max(batch_size, 1))
        cycles_left = min(slate.cycles_left, FARTHEST, len(rows) // size - 1)
        if cycles_left < 1:
            return Plan(proposer=_bound(0.0), why="doubt counts nothing, as no batch follows")
        shares = finds(
            slate.mean[rows],
            slate.covariance(rows) * slate.calibration**2,
            betas=self.betas,
            noise_std=slate.noise_std,
            batch_size=size,
            cycles_left=cycles_left,
            n_worlds=self.n_worlds,
            rng=rng,
        ).mean(axis=1)
        best = int(np.argmax(shares))
        return Plan(
            proposer=_bound(self.betas[best] * slate.calibration),
            why=f"doubt counts {self.betas[best]:g}-fold, "
            f"by which {cycles_left + 1} batches played ahead find most",
        )

    def propose(
        self, slate: Slate, batch_size: int, rng: np.random.Generator
    ) -> npt.NDArray[np.intp]:
        """Return the batch of the upper confidence bound that a plan has found."""
        return self.plan(slate, batch_size, rng).proposer.propose(slate, batch_size, rng)


def _bound(beta: float) -> UpperConfidenceBound:
    return UpperConfidenceBound(beta=beta, last_beta=0.0)


def _thinned(slate: Slate, batch_size: int) -> tuple[npt.NDArray[np.intp], int]:
    """Return the rows that a world is made of, ascending, and the size of a batch in it.

    Of what promises most every k-th is taken, so that a batch of k times as many fits.
    """
    step = -(-batch_size // LARGEST_BATCH)
    order = np.argsort(-(slate.mean + HOPE * slate.std), kind="stable")
    rows: npt.NDArray[np.intp] = np.sort(order[: step * SHORTLIST : step])
    return rows, batch_size // step
