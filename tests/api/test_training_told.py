# SPDX-License-Identifier: Apache-2.0
"""What training says, and refuses, before it fits anything."""

import hashlib
import json

import pytest
from attrs import evolve

from loopwright.api import property_models
from loopwright.api.comparing import compare
from loopwright.api.evaluating import evaluate
from loopwright.api.files import read_file
from loopwright.api.how import How
from loopwright.api.learnable import Asked, is_fault, read_learnable
from loopwright.api.matter import matter
from loopwright.api.predicting import predict
from loopwright.api.property_models import train
from loopwright.api.tuning import tune
from loopwright.core.errors import DataError, NotReadyError, SpecError

ENDS = ("C", "CC", "O", "F", "Cl", "Br", "N", "C#N")
CORES = ("{}c1ccc({})cc1", "{}c1ccnc({})c1", "{}C1CCC({})CC1")
LIBRARY = tuple(core.format(a, b) for core in CORES for a in ENDS[:4] for b in ENDS[4:])
NAMES = ("Inactive", "Active")
QUICK = How(is_quick=True, model="neighbour")


def table(path, rows, header):
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def digests(folder):
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()}


@pytest.fixture
def two(tmp_path):
    """A file of two properties, and a folder that holds a model of each."""
    rows = [f"{s},{len(s)},{s.count('C')}" for s in LIBRARY]
    file = table(tmp_path / "two.csv", rows, "smiles,size,carbons")
    train(file, ["size", "carbons"], out=tmp_path / "m", how=QUICK)
    return file, tmp_path / "m"


def learned(monkeypatch):
    """Return a list that grows when a model is fitted."""
    fits, plain = [], property_models.learn_property
    monkeypatch.setattr(
        property_models, "learn_property", lambda *a, **kw: fits.append(1) or plain(*a, **kw)
    )
    return fits


def test_a_model_of_a_property_that_is_not_trained_anew_is_never_replaced(two, monkeypatch):
    file, out = two
    fits, before = learned(monkeypatch), digests(out)
    with pytest.raises(DataError, match="a model of carbons, which would be gone") as refused:
        train(file, ["size"], out=out, how=QUICK)
    assert "--property" in refused.value.remedy
    with pytest.raises(DataError, match="a model of size, which would be gone"):
        tune(file, "carbons", onto="nowhere", out=out, how=QUICK)
    assert not fits and digests(out) == before
    assert train(file, ["carbons", "size"], out=out, how=QUICK).replaced is not None


def test_a_model_of_a_property_that_cannot_be_trained_now_is_kept_and_told_why(
    two, tmp_path, monkeypatch
):
    _, out = two
    fits, before = learned(monkeypatch), digests(out)
    rows = [f"{s},{len(s)},{i if i < 5 else ''}" for i, s in enumerate(LIBRARY)]
    file = table(tmp_path / "b.csv", rows, "smiles,size,carbons")
    with pytest.raises(DataError, match=r"gone: .* carbons: 5 rows with a value of 'carbons'"):
        train(file, ["size", "carbons"], out=out, how=QUICK)
    assert not fits and digests(out) == before
    told = train(file, ["size", "carbons"], out=tmp_path / "new", how=QUICK)
    assert [one.property for one in told.untrained] == ["carbons"] and not told.is_whole


def test_a_property_whose_older_rows_are_of_one_family_is_left_out_of_a_split_by_time(
    tmp_path, monkeypatch
):
    rows = [f"{s},20{10 + i // 5}-01-01,{len(s)}," for i, s in enumerate(LIBRARY)]
    rows += [f"{'C' * n}c1ccccc1,2005-01-01,,{n}" for n in range(90, 120)]
    rows += [f"{s}.O,2024-01-01,,{i}" for i, s in enumerate(LIBRARY[:7])]
    file = table(tmp_path / "a.csv", rows, "smiles,date,size,series")
    how = How(is_quick=True, model="neighbour", split="time")
    told = train(file, ["size", "series"], out=tmp_path / "m", how=how)
    assert [one.property for one in told.models] == ["size"]
    (out,) = told.untrained
    assert out.why == (
        "Without the newest fifth of 'series', 30 rows are too alike to hold any of them out"
    )
    assert "another split" in out.remedy
    fits = learned(monkeypatch)
    with pytest.raises(NotReadyError, match="Without the newest fifth"):
        train(file, ["series"], out=tmp_path / "n", how=how)
    assert not fits
    assert train(file, ["series"], out=tmp_path / "n", how=QUICK).models


