# SPDX-License-Identifier: Apache-2.0
"""Plates go out and come home: results are joined by barcode and well, whatever happens to them."""

import csv
import random
from pathlib import Path

import pytest

from loopwright.api import verbs
from loopwright.api.layouts import take_layout
from loopwright.api.plates import lay_out_order
from loopwright.core.errors import DataError
from loopwright.core.values import RawFile
from loopwright.plates.tables import read_layout

DESIGN = """
[design]
n_wells = 96
n_negative = 4
n_positive = 2
n_blanks = 1
edge = "empty"
[design.positive]
candidate_id = "STAURO"
"""


class Out:
    """An order on a plate, and what each well holds."""

    def __init__(self, bench, batch, laid):
        self.bench, self.batch, self.laid = bench, batch, laid
        (path,) = [p for p in laid.files if p.endswith("layout.csv")]
        self.layout = read_layout(RawFile(name="a", content=Path(path).read_bytes()))
        (self.barcode,) = self.layout.plates

    def wells(self, role="sample"):
        return {w.well: w.candidate_id for w in self.layout.wells if w.role == role}

    def well(self, candidate):
        return next(w for w, c in self.wells().items() if c == candidate)

    def rows(self, values):
        return [f"{self.barcode},{w},{values[c]}" for w, c in self.wells().items() if c in values]

    def home(self, rows, columns="plate,well,pIC50", name=""):
        text = "\n".join([columns, *rows]) + "\n"
        return verbs.readback(self.bench.place, self.bench.file(text, name))


@pytest.fixture
def out(bench):
    """A batch of six, laid out on one plate of 96."""
    batch = bench.ordered()
    plates = bench.file(DESIGN, "plates.toml")
    return Out(bench, batch, lay_out_order(bench.place, plate_file=plates))


def learned(bench):
    data = bench.known.data
    return {c: float(v) for c, v in zip(data.ids, data.targets.values[:, 0], strict=True)}


# ---- the layout as a fact
def test_a_layout_is_a_fact_and_the_same_layout_again_is_none(out):
    facts = [f for f in out.bench.facts if f.kind == "plate.laid_out"]
    assert len(facts) == 1 and facts[0].body["plates"] == [out.barcode]
    assert facts[0].body["order_id"] == out.laid.order_id and facts[0].body["seed"] == 3
    kept = out.bench.place.store().get(facts[0].body["layout_sha256"])
    assert read_layout(RawFile(name="a", content=kept)) == out.layout
    again = lay_out_order(out.bench.place, plate_file=out.bench.folder / "plates.toml")
    assert not again.is_new
    assert len([f for f in out.bench.facts if f.kind == "plate.laid_out"]) == 1


def test_laying_out_anew_needs_a_reason_and_what_was_read_before_is_read_again(out):
    home = out.bench.file("\n".join(["plate,well,pIC50", *out.rows(dict.fromkeys(out.batch, 6))]))
    assert len(verbs.readback(out.bench.place, home).answered) == 6
    design = out.bench.file(DESIGN.replace("n_blanks = 1", "n_blanks = 9"), "new.toml")
    folder = out.bench.folder / "new"
    with pytest.raises(DataError, match="would be laid out anew"):
        lay_out_order(out.bench.place, plate_file=design, out=folder)
    assert not folder.exists() and not verbs.readback(out.bench.place, home).is_new
    laid = lay_out_order(
        out.bench.place, plate_file=design, out=folder, reason="the robot had another protocol"
    )
    assert laid.read_before == (home.name,)
    again = verbs.readback(out.bench.place, home)
    assert again.is_new and again.plates[0].n_read < 6 + 7
    new = Out(out.bench, out.batch, laid)
    assert set(learned(out.bench)) == {new.wells()[w] for w in out.wells() if w in new.wells()}


def test_a_layout_made_elsewhere_is_taken_in_and_its_wells_find_their_candidates(bench):
    batch = bench.ordered()
    names = [bench.known.candidates[c].name for c in batch]
    rows = [f"CRO-7,{'ABCDEF'[i]}03,{n}" for i, n in enumerate(names)]
    layout = bench.file("\n".join(["Plate Barcode,Well,Compound", *rows, "CRO-7,H12,DMSO"]))
    laid = take_layout(bench.place, layout)
    assert laid.plates == ("CRO-7",) and laid.n_samples == 6 and laid.n_wells_used == 7
    assert not take_layout(bench.place, layout).is_new
    told = bench.readback([f"cro-7,{'abcdef'[i]}3,{5 + i}" for i in range(6)], "plate,well,pIC50")
    assert set(told.answered) == set(batch) and told.plates[0].missing == ("H12",)
    assert learned(bench) == {c: 5.0 + i for i, c in enumerate(batch)}


def test_a_layout_with_a_compound_that_nobody_knows_is_refused(bench):
    bench.ordered()
    with pytest.raises(DataError, match="NOBODY"):
        take_layout(bench.place, bench.file("plate,well,compound\nP,A1,NOBODY\n"))
    assert not bench.known.state.layouts


