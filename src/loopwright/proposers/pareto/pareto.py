# SPDX-License-Identifier: Apache-2.0
"""Expected hypervolume improvement in batches, by Monte Carlo over joint draws.

A world in which a candidate breaks a limit, or fails, is one in which it brings nothing.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.slate import Outlook, Slate
from loopwright.core.values import FloatArray
from loopwright.science.failing import successes
from loopwright.science.hypervolume import best_together
from loopwright.science.worlds import leaders, within_limits, worlds

__all__ = ["Pareto"]

Rows = npt.NDArray[np.intp]


@frozen(kw_only=True)
class Pareto:
    """Wants the batch that widens the Pareto front most, as far as it counts for every goal."""

    draws: int = 64
    shortlist: int = 600
    is_guided: bool = True
    hedges: bool = True
    """Where a model knows nothing its draws are anyone's, so that it need not be proven first."""

    def propose(self, slate: Slate, batch_size: int, rng: np.random.Generator) -> Rows:
        """Return the rows that widen the front most together, then those nearest to the goals."""
        goals = slate.goals
        size = min(len(slate.mean), max(self.shortlist, 2 * batch_size))
        rows = leaders(goals, size, rng, chance=slate.chance)
        draws = worlds(goals, rows, n=self.draws, rng=rng)
        front = np.stack([g.worth(g.known) for g in goals], axis=1)
        reference = np.array([_reference(g, draws[:, :, j]) for j, g in enumerate(goals)])
        made = np.ones(draws.shape[:2], bool)
        if slate.chance is not None:
            made = successes(slate.chance[rows], n=self.draws, rng=rng)
        picks = best_together(
            np.where(made[:, :, None], within_limits(goals, draws), -np.inf),
            within_limits(goals, front),
            reference[[not goal.is_limit for goal in goals]],
            batch_size=batch_size,
            rng=rng,
            cost=None if slate.cost is None else slate.cost[rows],
            purse=slate.purse,
        )
        n_more = min(batch_size, len(rows)) - len(picks)
        more = _nearest(_closeness(draws, reference, made), picks, n_more)
        chosen: Rows = rows[np.concatenate([picks, more])]
        return chosen


def _reference(goal: Outlook, drawn: FloatArray) -> float:
    """Return the worth above which a candidate counts: the floor, or the worst that is known.

    Where nothing is, the worst that was drawn: it lies further off the more is in doubt, so that
    corners of the front would count for more than what lies between them.
    """
    if goal.floor is not None:
        return float(np.nextafter(goal.floor, -np.inf))
    known = goal.worth(goal.known) if len(goal.known) else drawn
    return float(known.min()) - 1e-9


def _closeness(draws: FloatArray, reference: FloatArray, made: npt.NDArray[np.bool_]) -> FloatArray:
    """Return how little each falls short of the goals in each draw, shape (s, m); last who fail."""
    spread = np.maximum(draws.std(axis=(0, 1)), 1e-12)
    short = (np.minimum(draws - reference, 0.0) / spread).sum(axis=2)
    tie = 1e-6 * ((draws - reference) / spread).sum(axis=2)
    closeness: FloatArray = short + tie
    return np.where(made, closeness, closeness - 1.0 - np.ptp(closeness))


def _nearest(closeness: FloatArray, taken: Rows, n: int) -> Rows:
    """Return n more rows: of one draw after another the one that falls short of the goals least."""
    closeness[:, taken] = -np.inf
    picks = np.empty(n, np.intp)
    for i in range(n):
        picks[i] = np.argmax(closeness[i % len(closeness)])
        closeness[:, picks[i]] = -np.inf
    return picks
