# SPDX-License-Identifier: Apache-2.0
"""Whether a model stands on the catalogue by default: tried, kept where it saves, said."""

import csv
from types import SimpleNamespace

import numpy as np
import pytest
from attrs import evolve

from loopwright.api import beneath as module
from loopwright.api.beneath import Below, beneath, whom
from loopwright.api.evaluating import evaluate
from loopwright.api.how import How
from loopwright.api.learnable import Asked, read_learnable
from loopwright.api.matter import matter
from loopwright.api.predicting import predict
from loopwright.api.property_models import alone_of, beneath_of, train
from loopwright.core.values import RawFile
from loopwright.training.property import KINDS, learn_property
from loopwright.training.property_model import Property

pytestmark = pytest.mark.slow

ENDS = ("C", "CC", "O", "F", "Cl", "Br", "N", "C#N")
CORES = ("{}c1ccc({})cc1", "{}c1ccnc({})c1", "{}C1CCC({})CC1", "{}c1ccc2cc({})ccc2c1")
LIBRARY = tuple(core.format(a, b) for core in CORES for a in ENDS for b in ENDS)
RINGS = (
    "{}c1ccccc1", "{}c1ccncc1", "{}c1cccnc1", "{}C1CCCCC1", "{}c1ccc2ccccc2c1", "{}c1ccsc1",
    "{}c1ccoc1", "{}C1CCNCC1", "{}C1CCOCC1", "{}c1cnccn1", "{}c1ncccn1", "{}C1CCCC1",
    "{}c1ccc2ncccc2c1", "{}c1ccc2[nH]ccc2c1", "{}c1cc[nH]c1", "{}c1cscn1",
)  # fmt: skip
ENDS_OF_RINGS = (*ENDS[:-1], "N#C", "COC", "CC(C)", "FC(F)(F)", "OC(=O)", "NC(=O)", "CS(=O)(=O)")
ABOUT = Property(name="y")
HOW = How(is_upon_catalogue=True)


class Oracle:
    """What stands in for the catalogue: a column that knows the answers, or one of noise."""

    kept = ("one",)
    models = (SimpleNamespace(card=SimpleNamespace(property=ABOUT)),)

    def __init__(self, columns):
        self.columns, self.asked = columns, 0

    def without_same(self, ids, values, task, *, beside):
        return self

    def ask(self, features):
        self.asked += 1
        return np.array([self.columns[i] for i in features.ids])[:, None]


@pytest.fixture(scope="module")
def own():
    rng = np.random.default_rng(0)
    lines = [
        f"{s},{x:.4f}" for s, x in zip(LIBRARY, rng.standard_normal(len(LIBRARY)), strict=True)
    ]
    raw = RawFile(name="a.csv", content="\n".join(["smiles,y", *lines]).encode())
    (one,) = read_learnable(raw, Asked(properties=("y",)), matter())
    return one, matter().describe(one.candidates, KINDS)


def _below(own, how=HOW, rows=None):
    """Return what becomes of some rows, as ``train`` does it."""
    one, described = own
    rows = np.arange(len(described)) if rows is None else rows
    targets = one.targets.take(rows)

    def fit(features):
        return learn_property(features, targets, about=ABOUT, seed=0)

    described = described.take(rows)
    alone = fit(described)
    return beneath(alone, whom([alone], how), described, targets, fit=fit)


def _with(monkeypatch, columns):
    oracle = Oracle(columns)
    monkeypatch.setattr(module, "catalogue", lambda: oracle)
    return oracle


def test_what_tells_the_property_is_kept_and_said_and_asked_of_new_rows(monkeypatch, own):
    one, described = own
    told = dict(zip(described.ids, one.targets.values[:, 0], strict=True))
    oracle = _with(monkeypatch, told)
    below = _below(own)
    model = below.standing
    assert model.others is below.others
    assert "; on top of the answers of 1 model of admet, which save " in model.card.why
    n_columns = described.blocks["descriptors"].shape[1]
    assert model.known.blocks["descriptors"].shape[1] == n_columns
    asked, rows = oracle.asked, described.take(np.arange(5))
    said = model.predict(rows).mean[:, 0]
    assert oracle.asked == asked + 1
    assert np.corrcoef(said, one.targets.values[:5, 0])[0, 1] > 0.9


