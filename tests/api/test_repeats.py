# SPDX-License-Identifier: Apache-2.0
"""Controls and repeats go into an order beside the batch, and show the noise."""

import csv
from pathlib import Path

import numpy as np
import pytest
from desk import Desk

from loopwright.api import batches, pages, verbs
from loopwright.api.cards import replicate_noise
from loopwright.core.errors import NotReadyError

ENDS = ("C", "CC", "O", "F", "Cl", "Br", "N", "C#N")
CORES = ("{}c1ccc({})cc1", "{}c1ccnc({})c1", "{}C1CCC({})CC1")
LIBRARY = tuple(core.format(a, b) for core in CORES for a in ENDS[:4] for b in ENDS[4:])
TOML = """
name = "again"
seed = 3
batch_size = 4
modality = "molecules"
models = ["gp"]
lab = "folder"
goals = [{ property = "pIC50" }]
start = { size = 8 }
stop = { cycles = 6 }
"""
NOISE = 0.2


class Bench(Desk):
    """A campaign whose chemist measures with a noise that is known."""

    def __init__(self, folder, keys):
        super().__init__(folder, "again", f"{keys}\n{TOML}")
        self.rng = np.random.default_rng(1)
        names = [f"{s},cpd {i}" for i, s in enumerate(LIBRARY)]
        verbs.ingest(self.place, self.file(["smiles,name", *names]))

    def turn(self):
        """Propose, order and answer; return what was released and the order's rows."""
        batches.propose_batch(self.place)
        told = verbs.order(self.place)
        sheet = csv.DictReader(Path(told.file).read_text().splitlines())
        asked = [row["candidate_id"] for row in sheet]
        text = {i: c.text for i, c in self.view.candidates.items()}
        values = [len(text[c]) / 4 + self.rng.normal(0, NOISE) for c in asked]
        rows = [f"{c},{v:.4f}" for c, v in zip(asked, values, strict=True)]
        verbs.readback(self.place, self.file(["candidate_id,pIC50", *rows]))
        return told, asked


def test_controls_are_in_every_order_and_never_proposed(tmp_path):
    bench = Bench(tmp_path, 'controls = ["cpd 3", "Oc1ccc(Br)cc1"]')
    controls = {bench.view.find(name).id for name in ("cpd 3", "Oc1ccc(Br)cc1")}
    for size in (8, 4, 4):
        told, asked = bench.turn()
        assert set(told.again) == controls and told.n_candidates == size
        assert len(asked) == size + 2 and set(asked[-2:]) == controls
        assert told.cost == size + 2
    batch = {c for o in bench.view.state.orders for c in o.candidates}
    assert not batch & controls
    assert len([m for m in bench.view.measurements if m.candidate_id in controls]) == 6


def test_the_best_and_a_random_one_are_measured_again_and_come_back_as_replicates(tmp_path):
    bench = Bench(tmp_path, "repeats = 2")
    first, _ = bench.turn()
    assert first.again == (), "nothing was measured yet"
    best = bench.view.best_first[0].id
    told, _ = bench.turn()
    assert told.again[0] == best and len(told.again) == 2
    assert set(told.again) <= set(bench.view.state.orders[0].candidates)
    data = bench.view.data
    runs = dict(zip(data.ids, data.targets.n_replicates[:, 0].tolist(), strict=True))
    assert [runs[c] for c in told.again] == [2, 2]
    assert bench.view.state.outstanding == ()
    third, _ = bench.turn()
    assert third.again[0] != best, "who was repeated least goes first"


def test_the_noise_that_repeats_show_is_the_noise_of_the_bench(tmp_path):
    bench = Bench(tmp_path, "repeats = 6")
    assert replicate_noise(bench.view.measurements, bench.view.spec.goal) == ""
    for _ in range(5):
        bench.turn()
    told = replicate_noise(bench.view.measurements, bench.view.spec.goal)
    assert "24 degrees of freedom" in told
    low, high = (float(x) for x in told.split("95 %: ")[1].split(",")[0].split(" to "))
    assert low < NOISE < high < 2 * NOISE
    assert told in pages.write_report(bench.place, tmp_path / "r.html").read_text().replace(
        "\N{NO-BREAK SPACE}", " "
    )


def test_what_a_budget_does_not_reach_for_is_left_out_of_the_repeats(tmp_path):
    bench = Bench(tmp_path, "repeats = 3\nbudget = 17.0")
    bench.turn()
    assert len(bench.turn()[0].again) == 3
    told, _ = bench.turn()
    assert told.n_candidates == 2 and told.again == ()
    assert bench.view.state.spent == 17.0


def sheet(told):
    return list(csv.DictReader(Path(told.file).read_text().splitlines()))


def answered(bench, rows, *, but=()):
    """Take in an order sheet with values, without some of its columns."""
    text = {i: c.text for i, c in bench.view.candidates.items()}
    kept = [c for c in rows[0] if c not in but]
    path = bench.file([])
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, kept, extrasaction="ignore")
        writer.writeheader()
        writer.writerows({**row, "value": f"{len(text[row['candidate_id']]) / 4}"} for row in rows)
    return verbs.readback(bench.place, path)


def test_an_order_says_of_each_row_why_it_is_there_and_comes_home_with_or_without(tmp_path):
    bench = Bench(tmp_path, 'repeats = 2\ncontrols = ["cpd 3"]')
    control = bench.view.find("cpd 3").id
    for but in ((), ("purpose",), ()):
        batches.propose_batch(bench.place)
        told = verbs.order(bench.place)
        rows = sheet(told)
        purpose = {r["candidate_id"]: r["purpose"] for r in rows}
        assert [i for i, why in purpose.items() if why == "control"] == [control]
        repeats = [c for c in told.again if c != control]
        assert [i for i, why in purpose.items() if why == "repeat"] == repeats
        assert sum(why == "candidate" for why in purpose.values()) == told.n_candidates
        home = answered(bench, rows, but=but)
        assert home.n_loaded == home.n_rows == len(rows)
        assert bench.view.state.outstanding == ()
    assert repeats


def test_a_control_that_the_file_names_no_more_is_a_repeat_and_stops_nobody(tmp_path):
    bench = Bench(tmp_path, 'controls = ["cpd 3", "cpd 4"]')
    batches.propose_batch(bench.place)
    path = Path(verbs.order(bench.place).file)
    path.unlink()
    toml = bench.place.root / "campaigns" / "again.toml"
    toml.write_text(toml.read_text().replace("cpd 4", "nobody at all"))
    verbs.readback(bench.place)
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert [r["purpose"] for r in rows[-2:]] == ["control", "repeat"]


def test_a_control_that_nobody_knows_is_refused(tmp_path):
    bench = Bench(tmp_path, 'controls = ["CCCCCCO"]')
    with pytest.raises(NotReadyError, match="not in the workspace"):
        bench.turn()
