# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from attrs import evolve

from loopwright.core.counts import Counts
from loopwright.core.errors import MismatchError, NotReadyError
from loopwright.core.values import Features, Targets
from loopwright.training.honest import Case, evaluation_of
from loopwright.training.promotion import weigh
from loopwright.training.property import learn_property, refit
from loopwright.training.property_file import pack_properties, unpack_properties
from loopwright.training.property_model import Property

LEVELS = ("none", "mild", "severe", "deadly")
ABOUT = Property(name="harm", task="ordinal", levels=LEVELS)


def _rows(n, seed=0):
    """Rows in families, and how harmful they are on a scale that nobody measures."""
    rng = np.random.default_rng(seed)
    dense = rng.poisson(0.6, (n, 24))
    patterns = Counts.of(*dense.nonzero(), dense[dense > 0], shape=dense.shape)
    truth = dense[:, 0] - dense[:, 1] + 0.8 * dense[:, 2] + 0.3 * rng.normal(size=n)
    blocks = {
        "patterns": patterns,
        "vector": dense[:, :6].astype(np.float32),
        "descriptors": dense[:, :6].astype(np.float32),
        "family": np.array([f"scaffold {i}" for i in rng.integers(n // 3, size=n)]),
    }
    return Features(ids=tuple(f"s{seed}c{i}" for i in range(n)), blocks=blocks), truth


def _targets(levels):
    values = np.asarray(levels, float)[:, None]
    return Targets(
        values=values,
        bounds=np.zeros(values.shape, np.int8),
        n_replicates=np.ones(values.shape, np.int64),
    )


def _levels(truth):
    return np.digitize(truth, [-0.5, 0.6, 1.8])


@pytest.fixture(scope="module")
def rows():
    features, truth = _rows(400)
    return features, _targets(_levels(truth))


@pytest.fixture(scope="module")
def model(rows):
    return learn_property(*rows, about=ABOUT, seed=1)


def test_levels_are_learned_better_than_by_median_and_neighbour(model):
    assert model.card.is_useful
    mae = {s.model: s.values["mae"].value for s in model.card.scores}
    assert mae["auto"] < min(mae["mean"], mae["neighbour"])
    assert set(model.card.scores[0].values) == {"mae", "kappa", "accuracy", "coverage"}
    assert 0.88 <= model.card.scores[0].values["coverage"].value <= 1.0


@pytest.mark.slow
def test_levels_in_no_order_of_the_structures_are_said_to_be_useless(rows):
    features, targets = rows
    shuffled = np.random.default_rng(3).permutation(targets.values[:, 0])
    assert not learn_property(features, _targets(shuffled), about=ABOUT, seed=1).card.is_useful


def test_new_rows_get_the_median_level_inside_a_range_that_holds(model):
    features, truth = _rows(600, seed=9)
    said, came = model.predict(features), _levels(truth)
    assert said.levels.shape == (600, 4) and np.isin(said.mean, range(4)).all()
    assert ((said.low <= said.mean) & (said.mean <= said.high)).all()
    inside = (came >= said.low[:, 0]) & (came <= said.high[:, 0])
    assert inside.mean() >= 0.87
    assert np.abs(said.levels.mean(axis=0) - np.bincount(came, minlength=4) / 600).max() < 0.06


def test_a_file_gives_back_the_same_bits_of_every_probability(model):
    content = pack_properties({"p": model})
    features, _ = _rows(20, seed=5)
    back = unpack_properties(content)
    one, other = model.predict(features), back.models["p"].predict(features)
    assert np.array_equal(one.levels, other.levels) and np.array_equal(one.mean, other.mean)
    assert back.panel(["p"]).answers(features)[0].prediction.levels.shape == (20, 4)
    assert back.models["p"].card == model.card


def test_another_seed_fits_the_models_anew_and_keeps_the_curves(model, rows):
    again = refit(model, rows[1], seed=7)
    assert again.borders is model.borders and again.parts["boosted"] is not model.parts["boosted"]


def test_levels_are_asked_in_every_way_and_a_median_stands_beside_them(model, rows):
    newest = np.arange(400) >= 320
    case = Case(
        model=model, features=rows[0], targets=rows[1], split="scaffold", newest=newest, seed=1
    )
    found = evaluation_of(case)
    assert found.curve.measure == "RMSE in levels" and len(found.parted) == 3
    assert not found.missing
    middle = np.median(rows[1].values[:320, 0])
    late = {s.model: s.values["mae"].value for s in found.parted[-1].scores}
    assert late["mean"] == np.abs(rows[1].values[320:, 0] - middle).mean()


def test_a_better_model_of_levels_takes_the_place_of_a_poorer_and_of_other_levels_none(rows, model):
    poor = learn_property(*rows, about=ABOUT, seed=1, recipe="neighbour")
    found = weigh(poor, model, rows[0], margin=0.01)
    assert found.is_passed and found.loss == "absolute error in levels"
    assert not weigh(model, poor, rows[0], margin=0.01).is_passed
    card = evolve(model.card, property=evolve(ABOUT, levels=("a", "b", "c", "d")))
    with pytest.raises(MismatchError, match="knows the levels"):
        weigh(model, evolve(model, card=card), rows[0], margin=0.01)


def test_a_level_that_hardly_occurs_is_refused(rows):
    features, targets = rows
    values = np.where(targets.values == 3, 2, targets.values)[:, 0]
    with pytest.raises(NotReadyError, match="'deadly'"):
        learn_property(features, _targets(values), about=ABOUT)
