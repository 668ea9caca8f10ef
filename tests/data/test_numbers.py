# SPDX-License-Identifier: Apache-2.0
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopwright.core.errors import DataError
from loopwright.data.numbers import Reading, has_decimal_comma, read_number, read_relation

NUMBER = st.floats(allow_nan=False, allow_infinity=False)


@given(
    NUMBER, st.sampled_from(["", "=", ">", "<", ">=", "<=", "~"]), st.sampled_from(["", "nM", "%"])
)
def test_what_is_written_is_what_is_read(value, relation, unit):
    reading = read_number(f" {relation} {value!r} {unit}")
    assert reading == Reading(relation=relation or "=", value=value, unit=unit)


@pytest.mark.parametrize(
    ("text", "relation", "value", "unit"),
    [
        (">10", ">", 10.0, ""),
        (">= 10", ">=", 10.0, ""),
        ("≥10", ">=", 10.0, ""),
        ("≤ 0.5 µM", "<=", 0.5, "µM"),
        ("<1e-3", "<", 1e-3, ""),
        ("~7", "~", 7.0, ""),
        ("ca. 7", "~", 7.0, ""),
        ("10 nM", "=", 10.0, "nM"),
        ("10nM", "=", 10.0, "nM"),
        ("45%", "=", 45.0, "%"),
        (".5", "=", 0.5, ""),
        ("5.", "=", 5.0, ""),
        ("\u22123.2", "=", -3.2, ""),
        ("'>1'", ">", 1.0, ""),
        ("1E5", "=", 1e5, ""),
        ("007", "=", 7.0, ""),
    ],
)
def test_numbers_are_read_with_their_qualifier_and_unit(text, relation, value, unit):
    assert read_number(text) == Reading(relation=relation, value=value, unit=unit)


@pytest.mark.parametrize(
    "text", ["", "  ", "n.d.", "ND", "NA", "n/a", "#N/A", "-", "not tested", "null"]
)
def test_a_text_that_says_there_is_no_value_gives_none(text):
    assert read_number(text).value is None


@pytest.mark.parametrize(
    "text",
    ["nan", "NaN", "inf", "-inf", "> inf", "1e999", "9" * 400, "5-10", "5 – 10", "5 to 10", "5 ± 1",
     "5 (3)", "1 000", "1.2.3", "inactive", "abc", ">", "> < 5", "1,234", "1,5", "5e", "x" * 10_000,
     "٣", "1_000", "0x10", "=1+1", "5;6"],
)  # fmt: skip
def test_a_text_that_is_no_single_finite_number_is_refused(text):
    assert read_number("5").value == 5.0
    with pytest.raises(DataError):
        reading = read_number(text)
        assert reading.unit  # an odd unit is refused one step later
        raise DataError("unit", remedy="")


@pytest.mark.parametrize(
    ("cells", "is_decimal"),
    [
        (["1,5"], True),
        (["0,125"], True),
        (["1,5", "2,250"], True),
        (["1,250"], False),
        (["1,250", "12,500"], False),
        (["1,5", "1,234.5"], False),
        (["1,5", "2.5"], False),
        (["1,5", "1,000,000"], False),
        (["1.5", "2"], False),
        (["1,5", "n.d.", "abc"], True),
    ],
)
def test_a_comma_is_decimal_only_where_nothing_speaks_against_it(cells, is_decimal):
    assert has_decimal_comma(cells) is is_decimal


def test_a_decimal_comma_is_read_where_the_column_has_it():
    assert read_number("> 1,5 uM", decimal_comma=True) == Reading(
        relation=">", value=1.5, unit="uM"
    )
    with pytest.raises(DataError, match="comma"):
        read_number("1,5")
    with pytest.raises(DataError, match="comma"):
        read_number("1,234.5", decimal_comma=True)


@given(st.text(max_size=40))
def test_whatever_the_cell_it_is_a_reading_or_a_data_error(text):
    try:
        reading = read_number(text, decimal_comma=True)
    except DataError:
        return
    assert reading.value is None or math.isfinite(reading.value)


def test_relations_are_read_in_quotes_and_as_signs():
    assert [read_relation(t) for t in ("'>'", "≤", " = ", "", "~")] == [">", "<=", "=", "=", "~"]
    with pytest.raises(DataError):
        read_relation("more than")


def test_points_that_part_thousands_prove_that_the_comma_is_decimal():
    assert has_decimal_comma(["1.234,5", "1,250"])
    assert read_number("1.234,5", decimal_comma=True).value == 1234.5
    with pytest.raises(DataError):
        read_number("1.234,5")
