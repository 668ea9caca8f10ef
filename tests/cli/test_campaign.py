# SPDX-License-Identifier: Apache-2.0
"""A campaign from init to verify, by commands alone."""

import csv
import json
import re
import shutil
from pathlib import Path

import pytest
from rich.console import Console

from loopwright.cli import show


def test_a_campaign_runs_from_init_to_verify(call, tmp_path, data):
    folder = tmp_path / "mine"
    assert call("init", folder, "--from", data).code == 0
    spec = folder / "campaigns" / "mine.toml"
    text = spec.read_text().replace("batch_size = 24", "batch_size = 4")
    spec.write_text(re.sub("(?m)^models = .*", 'models = ["neighbour"]', text))
    header, *lines = data.read_text().splitlines()
    data.write_text("\n".join([header, *lines[::2]]) + "\n")
    assert call("ingest", data, "-w", folder, "--json").json["loaded"] == 24
    library = tmp_path / "library.csv"
    library.write_text("smiles\n" + "\n".join(x.split(",")[0] for x in lines) + "\n")
    assert call("ingest", library, "-w", folder).code == 0
    batch = call("propose", "-w", folder, "--json").json
    assert len(batch["picks"]) == 4
    for pick in batch["picks"]:
        assert (pick["mean"] is None) == batch["why"].startswith("diverse")
        assert pick["mean"] is None or pick["low"] < pick["mean"] < pick["high"]
        assert pick["reason"] and pick["candidate"]["text"] and len(pick["neighbours"]) == 3
    order = call("plate", "-w", folder, "--json").json
    with Path(order["file"]).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [r["candidate_id"] for r in rows] == [p["candidate"]["id"] for p in batch["picks"]]
    results = tmp_path / "results.csv"
    with results.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows({**r, "value": f"{6 + i}"} for i, r in enumerate(rows))
    told = call("readback", results, "-w", folder, "--json").json
    assert len(told["answered"]) == 4 and not told["outstanding"]
    status = call("status", "-w", folder, "--json").json
    assert (status["n_measured"], status["n_outstanding"], status["best"]) == (28, 0, 9.0)
    why = call("why", rows[3]["candidate_id"], "-w", folder, "--json").json
    assert why["measured"][0]["value"] == 9.0 and why["picked"][0]["rank"] == 4
    assert [e["kind"] for e in why["events"]][-3:] == [
        "batch.proposed",
        "batch.ordered",
        "file.ingested",
    ]
    report = call("report", "-o", tmp_path / "report.html", "-w", folder, "--json").json
    assert report == {"report": str(tmp_path / "report.html")}
    verified = call("verify", "-w", folder, "--json").json
    assert verified["ok"] and verified["first_bad"] is None and verified["facts"] == status["facts"]


def test_a_result_that_says_no_value_is_told_with_its_row_column_and_cell(call, folder):
    call("propose", "-w", folder)
    order = call("plate", "-w", folder, "--json").json
    with Path(order["file"]).open(newline="") as file:
        rows = list(csv.DictReader(file))
    said = ["6.5", "n.d.", "n.d.", ""]
    results = folder.parent / "results.csv"
    with results.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows({**r, "value": v} for r, v in zip(rows, said, strict=True))
    told = call("readback", results, "-w", folder).out
    assert "answers 1 that were on order" in told and "3 are still on order" in told
    assert "3 of the flagged rows name a candidate without a value" in told
    assert "no value: 2 x 'n.d.' in value (row 3, 4)" in told
    assert "what was on order stays on order" in told and "a status of 'failed'" in told


