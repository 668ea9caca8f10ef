# SPDX-License-Identifier: Apache-2.0
"""Wells have one name each, and no other place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopwright.core.errors import DataError
from loopwright.science.wells import (
    FORMATS,
    every_well,
    is_edge,
    number_down,
    padded,
    place_of,
    plain,
    shape_of,
    well_at,
    well_numbered,
)

LAST = {96: "H12", 384: "P24", 1536: "AF48"}


@pytest.mark.parametrize("n_wells", FORMATS)
def test_a_plate_has_as_many_wells_as_its_format_says_and_ends_where_vendors_say(n_wells):
    wells = every_well(n_wells)
    assert len(set(wells)) == len(wells) == n_wells
    assert (wells[0], wells[-1]) == ("A1", LAST[n_wells])


@pytest.mark.parametrize("n_wells", FORMATS)
def test_every_name_of_a_well_leads_back_to_its_place(n_wells):
    for well in every_well(n_wells):
        row, column = place_of(well, n_wells)
        assert well_at(row, column) == well == plain(padded(well))
        assert place_of(padded(well).lower(), n_wells) == (row, column)
        assert well_numbered(number_down(well, n_wells), n_wells) == well


@pytest.mark.parametrize("n_wells", FORMATS)
def test_padded_names_sort_down_the_columns_of_a_row(n_wells):
    rows, columns = shape_of(n_wells)
    first = [padded(well_at(0, c)) for c in range(columns)]
    assert first == sorted(first)
    assert sum(is_edge(w, n_wells) for w in every_well(n_wells)) == 2 * (rows + columns) - 4


def test_wells_are_numbered_down_the_columns():
    assert [number_down(w, 384) for w in ("A1", "P1", "A2", "P24")] == [1, 16, 17, 384]
    assert number_down("AF48", 1536) == 1536


@pytest.mark.parametrize("text", ["", "A", "1", "A0", "AAA1", "A1B", "Ä1", "A-1", "A٣", "=A1"])
def test_what_is_no_well_is_refused(text):
    assert plain("a001") == "A1"
    with pytest.raises(DataError, match="is no well"):
        plain(text)


@pytest.mark.parametrize(
    ("well", "n_wells"), [("I1", 96), ("A13", 96), ("Q1", 384), ("AG1", 1536), ("ZZ99", 1536)]
)
def test_a_well_that_the_plate_does_not_have_is_refused(well, n_wells):
    assert place_of(LAST[n_wells], n_wells)
    with pytest.raises(DataError, match="has no well"):
        place_of(well, n_wells)


@pytest.mark.parametrize("n_wells", [0, 95, 6])
def test_a_format_that_does_not_exist_is_refused(n_wells):
    with pytest.raises(DataError, match="96, 384, 1536"):
        shape_of(n_wells)


@pytest.mark.parametrize("number", [0, 97, -1])
def test_a_number_that_no_well_has_is_refused(number):
    assert well_numbered(96, 96) == "H12"
    with pytest.raises(DataError, match="has no well number"):
        well_numbered(number, 96)


@given(st.text(max_size=6))
def test_whatever_the_text_it_is_a_well_or_a_data_error(text):
    try:
        well = plain(text)
    except DataError:
        return
    assert plain(well) == well
