# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from loopwright.science.metrics import bootstrap_interval, errors, mae, r_squared, rmse, spearman

NUMBER = st.floats(-1e3, 1e3)
PAIRS = st.lists(st.tuples(NUMBER, NUMBER), min_size=2, max_size=40)
GAPS = st.lists(NUMBER, min_size=1, max_size=40).map(np.array).map(lambda x: np.round(x, 6))


def _columns(pairs):
    return np.array(pairs).T


@given(PAIRS)
def test_spearman_is_the_one_of_scipy(pairs):
    truth, predicted = _columns(pairs)
    if np.ptp(truth) > 0 and np.ptp(predicted) > 0:
        known = spearmanr(truth, predicted).statistic
        assert spearman(truth, predicted) == pytest.approx(known, abs=1e-9)


@given(PAIRS)
def test_spearman_feels_ranks_only(pairs):
    truth, predicted = np.round(_columns(pairs))
    assert spearman(truth, predicted) == spearman(truth**3, 2.0 * predicted + 1.0)
    assert spearman(truth, -predicted) == pytest.approx(-spearman(truth, predicted), abs=1e-9)


def test_a_constant_column_has_no_rank_correlation():
    assert spearman(np.ones(4), np.arange(4.0)) == spearman(np.arange(4.0), np.ones(4)) == 0.0
    assert spearman(np.arange(4.0), np.arange(4.0)) == 1.0


@given(PAIRS)
def test_the_error_of_a_measured_value_is_the_difference(pairs):
    truth, predicted = _columns(pairs)
    found = errors(truth, predicted, np.zeros(len(truth), np.int8))
    assert np.array_equal(found, predicted - truth)


@given(NUMBER, NUMBER, st.sampled_from([-1, 1]))
def test_a_limit_that_is_respected_is_no_error_and_a_broken_one_counts_by_its_breach(
    limit, predicted, side
):
    gap = errors(np.array([limit]), np.array([predicted]), np.array([side], np.int8))[0]
    respected = side * (predicted - limit) >= 0
    assert gap == (0.0 if respected else predicted - limit)


@given(GAPS)
def test_rmse_is_never_below_mae_and_never_above_the_worst(gaps):
    assert mae(gaps) <= rmse(gaps) * (1 + 1e-12)
    assert rmse(gaps) <= np.abs(gaps).max() * (1 + 1e-12)


def test_rmse_and_mae_of_known_errors():
    gaps = np.array([3.0, -4.0])
    assert rmse(gaps) == pytest.approx(np.sqrt(12.5))
    assert mae(gaps) == 3.5


@given(st.lists(st.lists(NUMBER, min_size=3, max_size=3), min_size=1, max_size=9).map(np.array))
def test_a_table_is_scored_row_by_row(table):
    truth = np.arange(3.0)
    for many, one in ((rmse(table), rmse), (mae(table), mae)):
        assert many == pytest.approx([float(one(row)) for row in table])
    ranks = spearman(np.tile(truth, (len(table), 1)), table)
    assert ranks == pytest.approx([float(spearman(truth, row)) for row in table])


def _mean(rows):
    return rows.mean(axis=-1)


def test_the_bootstrap_interval_of_a_mean_agrees_with_the_normal_one():
    samples = np.random.default_rng(0).normal(5.0, 2.0, 400)
    low, high = bootstrap_interval((samples,), _mean, rng=np.random.default_rng(1), n_draws=2000)
    half = 1.96 * samples.std() / np.sqrt(400)
    assert (low, high) == pytest.approx((samples.mean() - half, samples.mean() + half), abs=0.02)


def test_the_bootstrap_draws_whole_rows():
    column = np.arange(20.0)
    low, high = bootstrap_interval(
        (column, column), lambda a, b: np.abs(a - b).max(axis=-1), rng=np.random.default_rng(1)
    )
    assert low == high == 0.0


def test_the_same_generator_gives_the_same_interval():
    samples = np.random.default_rng(0).random(30)
    one, again, other = (
        bootstrap_interval((samples,), _mean, rng=np.random.default_rng(seed)) for seed in (3, 3, 4)
    )
    assert one == again != other


def test_explained_variance_is_one_for_the_truth_zero_for_the_mean_and_below_for_worse():
    truth = np.array([[1.0, 2.0, 4.0], [5.0, 5.0, 5.0]])
    assert r_squared(truth, truth).tolist() == [1.0, 0.0]
    assert r_squared(truth[0], np.full(3, truth[0].mean())) == pytest.approx(0.0)
    assert r_squared(truth[0], -truth[0]) < 0.0
