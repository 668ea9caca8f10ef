# SPDX-License-Identifier: Apache-2.0
"""What a purse buys, beside every basket that it could pay for."""

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from loopwright.science.acquisition import within_purse
from loopwright.science.desirability import best_in_most_worlds


def world(seed, m=12):
    rng = np.random.default_rng(seed)
    return np.maximum(rng.normal(0.0, 1.0, (64, m)), 0.0), rng.lognormal(0.0, 1.0, m)


def best_of_all(worth, cost, size, purse):
    """The most that any basket of at most so many rows raises."""
    baskets = (b for k in range(1, size + 1) for b in combinations(range(worth.shape[1]), k))
    return max(
        worth[:, list(b)].max(axis=1).mean() for b in baskets if cost[list(b)].sum() <= purse
    )


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), share=st.floats(0.15, 1.5))
def test_a_basket_is_nearly_as_good_as_the_best_that_money_and_places_allow(seed, share):
    worth, cost = world(seed)
    purse = max(share * 3 * float(np.median(cost)), float(cost.min()))
    rows = best_in_most_worlds(worth, np.zeros(12), batch_size=3, cost=cost, purse=purse)
    assert cost[rows].sum() <= purse and len(rows) <= 3
    assert worth[:, rows].max(axis=1).mean() >= 0.85 * best_of_all(worth, cost, 3, purse)


def test_where_places_are_short_money_is_spent_on_what_is_good():
    """Three places, ten crumbs at one each, three good ones at thirty each, and a hundred."""
    gain = np.array([0.1] * 10 + [1.0, 1.1, 1.2, 1.3])
    cost = np.array([1.0] * 10 + [30.0, 31.0, 32.0, 90.0])
    rows = within_purse(
        gain, np.full(14, 0.5), lambda rows: 0.25 * np.eye(len(rows)), cost=cost, purse=100.0,
        wanted=np.array([13, 12, 11]), noise_std=0.1,
    )  # fmt: skip
    assert set(rows.tolist()) == {10, 11, 12}


def test_a_dearer_pool_never_makes_a_batch_worse():
    """What was true of a cheaper part of a pool stays on offer in the whole."""
    rng = np.random.default_rng(0)
    mean, std, cost = rng.normal(size=60), np.full(60, 0.4), rng.lognormal(3.0, 1.0, 60)

    def promised(rows, part):
        return np.maximum(mean[part][rows] - 1.0, 0.0).sum()

    gains = []
    for most in (20.0, 60.0, 1e9):
        part = np.flatnonzero(cost <= most)
        wanted = np.argsort(-mean[part])[:3]
        rows = within_purse(
            mean[part], std[part], lambda rows: 0.16 * np.eye(len(rows)), cost=cost[part],
            purse=60.0, wanted=wanted, noise_std=0.1,
        )  # fmt: skip
        gains.append(promised(rows, part))
    assert gains[0] <= gains[1] + 1e-9 and gains[1] <= gains[2] + 1e-9
