# SPDX-License-Identifier: Apache-2.0
"""Curves and plates by commands alone."""

import csv
import re

import numpy as np
import pytest

from loopwright.plates.design import Design, Doses, Sample
from loopwright.plates.layout import lay_out
from loopwright.plates.tables import layout_csv

TRUTH = {f"c-{i}": 5.0 + 0.3 * i for i in range(8)} | {"REF": 7.0}


def signal(well, rng):
    effect = {"negative": 0.0, "positive": 1.0}.get(well.role)
    if effect is None:
        effect = 1 / (1 + 10 ** -(np.log10(well.concentration_M) + TRUTH[well.candidate_id]))
    return 1000 - 900 * effect + 20 * rng.normal()


@pytest.fixture
def read(tmp_path):
    """A layout and the raw readings of its plate, as files."""
    design = Design(
        n_wells=384,
        n_negative=16,
        n_positive=16,
        doses=Doses(highest_M=1e-4, factor=10**0.5, n_points=10),
        positive=Sample(candidate_id="STAURO"),
        references=(Sample(candidate_id="REF"),),
    )
    samples = [Sample(candidate_id=c, lot="L1", name=f"<b>{c}</b>") for c in TRUTH if c != "REF"]
    layout = lay_out(samples, design, stem="X")
    rng = np.random.default_rng(0)
    rows = [f"{w.well},{signal(w, rng):.2f}" for w in layout.wells if w.role != "empty"]
    rng.shuffle(rows)
    (tmp_path / "layout.csv").write_bytes(layout_csv(layout))
    (tmp_path / "raw.csv").write_text("\n".join(["Well,RLU", *rows]) + "\n")
    return tmp_path


def test_raw_readings_and_a_layout_are_enough_for_curves_a_table_and_a_page(call, read):
    out, page = read / "out.csv", read / "out.html"
    told = call(
        "curves",
        read / "raw.csv",
        "-l",
        read / "layout.csv",
        "--csv",
        out,
        "--html",
        page,
        "--json",
    ).json
    (plate,) = told["plates"]
    assert told["n_rows"] == told["n_loaded"] == len(plate["wells"]) == 32 + 90
    assert plate["quality"]["z_prime"] > 0.7 and plate["flags"] == []
    with out.open(newline="") as file:
        rows = {r["name"]: r for r in csv.DictReader(file)}
    assert set(rows) == set(TRUTH)
    for name, row in rows.items():
        assert float(row["value"]) == pytest.approx(TRUTH[name], abs=0.2)
        assert float(row["low_95"]) < float(row["value"]) < float(row["high_95"])
        assert len(row["wells"].split()) == 10
    text = page.read_text()
    assert text.count('class="fit"') == 9 and "<b>c-0" not in text and "&lt;b&gt;c-0" in text
    assert text.count("<rect class=") >= 2 * 384 and "<script" not in text
    assert not re.search(r"https?://|src=", text)


def test_the_results_of_curves_can_be_ingested(call, read, folder):
    out = read / "out.csv"
    assert call("curves", read / "raw.csv", "-l", read / "layout.csv", "--csv", out).code == 0
    found = call("check", out, "--json").json
    assert (found["rows_in"], found["loaded"]) == (9, 9)


def test_readings_of_other_plates_than_those_of_the_layout_are_refused(call, read):
    (read / "raw.csv").write_text("plate,well,RLU\nZ-9,A1,5\n")
    told = call("curves", read / "raw.csv", "-l", read / "layout.csv")
    assert told.code == 1 and "plates laid out: X-01" in told.text


def test_plates_that_came_home_are_shown_with_what_position_adds(call, folder, tmp_path):
    assert "No plate was laid out yet" in call("plates", "-w", folder).text
    call("propose", "-w", folder)
    order = call("plate", "-w", folder, "--json").json
    design = tmp_path / "plates.toml"
    design.write_text("[design]\nn_wells = 96\nn_negative = 30\nn_positive = 30\n"
                      "[design.positive]\ncandidate_id = 'P'\n")  # fmt: skip
    laid = call("layout", "--plates", design, "-w", folder, "--json").json
    told = call("plates", "-w", folder)
    assert told.code == 0 and f"outstanding: {order['order_id']}-01" in told.text
    (path,) = [p for p in laid["files"] if p.endswith("layout.csv")]
    rng = np.random.default_rng(0)
    rows = ["plate,well,pIC50"]
    with open(path, newline="") as file:  # noqa: PTH123
        for r in csv.DictReader(file):
            level = {"negative": 4.0, "positive": 9.0, "sample": 6.0}.get(r["role"])
            if level is not None:
                edge = r["well"][0] in "AH" or r["well"][1:] in {"01", "12"}
                rows.append(f"{r['plate_id']},{r['well']},{level + edge + rng.normal() / 10:.3f}")
    (tmp_path / "home.csv").write_text("\n".join(rows) + "\n")
    assert call("readback", tmp_path / "home.csv", "-w", folder).code == 0
    page = tmp_path / "plates.html"
    found = call("plates", laid["plates"][0].lower(), "--html", page, "-w", folder, "--json").json
    (pattern,) = found["patterns"]
    assert pattern["edge"]["p_value"] < 1e-6 and 0.8 < pattern["edge"]["shift"] < 1.2
    assert len(found["plates"][0]["wells"]) == 64 and found["outstanding"] == []
    assert "Wells at the edge read" in page.read_text() and "higher" in page.read_text()
    assert "Nothing of plate" in call("plates", "other", "-w", folder).text
