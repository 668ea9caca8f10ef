# SPDX-License-Identifier: Apache-2.0
"""Predicting a file: the same rows in the same order, whatever they hold and whatever happens."""

import csv
import gzip
import io
import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from attrs import evolve
from rdkit import Chem

from loopwright.api.crew import DIED, Crew
from loopwright.api.foretell import Asking, Lines, added_columns
from loopwright.api.how import How
from loopwright.api.predicting import Ways, predict
from loopwright.api.property_models import train
from loopwright.api.shards import alone
from loopwright.core.errors import BusyError, DataError
from loopwright.training.property_model import Property

ENDS = ("C", "CC", "O", "F", "Cl", "Br", "N", "C#N")
CORES = ("{}c1ccc({})cc1", "{}c1ccnc({})c1", "{}C1CCC({})CC1")
LIBRARY = tuple(core.format(a, b) for core in CORES for a in ENDS[:4] for b in ENDS[4:])
ADDED = ["logD", "logD_low", "logD_high", "logD_in_domain", "logD_nearest"]
ADDED += ["logD_nearest_value", "logD_nearest_similarity"]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A tiny model of one number."""
    folder = tmp_path_factory.mktemp("model")
    rows = [f"{s},cpd {i},{5 + s.count('Br') + len(s) / 20}" for i, s in enumerate(LIBRARY)]
    (folder / "a.csv").write_text("\n".join(["smiles,name,logD", *rows]) + "\n")
    train(folder / "a.csv", ["logD"], out=folder / "model", how=How(is_quick=True))
    return folder / "model"


@pytest.fixture
def ask(model, tmp_path):
    """Predicts a text or bytes as a file of a name; returns what was told, and the rows."""

    def run(content, name="a.csv", **ways):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        told = predict(path, [model], out=tmp_path / "out.csv", ways=Ways(**ways))
        return told, read(tmp_path / "out.csv")

    return run


def read(path):
    with path.open(newline="", encoding="utf-8", errors="surrogateescape") as file:
        return list(csv.DictReader(file))


def test_columns_and_rows_stay_as_they_are_and_the_answers_stand_behind(ask):
    told, rows = ask('note,smiles,"a,b"\n"x ""y""",CCO,1.50\n =1+1,C1CC,\n,c1ccccc1Br,007\n')
    assert list(rows[0]) == ["note", "smiles", "a,b", *ADDED, "problem"]
    assert [r["note"] for r in rows] == ['x "y"', " =1+1", ""]
    assert [r["a,b"] for r in rows] == ["1.50", "", "007"]
    assert [bool(r["problem"]) for r in rows] == [False, True, False]
    assert float(rows[0]["logD_low"]) <= float(rows[0]["logD"]) <= float(rows[0]["logD_high"])
    assert rows[1]["logD"] == "" and rows[2]["logD_nearest"].startswith("cpd ")
    assert (told.n_rows, told.n_predicted, told.n_problems) == (3, 2, 1)
    assert sum(told.problems.values()) == 1


def test_a_molecule_does_not_care_which_others_are_asked_with_it(ask):
    many = {r["smiles"]: r["logD"] for r in ask("smiles\n" + "\n".join(LIBRARY) + "\n")[1]}
    for smiles in LIBRARY[::12]:
        assert ask(f"smiles\n{smiles}\n")[1][0]["logD"] == many[smiles]


