# SPDX-License-Identifier: Apache-2.0
"""Where a goal learns from one assay alone, its orders ask for that one, and no other answers."""

import csv
from pathlib import Path

import pytest
from desk import Desk

from loopwright.api import batches, verbs
from loopwright.api.plates import lay_out_order

LIBRARY = [f"{'C' * n}{end}" for n in range(2, 8) for end in ("O", "N", "Cl", "Br")]
TOML = """
name = "held"
batch_size = 4
modality = "molecules"
models = ["neighbour"]
lab = "folder"
goals = [{ property = "pIC50", assays = ["patch"] }]
"""
SPECIES = TOML.replace('"patch"', '"patch@2 [species=rat]"')


class Bench(Desk):
    """Twelve measured molecules, four of them by another assay, and an order of four others."""

    def __init__(self, folder, toml=TOML, more=("", ""), others="flash"):
        super().__init__(folder, "held", toml)
        names, cells = more
        rows = [
            f"{smiles},{others if i % 3 else 'patch'},{5 + i / 10}{cells}"
            for i, smiles in enumerate(LIBRARY[:12])
        ]
        rows += [f"{smiles},,{',' * cells.count(',')}" for smiles in LIBRARY[12:]]
        verbs.ingest(self.place, self.file([f"smiles,assay,pIC50{names}", *rows]))
        self.batch = [p.candidate.id for p in batches.propose_batch(self.place).picks]
        with Path(verbs.order(self.place).file).open(newline="") as file:
            self.rows = list(csv.DictReader(file))

    def home(self, rows, **how):
        lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
        return verbs.readback(self.place, self.file(lines), **how)

    def assays(self, told):
        """Name, version and species of the assays of the values of a file."""
        return {
            (m.assay_id, m.assay_version, m.species)
            for m in self.view.measurements
            if m.standard_type == "pIC50" and m.source_sha256 == told.source_sha256
        }


@pytest.mark.parametrize(
    ("toml", "more", "said"),
    [
        (TOML, ("", ""), {"assay": "patch"}),
        (SPECIES, (",assay version,species", ",2,rat"), {"assay_version": "2", "species": "rat"}),
    ],
    ids=["an assay by its name", "an assay by version and species"],
)
def test_an_order_file_that_is_filled_in_comes_home_as_the_assay_that_was_asked_for(
    tmp_path, toml, more, said
):
    bench = Bench(tmp_path, toml, more)
    assert all(row[column] == word for row in bench.rows for column, word in said.items())
    told = bench.home([{**row, "value": "7.5"} for row in bench.rows])
    assert set(told.answered) == set(bench.batch) and not told.other
    assert set(bench.batch) <= bench.view.measured


def test_values_of_another_assay_answer_no_order_and_that_is_told(tmp_path):
    bench = Bench(tmp_path)
    told = bench.home([{**row, "value": "7.5", "assay": "flash"} for row in bench.rows])
    assert not told.answered and set(told.outstanding) == set(bench.batch)
    assert told.other == ("pIC50 by the assay flash",)
    again = bench.home(
        [{**row, "value": "7.5"} for row in bench.rows],
        replaces=told.file,
        reason="the assay was left out",
    )
    assert set(again.answered) == set(bench.batch) <= bench.view.measured


@pytest.mark.parametrize("column", ["candidate_id", "structure"])
def test_values_that_name_no_assay_are_by_that_of_the_order_that_they_answer(tmp_path, column):
    bench = Bench(tmp_path, SPECIES, (",assay version,species", ",2,rat"))
    told = bench.home([{column: row[column], "pIC50": "7.5"} for row in bench.rows])
    assert set(told.answered) == set(bench.batch) <= bench.view.measured and not told.other
    assert told.n_by_order == len(bench.batch) and bench.assays(told) == {("patch", "2", "rat")}


def test_the_only_assay_that_a_goal_learns_from_is_that_of_its_orders(tmp_path):
    bench = Bench(tmp_path, TOML.replace(', assays = ["patch"]', ""), others="patch")
    assert {row["assay"] for row in bench.rows} == {"patch"}
    told = bench.home([{"structure": row["structure"], "pIC50": "7.5"} for row in bench.rows])
    assert set(told.answered) == set(bench.batch) <= bench.view.measured
    assert bench.assays(told) == {("patch", "", "")}


def test_whoever_failed_answers_the_order_whatever_the_assay(tmp_path):
    bench = Bench(tmp_path)
    told = bench.home([{**row, "status": "failed", "assay": ""} for row in bench.rows])
    assert set(told.answered) == set(bench.batch)


PLATES = """
[design]
n_wells = 96
n_negative = 8
n_positive = 8
[design.positive]
candidate_id = "P"
[design.doses]
highest_M = 1e-4
factor = 4.0
n_points = 8
"""


@pytest.mark.parametrize("is_drawn", [False, True], ids=["row by row", "drawn by the reader"])
def test_results_of_plates_are_of_the_assay_that_the_goal_names(tmp_path, is_drawn):
    bench = Bench(tmp_path, SPECIES, (",assay version,species", ",2,rat"))
    plates = bench.folder / "plates.toml"
    plates.write_text(PLATES)
    laid = lay_out_order(bench.place, plate_file=plates)
    (path,) = [p for p in laid.files if p.endswith("layout.csv")]
    with Path(path).open(newline="") as file:
        wells = {row["well"]: row for row in csv.DictReader(file)}
    barcode = wells["A01"]["plate_id"]
    if is_drawn:
        lines = [
            f"{letter}," + ",".join(str(_signal(wells[f"{letter}{n:02d}"])) for n in range(1, 13))
            for letter in "ABCDEFGH"
        ]
        axis = "," + ",".join(map(str, range(1, 13)))
        lines = ["Software,3.11", f"Barcode,{barcode}", "Read,Luminescence", "", axis, *lines]
    else:
        filled = [(name, w) for name, w in wells.items() if w["role"] != "empty"]
        lines = ["plate,well,RFU", *(f"{barcode},{name},{_signal(w)}" for name, w in filled)]
    told = verbs.readback(bench.place, bench.file(lines))
    assert not told.other and set(bench.batch) <= bench.view.measured
    assert bench.assays(told) == {("patch", "2", "rat")}


def _signal(well):
    if well["role"] == "empty":
        return 3.0
    if well["role"] in {"negative", "positive"}:
        return (1000 if well["role"] == "negative" else 50) + 7 * (ord(well["well"][0]) % 3)
    return round(1000 - 950 / (1 + 1e-6 / float(well["concentration"])), 1)


def test_a_campaign_that_names_no_assay_orders_as_before(tmp_path):
    pooled = TOML.replace('assays = ["patch"]', 'pool_reason = "both read the same current"')
    bench = Bench(tmp_path, pooled)
    assert "assay" not in bench.rows[0]
    assert bench.home([{**row, "value": "7.5"} for row in bench.rows]).answered


def test_repeats_that_lie_tenfold_apart_are_told(tmp_path):
    bench = Bench(tmp_path)
    one, two, *_ = bench.rows
    said = [("", "6.1", one), ("", "7.2", one), ("", "6.1", two), ("", "6.9", two), (">", "8", two)]
    told = bench.home([{**row, "relation": r, "value": v} for r, v, row in said])
    assert told.tenfold == (f"{one['name'] or one['candidate_id']} pIC50 6.1, 7.2",)
