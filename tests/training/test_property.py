# SPDX-License-Identifier: Apache-2.0
import json

import numpy as np
import pytest
from attrs import evolve
from safetensors.numpy import load, save

from loopwright.core.counts import Counts
from loopwright.core.errors import DataError, NotReadyError
from loopwright.core.values import Candidate, Features, Targets
from loopwright.registry import build
from loopwright.training.property import KINDS, learn_property, refit
from loopwright.training.property_file import pack_properties, read_cards, unpack_properties
from loopwright.training.property_model import Property
from loopwright.training.property_scores import Held, score_property

PLAIN = Property(name="logD")
CLASS = Property(name="blocks hERG", task="classification")


def _rows(n, seed=0):
    """Rows of patterns, vectors and descriptors in families, and what they are worth."""
    rng = np.random.default_rng(seed)
    dense = rng.poisson(0.5, (n, 30))
    vector = rng.normal(size=(n, 4)).astype(np.float32)
    patterns = Counts.of(*dense.nonzero(), dense[dense > 0], shape=dense.shape)
    truth = vector[:, 0] + dense[:, 0] - dense[:, 1] + 0.2 * rng.normal(size=n)
    family = np.array([f"scaffold {i}" for i in rng.integers(n // 3, size=n)])
    blocks = {"patterns": patterns, "vector": vector, "descriptors": vector * 9, "family": family}
    return Features(ids=tuple(f"s{seed}n{n}c{i}" for i in range(n)), blocks=blocks), truth


def _targets(values):
    values = np.asarray(values, float)[:, None]
    return Targets(
        values=values,
        bounds=np.zeros(values.shape, np.int8),
        n_replicates=np.ones(values.shape, np.int64),
    )


def _learned(about, make, n=150, **more):
    features, truth = _rows(n)
    return learn_property(features, _targets(make(truth)), about=about, seed=1, **more)


@pytest.fixture(scope="module")
def number():
    return _learned(PLAIN, lambda truth: truth)


@pytest.fixture(scope="module")
def clazz():
    return _learned(CLASS, lambda truth: truth > 0, n=600)


def test_a_number_is_learned_better_than_by_both_baselines(number):
    assert number.card.is_useful
    rmse = {s.model: s.values["rmse"].value for s in number.card.scores}
    assert set(rmse) == {"auto", "kernel", "boosted", "mean", "neighbour"}
    assert rmse["auto"] < min(rmse["mean"], rmse["neighbour"])


def test_a_class_is_learned_better_than_by_both_baselines_in_every_score(clazz):
    auto, *_, mean, neighbour = sorted(
        clazz.card.scores, key=lambda s: ("auto", "kernel", "boosted", "mean").index(s.model)
        if s.model != "neighbour" else 9,
    )  # fmt: skip
    assert (auto.model, mean.model, neighbour.model) == ("auto", "mean", "neighbour")
    for other in (mean, neighbour):
        assert auto.values["auroc"].value > other.values["auroc"].value
        assert auto.values["log_loss"].value < other.values["log_loss"].value


def test_a_class_is_ranked_by_its_scores_though_folds_are_calibrated_apart():
    """Few rows: each fold has a calibration of its own, and no two of them one scale."""
    card = _learned(CLASS, lambda truth: truth > 0.5, n=60).card
    auroc = {s.model: s.values["auroc"].value for s in card.scores}
    assert auroc["auto"] >= min(auroc["kernel"], auroc["boosted"])


def test_pooled_ranks_are_taken_from_what_is_on_one_scale():
    truth, score = np.array([0.0, 1.0, 0.0, 1.0]), np.array([0.2, 0.4, 0.3, 0.5])
    said = np.array([0.1, 0.2, 0.8, 0.9])  # the second fold is calibrated higher
    held = Held(truth, said, np.zeros(4, np.int8))
    plain, ranked = (
        score_property("auto", h, task="classification").values
        for h in (held, held._replace(order=score))
    )
    assert (plain["auroc"].value, ranked["auroc"].value) == (0.75, 1.0)
    assert plain["brier"].value == ranked["brier"].value


def test_nine_of_ten_new_numbers_lie_in_their_interval(number):
    features, truth = _rows(1_000, seed=5)
    said = number.predict(features)
    assert 0.84 < ((said.low[:, 0] <= truth) & (truth <= said.high[:, 0])).mean() < 0.96
    stated = {s.model: s for s in number.card.scores}["auto"].values["coverage"]
    assert stated.low <= 0.9 <= stated.high


def test_probabilities_of_new_rows_hold_and_lie_in_their_range(clazz):
    features, truth = _rows(1_000, seed=5)
    said = clazz.predict(features)
    p = said.mean[:, 0]
    assert (said.low[:, 0] <= p).all() and (p <= said.high[:, 0]).all()
    assert (said.low >= 0).all() and (said.high <= 1).all()
    likely = p > 0.7
    assert (truth[likely] > 0).mean() == pytest.approx(p[likely].mean(), abs=0.08)


def test_no_answer_leaves_the_bounds_of_its_property():
    about = Property(name="bound", unit="%", low=0.0, high=100.0)
    found = _learned(about, lambda truth: np.clip(80 + 20 * truth, 0, 100))
    said = found.predict(_rows(300, seed=7)[0])
    for column in (said.mean, said.low, said.high):
        assert column.min() >= 0 and column.max() <= 100
    assert said.high.max() == 100


def test_a_long_tail_is_learned_as_a_logarithm_and_answered_in_its_unit():
    found = _learned(Property(name="clearance", low=0.0), lambda truth: 10.0**truth)
    features, truth = _rows(300, seed=3)
    said = found.predict(features)
    assert found.card.scale == "log"
    assert (said.low > 0).all()
    assert np.median(np.abs(np.log10(said.mean[:, 0]) - truth)) < 0.8
    above, below = said.high - said.mean, said.mean - said.low
    assert (above > below).all()


def test_rows_without_a_value_are_left_out():
    features, truth = _rows(150)
    gaps = np.where(np.arange(150) % 3 == 0, np.nan, truth)
    found = learn_property(features, _targets(gaps), about=PLAIN, seed=1)
    assert found.card.n_rows == 100


def test_equal_arguments_give_equal_bytes_and_another_seed_others(number):
    again = _learned(PLAIN, lambda truth: truth)
    timeless = [evolve(m, card=evolve(m.card, seconds=0.0)) for m in (number, again)]
    assert pack_properties({"a": timeless[0]}) == pack_properties({"a": timeless[1]})


def test_another_seed_refits_what_was_chosen_and_leaves_the_rest(clazz):
    truth = _targets(_rows(600)[1] > 0)
    new = _rows(20, seed=9)[0]
    same, other = (refit(clazz, truth, seed=s).predict(new).mean for s in (1, 2))
    assert "boosted" in clazz.card.recipe
    assert np.array_equal(same, clazz.predict(new).mean)
    assert not np.array_equal(other, same)
    assert refit(clazz, truth, seed=2).card == clazz.card


def test_models_kept_in_one_file_predict_the_same_bits(number, clazz):
    content = pack_properties({"logD": number, "hERG": clazz})
    found, new = unpack_properties(content).models, _rows(40, seed=9)[0]
    assert read_cards(content) == {"logD": number.card, "hERG": clazz.card}
    for before, after in ((number, found["logD"]), (clazz, found["hERG"])):
        one, other = before.predict(new), after.predict(new)
        for name in ("mean", "std", "low", "high", "in_domain"):
            assert np.array_equal(getattr(one, name), getattr(other, name))
        assert np.array_equal(before.nearest(new, k=3)[0], after.nearest(new, k=3)[0])
    assert pack_properties(found) == content


def _written_before_levels(content):
    """The file as versions wrote it whose doubt had a constant and no levels."""
    n = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + n])
    told = json.loads(header["__metadata__"]["loopwright"])
    for model in told["models"].values():
        weights, floor, factor, _ = model["doubt"]
        model["doubt"] = [[weights[0], *weights[2:]], floor, factor]
    header["__metadata__"]["loopwright"] = json.dumps(told)
    written = json.dumps(header).encode()
    return len(written).to_bytes(8, "little") + written + content[8 + n :]


def test_a_file_whose_doubt_knows_no_levels_is_still_read(number):
    older = unpack_properties(_written_before_levels(pack_properties({"a": number}))).models["a"]
    answers = np.array([-9.0, 9.0])
    told = np.stack([answers, np.ones(2), np.full(2, 0.5)])
    low, high = older.doubt.half_width(told)
    assert low == high == number.doubt.half_width(np.array([[-9.0], [1.0], [0.5]]))[0]


def test_rows_that_two_models_have_seen_stand_once_in_the_file(number):
    alone = len(pack_properties({"a": number}))
    both = len(pack_properties({"a": number, "b": number}))
    rows = sum(a.nbytes for k, a in load(pack_properties({"a": number})).items() if "rows/" in k)
    assert both < 2 * alone - rows / 2


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda c: c[: len(c) // 2], id="half of a file"),
        pytest.param(lambda _: b"not a model", id="something else"),
        pytest.param(lambda _: save({"a": np.zeros(2)}), id="arrays without a header"),
    ],
)
def test_bytes_that_are_no_property_models_are_refused(number, spoil):
    with pytest.raises(DataError):
        unpack_properties(spoil(pack_properties({"a": number})))


