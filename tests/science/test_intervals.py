# SPDX-License-Identifier: Apache-2.0
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from loopwright.science.intervals import COVERAGE, conformal_factor, gaussian

SCORES = st.lists(st.floats(0, 100), min_size=1, max_size=200)


@given(st.floats(-10, 10), st.floats(0.01, 10), st.floats(0, 10))
def test_a_gaussian_interval_leaves_five_percent_on_each_side(mean, std, noise):
    said = gaussian(np.array([[mean]]), np.array([[std]]), np.array([noise]))
    spread = math.hypot(std, noise)
    assert norm.cdf(said.low[0, 0], mean, spread) == pytest.approx(0.05, abs=1e-9)
    assert norm.sf(said.high[0, 0], mean, spread) == pytest.approx(0.05, abs=1e-9)


def test_each_property_has_its_own_noise():
    said = gaussian(np.zeros((3, 2)), np.ones((3, 2)), np.array([0.0, 5.0]))
    assert (said.high[:, 1] > said.high[:, 0]).all()
    assert np.array_equal(said.low, -said.high) and said.in_domain.all()


def test_the_factor_is_the_score_of_the_rank_that_the_paper_names():
    assert conformal_factor(np.arange(1.0, 100.0)) == 90.0
    assert conformal_factor(np.arange(1.0, 10.0)) == 9.0
    assert conformal_factor(np.arange(1.0, 10.0), coverage=0.5) == 5.0


def test_with_too_few_rows_the_factor_is_no_smaller_than_the_gaussian_one():
    assert conformal_factor(np.array([])) == pytest.approx(1.6448536)
    assert conformal_factor(np.full(8, 0.1)) == pytest.approx(1.6448536)
    assert conformal_factor(np.full(8, 3.0)) == 3.0
    assert conformal_factor(np.full(9, 0.1)) == 0.1


@given(SCORES)
def test_the_factor_holds_at_least_the_wanted_share_of_the_scores_it_came_from(scores):
    assert np.mean(np.array(scores) <= conformal_factor(np.array(scores)) + 1e-9) >= COVERAGE


@given(SCORES, st.randoms(use_true_random=False))
def test_the_factor_does_not_depend_on_the_order_of_the_scores(scores, random):
    mixed = random.sample(scores, len(scores))
    assert conformal_factor(np.array(mixed)) == conformal_factor(np.array(scores))


@given(SCORES, st.floats(0.05, 0.95), st.floats(0.05, 0.95))
def test_more_coverage_never_needs_a_smaller_factor_once_rows_suffice(scores, one, other):
    few = [c for c in (one, other) if math.ceil((len(scores) + 1) * c) > len(scores)]
    if not few:
        less, more = sorted((one, other))
        found = [conformal_factor(np.array(scores), coverage=c) for c in (less, more)]
        assert found[0] <= found[1]


def test_new_rows_of_the_same_distribution_are_covered_as_promised():
    """By Lei et al. the mean coverage lies between 0.90 and 0.90 + 1 / (n + 1)."""
    rng = np.random.default_rng(0)
    share = [
        norm.cdf(f) - norm.cdf(-f)
        for f in (conformal_factor(np.abs(rng.standard_normal(49))) for _ in range(3000))
    ]
    assert 0.90 - 0.004 < np.mean(share) < 0.92 + 0.004
