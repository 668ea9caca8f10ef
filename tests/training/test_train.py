# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from attrs import evolve

from loopwright.core.errors import NotReadyError
from loopwright.core.values import Targets
from loopwright.registry import build
from loopwright.science.intervals import conformal_factor
from loopwright.training.train import _is_heavy, _ranks
from loopwright.training.validate import HeldOut, cut, hold_out


@pytest.fixture(scope="module")
def large(table, trained):
    """300 rows, and the Gaussian process trained on them."""
    data = table(300)
    return data, trained(data)


def _limited(data, rows, by):
    """The same data, in which some rows are limits that lie below the value."""
    values, bounds = data.targets.values.copy(), data.targets.bounds.copy()
    values[rows] -= by
    bounds[rows] = 1
    return evolve(data, targets=evolve(data.targets, values=values, bounds=bounds))


@pytest.mark.parametrize("order", [("good", "bad"), ("bad", "good")], ids=" before ".join)
def test_the_better_of_two_models_is_chosen_whatever_their_order(order, table, teller, trained):
    models = {"good": teller(error=0.1), "bad": teller(error=2.0)}
    result = trained(table(80), **{name: models[name] for name in order})
    assert result.card.model == "good"
    assert result.card.scores[0].model == "good"
    assert result.fitted.error == 0.1
    errors = {s.model: s.rmse.value for s in result.card.scores}
    assert errors["good"] < errors["bad"]


def test_the_first_of_two_equal_models_is_chosen(table, teller, trained):
    assert trained(table(40), b=teller(error=0.1), a=teller(error=0.1)).card.model == "b"


def test_a_model_is_of_use_where_the_features_tell_something(large):
    card = large[1].card
    assert card.is_useful
    assert {s.model for s in card.scores} == {"gp", "mean", "neighbour"}


def test_a_model_is_of_no_use_where_the_features_are_noise(table, trained):
    """In 6 draws the mean alone is beaten by chance now and then; by no more than a little."""
    cards = [trained(table(120, seed=s, informative=False)).card for s in range(6)]
    gains = []
    for card in cards:
        errors = {s.model: s.rmse.value for s in card.scores}
        gains.append(1.0 - errors["gp"] / min(errors["mean"], errors["neighbour"]))
    assert sum(card.is_useful for card in cards) <= 2
    assert max(gains) < 0.05


def test_a_model_that_tells_nothing_more_than_the_mean_is_said_to_be_of_no_use(table, trained):
    card = trained(table(60), mean=build("models", "mean", {})).card
    assert not card.is_useful and card.model == "mean"


@pytest.mark.parametrize("seed", [0, 1])
def test_calibrated_intervals_hold_nine_in_ten_new_measurements(seed, table, trained):
    result, new = trained(table(300, seed=seed)), table(1000, seed=100 + seed)
    said, value = result.predict(new.features), new.targets.values
    covered = float(((value >= said.low) & (value <= said.high)).mean())
    assert 0.85 <= covered <= 0.97


def test_overconfident_and_timid_models_are_both_corrected(table, teller, trained):
    """A fake states a doubt of 1, ten times too much or too little for its own error."""
    new = table(1000, seed=9)
    for error in (0.05, 10.0):
        result = trained(table(300), fake=teller(error=error))
        said = result.predict(new.features)
        inside = (new.targets.values >= said.low) & (new.targets.values <= said.high)
        assert 0.85 <= inside.mean() <= 0.95
        assert (result.card.interval_factor < 1.0) == (error < 1.0)


def test_the_stated_coverage_is_that_of_held_out_rows(large):
    coverage = large[1].card.scores[0].coverage
    assert coverage.low <= coverage.value <= coverage.high
    assert 0.85 <= coverage.value <= 0.95


def test_limits_are_left_out_of_the_interval_factor(table, teller, trained):
    """The limits lie so low that, taken for values, they would blow every interval up."""
    data = table(100)
    limited = _limited(data, np.arange(0, 100, 4), by=50.0)
    measured = limited.targets.bounds[:, 0] == 0
    plain = trained(data, fake=teller(error=0.3))
    result = trained(limited, fake=teller(error=0.3))
    held_out = result.held_out
    scores = np.abs(limited.targets.values[:, 0] - held_out.mean) / held_out.std
    assert result.card.interval_factor == conformal_factor(scores[measured])
    assert result.card.interval_factor < 2.0 * plain.card.interval_factor
    assert conformal_factor(scores) > 20.0
    assert result.card.scores[0].n_censored == 25