def test_without_time_for_both_only_the_first_model_is_tried_and_the_card_says_so():
    found = _learned(PLAIN, lambda truth: truth, budget_s=0.0)
    assert found.card.recipe == ("kernel",)
    assert "no time for boosted" in found.card.why


@pytest.mark.parametrize(
    ("about", "values", "error"),
    [
        pytest.param(PLAIN, np.full(30, np.nan), NotReadyError, id="no value"),
        pytest.param(CLASS, np.zeros(30), NotReadyError, id="one class"),
        pytest.param(CLASS, np.arange(30.0), DataError, id="numbers as classes"),
    ],
)
def test_what_cannot_be_learned_from_is_refused(about, values, error):
    with pytest.raises(error):
        learn_property(_rows(30)[0], _targets(values), about=about)


def _limited(values, is_limit):
    targets = _targets(values)
    return evolve(targets, bounds=np.asarray(is_limit, np.int8)[:, None])


@pytest.mark.parametrize("n_measured", [0, 1, 9])
def test_where_nearly_all_are_limits_nothing_can_be_learned(n_measured):
    is_limit = np.arange(60) >= n_measured
    targets = _limited(np.where(is_limit, 10.0, np.arange(60) / 10), is_limit)
    with pytest.raises(NotReadyError, match="others are limits") as caught:
        learn_property(_rows(60)[0], targets, about=PLAIN)
    assert "at least 10 measured" in caught.value.remedy