def test_on_top_of_another_model_a_split_by_time_is_refused(two):
    file, out = two
    how = How(is_quick=True, split="time")
    with pytest.raises(SpecError, match="not on the newest fifth"):
        tune(file, "size", onto=f"{out}:size", out=out.with_name("on"), how=how)


@pytest.mark.parametrize("header", [",Compound,size", "Ligand,Compound,size", "Target,x,size"])
def test_structures_under_no_name_of_theirs_are_found_and_told(header, tmp_path, two):
    rows = [f"{s},cpd-{i}x,{len(s)}" for i, s in enumerate(LIBRARY)]
    file, column = table(tmp_path / "a.csv", rows, header), header.split(",")[0] or "column 1"
    told = train(file, ["size"], out=tmp_path / "n", how=QUICK)
    assert told.stand_ins == {"structure": column}
    assert told.models[0].n_used == len(LIBRARY)
    assert json.loads((tmp_path / "n" / "card.json").read_text())["stand_ins"] == told.stand_ins
    page = (tmp_path / "n" / "README.md").read_text()
    assert f"- structure: read from `{column}`, which no name says" in page
    assert predict(file, [two[1]], out=tmp_path / "o.csv").n_problems == 0
    named = How(is_quick=True, model="neighbour", structure=column)
    assert train(file, ["size"], out=tmp_path / "p", how=named).stand_ins == {}
    assert train(two[0], ["size"], out=tmp_path / "q", how=QUICK).stand_ins == {}


def test_of_two_columns_that_read_like_structures_none_is_taken_unasked(tmp_path, two):
    rows = [f"{s},{s}O,{len(s)}" for s in LIBRARY]
    file = table(tmp_path / "a.csv", rows, "Reactant,Product,size")
    for ask in (
        lambda: train(file, ["size"], out=tmp_path / "n", how=QUICK),
        lambda: predict(file, [two[1]], out=tmp_path / "o.csv"),
    ):
        with pytest.raises(DataError, match="2 read like them: 'Reactant', 'Product'"):
            ask()
    assert not (tmp_path / "o.csv.parts").exists()


def test_words_that_are_neither_class_are_told_as_such_and_leave_the_classes_alone(tmp_path):
    rows = [
        f"{s},{'unclear' if i % 9 == 4 else i % 2},{'Unclear' if i % 9 == 4 else NAMES[i % 2]}"
        for i, s in enumerate(LIBRARY)
    ]
    file = table(tmp_path / "a.csv", rows, "smiles,hit,outcome")
    (one,) = read_learnable(read_file(file), Asked(properties=("hit",)), matter())
    assert one.task == "classification"
    assert {q.reason for q in one.left_out} == {"'unclear' is no class"}
    assert "neither class" in one.left_out[0].remedy
    with pytest.raises(DataError, match=r"say 'Active' or 'Inactive', and 5 another word") as no:
        train(file, ["outcome"], out=tmp_path / "m", how=QUICK)
    assert "'Unclear' in row 6" in no.value.what and "--task classification" in no.value.remedy
    asked = Asked(properties=("outcome",), task="classification")
    (two,) = read_learnable(read_file(file), asked, matter())
    assert two.n_used == len(LIBRARY) - 5 == one.n_used


def test_a_number_beside_zeros_and_ones_keeps_them_numbers(tmp_path):
    rows = [f"{s},{i % 2 if i else 2}" for i, s in enumerate(LIBRARY)]
    file = table(tmp_path / "a.csv", rows, "smiles,n")
    (one,) = read_learnable(read_file(file), Asked(properties=("n",)), matter())
    assert one.task == "regression"


