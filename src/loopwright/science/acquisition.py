# SPDX-License-Identifier: Apache-2.0
"""How much a measurement would be worth, and which batch is worth most together."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from loopwright.core.slate import Score
from loopwright.core.values import FloatArray
from loopwright.science.failing import lottery
from loopwright.science.purse import Rate, best_basket

__all__ = ["expected_improvement", "max_min", "sequential_batch", "within_purse"]

Rows = npt.NDArray[np.intp]

SHORTLIST = 250
"""Rows that compete jointly at first; more if the batch could not be proven without them."""

SHORTLIST_LIMIT = 8_000
"""Rows that compete jointly at most: their covariance takes 512 MB."""

GRAIN = 1e-4
"""Scores that differ by less than this part of the median doubt are ties.

Twins such as stereoisomers without stereo features differ by float32 noise only, which depends on
the machine and on how many rows compete.
"""

LEAST_CHANCE = 1e-3
"""Chance not to fail below which nobody is taken to be."""

FLOAT32_DIGITS = 6
"""Digits of a similarity that are the same on every machine; ties fall by these."""


def expected_improvement(mean: FloatArray, std: FloatArray, *, best: float) -> FloatArray:
    """Return by how much each candidate is expected to beat the best value known.

    Args:
        mean: Predicted value, larger is better, shape (n,).
        std: Doubt about it, same unit, > 0.
        best: Best value so far, same unit; -inf makes every candidate equal to its mean.

    Returns:
        Expected improvement, same unit, >= 0.

    Source:
        Jones, Schonlau & Welch (1998), doi:10.1023/A:1008306431147, eq. 15.

    Example:
        >>> expected_improvement(np.array([6.0]), np.array([1.0]), best=6.0).round(4)
        array([0.3989])
    """
    if np.isneginf(best):
        return mean.copy()
    z = (mean - best) / std
    density = np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
    gain: FloatArray = np.maximum((mean - best) * ndtr(z) + std * density, 0.0)
    return gain


def sequential_batch(
    mean: FloatArray,
    std: FloatArray,
    covariance: Callable[[Rows], FloatArray],
    *,
    score: Score,
    noise_std: float,
    batch_size: int,
    chance: FloatArray | None = None,
) -> Rows:
    """Choose a batch one by one, each pick shrinking the doubt about its likes.

    After each pick the joint covariance is conditioned on measuring it (the mean stays: its
    value is unknown). Since doubt only shrinks, a candidate's first score bounds all its later
    ones; so it is enough to look at a shortlist, and the bound proves that nobody outside it
    was wronged. Where it does not, the shortlist grows to all whose first score reaches that
    of the last pick, up to ``SHORTLIST_LIMIT``.

    Args:
        mean: Predicted value, larger is better, shape (n,).
        std: Doubt about the true value, shape (n,), > 0.
        covariance: Rows (m,) -> joint covariance of their true values (m, m).
        score: (mean, std) -> worth of a measurement, never falling with std.
        noise_std: Of one measurement, >= 0.
        batch_size: Rows wanted; all, if there are fewer.
        chance: That a row does not fail, shape (n,); a failure has the score 0. None if none fails.

    Returns:
        Distinct rows, first pick first; ties fall to the larger mean, then to the earlier row.

    Source:
        Desautels, Krause & Burdick (2014), JMLR 15:4053, GP-BUCB, with lazy bounds.
    """
    grain = GRAIN * float(np.median(std)) if len(std) else 1.0

    def worth(mean: FloatArray, std: FloatArray, rows: Rows) -> FloatArray:
        odds = None if chance is None else chance[rows]
        return np.round(lottery(score(mean, std), odds) / grain)

    first = worth(mean, std, np.arange(len(mean)))
    mean = np.round(mean / grain) * grain
    order = np.lexsort((-mean, -first))
    size = min(len(mean), max(SHORTLIST, 4 * batch_size))
    while True:
        rows = np.sort(order[:size])
        among = partial(worth, rows=rows)
        picks, worst = _pick(mean[rows], covariance(rows), among, noise_std, batch_size)
        outside = first[order[size]] if size < len(mean) else -np.inf
        if worst >= outside or size >= SHORTLIST_LIMIT:
            return rows[picks]
        promising = int(np.searchsorted(-first[order], -worst, side="right"))
        size = min(len(mean), max(promising, size + size // 4), SHORTLIST_LIMIT)


def within_purse(
    mean: FloatArray,
    std: FloatArray,
    covariance: Callable[[Rows], FloatArray],
    *,
    cost: FloatArray,
    purse: float,
    wanted: Rows,
    noise_std: float,
    chance: FloatArray | None = None,
) -> Rows:
    """Choose a batch that a purse can pay for, in place of one that costs too much.

    What the last of the wanted rows promises is the bar. Row after row, the one is taken that is
    expected to exceed the bar by most, for its cost as far as money is short, each pick shrinking
    the doubt about its likes.

    Args:
        mean: Predicted value, larger is better, shape (n,).
        std: Doubt about the true value, shape (n,), > 0.
        covariance: Rows (m,) -> joint covariance of their true values (m, m).
        cost: Of each row, shape (n,), > 0.
        purse: What the batch may cost.
        wanted: The batch that would be chosen if money were no matter; no more rows are taken.
        noise_std: Of one measurement, >= 0.
        chance: That a row does not fail, shape (n,); None if none fails.

    Returns:
        Distinct rows that together cost the purse at most, first pick first; as many as are
        wanted, or fewer where no other one can be paid for.

    Source:
        Expected improvement and cost as in Snoek, Larochelle & Adams (2012), arXiv:1206.2944,
        section 3.2.
    """
    bar = float((mean[wanted] + std[wanted]).min())
    grain = GRAIN * float(np.median(std))
    odds = np.ones(len(mean)) if chance is None else np.maximum(chance, LEAST_CHANCE)

    def worth(rows: Rows, std: FloatArray) -> FloatArray:
        found = expected_improvement(mean[rows], std, best=bar)
        return np.asarray(np.round(found / grain, 4) * odds[rows])

    alone = worth(np.arange(len(mean)), std)
    n_most = min(len(mean), max(SHORTLIST, 8 * len(wanted)))
    rows = np.union1d(*(np.argsort(-x, kind="stable")[:n_most] for x in (alone, alone / cost)))
    joint = np.array(covariance(rows), float)
    noise = noise_std**2 + 1e-9 * float(np.mean(np.diag(joint)))

    def buy(rate: Rate) -> tuple[Rows, float]:
        left, total, variance = purse, 0.0, np.diag(joint).copy()
        open_, picks = cost[rows] <= left, list[int]()
        updates = np.empty((len(wanted), len(rows)))
        while open_.any() and (i := len(picks)) < len(wanted):
            gain = worth(rows, np.sqrt(np.maximum(variance, 1e-18)))
            pick = int(np.argmax(np.where(open_, rate(gain), -np.inf)))
            picks.append(pick)
            total += float(gain[pick])
            left -= float(cost[rows[pick]])
            open_[pick] = False
            open_ &= cost[rows] <= left
            column = joint[pick] - updates[:i, pick] @ updates[:i]
            updates[i] = column / np.sqrt(max(column[pick], 0.0) + noise)
            variance -= updates[i] ** 2
        return np.array(picks, np.intp), total

    return rows[best_basket(buy, gain=alone[rows], cost=cost[rows], purse=purse)]


def max_min(
    alike: npt.NDArray[np.float32],
    to_known: FloatArray,
    *,
    batch_size: int,
    chance: FloatArray | None = None,
) -> Rows:
    """Choose rows that are as unlike each other, and what is known, as possible.

    Args:
        alike: Similarity of the candidates, shape (n, n).
        to_known: Largest similarity to anything known, shape (n,); 0 when nothing is.
        batch_size: Rows wanted; all, if there are fewer.
        chance: That a row does not fail, shape (n,), by which unlikeness counts; None: nobody.

    Returns:
        Distinct rows, first pick first; ties fall to the earlier row.

    Source:
        Kennard & Stone (1969), doi:10.1080/00401706.1969.10490666 (max-min distance).
    """
    closest = np.round(to_known, FLOAT32_DIGITS)
    odds = np.ones(len(closest)) if chance is None else np.maximum(chance, LEAST_CHANCE)
    picks = np.empty(min(batch_size, len(closest)), np.intp)
    for i in range(len(picks)):
        unlike = (1.0 - closest) * odds
        pick = int(np.argmin(closest)) if chance is None else int(np.argmax(unlike))
        picks[i] = pick
        closest = np.maximum(closest, np.round(alike[pick].astype(float), FLOAT32_DIGITS))
        closest[picks[: i + 1]] = np.inf
    return picks


def _pick(
    mean: FloatArray, joint: FloatArray, score: Score, noise_std: float, batch_size: int
) -> tuple[Rows, float]:
    """Return the batch of a shortlist, and the score at which its last member was taken."""
    left = np.array(joint, float)
    noise = noise_std**2 + 1e-9 * float(np.mean(np.diag(left)))
    picks = np.empty(min(batch_size, len(mean)), np.intp)
    open_ = np.ones(len(mean), bool)
    variance = np.diag(left).copy()
    updates = np.empty((len(picks), len(mean)))
    worst = np.inf
    for i in range(len(picks)):
        values = score(mean, np.sqrt(np.maximum(variance, 1e-18)))
        values[~open_] = -np.inf
        best = float(values.max())
        pick = int(np.argmax(np.where(values == best, mean, -np.inf)))
        picks[i], worst = pick, min(worst, float(values[pick]))
        open_[pick] = False
        column = left[:, pick] - updates[:i].T @ updates[:i, pick]
        updates[i] = column / np.sqrt(max(column[pick], 0.0) + noise)
        variance -= updates[i] ** 2
    return picks, worst