@pytest.mark.parametrize(
    "command",
    [
        ("status",),
        ("propose",),
        ("verify",),
        ("cite",),
        ("run",),
        ("why", "cpd 1"),
        ("list",),
        ("list", "models"),
        ("list", "admet"),
        ("explain", "models", "gp"),
        ("explain", "spec"),
        ("doctor",),
    ],
    ids=" ".join,
)
def test_a_command_prints_one_object_with_json_and_words_without(call, folder, command):
    needs_place = command[0] not in {"list", "explain", "doctor"}
    place = ("-w", folder) if needs_place else ()
    assert call(*command, *place, "--json").json
    said = call(*command, *place)
    assert said.code == 0 and len(said.text) > 10
    with pytest.raises(json.JSONDecodeError):
        json.loads(said.out)


def test_a_name_that_spells_a_molecule_is_a_name_all_the_same(call, folder, tmp_path):
    known = tmp_path / "names.csv"
    known.write_text("name,pIC50\nCCO,6\n")
    (tmp_path / "drawn.csv").write_text("smiles,name,pIC50\nCCO,cpd A,5\n")
    assert call("ingest", tmp_path / "drawn.csv", "-w", folder).code == 0
    told = call("ingest", known, "-w", folder)
    assert told.code == 3 and "the name is not known" in told.text


def test_a_value_known_to_lie_above_all_others_is_the_best(call, folder, tmp_path):
    before = call("status", "-w", folder, "--json").json
    assert before["best"] < 9 and before["best_relation"] == "="
    (tmp_path / "high.csv").write_text("smiles,pIC50\nCCCCCCCO,>9\nCCCCCCO,<12\n")
    assert call("ingest", tmp_path / "high.csv", "-w", folder).code == 0
    after = call("status", "-w", folder, "--json").json
    assert (after["best"], after["best_relation"]) == (9.0, ">")
    assert ">9" in call("status", "-w", folder).text
    assert call("report", "-w", folder, "--out", tmp_path / "r.html").code == 0
    assert "the best pIC50 is &gt;9" in (tmp_path / "r.html").read_text()


def test_people_change_the_batch_by_commands_and_say_why(call, folder):
    picks = [p["candidate"]["id"] for p in call("propose", "-w", folder, "--json").json["picks"]]
    refused = call("drop", picks[0], "-w", folder)
    assert refused.code == 1 and "needs a reason" in refused.text
    dropped = call("drop", picks[0], "--reason", "explosive", "-w", folder, "--json").json
    assert [p["candidate"]["id"] for p in dropped["picks"]] == picks[1:]
    added = call("add", "OCC1CC1", "--reason", "a hunch", "-w", folder, "--json").json
    assert added["picks"][-1]["candidate"]["text"] == "OCC1CC1"
    swapped = call("swap", picks[1], "CCCCO", "--reason", "cheap", "-w", folder, "--json").json
    assert swapped["picks"][0]["candidate"]["text"] == "CCCCO"
    locked = call(
        "propose", "--lock", picks[2], "--reason", "in stock", "-w", folder, "--json"
    ).json
    now = [p["candidate"]["id"] for p in locked["picks"]]
    assert picks[2] in locked["locked"] and picks[2] in now and picks[0] not in now
    told = call("why", picks[0], "-w", folder)
    assert "explosive" in told.text


def test_status_says_how_to_end_an_order_of_a_screen_that_is_no_longer_asked_for(call, folder):
    file = folder / "campaigns" / "mine.toml"
    plain = file.read_text()
    file.write_text(f'{plain}\n[screen]\nproperty = "inhibition"\nunit = "%"\ncost = 0.1\n')
    call("propose", "-w", folder)
    order = call("plate", "-w", folder, "--json").json
    assert order["n_screens"] and "not asked for" not in call("status", "-w", folder).text
    file.write_text(plain)
    screens = folder / "orders" / f"{order['order_id']}-screen.csv"
    said = call("status", "-w", folder).text
    name = order["order_id"]
    assert f"{name}-screen waits for a screen that the campaign file no longer asks for" in said
    assert "and `drop` writes off both" in said and "by `loopwright drop" not in said
    asked = list(csv.DictReader((folder / "orders" / f"{name}.csv").read_text().splitlines()))
    rows = [f"{r['candidate_id']},{5 + i / 10}" for i, r in enumerate(asked)]
    path = folder / "results.csv"
    path.write_text("\n".join(["candidate_id,pIC50", *rows]) + "\n")
    call("readback", path, "-w", folder)
    said = call("status", "-w", folder).text
    assert "by `loopwright drop ID --reason WHY`" in said and "writes off both" not in said
    for row in csv.DictReader(screens.read_text().splitlines()):
        assert row["candidate_id"] in said
        call("drop", row["candidate_id"], "--reason", "no screen", "-w", folder)
    assert "not asked for" not in call("status", "-w", folder).text


