# SPDX-License-Identifier: Apache-2.0
"""Models that are asked together say what each of them says alone."""

import numpy as np
import pytest

from loopwright.core.counts import Counts
from loopwright.core.values import Features, Targets
from loopwright.training.panel import BLOCK_ROWS
from loopwright.training.property import learn_property
from loopwright.training.property_file import pack_properties, unpack_properties
from loopwright.training.property_model import Property

NAMES = ("number", "class")


def _rows(n, seed):
    rng = np.random.default_rng(seed)
    dense = rng.poisson(0.5, (n, 30))
    vector = rng.normal(size=(n, 4)).astype(np.float32)
    patterns = Counts.of(*dense.nonzero(), dense[dense > 0], shape=dense.shape)
    family = np.array([f"scaffold {i}" for i in rng.integers(n // 3, size=n)])
    blocks = {"patterns": patterns, "vector": vector, "descriptors": vector * 9, "family": family}
    truth = vector[:, 0] + dense[:, 0] - dense[:, 1]
    return Features(ids=tuple(f"s{seed}c{i}" for i in range(n)), blocks=blocks), truth


def _learned(features, truth, about):
    shape = (len(truth), 1)
    targets = Targets(
        values=truth[:, None].astype(float),
        bounds=np.zeros(shape, np.int8),
        n_replicates=np.ones(shape, np.int64),
    )
    return learn_property(features, targets, about=about, seed=1)


@pytest.fixture(scope="module")
def models():
    """Two models that share most, not all, of their training rows."""
    features, truth = _rows(300, seed=1)
    first, last = np.arange(240), np.arange(60, 300)
    number = _learned(features.take(first), truth[first], Property(name="a"))
    about = Property(name="b", task="classification")
    return {
        "number": number,
        "class": _learned(features.take(last), truth[last] > 0, about),
    }


@pytest.fixture(scope="module")
def unpacked(models):
    return unpack_properties(pack_properties(models))


@pytest.mark.parametrize("n", [1, 20, BLOCK_ROWS + 40], ids="{} rows".format)
def test_a_panel_says_what_its_models_say_alone(models, unpacked, n):
    new = _rows(max(n, 3), seed=2)[0].take(np.arange(n))
    for name, answer in zip(NAMES, unpacked.panel(NAMES).answers(new), strict=True):
        alone, said = models[name].predict(new), answer.prediction
        for part in ("mean", "low", "high", "std"):
            np.testing.assert_allclose(getattr(said, part), getattr(alone, part), atol=1e-4)
        assert (said.in_domain == alone.in_domain).all()
        rows, alike = models[name].nearest(new, k=1)
        np.testing.assert_allclose(answer.similarity, alike[:, 0], atol=1e-6)
        assert (answer.nearest == rows[:, 0]).mean() > 0.99  # but for ties


def test_a_panel_answers_in_the_order_in_which_it_was_asked_for(unpacked):
    new = _rows(30, seed=3)[0]
    first, second = unpacked.panel(NAMES).answers(new)
    turned = unpacked.panel(NAMES[::-1]).answers(new)
    np.testing.assert_array_equal(first.prediction.mean, turned[1].prediction.mean)
    np.testing.assert_array_equal(second.prediction.mean, turned[0].prediction.mean)
    assert not np.allclose(first.prediction.mean, second.prediction.mean)


def test_every_row_that_a_model_has_seen_is_kept_once(models, unpacked):
    assert len(unpacked.known) == len(set(unpacked.known.ids)) == 300
    for name, rows in unpacked.rows.items():
        assert tuple(unpacked.known.ids[i] for i in rows) == models[name].known.ids
