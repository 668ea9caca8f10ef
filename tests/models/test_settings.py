# SPDX-License-Identifier: Apache-2.0
"""The Gaussian process on recipes: what each setting does by itself, and all of them together."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from loopwright.core.values import Features, Targets
from loopwright.models.gp.gp import GaussianProcess
from loopwright.models.gp.settings_search import Question, search_settings

N_LEVELS = 5


def table(rng):
    """All recipes of two lists of levels and a number, in an order of chance."""
    every = rng.permutation(list(itertools.product(range(N_LEVELS), range(N_LEVELS), range(4))))
    settings = np.zeros((len(every), 3, N_LEVELS), np.float32)
    for i in (0, 1):
        settings[np.arange(len(every)), i, every[:, i]] = np.sqrt(0.5)
    settings[:, 2, 0] = every[:, 2] / 3 * np.sqrt(6)
    return every, settings


def features(settings, rows):
    return Features(ids=tuple(f"r{i:03d}" for i in rows), blocks={"settings": settings[rows]})


def targets(values):
    column = values[:, None]
    ones = np.ones(column.shape, int)
    return Targets(values=column, bounds=0 * ones, n_replicates=ones)


def test_the_slope_of_the_search_is_that_of_its_loss():
    rng = np.random.default_rng(0)
    _, settings = table(rng)
    ask = Question.of(settings[:30], rng.normal(size=30), rng.integers(1, 4, 30).astype(float))
    point = ask.start + rng.normal(0.0, 0.4, len(ask.start))
    assert len(point) == 4 + 3 + 1
    steps = 1e-5 * np.eye(len(point))
    numeric = [(ask.loss(point + s)[0] - ask.loss(point - s)[0]) / 2e-5 for s in steps]
    np.testing.assert_allclose(ask.loss(point)[1], numeric, atol=1e-5)


def test_what_settings_do_by_themselves_is_foretold_for_recipes_never_tried():
    rng = np.random.default_rng(1)
    every, settings = table(rng)
    effects = rng.normal(size=(2, N_LEVELS))
    values = effects[0, every[:, 0]] + effects[1, every[:, 1]]
    fitted = GaussianProcess().fit(features(settings, range(25)), targets(values[:25]), seed=0)
    left = np.arange(25, len(every))
    said = fitted.predict(features(settings, left)).mean[:, 0]
    assert np.sqrt(np.mean((said - values[left]) ** 2)) < 0.2 * values.std()


def test_a_number_that_decides_counts_more_than_one_that_does_nothing():
    rng = np.random.default_rng(2)
    x = np.zeros((40, 2, 1), np.float32)
    x[:, :, 0] = rng.random((40, 2)) * np.sqrt(6)
    values = np.sin(4 * x[:, 0, 0]) + rng.normal(0.0, 0.05, 40)
    found = search_settings(x, values / values.std(), np.ones(40))
    assert found.lengths[0] < 0.7 * found.lengths[1]
    assert found.noise < 0.1


def test_levels_have_no_length_scale_to_be_fitted_to_chance():
    _, settings = table(np.random.default_rng(3))
    found = search_settings(settings[:20], np.random.default_rng(4).normal(size=20), np.ones(20))
    assert found.lengths[:2].tolist() == [1.0, 1.0]
    assert found.shares.sum() == pytest.approx(1.0)


def test_a_process_on_settings_says_the_same_after_it_was_written_down():
    rng = np.random.default_rng(5)
    _, settings = table(rng)
    model = GaussianProcess()
    rows = features(settings, range(20))
    fitted = model.fit(rows, targets(rng.normal(size=20)), seed=0)
    again = model.load(fitted.dump())
    np.testing.assert_array_equal(again.predict(rows).mean, fitted.predict(rows).mean)
    np.testing.assert_array_equal(again.covariance(rows), fitted.covariance(rows))
    np.testing.assert_allclose(
        np.sqrt(np.diag(fitted.covariance(rows))), fitted.predict(rows).std[:, 0], rtol=1e-3
    )
