# SPDX-License-Identifier: Apache-2.0
import warnings
from itertools import combinations_with_replacement

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, cohen_kappa_score

from loopwright.science.classes import calibration_error
from loopwright.science.ordinal import (
    borders_of,
    level_share,
    median_level,
    nearest_level,
    quadratic_kappa,
    ranked_loss,
    shortest_range,
)


def _levels(seed, n=50, k=4):
    """True and said levels that agree more often than by chance."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(k, size=n)
    said = np.clip(truth + rng.integers(-1, 2, size=n), 0, k - 1)
    return truth.astype(float), said.astype(float)


def _chances(seed, n=30):
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.full(rng.integers(3, 8), 0.6), size=n)


def _world(n, seed):
    """Scores and levels whose true probabilities are known."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=n)
    above = 1 / (1 + np.exp(-3 * (scores[:, None] - np.array([-0.8, 0.2, 1.1]))))
    levels = (rng.random(n)[:, None] < above).sum(axis=1)
    return scores, levels.astype(float), -np.diff(above, prepend=1.0, append=0.0)


@given(seed=st.integers(0, 10_000))
def test_kappa_and_accuracy_are_those_of_scikit_learn(seed):
    truth, said = _levels(seed)
    kappa = cohen_kappa_score(truth, said, weights="quadratic")
    assert quadratic_kappa(truth, said) == pytest.approx(kappa, abs=1e-9)
    assert level_share(truth, said) == pytest.approx(accuracy_score(truth, said))


def test_one_level_alone_has_no_agreement_beyond_chance():
    assert quadratic_kappa(np.ones(5), np.ones(5)) == 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert quadratic_kappa(np.array([0.0, 1.0, 2.0]), np.ones(3)) == 0.0


@pytest.mark.parametrize("score", [quadratic_kappa, level_share], ids=lambda f: f.__name__)
def test_a_score_of_many_resamples_is_that_of_each(score):
    pairs = [_levels(seed) for seed in range(4)]
    together = score(np.stack([t for t, _ in pairs]), np.stack([s for _, s in pairs]))
    np.testing.assert_allclose(together, [score(t, s) for t, s in pairs])


@given(seed=st.integers(0, 10_000))
def test_no_level_errs_by_less_on_average_than_the_median(seed):
    p = _chances(seed)
    places = np.arange(p.shape[1])
    cost = p @ np.abs(places[:, None] - places)
    np.testing.assert_allclose(cost[np.arange(len(p)), median_level(p)], cost.min(axis=1))


@given(seed=st.integers(0, 10_000))
def test_no_shorter_range_of_neighbouring_levels_holds_ninety_per_cent(seed):
    p = _chances(seed)
    low, high = shortest_range(p)
    for row, a, b in zip(p, low, high, strict=True):
        enough = [
            (j - i, -row[i : j + 1].sum())
            for i, j in combinations_with_replacement(range(len(row)), 2)
            if row[i : j + 1].sum() >= 0.9 - 1e-9
        ]
        width, held = min(enough)
        assert b - a == width and row[a : b + 1].sum() == pytest.approx(-held)


@given(seed=st.integers(0, 10_000))
def test_the_median_is_inside_its_range(seed):
    p = _chances(seed)
    low, high = shortest_range(p)
    assert ((low <= median_level(p)) & (median_level(p) <= high)).all()


@given(seed=st.integers(0, 200))
def test_probabilities_of_levels_sum_to_one_and_none_is_below_zero_even_where_curves_cross(seed):
    rng = np.random.default_rng(seed)
    scores, truth = rng.normal(size=25), rng.integers(5, size=25).astype(float)
    p = borders_of(scores, truth, 5).probabilities(rng.normal(size=40) * 3)
    assert p.shape == (40, 5) and (p >= 0).all()
    np.testing.assert_allclose(p.sum(axis=1), 1.0)


def test_probabilities_come_true_as_often_as_they_say():
    scores, levels, _ = _world(3_000, seed=1)
    borders = borders_of(scores, levels, 4)
    new, came, true = _world(20_000, seed=2)
    said = borders.probabilities(new)
    assert np.abs(said - true).mean() < 0.03
    for level in range(4):
        assert calibration_error((came == level).astype(float), said[:, level]) < 0.03
        assert calibration_error((came == level).astype(float), np.full(20_000, 0.5)) > 0.15
    low, high = shortest_range(said)
    assert 0.9 <= ((came >= low) & (came <= high)).mean() <= 0.99


@given(seed=st.integers(0, 1_000))
def test_who_says_what_he_believes_loses_least_on_average(seed):
    said, other = _chances(seed, n=1), _chances(seed + 1, n=1)
    k = said.shape[1]
    other = np.resize(other, (1, k)) / np.resize(other, (1, k)).sum()
    came = np.arange(float(k))
    honest = said[0] @ ranked_loss(came, np.repeat(said, k, axis=0))
    assert honest <= said[0] @ ranked_loss(came, np.repeat(other, k, axis=0)) + 1e-12


def test_a_structure_between_two_levels_counts_half_for_each():
    scores = np.arange(400.0)
    half = borders_of(scores, np.full(400, 0.5), 3).probabilities(np.array([200.0]))
    np.testing.assert_allclose(half[0, :2], 0.5, atol=0.03)
    assert nearest_level(np.array([0.5, 1.4])).tolist() == [1.0, 1.0]
