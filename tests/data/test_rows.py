# SPDX-License-Identifier: Apache-2.0
from functools import cache

import attrs
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopwright.core.values import Quarantined
from loopwright.data.rows import (
    CHUNK,
    Lines,
    Pile,
    Rows,
    column_of,
    fields_of,
    packed,
    schema_of,
    with_other,
)
from loopwright.data.tables import read_quarantine, write_quarantine


def place(i):
    return Quarantined(row=i, column="a", value=f"v{i % 7}", reason="r", remedy="m")


@cache
def piled(n):
    pile = Pile(Quarantined)
    for i in range(n):
        pile.append(place(i))
    return pile.done()


@pytest.mark.parametrize("n", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 5])
def test_a_pile_gives_back_what_was_put_on_it_in_the_same_order(n):
    rows = piled(n)
    assert len(rows) == n
    assert rows == tuple(place(i) for i in range(n))
    assert list(rows) == [place(i) for i in range(n)]


def test_a_small_pile_is_a_plain_tuple_and_a_large_one_is_kept_as_columns():
    assert isinstance(piled(5), tuple)
    assert isinstance(piled(CHUNK), Rows)


@given(place_=st.integers(-CHUNK - 8, CHUNK + 7))
def test_one_value_is_found_by_its_place_as_in_a_tuple(place_):
    rows = piled(CHUNK + 8)
    assert rows[place_] == place(place_ % len(rows))


def test_a_place_that_is_not_there_is_an_index_error():
    rows = piled(CHUNK + 8)
    assert rows[3:5] == (place(3), place(4))
    with pytest.raises(IndexError):
        rows[len(rows)]


def test_joined_parts_stand_behind_each_other_whether_tuple_or_columns():
    small, large = piled(3), piled(CHUNK)
    assert Pile.join(Quarantined, [small, small]) == (*small, *small)
    joined = Pile.join(Quarantined, [small, large])
    assert isinstance(joined, Rows)
    assert joined == (*small, *large)
    assert joined != (*large, *small)


def test_columns_and_a_tuple_of_the_same_values_are_written_as_the_same_bytes():
    rows = piled(CHUNK + 1)
    content = write_quarantine(rows)
    assert content == write_quarantine(tuple(rows))
    assert read_quarantine(content) == rows


def test_a_kind_has_the_same_columns_before_and_after_it_was_printed_as_json():
    before = schema_of(Quarantined)
    attrs.resolve_types(Quarantined)
    assert schema_of(Quarantined).equals(before) and before.field("row").type == pa.int64()


# ---- lines
def lines(n):
    return tuple(
        (i + 2, (f"C{i % 11}", "\ud800 odd" if i == 7 else f" {i} ", "")) for i in range(n)
    )


@pytest.mark.parametrize("n", [0, 1, CHUNK - 1, CHUNK, 2 * CHUNK + 5])
def test_packed_lines_are_those_that_were_given_letter_for_letter(n):
    kept = packed(iter(lines(n)))
    assert kept == lines(n)
    assert isinstance(kept, tuple if n < CHUNK else Lines)
    assert kept[:3] == lines(n)[:3]


def test_a_line_is_found_by_its_place_and_a_part_by_its_ends():
    kept, plain = packed(lines(CHUNK + 8)), lines(CHUNK + 8)
    assert (kept[0], kept[CHUNK], kept[-1]) == (plain[0], plain[CHUNK], plain[-1])
    assert kept[CHUNK - 2 : CHUNK + 2] == plain[CHUNK - 2 : CHUNK + 2]
    assert kept[::-1] == plain[::-1]


def test_lines_of_different_widths_or_none_are_kept_as_well():
    uneven = tuple((i, ("a",) * (i % 3)) for i in range(CHUNK))
    empty = tuple((i, ()) for i in range(CHUNK))
    assert packed(uneven) == uneven
    assert packed(empty) == empty


def test_one_field_is_read_without_the_others_packed_or_not():
    assert column_of(Quarantined, piled(5), "row").to_pylist() == list(range(5))
    assert column_of(Quarantined, piled(CHUNK + 3), "value")[CHUNK].as_py() == f"v{CHUNK % 7}"


def test_some_values_are_put_in_the_place_of_others_packed_or_not():
    for n in (5, 2 * CHUNK + 1):
        rows = piled(n)
        others = {0: place(77), n - 1: place(99)}
        changed = with_other(rows, others)
        assert changed[0] == place(77) and changed[n - 1] == place(99)
        assert changed[1 : n - 1] == rows[1 : n - 1]


def test_fields_are_read_value_by_value_packed_or_not():
    for n in (3, CHUNK + 1):
        told = fields_of(piled(n), "value", "row")
        assert list(told) == [(f"v{i % 7}", i) for i in range(n)]
