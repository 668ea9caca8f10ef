# SPDX-License-Identifier: Apache-2.0
"""A few own rows on top of another model: what is kept, what it gains, what the file holds."""

import numpy as np
import pytest
from attrs import evolve
from patterned import patterned, targets_of

from loopwright.training.onto import WAYS, tune_onto
from loopwright.training.property import learn_property
from loopwright.training.property_file import pack_properties, unpack_properties
from loopwright.training.property_model import Base, Property

ABOUT = Property(name="logD")


def _rows(n, seed):
    """Rows, and the first of their truths."""
    return patterned(n, seed)[:2]


@pytest.fixture(scope="module")
def below():
    features, truth = _rows(250, seed=1)
    return learn_property(features, targets_of(truth), about=ABOUT, seed=1)


@pytest.fixture(scope="module")
def shifted(below):
    """Own rows of the same truth in another laboratory: all 2 higher."""
    features, truth = _rows(40, seed=2)
    return tune_onto(
        Base(model=below), features, targets_of(truth + 2), about=ABOUT, seed=1, n_repeats=1
    )


def test_where_the_base_is_right_up_to_a_level_it_is_kept_and_beats_own_rows_alone(shifted):
    model, tuning = shifted
    assert tuning.way != "own" and set(tuning.errors) == set(WAYS)
    assert tuning.errors[tuning.way] == min(tuning.errors.values())
    over_own = next(g for g in tuning.gains if g.over == "own")
    assert over_own.paired.difference > 0
    features, truth = _rows(200, seed=3)
    said = model.predict(features)
    assert np.sqrt(np.mean((said.mean[:, 0] - truth - 2) ** 2)) < np.std(truth) * 0.8
    inside = (said.low[:, 0] <= truth + 2) & (truth + 2 <= said.high[:, 0])
    assert inside.mean() > 0.75


def test_where_the_base_knows_nothing_it_is_no_gain_over_own_rows(below):
    features, truth = _rows(60, seed=4)
    mean = float(truth.mean())
    junk = evolve(below, parts={"mean": _Junk()})
    _, tuning = tune_onto(
        Base(model=junk), features, targets_of(truth), about=ABOUT, seed=1, n_repeats=1
    )
    assert tuning.errors["catalogue"] > 0.9 * np.std(truth - mean)
    over_own = next(g for g in tuning.gains if g.over == "own")
    assert not (over_own.paired.is_clear and over_own.paired.difference > 0)


class _Junk:
    """A part that says what has nothing to do with a row."""

    def predict(self, features):
        from loopwright.science.intervals import gaussian

        mean = np.array([[float(sum(map(ord, i)) % 7)] for i in features.ids])
        return gaussian(mean, np.ones_like(mean), np.zeros(1))


@pytest.mark.parametrize("way", WAYS)
def test_the_file_holds_the_base_and_answers_the_same(below, way):
    features, truth = _rows(40, seed=2)
    answered = tune_onto(
        Base(model=below, factor=2.0, offset=1.0), features, targets_of(2 * truth + 1),
        about=ABOUT, seed=1, ways=(way,), n_repeats=1,
    )  # fmt: skip
    model = answered[0]
    back = unpack_properties(pack_properties({"one": model})).models["one"]
    asked = _rows(30, seed=6)[0]
    for name in ("mean", "low", "high"):
        assert np.array_equal(
            getattr(back.predict(asked), name), getattr(model.predict(asked), name)
        )
    assert (back.base is None) == (way == "own")
