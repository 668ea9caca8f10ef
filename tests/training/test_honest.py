# SPDX-License-Identifier: Apache-2.0
"""Everything that is asked of a recipe: by every split, on cliffs, with more rows."""

import numpy as np
import pytest
from attrs import evolve

from loopwright.core.counts import Counts
from loopwright.core.errors import NotReadyError, SpecError
from loopwright.core.values import Features, Targets
from loopwright.training.cliff_scores import cliffs_of
from loopwright.training.honest import Case, evaluation_of
from loopwright.training.property import learn_property
from loopwright.training.property_file import pack_properties, unpack_properties
from loopwright.training.property_model import Property
from loopwright.training.rivals import contest
from loopwright.training.unseen import learned_targets, unseen_of

N = 160


def _rows(n=N, seed=0, noise=0.2):
    """Rows of patterns in families, and a truth that patterns tell."""
    rng = np.random.default_rng(seed)
    dense = rng.poisson(0.8, (n, 24))
    dense[:, 0] += 1  # no row is empty
    patterns = Counts.of(*dense.nonzero(), dense[dense > 0], shape=dense.shape)
    vector = dense[:, :4].astype(np.float32)
    truth = dense[:, 1] - dense[:, 2] + 0.5 * dense[:, 3] + noise * rng.standard_normal(n)
    family = np.array([f"scaffold {i}" for i in rng.integers(n // 4, size=n)])
    blocks = {"patterns": patterns, "vector": vector, "descriptors": vector, "family": family}
    return Features(ids=tuple(f"s{seed}c{i}" for i in range(n)), blocks=blocks), truth


def _targets(values):
    values = np.asarray(values, float)[:, None]
    shape = values.shape
    return Targets(
        values=values, bounds=np.zeros(shape, np.int8), n_replicates=np.ones(shape, np.int64)
    )


def _case(about, values, features, **more):
    targets = _targets(values)
    model = learn_property(features, targets, about=about, seed=1)
    given = {"split": "scaffold", "newest": None, "seed": 1, **more}
    return Case(model=model, features=features, targets=targets, **given)


@pytest.fixture(scope="module")
def case():
    features, truth = _rows()
    return _case(Property(name="logD"), truth, features, newest=np.arange(N) >= N - 30)


@pytest.fixture(scope="module")
def asked(case):
    return evaluation_of(case)


def test_every_way_of_holding_out_stands_beside_the_others_with_both_baselines(asked):
    assert [p.split.split(",")[0].split(" of ")[0] for p in asked.parted] == [
        "scaffold families", "clusters", "the newest fifth",
    ]  # fmt: skip
    assert [p.scores[0].n for p in asked.parted] == [N, N, 30]
    for part in asked.parted:
        assert {s.model for s in part.scores} == {"auto", "mean", "neighbour"}
        assert all(e.low <= e.value <= e.high for s in part.scores for e in s.values.values())
    assert asked.missing == ()


def test_the_learning_curve_falls_and_ends_at_the_score_of_the_card(case, asked):
    sizes = [s.n_rows for s in asked.curve.steps]
    errors = [s.error.value for s in asked.curve.steps]
    assert sizes == sorted(sizes) and len(sizes) >= 3
    assert errors[0] > errors[-1]
    assert errors[-1] == pytest.approx(case.model.card.scores[0].values["rmse"].value)
    assert asked.curve.twice.n_rows == pytest.approx(2 * sizes[-1], abs=1)
    assert (
        asked.curve.twice.error.low < asked.curve.twice.error.value < asked.curve.twice.error.high
    )


def test_the_error_is_told_at_each_distance_from_what_was_seen(case, asked):
    bands, unseen = asked.by_distance, case.model.unseen
    assert [b.low for b in bands] == sorted(b.low for b in bands) and len(bands) >= 2
    assert all(b.low <= b.high and b.n >= 20 for b in bands)
    n = sum(b.n for b in bands)
    assert n == (unseen.bounds == 0).sum()
    error = np.abs(unseen.said - case.model.values)[unseen.bounds == 0].mean()
    assert sum(b.n * b.error for b in bands) / n == pytest.approx(error)


def test_a_class_is_asked_everything_too():
    features, truth = _rows(240, seed=3)
    about = Property(name="is_hit", task="classification")
    found = evaluation_of(_case(about, truth > 0, features))
    assert {"auroc", "auprc", "brier"} <= set(found.parted[0].scores[0].values)
    assert found.curve.measure == "RMSE of the probability"
    assert any("newest fifth" in m for m in found.missing)


def test_what_there_is_no_time_for_is_named(case):
    found = evaluation_of(case, has_time=lambda _share: False)
    assert len(found.parted) == 1 and found.curve is None
    assert found.cliffs is None and not found.by_distance
    assert found.hurried[:3] == ("error by distance", "activity cliffs", "learning curve")
    assert len(found.hurried) == 5
    assert evaluation_of(case).hurried == ()
    some = evaluation_of(case, has_time=lambda share: share < 0.5)
    assert some.hurried == ("learning curve", "clusters of similarity 0.6")
    assert some.by_distance and len(some.parted) == 2


def test_rows_of_a_cliff_are_found_and_scored_by_themselves():
    features, truth = _rows()
    twins = Features.join([features, evolve(features, ids=tuple(f"t{i}" for i in features.ids))])
    low_high = np.concatenate([truth, truth + 6.0])
    model = learn_property(twins, _targets(low_high), about=Property(name="logD"), seed=1)
    found = cliffs_of(model, seed=0)
    assert found.n_pairs >= N and found.scores[0].n == 2 * N
    plain = learn_property(features, _targets(np.full(N, 1.0) + truth * 0.01), seed=1,
                           about=Property(name="logD"))  # fmt: skip
    assert cliffs_of(plain, seed=0) is None or cliffs_of(plain, seed=0).n_pairs < found.n_pairs / 4


def test_what_was_said_of_held_out_rows_is_kept_in_the_file(case):
    back = unpack_properties(pack_properties({"one": case.model})).models["one"]
    assert (back.unseen.said == case.model.unseen.said).all()
    assert (back.unseen.fold == case.model.unseen.fold).all()
    assert (learned_targets(back).bounds == 0).all()
    with pytest.raises(NotReadyError, match="had not seen"):
        unseen_of(evolve(back, unseen=None))


def test_equal_recipes_are_not_called_different_and_unequal_ones_are():
    features, truth = _rows(120, seed=5)
    about = Property(name="logD")
    found = contest(features, _targets(truth), ("kernel", "mean"), about=about, n_repeats=2, seed=0)
    assert found.paired.is_clear and "kernel is better than mean" in found.verdict
    assert found.errors["kernel"] < found.errors["mean"]
    noise = np.random.default_rng(0).standard_normal(120)
    null = contest(features, _targets(noise), ("kernel", "mean"), about=about, n_repeats=2, seed=0)
    assert null.verdict.startswith("no difference") and null.n_splits == 10


@pytest.mark.parametrize("names", [("kernel",), ("kernel", "kernel"), ("kernel", "magic")])
def test_what_is_no_pair_is_refused(names):
    features, truth = _rows(40)
    with pytest.raises(SpecError, match="no pair"):
        contest(features, _targets(truth), names, about=Property(name="a"), n_repeats=1, seed=0)