def test_a_batch_is_exported_as_csv(call, folder, tmp_path):
    path = tmp_path / "batch.csv"
    batch = call("propose", "--csv", path, "-w", folder, "--json").json
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [r["structure"] for r in rows] == [p["candidate"]["text"] for p in batch["picks"]]
    assert all(r["reason"] and r["nearest"] for r in rows)


def test_the_same_file_twice_adds_nothing_and_says_so(call, folder, template):
    before = call("status", "-w", folder, "--json").json["state"]
    again = call("ingest", template / "half.csv", "-w", folder)
    assert again.code == 0 and "nothing was added" in again.text
    assert call("status", "-w", folder, "--json").json["state"] == before


# ---- exit codes
def test_a_file_with_rows_that_are_not_used_ends_with_three(call, folder, tmp_path):
    path = tmp_path / "more.csv"
    path.write_text("smiles,pIC50\nCCCCCO,6.5\nnot a molecule,6.0\n")
    told = call("ingest", path, "-w", folder, "--json")
    assert told.code == 3
    assert (told.json["rows_in"], told.json["loaded"], told.json["quarantined"]) == (2, 1, 1)
    fault = told.json["rows"][0]
    assert fault["row"] == 3 and fault["column"] == "smiles" and fault["remedy"]


def test_a_file_that_was_read_before_ends_as_its_rows_stand_today(call, folder, tmp_path):
    path = tmp_path / "more.csv"
    path.write_text("smiles,pIC50\nCCCCCO,6.5\nnot a molecule,6.0\n")
    asked = ("ingest", path, "-w", folder)
    first, again = call(*asked), call(*asked)
    assert (first.code, again.code) == (3, 3) and "nothing was added" in again.text
    place = ("more.csv", "--row", 3, "--reason", "typed wrongly")
    assert call("quarantine", "fix", *place, "--drop", "-w", folder).code == 0
    assert call(*asked).code == 0


def test_a_record_that_does_not_verify_ends_with_four(call, folder):
    assert call("verify", "-w", folder).code == 0
    artefact = max((p for p in (folder / "store").rglob("*") if p.is_file()), key=str)
    artefact.chmod(0o644)
    artefact.write_bytes(artefact.read_bytes() + b" ")
    told = call("verify", "-w", folder, "--json")
    assert told.code == 4 and told.json["ok"] is False and told.json["first_bad"]


def test_an_older_copy_is_shown_by_an_exported_head(call, folder, tmp_path):
    shutil.copytree(folder, tmp_path / "older")
    call("propose", "-w", folder)
    head = tmp_path / "head.json"
    assert call("verify", "--export-head", head, "-w", folder).code == 0
    assert call("verify", "--head", head, "-w", folder).code == 0
    assert call("verify", "--head", head, "-w", tmp_path / "older").code == 4


@pytest.mark.parametrize(
    "wrong",
    [
        ("propose", "--nonsense"),
        ("nonsense",),
        ("ingest",),
        ("init", "x", "--property", "y", "--direction", "sideways"),
        ("replay", "x.csv"),
        ("replay", "x.csv", "--property", "y", "--direction", "sideways"),
        ("replay", "x.csv", "--property", "y", "--seeds", "many"),
    ],
    ids=" ".join,
)
def test_a_command_that_is_misspelt_ends_with_two(call, wrong):
    told = call(*wrong)
    assert told.code == 2 and told.out == ""


