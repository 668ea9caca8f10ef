# SPDX-License-Identifier: Apache-2.0
"""What each part of a candidate adds to a prediction: Shapley values by drawn orders.

Parts are put in one after the other, in an order that is drawn; what the prediction gains by a
part is its contribution, averaged over orders. Each order is also gone backwards, and parts that
symmetry makes equal share alike. Along one order the gains add up to the prediction of the whole
minus that of nothing, whatever the model, and so do their averages. Nothing here knows what a
part is.

Source:
    Castro, Gómez & Tejada (2009), doi:10.1016/j.cor.2008.04.004; orders and their reverses:
    Mitchell et al. (2022), arXiv:2104.12199.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.values import FloatArray

__all__ = ["METHOD", "Shares", "Trials", "plan", "shares_of"]

METHOD = "Shapley values over atoms, by drawn orders and their reverses"

MOST_MOVED = 48
"""Of a larger candidate, neighbours in its notation move together and share what they add."""

MOST_ASKED = 256
"""Incomplete candidates that are predicted for one explanation, unless two orders need more."""

LEAST_PAIRS = 2
"""Orders with their reverses; two show how far apart they are."""

Present = npt.NDArray[np.bool_]


@frozen(kw_only=True, eq=False)
class Trials:
    """Which incomplete candidates are asked about."""

    together: npt.NDArray[np.intp]
    """Which of g groups each part moves with, shape (V,); each with itself if there are few."""

    orders: npt.NDArray[np.intp]
    """Of the groups; each order stands before its reverse. Shape (orders, g)."""

    present: Present
    """The distinct ones; nothing first, everything last. Shape (m, V)."""

    steps: npt.NDArray[np.intp]
    """Row of ``present`` after each step of each order, shape (orders, g + 1)."""

    alike: tuple[int, ...]
    """Parts that symmetry makes equal share a number; length V."""


@frozen(kw_only=True, eq=False)
class Shares:
    """What each part adds."""

    reference: float
    """The prediction of nothing."""

    values: FloatArray
    """Shape (V,)."""

    std_error: FloatArray
    """By how much another draw of orders may differ, shape (V,)."""


def plan(alike: Sequence[int], *, seed: int) -> Trials:
    """Return what to ask of a candidate.

    Args:
        alike: One number for each of V parts, equal for those that symmetry makes equal.
        seed: Draws the orders.
    """
    n = min(len(alike), MOST_MOVED)
    n_pairs = max(LEAST_PAIRS, MOST_ASKED // (2 * max(n, 1)))
    rng = np.random.default_rng([seed, len(alike)])
    drawn = [rng.permutation(n) for _ in range(n_pairs)]
    orders = np.array([way for one in drawn for way in (one, one[::-1])], np.intp)
    place = np.argsort(orders, axis=1)
    states = np.arange(n + 1)[None, :, None] > place[:, None, :]
    packed, steps = np.unique(
        np.packbits(states.reshape(-1, n), axis=1), axis=0, return_inverse=True
    )
    together = np.arange(len(alike)) * n // max(len(alike), 1)
    return Trials(
        together=together,
        orders=orders,
        present=np.unpackbits(packed, axis=1, count=n).astype(bool)[:, together],
        steps=steps.reshape(len(orders), n + 1),
        alike=tuple(alike),
    )


def shares_of(trials: Trials, ask: Callable[[Present], FloatArray]) -> Shares:
    """Return what each part adds; together they are the prediction of everything less nothing.

    Args:
        trials: What ``plan`` returned.
        ask: Predicts each row of ``present``, shape (m,).
    """
    said = ask(trials.present)
    along = said[trials.steps]
    gains = np.empty(trials.orders.shape)
    np.put_along_axis(gains, trials.orders, np.diff(along, axis=1), axis=1)
    each = (gains / np.bincount(trials.together))[:, trials.together]
    pairs = (each[0::2] + each[1::2]) / 2
    known = sorted(set(trials.alike))
    kind = np.array([known.index(a) for a in trials.alike], np.intp)
    size = np.bincount(kind)
    shared = np.array([(np.bincount(kind, weights=row) / size)[kind] for row in pairs])
    error = shared.std(axis=0, ddof=1) / np.sqrt(len(shared))
    return Shares(reference=float(said[0]), values=shared.mean(axis=0), std_error=error)