@pytest.mark.parametrize("recipe", ["auto", "linear", "gp"])
def test_a_fold_of_one_limit_alone_is_learned_from(recipe):
    features = _rows(60)[0]
    family = np.array(["measured" if i < 12 else f"family {i % 9}" for i in range(60)])
    features = evolve(features, blocks={**features.blocks, "family": family})
    is_limit = np.arange(60) >= 12
    targets = _limited(np.where(is_limit, 10.0, np.arange(60) / 10), is_limit)
    found = learn_property(features, targets, about=PLAIN, recipe=recipe)
    assert np.isfinite(found.predict(features).mean).all()


@pytest.mark.parametrize("task", ["regression", "classification", "ordinal"])
def test_the_mean_orders_nothing_though_it_differs_from_fold_to_fold(task):
    rng = np.random.default_rng(3)
    fold = np.arange(100) % 5
    truth = (rng.random(100) < 0.1 + fold / 6).astype(float) * (2 if task == "ordinal" else 1)
    middle = np.array([truth[fold != f].mean() for f in range(5)])[fold]
    found = {
        name: score_property(name, Held(truth, middle, np.zeros(100, np.int8)), task=task).values
        for name in ("mean", "other")
    }
    mean, other = found["mean"], found["other"]
    assert "spearman" not in mean and mean.keys() <= other.keys()
    if task == "regression":
        assert other["spearman"].value < -0.3 and mean["rmse"] == other["rmse"]
    elif task == "classification":
        assert other["auroc"].value < 0.3 and mean["log_loss"] == other["log_loss"]
        assert (mean["auroc"].value, mean["auroc"].low, mean["auroc"].high) == (0.5, 0.5, 0.5)
        assert mean["auprc"].value == pytest.approx(truth.mean()) and mean["mcc"].value == 0.0
    else:
        assert mean["kappa"].value == 0.0 and mean["mae"] == other["mae"]


def test_molecules_are_described_by_what_the_recipe_wants():
    modality = build("modalities", "molecules", {"n_workers": 1})
    matter = [Candidate(id=t, text=t) for t in ("CCO", "c1ccccc1", "[Na+].[Cl-]")]
    found = modality.describe(matter, KINDS)
    assert set(found.blocks) == KINDS
    assert np.isfinite(found.blocks["descriptors"]).all()
    assert found.blocks["patterns"].width == 3 * 1024 + 315
    alone = modality.describe(matter[1:2], KINDS)
    assert np.array_equal(alone.blocks["descriptors"][0], found.blocks["descriptors"][1])


@pytest.mark.parametrize("recipe", ["stack", "gp", "linear", "neighbour", "mean"])
def test_every_recipe_can_be_asked_for_and_comes_back_from_its_file(recipe):
    model = _learned(PLAIN, lambda truth: truth, recipe=recipe)
    assert model.card.model == recipe
    assert model.card.is_useful == (recipe not in ("neighbour", "mean"))
    features, _ = _rows(40, seed=5)
    again = unpack_properties(pack_properties({"logD": model})).models["logD"]
    assert np.array_equal(again.predict(features).mean, model.predict(features).mean)
    assert 0.8 < model.card.scores[0].values["coverage"].value <= 1.0


def test_a_stack_listens_most_to_what_knows_most():
    card = _learned(PLAIN, lambda truth: truth, recipe="stack").card
    assert sum(card.weights) == pytest.approx(1.0)
    assert card.recipe[int(np.argmax(card.weights))] == "linear"  # the truth is a sum
