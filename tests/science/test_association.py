# SPDX-License-Identifier: Apache-2.0
"""Correlations and calls of a class: published values and laws."""

import itertools

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score

from loopwright.science.association import accuracy, f1, kendall, pearson


def test_pearson_is_that_of_anscombe_s_first_set():
    """Anscombe (1973), doi:10.1080/00031305.1973.10478966: 0.816."""
    x = np.array([10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5], float)
    y = np.array([8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68])
    assert float(pearson(x, y)) == pytest.approx(0.81642, abs=1e-5)


def test_kendall_counts_pairs_in_order_against_pairs_out_of_order():
    """The definition of Kendall (1938), doi:10.1093/biomet/30.1-2.81, counted pair by pair."""
    first = np.arange(1.0, 11.0)
    second = np.array([4, 7, 2, 10, 3, 6, 8, 1, 5, 9], float)
    pairs = list(itertools.combinations(range(10), 2))
    score = sum(np.sign((first[i] - first[j]) * (second[i] - second[j])) for i, j in pairs)
    assert float(kendall(first, second)) == pytest.approx(score / len(pairs))
    assert float(kendall(first, -first)) == -1.0


@pytest.mark.parametrize("statistic", [pearson, kendall])
def test_a_constant_has_no_correlation_and_many_resamples_give_many_answers(statistic):
    x = np.array([1.0, 2.0, 3.0, 4.0])
    assert float(statistic(x, np.ones(4))) == 0.0
    both = statistic(np.stack([x, x]), np.stack([x, -x]))
    assert np.allclose(both, [1.0, -1.0])


def test_calls_agree_with_scikit_learn():
    rng = np.random.default_rng(5)
    truth, said = rng.integers(0, 2, (20, 30)).astype(float), rng.random((20, 30))
    assert np.allclose(
        accuracy(truth, said),
        [accuracy_score(t, s >= 0.5) for t, s in zip(truth, said, strict=True)],
    )
    assert np.allclose(
        f1(truth, said), [f1_score(t, s >= 0.5) for t, s in zip(truth, said, strict=True)]
    )
    assert float(f1(np.zeros(3), np.zeros(3))) == 0.0
