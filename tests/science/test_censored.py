# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import norm, truncnorm

from loopwright.science.censored import censored_normal, truncated_moments

MEAN = st.floats(-10, 10)
STD = st.floats(0.05, 10)
AWAY = st.floats(-6, 6)
"""Of the limit from the mean, in standard deviations."""

SIDE = st.sampled_from([-1, 1])


def _moments(mean, std, limit, bound):
    columns = [np.array([x], float) for x in (mean, std, limit)]
    found = truncated_moments(*columns, np.array([bound], np.int8))
    return float(found[0][0]), float(found[1][0])


def test_half_a_normal_has_the_published_moments():
    mean, variance = _moments(0.0, 1.0, 0.0, 1)
    assert mean == pytest.approx(np.sqrt(2 / np.pi), abs=1e-12)
    assert variance == pytest.approx(1 - 2 / np.pi, abs=1e-12)


@given(MEAN, STD, AWAY, SIDE)
def test_moments_beyond_a_limit_are_those_of_the_truncated_normal(mean, std, away, side):
    limit = mean + away * std
    a, b = (away, np.inf) if side > 0 else (-np.inf, away)
    known = truncnorm(a, b, loc=mean, scale=std)
    found = _moments(mean, std, limit, side)
    assert found[0] == pytest.approx(known.mean(), abs=1e-6 * std)
    assert found[1] == pytest.approx(known.var(), rel=1e-3, abs=1e-6 * std**2)


@given(MEAN, STD, AWAY, SIDE)
def test_the_expected_value_lies_beyond_the_limit_and_the_mean(mean, std, away, side):
    limit = mean + away * std
    expected, _ = _moments(mean, std, limit, side)
    assert side * (expected - limit) >= -1e-9 * std
    assert side * (expected - mean) >= 0.0


@given(MEAN, STD, AWAY, SIDE)
def test_knowing_a_limit_never_raises_the_doubt(mean, std, away, side):
    _, variance = _moments(mean, std, mean + away * std, side)
    assert 0.0 < variance <= std**2 * (1 + 1e-9)


@given(MEAN, STD, AWAY)
def test_an_upper_limit_is_a_lower_limit_in_the_mirror(mean, std, away):
    up, down = _moments(mean, std, mean + away, 1), _moments(-mean, std, -mean - away, -1)
    assert up == pytest.approx((-down[0], down[1]), abs=1e-9 * (1 + std**2))


@given(MEAN, STD, MEAN)
def test_a_measured_value_is_itself_without_doubt(mean, std, value):
    assert _moments(mean, std, value, 0) == (value, 0.0)


@pytest.mark.parametrize("away", [20.0, 37.0, 50.0])
def test_a_limit_far_out_gives_finite_moments_just_beyond_it(away):
    expected, variance = _moments(0.0, 1.0, away, 1)
    assert away < expected < away + 2.0 / away
    assert 0.0 < variance < 1.0


def test_a_limit_that_says_nothing_changes_nothing():
    assert _moments(3.0, 2.0, -100.0, 1) == pytest.approx((3.0, 4.0))


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=30))
def test_without_limits_the_normal_has_the_plain_mean_and_deviation(values):
    found = censored_normal(np.array(values), np.zeros(len(values), np.int8))
    if np.ptp(values) > 1e-6:
        assert found == pytest.approx((np.mean(values), np.std(values)), rel=1e-6, abs=1e-9)
    else:
        assert found[1] > 0.0


def test_the_level_behind_limits_is_the_one_of_greatest_likelihood():
    rng = np.random.default_rng(2)
    truth = rng.normal(6.0, 1.5, 400)
    bounds = (truth > 6.5).astype(np.int8)
    values = np.where(bounds, 6.5, truth)

    def loss(x):
        mean, std = x[0], np.exp(x[1])
        exact = norm.logpdf(values[bounds == 0], mean, std).sum()
        return -exact - norm.logsf(6.5, mean, std) * bounds.sum()

    best = minimize(loss, [5.0, 0.0]).x
    mean, std = censored_normal(values, bounds)
    assert mean == pytest.approx(best[0], abs=0.01)
    assert std == pytest.approx(np.exp(best[1]), abs=0.01)
    assert values.mean() < 5.8 < mean


@given(st.lists(st.tuples(st.floats(-9, 9), st.sampled_from([-1, 0, 1])), min_size=1, max_size=20))
def test_whatever_is_known_the_level_is_finite_and_the_deviation_positive(rows):
    values, bounds = zip(*rows, strict=True)
    mean, std = censored_normal(np.array(values), np.array(bounds, np.int8))
    assert np.isfinite(mean) and 0.0 < std < np.inf
