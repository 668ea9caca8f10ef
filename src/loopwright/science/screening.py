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
from attrs import define, frozen
from scipy.special import ndtr

from loopwright.core.values import FloatArray
from loopwright.science.acquisition import FLOAT32_DIGITS, LEAST_CHANCE, expected_improvement

__all__ = ["Basket", "Terms", "edge", "screens_and_assays", "worth_of_telling"]

Rows = npt.NDArray[np.intp]

SHORTLIST = 300
"""Rows that compete jointly."""

STEPS = np.linspace(-8.0, 60.0, 6_801)
LOG_GAIN = np.log(expected_improvement(STEPS, np.ones(len(STEPS)), best=0.0))


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


def edge(price: FloatArray, std: FloatArray) -> FloatArray:
    """Return how far above a bar a mean must lie for an assay to gain its price, shape (n,).

    Args:
        price: Expected improvement over the bar that is asked for, shape (n,), > 0.
        std: Doubt about the true value, shape (n,), > 0, same unit.

    Example:
        >>> edge(np.array([0.3989422804]), np.ones(1)).round(4) + 0.0
        array([0.])
    """
    return std * np.interp(np.log(price / std), LOG_GAIN, STEPS)


def worth_of_telling(distance: FloatArray, moved: FloatArray) -> FloatArray:
    """Return what it is worth to learn on which side of an edge a mean lies, of any shape.

    A decision that pays by how far a mean lies above the edge, and is not taken below it, gains
    this much on average if the mean moves first.

    Args:
        distance: Of the mean from the edge, on whichever side, >= 0.
        moved: Standard deviation of the move, > 0, same unit.

    Source:
        Frazier, Powell & Dayanik (2009), doi:10.1287/ijoc.1080.0314, equation 13: the knowledge
        gradient of a choice between two.

    Example:
        >>> worth_of_telling(np.zeros(1), np.ones(1)).round(4)
        array([0.3989])
    """
    z = distance / moved
    worth: FloatArray = moved * np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi) - distance * ndtr(-z)
    return worth


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
    stall = _Stall(
        above=mean[rows] - bar,
        price=price[rows],
        odds=odds[rows],
        cost=np.concatenate([terms.cost[rows], np.full(m, terms.screen_cost)]),
        noise=np.repeat([terms.noise_std**2, terms.screen_noise_std**2], m),
        left=np.array(joint(rows), float),
        is_open=np.concatenate([np.ones(m, bool), (taught[rows] > 0.0) & (terms.later > 0.0)]),
        is_left=np.full(m, terms.later > 0.0),
    )
    picks, rates = _filled(stall, terms.purse)
    return Basket(rows=rows[picks % m], is_screen=picks >= m, rate=rates)


def _price(found: FloatArray, terms: Terms) -> float:
    """Return what the last assay that all the money can pay for brings per cost."""
    order = np.argsort(-found, kind="stable")
    spent = np.cumsum(terms.cost[order])
    last = min(int(np.searchsorted(spent, terms.purse + terms.later)), len(order) - 1)
    return float(found[order[last]])


def _filled(stall: _Stall, purse: float) -> tuple[Rows, FloatArray]:
    """Return what a purse buys, and at which rate."""
    picks, rates = list[int](), list[float]()
    while (rate := stall.rate(purse)).max() > 0.0:
        pick = int(np.argmax(np.round(rate / rate.max(), FLOAT32_DIGITS)))
        picks.append(pick)
        rates.append(float(rate[pick]))
        purse -= float(stall.cost[pick])
        stall.take(pick)
    return np.array(picks, np.intp), np.array(rates)


@define(kw_only=True, eq=False)
class _Stall:
    """What is on sale: the assays of m rows, then their screens."""

    above: FloatArray
    """Mean above the bar, shape (m,)."""

    price: FloatArray
    """What the assay of a row must be expected to find for it to be bought later, shape (m,)."""

    odds: FloatArray
    cost: FloatArray
    """Of each purchase, shape (2m,)."""

    noise: FloatArray
    """Variance of each measurement, shape (2m,)."""

    left: FloatArray
    """Joint covariance given all that was taken, shape (2m, 2m)."""

    is_open: npt.NDArray[np.bool_]
    """What can still be taken, shape (2m,)."""

    is_left: npt.NDArray[np.bool_]
    """Which rows can still be assayed by a later batch, shape (m,)."""

    def rate(self, purse: float) -> FloatArray:
        """Return what each measurement brings per cost, shape (2m,); 0 of who is too dear."""
        is_open = self.is_open & (self.cost <= purse)
        return (
            np.where(is_open, self.worth() / self.cost, 0.0) if is_open.any() else 0.0 * self.cost
        )

    def worth(self) -> FloatArray:
        """Return what each measurement finds and tells, shape (2m,)."""
        m = len(self.above)
        variance = np.maximum(np.diag(self.left), 1e-18)
        std = np.sqrt(variance[:m])
        at = edge(self.price, std)
        slope = self.odds * ndtr(at / std) * self.is_left
        moved = np.abs(self.left[:m]) / np.sqrt(variance + self.noise)
        told = slope[:, None] * worth_of_telling(np.abs(at - self.above)[:, None], moved + 1e-12)
        own = np.concatenate([np.diag(told[:, :m]), np.zeros(m)])  # who is found needs no telling
        found = np.concatenate([expected_improvement(self.above, std, best=0.0), np.zeros(m)])
        worth: FloatArray = np.tile(self.odds, 2) * (found + told.sum(axis=0) - own)
        return worth

    def take(self, pick: int) -> None:
        """Take a measurement: its value is unknown, but the doubt shrinks."""
        m = len(self.above)
        self.is_open[[pick % m, pick % m + m]] = False
        self.is_left[pick % m] &= pick >= m
        seen = max(self.left[pick, pick], 1e-18) + self.noise[pick]
        self.left -= np.outer(self.left[:, pick], self.left[pick]) / seen
