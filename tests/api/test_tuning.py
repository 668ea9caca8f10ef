# SPDX-License-Identifier: Apache-2.0
"""Own rows on top of another model: from a file to a folder that answers."""

import csv
import gzip
import json
import shutil

import numpy as np
import pytest

from loopwright.api.evaluating import evaluate
from loopwright.api.how import How
from loopwright.api.matter import matter
from loopwright.api.predicting import predict
from loopwright.api.property_folder import open_folder
from loopwright.api.property_models import train
from loopwright.api.tuning import tune
from loopwright.core.errors import MismatchError, NotReadyError, SpecError, VerificationError

pytestmark = pytest.mark.slow

ENDS = ("C", "CC", "O", "F", "Cl", "Br", "N", "C#N")
CORES = ("{}c1ccc({})cc1", "{}c1ccnc({})c1", "{}C1CCC({})CC1")
LIBRARY = tuple(core.format(a, b) for core in CORES for a in ENDS[:4] for b in ENDS[4:])
OWN = tuple(f"{a}c1ccc(O{b})cc1" for a in ENDS[:4] for b in ("C", "CC", "CCC"))
QUICK = How(is_quick=True)


def number(smiles):
    return 5 + smiles.count("Cl") + 2 * smiles.count("Br") + len(smiles) / 20


def table(path, rows, header="smiles,logD"):
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    folder = tmp_path_factory.mktemp("base")
    file = table(folder / "a.csv", [f"{s},{number(s)}" for s in LIBRARY], "smiles,IC50 (nM)")
    train(file, ["IC50 (nM)"], out=folder / "model", how=QUICK)
    return folder / "model"


@pytest.fixture(scope="module")
def tuned(base, tmp_path_factory):
    """Own rows in another unit, two of which the base has learned from."""
    folder = tmp_path_factory.mktemp("tuned")
    rows = [f"{s},{number(s) / 1000}" for s in (*OWN, *LIBRARY[:2])]
    file = table(folder / "a.csv", rows, "smiles,IC50 (uM)")
    return tune(file, "IC50 (uM)", onto=str(base), out=folder / "model", how=QUICK)


def test_rows_that_the_base_has_learned_from_are_left_out_and_counted(tuned):
    assert tuned.n_known == 2
    assert tuned.trained.models[0].scores[0].n == len(OWN)


def test_the_gain_over_the_base_alone_and_over_own_rows_alone_is_told_with_its_interval(tuned):
    assert [g.over for g in tuned.tuning.gains] == ["catalogue", "own"]
    for gain in tuned.tuning.gains:
        assert gain.paired.low <= gain.paired.difference <= gain.paired.high and gain.verdict
    assert tuned.tuning.way in tuned.tuning.errors


