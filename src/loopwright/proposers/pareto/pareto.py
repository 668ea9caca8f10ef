# SPDX-License-Identifier: Apache-2.0
"""Expected hypervolume improvement in batches, by Monte Carlo over joint draws."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.slate import Outlook, Slate
from loopwright.core.values import FloatArray
from loopwright.science.draws import truths
from loopwright.science.hypervolume import best_together

__all__ = ["Pareto"]

Rows = npt.NDArray[np.intp]

WEIGHTINGS = 64
"""Ways to weigh the goals against each other, each with leaders of its own."""

HOPE = 1.5
"""Standard deviations of doubt that count as promise for a place on the shortlist."""

GRAIN = 1e-6
"""Part of the spread of a goal below which candidates are equal on the shortlist."""


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
        goals = slate.outlooks or (_alone(slate),)
        size = min(len(slate.mean), max(self.shortlist, 2 * batch_size))
        rows = _leaders(goals, size, rng)
        draws = np.stack([_drawn(g, rows, self.draws, rng) for g in goals], axis=2)
        front = np.stack([g.worth(g.known) for g in goals], axis=1)
        reference = np.array([_reference(g, draws[:, :, j]) for j, g in enumerate(goals)])
        picks = best_together(
            draws,
            front,
            reference,
            batch_size=batch_size,
            rng=rng,
            cost=None if slate.cost is None else slate.cost[rows],
            purse=slate.purse,
        )
        n_more = min(batch_size, len(rows)) - len(picks)
        chosen: Rows = rows[np.concatenate([picks, _nearest(draws, reference, picks, n_more)])]
        return chosen


def _alone(slate: Slate) -> Outlook:
    """Return the only goal of a slate that names none; what is known of it is the best value."""
    known = np.array([slate.best]) if np.isfinite(slate.best) else np.empty(0)
    return Outlook(
        mean=slate.mean,
        std=slate.std,
        covariance=slate.covariance,
        known=known,
        worth=lambda values: values,
    )


def _reference(goal: Outlook, drawn: FloatArray) -> float:
    """Return the worth above which a candidate counts: the floor, or the worst that is known."""
    if goal.floor is not None:
        return float(np.nextafter(goal.floor, -np.inf))
    known = goal.worth(goal.known)
    return float(min(known.min(initial=np.inf), drawn.min())) - 1e-9


def _leaders(goals: Sequence[Outlook], size: int, rng: np.random.Generator) -> Rows:
    """Return the rows that promise most, for many ways to weigh the goals, in their order."""
    hope = []
    for goal in goals:
        ends = (goal.worth(goal.mean + HOPE * goal.std), goal.worth(goal.mean - HOPE * goal.std))
        most = np.maximum(np.maximum(*ends), goal.worth(goal.mean))
        spread = float(np.std(most)) or 1.0
        hope.append(np.round((most - most.max()) / spread / GRAIN) * GRAIN)
    table = np.stack(hope, axis=1)
    each = -(-size // WEIGHTINGS)
    best = np.full(len(table), len(table))
    for weights in rng.dirichlet(np.ones(len(goals)), size=WEIGHTINGS):
        order = np.argsort(-(weights * table).min(axis=1), kind="stable")[: 4 * each]
        best[order] = np.minimum(best[order], np.arange(len(order)))
    return np.sort(np.argsort(best, kind="stable")[:size])


def _drawn(goal: Outlook, rows: Rows, n: int, rng: np.random.Generator) -> FloatArray:
    """Return worths of the rows in n possible worlds, shape (n, m)."""
    return goal.worth(truths(goal.mean[rows], goal.covariance(rows), n=n, rng=rng))


def _nearest(draws: FloatArray, reference: FloatArray, taken: Rows, n: int) -> Rows:
    """Return n more rows: of one draw after another the one that falls short of the goals least."""
    spread = np.maximum(draws.std(axis=(0, 1)), 1e-12)
    short = (np.minimum(draws - reference, 0.0) / spread).sum(axis=2)
    tie = 1e-6 * ((draws - reference) / spread).sum(axis=2)
    closeness = short + tie
    closeness[:, taken] = -np.inf
    picks = np.empty(n, np.intp)
    for i in range(n):
        picks[i] = np.argmax(closeness[i % len(draws)])
        closeness[:, picks[i]] = -np.inf
    return picks
