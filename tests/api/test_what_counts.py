# SPDX-License-Identifier: Apache-2.0
"""What a page and a status say is best, measured and spent agrees with what counts."""

import base64
import csv
import io
import re

import pytest
from desk import Desk

from loopwright.api import batches, pages, verbs
from loopwright.cli import show_batch

TOML = """
name = "fair"
batch_size = 3
budget = 100.0
modality = "molecules"
models = ["neighbour"]
lab = "folder"

[[goals]]
property = "A"

[[goals]]
property = "B"
direction = "minimize"
threshold = 5.0
limit = true

[stop]
cycles = 4
"""
ENDS = ("C", "CC", "O", "F", "Cl", "Br", "N", "C#N")
LIBRARY = [f"{a}{core}{b}" for core in ("C1CCC(CC1)", "c1ccc(cc1)") for a in ENDS for b in ENDS[:3]]
BREAKS, BEST, LIMITED, ONE_ONLY = 0, 1, 2, 3


@pytest.fixture
def desk(tmp_path):
    """A campaign with two orders out, the first of which has come home in part."""
    desk = Desk(tmp_path, "fair", TOML)
    told = {BREAKS: "9.5,7", BEST: "8.25,3", LIMITED: ">8.5,3", ONE_ONLY: ",2"}
    names = [f"{smiles},cpd {i}" for i, smiles in enumerate(LIBRARY)]
    rows = [f"{n},{told.get(i, f'{5 + i % 5 / 4},{1 + i % 3}')}" for i, n in enumerate(names)]
    verbs.ingest(desk.place, desk.file(["smiles,name,A,B", *rows[:20]]))
    verbs.ingest(desk.place, desk.file(["smiles,name", *names[20:]]))
    first = [p.candidate.id for p in batches.propose_batch(desk.place).picks]
    verbs.order(desk.place)
    home = [f"{first[0]},99,1,excluded", f"{first[1]},6.5,1,ok"]
    verbs.readback(desk.place, desk.file(["candidate_id,A,B,status", *home]))
    return desk


def test_the_best_of_a_page_is_a_value_that_keeps_the_limits_under_its_own_name(desk, tmp_path):
    page = pages.write_report(desk.place, tmp_path / "report.html").read_text()
    tile = r'<dt>Best</dt><dd class="value">(.*?)</dd><dd class="note">(.*?)</dd>'
    assert re.search(tile, page).groups() == ("8.25", f"cpd {BEST}")
    assert {float(row["mean"]) for row in _trace(desk, tmp_path)} == {8.25}


def test_who_is_measured_again_by_an_order_is_counted_once_and_when_he_first_came(desk, tmp_path):
    before = [int(row["measured"]) for row in _trace(desk, tmp_path)]
    batch = [p.candidate.id for p in batches.propose_batch(desk.place).picks]
    best = desk.view.by_name()[f"cpd {BEST}"].id
    batches.revise(desk.place, "add", best, reason="is it true?")
    verbs.order(desk.place)
    rows = [f"{c},6.1,2" for c in (*batch, best)]
    verbs.readback(desk.place, desk.file(["candidate_id,A,B", *rows]))
    after = [int(row["measured"]) for row in _trace(desk, tmp_path)]
    assert after == [*before, before[-1] + len(batch)]


def _trace(desk, tmp_path):
    """The points of the first picture of the page."""
    page = pages.write_report(desk.place, tmp_path / "report.html").read_text()
    drawn = re.search(r'download="trace.csv" href="data:text/csv;charset=utf-8;base64,(.*?)"', page)
    return list(csv.DictReader(io.StringIO(base64.b64decode(drawn[1]).decode())))


def test_a_value_that_does_not_count_is_told_as_such_and_not_drawn(desk, tmp_path):
    page = pages.write_report(desk.place, tmp_path / "report.html").read_text()
    assert "99, not counted: excluded" in page
    assert re.findall(r'<b class="measured">(.*?)</b>', page) == ["6.5"]


def test_a_status_counts_as_many_measured_as_the_page_does(desk, tmp_path):
    page = pages.write_report(desk.place, tmp_path / "report.html").read_text()
    told = re.search(r'<dt>Measured</dt><dd class="value">(.*?)</dd>', page)[1]
    assert verbs.status(desk.place).n_measured == int(told) == len(desk.view.measured)


def test_a_status_names_every_order_that_is_waited_for(desk):
    assert "results of fair-001-000 (" in verbs.status(desk.place).next
    batches.propose_batch(desk.place)
    second = verbs.order(desk.place).order_id
    assert f"results of fair-001-000, {second} (" in verbs.status(desk.place).next


def test_an_open_batch_says_what_it_costs_and_what_is_left(desk, capsys):
    found = batches.propose_batch(desk.place)
    assert (found.cost, found.left) == (3.0, 97.0)
    more = batches.revise(desk.place, "add", "Oc1ccccc1", reason="an idea")
    assert more.cost == 4.0
    show_batch.batch(more)
    assert "cost of the batch: 4; 97 of the budget are left" in capsys.readouterr().out


def test_with_several_goals_the_model_of_each_is_named(desk, tmp_path):
    found = batches.propose_batch(desk.place)
    first, second = found.model.split("; B: ")
    assert first.startswith("A: ") and second
    assert verbs.status(desk.place).model == found.model
    page = pages.write_report(desk.place, tmp_path / "report.html").read_text()
    assert "The last model is A" not in page
