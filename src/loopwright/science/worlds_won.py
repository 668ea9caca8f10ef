# SPDX-License-Identifier: Apache-2.0
"""What the picks of a batch win in possible worlds, and what each could lose before it falls out.

It speaks of batches that ``desirability.best_in_most_worlds`` has chosen: of what candidates win in
a world the best one counts. A hypervolume is such a sum of bests, too, of as many worlds as there
are points in it: a point is won, or is not.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.slate import Parts, Tipping
from loopwright.core.values import FloatArray
from loopwright.science.counterfactual import last_that_holds
from loopwright.science.desirability import GRAIN

__all__ = ["Worlds", "lost_to_earlier", "parts_won"]

Places = npt.NDArray[np.intp]


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
