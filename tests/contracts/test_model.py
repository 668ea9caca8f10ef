# SPDX-License-Identifier: Apache-2.0
"""What every model promises, asked of each one on the shelf with each kind that it accepts."""

import json

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from loopwright.core.ports import FittedModel, Model
from loopwright.registry import build, names
from loopwright.science.classes import auroc

OF_TORCH = ("chemprop", "cnn")
"""Tested by themselves, where their library is installed."""

NAMES = [n for n in names("models") if n not in OF_TORCH]
TABLES = ("vector", "counts", "tokens")
LEARNERS = [n for n in NAMES if n not in ("mean", "neighbour")]
SAME = {"rtol": 2e-5, "atol": 2e-5}
"""Float32 sums depend on how many rows are summed at once; values here are near 6."""


def _mixtures(name):
    accepted = _seen(build("models", name, {}))
    return [(k,) for k in accepted] + ([accepted] if len(accepted) > 1 else [])


def _seen(model):
    """The tables of the world that a model can use."""
    return tuple(k for k in TABLES if k in model.accepts)


def _home(world, model):
    """A world of all the tables that a model can use."""
    return world(*_seen(model))


ASKED = [
    pytest.param((n, kinds), id=f"{n} on {' and '.join(kinds)}")
    for n in NAMES
    for kinds in _mixtures(n)
]


@pytest.fixture(scope="module", params=ASKED)
def asked(request, world, targets):
    """A model, its world, and the model fitted to 40 rows of it."""
    name, kinds = request.param
    model, place = build("models", name, {}), world(*kinds)
    return model, place, model.fit(place.features(40), targets(place.truth(40)), seed=7)


@pytest.fixture(params=NAMES)
def model(request):
    return build("models", request.param, {})


def _plain(dump):
    """Everything that a dump holds, as comparable plain values."""
    arrays = {k: (a.dtype.str, a.shape, a.tobytes()) for k, a in dump.arrays.items()}
    return arrays, dict(dump.texts), json.dumps(dump.settings, sort_keys=True)


def _same_bits(one, other):
    fields = ("mean", "std", "noise_std", "low", "high", "in_domain")
    return all(np.array_equal(getattr(one, f), getattr(other, f)) for f in fields)


def _is_sound(said, n, t=1):
    return (
        said.mean.shape == said.std.shape == said.low.shape == said.high.shape == (n, t)
        and said.noise_std.shape == (t,)
        and said.in_domain.shape == (n,)
        and bool(np.isfinite([said.mean, said.std, said.low, said.high]).all())
        and bool((said.std > 0).all() and (said.noise_std >= 0).all())
        and bool((said.low < said.mean).all() and (said.mean < said.high).all())
    )


def test_every_model_accepts_a_table_and_fits_its_socket(model):
    assert isinstance(model, Model)
    assert model.accepts & set(TABLES)


def test_every_row_gets_a_mean_a_positive_doubt_and_an_interval_around_the_mean(asked):
    _, place, fitted = asked
    assert isinstance(fitted, FittedModel)
    assert _is_sound(fitted.predict(place.features(25, first=500)), 25)


def test_one_row_is_enough_to_ask_for(asked):
    _, place, fitted = asked
    assert _is_sound(fitted.predict(place.features(1, first=500)), 1)


def test_an_interval_holds_at_least_what_a_gaussian_of_doubt_and_noise_would(asked):
    _, place, fitted = asked
    said = fitted.predict(place.features(25, first=500))
    half = 1.6448536 * np.sqrt(said.std**2 + said.noise_std**2)
    np.testing.assert_allclose(said.high - said.mean, half, rtol=1e-6)
    np.testing.assert_allclose(said.mean - said.low, half, rtol=1e-6)


def test_fitting_leaves_the_model_the_features_and_the_targets_as_they_were(asked, targets):
    model, place, _ = asked
    features, truth = place.features(40), targets(place.truth(40))
    before = repr(model)
    model.fit(features, truth, seed=3)
    assert repr(model) == before
    assert np.array_equal(truth.values[:, 0], place.truth(40))
    for name, block in place.features(40).flat().items():
        assert np.array_equal(block, features.flat()[name])


def test_equal_arguments_give_equal_bits(asked, targets):
    model, place, fitted = asked
    again = model.fit(place.features(40), targets(place.truth(40)), seed=7)
    assert _plain(again.dump()) == _plain(fitted.dump())
    new = place.features(25, first=500)
    assert _same_bits(again.predict(new), fitted.predict(new))


def test_a_model_does_not_care_in_which_order_rows_come(asked, targets):
    model, place, fitted = asked
    order = np.random.default_rng(1).permutation(40)
    mixed = model.fit(place.features(40).take(order), targets(place.truth(40)[order]), seed=7)
    new = place.features(25, first=500)
    assert _same_bits(mixed.predict(new), fitted.predict(new))


