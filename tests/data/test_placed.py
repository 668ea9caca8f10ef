# SPDX-License-Identifier: Apache-2.0
"""Which well is meant, and on which plate."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopwright.core.errors import DataError
from loopwright.core.values import Candidate, RawFile, RawTable
from loopwright.data.intake import take_in
from loopwright.data.mapping import ColumnMapping, ValueColumn
from loopwright.data.placed import Place, Placed
from loopwright.data.whose import Register
from loopwright.registry import build
from loopwright.science.wells import every_well, padded


def plate(barcode, n_wells=96):
    made = Candidate(id="M", text="C")
    return {w: Place(plate=barcode, well=w, candidate=made, holds="M") for w in every_well(n_wells)}


def plates(*barcodes, outstanding=None):
    out = barcodes if outstanding is None else outstanding
    return Placed(plates={b: plate(b) for b in barcodes}, outstanding=tuple(out))


def table(*, plate="", sheet="", notes=()):
    column = ("plate",) if plate else ()
    cells = ((plate,) if plate else ()) + ("A1", "5")
    return RawTable(
        columns=(*column, "well", "value"),
        rows=((2, cells),),
        sheet=sheet,
        notes=tuple(enumerate(notes, start=1)),
    )


@pytest.mark.parametrize("spelling", [" nav-01", "NAV-01 ", "Nav-01"])
@pytest.mark.parametrize("well", ["a1", "A01", " A1", "a001"])
def test_a_plate_and_a_well_are_found_in_every_spelling(spelling, well):
    found = plates("NAV-01", "NAV-02").at(spelling, well)
    assert (found.plate, found.well) == ("NAV-01", "A1")


@pytest.mark.parametrize("spelling", ["NAV-1", "NAV01", "AV-01", "NAV-011"])
def test_a_barcode_that_only_looks_alike_is_another(spelling):
    assert plates("NAV-01").at(spelling, "A1") is None


def test_barcodes_that_differ_only_by_case_are_refused():
    with pytest.raises(DataError, match="each of the plates p-1, P-1"):
        plates("p-1", "P-1").at("P-1", "A1")


def test_a_well_that_the_plate_does_not_have_is_refused():
    with pytest.raises(DataError, match="plate P of 96 wells has no well P24"):
        plates("P").at("P", "P24")
    with pytest.raises(DataError, match="is no well"):
        plates("P").at("P", "well 4")


@pytest.mark.parametrize(
    ("around", "file"),
    [
        ({"sheet": "NAV-02"}, "a.csv"),
        ({"notes": ["Read at 9:00", "Plate: nav-02, 560 nm"]}, "a.csv"),
        ({}, "2026-03-01_NAV-02_read1.csv"),
        ({"sheet": "NAV-02", "notes": ["NAV-02"]}, "NAV-02.csv"),
    ],
    ids=["by the sheet", "by a title line", "by the file name", "by all three"],
)
def test_rows_without_a_plate_belong_to_the_one_that_is_named_around_them(around, file):
    placed, note = plates("NAV-01", "NAV-02").beside(table(**around), file=file, plate="")
    assert placed.default == "NAV-02" and "no column names the plate" in note
    assert placed.at("", "B3").plate == "NAV-02"


def test_rows_without_a_plate_belong_to_the_only_one_that_is_outstanding():
    placed, note = plates("P-1", "P-2", outstanding=["P-2"]).beside(table(), file="a", plate="")
    assert placed.default == "P-2" and "the only one that is outstanding" in note


@pytest.mark.parametrize(
    ("around", "file", "told"),
    [
        ({}, "a.csv", "nothing names it"),
        ({"sheet": "P-1"}, "P-2.csv", "P-1, P-2 are named around it|P-2, P-1 are named"),
        ({"notes": ["P-1 and P-2"]}, "a.csv", "are named around it"),
    ],
)
def test_rows_that_could_be_of_two_plates_are_refused_and_the_plates_are_named(around, file, told):
    with pytest.raises(DataError, match=told) as refused:
        plates("P-1", "P-2").beside(table(**around), file=file, plate="")
    assert "plates laid out: P-1 (outstanding), P-2 (outstanding)" in str(refused.value)


def test_of_two_barcodes_at_one_place_the_longer_is_meant():
    placed, _ = plates("X-1", "X-1-02").beside(table(), file="X-1-02.csv", plate="")
    assert placed.default == "X-1-02"


def test_a_column_that_names_plates_goes_before_everything_around_it():
    placed, note = plates("P-1", "P-2").beside(table(plate="P-1"), file="P-2.csv", plate="plate")
    assert (placed.default, note) == ("", "")


@given(st.sampled_from(every_well(1536)))
def test_wells_beyond_z_are_one_well_in_every_spelling(well):
    placed = Placed(plates={"P": plate("P", 1536)})
    assert placed.at("P", padded(well).lower()).well == placed.at("p", well).well == well


# ---- joined by key
MOLECULES = build("modalities", "molecules", {})
LAID = {
    barcode: {
        w: Place(plate=barcode, well=w, candidate=c, holds=c.id)
        for i, w in enumerate(every_well(96)[:40])
        for c in (Candidate(id=f"M-{barcode}-{i}", text="C"),)
    }
    for barcode in ("P-1", "P-2")
}
SPELLED = st.sampled_from([str, str.lower, padded, lambda w: f" {w} "])
CELLS = st.one_of(st.floats(0, 10).map(lambda v: f"{v:.3f}"), st.sampled_from(["", "n.d.", "x?"]))


@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(LAID)), st.integers(0, 47), SPELLED, SPELLED, CELLS),
        min_size=1,
        max_size=60,
    )
)
def test_rows_in_any_order_dropped_failed_or_repeated_are_joined_by_key_and_none_is_lost(rows):
    lines = [(p, every_well(96)[i], a, b, cell) for p, i, a, b, cell in rows]
    cells = [
        (k, (a(p) if a is not padded else p, b(w), c)) for k, (p, w, a, b, c) in enumerate(lines)
    ]
    given_rows = RawTable(
        columns=("plate", "well", "p"),
        rows=tuple((k + 2, tuple(map(str, c))) for k, c in cells),
    )
    mapping = ColumnMapping(
        plate="plate", well="well", values=(ValueColumn(column="p", property="p", unit="1"),)
    )
    register = Register(placed=Placed(plates=LAID))
    file = RawFile(name="a.csv", content=repr(cells).encode())
    taken = take_in(
        file, given_rows, mapping, "molecules", MOLECULES, campaign="c", register=register
    )
    assert taken.n_rows == len(rows)
    for m in taken.measurements:
        plate_, well, *_ = lines[m.source_row - 2]
        assert (m.candidate_id, m.well) == (LAID[plate_][well].candidate.id, well)
    valid = [m for m in taken.measurements if m.status == "valid" and "same" not in m.status_reason]
    assert len({(m.plate_id, m.well) for m in valid}) == len(valid)
    told = {m.source_row for m in taken.measurements} | {q.row for q in taken.quarantine}
    assert told == {row for row, _ in given_rows.rows}