def test_every_format_gives_the_same_numbers(ask, tmp_path):
    wanted = [r["logD"] for r in ask("smiles,name\n" + "".join(f"{s},n\n" for s in LIBRARY))[1]]
    smi = "".join(f"{s} n{i}\n" for i, s in enumerate(LIBRARY))
    sdf = "".join(
        Chem.MolToMolBlock(Chem.MolFromSmiles(s)) + f"> <lot>\nL{i}\n\n$$$$\n"
        for i, s in enumerate(LIBRARY)
    )
    table = pa.table({"lot": [f"L{i}" for i in range(48)], "smiles": list(LIBRARY)})
    pq.write_table(table, tmp_path / "t.parquet")
    files = {
        "a.smi": smi,
        "a.smi.gz": gzip.compress(smi.encode()),
        "a.sdf": sdf,
        "a.tsv": "smiles\tname\n" + "".join(f"{s}\tn\n" for s in LIBRARY),
        "a.parquet": (tmp_path / "t.parquet").read_bytes(),
        "wide.csv": ("smiles\n" + "\n".join(LIBRARY)).encode("utf-16"),
        "titled.csv": "Results of 2026\n\nsmiles,name\n" + "".join(f"{s},n\n" for s in LIBRARY),
    }
    for name, content in files.items():
        told, rows = ask(content, name)
        assert [r["logD"] for r in rows] == wanted, name
        assert told.n_problems == 0
        if name in {"a.sdf", "a.parquet"}:
            assert [r["lot"] for r in rows] == [f"L{i}" for i in range(48)]


def test_standard_input_is_read_without_a_name(model, tmp_path):
    for text in (
        b"CCO\nC1CC\n",
        b"smiles,id\nCCO,1\nC1CC,2\n",
        b"id\tsmiles\n1\tCCO\n2\tC1CC\n",
        b"CCO\tone\nC1CC\ttwo\n",
    ):
        predict("", [model], out=tmp_path / "o.csv", source=io.BytesIO(text))
        rows = read(tmp_path / "o.csv")
        assert [r["smiles"] for r in rows] == ["CCO", "C1CC"]
        assert [bool(r["problem"]) for r in rows] == [False, True]


def test_a_column_that_is_there_already_is_never_hidden(ask):
    _, rows = ask("smiles,logD,problem\nCCO,1.5,none\n")
    assert rows[0]["logD"] == "1.5" and rows[0]["problem"] == "none"
    assert float(rows[0]["logD_predicted"]) > 0 and rows[0]["problem_predicted"] == ""
    assert added_columns([Property(name="x", task="classification")], ())[0] == "x_probability"


def test_names_that_are_taken_twice_over_are_told_apart(ask, tmp_path):
    ask("smiles,logD,logD_predicted,problem,problem_predicted\nCCO,1,2,none,none\n")
    with (tmp_path / "out.csv").open(newline="") as file:
        header = next(csv.reader(file))
    assert len(set(header)) == len(header)
    assert "logD_predicted_2" in header and header[-1] == "problem_predicted_2"


@pytest.mark.parametrize(
    ("text", "column"),
    [
        pytest.param("CCO\nCCN\nc1ccccc1O\n", "column 1", id="structures alone"),
        pytest.param("a,CCO\nb,CCN\nc,c1ccccc1O\n", "column 2", id="names and structures"),
        pytest.param("CCO;4.5\nc1ccccc1O;5.5\n", "column 1", id="structures and values"),
    ],
)
def test_a_first_row_that_is_a_structure_is_no_header(ask, text, column):
    told, rows = ask(text)
    assert len(rows) == told.n_predicted == text.count("\n")
    assert rows[0][column] == "CCO" and told.structure == column
    assert told.stand_ins == {"structure": column}


def test_it_is_told_which_column_was_read_as_structures(ask):
    assert ask("id,SMILES\n1,CCO\n")[0].structure == "SMILES"
    told, _ = ask("id,Drug_ID,mol as text\n1,a,CCO\n2,b,c1ccccc1\n")
    assert told.structure == "mol as text" and told.stand_ins == {"structure": "mol as text"}


@pytest.mark.parametrize("name", ["a.csv", "a.smi", "a.sdf", ""])
@pytest.mark.parametrize("text", ["", "\n\n \n"])
def test_an_empty_file_is_said_to_be_empty(model, tmp_path, name, text):
    (tmp_path / "it").write_text(text)
    with (tmp_path / "it").open("rb") as source, pytest.raises(DataError, match="is empty"):
        predict(name, [model], out=tmp_path / "o.csv", source=source)
    assert not (tmp_path / "o.csv.parts").exists()


