# SPDX-License-Identifier: Apache-2.0
"""What counts as evidence that a new model is better, and what follows from it."""

import numpy as np
import pytest
from attrs import evolve

from loopwright.core.counts import Counts
from loopwright.core.errors import MismatchError, NotReadyError
from loopwright.core.values import Features, Targets
from loopwright.training.families import told_of
from loopwright.training.promotion import weigh
from loopwright.training.property import learn_property
from loopwright.training.property_model import Base, Property

N = 90


def rows(n, seed=0):
    """Rows unlike each other in families of five, and what they are worth."""
    rng = np.random.default_rng(seed)
    dense = rng.poisson(0.5, (n, 30))
    vector = rng.normal(size=(n, 4)).astype(np.float32)
    patterns = Counts.of(*dense.nonzero(), dense[dense > 0], shape=dense.shape)
    family = np.array([f"scaffold {i // 5}" for i in range(n)])
    blocks = {"patterns": patterns, "vector": vector, "descriptors": vector, "family": family}
    truth = 5.0 + vector[:, 0] + dense[:, 0] - dense[:, 1] + 0.2 * rng.normal(size=n)
    return Features(ids=tuple(f"s{seed}c{i}" for i in range(n)), blocks=blocks), truth


def learned(features, truth, *, is_class=False):
    """A model of some rows."""
    values = (truth > 5.0).astype(float) if is_class else truth
    targets = Targets(
        values=values[:, None],
        bounds=np.zeros((len(values), 1), np.int8),
        n_replicates=np.ones((len(values), 1), np.int64),
    )
    about = Property(name="P", task="classification" if is_class else "regression")
    return learn_property(features, targets, about=about, recipe="linear")


def saying(model, said, **card):
    """The model, had it said this of rows that it had not seen."""
    return evolve(model, unseen=evolve(model.unseen, said=said), card=evolve(model.card, **card))


@pytest.fixture(scope="module")
def table():
    """The rows of the old model."""
    return rows(N)


@pytest.fixture(scope="module")
def old(table):
    """A model that is off by one on average, told as useful."""
    model = learned(*table)
    off = np.random.default_rng(1).normal(size=N)
    return saying(model, model.values + off, is_useful=True)


def nearer(model, share):
    """The model, with what it said of unseen rows nearer to the truth."""
    return saying(model, model.values + share * (model.unseen.said - model.values))


def test_a_model_that_loses_clearly_less_passes_and_the_numbers_are_right(old, table):
    found = weigh(old, nearer(old, 0.8), table[0], margin=0.01)
    lost = np.mean((old.unseen.said - old.values) ** 2)
    assert found.is_passed and found.is_better and found.is_useful
    assert found.difference.old == pytest.approx(lost)
    assert found.difference.new == pytest.approx(0.64 * lost)
    assert found.difference.change.value == pytest.approx(-0.36)
    assert found.difference.change.high < 0
    assert (found.n_rows, found.n_both, found.n_fresh, found.n_passed_over) == (N, N, 0, 0)
    assert found.n_families == N // 5 and found.loss == "squared error"


def test_an_equal_model_does_not_pass_not_even_without_a_margin(old, table):
    for margin in (0.0, 0.01):
        found = weigh(old, old, table[0], margin=margin)
        assert not found.is_better and found.difference.change.value == 0.0


def test_the_margin_decides_where_the_difference_is_clear_but_small(old, table):
    new = nearer(old, 0.99)
    assert weigh(old, new, table[0], margin=0.01).is_passed
    refused = weigh(old, new, table[0], margin=0.05)
    assert not refused.is_better and "must be smaller by 5.0%" in refused.reason


def test_a_difference_that_one_family_makes_is_not_ruled_out_to_be_none(old, table):
    said = old.unseen.said.copy()
    said[:5] = old.values[:5]
    found = weigh(old, saying(old, said), table[0], margin=0.001)
    assert found.difference.change.value < -0.001
    assert not found.is_better and "cannot be ruled out" in found.reason


