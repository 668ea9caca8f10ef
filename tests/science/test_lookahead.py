# SPDX-License-Identifier: Apache-2.0
"""Playing ahead: as a slow player would, and exploring pays where it should."""

import numpy as np
import pytest

from loopwright.science.draws import truths
from loopwright.science.lookahead import finds


def _slow(mean, covariance, *, betas, noise_std, batch_size, cycles_left, n_worlds, rng):
    """Play one world after another, candidate after candidate, by textbook conditioning."""
    truth = truths(mean, covariance, n=n_worlds, rng=rng)
    seen = truth + noise_std * rng.standard_normal(truth.shape)
    noise = noise_std**2 + 1e-9 * np.mean(np.diag(covariance))
    found = np.zeros((len(betas), n_worlds))
    for b, beta in enumerate(betas):
        for w in range(n_worlds):
            best = set(np.argsort(-truth[w])[:batch_size].tolist())
            taken: list[int] = []
            for left in range(cycles_left, -1, -1):
                value = _given(mean, covariance, taken, seen[w], noise)[0]
                batch: list[int] = []
                for _ in range(batch_size):
                    doubt = np.sqrt(
                        np.diag(_given(mean, covariance, taken + batch, None, noise)[1])
                    )
                    score = value + (beta if left else 0.0) * doubt
                    score[taken + batch] = -np.inf
                    batch.append(int(np.argmax(score)))
                taken += batch
                found[b, w] += len(best & set(taken)) / batch_size / (cycles_left + 1)
    return found


def _given(mean, covariance, rows, seen, noise):
    if not rows:
        return mean, covariance
    known = covariance[np.ix_(rows, rows)] + noise * np.eye(len(rows))
    told = np.linalg.solve(known, covariance[rows])
    news = np.zeros(len(mean)) if seen is None else told.T @ (seen[rows] - mean[rows])
    return mean + news, covariance - covariance[:, rows] @ told


def _world(seed, n=30):
    rng = np.random.default_rng(seed)
    x = rng.random((n, 2))
    far = ((x[:, None] - x[None]) ** 2).sum(-1)
    return rng.normal(0.0, 0.5, n), np.exp(-far / 0.1) + 1e-6 * np.eye(n)


@pytest.mark.parametrize("seed", range(4))
def test_the_shares_are_those_of_a_slow_player(seed):
    mean, covariance = _world(seed)
    asked = {
        "betas": (0.0, 0.7, 2.0),
        "noise_std": 0.2,
        "batch_size": 3,
        "cycles_left": 2,
        "n_worlds": 6,
    }
    fast = finds(mean, covariance, **asked, rng=np.random.default_rng(seed))
    slow = _slow(mean, covariance, **asked, rng=np.random.default_rng(seed))
    assert fast == pytest.approx(slow)


def test_in_the_last_batch_all_ways_are_one():
    mean, covariance = _world(1)
    found = finds(
        mean, covariance, betas=(0.0, 3.0), noise_std=0.1, batch_size=4, cycles_left=0,
        n_worlds=20, rng=np.random.default_rng(0),
    )  # fmt: skip
    assert np.array_equal(found[0], found[1])


def test_exploring_pays_where_one_measurement_tells_of_many_and_not_where_it_tells_nothing():
    n = 40
    mean = np.r_[np.zeros(n // 2), np.full(n // 2, -0.5)]
    kin = np.zeros((n, n))
    kin[: n // 2, : n // 2] = 0.01 * np.eye(n // 2)
    kin[n // 2 :, n // 2 :] = 0.99 + 0.01 * np.eye(n // 2)
    asked = {"betas": (0.0, 2.0), "batch_size": 4, "cycles_left": 3, "n_worlds": 400}
    greedy, bold = finds(mean, kin, **asked, noise_std=0.1, rng=np.random.default_rng(0)).mean(1)
    assert bold > greedy + 0.01
    sure = np.linspace(0.0, 3.0, n)
    greedy, bold = finds(
        sure, np.diag(np.where(sure < 1.5, 1.0, 0.09)), **asked, noise_std=30.0,
        rng=np.random.default_rng(0),
    ).mean(1)  # fmt: skip
    assert greedy > bold