def test_a_column_that_is_not_there_or_there_twice_is_refused_by_its_name(ask):
    with pytest.raises(DataError, match="There is no column 'nope'; there are 'smiles'"):
        ask("smiles,id\nCCO,1\n", structure="nope")
    with pytest.raises(DataError, match="2 columns are called 'smiles'"):
        ask("smiles,id,smiles\nCCO,1,CCN\n")
    assert ask("smiles,id,id\nCCO,1,2\n")[0].n_predicted == 1


def test_what_is_added_is_run_by_no_spreadsheet_and_what_was_there_is_not_touched(tmp_path):
    rows = [f"{s},=cmd|{i},{len(s)}" for i, s in enumerate(LIBRARY)]
    (tmp_path / "a.csv").write_text("\n".join(["smiles,name,logD", *rows]) + "\n")
    train(tmp_path / "a.csv", ["logD"], out=tmp_path / "m", how=How(is_quick=True))
    (tmp_path / "b.csv").write_text("smiles,name\nCCO,=1+1\n")
    predict(tmp_path / "b.csv", [tmp_path / "m"], out=tmp_path / "o.csv")
    (row,) = read(tmp_path / "o.csv")
    assert row["name"] == "=1+1" and row["logD_nearest"].startswith("'=cmd")


def test_models_are_asked_together_unless_they_share_a_name(model, tmp_path):
    rows = [f"{s},{int('Br' in s)}" for s in LIBRARY]
    (tmp_path / "a.csv").write_text("\n".join(["smiles,is_hit", *rows]) + "\n")
    train(tmp_path / "a.csv", ["is_hit"], out=tmp_path / "hit", how=How(is_quick=True))
    told = predict(tmp_path / "a.csv", [model, tmp_path / "hit"], out=tmp_path / "o.csv")
    assert told.properties == ("logD", "is_hit")
    for row in read(tmp_path / "o.csv"):
        assert 0 <= float(row["is_hit_probability"]) <= 1
    with pytest.raises(DataError, match="'logD'"):
        predict(tmp_path / "a.csv", [model, model], out=tmp_path / "o.csv")


def test_a_file_without_structures_is_refused_with_its_columns(ask):
    with pytest.raises(DataError, match="'weight'"):
        ask("weight,colour\n5,red\n6,blue\n")
    _, rows = ask("weight,colour\n5,CCO\n6,CCN\n", structure="colour")
    assert [r["problem"] for r in rows] == ["", ""]