def test_the_order_of_a_value_and_a_limit_of_the_same_candidate_does_not_matter(
    model, world, targets
):
    place = _home(world, model)
    rows, bounds = np.repeat(np.arange(15), 2), np.tile([0, 1], 15)
    values, order = np.repeat(place.truth(15), 2), np.arange(30)[::-1]
    features, new = place.features(15).take(rows), place.features(10, first=500)
    straight = model.fit(features, targets(values, bounds), seed=2)
    turned = model.fit(features.take(order), targets(values[order], bounds[order]), seed=2)
    assert _same_bits(straight.predict(new), turned.predict(new))


def test_the_order_of_rows_that_differ_in_the_second_property_alone_does_not_matter(
    model, world, targets
):
    place = _home(world, model)
    rows, order = np.repeat(np.arange(15), 2), np.arange(30)[::-1]
    values = np.stack([np.repeat(place.truth(15), 2), np.random.default_rng(5).random(30)], axis=1)
    features, new = place.features(15).take(rows), place.features(10, first=500)
    straight = model.fit(features, targets(values), seed=2)
    turned = model.fit(features.take(order), targets(values[order]), seed=2)
    np.testing.assert_allclose(straight.predict(new).mean, turned.predict(new).mean, **SAME)
    np.testing.assert_allclose(straight.predict(new).std, turned.predict(new).std, **SAME)


def test_a_loaded_dump_predicts_the_same_bits(asked):
    model, place, fitted = asked
    loaded, new = model.load(fitted.dump()), place.features(25, first=500)
    assert _same_bits(loaded.predict(new), fitted.predict(new))
    assert np.array_equal(loaded.covariance(new), fitted.covariance(new))
    assert _plain(loaded.dump()) == _plain(fitted.dump())


def test_a_dump_holds_arrays_of_numbers_texts_and_plain_settings_only(asked):
    _, _, fitted = asked
    dump = fitted.dump()
    assert all(isinstance(a, np.ndarray) and a.dtype.kind in "biuf" for a in dump.arrays.values())
    assert all(isinstance(t, str) for t in dump.texts.values())
    assert json.loads(json.dumps(dict(dump.settings))) == dict(dump.settings)


def test_the_covariance_is_symmetric_and_no_combination_has_negative_variance(asked):
    _, place, fitted = asked
    joint = fitted.covariance(place.features(25, first=500))
    scale = joint.diagonal().max()
    assert joint.shape == (25, 25)
    np.testing.assert_allclose(joint, joint.T, atol=1e-5 * scale)
    assert np.linalg.eigvalsh((joint + joint.T) / 2).min() > -1e-4 * scale


def test_the_diagonal_of_the_covariance_is_the_square_of_the_doubt(asked):
    _, place, fitted = asked
    scale = place.truth(40).var()
    for rows in (place.features(25, first=500), place.features(40)):
        doubt = fitted.predict(rows).std[:, 0]
        np.testing.assert_allclose(fitted.covariance(rows).diagonal(), doubt**2, atol=1e-4 * scale)


@settings(max_examples=8)
@given(rows=st.lists(st.integers(0, 24), min_size=1, max_size=25))
def test_no_row_depends_on_which_others_are_asked_with_it(asked, rows):
    _, place, fitted = asked
    new = place.features(25, first=500)
    together, alone = fitted.predict(new), fitted.predict(new.take(np.array(rows)))
    np.testing.assert_allclose(alone.mean, together.mean[rows], **SAME)
    np.testing.assert_allclose(alone.std, together.std[rows], **SAME)


def test_what_a_candidate_is_called_has_no_say_in_its_prediction(asked):
    _, place, fitted = asked
    new = place.features(25, first=500)
    renamed = type(new)(ids=tuple(f"x{i}" for i in range(25)), blocks=new.blocks)
    assert _same_bits(fitted.predict(renamed), fitted.predict(new))


@pytest.mark.parametrize("pair", [p for p in ASKED if p.values[0][0] in LEARNERS])
def test_a_learner_ranks_new_candidates_far_better_than_chance(pair, world, targets):
    name, kinds = pair
    place = world(*kinds)
    fitted = build("models", name, {}).fit(place.features(150), targets(place.truth(150)), seed=1)
    said = fitted.predict(place.features(100, first=500)).mean[:, 0]
    assert spearmanr(said, place.truth(100, first=500)).statistic > 0.4