def test_limits_that_are_respected_are_no_errors(table, teller, trained):
    limited = _limited(table(100), np.arange(0, 100, 2), by=50.0)
    score = trained(limited, fake=teller(error=0.0)).card.scores[0]
    assert score.rmse.value < 0.35 and score.n == 100 and score.n_censored == 50


def test_limits_alone_can_be_trained_on(table, trained):
    result = trained(_limited(table(30), np.arange(30), by=1.0))
    said = result.predict(table(5, seed=2).features)
    assert np.isfinite(said.low).all() and (said.low < said.high).all()


def test_no_row_is_predicted_by_a_model_that_has_seen_its_family(table, teller):
    data, spy = table(60, families=7), teller(error=1.0)
    split = cut(data.features, seed=3)
    hold_out(spy, data.features, data.targets, split, seed=3)
    family = dict(zip(data.features.ids, data.features.blocks["family"], strict=True))
    assert len(spy.fitted_on) == split.fold.max() + 1 == 5
    for fold, seen in enumerate(spy.fitted_on):
        outside = {i for i, f in zip(data.features.ids, split.fold, strict=True) if f == fold}
        assert outside and outside.isdisjoint(seen)
        assert {family[i] for i in outside}.isdisjoint(family[i] for i in seen)


def test_families_name_the_split_and_clusters_stand_in_where_there_are_none(table):
    named, unnamed = table(60, families=7), table(60)
    assert cut(named.features, seed=0).name == "scaffold families"
    assert cut(named.features, seed=0).n_families == 7
    assert cut(unnamed.features, seed=0).name.startswith("clusters")
    assert cut(table(60, families=1).features, seed=0).name.startswith("clusters")


def test_the_same_seed_deals_the_same_folds_and_another_seed_others(table):
    features = table(60, families=30).features
    assert np.array_equal(cut(features, seed=1).fold, cut(features, seed=1).fold)
    assert not np.array_equal(cut(features, seed=1).fold, cut(features, seed=2).fold)


def test_rows_that_are_all_alike_cannot_be_held_out(table):
    features = table(20).features
    assert cut(features, seed=0).n_families > 1
    with pytest.raises(NotReadyError, match="too alike"):
        cut(features.take(np.zeros(20, np.intp)), seed=0)


def test_four_rows_are_too_few_and_five_are_enough(table, trained):
    assert trained(table(5)).card.n_rows == 5
    with pytest.raises(NotReadyError, match="4 measured candidates"):
        trained(table(4))


@pytest.mark.parametrize("name", ["gp", "boosted"])
def test_five_rows_of_which_four_are_of_one_family_can_be_trained_on(name, table, trained):
    """One fold leaves a single row to fit to."""
    data = table(5)
    family = np.array(["a", "a", "a", "a", "b"])
    features = evolve(data.features, blocks={**data.features.blocks, "family": family})
    result = trained(evolve(data, features=features), model=build("models", name, {}))
    assert np.isfinite(result.predict(data.features).mean).all()


def test_training_rows_are_in_domain_and_a_candidate_far_away_is_not(large):
    data, result = large
    far = evolve(data.features, blocks={"vector": data.features.blocks["vector"] + 9.0})
    assert result.predict(data.features).in_domain.all()
    assert not result.predict(far).in_domain.any()
    assert result.predict(far).std.mean() > result.predict(data.features).std.mean()


def test_equal_arguments_train_equal_models(table, trained):
    one, again = trained(table(60)), trained(table(60))
    new = table(20, seed=5).features
    assert one.card == again.card
    assert np.array_equal(one.predict(new).low, again.predict(new).low)


@pytest.mark.parametrize("is_heavy", [True, False], ids=["heavy tail", "light tail"])
def test_where_few_rows_carry_the_spread_a_model_is_judged_by_order_too(is_heavy):
    """Ranks are told apart well, but the values of the few large ones are far off."""
    rng = np.random.default_rng(5)
    hidden = rng.standard_normal(200)
    values = np.exp(3.0 * hidden) if is_heavy else hidden
    said = np.where(values == values.max(), values, 100.0 * hidden)
    held_out = {
        "good": _held(said),
        "mean": _held(np.zeros(200)),
        "neighbour": _held(np.zeros(200)),
    }
    targets = Targets(
        values=values[:, None],
        bounds=np.zeros((200, 1), np.int8),
        n_replicates=np.ones((200, 1), np.int64),
    )
    assert _is_heavy(targets) == is_heavy
    assert _ranks("good", ("mean", "neighbour"), held_out, targets)
    assert not _ranks("mean", ("good", "neighbour"), held_out, targets)


def _held(mean):
    return HeldOut(mean=mean, std=np.ones(len(mean)), similarity=np.zeros(len(mean)))