# ---- awkward rows
def awkward(n):
    """Structures that nobody wants, in an order that a seed draws."""
    rng = random.Random(7)
    elements = [Chem.GetPeriodicTable().GetElementSymbol(z) for z in range(1, 119)]
    kinds = [
        lambda: rng.choice(LIBRARY) + rng.choice([".[Na+].[Cl-]", ".Cl", ".OC(=O)C(=O)O", ".O"]),
        lambda: f"[{rng.choice(elements)}]",
        lambda: f"[{rng.choice(elements)}+{rng.randint(1, 4)}].[O-]C(C)=O",
        lambda: f"C[CH]{'C' * rng.randint(0, 9)}",
        lambda: rng.choice(["C" * rng.randint(400, 2_500), *LIBRARY]),
        lambda: rng.choice(["c1ccccc1" * rng.randint(20, 90), *LIBRARY]),
        lambda: "",
        lambda: f"[{rng.randint(1, 300)}C]CO",
        lambda: f"C(C)(C)(C)(C){'C' * rng.randint(0, 5)}",
        lambda: f"*c1ccc([R{rng.randint(1, 9)}])cc1",
        lambda: f"[*:{rng.randint(1, 9)}]CC",
        lambda: "".join(chr(rng.randint(32, 126)) for _ in range(rng.randint(1, 40))),
        lambda: "".join(rng.choice("äπ漢🧪\u200b\u2028½") for _ in range(5)),
        lambda: "C" + "(" * rng.randint(1, 300),
        lambda: f"N[C@@H]({'C' * rng.randint(1, 6)})C(=O)O |&1:1|",
        lambda: (
            "CC(=O)Oc1ccccc1C(=O)O" + rng.choice(["\t", " ", "\\", "%", '"', "''", "\n", "\r\n"])
        ),
        lambda: rng.choice(
            ["nan", "None", "N/A", "-", "0", "InChI=1S/CH4/h1H4", "=1+1", "@SUM(A1)"]
        ),
        lambda: f"C%{rng.randint(10, 99)}CC",
        lambda: "F[P-](F)(F)(F)(F)F.CC[N+](CC)(CC)CC",
        lambda: "[Fe+2].c1cc[cH-]c1.c1cc[cH-]c1",
        lambda: "B1(O)OC(C)(C)C(C)(C)O1",
        lambda: "[2H]C([2H])([2H])[13CH2]O",
        lambda: "CCO>>CC=O",
        lambda: "[#6]~[#7]",
        lambda: rng.choice(LIBRARY),
    ]
    return [rng.choice(kinds)() for _ in range(n)]


def test_five_thousand_awkward_structures_shift_no_row_and_crash_nothing(model, tmp_path):
    corpus = awkward(5_000)
    with (tmp_path / "a.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["place", "smiles"])
        writer.writerows(enumerate(corpus))
    told = predict(tmp_path / "a.csv", [model], out=tmp_path / "o.csv", ways=Ways(n_workers=1))
    rows = read(tmp_path / "o.csv")
    assert [int(r["place"]) for r in rows] == list(range(5_000))
    assert [r["smiles"] for r in rows] == [s.replace("\r\n", "\n") for s in corpus]
    assert all(bool(r["problem"]) != bool(r["logD"]) for r in rows)
    assert DIED not in told.problems and told.n_predicted > 1_000
    good = {r["smiles"]: r["logD"] for r in rows if r["smiles"] in LIBRARY}
    (tmp_path / "b.csv").write_text("smiles\n" + "\n".join(good) + "\n")
    predict(tmp_path / "b.csv", [model], out=tmp_path / "o.csv")
    assert {r["smiles"]: r["logD"] for r in read(tmp_path / "o.csv")} == good


def test_the_answer_is_utf_8_whatever_the_file_was(ask):
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "latin-1", "cp1252"):
        _, rows = ask("smiles,d \u00b5M\nCCO,caf\u00e9\nCCN,b\n".encode(encoding))
        assert [r["d \u00b5M"] for r in rows] == ["caf\u00e9", "b"]
    _, rows = ask(b"smiles,name\nCCO,\xc2\xb5 \xb5 \x93 \x81\n")
    assert rows[0]["name"] == "\u00b5 \u00b5 \u201c \x81"


def test_lines_that_are_no_rows_stay_where_they_are(ask):
    _, rows = ask('smiles,id\nCCO,1\n"CCN,2\nCCC,3,extra\nCCF\nCCCl,5\n\n\n')
    assert [r["problem"] != "" for r in rows] == [False, True, True, False, False]
    assert rows[1]["smiles"] == '"CCN,2' and rows[2]["id"] == "3,extra"
    assert rows[4]["id"] == "5"
    _, rows = ask("smiles\nCCO\n\nCCN\n")
    assert [r["smiles"] for r in rows] == ["CCO", "", "CCN"]
    _, rows = ask("CCO a\nhello world\n\nCCN\n", "a.smi")
    assert [(r["smiles"], r["name"]) for r in rows] == [
        ("CCO", "a"), ("hello", "world"), ("", ""), ("CCN", ""),
    ]  # fmt: skip
    broken = "x\n\n\nnothing\n$$$$\n" + Chem.MolToMolBlock(Chem.MolFromSmiles("CO")) + "$$$$\n"
    _, rows = ask(broken, "a.sdf")
    assert [r["problem"] != "" for r in rows] == [True, False] and rows[0]["title"] == "x"