@pytest.mark.parametrize("name", LEARNERS)
def test_a_learner_ranks_nothing_where_there_is_nothing_to_learn(name, world, targets):
    place, rng = _home(world, build("models", name, {})), np.random.default_rng(4)
    fitted = build("models", name, {}).fit(place.features(150), targets(rng.random(150)), seed=1)
    said = fitted.predict(place.features(200, first=500)).mean[:, 0]
    truth = rng.random(200)
    assert said.std() < 0.6 * truth.std() or abs(spearmanr(said, truth).statistic) < 0.3


# ---- several properties, and properties that are missing
def test_two_properties_are_predicted_side_by_side(asked, targets):
    model, place, _ = asked
    both = np.stack([place.truth(40), 100.0 - 5.0 * place.truth(40)], axis=1)
    fitted = model.fit(place.features(40), targets(both), seed=7)
    said = fitted.predict(place.features(25, first=500))
    assert _is_sound(said, 25, t=2)
    assert (said.mean[:, 1] > 20.0).all() and (said.mean[:, 0] < 20.0).all()
    assert fitted.covariance(place.features(25, first=500)).shape == (25, 25)
    assert _same_bits(
        model.load(fitted.dump()).predict(place.features(25, first=500)),
        fitted.predict(place.features(25, first=500)),
    )


def test_the_first_property_does_not_feel_that_there_is_a_second(asked, targets):
    model, place, fitted = asked
    rng, new = np.random.default_rng(2), place.features(25, first=500)
    both = np.stack([place.truth(40), rng.random(40)], axis=1)
    said = model.fit(place.features(40), targets(both), seed=7).predict(new)
    np.testing.assert_allclose(said.mean[:, 0], fitted.predict(new).mean[:, 0], **SAME)


def test_rows_without_a_value_of_a_property_are_left_out_of_that_property(asked, targets):
    model, place, fitted = asked
    new = place.features(25, first=500)
    both = np.stack([place.truth(60), place.truth(60)], axis=1)
    both[40:, 0] = np.nan
    both[:20, 1] = np.nan
    said = model.fit(place.features(60), targets(both), seed=7).predict(new)
    assert _is_sound(said, 25, t=2)
    np.testing.assert_allclose(said.mean[:, 0], fitted.predict(new).mean[:, 0], rtol=0.2)


def test_a_row_without_any_value_changes_nothing(model, world, targets):
    place, new = _home(world, model), _home(world, model).features(25, first=500)
    values = place.truth(40)
    values[30:] = np.nan
    with_gaps = model.fit(place.features(40), targets(values), seed=7).predict(new)
    without = model.fit(place.features(30), targets(place.truth(30)), seed=7).predict(new)
    assert np.isfinite(with_gaps.mean).all()
    np.testing.assert_allclose(with_gaps.mean.mean(), without.mean.mean(), rtol=0.05)


# ---- limits
def _half_hidden(place, n):
    """Values of which the upper half is known as a limit two units below only."""
    truth = place.truth(n)
    hidden = truth > np.median(truth)
    return truth, np.where(hidden, truth - 2.0, truth), hidden.astype(int)


def test_a_lower_limit_never_pulls_a_prediction_down(asked, targets):
    model, place, _ = asked
    _, values, bounds = _half_hidden(place, 60)
    features = place.features(60)
    limit = model.fit(features, targets(values, bounds), seed=3).predict(features)
    exact = model.fit(features, targets(values), seed=3).predict(features)
    slack = 0.1 * values.std()
    hidden = bounds > 0
    assert limit.mean[hidden, 0].mean() > exact.mean[hidden, 0].mean()
    assert limit.mean.mean() > exact.mean.mean()
    assert np.quantile(limit.mean[hidden, 0] - exact.mean[hidden, 0], 0.05) > -slack


def test_an_upper_limit_is_a_lower_limit_seen_in_a_mirror(model, world, targets):
    place = _home(world, model)
    _, values, bounds = _half_hidden(place, 40)
    features, new = place.features(40), place.features(10, first=500)
    up = model.fit(features, targets(values, bounds), seed=3).predict(new)
    down = model.fit(features, targets(-values, -bounds), seed=3).predict(new)
    spread = float(up.mean.std() + up.std.mean())
    np.testing.assert_allclose(down.mean.mean(), -up.mean.mean(), atol=0.35 * spread)


@pytest.mark.parametrize("name", LEARNERS)
def test_correct_limits_keep_the_order_of_new_candidates_sane(name, world, targets):
    place = _home(world, build("models", name, {}))
    _, values, bounds = _half_hidden(place, 150)
    model, new = build("models", name, {}), place.features(100, first=500)
    fitted = model.fit(place.features(150), targets(values, bounds), seed=3)
    mistaken = model.fit(place.features(150), targets(values), seed=3)
    truth = place.truth(100, first=500)
    told = spearmanr(fitted.predict(new).mean[:, 0], truth).statistic
    assert told > 0.3
    assert told > spearmanr(mistaken.predict(new).mean[:, 0], truth).statistic


