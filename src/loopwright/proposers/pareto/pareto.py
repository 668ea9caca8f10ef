# SPDX-License-Identifier: Apache-2.0
"""Expected hypervolume improvement in batches, by Monte Carlo over joint draws.

A world in which a candidate breaks a limit, or fails, is one in which it brings nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.slate import OF_ALL_ON_OFFER, Account, Outlook, Slate, Tipping
from loopwright.core.values import FloatArray
from loopwright.science.failing import successes
from loopwright.science.hypervolume import best_together, growth, is_on_front, sounding
from loopwright.science.purse import cost_ratios
from loopwright.science.worlds import (
    Drawn,
    draw,
    draw_with,
    futures,
    within_limits,
    witnesses,
    worths,
)
from loopwright.science.worlds_won import parts_won, tipping_by_goal

__all__ = ["Pareto"]

Rows = npt.NDArray[np.intp]

SPECK = 1e-6
"""Part of what could be added below which what is known counts for nothing."""


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
        found = draw(slate, self._size(batch_size), n=self.draws, rng=rng)
        rows, draws = found.rows, found.worth
        reference = _reference(goals, draws)
        made = np.ones(draws.shape[:2], bool)
        if slate.chance is not None:
            made = successes(slate.chance[rows], n=self.draws, rng=rng)
        picks = best_together(
            np.where(made[:, :, None], within_limits(goals, draws), -np.inf),
            _known(goals),
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

    def account(self, slate: Slate, rows: Rows, rng: np.random.Generator) -> Account:
        """Return by how much the batch widens what is known: its hypervolume."""
        size, goals = self._size(len(rows)), slate.goals
        drawn, places = draw_with(slate, rows, size, n=self.draws, rng=rng)
        reference = _reference(goals, drawn.worth)[[not goal.is_limit for goal in goals]]
        front = _known(goals)
        front = front[is_on_front(front)]
        told = [within_limits(goals, one) for one in witnesses(goals, drawn, places, rng)]
        found = sounding(np.concatenate(told), front, reference, rng)
        won, certain = (found.covered(one) for one in told)
        parts = parts_won(
            won.reshape(-1, len(rows) + 1),
            certain[0].mean(axis=0),
            cost_ratios(slate.cost, slate.purse, rows),
        )
        later, own = futures(slate, rows, rng)
        later = within_limits(goals, later)
        deep = sounding(later, front, reference, rng)
        gains, left = growth(later, deep, own), growth(later, deep)
        known = sounding(front[None], front[:0], reference, rng).volume
        unit, amount = _unit(known, float(left.mean()), n_goals=len(reference))
        return Account(
            parts=parts.times(amount * found.volume),
            gains=amount * gains,
            left=amount * left,
            unit=unit,
            tipping=partial(_tipping, goals, drawn, places, front, reference),
        )

    def _size(self, batch_size: int) -> int:
        """Return how many are drawn."""
        return max(self.shortlist, 2 * batch_size)


def _tipping(
    goals: Sequence[Outlook],
    drawn: Drawn,
    places: Rows,
    front: FloatArray,
    reference: FloatArray,
) -> Tipping:
    """Return how much each pick could lose."""
    draws = within_limits(goals, drawn.worth)
    found = sounding(draws, front, reference, np.random.default_rng(0))
    won = found.covered(draws[:, places])
    free = won.sum(axis=2)[:, :, None] - won == 0
    beyond = np.zeros((len(places), draws.shape[1]))
    for open_, one in zip(free, draws, strict=True):
        beyond += open_.T.astype(np.float32) @ found.covered(one[None])[0].astype(np.float32)

    def wins(i: int, values: FloatArray) -> float:
        own = found.covered(within_limits(goals, worths(goals, values[:, None])))
        return float((own[:, :, 0] & free[:, :, i]).sum())

    return tipping_by_goal(goals, drawn, places, beyond=beyond, wins=wins)


def _unit(known: float, left: float, *, n_goals: int) -> tuple[str, float]:
    """Return in what a volume is told, and what makes it that.

    Args:
        known: Volume of all that is measured.
        left: What those that promise most are expected to add.
        n_goals: That are no limits.
    """
    if known <= SPECK * left:
        return OF_ALL_ON_OFFER, 100.0 / max(left, 1e-300)
    return ("", 1.0) if n_goals == 1 else ("% of the known hypervolume", 100.0 / known)


def _known(goals: Sequence[Outlook]) -> FloatArray:
    """Return what measured candidates are worth, shape (f, t)."""
    return within_limits(goals, np.stack([g.worth(g.known) for g in goals], axis=1))


def _reference(goals: Sequence[Outlook], drawn: FloatArray) -> FloatArray:
    """Return the worth of each goal above which a candidate counts, shape (t,)."""
    return np.array([_least(goal, drawn[:, :, j]) for j, goal in enumerate(goals)])


def _least(goal: Outlook, drawn: FloatArray) -> float:
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
