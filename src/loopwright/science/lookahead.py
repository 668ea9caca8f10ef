# SPDX-License-Identifier: Apache-2.0
"""What a way to choose would find in the batches that are left, played out in possible worlds.

A world is one truth that agrees with what the model thinks. In it the remaining batches are chosen,
measured and learned from, as they would be, so that exploring pays only what it really brings
before the campaign ends.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from loopwright.core.values import FloatArray
from loopwright.science.draws import truths

__all__ = ["finds"]

SHORTLIST = 4
"""Batches' worth of candidates that compete for one batch jointly."""

Rows = npt.NDArray[np.intp]


def finds(
    mean: FloatArray,
    covariance: FloatArray,
    *,
    betas: Sequence[float],
    noise_std: float,
    batch_size: int,
    cycles_left: int,
    n_worlds: int,
    rng: np.random.Generator,
) -> FloatArray:
    """Return how much of the best each upper confidence bound finds, early finds counted more.

    In each world the best are as many as one batch holds. Every batch but the last is chosen by
    mean + beta * std, each pick shrinking the doubt about its likes, and the last by the mean.

    Args:
        mean: Predicted value of n candidates, larger is better, shape (n,).
        covariance: Of their true values, shape (n, n).
        betas: Standard deviations of doubt that count as promise, one for each way to choose.
        noise_std: Of one measurement, >= 0.
        batch_size: Candidates in each batch, at most n.
        cycles_left: Batches that follow the next one.
        n_worlds: How many truths are drawn; every way to choose meets the same.
        rng: Draws them.

    Returns:
        Shape (number of betas, n_worlds), 0 to 1: the share found, mean over the batches.

    Source:
        Rollout as in Lam, Willcox & Wolpert (2016), NeurIPS 29:883, with the upper confidence
        bounds as base policies.
    """
    truth = truths(mean, covariance, n=n_worlds, rng=rng)
    seen = truth + noise_std * rng.standard_normal(truth.shape)
    bar = np.partition(truth, -batch_size, axis=1)[:, -batch_size, None]
    noise = noise_std**2 + 1e-9 * float(np.mean(np.diag(covariance)))
    found = np.empty((len(betas), n_worlds))
    for i, beta in enumerate(betas):
        game = _Game(mean, covariance, seen, noise=noise)
        shares = np.zeros(n_worlds)
        for left in range(cycles_left, -1, -1):
            game.play(batch_size, beta if left else 0.0, is_last=not left)
            shares += (game.is_measured & (truth >= bar)).sum(axis=1) / batch_size
        found[i] = shares / (cycles_left + 1)
    return found


class _Game:
    """What is believed in each of W worlds while batch after batch is measured there."""

    def __init__(
        self, mean: FloatArray, covariance: FloatArray, seen: FloatArray, *, noise: float
    ) -> None:
        self._seen, self._noise = seen, noise
        self._worlds = np.arange(len(seen))
        self._mean = np.repeat(mean[None, :], len(seen), axis=0)
        self._left = np.repeat(covariance[None, :, :], len(seen), axis=0)
        self.is_measured = np.zeros(seen.shape, bool)

    def play(self, size: int, beta: float, *, is_last: bool) -> None:
        """Choose a batch in each world; unless it is the last, measure it and learn from it."""
        picks = self._chosen(size, beta)
        self.is_measured[self._worlds[:, None], picks] = True
        if is_last:
            return
        cross = np.take_along_axis(self._left, picks[:, None, :], axis=2)
        known = np.take_along_axis(cross, picks[:, :, None], axis=1) + self._noise * np.eye(size)
        told = np.linalg.solve(known, np.swapaxes(cross, 1, 2))
        news = np.take_along_axis(self._seen - self._mean, picks, axis=1)
        self._mean += np.einsum("wbn,wb->wn", told, news)
        self._left -= cross @ told

    def _chosen(self, size: int, beta: float) -> Rows:
        """Return a batch of each world, shape (W, size)."""
        doubt = np.sqrt(np.maximum(np.einsum("wnn->wn", self._left), 1e-18))
        first = np.where(self.is_measured, -np.inf, self._mean + beta * doubt)
        n_short = min(first.shape[1], SHORTLIST * size if beta > 0.0 else size)
        short: Rows = np.argpartition(-first, n_short - 1, axis=1)[:, :n_short]
        if beta == 0.0:
            return short
        mean = np.take_along_axis(self._mean, short, axis=1)
        mean[np.take_along_axis(self.is_measured, short, axis=1)] = -np.inf
        left = self._left[self._worlds[:, None, None], short[:, :, None], short[:, None, :]]
        return np.take_along_axis(short, self._one_by_one(mean, left, size, beta), axis=1)

    def _one_by_one(self, mean: FloatArray, left: FloatArray, size: int, beta: float) -> Rows:
        """Return places in a shortlist, each pick shrinking the doubt about its likes."""
        worlds, picks = self._worlds, np.empty((len(mean), size), np.intp)
        for i in range(size):
            doubt = np.sqrt(np.maximum(np.einsum("wnn->wn", left), 1e-18))
            pick = np.argmax(mean + beta * doubt, axis=1)
            picks[:, i] = pick
            column = left[worlds, :, pick]
            column /= np.sqrt(column[worlds, pick] + self._noise)[:, None]
            left -= column[:, :, None] * column[:, None, :]
            mean[worlds, pick] = -np.inf
        return picks
