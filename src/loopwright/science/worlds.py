# SPDX-License-Identifier: Apache-2.0
"""Several goals in many possible worlds: what could be true of each candidate, and who may count.

Shapes: s worlds, n candidates, m of them, t goals. All is worth: larger is better.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from attrs import evolve, frozen

from loopwright.core.slate import Outlook, Slate
from loopwright.core.values import FloatArray
from loopwright.science.draws import truths
from loopwright.science.failing import successes

__all__ = [
    "Drawn", "draw", "draw_with", "futures", "leaders", "within_limits", "witnesses", "worlds",
    "worths",
]  # fmt: skip

Rows = npt.NDArray[np.intp]

WEIGHTINGS = 64
"""Ways to weigh the goals against each other, each with leaders of its own."""

RIVALS = 200
"""Leaders by which it is told what is left to find."""

FUTURES = 256
"""Worlds in which it is told what a batch gains."""

HOPE = 1.5
"""Standard deviations of doubt that count as promise for a place among the leaders."""

GRAIN = 1e-6
"""Part of the spread of a goal below which candidates are equal leaders."""


def leaders(
    goals: Sequence[Outlook],
    size: int,
    rng: np.random.Generator,
    *,
    chance: FloatArray | None = None,
) -> Rows:
    """Return the rows that promise most, for many ways to weigh the goals, in their order.

    A limit is not weighed: who may keep all limits comes first, then who may miss them by least.

    Args:
        goals: What is thought of n candidates.
        size: Rows wanted; all, if there are fewer.
        rng: Draws the weights.
        chance: That a candidate does not fail, shape (n,); None if none fails.
    """
    table = np.stack([_hope(goal) for goal in goals if not goal.is_limit], axis=1)
    if chance is not None:
        worst = table.min(axis=0)
        table = worst + chance[:, None] * (table - worst)
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
    return worths(goals, _values(goals, rows, n=n, rng=rng))


def worths(goals: Sequence[Outlook], values: FloatArray) -> FloatArray:
    """Return what values of t properties, shape (..., t), are worth, of the same shape."""
    return np.stack([goal.worth(values[..., j]) for j, goal in enumerate(goals)], axis=-1)


def _values(
    goals: Sequence[Outlook], rows: Rows, *, n: int, rng: np.random.Generator
) -> FloatArray:
    each = [truths(g.mean[rows], g.covariance(rows), n=n, rng=rng) for g in goals]
    return np.stack(each, axis=2)


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


@frozen(kw_only=True, eq=False)
class Drawn:
    """Those that promise most, in s possible worlds."""

    rows: Rows
    """In their order, shape (m,)."""

    values: FloatArray
    """Of each property, shape (s, m, t)."""

    worth: FloatArray
    """Of the same shape."""


def draw(slate: Slate, size: int, *, n: int, rng: np.random.Generator) -> Drawn:
    """Return the leaders of a slate in n possible worlds."""
    rows = leaders(slate.goals, min(len(slate.mean), size), rng, chance=slate.chance)
    values = _values(slate.goals, rows, n=n, rng=rng)
    return Drawn(rows=rows, values=values, worth=worths(slate.goals, values))


def draw_with(
    slate: Slate, picks: Rows, size: int, *, n: int, rng: np.random.Generator
) -> tuple[Drawn, Rows]:
    """Return the same, with as many leaders as it takes for all picks to be there, and where.

    Args:
        slate: What the picks were chosen from.
        picks: Rows of the slate, shape (k,).
        size: Leaders that are drawn at first.
        n: How many worlds.
        rng: As it was when the picks were chosen, so that the worlds are those of the choice.
    """
    state = rng.bit_generator.state
    while True:
        rng.bit_generator.state = state
        found = draw(slate, size, n=n, rng=rng)
        if np.isin(picks, found.rows).all():
            return found, np.searchsorted(found.rows, picks)
        size *= 2  # a cap had more asked for


def witnesses(
    goals: Sequence[Outlook], drawn: Drawn, places: Rows, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Return what picks and, last, a typical candidate are worth, drawn and as predicted.

    Typical are the median prediction and the median doubt of each goal, apart from all others.

    Args:
        goals: What is thought of all candidates, t goals.
        drawn: Worlds with the picks in them.
        places: Where the k picks stand in them.
        rng: Draws the typical one.

    Returns:
        Shape (s, k + 1, t), and shape (1, k + 1, t).
    """
    apart = rng.standard_normal((len(goals), len(drawn.worth))).T
    usual = np.array([np.median(goal.mean) for goal in goals])
    typical = usual + np.array([np.median(goal.std) for goal in goals]) * apart
    said = np.stack([goal.mean[drawn.rows[places]] for goal in goals], axis=1)
    values = np.concatenate([drawn.values[:, places], typical[:, None]], axis=1)
    return worths(goals, values), worths(goals, np.vstack([said, usual])[None])


def futures(
    slate: Slate, picks: Rows, rng: np.random.Generator
) -> tuple[FloatArray, npt.NDArray[np.intp]]:
    """Return what picks and rivals are worth in other worlds than those of the choice.

    Rivals are the leaders of the slate. The doubt is stretched as far as calibrated intervals are;
    who fails is worth minus infinity.

    Args:
        slate: What is thought of all.
        picks: Rows of it, shape (k,).
        rng: Draws the worlds.

    Returns:
        Worths, shape (s, m, t), and where the picks stand in them, shape (k,).
    """
    rows = np.union1d(picks, leaders(slate.goals, RIVALS, rng, chance=slate.chance))
    drawn = worlds([_stretched(goal) for goal in slate.goals], rows, n=FUTURES, rng=rng)
    if slate.chance is not None:
        made = successes(slate.chance[rows], n=FUTURES, rng=rng)
        drawn = np.where(made[:, :, None], drawn, -np.inf)
    return drawn, np.searchsorted(rows, picks)


def _stretched(goal: Outlook) -> Outlook:
    return evolve(goal, covariance=lambda rows: goal.calibration**2 * goal.covariance(rows))
