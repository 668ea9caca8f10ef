# SPDX-License-Identifier: Apache-2.0
"""Expected desirability in batches, over joint draws of all goals."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.slate import Account, Outlook, Slate, Tipping
from loopwright.core.values import FloatArray
from loopwright.science.desirability import best_in_most_worlds, desirability, overall
from loopwright.science.failing import successes
from loopwright.science.purse import cost_ratios
from loopwright.science.worlds import Drawn, draw, draw_with, futures, witnesses, worths
from loopwright.science.worlds_won import parts_won, tipping_by_goal

__all__ = ["Desirability"]


@frozen(kw_only=True)
class Desirability:
    """Wants, in every possible world, one candidate at least that has most of what is wanted.

    A goal is fully met from its threshold on (without one, at the best that is known or drawn) and
    not at all at the worst that is known. Who breaks a limit, or fails, has nothing.
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
        found = draw(slate, self._size(batch_size), n=self.draws, rng=rng)
        rows, drawn = found.rows, found.worth
        desirable = _desirable(goals, drawn, _ends(goals, drawn))
        if slate.chance is not None:
            desirable *= successes(slate.chance[rows], n=self.draws, rng=rng)
        picks = best_in_most_worlds(
            desirable,
            _nearness(drawn),
            batch_size=batch_size,
            cost=None if slate.cost is None else slate.cost[rows],
            purse=slate.purse,
        )
        chosen: npt.NDArray[np.intp] = rows[picks]
        return chosen

    def account(
        self, slate: Slate, rows: npt.NDArray[np.intp], rng: np.random.Generator
    ) -> Account:
        """Return by how much the most desirable of the batch exceeds the best that is known.

        The parts are those of what he chose by: desirability as such, above nothing.
        """
        goals = slate.goals
        drawn, places = draw_with(slate, rows, self._size(len(rows)), n=self.draws, rng=rng)
        ends = _ends(goals, drawn.worth)
        won, certain = (
            _desirable(goals, told, ends) for told in witnesses(goals, drawn, places, rng)
        )
        known = np.stack([goal.worth(goal.known) for goal in goals], axis=1)
        best = _desirable(goals, known[None], ends).max(initial=0.0)
        later, own = futures(slate, rows, rng)
        more = np.maximum(_desirable(goals, later, ends) - best, 0.0)
        return Account(
            parts=parts_won(won, certain[0], cost_ratios(slate.cost, slate.purse, rows)),
            gains=more[:, own].max(axis=1),
            left=more.max(axis=1),
            unit="points of desirability",
            tipping=partial(_tipping, goals, drawn, places, ends),
        )

    def _size(self, batch_size: int) -> int:
        """Return how many are drawn."""
        return max(self.shortlist, 2 * batch_size)


def _tipping(
    goals: Sequence[Outlook],
    drawn: Drawn,
    places: npt.NDArray[np.intp],
    ends: Sequence[tuple[float, float]],
) -> Tipping:
    """Return how much each pick could lose."""
    has = _desirable(goals, drawn.worth, ends)
    each = [has[:, np.delete(places, i)].max(axis=1, initial=0.0) for i in range(len(places))]

    def wins(i: int, values: FloatArray) -> float:
        own = _desirable(goals, worths(goals, values[:, None]), ends)[:, 0]
        return float(np.maximum(own - each[i], 0.0).mean())

    beyond = np.stack([np.maximum(has - won[:, None], 0.0).mean(axis=0) for won in each])
    return tipping_by_goal(goals, drawn, places, beyond=beyond, wins=wins)


def _ends(goals: Sequence[Outlook], drawn: FloatArray) -> list[tuple[float, float]]:
    """Return of each goal the worth that has nothing of what is wanted, and that has all of it."""
    return [_end(goal, drawn[:, :, j]) for j, goal in enumerate(goals)]


def _end(goal: Outlook, worth: FloatArray) -> tuple[float, float]:
    known = goal.worth(goal.known)
    top = max(known.max(initial=-np.inf), worth.max())
    full = float(top) if goal.floor is None else goal.floor
    none = known.min(initial=np.inf)
    return float(none if none < full else min(none, worth.min())), full


def _desirable(
    goals: Sequence[Outlook], worth: FloatArray, ends: Sequence[tuple[float, float]]
) -> FloatArray:
    """Return the desirability of each candidate in each world, shape (s, m)."""
    kept = np.ones(worth.shape[:2], bool)
    for j in (j for j, goal in enumerate(goals) if goal.is_limit):
        kept &= worth[:, :, j] >= 0.0
    wanted = [j for j, goal in enumerate(goals) if not goal.is_limit]
    each = [desirability(worth[:, :, j], none=ends[j][0], full=ends[j][1]) for j in wanted]
    weights = np.array([goals[j].weight for j in wanted])
    return np.where(kept, overall(np.stack(each, axis=2), weights), 0.0)


def _nearness(drawn: FloatArray) -> FloatArray:
    """Return what candidates are worth on average, in spreads of each goal, shape (m,)."""
    spread = np.maximum(drawn.std(axis=(0, 1)), 1e-12)
    near: FloatArray = (drawn / spread).mean(axis=(0, 2))
    return near