def test_equals_that_err_independently_pass_no_more_often_than_chance_allows(old, table):
    passed = 0
    for seed in range(100):
        draw = np.random.default_rng([7, seed])
        a, b = (saying(old, old.values + draw.normal(size=N)) for _ in range(2))
        passed += weigh(a, b, table[0], margin=0.0).is_better
    assert passed <= 9


def test_a_model_of_no_use_does_not_pass_even_if_it_is_better(old, table):
    new = nearer(old, 0.5)
    found = weigh(old, evolve(new, card=evolve(new.card, is_useful=False)), table[0], margin=0.01)
    assert found.is_better and not found.is_useful and not found.is_passed
    assert "does not beat both baselines" in found.reason


def test_rows_that_the_new_model_has_not_learned_are_predicted_by_it_unless_it_knows_like_ones(
    old, table
):
    features, truth = table
    half = np.arange(0, N, 2)
    new = learned(features.take(half), truth[half])
    new = evolve(new, card=evolve(new.card, is_useful=True))
    found = weigh(old, new, features, margin=0.01)
    alike = new.nearest(features, k=1)[1][:, 0] >= 0.6
    assert found.n_both == len(half) and found.n_fresh == N - alike.sum() > 0
    assert found.n_rows == found.n_both + found.n_fresh + found.n_passed_over
    fresh = np.flatnonzero(~alike)
    gaps = [new.unseen.said - truth[half], new.predict(features.take(fresh)).mean[:, 0]]
    gaps[1] = gaps[1] - truth[fresh]
    assert found.difference.new == pytest.approx(np.mean(np.concatenate(gaps) ** 2))


def test_what_the_model_below_has_learned_from_is_no_evidence(old, table):
    features, truth = table
    own = learned(*rows(40, seed=3))
    new = evolve(own, base=Base(model=learned(features, truth)))
    new = evolve(new, card=evolve(new.card, is_useful=True))
    found = weigh(old, new, features, margin=0.0)
    assert found.n_fresh == found.n_both == 0 and found.n_passed_over == N
    assert found.difference is None and "too little evidence" in found.reason
    assert not found.is_passed


def test_a_limit_that_is_kept_costs_nothing(old, table):
    bounds = np.ones(N, np.int8)
    above = evolve(old, unseen=evolve(old.unseen, bounds=bounds, said=old.values - 1.0))
    new = saying(above, old.values + 3.0)
    found = weigh(above, new, table[0], margin=0.01)
    assert found.difference.new == 0.0 and found.difference.old == pytest.approx(1.0)
    assert found.is_passed


def test_of_a_class_log_loss_is_weighed(table):
    features, truth = table
    model = learned(features, truth, is_class=True)
    old = saying(model, np.full(N, 0.5), is_useful=True)
    new = saying(old, np.where(model.values > 0.5, 0.9, 0.1))
    found = weigh(old, new, features, margin=0.01)
    assert found.loss == "log loss" and found.is_passed
    assert found.difference.old == pytest.approx(np.log(2))
    assert found.difference.new == pytest.approx(-np.log(0.9))


@pytest.mark.parametrize("change", [{"unit": "nM"}, {"task": "classification"}])
def test_another_unit_or_task_is_refused(old, table, change):
    new = evolve(old, card=evolve(old.card, property=evolve(old.card.property, **change)))
    with pytest.raises(MismatchError, match="same unit and task"):
        weigh(old, new, table[0], margin=0.01)


def test_rows_that_were_held_out_more_kindly_are_refused(old, table):
    kind = evolve(old, card=evolve(old.card, split=told_of("random")))
    with pytest.raises(MismatchError, match="cannot be compared"):
        weigh(old, kind, table[0], margin=0.01)
    assert weigh(kind, nearer(old, 0.5), table[0], margin=0.01).is_passed
    late = evolve(old, card=evolve(old.card, split=told_of("time")))
    assert weigh(late, nearer(old, 0.5), table[0], margin=0.01).is_passed


def test_a_model_that_does_not_say_what_it_predicted_is_refused(old, table):
    with pytest.raises(NotReadyError, match="Train it again"):
        weigh(old, evolve(old, unseen=None), table[0], margin=0.01)
