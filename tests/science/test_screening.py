# SPDX-License-Identifier: Apache-2.0
"""A cheap screen and a costly assay, bought from one purse."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import norm

from loopwright.science.acquisition import expected_improvement
from loopwright.science.screening import Terms, screens_and_assays


def _gain(mean, std):
    return float(expected_improvement(np.array([mean]), np.array([std]), best=0.0)[0])


def _world(seed, n, multiple):
    """Means, and the joint covariance of n values and of what a screen measures of them."""
    rng = np.random.default_rng(seed)
    apart = (points := rng.random(n))[:, None] - points[None, :]
    related = np.exp(-0.5 * (apart / 0.2) ** 2)
    rest = 0.3 * np.exp(-0.5 * (apart / 0.1) ** 2)
    value, shared = multiple**2 * related + rest, multiple * related
    return 0.5 * rng.standard_normal(n), np.block([[value, shared], [shared, related]])


def _asked(mean, joint, screen_noise_std=0.4):
    """What stands beside the mean in every question of these worlds."""
    n = len(mean)
    std, below = np.sqrt(np.diag(joint)[:n]), np.diag(joint)[n:]
    taught = np.diag(joint[:n, n:]) / np.sqrt(below + screen_noise_std**2)

    def among(rows):
        both = np.concatenate([rows, rows + n])
        return joint[np.ix_(both, both)]

    return std, taught, among


def _terms(n, *, purse=3.0, later=6.0, screen_cost=0.2, cost=None, screen_noise_std=0.4):
    return Terms(
        cost=np.ones(n) if cost is None else cost, screen_cost=screen_cost, purse=purse,
        later=later, noise_std=0.3, screen_noise_std=screen_noise_std,
    )  # fmt: skip


def _by_brute_force(mean, joint, wanted, terms):
    """The same choice, row by row, with everything conditioned anew on all that was taken."""
    n = len(mean)
    std = np.sqrt(np.diag(joint)[:n])
    bar = (mean + std)[wanted].min()
    noise = np.repeat([terms.noise_std**2, terms.screen_noise_std**2], n)
    cost = np.concatenate([terms.cost, np.full(n, terms.screen_cost)])
    found = np.array([_gain(m - bar, s) for m, s in zip(mean, std, strict=True)]) / terms.cost
    order = np.argsort(-found, kind="stable")
    n_paid = int(np.sum(np.cumsum(terms.cost[order]) < terms.purse + terms.later))
    rate, purse, picks = found[order[min(n_paid, n - 1)]], terms.purse, []
    while True:
        noisy = joint[np.ix_(picks, picks)] + np.diag(noise[picks])
        left = joint - joint[:, picks] @ np.linalg.solve(noisy, joint[picks]) if picks else joint
        best, bought = 0.0, None
        for p in range(2 * n):
            if p % n in [q % n for q in picks] or cost[p] > purse:
                continue
            if p >= n and terms.later == 0.0:
                continue
            worth = 0.0 if p >= n else _gain(mean[p] - bar, np.sqrt(left[p, p]))
            for i in range(n if terms.later else 0):
                if i in picks or i == p:
                    continue
                s, asked = np.sqrt(left[i, i]), rate * terms.cost[i]
                at = brentq(lambda x, s=s, a=asked: _gain(x, s) - a, -50.0, 50.0, xtol=1e-14)
                move = abs(left[i, p]) / np.sqrt(left[p, p] + noise[p])
                away = abs(mean[i] - bar - at)
                slope = norm.cdf(at / s)
                worth += slope * (move * norm.pdf(away / move) - away * norm.sf(away / move))
            if worth / cost[p] > best * (1 + 1e-9):
                best, bought = worth / cost[p], p
        if bought is None:
            return picks
        picks.append(bought)
        purse -= cost[bought]


def _picks(basket, n):
    return [int(r) + n * bool(s) for r, s in zip(basket.rows, basket.is_screen, strict=True)]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 7), st.sampled_from([0.3, 1.0, 3.0]))
def test_a_basket_is_the_one_of_brute_force(seed, n, multiple):
    mean, joint = _world(seed, n, multiple)
    std, taught, among = _asked(mean, joint)
    wanted = np.argsort(-mean)[:3]
    costs = 1.0 + 0.5 * (np.arange(n) % 3)
    for later in (0.0, 6.0):
        terms = _terms(n, later=later, cost=costs)
        found = screens_and_assays(mean, std, taught, among, wanted=wanted, terms=terms)
        assert _picks(found, n) == _by_brute_force(mean, joint, wanted, terms)


@given(st.integers(0, 10_000), st.floats(0.05, 2.0), st.floats(0.5, 9.0))
@settings(max_examples=30, deadline=None)
def test_no_basket_costs_more_than_the_purse_and_nobody_is_in_it_twice(seed, screen_cost, purse):
    mean, joint = _world(seed, 20, 1.0)
    std, taught, among = _asked(mean, joint)
    terms = _terms(20, purse=purse, screen_cost=screen_cost)
    found = screens_and_assays(mean, std, taught, among, wanted=np.arange(3), terms=terms)
    paid = found.is_screen.sum() * screen_cost + (~found.is_screen).sum()
    assert paid <= purse + 1e-9 and len(set(found.rows.tolist())) == len(found.rows)


def _shares(multiple=1.0, **terms):
    """How many screens and assays are bought in a world of a hundred candidates."""
    mean, joint = _world(5, 100, multiple)
    std, taught, among = _asked(mean, joint, terms.get("screen_noise_std", 0.4))
    asked = _terms(100, **{"purse": 5.0, "later": 15.0, **terms})
    found = screens_and_assays(mean, std, taught, among, wanted=np.argsort(-mean)[:5], terms=asked)
    return int(found.is_screen.sum()), int((~found.is_screen).sum())


def test_both_are_bought_where_both_pay():
    n_screens, n_assays = _shares(screen_cost=0.1)
    assert n_screens > 0 and n_assays > 0


def test_in_the_last_batch_nothing_is_screened():
    assert _shares(screen_cost=0.01, later=0.0) == (0, 5)


def test_a_screen_that_tells_nothing_is_not_bought_for_its_low_price():
    n_screens, n_assays = _shares(multiple=1e-4, screen_cost=0.1)
    assert n_assays == 5 and n_screens == 0


def test_the_dearer_a_screen_and_the_noisier_the_fewer_are_bought():
    by_price = [_shares(screen_cost=c)[0] for c in (0.05, 0.2, 1.0)]
    by_noise = [_shares(screen_noise_std=s)[0] for s in (0.1, 1.0, 10.0)]
    assert by_price == sorted(by_price, reverse=True) and by_price[0] > by_price[-1]
    assert by_noise == sorted(by_noise, reverse=True) and by_noise[0] > by_noise[-1]


def test_who_was_screened_before_is_only_assayed():
    mean, joint = _world(5, 30, 1.0)
    std, taught, among = _asked(mean, joint)
    before = np.arange(30) % 2 == 0
    terms = _terms(30, screen_cost=0.05)
    kwargs = {"wanted": np.argsort(-mean)[:3], "terms": terms}
    free = screens_and_assays(mean, std, taught, among, **kwargs)
    found = screens_and_assays(mean, std, np.where(before, 0.0, taught), among, **kwargs)
    assert before[free.rows[free.is_screen]].any()
    assert not before[found.rows[found.is_screen]].any()


def test_who_may_fail_is_bought_less():
    mean, joint = _world(5, 30, 1.0)
    std, taught, among = _asked(mean, joint)
    kwargs = {"wanted": np.argsort(-mean)[:3], "terms": _terms(30)}
    first = screens_and_assays(mean, std, taught, among, **kwargs).rows[0]
    chance = np.where(np.arange(30) == first, 0.01, 1.0)
    found = screens_and_assays(mean, std, taught, among, chance=chance, **kwargs)
    assert found.rows[0] != first