@pytest.mark.parametrize(
    "command",
    [("status",), ("propose",), ("plate",), ("verify",), ("why", "X"), ("report",), ("run",)],
    ids=" ".join,
)
def test_a_folder_that_is_no_workspace_is_told_with_its_remedy(call, tmp_path, command):
    told = call(*command, "-w", tmp_path, "--json")
    assert told.code == 1
    error = told.json["error"]
    assert error["what"].startswith("This is no workspace") and error["where"] == str(tmp_path)
    assert "init" in error["remedy"]
    assert re.search(r"loopwright: .* remedy: ", " ".join(told.err.split()))


def test_what_is_asked_too_early_is_told_what_to_do_first(call, folder):
    for command, first in (("plate", "propose"), ("readback", "plate")):
        told = call(command, "-w", folder, "--json")
        assert told.code == 1 and first in told.json["error"]["remedy"]
    unknown = call("why", "nobody", "-w", folder)
    assert unknown.code == 1 and "'nobody' is no candidate's id or name" in unknown.text


def test_init_does_not_write_where_something_is(call, folder, data):
    told = call("init", folder, "--from", data)
    assert told.code == 1 and "Something is there already" in told.text
    assert call("verify", "-w", folder).code == 0


def test_all_faults_of_a_campaign_file_are_told_at_once(call, folder):
    spec = folder / "campaigns" / "mine.toml"
    whole = spec.read_text()
    text = whole.replace("batch_size = 4", 'batch_sise = 4\nbudget = "much"')
    spec.write_text(text.replace("size = 24", "size = 0"))
    told = call("status", "-w", folder, "--json")
    assert told.code == 1
    what = told.json["error"]["what"]
    assert "'batch_sise', did you mean 'batch_size'" in what
    assert (
        "budget: 'much' is not a number" in what
        and "'size' must be >= 1" in what
        and what.startswith("3 fault(s)")
    )
    assert told.json["error"]["where"] == str(spec)
    spec.write_text(whole)
    assert call("status", "-w", folder).code == 0


@pytest.mark.parametrize(
    ("key", "value"),
    [("models", '["crystal_ball"]'), ("lab", '"moon"'), ("proposer", '"uct"')],
)
def test_a_plugin_that_no_shelf_holds_is_told(call, folder, key, value):
    spec = folder / "campaigns" / "mine.toml"
    lines = [f"{key} = {value}" if x.startswith(key) else x for x in spec.read_text().splitlines()]
    spec.write_text("\n".join(lines) + "\n")
    told = call("propose", "-w", folder, "--json")
    assert told.code == 1 and "among the" in told.json["error"]["what"]
    assert told.json["error"]["remedy"]


def test_a_campaign_file_that_is_no_toml_is_told_with_its_place(call, folder):
    (folder / "campaigns" / "mine.toml").write_text("name = \n")
    told = call("status", "-w", folder)
    assert told.code == 1 and "line 1" in told.text and "mine.toml" in told.text


# ---- garbage
HEADER = "smiles,pIC50"
UNUSABLE = [
    pytest.param(b"", id="an empty file"),
    pytest.param(b"foo,bar\n1,2\n", id="a file whose columns nobody knows"),
    pytest.param(bytes(range(256)) * 99, id="a file of no text"),
    pytest.param(b"{}", id="an object"),
]


@pytest.mark.parametrize("content", UNUSABLE)
def test_a_file_that_cannot_be_used_is_refused_with_what_where_and_remedy(
    call, folder, tmp_path, content
):
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    told = call("ingest", path, "-w", folder, "--json")
    assert told.code == 1 and told.json["error"]["remedy"] and told.json["error"]["where"]
    path.write_text(f"{HEADER}\nCCCCCO,6.5\n")
    assert call("ingest", path, "-w", folder).code == 0