def test_the_folder_answers_like_any_other_in_its_own_unit(tuned, tmp_path):
    out = tuned.trained.out
    table(tmp_path / "b.csv", list(OWN[:3]), "smiles")
    told = predict(tmp_path / "b.csv", [tmp_path.__class__(out)], out=tmp_path / "o.csv")
    assert told.n_predicted == 3
    with (tmp_path / "o.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert all(float(r["IC50 (uM)"]) < 1 for r in rows)
    assert all(float(r["IC50 (uM)_low"]) <= float(r["IC50 (uM)_high"]) for r in rows)
    card = json.loads((tmp_path.__class__(out) / "card.json").read_text())
    assert card["properties"][0]["onto"]["onto_sha256"] == tuned.onto_sha256
    assert "It stands on" in (tmp_path.__class__(out) / "README.md").read_text()


def test_a_base_of_another_quantity_or_task_is_refused_before_anything_is_written(base, tmp_path):
    file = table(tmp_path / "a.csv", [f"{s},{number(s)}" for s in OWN])
    with pytest.raises(MismatchError, match="'nM'"):
        tune(file, "logD", onto=str(base), out=tmp_path / "m", how=QUICK)
    words = table(tmp_path / "b.csv", [f"{s},{i % 2}" for i, s in enumerate(OWN)])
    with pytest.raises(MismatchError, match="classification"):
        tune(words, "logD", onto=str(base), out=tmp_path / "m", how=QUICK)
    assert not (tmp_path / "m").exists()


def test_what_is_no_base_and_rows_that_it_all_knows_are_refused(base, tmp_path):
    file = table(tmp_path / "a.csv", [f"{s},{number(s)}" for s in LIBRARY], "smiles,IC50 (nM)")
    with pytest.raises(NotReadyError, match="0 of 48"):
        tune(file, "IC50 (nM)", onto=str(base), out=tmp_path / "m", how=QUICK)
    with pytest.raises(SpecError, match="no model of 'logP'"):
        tune(file, "IC50 (nM)", onto=f"{base}:logP", out=tmp_path / "m", how=QUICK)


@pytest.fixture(scope="module")
def upon_several(tmp_path_factory):
    """Own rows on top of a folder of two properties, one of them made of the very values."""
    folder = tmp_path_factory.mktemp("several")
    rows = [f"{s},{number(s)},{len(s)}" for s in (*LIBRARY, *OWN)]
    table(folder / "a.csv", rows, "smiles,potency,size")
    train(folder / "a.csv", ["potency", "size"], out=folder / "below", how=QUICK)
    own = [f"{s},{number(s)},{5 * i % 7}" for i, s in enumerate(OWN)]
    table(folder / "own.csv", own, "smiles,potency,rest")
    found = tune(
        folder / "own.csv", "rest", onto=str(folder / "below"), out=folder / "model", how=QUICK
    )
    return folder, found


def test_without_a_property_all_models_of_a_folder_become_descriptors(upon_several, tmp_path):
    folder, found = upon_several
    assert found.n_below == 2 and found.same == () and found.n_known == 0
    assert set(found.tuning.errors) == {"own", "columns"}
    assert [gain.over for gain in found.tuning.gains] == ["own"]
    with pytest.raises(SpecError, match="made of the very values"):
        tune(
            folder / "own.csv", "potency", onto=str(folder / "below"), out=tmp_path / "m", how=QUICK
        )
    assert not (tmp_path / "m").exists()


def test_a_folder_upon_several_holds_them_and_may_be_moved(upon_several, tmp_path):
    folder, found = upon_several
    card = json.loads((folder / "model" / "card.json").read_text())
    stands = found.tuning.way == "columns"
    assert ("others.safetensors" in card["files"]) == stands
    shutil.copytree(folder / "model", tmp_path / "moved")
    table(tmp_path / "b.csv", list(OWN), "smiles")
    told = predict(tmp_path / "b.csv", [tmp_path / "moved"], out=tmp_path / "o.csv")
    assert told.n_predicted == len(OWN)
    page = (folder / "model" / "README.md").read_text()
    assert ("What 2 models of" in page) == stands
    if stands:
        (tmp_path / "moved" / "others.safetensors").write_bytes(b"damaged")
        with pytest.raises(VerificationError, match="not the one that its card describes"):
            predict(tmp_path / "b.csv", [tmp_path / "moved"], out=tmp_path / "p.csv")


def test_a_split_of_somebody_else_is_judged_on_top_of_several_too(upon_several):
    folder, _ = upon_several
    rows = [f"{s},{5 * i % 7}" for i, s in enumerate(LIBRARY)]
    table(folder / "new.csv", rows, "smiles,rest")
    found = evaluate(
        folder / "own.csv", folder / "new.csv", "rest", how=QUICK, onto=str(folder / "below")
    )
    assert found.n_test == len(LIBRARY) and "(own " in found.why and "columns " in found.why


def _series(shared_data, name, n, without=()):
    """The first n training rows of a target, as the file has them."""
    path = shared_data / "series" / "moleculeace" / f"{name}.csv.gz"
    with gzip.open(path, "rt") as lines:
        rows = [r for r in csv.DictReader(lines) if r["split"] == "train"]
    return [r for r in rows if r["smiles"] not in without][:n]


@pytest.mark.shared_data
def test_forty_rows_of_one_receptor_stand_on_a_model_of_another(shared_data, tmp_path):
    """Dopamine D4 on D3; the choice is never clearly worse than either way alone."""
    below = _series(shared_data, "CHEMBL234_Ki", 200)
    own = _series(shared_data, "CHEMBL219_Ki", 40, {r["smiles"] for r in below})
    for name, rows in (("below", below), ("own", own)):
        told = [f"{r['smiles']},{r['y [pEC50/pKi]']}" for r in rows]
        table(tmp_path / f"{name}.csv", told, "smiles,pKi")
    train(tmp_path / "below.csv", ["pKi"], out=tmp_path / "below", how=QUICK)
    found = tune(
        tmp_path / "own.csv", "pKi", onto=str(tmp_path / "below"), out=tmp_path / "m", how=QUICK
    )
    for gain in found.tuning.gains:
        assert not (gain.paired.is_clear and gain.paired.difference < 0)


@pytest.fixture(scope="module")
def leaning(tmp_path_factory):
    """A folder of two properties of which one stands on the other."""
    folder = tmp_path_factory.mktemp("leaning")
    rng = np.random.default_rng(0)
    rows = [f"{s},{number(s)},{-number(s) + 0.5 * rng.standard_normal()}" for s in LIBRARY]
    file = table(folder / "a.csv", rows, "smiles,potency,rest")
    train(file, ["potency", "rest"], out=folder / "below", how=QUICK)
    opened = open_folder(folder / "below", matter())
    assert opened.parcels[1].model.others is not None
    return folder / "below"


def test_a_model_that_stands_on_others_may_be_stood_on_and_is_kept_with_them(leaning, tmp_path):
    rng = np.random.default_rng(1)
    own = table(
        tmp_path / "own.csv",
        [f"{s},{1 - number(s) + 0.1 * rng.standard_normal()}" for s in OWN],
        "smiles,mine",
    )
    found = tune(own, "mine", onto=f"{leaning}:rest", out=tmp_path / "m", how=QUICK)
    assert found.tuning.way != "own"
    assert (tmp_path / "m" / "others.safetensors").is_file()
    opened = open_folder(tmp_path / "m", matter())
    assert opened.parcels[0].model.base.model.others.kept == ("own0",)
    told = predict(own, [tmp_path / "m"], out=tmp_path / "o.csv")
    assert told.n_predicted == len(OWN)


def test_of_models_that_lean_on_each_other_those_of_own_rows_alone_are_descriptors(
    leaning, tmp_path
):
    own = table(tmp_path / "own.csv", [f"{s},{5 * i % 7}" for i, s in enumerate(OWN)], "smiles,new")
    found = tune(own, "new", onto=str(leaning), out=tmp_path / "m", how=QUICK)
    assert found.n_below == 2
    assert open_folder(tmp_path / "m", matter()).parcels
