# SPDX-License-Identifier: Apache-2.0
"""A model on top of a related series: it helps where it can, and does little harm elsewhere."""

import numpy as np
import pytest

from loopwright.core.values import Features, Targets
from loopwright.registry import build
from loopwright.training.related import Related

RNG = np.random.default_rng(0)
X = RNG.uniform(0.0, 1.0, (400, 2)).astype(np.float32)
WAVES = np.sin(6.0 * X[:, 0]) + np.cos(8.0 * X[:, 1])


def _features(rows):
    return Features(ids=tuple(f"c{i}" for i in rows), blocks={"vector": X[rows]})


def _targets(values, bounds=None):
    column = np.asarray(values, float)[:, None]
    return Targets(
        values=column,
        bounds=np.zeros(column.shape, np.int8) if bounds is None else bounds,
        n_replicates=np.ones(column.shape, np.int64),
    )


GP = build("models", "gp", {})
OLD, NEW, ASKED = np.arange(150), np.arange(150, 165), np.arange(165, 400)


def _related(values):
    return Related(model=GP, series=lambda: (_features(OLD), _targets(values[OLD])))


def _error(model, truth):
    fitted = model.fit(_features(NEW), _targets(truth[NEW]), seed=0)
    said = fitted.predict(_features(ASKED))
    return float(np.sqrt(np.mean((said.mean[:, 0] - truth[ASKED]) ** 2)))


@pytest.mark.parametrize("slope", [1.0, 0.3, 5.0])
def test_a_series_that_is_a_multiple_of_ours_is_learned_from(slope):
    truth = slope * WAVES + 7.0
    assert _error(_related(WAVES), truth) < 0.5 * _error(GP, truth)


def test_a_series_that_has_nothing_to_do_with_ours_does_little_harm():
    alone, beside = _error(GP, WAVES), _error(_related(RNG.normal(size=len(X))), WAVES)
    assert beside < 1.1 * alone


def test_an_opposite_series_is_not_believed():
    fitted = _related(-WAVES).fit(_features(NEW), _targets(WAVES[NEW]), seed=0)
    assert fitted.multiple == 0.0


def test_the_joint_covariance_agrees_with_the_doubt_of_each_and_is_their_sum():
    fitted = _related(WAVES).fit(_features(NEW), _targets(2.0 * WAVES[NEW]), seed=0)
    some = _features(ASKED[:20])
    joint, said = fitted.covariance(some), fitted.predict(some)
    assert np.allclose(np.sqrt(np.diag(joint)), said.std[:, 0], rtol=1e-2, atol=1e-3)
    parts = fitted.multiple**2 * fitted.below.covariance(some) + fitted.rest.covariance(some)
    assert np.allclose(joint, parts)


def test_a_dump_holds_both_and_reads_back_as_the_same_model():
    model = _related(WAVES)
    fitted = model.fit(_features(NEW), _targets(WAVES[NEW] + 1.0), seed=0)
    again = model.load(fitted.dump())
    some = _features(ASKED)
    assert np.array_equal(fitted.predict(some).mean, again.predict(some).mean)
    assert np.array_equal(fitted.predict(some).std, again.predict(some).std)


def test_a_limit_stays_a_limit_of_the_rest():
    bounds = np.zeros((len(NEW), 1), np.int8)
    bounds[::3] = 1
    low = WAVES[NEW] - np.where(bounds[:, 0], 1.0, 0.0)
    model = _related(0.2 * WAVES)
    said = model.fit(_features(NEW), _targets(low, bounds), seed=0).predict(_features(NEW))
    told = model.fit(_features(NEW), _targets(low), seed=0).predict(_features(NEW))
    raised = said.mean[:, 0] - told.mean[:, 0]
    assert raised[bounds[:, 0] == 1].mean() > 0.1
