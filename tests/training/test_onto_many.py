# SPDX-License-Identifier: Apache-2.0
"""Own rows on top of models of other properties: what these say, what it gains, what is kept."""

import numpy as np
import pytest
from attrs import evolve
from patterned import patterned, targets_of

from loopwright.core.errors import DataError
from loopwright.training.onto_many import tune_onto_many
from loopwright.training.others import Others
from loopwright.training.panel import Panel
from loopwright.training.property import learn_property
from loopwright.training.property_file import pack_properties, unpack_properties
from loopwright.training.property_model import Property

ABOUT = Property(name="clearance")
N_BELOW = 260


@pytest.fixture(scope="module")
def below():
    """A number, a number learned as its logarithm, and a class, from the same rows."""
    features, first, second = patterned(N_BELOW, seed=1)
    values = {"logD": first, "volume": np.exp(second), "binder": (first > second).astype(float)}
    models = {
        name: learn_property(
            features,
            targets_of(v),
            about=Property(name=name, task="classification" if name == "binder" else "regression"),
            seed=1,
        )
        for name, v in values.items()
    }
    assert models["volume"].card.scale == "log"
    return Others.of(pack_properties(models)), features, values


def test_new_rows_are_told_as_the_models_tell_them_on_the_scale_of_learning(below):
    others, _, _ = below
    asked = patterned(30, seed=6)[0]
    said = others.ask(asked)
    assert said.shape == (30, 3)
    for name, column in zip(others.properties, said.T, strict=True):
        mean = others.files[0].unpacked.models[name].predict(asked).mean[:, 0]
        if name == "volume":
            mean = np.log10(mean)
        if name == "binder":
            chance = np.clip(mean, 0.01, 0.99)
            mean = np.log(chance / (1 - chance))
        assert np.allclose(column, mean, atol=1e-4)  # sums are rounded otherwise together


def test_a_row_that_a_model_has_learned_from_is_told_as_before_it_had(below):
    others, features, values = below
    said = others.only(["logD"]).ask(features)[:, 0]
    model = others.files[0].unpacked.models["logD"]
    before = dict(zip(model.known.ids, model.unseen.said, strict=True))
    assert np.array_equal(said, [before[i] for i in features.ids])
    learned = model.predict(features).mean[:, 0]
    truth = values["logD"]
    assert np.mean((said - truth) ** 2) > 2 * np.mean((learned - truth) ** 2)


def test_models_of_one_file_are_asked_once_about_the_same_rows(below, monkeypatch):
    others, calls, answers = below[0], [], Panel.answers

    def counted(panel, features):
        calls.append(len(features))
        return answers(panel, features)

    monkeypatch.setattr(Panel, "answers", counted)
    one, other = patterned(30, seed=6)[0], patterned(20, seed=7)[0]
    both = others.ask(one)
    for place, name in enumerate(others.kept):
        assert np.array_equal(others.only([name]).ask(one)[:, 0], both[:, place])
    assert calls == [30]
    assert others.ask(other).shape == (20, 3) and calls == [30, 20]


def test_a_model_of_the_same_file_may_be_of_the_same_quantity_if_it_knows_more(below):
    others, features, values = below
    few = features.ids[: N_BELOW // 2], values["logD"][: N_BELOW // 2]
    assert "logD" not in others.without_same(*few, "regression").properties
    beside = {"logD"}
    assert "logD" in others.without_same(*few, "regression", beside=beside).properties
    whole = features.ids, values["logD"]
    assert "logD" not in others.without_same(*whole, "regression", beside=beside).properties


@pytest.mark.parametrize(
    ("own", "left"),
    [
        (lambda v: v["logD"], "logD"),
        (lambda v: 1000 - 2 * v["logD"], "logD"),  # in another unit, the other way up
        (lambda v: np.where(np.arange(N_BELOW) % 3, v["volume"], 0.0), "volume"),
        (lambda v: v["logD"] + v["volume"], None),
    ],
)
def test_a_model_that_was_made_of_the_very_values_is_left_out(below, own, left):
    others, features, values = below
    kept = others.without_same(features.ids, own(values), "regression")
    assert set(others.properties) - set(kept.properties) == ({left} if left else set())
    new = tuple(f"new {i}" for i in range(N_BELOW))
    assert others.without_same(new, own(values), "regression").properties == others.properties


def test_classes_are_the_same_where_they_agree(below):
    others, features, values = below
    kept = others.without_same(features.ids, values["binder"], "classification")
    assert "binder" not in kept.properties and "logD" in kept.properties


@pytest.fixture(scope="module")
def tuned(below):
    """Few own rows of a truth that is the sum of two that are known of many."""
    others, _, _ = below
    features, first, second = patterned(40, seed=2)
    return tune_onto_many(
        others.only(["logD", "volume"]), features, targets_of(first + second), about=ABOUT, seed=1
    )


def test_few_rows_gain_by_what_others_know_and_the_gain_over_own_rows_is_told(tuned):
    model, tuning = tuned
    assert tuning.way == "columns" and tuning.errors["columns"] < tuning.errors["own"]
    (gain,) = tuning.gains
    assert gain.over == "own" and gain.paired.difference > 0
    features, first, second = patterned(300, seed=3)
    own = _own_alone()
    truth = first + second
    lost = [np.mean((m.predict(features).mean[:, 0] - truth) ** 2) for m in (model, own)]
    assert lost[0] < 0.8 * lost[1]


def _own_alone():
    features, first, second = patterned(40, seed=2)
    return learn_property(features, targets_of(first + second), about=ABOUT, seed=1)


def test_where_the_others_know_nothing_own_rows_stand_alone(below):
    others, _, _ = below
    features, _, _ = patterned(80, seed=4)
    rng = np.random.default_rng(0)
    tiny = others.only(["binder"])
    model, tuning = tune_onto_many(
        tiny, features, targets_of(rng.standard_normal(80)), about=ABOUT, seed=1
    )
    (gain,) = tuning.gains
    assert not (gain.paired.is_clear and gain.paired.difference > 0)
    assert (model.others is None) == (tuning.way == "own")


def test_the_file_names_the_others_and_answers_the_same_with_them(tuned, below):
    model, _ = tuned
    content = pack_properties({"one": model})
    back = unpack_properties(content, others=Others.of(below[0].contents[0])).models["one"]
    asked = patterned(30, seed=6)[0]
    for name in ("mean", "low", "high"):
        assert np.array_equal(
            getattr(back.predict(asked), name), getattr(model.predict(asked), name)
        )
    with pytest.raises(DataError, match="not property models of Loopwright"):
        unpack_properties(content)
    with pytest.raises(DataError):
        unpack_properties(content, others=below[0].only(["logD"]))


def test_small_numbers_are_not_taken_for_equal(below):
    others, features, values = below
    volume = others.only(["volume"]).models[0]
    tiny = Others.of(pack_properties({"x": evolve(volume, values=1e-12 * volume.values)}))
    own = 1e-12 * np.random.default_rng(0).permutation(values["volume"])
    assert tiny.without_same(features.ids, own, "regression").kept == ("x",)
    own = 1e-12 * values["volume"]
    assert tiny.without_same(features.ids, own, "regression").kept == ()
