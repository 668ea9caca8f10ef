# SPDX-License-Identifier: Apache-2.0
"""The convolutional network on letters, where the extra ``deep`` is installed."""

import numpy as np
import pytest
from attrs import evolve

from loopwright.core.errors import MissingExtraError
from loopwright.core.values import Features, Targets
from loopwright.registry import build
from loopwright.science.classes import auroc

pytestmark = pytest.mark.filterwarnings("ignore")

PARENT = "MQYKLILNGKTL"
SITES = (2, 4, 5, 9)
PROTEINS = build("modalities", "proteins", {"max_length": 14})


def _texts(n):
    rng, found = np.random.default_rng(4), {}
    while len(found) < n:
        letters = list(PARENT)
        for site in SITES:
            letters[site] = str(rng.choice(list("ADFKSW")))
        found.setdefault("".join(letters))
    return list(found)


TEXTS = _texts(240)
TRAIN, TEST = np.arange(180), np.arange(180, 240)
VALUES = np.array(
    [
        1.5 * (t[2] == "W") + (t[4] == "K") * (t[5] == "D") * 4 + 0.5 * "ADFKSW".index(t[9])
        for t in TEXTS
    ]
)


@pytest.fixture(scope="module")
def model():
    pytest.importorskip("torch", reason="the extra `deep` is not installed")
    return build("models", "cnn", {"epochs": 40, "members": 3, "width": 16})


@pytest.fixture(scope="module")
def features():
    return PROTEINS.describe([PROTEINS.parse(t) for t in TEXTS], frozenset({"tokens"}))


def _targets(values, bounds=0, task="regression"):
    values = np.asarray(values, float)[:, None]
    return Targets(
        values=values,
        bounds=np.broadcast_to(np.asarray(bounds, np.int8).reshape(-1, 1), values.shape),
        n_replicates=np.ones(values.shape, np.int64),
        tasks=(task,),
    )


def test_without_its_library_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    monkeypatch.delitem(__import__("sys").modules, "loopwright.models.cnn.network", False)
    with pytest.raises(MissingExtraError, match="torch") as caught:
        build("models", "cnn", {})
    assert "loopwright[deep]" in caught.value.remedy


def test_it_learns_letters_and_pairs_of_them_and_states_an_honest_doubt(model, features):
    fitted = model.fit(features.take(TRAIN), _targets(VALUES[TRAIN]), seed=1)
    said = fitted.predict(features.take(TEST))
    truth = VALUES[TEST]
    assert np.corrcoef(said.mean[:, 0], truth)[0, 1] > 0.8
    assert ((said.low[:, 0] < truth) & (truth < said.high[:, 0])).mean() > 0.75
    joint = fitted.covariance(features.take(TEST))
    assert np.allclose(np.diag(joint), said.std[:, 0] ** 2)
    assert np.linalg.eigvalsh(joint).min() > 0


def test_equal_arguments_give_equal_bits_and_a_dump_comes_back(model, features):
    few = features.take(TRAIN[:60])
    fitted, again = (model.fit(few, _targets(VALUES[:60]), seed=3) for _ in range(2))
    told = fitted.predict(features)
    loaded = model.load(fitted.dump()).predict(features)
    assert np.array_equal(again.predict(features).mean, told.mean)
    assert np.array_equal(loaded.mean, told.mean) and np.array_equal(loaded.std, told.std)
    other = model.fit(few, _targets(VALUES[:60]), seed=4).predict(features)
    assert not np.array_equal(other.mean, told.mean)


def test_the_order_of_rows_does_not_matter_nor_who_is_asked_beside_whom(model, features):
    order = np.random.default_rng(1).permutation(60)
    mixed = model.fit(features.take(order), _targets(VALUES[order]), seed=3)
    fitted = model.fit(features.take(np.arange(60)), _targets(VALUES[:60]), seed=3)
    told = fitted.predict(features)
    assert np.array_equal(mixed.predict(features).mean, told.mean)
    alone = fitted.predict(features.take(np.array([7])))
    np.testing.assert_allclose(alone.mean[0], told.mean[7], rtol=2e-5, atol=2e-5)


def test_each_member_learns_from_its_own_rows_alone(model, features):
    fitted = model.fit(features.take(TRAIN), _targets(VALUES[TRAIN]), seed=1)
    each = fitted._each(features.take(TEST), 0)
    assert each.shape == (3, 60)
    assert min(np.abs(a - b).max() for a, b in [(each[0], each[1]), (each[1], each[2])]) > 1e-3


def test_a_lower_limit_is_no_reason_to_say_less(model, features):
    cut = np.minimum(VALUES, 3.0)
    plain = model.fit(features, _targets(cut), seed=3).predict(features)
    kept = model.fit(features, _targets(cut, (VALUES > 3).astype(np.int8)), seed=3)
    high = VALUES > 3
    assert kept.predict(features).mean[high].mean() > plain.mean[high].mean()


def test_of_a_class_it_states_probabilities(model, features):
    is_high = (VALUES > 2).astype(float)
    fitted = model.fit(
        features.take(TRAIN), _targets(is_high[TRAIN], task="classification"), seed=1
    )
    p = fitted.predict(features.take(TEST)).mean[:, 0]
    assert (p >= 0).all() and (p <= 1).all() and auroc(is_high[TEST], p) > 0.8


@pytest.mark.parametrize("n", [1, 2, 9])
def test_few_rows_are_enough_and_so_are_equal_ones(model, features, n):
    said = model.fit(features.take(TRAIN[:n]), _targets(VALUES[:n]), seed=1).predict(features)
    assert np.isfinite([said.mean, said.std]).all() and (said.std > 0).all()
    same = features.take(np.zeros(n, int))
    assert np.isfinite(model.fit(same, _targets(np.ones(n)), seed=1).predict(same).mean).all()


def test_a_property_that_was_not_measured_everywhere_and_nobody_to_ask(model, features):
    both = evolve(
        _targets(VALUES),
        values=np.stack([VALUES, np.where(VALUES > 3, np.nan, VALUES)], axis=1),
        bounds=np.zeros((240, 2), np.int8),
        n_replicates=np.ones((240, 2), np.int64),
        tasks=("regression", "regression"),
    )
    fitted = model.fit(features, both, seed=1)
    assert np.isfinite(fitted.predict(features).mean).all()
    assert fitted.predict(features.take(np.array([], int))).mean.shape == (0, 2)


def test_letters_that_it_never_saw_and_longer_rows_are_no_fault(model, features):
    fitted = model.fit(features.take(TRAIN), _targets(VALUES[TRAIN]), seed=1)
    odd = PROTEINS.describe([PROTEINS.parse("C" * 14)], frozenset({"tokens"}))
    assert np.isfinite(fitted.predict(odd).mean).all()
    bare = Features(ids=odd.ids, blocks={"tokens": odd.blocks["tokens"]})
    assert np.isfinite(fitted.predict(bare).std).all()
