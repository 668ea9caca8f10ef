# SPDX-License-Identifier: Apache-2.0
"""`train`, `predict` and `evaluate` on the command line: exit codes, one object, cold starts."""

import csv
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from attrs import fields

from loopwright.api.evaluating import Evaluated
from loopwright.api.how import How
from loopwright.api.predicting import Foretold
from loopwright.api.property_models import Trained, train


@pytest.fixture(scope="module")
def model(tmp_path_factory, series):
    """A tiny model of one number."""
    folder = tmp_path_factory.mktemp("model")
    (folder / "a.csv").write_text(series)
    train(folder / "a.csv", ["pIC50"], out=folder / "model", how=How(is_quick=True))
    return folder / "model"


def test_train_tells_one_object_and_writes_a_folder(call, data, tmp_path):
    told = call("train", data, "--property", "pIC50", "--out", tmp_path / "m", "--json")
    assert told.code == 0
    assert set(told.json) == {f.name for f in fields(Trained)}
    (one,) = told.json["models"]
    assert one["coverage"] and one["seconds"] > 0
    assert {"auto", "mean", "neighbour"} <= {s["model"] for s in one["scores"]}
    assert (tmp_path / "m" / "README.md").is_file()


def test_train_on_a_terminal_shows_scores_beside_baselines(call, data, tmp_path):
    told = call("train", data, "--property", "pIC50", "--out", tmp_path / "m")
    assert "neighbour" in told.out and "held out: scaffold families" in told.out


def test_train_tells_which_model_it_has_replaced(call, data, tmp_path):
    asked = ("train", data, "--property", "pIC50", "--quick", "--out", tmp_path / "m")
    assert "replaced" not in call(*asked).err
    told = call(*asked)
    assert told.code == 0
    assert f"{tmp_path / 'm'} held a model of pIC50, trained on {data.name} (sha256 " in told.err
    assert call(*asked, "--json").json["replaced"]["properties"] == ["pIC50"]


def test_train_says_which_property_it_did_not_train_and_why(call, data, tmp_path):
    text = data.read_text().splitlines()
    few = [f"{line},{i if 0 < i < 6 else ''}" for i, line in enumerate(text)]
    file = tmp_path / "two.csv"
    file.write_text("\n".join([f"{text[0]},few", *few[1:]]) + "\n")
    asked = ("train", file, "--property", "pIC50,few", "--quick", "--out", tmp_path / "m")
    told = call(*asked)
    assert told.code == 3 and "pIC50 (regression)" in told.out
    assert "few was NOT trained: 5 rows with a value of 'few' are too few to train on. " in told.err
    (left,) = call(*asked, "--json").json["untrained"]
    assert left["property"] == "few" and left["n_used"] == 5
    assert call("train", file, "--property", "few", "--out", tmp_path / "n").code == 1


def test_train_says_which_column_it_took_for_the_structures(call, data, tmp_path):
    lines = data.read_text().splitlines()
    file = tmp_path / "a.csv"
    file.write_text("\n".join([lines[0].replace("smiles", ""), *lines[1:]]) + "\n")
    asked = ("--property", "pIC50", "--quick", "--model", "neighbour", "--out", tmp_path / "m")
    told = "structure: no column is named so; read from 'column 1'"
    assert told in call("train", file, *asked).out
    assert told not in call("train", data, *asked).out


def test_a_budget_that_was_not_enough_is_told_and_one_that_was_is_not(call, data, tmp_path):
    asked = ("train", data, "--property", "pIC50", "--out", tmp_path / "m", "--budget-s")
    told = call(*asked, 0)
    assert told.code == 0
    assert "budget 0 s; it took " in told.err
    assert "more than it was; left out for it: boosted, models of admet, error by " in told.err
    assert "left out for it: models of admet\n" in call(*asked, 600).err
    assert "budget 600" not in call(*asked, 600, "--onto", "none").err
    files = ("--train", data, "--test", data, "--property", "pIC50")
    told = call("evaluate", *files, "--budget-s", 0, "--json")
    assert told.json["budget"]["left_out"] == ["boosted", "models of admet"]


def test_train_tells_repeats_disagreements_and_limits(call, data, tmp_path):
    told = call("train", data, "--property", "pIC50", "--quick", "--out", tmp_path / "m")
    assert "repeat a" not in told.out and "limits" not in told.out
    head, first, *rest = data.read_text().splitlines()
    again = ["CCCCCCCO,new,>5", f"{first.rpartition(',')[0]},>12"]
    data.write_text("\n".join([head, first, *rest, *again]) + "\n")
    told = call("train", data, "--property", "pIC50", "--quick", "--out", tmp_path / "n")
    assert "rows that repeat a structure, averaged with it: 1" in told.out
    assert "structures whose rows disagree, to be checked: 1; limits: 1" in told.out
    assert "of 1 structures they disagree; 1 limits" in (tmp_path / "n" / "README.md").read_text()


def test_levels_are_named_on_the_command_line_and_refused_without_their_task(call, data, tmp_path):
    lines = data.read_text().splitlines()
    words = [f"{line.rpartition(',')[0]},{('low', 'mid', 'top')[i % 3]}" for i, line in
             enumerate(lines[1:])]  # fmt: skip
    data.write_text("\n".join([lines[0], *words]) + "\n")
    asked = ("train", data, "--property", "pIC50", "--levels", "low, mid,top", "--quick")
    told = call(*asked, "--task", "ordinal", "--out", tmp_path / "m", "--json")
    assert told.json["models"][0]["levels"] == ["low", "mid", "top"]
    assert told.json["models"][0]["n_used"] == 48
    told = call(*asked, "--out", tmp_path / "m")
    assert told.code == 2 and "--task ordinal" in told.err


