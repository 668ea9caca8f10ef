# SPDX-License-Identifier: Apache-2.0
"""What the picks of a batch win in possible worlds, and what each could lose before it falls out.

It speaks of batches that ``desirability.best_in_most_worlds`` has chosen: of what candidates win in
a world the best one counts. A hypervolume is such a sum of bests, too, of as many worlds as there
are points in it: a point is won, or is not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.slate import Outlook, Parts, Tipping
from loopwright.core.values import FloatArray
from loopwright.science.counterfactual import last_that_holds
from loopwright.science.desirability import GRAIN
from loopwright.science.worlds import Drawn

__all__ = ["Worlds", "lost_to_earlier", "parts_won", "tipping_by_goal"]

Places = npt.NDArray[np.intp]

SPAN = 10.0
"""Standard deviations by which the prediction of a goal is changed at most."""

STEPS = 14
"""Halvings of that span."""


def lost_to_earlier(gain: FloatArray | npt.NDArray[np.bool_]) -> FloatArray:
    """Return what each pick wins less because earlier ones win too, <= 0, shape (k,).

    Args:
        gain: Of each pick in each world, first pick first, >= 0, shape (s, k).
    """
    won, lost = np.zeros(len(gain)), np.empty(gain.shape[1])
    for i in range(len(lost)):
        own = gain[:, i].astype(float)
        lost[i] = np.maximum(own - won, 0.0).mean() - own.mean()
        won = np.maximum(won, own)
    return lost


def parts_won(
    gain: FloatArray | npt.NDArray[np.bool_],
    certain: FloatArray,
    cost_ratio: FloatArray | None = None,
) -> Parts:
    """Part what picks win, on average over the worlds, into value, doubt, diversity and cost.

    Value is what a pick would win if all were as predicted, doubt all else that it wins alone, both
    beyond what a typical candidate does; diversity is what it loses to the picks before it. Last,
    all that it wins is divided by what it costs.

    Args:
        gain: Of each pick, first pick first, and of a typical candidate, shape (s, k + 1).
        certain: What each of them wins where all is as predicted, shape (k + 1,).
        cost_ratio: Cost of each pick over that of a typical candidate, shape (k,); None if what it
            wins is not divided by it.
    """
    alone, lost = gain.mean(axis=0), lost_to_earlier(gain[:, :-1])
    now = alone[:-1] + lost
    value, whole = certain[:-1] - certain[-1], alone[:-1] - alone[-1]
    return Parts(
        value=value,
        doubt=whole - value,
        diversity=lost,
        cost=np.zeros(len(now)) if cost_ratio is None else now / cost_ratio - now,
    )


@frozen(kw_only=True, eq=False)
class Worlds:
    """True values of m candidates, drawn jointly in s possible worlds."""

    values: FloatArray
    """Shape (s, m)."""

    mean: FloatArray
    """Predicted values, shape (m,)."""

    std: FloatArray
    """Doubt about the true values, shape (m,)."""

    best: float
    """What is to be beaten."""

    @cached_property
    def gain(self) -> FloatArray:
        """By how much each candidate beats it in each world, >= 0, shape (s, m)."""
        return np.maximum(self.values - self.best, 0.0)

    def lost_to_earlier(self, picks: Places) -> FloatArray:
        """Return what each pick wins less because earlier ones win too, <= 0, shape (k,).

        Args:
            picks: Columns of the batch, first pick first, shape (k,).
        """
        return lost_to_earlier(self.gain[:, picks])

    def tipping(self, picks: Places) -> Tipping:
        """Return how much each pick can lose until, beside all others, somebody else wins more.

        Where somebody does already, since a batch is chosen one by one, it can lose nothing.

        Args:
            picks: Columns of the batch, shape (k,).
        """
        told = [self._tipping(picks, i) for i in range(len(picks))]
        mean, doubt, successor = (np.array(column) for column in zip(*told, strict=True))
        return Tipping(mean=mean, doubt=doubt, successor=successor)

    def _tipping(self, picks: Places, i: int) -> tuple[float, float, int]:
        own = int(picks[i])
        others = self.gain[:, np.delete(picks, i)].max(axis=1, initial=0.0)[:, None]
        rivals = np.setdiff1d(np.arange(len(self.mean)), picks)
        if not len(rivals):
            return -np.inf, 0.0, -1
        keys = _keys(self.gain[:, rivals], others, (self.mean + self.std)[rivals])
        place = int(np.lexsort(keys[::-1])[-1])
        rival = tuple(float(key[place]) for key in keys)
        apart = self.values[:, own] - self.mean[own]

        def stays(mean: float, part: float) -> npt.NDArray[np.bool_]:
            gain = np.maximum(mean + part * apart - self.best, 0.0)[:, None]
            now = _keys(gain, others, np.array([mean + part * self.std[own]]))
            return np.array([[tuple(float(key[0]) for key in now) >= rival]])

        mean = float(self.mean[own])
        span = float(np.ptp(self.mean)) + 10.0 * float(self.std[own])
        drop = last_that_holds(lambda x: stays(mean - span * float(x[0, 0]), 1.0))
        spare = last_that_holds(lambda x: stays(mean, 1.0 - float(x[0, 0])))
        return mean - span * float(drop[0, 0]), 1.0 - float(spare[0, 0]), int(rivals[place])


def _keys(gain: FloatArray, others: FloatArray, hope: FloatArray) -> tuple[FloatArray, ...]:
    """Return by what candidates are compared, the weightiest first.

    Args:
        gain: Of j candidates in s worlds, shape (s, j).
        others: What all other picks win, shape (s, 1).
        hope: What counts where nothing is won, shape (j,).
    """
    keys = (np.maximum(gain - others, 0.0).mean(axis=0), gain.mean(axis=0), hope)
    return tuple(np.round(key, GRAIN) for key in keys)


def tipping_by_goal(
    goals: Sequence[Outlook],
    drawn: Drawn,
    places: Places,
    *,
    beyond: FloatArray,
    wins: Callable[[int, FloatArray], float],
) -> Tipping:
    """Return how much one goal, or the doubt, can change until another one wins more than a pick.

    All others of the batch stay as they are. One goal after the other is predicted lower or higher;
    the one that makes the pick drop out soonest, by its doubt, is told.

    Args:
        goals: t of them.
        drawn: The worlds.
        places: Where the k picks stand in them.
        beyond: What each of m candidates wins where all other picks have won, shape (k, m).
        wins: Number of a pick, and its values, shape (s, t) -> what it wins then.
    """
    rivals = beyond.copy()
    rivals[:, places] = -np.inf
    told: list[tuple[int, float, float, int]] = []
    for i, rival in enumerate(rivals.argmax(axis=1)):
        row, bar = drawn.rows[places[i]], float(rivals[i, rival])
        said = np.array([(goal.mean[row], goal.std[row]) for goal in goals])
        if bar > 0.0:
            first = _first_to_tip(said, drawn.values[:, places[i]], partial(wins, i), bar)
            told.append((*first, int(drawn.rows[rival])))
        else:
            told.append((0, -np.inf, 0.0, -1))
    goal, mean, doubt, successor = (np.array(column) for column in zip(*told, strict=True))
    return Tipping(mean=mean, doubt=doubt, successor=successor, goal=goal)


def _first_to_tip(
    said: FloatArray, values: FloatArray, wins: Callable[[FloatArray], float], bar: float
) -> tuple[int, float, float]:
    """Return the goal that tips first, the value at which it does, and the doubt that is needed.

    Args:
        said: Mean and std of each goal, shape (t, 2).
        values: Drawn, shape (s, t).
        wins: Values -> what is won by them.
        bar: What must be won.
    """
    mean, std = said.T
    apart = values - mean

    def stays(step: FloatArray, part: float, x: FloatArray) -> npt.NDArray[np.bool_]:
        return np.array([[wins(mean + x[0, 0] * step + part * apart) >= bar - 1e-12]])

    soonest = (1.0, 0, -np.inf)
    for step in SPAN * np.vstack([np.diag(std), -np.diag(std)]):
        far = float(last_that_holds(partial(stays, step, 1.0), STEPS)[0, 0])
        goal = int(np.argmax(np.abs(step)))
        if far < soonest[0]:
            soonest = (far, goal, float(mean[goal] + far * step[goal]))

    def stays_without(x: FloatArray) -> npt.NDArray[np.bool_]:
        return stays(0.0 * std, 1.0 - float(x[0, 0]), x)

    spare = float(last_that_holds(stays_without, STEPS)[0, 0])
    return soonest[1], soonest[2], 1.0 - spare
