# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from loopwright.science.acquisition import (
    SHORTLIST,
    expected_improvement,
    max_min,
    sequential_batch,
)

VALUE = st.floats(-20, 20)
DOUBT = st.floats(0.01, 10)


def _gain(mean, std, best):
    return float(expected_improvement(np.array([mean]), np.array([std]), best=best)[0])


def _ucb(mean, std):
    return mean + 2.0 * std


def _covariance_of(points, length):
    """The covariance of a smooth function at points on a line, asked for by rows."""

    def covariance(rows):
        apart = points[rows][:, None] - points[rows][None, :]
        return np.exp(-0.5 * (apart / length) ** 2)

    return covariance


def _by_brute_force(mean, joint, score, noise_std, batch_size):
    """GP-BUCB as the paper writes it: condition everything on every pick, look at everyone."""
    picks: list[int] = []
    for _ in range(min(batch_size, len(mean))):
        left = joint
        if picks:
            noisy = joint[np.ix_(picks, picks)] + noise_std**2 * np.eye(len(picks))
            left = joint - joint[:, picks] @ np.linalg.solve(noisy, joint[picks])
        values = np.round(score(mean, np.sqrt(np.maximum(np.diag(left), 1e-18))), 9)
        values[picks] = -np.inf
        picks.append(int(np.argmax(values)))
    return picks


# ---- expected improvement
def test_at_the_best_value_expected_improvement_is_the_density_at_zero():
    assert _gain(6.0, 1.0, 6.0) == pytest.approx(0.3989422804, abs=1e-9)


@pytest.mark.parametrize(
    ("z", "tabulated"), [(-2.0, 0.008491), (-1.0, 0.083315), (1.0, 1.083315), (2.0, 2.008491)]
)
def test_expected_improvement_has_the_tabulated_values_of_the_unit_normal_loss(z, tabulated):
    assert _gain(z, 1.0, 0.0) == pytest.approx(tabulated, abs=1e-6)


@settings(max_examples=30)
@given(VALUE, DOUBT, VALUE)
def test_expected_improvement_is_the_integral_that_defines_it(mean, std, best):
    top = max(mean, best) + 12 * std
    exact, _ = quad(
        lambda y: (y - best) * norm.pdf(y, mean, std), best, top, points=[max(mean, best)]
    )
    assert _gain(mean, std, best) == pytest.approx(exact, abs=1e-6 * (1 + std))


@given(VALUE, DOUBT, VALUE)
def test_expected_improvement_is_never_negative_nor_below_the_plain_gain(mean, std, best):
    assert _gain(mean, std, best) >= max(mean - best, 0.0) - 1e-9


@given(VALUE, DOUBT, VALUE, DOUBT)
def test_more_doubt_never_lowers_expected_improvement(mean, std, best, more):
    assert _gain(mean, std + more, best) >= _gain(mean, std, best) - 1e-9


@given(VALUE, DOUBT, VALUE, st.floats(0, 10))
def test_a_larger_mean_never_lowers_expected_improvement(mean, std, best, more):
    assert _gain(mean + more, std, best) >= _gain(mean, std, best) - 1e-9


@given(VALUE, DOUBT, VALUE, VALUE)
def test_expected_improvement_does_not_depend_on_where_zero_is(mean, std, best, shift):
    assert _gain(mean + shift, std, best + shift) == pytest.approx(_gain(mean, std, best), abs=1e-9)


def test_without_a_best_value_the_mean_alone_counts():
    mean = np.array([3.0, 1.0, 2.0])
    assert np.array_equal(expected_improvement(mean, np.ones(3), best=-np.inf), mean)


# ---- batches
@settings(max_examples=40)
@given(n=st.integers(1, 40), size=st.integers(1, 12), seed=st.integers(0, 10_000))
def test_a_batch_is_the_one_of_brute_force(n, size, seed):
    rng = np.random.default_rng(seed)
    points, mean = np.sort(rng.random(n)), 0.3 * rng.standard_normal(n)
    covariance = _covariance_of(points, 0.2)
    joint = covariance(np.arange(n))
    found = sequential_batch(
        mean, np.ones(n), covariance, score=_ucb, noise_std=0.3, batch_size=size
    )
    assert found.tolist() == _by_brute_force(mean, joint, _ucb, 0.3, size)


