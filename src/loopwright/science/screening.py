# SPDX-License-Identifier: Apache-2.0
"""Two assays of one thing, a cheap screen and a costly one: where does the money go?

An assay finds something, and what it tells makes later choices better. A screen only tells. Both
are bought by what they bring for their cost. Shapes: n candidates, m of them on a shortlist; what
can be bought of these are their m assays and then their m screens.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from attrs import frozen
from scipy.special import ndtr

from loopwright.core.values import FloatArray
from loopwright.science.acquisition import FLOAT32_DIGITS, LEAST_CHANCE, expected_improvement
from loopwright.science.telling import Stall, edge, worth_of_telling

__all__ = ["Basket", "Terms", "screens_and_assays"]

Rows = npt.NDArray[np.intp]

SHORTLIST = 300
"""Rows that compete jointly."""


@frozen(kw_only=True, eq=False)
class Terms:
    """What is paid, and what may be spent."""

    cost: FloatArray
    """Of the assay of each candidate, shape (n,), > 0, in the unit of the purse."""

    screen_cost: float
    """Of one screen, > 0, likewise."""

    purse: float
    """What this batch may cost."""

    later: float
    """What all later batches may cost. With 0 nothing can be made of what is told, and no screen
    is bought."""

    noise_std: float
    """Of one assay, in the unit of the values, >= 0."""

    screen_noise_std: float
    """Of one screen, in the unit of the screen, >= 0."""


@frozen(kw_only=True, eq=False)
class Basket:
    """What is bought: k measurements, the first pick first."""

    rows: Rows
    """Of whom, each at most once, shape (k,)."""

    is_screen: npt.NDArray[np.bool_]
    """Whether it is the screen, and not the assay, shape (k,)."""

    rate: FloatArray
    """What it was expected to bring per cost when it was taken, shape (k,)."""


def screens_and_assays(
    mean: FloatArray,
    std: FloatArray,
    taught: FloatArray,
    joint: Callable[[Rows], FloatArray],
    *,
    wanted: Rows,
    terms: Terms,
    chance: FloatArray | None = None,
) -> Basket:
    """Spend a purse on assays and screens together, each time on what brings most for its cost.

    The last of the wanted rows sets the bar: an assay finds what its value is expected to exceed
    it by. What any measurement tells is worth what later choices gain by it: a candidate is
    assayed later if that then brings more than the last assay that all the money can pay for,
    and whoever lies near that edge, and would be moved by the measurement, adds to its worth.
    After each pick, of either kind, the joint covariance is conditioned on measuring it.

    Args:
        mean: Predicted value, larger is better, shape (n,).
        std: Doubt about the true value, shape (n,), > 0.
        taught: Standard deviation by which his own screen would move each prediction, shape (n,);
            0 for who is not to be screened.
        joint: Rows (m,) -> joint covariance of their true values, and then of what a screen
            would measure of them without noise, shape (2m, 2m).
        wanted: The assays that would be bought if there were no screen; not empty.
        terms: Prices and money.
        chance: That a row does not fail, shape (n,); None if none fails.
    """
    odds = np.ones(len(mean)) if chance is None else np.maximum(chance, LEAST_CHANCE)
    bar = float((mean + std)[wanted].min())
    found = odds * expected_improvement(mean, std, best=bar) / terms.cost
    price = np.maximum(_price(found, terms) * terms.cost / odds, 1e-300)
    at = bar + edge(price, std)
    told = odds * ndtr((at - bar) / std) * worth_of_telling(np.abs(at - mean), taught + 1e-12)
    first = np.maximum(found, told / terms.screen_cost)
    order = np.argsort(-np.round(first / first.max(), FLOAT32_DIGITS), kind="stable")
    rows = np.sort(order[:SHORTLIST])
    m = len(rows)
    stall = Stall(
        above=mean[rows] - bar,
        price=price[rows],
        odds=odds[rows],
        of=np.tile(np.arange(m), 2),
        noise=np.repeat([terms.noise_std**2, terms.screen_noise_std**2], m),
        left=np.array(joint(rows), float),
        is_open=np.concatenate([np.ones(m, bool), (taught[rows] > 0.0) & (terms.later > 0.0)]),
        is_left=np.full(m, terms.later > 0.0),
    )
    cost = np.concatenate([terms.cost[rows], np.full(m, terms.screen_cost)])
    picks, rates = _filled(stall, cost, terms.purse)
    return Basket(rows=rows[picks % m], is_screen=picks >= m, rate=rates)


def _price(found: FloatArray, terms: Terms) -> float:
    """Return what the last assay that all the money can pay for brings per cost."""
    order = np.argsort(-found, kind="stable")
    spent = np.cumsum(terms.cost[order])
    last = min(int(np.searchsorted(spent, terms.purse + terms.later)), len(order) - 1)
    return float(found[order[last]])


def _filled(stall: Stall, cost: FloatArray, purse: float) -> tuple[Rows, FloatArray]:
    """Return what a purse buys, and at which rate."""
    picks, rates = list[int](), list[float]()
    while (open_ := stall.is_open & (cost <= purse)).any():
        rate = np.where(open_, stall.worth() / cost, 0.0)
        if rate.max() <= 0.0:
            break
        pick = int(np.argmax(np.round(rate / rate.max(), FLOAT32_DIGITS)))
        picks.append(pick)
        rates.append(float(rate[pick]))
        purse -= float(cost[pick])
        stall.take(pick)
    return np.array(picks, np.intp), np.array(rates)