def test_what_is_expected_to_cost_is_not_kept_and_that_is_said(monkeypatch, own):
    _, described = own
    monkeypatch.setattr(module, "ELSEWHERE", (-0.03, 0.021))
    rng = np.random.default_rng(1)
    _with(monkeypatch, {i: rng.standard_normal() for i in described.ids})
    below = _below(own)
    assert below.standing.others is None and below.features.ids == described.ids
    assert "; not on top of the answers of 1 model of admet, which cost " in below.model.card.why
    assert "; weighed with what other properties saved, a loss of " in below.model.card.why


def test_what_few_rows_show_is_drawn_to_what_other_properties_show():
    mean, spread = module.ELSEWHERE
    assert module.weighed(-0.04, 1e-9) == pytest.approx(-0.04)
    assert module.weighed(-0.04, 1e9) == pytest.approx(mean)
    assert module.weighed(-0.04, spread) == pytest.approx((mean - 0.04) / 2)


def test_a_saving_has_the_error_that_drawn_families_show():
    rng = np.random.default_rng(0)
    family = rng.integers(200, size=600)
    before = rng.gamma(1.0, size=200)[family] + rng.gamma(1.0, size=600)
    after = before * rng.uniform(0.6, 1.2, size=200)[family]
    saved, error = module._saved(before, after, family)
    assert saved == pytest.approx(1 - after.sum() / before.sum())
    drawn = []
    for _ in range(2000):
        rows = np.concatenate([np.flatnonzero(family == f) for f in rng.integers(200, size=200)])
        drawn.append(1 - after[rows].sum() / before[rows].sum())
    assert error == pytest.approx(np.std(drawn), rel=0.1)


@pytest.mark.parametrize("how", [How(), evolve(HOW, model="boosted"), evolve(HOW, budget_s=60.0)])
def test_it_is_tried_only_by_auto_without_a_budget_where_it_is_asked_for(monkeypatch, own, how):
    oracle = _with(monkeypatch, {})
    assert _below(own, how).others is None and not oracle.asked


def test_few_rows_cannot_tell_and_many_have_little_to_gain(monkeypatch, own):
    oracle = _with(monkeypatch, {})
    few = np.arange(module.LEAST_ROWS - 1)
    assert "saves" not in _below(own, rows=few).model.card.why
    monkeypatch.setattr(module, "MOST_ROWS", len(own[1]) - 1)
    assert "saves" not in _below(own).model.card.why and not oracle.asked


def test_few_rows_of_a_property_lean_on_many_of_another_of_the_same_file(tmp_path):
    rng = np.random.default_rng(3)
    library = [ring.format(end) for ring in RINGS for end in ENDS_OF_RINGS]
    of_end, of_ring = rng.standard_normal(len(ENDS_OF_RINGS)), rng.standard_normal(len(RINGS)) / 2
    sums = (of_ring[:, None] + of_end).ravel()
    few = set(rng.permutation(len(library))[:40].tolist())
    lines = [
        f"{s},{x + 0.05 * rng.standard_normal():.4f},"
        + (f"{-2 * x + 0.3 * rng.standard_normal():.4f}" if i in few else "")
        for i, (s, x) in enumerate(zip(library, sums, strict=True))
    ]
    file = tmp_path / "two.csv"
    file.write_text("\n".join(["smiles,many,few", *lines]))
    how = How(is_quick=True)
    together = train(file, ("many", "few"), out=tmp_path / "two", how=how)
    alone = train(file, ("few",), out=tmp_path / "one", how=how)
    told = "; on top of the answers of 1 model of this file (many), which save "
    assert told in together.models[1].why
    assert together.models[1].below == (Below(of="this file", properties=("many",)),)
    assert alone.models[0].below == ()
    pages = [(tmp_path / name / "README.md").read_text() for name in ("two", "one")]
    for words in ("- asked first, models of this file: many", "It leans on models of other"):
        assert [words in page for page in pages] == [True, False]
    assert "answers of" not in alone.models[0].why
    assert (tmp_path / "two" / "others.safetensors").is_file()
    assert not (tmp_path / "one" / "others.safetensors").exists()
    asked = tmp_path / "asked.csv"
    asked.write_text("smiles\n" + "\n".join(library))
    errs = {}
    for name in ("one", "two"):
        predict(asked, [tmp_path / name], out=tmp_path / f"{name}.csv")
        with (tmp_path / f"{name}.csv").open(encoding="utf-8") as told:
            said = np.array([float(row["few"]) for row in csv.DictReader(told)])
        errs[name] = float(np.sqrt(np.mean(np.square(said + 2 * sums))))
    assert errs["two"] < 0.9 * errs["one"]