def test_a_batch_is_the_one_of_brute_force_when_the_shortlist_must_grow():
    """The whole first shortlist is alike, so that one pick empties them of promise."""
    n_alike, n_apart = SHORTLIST + 150, 60
    points = np.concatenate([np.linspace(0.0, 1e-3, n_alike), np.linspace(10.0, 400.0, n_apart)])
    mean = np.concatenate([np.full(n_alike, 0.5), np.linspace(0.1, 0.2, n_apart)])
    asked = []

    def covariance(rows):
        asked.append(len(rows))
        return _covariance_of(points, 1.0)(rows)

    found = sequential_batch(
        mean, np.ones(len(mean)), covariance, score=_ucb, noise_std=0.2, batch_size=8
    )
    joint = _covariance_of(points, 1.0)(np.arange(len(mean)))
    assert found.tolist() == _by_brute_force(mean, joint, _ucb, 0.2, 8)
    assert asked == [SHORTLIST, len(mean)]


def test_the_shortlist_is_enough_where_the_best_differ_from_each_other():
    """The control of the test above: the same sizes, but nothing is like anything."""
    asked = []

    def covariance(rows):
        asked.append(len(rows))
        return np.eye(len(rows))

    mean = np.linspace(1.0, 0.0, SHORTLIST + 260)
    found = sequential_batch(
        mean, np.ones(len(mean)), covariance, score=_ucb, noise_std=0.2, batch_size=8
    )
    assert found.tolist() == list(range(8)) and asked == [SHORTLIST]


def test_a_batch_larger_than_the_shortlist_is_filled():
    n = SHORTLIST // 2
    found = sequential_batch(
        np.zeros(n),
        np.ones(n),
        lambda r: np.eye(len(r)),
        score=_ucb,
        noise_std=0.1,
        batch_size=2 * n,
    )
    assert sorted(found.tolist()) == list(range(n))


def test_without_noise_a_perfect_duplicate_is_the_last_to_be_taken():
    joint = np.eye(4)
    joint[0, 1] = joint[1, 0] = 1.0
    found = sequential_batch(
        np.array([1.0, 1.0, 0.0, 0.0]),
        np.ones(4),
        lambda rows: joint[np.ix_(rows, rows)],
        score=_ucb,
        noise_std=0.0,
        batch_size=4,
    )
    assert found.tolist() == [0, 2, 3, 1]


# ---- spreading out
@settings(max_examples=60)
@given(n=st.integers(1, 25), size=st.integers(1, 30), seed=st.integers(0, 10_000))
def test_max_min_is_the_one_of_brute_force(n, size, seed):
    rng = np.random.default_rng(seed)
    alike = rng.random((n, n)).astype(np.float32)
    alike = (alike + alike.T) / 2
    to_known = rng.random(n)
    picks: list[int] = []
    for _ in range(min(n, size)):
        open_ = [i for i in range(n) if i not in picks]
        picks.append(min(open_, key=lambda i: max([to_known[i], *(alike[p, i] for p in picks)])))
    assert max_min(alike, to_known, batch_size=size).tolist() == picks


def test_on_a_line_max_min_takes_the_far_end_and_then_the_middle():
    points = np.linspace(0, 1, 11)
    alike = (1 - np.abs(points[:, None] - points[None, :])).astype(np.float32)
    assert max_min(alike, alike[0].astype(float), batch_size=2).tolist() == [10, 5]


def test_ties_of_max_min_fall_to_the_earlier_row_whatever_the_last_digit():
    rng = np.random.default_rng(0)
    alike = (0.3 + 0.7 * np.eye(20)).astype(np.float32)
    for noise in (0.0, 1e-12, 1e-8):
        shaken = (alike + noise * rng.standard_normal((20, 20))).astype(np.float32)
        to_known = 0.1 + noise * rng.standard_normal(20)
        assert max_min(shaken, to_known, batch_size=5).tolist() == [0, 1, 2, 3, 4]