@pytest.mark.parametrize("name", ["data", "nowhere.csv"])
def test_a_folder_or_nothing_instead_of_a_file_is_refused(call, folder, tmp_path, name):
    (tmp_path / "data").mkdir()
    told = call("ingest", tmp_path / name, "-w", folder, "--json")
    assert told.code == 1 and told.json["error"]["where"] == str(tmp_path / name)


ROWS = [
    pytest.param("not a molecule,6.0", "smiles", id="a SMILES that RDKit rejects"),
    pytest.param("C" * 1_000_000 + ",6.0", "", id="a line of a million characters"),
    pytest.param("CCCO,NaN", "pIC50", id="an activity of NaN"),
    pytest.param("CCCO,inf", "pIC50", id="an activity without end"),
    pytest.param("CCCO,about six", "pIC50", id="an activity in words"),
    pytest.param("CCCO,6 parsec", "pIC50", id="a unit nobody knows"),
    pytest.param("CCCO", "", id="a row that is too short"),
    pytest.param('"CCCO,6.0', "", id="a quote that never ends"),
]


@pytest.mark.parametrize(("row", "column"), ROWS)
def test_a_bad_row_is_quarantined_or_flagged_and_no_row_vanishes(
    call, folder, tmp_path, row, column
):
    path = tmp_path / "more.csv"
    path.write_text(f"{HEADER}\nCCCCCO,6.5\n{row}\n")
    told = call("ingest", path, "-w", folder, "--json")
    found = told.json
    assert found["loaded"] == 1 and found["quarantined"] + found["flagged"] >= 1
    assert found["rows_in"] == found["loaded"] + found["flagged"] + found["quarantined"]
    assert told.code == (3 if any(q["what"] != "no value" for q in found["rows"]) else 0)
    assert found["rows"] and all(q["what"] and q["remedy"] for q in found["rows"])
    assert column in {q["column"] for q in found["rows"]} or not column
    assert call("status", "-w", folder, "--json").json["n_measured"] == 25


def test_a_file_with_a_byte_order_mark_is_read(call, folder, tmp_path):
    path = tmp_path / "bom.csv"
    path.write_bytes(b"\xef\xbb\xbf" + f"{HEADER}\r\nCCCCCO,6.5\r\n".encode())
    told = call("ingest", path, "-w", folder, "--json")
    assert told.code == 0 and told.json["loaded"] == 1


def test_a_table_without_the_column_of_its_mapping_is_refused(call, folder, tmp_path):
    mapping = tmp_path / "mapping.toml"
    value = '[[values]]\ncolumn = "potency"\nproperty = "pIC50"\nunit = "1"\n'
    mapping.write_text(f'structure = "smiles"\n{value}')
    path = tmp_path / "more.csv"
    path.write_text(f"{HEADER}\nCCCCCO,6.5\n")
    told = call("ingest", path, "--mapping", mapping, "-w", folder, "--json")
    assert told.code == 1 and "lacks 'potency'" in told.json["error"]["what"]
    mapping.write_text("structure = \n")
    broken = call("ingest", path, "--mapping", mapping, "-w", folder, "--json")
    assert broken.code == 1 and "no TOML" in broken.json["error"]["what"]
    absent = call("ingest", path, "--mapping", tmp_path / "none.toml", "-w", folder, "--json")
    assert absent.code == 1 and absent.json["error"]["where"].endswith("none.toml")
    mapping.write_text(f'structure = "smiles"\n{value}'.replace("potency", "pIC50"))
    assert call("ingest", path, "--mapping", mapping, "-w", folder).code == 0


def test_a_table_that_goes_into_a_file_has_a_line_for_each_row(call, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr(show, "_OUT", Console(highlight=False))  # another test may have set it
    lines = call("list", "admet").out.splitlines()
    assert len(lines) == 23 and any(len(line.rstrip()) > 80 for line in lines)
    monkeypatch.setenv("COLUMNS", "60")
    assert len(call("list", "admet").out.splitlines()) > 23, "somebody said how wide to be"