def test_two_barcodes_that_files_could_not_tell_apart_are_refused(out):
    layout = out.bench.file(f"plate,well,compound\n{out.barcode.upper()},A1,{out.batch[0]}\n")
    with pytest.raises(DataError, match="differ only by case"):
        take_layout(out.bench.place, layout, reason="why not")


# ---- home again
@pytest.mark.parametrize("seed", range(12))
def test_results_that_are_shuffled_dropped_and_failed_are_joined_by_key_and_none_is_wrong(
    out, seed
):
    rng = random.Random(seed)
    truth = {c: round(rng.uniform(4, 9), 3) for c in out.batch}
    kept = [c for c in out.batch if rng.random() < 0.8]
    failed = {c for c in kept if rng.random() < 0.3}
    barcodes = (out.barcode, out.barcode.upper(), f" {out.barcode}")
    spell = (str, str.lower, lambda w: f"{w[0]}{int(w[1:]):02d}")
    rows = [
        f"{rng.choice(barcodes)},{rng.choice(spell)(w)},"
        f"{'' if c in failed else truth[c]},{'failed' if c in failed else ''}"
        for w, c in out.wells().items()
        if c in kept
    ]
    rows += [f"{out.barcode},{w},{rng.random() * 10},ok" for w in out.wells("negative")]
    rng.shuffle(rows)
    told = out.home(rows, "plate,well,pIC50,status")
    assert set(told.answered) == set(kept) and not told.unexpected
    assert learned(out.bench) == {c: truth[c] for c in kept if c not in failed}
    (plate,) = told.plates
    assert plate.barcode == out.barcode and not plate.another and not plate.unexpected
    assert {out.wells()[w] for w in plate.failed} == failed
    missing = {out.wells()[w] for w in plate.missing if w in out.wells()}
    assert missing == set(out.batch) - set(kept)


def test_readings_of_controls_are_kept_and_are_no_candidates(out):
    rows = out.rows(dict.fromkeys(out.batch, 6.0))
    rows += [
        f"{out.barcode},{w},1.5" for r in ("negative", "positive", "blank") for w in out.wells(r)
    ]
    told = out.home(rows)
    assert told.n_rows == told.n_loaded == 6 + 7 and not told.unexpected
    assert told.plates[0].n_read == 13 and not told.plates[0].missing
    kept = [m for m in out.bench.known.measurements if not m.candidate_id]
    assert sorted({m.status_reason for m in kept}) == [
        "blank well", "negative well", "positive well",
    ]  # fmt: skip
    assert {m.status for m in kept} == {"excluded"} and len(kept) == 7
    assert all(m.standard_value == 1.5 and m.plate_id == out.barcode for m in kept)
    assert set(learned(out.bench)) == set(out.batch)


def test_our_own_layout_filled_in_comes_home_whole(out):
    (path,) = [p for p in out.laid.files if p.endswith("layout.csv")]
    with Path(path).open(newline="") as file:
        rows = list(csv.DictReader(file))
    filled = [{**r, "pIC50": 6.0 if r["role"] != "empty" else ""} for r in rows]
    home = out.bench.folder / "filled.csv"
    with home.open("w", newline="") as file:
        writer = csv.DictWriter(file, filled[0])
        writer.writeheader()
        writer.writerows(filled)
    told = verbs.readback(out.bench.place, home)
    assert set(told.answered) == set(out.batch) and told.n_quarantined == 0
    assert told.plates[0].n_read == told.plates[0].n_laid == 13


def test_a_row_that_names_another_compound_than_its_well_is_refused_and_the_well_is_named(out):
    a, b = out.batch[:2]
    names = {c: out.bench.known.candidates[c].name for c in (a, b)}
    rows = [
        f"{out.barcode},{out.well(a)},{names[b]},7",
        f"{out.barcode},{out.well(b)},{names[b]},6",
    ]
    told = out.home(rows, "plate,well,name,pIC50")
    assert told.plates[0].another == (out.well(a),) and told.n_quarantined == 1
    assert learned(out.bench) == {b: 6.0}


def test_a_row_that_calls_a_well_by_an_unknown_name_is_flagged(out):
    a, b = out.batch[:2]
    name = out.bench.known.candidates[b].name.upper()
    rows = [f"{out.barcode},{out.well(a)},WHO,7", f"{out.barcode},{out.well(b)},{name},6"]
    told = out.home(rows, "plate,well,name,pIC50")
    assert (told.n_flagged, told.n_loaded) == (1, 1) and learned(out.bench) == {b: 6.0}


def test_a_compound_in_the_well_of_a_control_is_refused(out):
    well = next(iter(out.wells("negative")))
    told = out.home([f"{out.barcode},{well},{out.batch[0]},7"], "plate,well,candidate_id,pIC50")
    assert told.n_quarantined == 1 and told.plates[0].another == (well,)
    assert "laid out as a negative control" in told.quarantine[0].reason


def test_a_reading_of_an_empty_well_is_kept_and_named(out):
    told = out.home([f"{out.barcode},A1,7"])
    assert told.plates[0].unexpected == ("A1",) and told.n_loaded == 1
    assert learned(out.bench) == {}


