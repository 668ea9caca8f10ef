# SPDX-License-Identifier: Apache-2.0
"""A plate drawn as a matrix becomes one row for each well, by name and never by position alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopwright.core.values import RawTable
from loopwright.data.matrices import COLUMNS, has_axis, tables_of, with_wells
from loopwright.science.wells import well_at

SHAPES = {6: (2, 3), 12: (3, 4), 24: (4, 6), 48: (6, 8), 96: (8, 12), 384: (16, 24), 1536: (32, 48)}


def drawn(n_rows, n_columns, value, *, corner="", before=0):
    """A matrix as lines of cells; ``value`` says what stands in a well."""
    pad = [""] * before
    lines = [[*pad, corner, *(str(c + 1) for c in range(n_columns))]]
    for r in range(n_rows):
        cells = [value(well_at(r, c)) for c in range(n_columns)]
        lines.append([*pad, well_at(r, 0)[:-1], *cells])
    return lines


def numbered(lines, start=1):
    return list(enumerate(lines, start=start))


def values(table):
    return {cells["well"]: cells["value"] for _, cells in table}


@pytest.mark.parametrize("n_wells", SHAPES)
def test_every_well_of_a_plate_of_each_size_is_found_by_its_name(n_wells):
    (table,) = tables_of(
        numbered(drawn(*SHAPES[n_wells], lambda well: f"{sum(map(ord, well)) % 97}"))
    )
    assert table.columns == COLUMNS and table.faults == ()
    assert values(table) == {
        well_at(r, c): f"{sum(map(ord, well_at(r, c))) % 97}"
        for r in range(SHAPES[n_wells][0])
        for c in range(SHAPES[n_wells][1])
    }
    assert [n for n, _ in table.rows] == list(range(1, n_wells + 1))


@given(
    shape=st.sampled_from(sorted(SHAPES.values())[:5]),
    corner=st.sampled_from(["", "<>", "OD450", "x"]),
    before=st.integers(0, 3),
    n_blocks=st.integers(1, 3),
    data=st.data(),
)
def test_blocks_anywhere_in_a_sheet_give_each_well_its_own_value(
    shape, corner, before, n_blocks, data
):
    lines, told = [], []
    for block in range(n_blocks):
        n_title = data.draw(st.integers(0, 2))
        lines += [[f"title {block} {n}"] for n in range(n_title)]
        truth = {
            well_at(r, c): str(data.draw(st.integers(-9, 99)))
            for r in range(shape[0])
            for c in range(shape[1])
        }
        told.append(truth)
        lines += drawn(*shape, truth.__getitem__, corner=corner, before=before)
    tables = tables_of(numbered([*lines, ["end of report"]]))
    assert [values(t) for t in tables] == told
    assert len({t.sheet for t in tables}) == n_blocks
    assert any("end of report" in text for t in tables for _, text in t.notes)


def test_what_stands_above_a_block_says_plate_time_and_reading():
    grid = drawn(8, 12, lambda well: "0.5")
    first = [["Plate ID", "P-7"], ["Date: 2026-03-04 10:00"], ["Absorbance 450 nm"]]
    second = [["Barcode: P-8"], ["Date: 2026-03-04 10:05"], ["Absorbance 450 nm"]]
    above = [["Instrument: reader of the third floor"]]
    one, two = tables_of(numbered([*above, *first, *grid, *second, *grid]))
    told = [next(iter(t))[1] for t in (one, two)]
    assert [(c["plate"], c["measured at"]) for c in told] == [
        ("P-7", "2026-03-04 10:00"),
        ("P-8", "2026-03-04 10:05"),
    ]
    assert {(c["assay"], c["property"]) for c in told} == {("Absorbance 450 nm", "absorbance")}
    assert one.notes[0] == (1, "Instrument: reader of the third floor")


def test_lines_without_a_letter_are_further_readings_of_the_line_above():
    lines = [["", "1", "2", "3", ""]]
    for letter, a, b in (("A", "1", "2"), ("B", "3", "4")):
        lines += [[letter, a, a, a, "450"], ["", b, b, b, "540"]]
    (table,) = tables_of(numbered(lines))
    told = {(c["well"], c["assay"]): c["value"] for _, c in table}
    assert told["A1", "450"] == "1" and told["B3", "540"] == "4" and len(told) == 12


def test_a_block_of_words_beside_readings_is_their_layout():
    layout = drawn(8, 12, lambda well: f"CPD-{well}")
    readings = drawn(8, 12, lambda well: "0.5")
    for lines in ([*layout, *readings], [*readings, *layout]):
        (table,) = tables_of(numbered(lines))
        assert all(c["sample"] == f"CPD-{c['well']}" and c["value"] == "0.5" for _, c in table)
    (alone,) = tables_of(numbered(layout))
    assert {(c["sample"], c["value"]) for _, c in alone} == {
        (f"CPD-{well_at(r, c)}", "") for r in range(8) for c in range(12)
    }


def test_a_plate_that_is_cut_short_keeps_what_is_there_and_says_what_is_missing():
    whole = drawn(8, 12, lambda well: "5")
    assert tables_of(numbered(whole))[0].faults == ()
    (short,) = tables_of(numbered(whole[:6]))
    assert len(short.rows) == 60
    assert "rows F to H of a plate of 96" in short.faults[0].reason
    (narrow,) = tables_of(numbered([line[:11] for line in whole]))
    assert len(narrow.rows) == 80
    assert "columns 11 to 12" in narrow.faults[0].reason


def test_cells_without_a_number_stay_what_they_are():
    cells = {"B2": "OVRFLW", "C3": ">3.5", "D4": ""}
    (table,) = tables_of(numbered(drawn(8, 12, lambda well: cells.get(well, "0.1"))))
    assert {w: v for w, v in values(table).items() if w in cells} == cells


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([["id", "1", "2", "3"], ["x", "5", "6", "7"]], id="rows that are no letters"),
        pytest.param([["id", "2", "3", "4"], ["A", "5", "6", "7"]], id="columns from two on"),
        pytest.param([["name", "IC50"], ["A", "5"], ["B", "6"]], id="a table of two columns"),
        pytest.param([["", "1", "2", "3"], ["A", "5", "6", "7"]], id="one short line alone"),
        pytest.param([["1", "2", "3"], ["A", "B", "C"]], id="no room for letters"),
        pytest.param([], id="nothing"),
    ],
)
def test_a_table_that_is_no_plate_is_left_alone(lines):
    assert has_axis(drawn(2, 3, lambda well: "5"))
    assert not has_axis(lines) and tables_of(numbered(lines)) == ()


@pytest.mark.parametrize(
    ("columns", "cells", "well"),
    [
        (("Well Row", "Well Col", "x"), ("B", "03", "1"), "B3"),
        (("row", "column"), ("AF", "48"), "AF48"),
        (("Well_Row", "Well_Column"), ("h", "12.0"), "H12"),
        (("Row", "Column"), ("6", "7"), None),
        (("Well", "Row", "Column"), ("A1", "A", "1"), None),
    ],
)
def test_a_letter_and_a_number_in_two_columns_name_a_well(columns, cells, well):
    table = RawTable(columns=columns, rows=((2, cells),))
    made = with_wells(table)
    if well is None:
        assert made == table
    else:
        assert made.columns == (*columns, "well") and made.rows == ((2, (*cells, well)),)
