# SPDX-License-Identifier: Apache-2.0
"""An order on plates, by commands alone."""

import csv
import json
from pathlib import Path

import pytest

from loopwright.core.values import RawFile
from loopwright.plates.files import STOCK_COLUMNS
from loopwright.plates.tables import read_layout
from loopwright.registry import build, names

PLATES = """
[design]
n_negative = 8
[design.doses]
n_points = 2
highest_M = 4e-4
factor = 2
[transfers]
backfill = true
[worklists.tecan]
source_wells = 96
"""


@pytest.fixture
def ordered(folder, call, tmp_path):
    """A workspace with an order of four, and the source wells for it."""
    assert call("propose", "-w", folder).code == 0
    order = call("plate", "-w", folder, "--json").json
    with Path(order["file"]).open(newline="") as file:
        ids = [r["candidate_id"] for r in csv.DictReader(file)]
    rows = [f"SRC,{'ABCD'[i]}01,{c},L{i},10,mM,400,uL,15" for i, c in enumerate(ids)]
    rows += ["SRC,H1,,,0,,400,uL,15"]
    (tmp_path / "stocks.csv").write_text("\n".join([",".join(STOCK_COLUMNS), *rows]) + "\n")
    (tmp_path / "plates.toml").write_text(PLATES)
    return folder, ids, order["order_id"]


@pytest.mark.parametrize("name", names("worklists"))
def test_an_order_becomes_layout_sheet_and_worklist(ordered, call, tmp_path, name):
    folder, ids, order_id = ordered
    told = call(
        "layout", "--plates", tmp_path / "plates.toml", "--stocks", tmp_path / "stocks.csv",
        "--worklist", name, "-w", folder, "--json",
    ).json  # fmt: skip
    paths = {Path(p).name: Path(p) for p in told["files"]}
    layout = read_layout(RawFile(name="a", content=paths["layout.csv"].read_bytes()))
    assert {w.candidate_id for w in layout.wells if w.role == "sample"} == set(ids)
    assert {w.lot for w in layout.wells if w.role == "sample"} == {"L0", "L1", "L2", "L3"}
    assert told["plates"] == [f"{order_id}-01"] == list(layout.plates)
    assert told["n_wells_used"] == 4 * 2 + 8 and told["n_samples"] == 4
    (file,) = [p for p in paths.values() if p.stem == name]
    options = {"source_wells": 96} if name == "tecan" else {}
    read = build("worklists", name, options).read(RawFile(name="a", content=file.read_bytes()))
    assert len(read) == told["n_transfers"]
    assert {t.source_well for t in read} == {"A1", "B1", "C1", "D1", "H1"}
    assert "sheet.html" in paths and "order-list.csv" in paths


def test_a_layout_needs_no_stocks_and_the_same_call_gives_the_same_files(ordered, call):
    folder = ordered[0]
    first = call("layout", "--wells", "96", "-w", folder, "--json").json
    contents = [Path(p).read_bytes() for p in first["files"]]
    assert [Path(p).name for p in first["files"]] == ["layout.csv", "order-list.csv", "sheet.html"]
    again = call("layout", "--wells", "96", "-w", folder, "--json").json
    assert first["is_new"] and again == {**first, "is_new": False}
    assert [Path(p).read_bytes() for p in first["files"]] == contents


def test_files_that_may_be_on_the_bench_are_not_written_over(ordered, call, tmp_path):
    folder = ordered[0]
    assert call("layout", "--wells", "96", "-w", folder).code == 0
    refused = call("layout", "--wells", "384", "-w", folder)
    assert refused.code == 1 and "on the bench" in refused.text
    new = ("layout", "--wells", "384", "-o", tmp_path / "new", "-w", folder)
    refused = call(*new)
    assert refused.code == 1 and "laid out anew" in refused.text and "--reason" in refused.text
    assert not (tmp_path / "new").exists()
    assert call(*new, "--reason", "the bench has 384 only").code == 0


def _refused(call, folder, *arguments):
    told = call("layout", *arguments, "-w", folder)
    assert told.code == 1 and not (folder / "plates").exists()
    return told.text


def test_what_cannot_be_made_is_refused_before_anything_is_written(ordered, call, tmp_path):
    folder, ids, _ = ordered
    stocks, plates = tmp_path / "stocks.csv", tmp_path / "plates.toml"
    assert "source wells" in _refused(call, folder, "--worklist", "echo")
    assert "no order" in _refused(call, folder, "other").lower()
    assert "source_wells" in _refused(call, folder, "--stocks", stocks, "--worklist", "tecan")
    assert "ech" in _refused(call, folder, "--stocks", stocks, "--worklist", "ecko")
    plates.write_text("[worklists.ecko]\n")
    assert "ecko" in _refused(call, folder, "--plates", plates)
    text = stocks.read_text()
    stocks.write_text(text.replace(f"{ids[0]},L0", "other,L0"))
    assert f"no source well holds {ids[0]}" in _refused(
        call, folder, "--stocks", stocks, "--worklist", "echo"
    )
    stocks.write_text(text + f"SRC,G1,{ids[0]},L9,10,mM,400,uL,15\n")
    assert "several lots" in _refused(call, folder, "--stocks", stocks, "--worklist", "echo")


def test_before_anything_is_ordered_there_is_nothing_to_lay_out(folder, call):
    told = call("layout", "-w", folder, "--json")
    assert told.code == 1
    assert json.loads(told.out)["error"]["kind"] == "NotReadyError"
