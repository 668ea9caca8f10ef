# SPDX-License-Identifier: Apache-2.0
"""`check` on the command line: one screen, one object, one page."""

from attrs import fields

from loopwright.api.check import Checked
from loopwright.data.concerns import Concern
from loopwright.data.profile import Profile

ROWS = "".join(f"{'C' * (n + 4)},s{n},{3 * n + 2}\n" for n in range(12))
TEXT = f"smiles,name,IC50 (nM)\n{ROWS}CCO,x,5\nCCO,x,5000\nC((,y,7\n"


def test_it_prints_what_to_look_at_most_serious_first_on_one_screen(call, tmp_path):
    (tmp_path / "a.csv").write_text(TEXT)
    told = call("check", tmp_path / "a.csv")
    assert told.code == 3 and told.out.count("\n") <= 40
    lines = told.out.splitlines()
    (first,) = [i for i, line in enumerate(lines) if line.startswith("!! ")]
    assert "1,000x" in lines[first] and "units are mixed" in lines[first + 1]
    assert any("not used" in line for line in lines[first:])


def test_the_object_carries_every_fact(call, tmp_path):
    (tmp_path / "a.csv").write_text(TEXT)
    told = call("check", tmp_path / "a.csv", "--json").json
    assert set(told) == {f.name for f in fields(Checked)}
    assert set(told["profiles"][0]) == {f.name for f in fields(Profile)}
    assert all(set(c) == {f.name for f in fields(Concern)} for c in told["concerns"])
    assert told["concerns"][0]["kind"] == "units"
    assert told["columns"][0]["samples"][0] == "CCCC"


def test_the_page_is_written_beside_the_answer(call, tmp_path):
    (tmp_path / "a.csv").write_text(TEXT)
    told = call("check", tmp_path / "a.csv", "--html", tmp_path / "out.html", "--json")
    assert told.json["rows_in"] == 15
    assert (tmp_path / "out.html").read_text().startswith("<!doctype html>")
    missing = call("check", tmp_path / "a.csv", "--html", tmp_path / "no" / "out.html")
    assert missing.code == 1 and "remedy" in missing.err