def test_a_number_that_is_no_class_is_told_with_its_row(tmp_path):
    rows = [f"{s},{2 if i == 7 else i % 2}" for i, s in enumerate(LIBRARY)]
    file = table(tmp_path / "a.csv", rows, "smiles,hit")
    with pytest.raises(DataError, match=r"1 of 48 values of 'hit' .* the first is 2 in row 9"):
        train(file, ["hit"], out=tmp_path / "m", how=How(task="classification"))
    assert not (tmp_path / "m").exists()


def test_a_class_that_was_not_measured_is_no_fault(tmp_path):
    rows = [f"{s},{('n/a', '-', 'n.d.')[i % 3] if i % 8 == 4 else i % 2}" for i, s in
            enumerate(LIBRARY)]  # fmt: skip
    file = table(tmp_path / "a.csv", rows, "smiles,hit")
    (one,) = read_learnable(read_file(file), Asked(properties=("hit",)), matter())
    assert one.task == "classification" and len(one.left_out) == 6
    assert not [q for q in one.left_out if is_fault(q)]


@pytest.mark.parametrize("task", ["", "classification"])
@pytest.mark.parametrize("signs", [("-", "+"), ("(-)", "(+)")])
def test_signs_in_place_of_a_class_get_a_remedy(tmp_path, task, signs):
    rows = [f"{s},{signs[i % 2]}" for i, s in enumerate(LIBRARY)]
    file = table(tmp_path / "a.csv", rows, "smiles,hit")
    with pytest.raises(DataError) as told:
        train(file, ["hit"], out=tmp_path / "m", how=How(task=task))
    assert told.value.remedy.startswith("Write + as 1 and - as 0")


def test_evaluate_and_compare_tell_what_was_read_as_structures_and_deal_no_folds_by_time(tmp_path):
    named = table(tmp_path / "a.csv", [f"{s},{len(s)}" for s in LIBRARY], "smiles,size")
    other = table(tmp_path / "b.csv", [f"{s},{len(s)}" for s in LIBRARY], "what,size")
    found = evaluate(named, other, "size", how=QUICK)
    assert (found.stand_ins_train, found.stand_ins) == ({}, {"structure": "what"})
    paired = compare(other, "size", ["mean", "neighbour"], how=QUICK, n_repeats=1)
    assert paired.stand_ins == {"structure": "what"}
    with pytest.raises(SpecError, match="cannot be dealt by time"):
        evaluate(named, other, "size", how=evolve(QUICK, split="time"))


def test_the_card_says_in_which_unit_and_on_which_scale_its_numbers_are(tmp_path):
    rows = [f"{s},{10 ** (i % 9 / 2):.3f},{i % 2},{len(s)}" for i, s in enumerate(LIBRARY)]
    file = table(tmp_path / "a.csv", rows, "smiles,IC50 (nM),hit,size")
    how = How(is_quick=True, model="kernel")
    made = train(file, ["IC50 (nM)", "hit", "size"], out=tmp_path / "m", how=how)
    assert made.models[0].scale == "log"
    assert ": squared error of decimal logarithms " in made.models[0].why
    assert ": log loss before calibration " in made.models[1].why
    page = (tmp_path / "m" / "README.md").read_text()
    assert "## 3 IC50 (nM)\n" in page and "`rmse` and `mae` are in nM." in page
    assert "the file names none" in page.split("## 5 size")[1]
    for told in ("ends of the 90 % interval", "how far the probability could move"):
        assert told in page


def test_a_place_that_cannot_be_written_to_is_refused_before_anything_is_fitted(
    tmp_path, monkeypatch
):
    file = table(tmp_path / "a.csv", [f"{s},{len(s)}" for s in LIBRARY], "smiles,size")
    fits = learned(monkeypatch)
    with pytest.raises(DataError, match="Nothing can be written to"):
        train(file, ["size"], out=file / "below" / "m", how=QUICK)
    assert not fits
    assert train(file, ["size"], out=tmp_path / "new" / "m", how=QUICK).models and fits
