# SPDX-License-Identifier: Apache-2.0
"""The expected improvement of a batch as a whole, over joint draws."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import evolve, frozen

from loopwright.core.slate import Parts, Plan, Slate, Tipping
from loopwright.core.values import FloatArray
from loopwright.science.acquisition import expected_improvement
from loopwright.science.counterfactual import parts_of
from loopwright.science.desirability import best_in_most_worlds
from loopwright.science.draws import truths
from loopwright.science.failing import lottery, successes
from loopwright.science.worlds_won import Worlds

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

    def plan(self, slate: Slate, batch_size: int, rng: np.random.Generator) -> Plan:
        """Return himself, with the worlds that this batch is chosen in, to account for it."""
        drawn = _Drawn(improvement=self, state=rng.bit_generator.state)
        return Plan(proposer=drawn, why=f"in {self.draws:,} possible worlds")

    def propose(
        self, slate: Slate, batch_size: int, rng: np.random.Generator
    ) -> npt.NDArray[np.intp]:
        """Return the rows whose best is expected to beat the best by most, most wanted first."""
        rows, worlds = self.worlds(slate, batch_size, rng)
        gain = worlds.gain
        if slate.chance is not None:
            gain = gain * successes(slate.chance[rows], n=self.draws, rng=rng)
        hope = _hope(slate)[rows]
        chosen: npt.NDArray[np.intp] = rows[best_in_most_worlds(gain, hope, batch_size=batch_size)]
        return chosen

    def worlds(
        self, slate: Slate, batch_size: int, rng: np.random.Generator
    ) -> tuple[npt.NDArray[np.intp], Worlds]:
        """Return the rows of the shortlist, and their true values in possible worlds."""
        alone = expected_improvement(slate.mean, slate.std, best=slate.best)
        alone = np.round(lottery(alone, slate.chance), 9)
        size = max(self.shortlist, 4 * batch_size)
        rows = np.sort(np.lexsort((-_hope(slate), -alone))[:size])
        drawn = truths(slate.mean[rows], slate.covariance(rows), n=self.draws, rng=rng)
        best = slate.best if np.isfinite(slate.best) else float(drawn.min())
        return rows, Worlds(values=drawn, mean=slate.mean[rows], std=slate.std[rows], best=best)


@frozen(kw_only=True)
class _Drawn:
    """The same, in worlds that can be drawn again."""

    improvement: JointImprovement
    state: Any
    """Of the generator, before the worlds are drawn."""

    def propose(
        self, slate: Slate, batch_size: int, rng: np.random.Generator
    ) -> npt.NDArray[np.intp]:
        """Return the rows of the batch."""
        return self.improvement.propose(slate, batch_size, rng)

    def parts(self, slate: Slate, rows: npt.NDArray[np.intp]) -> Parts:
        """Return what each pick owes its place to."""
        places, _, worlds = self._worlds(slate, rows)
        parts = parts_of(
            lambda mean, std: expected_improvement(mean, std, best=worlds.best),
            at=(slate.mean[rows], slate.std[rows]),
            left=slate.std[rows],
            typical=(float(np.median(slate.mean)), float(np.median(slate.std))),
        )
        return evolve(parts, diversity=worlds.lost_to_earlier(places))

    def tipping(self, slate: Slate, rows: npt.NDArray[np.intp]) -> Tipping:
        """Return how much each pick could lose."""
        places, shortlist, worlds = self._worlds(slate, rows)
        told = worlds.tipping(places)
        there = told.successor >= 0
        return evolve(told, successor=np.where(there, shortlist[told.successor], -1))

    def _worlds(
        self, slate: Slate, rows: npt.NDArray[np.intp]
    ) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], Worlds]:
        """Return where rows stand on the shortlist, the shortlist, and its worlds."""
        n, rng = max(len(rows), 1), np.random.default_rng()
        while True:
            rng.bit_generator.state = self.state
            shortlist, worlds = self.improvement.worlds(slate, n, rng)
            if np.isin(rows, shortlist).all():
                return np.searchsorted(shortlist, rows), shortlist, worlds
            n *= 2  # a cap had it asked for more


def _hope(slate: Slate) -> FloatArray:
    """Return what counts where nobody is expected to beat the best."""
    return np.asarray(np.round(slate.mean + slate.std, 9))
