# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from scipy.stats import ttest_rel

from loopwright.core.errors import DataError
from loopwright.science.paired import corrected_t
from loopwright.science.splits import family_folds

N, REPEATS, FOLDS = 60, 4, 5


def _differences(rng, *, edge):
    """Two lines through half of the truth each, over repeated splits; ``edge`` favours the first.

    Without an edge both see one of two equally good columns, so neither is better.
    """
    x = rng.standard_normal((N, 2))
    y = (1 + edge) * x[:, 0] + (1 - edge) * x[:, 1] + rng.standard_normal(N)
    families = [f"f{i}" for i in rng.integers(20, size=N)]
    gaps = []
    for _ in range(REPEATS):
        fold = family_folds(families, n_folds=FOLDS, rng=rng)
        for f in range(FOLDS):
            seen, new = fold != f, fold == f
            loss = []
            for column in x.T:
                slope, level = np.polyfit(column[seen], y[seen], 1)
                loss.append(np.mean((y[new] - slope * column[new] - level) ** 2))
            gaps.append(loss[0] - loss[1])
    return np.array(gaps)


def _rejected(edge, n_worlds, seed, *, naive=False):
    rng = np.random.default_rng(seed)
    hits = 0
    for _ in range(n_worlds):
        gaps = _differences(rng, edge=edge)
        p = ttest_rel(gaps, np.zeros(len(gaps))).pvalue if naive else None
        hits += (p < 0.05) if naive else corrected_t(gaps, test_over_train=0.25).is_clear
    return hits / n_worlds


def test_equal_learners_are_called_different_in_no_more_than_one_of_twenty_worlds():
    assert _rejected(0.0, 400, 1) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 400)


def test_a_plain_t_test_would_call_equal_learners_different_far_more_often():
    assert _rejected(0.0, 200, 2, naive=True) > 0.25


def test_clearly_different_learners_are_called_different_the_right_way_round():
    assert _rejected(0.8, 100, 3) > 0.9
    gaps = _differences(np.random.default_rng(4), edge=0.8)
    assert corrected_t(gaps, test_over_train=0.25).difference < 0


def test_more_splits_of_the_same_rows_do_not_make_the_interval_vanish():
    rng = np.random.default_rng(0)
    few = corrected_t(rng.standard_normal(10), test_over_train=0.25)
    many = corrected_t(rng.standard_normal(4000), test_over_train=0.25)
    assert (many.high - many.low) > 0.5 * (few.high - few.low)
    assert many.high - many.low == pytest.approx(2 * 1.96 * np.sqrt(0.25), rel=0.05)


def test_one_split_shows_nothing():
    with pytest.raises(DataError, match="no difference"):
        corrected_t(np.array([1.0]), test_over_train=0.25)
    assert corrected_t(np.zeros(5), test_over_train=0.25).p == 1.0
