# SPDX-License-Identifier: Apache-2.0
"""Rows that count as several measurements or as part of one, and labels that are missing."""

import csv

import numpy as np
import pytest

from loopwright.api.evaluating import evaluate
from loopwright.api.files import read_file
from loopwright.api.how import How
from loopwright.api.in_workspace import learnables_in
from loopwright.api.learnable import Asked, read_learnable
from loopwright.api.matter import matter
from loopwright.api.predicting import predict
from loopwright.api.property_models import train
from loopwright.core.errors import DataError, SpecError

ENDS = ("C", "CC", "O", "F", "Cl", "Br", "N", "S")
LIBRARY = tuple(f"{a}c1ccc({b})cc1" for a in ENDS for b in ENDS if a < b)


def table(path, rows, header="smiles,name,logD,runs"):
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def learnable(file, weight="runs"):
    asked = Asked(properties=("logD",), weight=weight)
    return read_learnable(read_file(file), asked, matter())[0]


def of(one):
    return {
        c.text: (float(v), float(n))
        for c, v, n in zip(
            one.candidates, one.targets.values[:, 0], one.targets.n_replicates[:, 0], strict=True
        )
    }


def test_a_row_of_weight_two_is_what_two_rows_are(tmp_path):
    weighted = table(tmp_path / "a.csv", ["CCO,a,1,2", "CCO,b,4,1", "CCC,c,3,1"])
    repeated = table(tmp_path / "b.csv", ["CCO,a,1,1", "CCO,x,1,1", "CCO,b,4,1", "CCC,c,3,1"])
    assert of(learnable(weighted)) == of(learnable(repeated)) == {"CCO": (2, 3), "CCC": (3, 1)}


def test_a_weight_may_be_part_of_a_measurement(tmp_path):
    one = learnable(table(tmp_path / "a.csv", ["CCO,a,1,0.25", "CCO,b,5,0.75", "CCC,c,>3,.5"]))
    assert of(one) == {"CCO": (4.0, 1.0), "CCC": (3.0, 0.5)}


def test_without_a_weight_each_row_counts_as_one(tmp_path):
    file = table(tmp_path / "a.csv", ["CCO,a,1,7", "CCC,c,3,1"], "smiles,name,logD,trust")
    assert of(learnable(file, weight="")) == {"CCO": (1, 1), "CCC": (3, 1)}
    assert of(learnable(file, weight="trust")) == {"CCO": (1, 7), "CCC": (3, 1)}


def test_a_count_of_runs_that_is_the_weight_counts_once(tmp_path):
    file = table(tmp_path / "a.csv", ["CCO,a,1,3", "CCC,c,3,1"], "smiles,name,logD,n")
    assert of(learnable(file, weight="n"))["CCO"] == (1, 3)


@pytest.mark.parametrize("weight", ["", "0", "-1", "nan", "inf", "some"])
def test_a_row_without_a_positive_weight_is_left_out_with_its_reason(tmp_path, weight):
    one = learnable(table(tmp_path / "a.csv", ["CCO,a,1,1", f"CCC,b,3,{weight}"]))
    (left,) = one.left_out
    assert left.row == 3 and "'runs'" in left.reason and "how many measurements" in left.remedy
    assert one.n_used == 1 and one.n_rows == 2


def test_a_column_of_weights_that_is_not_there_is_refused_with_those_that_are(tmp_path):
    file = table(tmp_path / "a.csv", ["CCO,a,1,1"])
    with pytest.raises(DataError, match=r"'mass'.*'runs'"):
        learnable(file, weight="mass")
    with pytest.raises(SpecError, match="no columns"):
        learnables_in(tmp_path, Asked(properties=("logD",), weight="runs"))


@pytest.mark.parametrize("model", ["kernel", "boosted", "linear", "gp"])
def test_heavy_rows_draw_the_answer_and_light_ones_hardly(tmp_path, model):
    """Every structure was measured high and low; only the weights tell which to believe."""
    said = {}
    for name, (high, low) in {"high": ("40", "0.1"), "low": ("0.1", "40")}.items():
        rows = [f"{s},x{i},{9 + i % 2},{high}" for i, s in enumerate(LIBRARY)]
        rows += [f"{s},y{i},{1 + i % 2},{low}" for i, s in enumerate(LIBRARY[::2])]
        file = table(tmp_path / f"{name}.csv", rows)
        how = How(model=model, weight="runs", is_quick=True)
        train(file, ["logD"], out=tmp_path / name, how=how)
        told = tmp_path / f"{name}-told.csv"
        predict(file, [tmp_path / name], out=told)
        with told.open() as lines:
            read = [float(r["logD_predicted"]) for r in csv.DictReader(lines)]
        said[name] = np.mean(read[: len(LIBRARY) : 2])
    assert said["high"] > said["low"] + 2


def test_a_whole_training_and_a_test_file_without_weights_go_through(tmp_path):
    rows = [f"{s},x{i},{len(s) / 3},{1 + i % 3}" for i, s in enumerate(LIBRARY)]
    file = table(tmp_path / "a.csv", rows)
    (one,) = train(file, ["logD"], out=tmp_path / "m", how=How(weight="runs")).models
    assert one.evaluation is not None and one.n_used == len(LIBRARY)
    test = table(tmp_path / "b.csv", [r.rpartition(",")[0] for r in rows[:5]], "smiles,name,logD")
    assert evaluate(file, test, "logD", how=How(weight="runs")).n_test == 5


def test_properties_with_labels_missing_here_and_there_share_one_call_and_one_folder(tmp_path):
    rows = [
        f"{s},{len(s) / 2 if i % 3 else ''},{int('Cl' in s or 'Br' in s) if i % 4 else ''}"
        for i, s in enumerate(LIBRARY)
    ]
    file = table(tmp_path / "a.csv", rows, "smiles,size,halogen")
    made = train(file, ["size", "halogen"], out=tmp_path / "m", how=How(is_quick=True))
    n = len(LIBRARY)
    assert made.is_whole and [m.task for m in made.models] == ["regression", "classification"]
    for one, step in zip(made.models, (3, 4), strict=True):
        assert one.n_used == n - len(range(0, n, step)) == n - len(one.left_out)
    predict(file, [tmp_path / "m"], out=tmp_path / "o.csv")
    with (tmp_path / "o.csv").open() as lines:
        told = list(csv.DictReader(lines))
    assert len(told) == n and all(r["size_predicted"] and r["halogen_probability"] for r in told)
