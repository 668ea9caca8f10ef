# SPDX-License-Identifier: Apache-2.0
"""The message-passing network, where the extra ``deep`` is installed."""

import numpy as np
import pytest
from attrs import evolve

from loopwright.core.errors import MissingExtraError
from loopwright.core.values import Features, Targets
from loopwright.registry import build
from loopwright.science.classes import auroc

pytestmark = pytest.mark.filterwarnings("ignore")

MODALITY = build("modalities", "molecules", {"n_workers": 1})
HEADS = ("O", "N", "Cl", "c1ccccc1", "C(=O)O")
TEXTS = ["C" * i + head for i in range(1, 13) for head in HEADS]


@pytest.fixture(scope="module")
def model():
    pytest.importorskip("chemprop", reason="the extra `deep` is not installed")
    return build("models", "chemprop", {"epochs": 30, "width": 32})


@pytest.fixture(scope="module")
def features():
    return MODALITY.describe([MODALITY.parse(t) for t in TEXTS], frozenset({"graph", "vector"}))


def _targets(values, bounds=0, task="regression"):
    values = np.asarray(values, float)[:, None]
    return Targets(
        values=values,
        bounds=np.broadcast_to(np.asarray(bounds, np.int8).reshape(-1, 1), values.shape),
        n_replicates=np.ones(values.shape, np.int64),
        tasks=(task,),
    )


CARBONS = np.array([t.upper().count("C") for t in TEXTS], float)


def test_without_its_library_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "chemprop", None)
    monkeypatch.delitem(__import__("sys").modules, "loopwright.models.chemprop.network", False)
    with pytest.raises(MissingExtraError, match="chemprop") as caught:
        build("models", "chemprop", {})
    assert "loopwright[deep]" in caught.value.remedy


def test_it_learns_what_can_be_seen_in_a_graph(model, features):
    fitted = model.fit(features, _targets(CARBONS), seed=1)
    said = fitted.predict(features)
    assert np.corrcoef(said.mean[:, 0], CARBONS)[0, 1] > 0.9
    assert (said.low < said.mean).all() and (said.mean < said.high).all()


def test_equal_arguments_give_equal_bits_and_a_dump_comes_back(model, features):
    fitted, again = (model.fit(features, _targets(CARBONS), seed=3) for _ in range(2))
    loaded = model.load(fitted.dump())
    told = fitted.predict(features)
    assert np.array_equal(again.predict(features).mean, told.mean)
    assert np.array_equal(loaded.predict(features).mean, told.mean)
    assert np.array_equal(loaded.predict(features).std, told.std)


def test_the_order_of_rows_and_the_graph_alone_do_not_matter(model, features):
    order = np.random.default_rng(1).permutation(len(TEXTS))
    mixed = model.fit(features.take(order), _targets(CARBONS[order]), seed=3)
    told = model.fit(features, _targets(CARBONS), seed=3).predict(features)
    assert np.array_equal(mixed.predict(features).mean, told.mean)
    bare = Features(ids=features.ids, blocks={"graph": features.blocks["graph"]})
    assert np.isfinite(model.fit(bare, _targets(CARBONS), seed=3).predict(bare).mean).all()


def test_a_lower_limit_is_no_reason_to_say_less(model, features):
    plain = model.fit(features, _targets(np.minimum(CARBONS, 6.0)), seed=3).predict(features)
    bounds = (CARBONS > 6).astype(np.int8)
    kept = model.fit(features, _targets(np.minimum(CARBONS, 6.0), bounds), seed=3)
    high = CARBONS > 6
    assert kept.predict(features).mean[high].mean() > plain.mean[high].mean()


def test_of_a_class_it_states_probabilities(model, features):
    is_acid = np.array([t.endswith("C(=O)O") for t in TEXTS], float)
    fitted = model.fit(features, _targets(is_acid, task="classification"), seed=1)
    p = fitted.predict(features).mean[:, 0]
    assert (p >= 0).all() and (p <= 1).all()
    assert auroc(is_acid, p) > 0.9


def test_one_row_and_a_property_that_was_not_measured_everywhere(model, features):
    both = evolve(
        _targets(CARBONS),
        values=np.stack([CARBONS, np.where(CARBONS > 9, np.nan, CARBONS)], axis=1),
        bounds=np.zeros((len(TEXTS), 2), np.int8),
        n_replicates=np.ones((len(TEXTS), 2), np.int64),
        tasks=("regression", "regression"),
    )
    said = model.fit(features, both, seed=1).predict(features.take(np.array([0])))
    assert said.mean.shape == (1, 2)
    assert np.isfinite(said.mean).all()
