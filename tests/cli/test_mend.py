# SPDX-License-Identifier: Apache-2.0
"""Setting things right from the command line, in words and for scripts."""

import csv

import pytest

BAD = "smiles,name,pIC50,status\nCCCCO,alpha,6.1,ok\nCCCCN,beta,five,ok\nCCCCF,delta,6.5,hm\n"


@pytest.fixture
def bad(call, folder, tmp_path):
    """A workspace with a file that has one bad cell and one doubted value."""
    path = tmp_path / "bad.csv"
    path.write_text(BAD)
    assert call("ingest", path, "-w", folder).code == 3
    return folder


def test_ingest_prints_the_keys_of_check_and_the_digests(call, folder, tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text(BAD)
    taken = call("ingest", path, "-w", folder, "--json").json
    looked = call("check", path, "--json").json
    assert set(looked) <= set(taken)
    for key in ("format", "rows_in", "loaded", "flagged", "quarantined", "columns", "rows"):
        assert taken[key] == looked[key], key
    assert {"source", "measurements", "candidates", "quarantine", "mappings"} <= set(
        taken["digests"]
    )
    assert taken["rows_in"] == taken["loaded"] + taken["flagged"] + taken["quarantined"] == 3


def test_a_person_lists_fixes_and_is_told_by_the_exit_code_when_all_is_well(call, bad, tmp_path):
    listed = call("quarantine", "list", "-w", bad, "--csv", tmp_path / "todo.csv")
    assert "'five' is not a number" in listed.text and listed.code == 0
    (row,) = call("quarantine", "list", "-w", bad, "--file", "bad.csv", "--json").json["rows"]
    assert (row["file"], row["row"], row["column"], row["value"]) == ("bad.csv", 3, "pIC50", "five")
    with (tmp_path / "todo.csv").open(newline="") as file:
        (line,) = csv.DictReader(file)
    assert line["corrected"] == "" and line["remedy"]
    where = ("bad.csv", "--row", 3, "--column", "pIC50", "-w", bad, "--reason", "so")
    wrong = call("quarantine", "fix", *where, "--value", "lost too", "--json")
    assert wrong.code == 3 and wrong.json["files"][0]["quarantined"] == 1
    right = call("quarantine", "fix", *where, "--value", "5.5")
    assert right.code == 0 and "1 -> 2 loaded" in right.text
    back = call("quarantine", "restore", "bad.csv", "--row", 3, "--reason", "no", "-w", bad)
    assert back.code == 3
    dropped = call("quarantine", "fix", "bad.csv", "--row", 3, "--drop", "--reason", "x", "-w", bad)
    assert dropped.code == 0
    assert call("quarantine", "retry", "-w", bad, "--json").json["files"][0]["is_new"] is False


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param([], id="nothing"),
        pytest.param(["bad.csv"], id="no row"),
        pytest.param(["bad.csv", "--row", 3], id="no column"),
        pytest.param(["bad.csv", "--row", 3, "--column", "pIC50"], id="no value"),
        pytest.param(["bad.csv", "--row", 3, "--drop", "--value", "5"], id="a value and a drop"),
        pytest.param(["bad.csv", "--row", 3, "--from", "todo.csv"], id="a row and a table"),
    ],
)
def test_a_mend_without_its_place_is_a_matter_of_usage(call, bad, arguments):
    assert call("quarantine", "fix", *arguments, "--reason", "so", "-w", bad).code == 2


def test_a_corrected_file_takes_the_place_of_the_old_one(call, bad, tmp_path):
    path = tmp_path / "good.csv"
    path.write_text(BAD.replace("five", "5.5"))
    told = call(
        "ingest", path, "--replaces", "bad.csv", "--reason", "sent anew", "-w", bad, "--json"
    )
    assert told.code == 0 and told.json["replaces"] == "bad.csv"
    assert told.json["changes"]["n_same"] == 2


def test_flagged_values_are_listed_accepted_excluded_and_reconsidered(call, bad):
    (one,) = call("flagged", "-w", bad, "--json").json["measurements"]
    assert (one["name"], one["file"], one["row"]) == ("delta", "bad.csv", 4)
    assert "'hm'" in call("flagged", "-w", bad).text
    before = call("status", "-w", bad, "--json").json
    assert before["n_to_look_at"] == 1
    assert before["n_rows"] == before["n_loaded"] + before["n_flagged"] + before["n_quarantined"]
    assert call("accept", one["measurement_id"], "-w", bad).code == 1, "a reason is needed"
    assert call("accept", one["measurement_id"], "--reason", "ok", "-w", bad).code == 0
    after = call("status", "-w", bad, "--json").json
    assert (after["n_to_look_at"], after["n_measured"]) == (0, before["n_measured"] + 1)
    told = call("exclude", "--file", "bad.csv", "--reason", "no", "-w", bad, "--json").json
    assert {m["status"] for m in told["measurements"]} == {"excluded"}
    assert (
        "now flagged, valid"
        in call("reconsider", "--file", "bad.csv", "--reason", "yes", "-w", bad).text
    )


def test_a_value_is_corrected_by_candidate_and_why_shows_both(call, bad):
    told = call("correct", "alpha", "--value", "> 100 uM", "--reason", "misread", "-w", bad)
    assert told.code == 0 and "6.1 -> < 4" in told.text
    found = call("why", "alpha", "-w", bad, "--json").json
    assert [m["is_superseded"] for m in found["measured"]] == [True, False]
    assert found["events"][-1]["reason"] == "misread"
    same = call("correct", "alpha", "--value", "< 4", "--reason", "again", "-w", bad, "--json")
    assert same.code == 1 and "already" in same.json["error"]["what"]
