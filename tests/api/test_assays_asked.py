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

    def __init__(self, folder, toml=TOML, more=("", "")):
        super().__init__(folder, "held", toml)
        names, cells = more
        rows = [
            f"{smiles},{'flash' if i % 3 else 'patch'},{5 + i / 10}{cells}"
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


@pytest.mark.parametrize("assay", ["", "flash"])
def test_values_of_another_assay_answer_no_order_and_that_is_told(tmp_path, assay):
    bench = Bench(tmp_path)
    told = bench.home([{**row, "value": "7.5", "assay": assay} for row in bench.rows])
    assert not told.answered and set(told.outstanding) == set(bench.batch)
    assert told.other == (f"pIC50 by the assay {assay or '(no name)'}",)
    again = bench.home(
        [{**row, "value": "7.5"} for row in bench.rows],
        replaces=told.file,
        reason="the assay was left out",
    )
    assert set(again.answered) == set(bench.batch) <= bench.view.measured


def test_whoever_failed_answers_the_order_whatever_the_assay(tmp_path):
    bench = Bench(tmp_path)
    told = bench.home([{**row, "status": "failed", "assay": ""} for row in bench.rows])
    assert set(told.answered) == set(bench.batch)


def test_results_of_plates_are_of_the_assay_that_the_goal_names(tmp_path):
    bench = Bench(tmp_path)
    plates = bench.folder / "plates.toml"
    doses = "[design.doses]\nhighest_M = 1e-4\nfactor = 4.0\nn_points = 8\n"
    controls = "n_negative = 8\nn_positive = 8\n"
    plates.write_text(
        f"[design]\nn_wells = 96\n{controls}[design.positive]\ncandidate_id = 'P'\n{doses}"
    )
    laid = lay_out_order(bench.place, plate_file=plates)
    (path,) = [p for p in laid.files if p.endswith("layout.csv")]
    with Path(path).open(newline="") as file:
        wells = [row for row in csv.DictReader(file) if row["role"] != "empty"]
    rows = [f"{w['plate_id']},{w['well']},{_signal(w)}" for w in wells]
    told = verbs.readback(bench.place, bench.file(["plate,well,RFU", *rows]))
    assert not told.other and set(bench.batch) <= bench.view.measured


def _signal(well):
    if well["role"] in {"negative", "positive"}:
        return (1000 if well["role"] == "negative" else 50) + 7 * (ord(well["well"][0]) % 3)
    return round(1000 - 950 / (1 + 1e-6 / float(well["concentration"])), 1)


def test_a_campaign_that_names_no_assay_orders_as_before(tmp_path):
    pooled = TOML.replace('assays = ["patch"]', 'pool_reason = "both read the same current"')
    bench = Bench(tmp_path, pooled)
    assert "assay" not in bench.rows[0]
    assert bench.home([{**row, "value": "7.5"} for row in bench.rows]).answered
