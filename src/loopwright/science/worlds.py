# SPDX-License-Identifier: Apache-2.0
"""Several goals in many possible worlds: what could be true of each candidate, and who may count.

Shapes: s worlds, n candidates, m of them, t goals. All is worth: larger is better.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from loopwright.core.slate import Outlook
from loopwright.core.values import FloatArray
from loopwright.science.draws import truths

__all__ = ["leaders", "within_limits", "worlds"]

Rows = npt.NDArray[np.intp]

WEIGHTINGS = 64
"""Ways to weigh the goals against each other, each with leaders of its own."""

HOPE = 1.5
"""Standard deviations of doubt that count as promise for a place among the leaders."""

GRAIN = 1e-6
"""Part of the spread of a goal below which candidates are equal leaders."""


def leaders(goals: Sequence[Outlook], size: int, rng: np.random.Generator) -> Rows:
    """Return the rows that promise most, for many ways to weigh the goals, in their order.

    A limit is not weighed: who may keep all limits comes first, then who may miss them by least.

    Args:
        goals: What is thought of n candidates.
        size: Rows wanted; all, if there are fewer.
        rng: Draws the weights.
    """
    table = np.stack([_hope(goal) for goal in goals if not goal.is_limit], axis=1)
    short = np.sum([np.zeros(len(table)), *(_hope(g) for g in goals if g.is_limit)], axis=0)
    each = -(-size // WEIGHTINGS)
    best = np.full(len(table), len(table))
    for weights in rng.dirichlet(np.ones(table.shape[1]), size=WEIGHTINGS):
        order = np.lexsort((-(weights * table).min(axis=1), -short))[: 4 * each]
        best[order] = np.minimum(best[order], np.arange(len(order)))
    return np.sort(np.argsort(best, kind="stable")[:size])


def _hope(goal: Outlook) -> FloatArray:
    """Return what each candidate is worth if things go well, 0 for the best, shape (n,)."""
    ends = (goal.worth(goal.mean + HOPE * goal.std), goal.worth(goal.mean - HOPE * goal.std))
    most = np.maximum(np.maximum(*ends), goal.worth(goal.mean))
    spread = float(np.std(most)) or 1.0
    return np.asarray(np.round((most - most.max()) / spread / GRAIN) * GRAIN)


def worlds(goals: Sequence[Outlook], rows: Rows, *, n: int, rng: np.random.Generator) -> FloatArray:
    """Return what the rows are worth in n possible worlds, shape (n, m, t).

    The candidates of a world are drawn jointly, its goals apart: each goal has its own model.
    """
    drawn = [truths(g.mean[rows], g.covariance(rows), n=n, rng=rng) for g in goals]
    return np.stack([g.worth(one) for g, one in zip(goals, drawn, strict=True)], axis=2)


def within_limits(goals: Sequence[Outlook], worth: FloatArray) -> FloatArray:
    """Return worths of the goals that are no limits, minus infinity where a limit is broken.

    Args:
        goals: t of them.
        worth: Shape (..., t).

    Returns:
        Shape (..., number of goals that are no limits).
    """
    is_limit = np.array([goal.is_limit for goal in goals])
    kept = (worth[..., is_limit] >= 0.0).all(axis=-1, keepdims=True)
    return np.where(kept, worth[..., ~is_limit], -np.inf)
