# SPDX-License-Identifier: Apache-2.0
"""Expected desirability in batches, over joint draws of all goals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.slate import Outlook, Slate
from loopwright.core.values import FloatArray
from loopwright.science.desirability import best_in_most_worlds, desirability, overall
from loopwright.science.worlds import leaders, worlds

__all__ = ["Desirability"]


@frozen(kw_only=True)
class Desirability:
    """Wants, in every possible world, one candidate at least that has most of what is wanted.

    A goal is fully met from its threshold on (without one, at the best that is known or drawn) and
    not at all at the worst that is known. Who breaks a limit has nothing.
    """

    draws: int = 256
    shortlist: int = 600
    is_guided: bool = True
    hedges: bool = True
    """Where a model knows nothing its draws are anyone's, so that it need not be proven first."""

    def propose(
        self, slate: Slate, batch_size: int, rng: np.random.Generator
    ) -> npt.NDArray[np.intp]:
        """Return the rows whose best is expected to be most desirable, most wanted first."""
        goals = slate.goals
        size = min(len(slate.mean), max(self.shortlist, 2 * batch_size))
        rows = leaders(goals, size, rng)
        drawn = worlds(goals, rows, n=self.draws, rng=rng)
        picks = best_in_most_worlds(
            _desirable(goals, drawn),
            _nearness(drawn),
            batch_size=batch_size,
            cost=None if slate.cost is None else slate.cost[rows],
            purse=slate.purse,
        )
        chosen: npt.NDArray[np.intp] = rows[picks]
        return chosen


def _desirable(goals: Sequence[Outlook], drawn: FloatArray) -> FloatArray:
    """Return the desirability of each candidate in each world, shape (s, m)."""
    each, kept = [], np.ones(drawn.shape[:2], bool)
    for j, goal in enumerate(goals):
        worth = drawn[:, :, j]
        if goal.is_limit:
            kept &= worth >= 0.0
            continue
        known = goal.worth(goal.known)
        top = max(known.max(initial=-np.inf), worth.max())
        full = float(top) if goal.floor is None else goal.floor
        none = known.min(initial=np.inf)
        none = float(none if none < full else min(none, worth.min()))
        each.append(desirability(worth, none=none, full=full))
    weights = np.array([goal.weight for goal in goals if not goal.is_limit])
    return np.where(kept, overall(np.stack(each, axis=2), weights), 0.0)


def _nearness(drawn: FloatArray) -> FloatArray:
    """Return what candidates are worth on average, in spreads of each goal, shape (m,)."""
    spread = np.maximum(drawn.std(axis=(0, 1)), 1e-12)
    near: FloatArray = (drawn / spread).mean(axis=(0, 2))
    return near
