# SPDX-License-Identifier: Apache-2.0
"""What a purse buys: places in a batch are scarce as well as money, and either may run out first.

Where money is short, gain per cost is the right price; where places are, the gain itself; between
the two a gain less what its cost is worth. Which of them it is nobody knows beforehand, so all are
tried, and the basket that gains most is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from loopwright.core.values import FloatArray

__all__ = ["Rate", "best_basket", "cost_ratios"]

Rows = npt.NDArray[np.intp]

Rate: TypeAlias = Callable[[FloatArray], FloatArray]
"""What rows gain, shape (m,) -> by what they are compared, shape (m,)."""

PRICES = 2.0 ** np.arange(-5, 2)
"""What the money of a typical row is worth, in gains of the best row, that is tried."""


def best_basket(
    buy: Callable[[Rate], tuple[Rows, float]],
    *,
    gain: FloatArray,
    cost: FloatArray | None,
    purse: float,
) -> Rows:
    """Return the basket of greatest gain, of those that greedy buyers of several minds fill.

    Args:
        buy: Fills a basket row by row, the affordable row of the highest rate first; returns the
            rows, and what they gain together.
        gain: Of each row alone, shape (m,).
        cost: Of each row, shape (m,), > 0; None if money is no matter.
        purse: What the basket may cost.

    Source:
        Lagrangian relaxation of the knapsack problem: Fisher (1981), doi:10.1287/mnsc.27.1.1.
    """
    rows, most = buy(lambda gain: gain)
    if cost is None or np.ptp(cost) == 0.0 or _was_free(cost, purse, rows):
        return rows
    for rate in _rates(cost, float(gain.max(initial=0.0))):
        others, total = buy(rate)
        if round(total, 9) > round(most, 9):
            rows, most = others, total
    return rows


def cost_ratios(cost: FloatArray | None, purse: float, rows: Rows) -> FloatArray | None:
    """Return what each row of a basket costs, in medians; None where money had no say in it.

    Args:
        cost: Of all rows, shape (m,), > 0; None if money is no matter.
        purse: What the basket may cost.
        rows: The basket, first row first, shape (k,).
    """
    if cost is None or np.ptp(cost) == 0.0 or _was_free(cost, purse, rows):
        return None
    ratios: FloatArray = cost[rows] / float(np.median(cost))
    return ratios


def _was_free(cost: FloatArray, purse: float, rows: Rows) -> bool:
    """Return whether any row at all could have been paid for until the last one was taken."""
    return bool(purse - cost[rows[:-1]].sum() >= cost.max())


def _rates(cost: FloatArray, most: float) -> Iterator[Rate]:
    yield lambda gain: gain / cost
    typical = most / float(np.median(cost))
    for price in PRICES:
        yield partial(_less, price * typical * cost)


def _less(price: FloatArray, gain: FloatArray) -> FloatArray:
    return gain - price