def test_rows_that_cannot_be_used_are_told_and_end_with_3(call, data, tmp_path):
    data.write_text(data.read_text() + "C1CC,bad,5\n")
    told = call("train", data, "--property", "pIC50", "--out", tmp_path / "m")
    assert told.code == 3 and "row 50" in told.err
    (tmp_path / "b.csv").write_text("smiles\nCCO\nC1CC\n")
    told = call("predict", tmp_path / "b.csv", "--model", tmp_path / "m", "--out", tmp_path / "o")
    assert told.code == 3 and "2 rows = 1 predicted + 1 with a problem" in told.text


def test_a_value_that_was_not_measured_is_no_fault(call, data, tmp_path):
    data.write_text(data.read_text() + "CCCCO,blank,\n")
    told = call("train", data, "--property", "pIC50", "--out", tmp_path / "m", "--json")
    assert told.code == 0 and told.json["models"][0]["n_used"] == 48
    assert [q["row"] for q in told.json["models"][0]["left_out"]] == [50]


def test_predict_tells_one_object(call, model, tmp_path):
    (tmp_path / "b.csv").write_text("smiles\nCCO\n")
    out = tmp_path / "o.csv"
    told = call("predict", tmp_path / "b.csv", "--model", model, "--out", out, "--json")
    assert told.code == 0 and set(told.json) == {f.name for f in fields(Foretold)}


def test_a_dash_is_standard_output(call, model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "b.csv").write_text("smiles\nCCO\n")
    told = call("predict", "b.csv", "--model", model, "--out", "-")
    assert told.code == 0 and told.out.splitlines()[1].startswith("CCO,")
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith("-")] == []


def test_evaluate_tells_one_object(call, data, tmp_path):
    rows = data.read_text().splitlines()
    (tmp_path / "b.csv").write_text("\n".join([rows[0], *rows[-12:]]) + "\n")
    data.write_text("\n".join(rows[:-10]) + "\n")
    told = call(
        "evaluate", "--train", data, "--test", tmp_path / "b.csv", "--property", "pIC50", "--json"
    )
    assert told.code == 0 and set(told.json) == {f.name for f in fields(Evaluated)}
    assert told.json["n_test"] == 12 and told.json["n_leaked"] == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("train", "a.csv", "--property", "y", "--out", "m", "--task", "guesswork"),
        ("train", "a.csv", "--property", "y", "--out", "m", "--split", "lucky"),
        ("train", "a.csv", "--property", "y"),
        ("predict", "a.csv", "--out", "o.csv"),
        ("predict", "a.csv", "--model", "m", "--out", "o.csv", "--workers", "-1"),
        ("predict", "a.csv", "--model", "m", "--json"),
    ],
    ids=[
        "an unknown task",
        "an unknown split",
        "no place to write to",
        "no model",
        "fewer than no workers",
        "an object that tells of no file",
    ],
)
def test_a_fault_of_usage_ends_with_2(call, arguments):
    assert call(*arguments).code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("train", "a.csv", "--property", "y", "--out", "m"),
        ("evaluate", "--train", "a.csv", "--test", "b.csv", "--property", "y"),
        ("compare", "a.csv", "--property", "y", "--model", "auto", "--model", "mean"),
        ("propose", "--pool", "a.csv", "--measured", "b.csv", "--property", "y"),
        ("replay", "a.csv", "--property", "y"),
        ("init", "folder"),
        ("demo",),
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_seed_is_no_less_than_0(call, arguments):
    told = call(*arguments, "--seed", "-1")
    assert told.code == 2 and "Invalid value for '--seed'" in told.err


def test_what_is_not_there_ends_with_1_and_a_remedy(call, model, tmp_path):
    (tmp_path / "b.csv").write_text("smiles\nCCO\n")
    out = tmp_path / "o.csv"
    missing = call("predict", tmp_path / "b.csv", "--model", tmp_path / "no", "--out", out)
    assert missing.code == 1 and "remedy" in missing.err
    absent = call("predict", tmp_path / "no.csv", "--model", model, "--out", out)
    assert absent.code == 1 and "remedy" in absent.err


def test_one_molecule_from_standard_input_takes_less_than_three_seconds(model, tmp_path):
    """Measured as time of the processor: how long others keep it busy says nothing of us."""
    command = ["-m", "loopwright.cli.main", "predict", "--model", model, "-", "--out"]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    spent = []
    for _ in range(2):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, *map(str, command), str(tmp_path / "o.csv")],
            input=b"CCO ethanol\n", env=env, check=True, capture_output=True,
        )  # fmt: skip
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(spent) < 3.0
    with Path(tmp_path / "o.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["name"] == "ethanol" and float(row["pIC50_low"]) < float(row["pIC50_high"])


ASIDE = """
import sys
from loopwright.cli.main import app
app(sys.argv[1:], standalone_mode=False)
print("lightgbm" in sys.modules, sorted({"sklearn", "pandas"} & sys.modules.keys()))
import pandas
"""


def test_predict_loads_no_library_that_it_does_not_ask(model, tmp_path):
    (tmp_path / "a.smi").write_text("CCO\n")
    arguments = ["predict", tmp_path / "a.smi", "--model", model, "--out", tmp_path / "o.csv"]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    told = subprocess.run(
        [sys.executable, "-c", ASIDE, *map(str, arguments)],
        env=env, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert told.stdout.splitlines()[-1] == "True []"
