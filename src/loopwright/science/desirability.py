# SPDX-License-Identifier: Apache-2.0
"""Desirability: how much of what is wanted a candidate has, from 0 to 1, over several goals.

Shapes: s worlds, m candidates, t goals. All is worth: larger is better.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from loopwright.core.values import FloatArray
from loopwright.science.purse import Rate, best_basket

__all__ = ["best_in_most_worlds", "desirability", "overall"]

Rows = npt.NDArray[np.intp]

GRAIN = 9
"""Digits by which two candidates differ; the rest is noise of the machine."""


def desirability(worth: FloatArray, *, none: float, full: float) -> FloatArray:
    """Return how desirable worths are: 0 up to ``none``, 1 from ``full`` on, straight in between.

    Args:
        worth: Of any shape.
        none: Worth that has nothing of what is wanted.
        full: Worth beyond which nothing more is wanted; a step if it is not above ``none``.

    Source:
        Derringer & Suich (1980), doi:10.1080/00224065.1980.11980968, one-sided, with r = 1.

    Example:
        >>> desirability(np.array([4.0, 6.0, 9.0]), none=5.0, full=7.0).tolist()
        [0.0, 0.5, 1.0]
    """
    if full <= none:
        return (worth >= full).astype(float)
    return np.asarray(np.clip((worth - none) / (full - none), 0.0, 1.0))


def overall(each: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the weighted geometric mean of desirabilities: 0 as soon as one of them is 0.

    Args:
        each: Desirabilities, 0 to 1, shape (..., t).
        weights: How much each goal counts, > 0, shape (t,).

    Source:
        Derringer (1994), Quality Progress 27(6):51-58.

    Example:
        >>> overall(np.array([[1.0, 0.25], [0.9, 0.0]]), np.array([1.0, 1.0])).tolist()
        [0.5, 0.0]
    """
    whole: FloatArray = np.prod(each ** (weights / weights.sum()), axis=-1)
    return whole


def best_in_most_worlds(
    worth: FloatArray,
    tie: FloatArray,
    *,
    batch_size: int,
    cost: FloatArray | None = None,
    purse: float = np.inf,
) -> npt.NDArray[np.intp]:
    """Choose the batch whose best member is expected to be worth most.

    Greedy: each pick is the one that raises the best of the batch most, on average over the
    worlds. So a second pick is wanted that is good where the first one is not.

    Args:
        worth: Of each candidate in each world, >= 0, shape (s, m).
        tie: Where nothing can be raised: then the larger mean worth counts, then this, shape (m,).
        batch_size: Rows wanted; all, if there are fewer.
        cost: Of each row, shape (m,), > 0; counts as far as money is short.
        purse: What the batch may cost.

    Returns:
        Distinct rows, first pick first; fewer where no other one can be paid for.

    Source:
        Nemhauser, Wolsey & Fisher (1978), doi:10.1007/BF01588971: at least 1 - 1/e of the best.
    """
    alone, price = worth.mean(axis=0), np.zeros(worth.shape[1]) if cost is None else cost

    def buy(rate: Rate) -> tuple[Rows, float]:
        best, left, open_ = np.zeros(len(worth)), purse, np.ones(worth.shape[1], bool)
        picks: list[int] = []
        while len(picks) < batch_size and (open_ := open_ & (price <= left)).any():
            gain = np.maximum(worth - best[:, None], 0.0).mean(axis=0)
            keys = (tie, rate(alone), rate(gain))
            order = np.lexsort([-np.where(open_, np.round(key, GRAIN), -np.inf) for key in keys])
            pick = int(order[0])
            picks.append(pick)
            open_[pick] = False
            left -= float(price[pick])
            best = np.maximum(best, worth[:, pick])
        return np.array(picks, np.intp), float(best.mean())

    return best_basket(buy, gain=alone, cost=cost, purse=purse)