class Mortal(Crew):
    """A crew whose workers die of one structure; a stand-in for a fault in a library."""

    def _ask(self, share):
        if any("Br" in cells[0] and not problem for cells, problem in share):
            return None
        text = "".join(f"{cells[0]},{problem}\n" for cells, problem in share)
        return Lines(text=text, problems={p: 1 for _, p in share if p})


def test_a_structure_that_ends_a_process_takes_no_other_row_with_it():
    asking = Asking(folders=(), structure=0)
    with Mortal(asking, n_workers=1) as crew:
        told = crew.submit([([s], "") for s in ("C", "CC", "CBr", "CCC", "CO")]).result()
    assert told.text.splitlines() == ["C,", "CC,", f"CBr,{DIED}", "CCC,", "CO,"]
    assert told.problems == {DIED: 1}


class Doomed(Crew):
    """A crew whose workers end before they answer anything."""

    def _started(self):
        process = subprocess.Popen(["true"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._all.append(process)
        return process


def test_workers_that_never_answer_end_the_run_and_not_the_patience():
    with Doomed(Asking(folders=(), structure=0), n_workers=1) as crew:
        future = crew.submit([([s], "") for s in LIBRARY])
        with pytest.raises(DataError, match="again and again"):
            future.result()


# ---- a killed run
SCRIPT = """
import sys
from pathlib import Path
from loopwright.api.predicting import Ways, predict
source, model, out = map(Path, sys.argv[1:])
print(predict(source, [model], out=out, ways=Ways(n_workers=1, shard_rows=60)).n_resumed)
"""


def test_a_killed_run_goes_on_where_it_was_and_ends_with_the_same_bytes(model, tmp_path):
    source = tmp_path / "a.csv"
    source.write_text("smiles\n" + "\n".join(LIBRARY * 20) + "\n")
    whole = tmp_path / "whole.csv"
    few = Ways(n_workers=1, shard_rows=60)
    assert predict(source, [model], out=whole, ways=few).n_rows == 960
    out = tmp_path / "out.csv"
    command = [sys.executable, "-c", SCRIPT, source, model, out]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)
    parts = Path(f"{out}.parts")
    while not list(parts.glob("shard-*.json")) and run.poll() is None:
        time.sleep(0.01)
    run.send_signal(signal.SIGKILL)
    run.communicate()
    n_done = 60 * len(list(parts.glob("shard-*.json")))
    assert not out.exists() and 0 < n_done < 960, "it was killed too late to show anything"
    again = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    assert int(again.stdout) == n_done
    assert out.read_bytes() == whole.read_bytes()
    assert not parts.exists()


def test_shards_of_another_file_or_model_are_not_taken(model, tmp_path):
    source, out = tmp_path / "a.csv", tmp_path / "o.csv"
    parts = tmp_path / "o.csv.parts"
    parts.mkdir()
    (parts / "plan.json").write_text("{}")
    (parts / "shard-000000.csv").write_text("wrong\n")
    (parts / "shard-000000.json").write_text('{"n_rows": 2, "problems": {}}')
    source.write_text("smiles\nCCO\nCCN\n")
    told = predict(source, [model], out=out)
    assert told.n_resumed == 0 and [r["smiles"] for r in read(out)] == ["CCO", "CCN"]


def test_a_shard_that_is_damaged_is_done_anew(model, tmp_path):
    source, out, whole = tmp_path / "a.csv", tmp_path / "o.csv", tmp_path / "whole.csv"
    source.write_text("smiles\n" + "\n".join(LIBRARY) + "\n")
    few = Ways(shard_rows=12)
    predict(source, [model], out=whole, ways=few)

    def leave(n_rows, share, left):
        if n_rows == 36:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        predict(source, [model], out=out, ways=evolve(few, watch=leave))
    shard = tmp_path / "o.csv.parts" / "shard-000001.csv"
    shard.write_text(shard.read_text()[:100])
    assert predict(source, [model], out=out, ways=few).n_resumed == 24
    assert out.read_bytes() == whole.read_bytes()


def test_two_runs_never_write_one_answer_together(model, tmp_path):
    (tmp_path / "a.csv").write_text("smiles\nCCO\n")
    with alone(tmp_path / "o.csv") as parts:
        with pytest.raises(BusyError, match="Another process"):
            predict(tmp_path / "a.csv", [model], out=tmp_path / "o.csv")
        assert parts.is_dir() and not (tmp_path / "o.csv").exists()
    assert predict(tmp_path / "a.csv", [model], out=tmp_path / "o.csv").n_rows == 1


def test_a_full_disk_is_told_and_the_next_run_goes_on(model, tmp_path):
    source, out, whole = tmp_path / "a.csv", tmp_path / "o.csv", tmp_path / "whole.csv"
    source.write_text("smiles\n" + "\n".join(LIBRARY) + "\n")
    few = Ways(shard_rows=12)
    predict(source, [model], out=whole, ways=few)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (whole.stat().st_size // 2, hard))
    try:
        with pytest.raises(DataError, match="File too large") as told:
            predict(source, [model], out=out, ways=few)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "goes on" in told.value.remedy and not out.exists()
    assert predict(source, [model], out=out, ways=few).n_resumed == len(LIBRARY)
    assert out.read_bytes() == whole.read_bytes()


def test_a_pipe_or_a_device_is_no_place_for_an_answer(model, tmp_path):
    (tmp_path / "a.csv").write_text("smiles\nCCO\n")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="a device or a pipe"):
        predict(tmp_path / "a.csv", [model], out=tmp_path / "pipe")
    assert (tmp_path / "pipe").is_fifo()
    with pytest.raises(DataError, match="That is a folder"):
        predict(tmp_path, [model], out=tmp_path / "o.csv")


def test_progress_tells_rows_share_and_time_to_go(ask):
    seen = []
    ask("smiles\n" + "\n".join(LIBRARY) + "\n", shard_rows=24, n_workers=1,
        watch=lambda *told: seen.append(told))  # fmt: skip
    assert [s[:2] for s in seen] == [(24, 0.5), (48, 1.0)]
    assert seen[0][2] > 0 and seen[1][2] == 0


def test_the_file_that_is_read_is_never_written_over(model, tmp_path):
    (tmp_path / "a.csv").write_text("smiles\nCCO\n")
    with pytest.raises(DataError, match="cannot be written"):
        predict(tmp_path / "a.csv", [model], out=tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text() == "smiles\nCCO\n"


def test_a_refusal_leaves_nothing_behind(model, tmp_path):
    (tmp_path / "a.csv").write_text("weight\n5\n")
    (tmp_path / "o.csv").write_text("older answers\n")
    for file in ("a.csv", "nowhere.csv"):
        with pytest.raises(DataError):
            predict(tmp_path / file, [model], out=tmp_path / "o.csv")
    assert {p.name for p in tmp_path.iterdir()} == {"a.csv", "o.csv"}
    assert (tmp_path / "o.csv").read_text() == "older answers\n"


def test_what_no_prediction_needs_is_not_loaded_before_the_models_ask_for_it():
    heavy = "{'scipy', 'sklearn', 'pandas', 'lightgbm', 'rdkit', 'torch', 'ray'}"
    told = subprocess.run(
        [sys.executable, "-c",
         f"import sys, loopwright.api.predicting; print(sorted({heavy} & set(sys.modules)))"],
        capture_output=True, text=True, check=True, env=os.environ,
    )  # fmt: skip
    assert told.stdout.strip() == "[]"