def test_limits_alone_are_enough_to_predict_from(model, world, targets):
    place = _home(world, model)
    for bound in (-1, 1):
        fitted = model.fit(place.features(20), targets(place.truth(20), np.full(20, bound)), seed=3)
        assert _is_sound(fitted.predict(place.features(5, first=500)), 5)


# ---- poor data
def _poor(place):
    one, truth = place.features(12).take(np.zeros(12, np.intp)), place.truth(12)
    return {
        "constant targets": (place.features(12), np.full(12, 5.0)),
        "targets that are all zero": (place.features(12), np.zeros(12)),
        "two rows": (place.features(2), truth[:2]),
        "a single row": (place.features(1), truth[:1]),
        "one candidate twelve times": (one, truth),
        "one candidate twelve times with one value": (one, np.full(12, 5.0)),
        "values in the millions": (place.features(12), 1e6 * truth),
        "values in the millionths": (place.features(12), 1e-6 * truth),
    }


@pytest.mark.parametrize(
    "case",
    [
        "constant targets",
        "targets that are all zero",
        "two rows",
        "a single row",
        "one candidate twelve times",
        "one candidate twelve times with one value",
        "values in the millions",
        "values in the millionths",
    ],
)
def test_poor_data_give_a_sound_prediction_all_the_same(asked, targets, case):
    model, place, _ = asked
    features, values = _poor(place)[case]
    fitted = model.fit(features, targets(values), seed=1)
    said = fitted.predict(place.features(5, first=500))
    assert _is_sound(said, 5)
    assert abs(said.mean - values.mean()).max() <= 3.0 * (
        np.ptp(values) + 1e-3 * abs(values.mean())
    )
    assert np.isfinite(fitted.covariance(place.features(5, first=500))).all()


def test_candidates_that_share_no_feature_can_be_learnt_from(world, targets):
    """Five rows of counts, no column of which is in two of them."""
    place = world("counts")
    counts = place.features(5).blocks["counts"]
    apart = type(counts)(
        indptr=np.arange(6),
        indices=np.arange(5, dtype=np.int32),
        values=np.ones(5, np.uint16),
        width=40,
    )
    features = type(place.features(5))(ids=place.features(5).ids, blocks={"counts": apart})
    for name in NAMES:
        model = build("models", name, {})
        if "counts" in model.accepts:
            fitted = model.fit(features, targets(place.truth(5)), seed=1)
            assert _is_sound(fitted.predict(features), 5)


def test_a_candidate_without_any_feature_is_predicted(asked):
    _, place, fitted = asked
    new = place.features(3, first=500)
    blocks = {
        k: np.zeros_like(b)
        if k in ("vector", "tokens")
        else type(b)(
            indptr=np.zeros(4, np.int64), indices=b.indices[:0], values=b.values[:0], width=40
        )
        for k, b in new.blocks.items()
    }
    assert _is_sound(fitted.predict(type(new)(ids=new.ids, blocks=blocks)), 3)


@pytest.mark.parametrize("pair", ASKED)
def test_of_a_class_a_model_states_probabilities(pair, world, targets):
    name, kinds = pair
    place, model = world(*kinds), build("models", name, {})
    truth = place.truth(200)
    middle = np.median(truth)
    known = evolve(targets((truth > middle).astype(float)), tasks=("classification",))
    fitted = model.fit(place.features(200), known, seed=4)
    new = place.features(200, first=500)
    said = fitted.predict(new).mean[:, 0]
    assert said.min() >= 0.0 and said.max() <= 1.0
    assert np.array_equal(model.load(fitted.dump()).predict(new).mean[:, 0], said)
    if name in LEARNERS:
        assert auroc((place.truth(200, first=500) > middle).astype(float), said) > 0.65


@pytest.mark.parametrize("name", LEARNERS)
def test_a_number_and_a_class_are_learned_side_by_side(name, world, targets):
    place, model = _home(world, build("models", name, {})), build("models", name, {})
    number = place.truth(80)
    both = np.stack([number, number > np.median(number)], axis=1)
    known = evolve(targets(both), tasks=("regression", "classification"))
    new = place.features(30, first=500)
    said = model.fit(place.features(80), known, seed=4).predict(new).mean
    alone = model.fit(place.features(80), targets(number), seed=4).predict(new).mean[:, 0]
    assert spearmanr(said[:, 0], alone)[0] > 0.9
    assert said[:, 0].max() > 1.0 and said[:, 1].min() >= 0.0 and said[:, 1].max() <= 1.0