def test_a_plate_that_nobody_laid_out_is_named_and_read_again_once_it_is(out):
    path = out.bench.file("plate,well,pIC50\nOTHER-9,B2,7\n")
    told = verbs.readback(out.bench.place, path)
    assert told.n_quarantined == 1 and not told.plates[0].is_laid_out
    assert told.plates[0].barcode == "OTHER-9"
    assert out.barcode in told.quarantine[0].remedy
    layout = out.bench.file(f"plate,well,compound\nOTHER-9,B2,{out.batch[0]}\n")
    assert take_layout(out.bench.place, layout).read_before == (path.name,)
    assert verbs.readback(out.bench.place, path).answered == (out.batch[0],)


def test_a_plate_that_is_read_twice_counts_once_and_the_second_reading_is_flagged(out):
    first = out.home(out.rows(dict.fromkeys(out.batch, 6.0)))
    again = out.home(out.rows(dict.fromkeys(out.batch, 8.0)))
    assert (first.n_loaded, again.n_flagged) == (6, 6)
    assert len(again.plates[0].repeated) == 6 and again.plates[0].n_read == 6
    assert learned(out.bench) == dict.fromkeys(out.batch, 6.0)
    assert out.bench.values(out.batch[0]) == [6.0, 8.0]


def test_a_well_that_failed_first_takes_the_reading_of_its_repeat(out):
    well = out.well(out.batch[0])
    out.home([f"{out.barcode},{well},,failed"], "plate,well,pIC50,status")
    told = out.home([f"{out.barcode},{well},7,"], "plate,well,pIC50,status")
    assert not told.plates[0].repeated and learned(out.bench) == {out.batch[0]: 7.0}


def test_a_well_twice_in_one_file_counts_once(out):
    well = out.well(out.batch[0])
    told = out.home(
        [f"{out.barcode},{well},6,ok", f"{out.barcode},{well},7,ok"], "plate,well,pIC50,status"
    )
    assert (told.n_loaded, told.n_flagged) == (1, 1) and learned(out.bench) == {out.batch[0]: 6.0}


def test_wells_without_a_plate_are_those_of_the_only_plate_that_is_out(out):
    well = out.well(out.batch[0])
    told = out.home([f"{well},7"], "well,pIC50")
    assert told.answered == (out.batch[0],) and "only one" in told.plates[0].note
    with pytest.raises(DataError, match="name wells but no plate") as refused:
        out.home([f"{out.well(out.batch[1])},7"], "well,pIC50")
    assert out.barcode in str(refused.value)
    told = out.home([f"{out.well(out.batch[1])},7"], "well,pIC50", name=f"{out.barcode}_b.csv")
    assert told.answered == (out.batch[1],) and "file name" in told.plates[0].note


def test_late_results_of_a_plate_are_taken_after_the_next_cycle_began(out):
    out.home(out.rows(dict.fromkeys(out.batch[:5], 6.0)))
    second = out.bench.ordered()
    told = out.home(out.rows({out.batch[5]: 7.5}))
    assert told.answered == (out.batch[5],) and set(told.outstanding) == set(second)


# ---- which column names the plate
@pytest.fixture
def two(bench):
    """Six candidates on two plates in the same wells; the first plate has come home."""
    batch = bench.ordered()
    places = [(f"CRO-{7 + i // 3}", f"{'ABC'[i % 3]}3", c) for i, c in enumerate(batch)]
    rows = [",".join(place) for place in places]
    take_layout(bench.place, bench.file("\n".join(["plate,well,compound", *rows])))
    bench.readback([f"CRO-7,{well},6" for _, well, _ in places[:3]], "plate,well,pIC50")
    return bench, batch


@pytest.mark.parametrize(
    "columns", ["Barcode,Well,pIC50", "Microplate,Well,pIC50", "assay plate,Well,pIC50"]
)
def test_a_file_about_one_plate_is_never_taken_for_the_one_that_is_outstanding(two, columns):
    bench, batch = two
    told = bench.readback([f"cro-7,{w}3,9" for w in "ABC"], columns)
    assert not told.answered and told.n_flagged == 3 and told.plates[0].barcode == "CRO-7"
    assert learned(bench) == dict.fromkeys(batch[:3], 6.0)
    told = bench.readback([f"CRO-8,{w}3,7" for w in "ABC"], columns)
    assert set(told.answered) == set(batch[3:]) and learned(bench)[batch[5]] == 7.0


def test_a_barcode_that_nobody_laid_out_is_not_the_plate_that_is_outstanding(two):
    bench, batch = two
    told = bench.readback([f"CRO-9,{w}3,9" for w in "ABC"], "Barcode,Well,pIC50")
    assert told.n_quarantined == 3 and not told.answered
    assert set(learned(bench)) == set(batch[:3])


def test_where_a_column_counts_plates_another_one_names_them(two):
    bench, batch = two
    rows = [f"2,CRO-8,{w}3,{5 + i}" for i, w in enumerate("ABC")]
    assert set(bench.readback(rows, "Plate,Barcode,Well,pIC50").answered) == set(batch[3:])
    assert learned(bench)[batch[4]] == 6.0