def test_a_property_that_is_another_one_in_other_units_is_not_asked(tmp_path, own):
    one, _ = own
    values = one.targets.values[:60, 0]
    lines = [f"{s},{x:.4f},{1000 * x:.1f}" for s, x in zip(LIBRARY, values, strict=False)]
    file = tmp_path / "same.csv"
    file.write_text("\n".join(["smiles,y,y_milli", *lines]))
    first, second = train(file, ("y", "y_milli"), out=tmp_path / "m", how=How(is_quick=True)).models
    assert "answers of" not in first.why + second.why
    same = "; not asked, since made of the very values: "
    assert first.why.endswith(f"{same}y_milli of this file")
    assert second.why.endswith(f"{same}y of this file")


def test_what_is_saved_does_not_depend_on_the_unit():
    rng = np.random.default_rng(1)
    before, family = rng.gamma(1.0, size=60), rng.integers(20, size=60)
    after = before * rng.uniform(0.6, 1.5, size=60)
    told = module._saved(before, after, family)
    assert module._saved(1e-18 * before, 1e-18 * after, family) == pytest.approx(told)


def test_a_property_that_never_differs_has_nothing_to_save(monkeypatch, own):
    one, described = own
    rng = np.random.default_rng(1)
    oracle = _with(monkeypatch, {i: rng.standard_normal() for i in described.ids})
    targets = evolve(one.targets, values=np.full_like(one.targets.values, 3.0))
    below = _below((evolve(one, targets=targets), described), rows=np.arange(60))
    assert "answers of" not in below.model.card.why and not oracle.asked


def test_single_rows_that_are_held_out_are_not_called_families(monkeypatch, own):
    _, described = own
    rng = np.random.default_rng(1)
    _with(monkeypatch, {i: rng.standard_normal() for i in described.ids})
    for split, told in (("scaffold", "held-out families"), ("random", "held-out rows")):
        how = evolve(HOW, split=split)
        alone = alone_of(own[0], described, how)
        below = beneath_of(own[0], described, alone, whom([alone], how), how)
        assert f"squared error on {told};" in below.model.card.why


def test_a_few_rows_beside_many_say_that_they_cannot_tell(tmp_path, own):
    values = own[0].targets.values[:, 0]
    lines = [
        f"{s},{x:.4f},{x * x if i < 12 else ''}"
        for i, (s, x) in enumerate(zip(LIBRARY, values, strict=False))
    ]
    file = tmp_path / "few.csv"
    file.write_text("\n".join(["smiles,many,few", *lines]))
    _, few = train(file, ("many", "few"), out=tmp_path / "m", how=How(is_quick=True)).models
    assert few.why.endswith(
        "; 11 structures are too few to tell whether answers of other models help"
    )


def test_a_budget_names_the_models_that_were_not_asked_for_it(tmp_path, own):
    values = own[0].targets.values[:60, 0]
    lines = [f"{s},{x:.4f},{x * x:.4f}" for s, x in zip(LIBRARY, values, strict=False)]
    file = tmp_path / "two.csv"
    file.write_text("\n".join(["smiles,y,z", *lines]))
    how = evolve(HOW, budget_s=600.0, is_quick=True)
    told = train(file, ("y", "z"), out=tmp_path / "m", how=how).models
    assert all(m.budget.left_out == ("models of admet", "models of this file") for m in told)
    own_rows = evaluate(file, file, "y", how=evolve(how, is_upon_catalogue=False))
    assert own_rows.budget.left_out == ()
    assert evaluate(file, file, "y", how=how).budget.left_out == ("models of admet",)
