# SPDX-License-Identifier: Apache-2.0
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopwright.core.errors import DataError
from loopwright.data.numbers import (
    Reading,
    has_decimal_comma,
    read_cell,
    read_number,
    read_relation,
)

NUMBER = st.floats(-1e30, 1e30)


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
    ["nan", "NaN", "inf", "-inf", "> inf", "1e999", "9" * 400, "1e100", "> -1e31", "10^40",
     "10-5", "5 – 5", "10-6",
     "5-6-7", "03-04", "3-2026", "<5-6", "5 nM - 6 uM", "5-6e3", "1..2", "> 5 ± 1", "5 ± 1 (2)",
     "5.2 [4-6]", "2-Mar",
     "5²", "2026-03-04", "1/2", "5.3 x 10e-6 x", "10^-6 cm/s", "1O0", "1.5x10-6", "½", "12:30",
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


@pytest.mark.parametrize(
    ("text", "low", "high", "unit"),
    [
        ("5-6", 5.0, 6.0, ""),
        ("5 – 6", 5.0, 6.0, ""),
        ("5 to 6 uM", 5.0, 6.0, "uM"),
        ("between 5 and 6 nM", 5.0, 6.0, "nM"),
        ("[5, 6]", 5.0, 6.0, ""),
        ("5 uM - 6 uM", 5.0, 6.0, "uM"),
        ("10-20 %", 10.0, 20.0, "%"),
        ("-5 to -3", -5.0, -3.0, ""),
        ("-5--3", -5.0, -3.0, ""),
        ("5e-3-6e-3", 5e-3, 6e-3, ""),
    ],
)
def test_a_range_is_read_as_its_two_ends(text, low, high, unit):
    assert read_cell(text) == Reading(value=low, upper=high, unit=unit)


@given(NUMBER, NUMBER, st.sampled_from([" to ", " - ", "…"]), st.sampled_from(["", " nM", "%"]))
def test_any_two_ascending_numbers_are_a_range_and_no_others(low, high, between, unit):
    text = f"{low:f}{between}{high:f}{unit}"
    if float(f"{low:f}") < float(f"{high:f}") and len(text) < 200:
        reading = read_cell(text)
        assert (reading.value, reading.upper) == (float(f"{low:f}"), float(f"{high:f}"))
    else:
        with pytest.raises(DataError):
            read_cell(text)


@pytest.mark.parametrize(
    ("text", "spread", "n"),
    [
        ("5.2 ± 0.3 nM", 0.3, None),
        ("5.2 +/- 0.3 nM", 0.3, None),
        ("5.2 nM ± 0.3 nM", 0.3, None),
        ("5.2 (0.3) nM", 0.3, None),
        ("5.2 nM (n=3)", None, 3),
        ("5.2 ± 0.3 nM (n = 3)", 0.3, 3),
    ],
)
def test_a_spread_and_a_count_behind_a_number_are_read(text, spread, n):
    assert read_cell(text) == Reading(value=5.2, unit="nM", spread=spread, n=n)


@pytest.mark.parametrize(
    "text",
    ["inactive", "Not active", "no inhibition", "BQL", "BLQ", "<LOD", "< LLOQ", "OVRFLW", ">max",
     "not detected", "above range", "saturated", "n.b.", "NB"],
)  # fmt: skip
def test_a_word_for_a_limit_is_no_number_and_not_nothing(text):
    assert read_cell("ND (solubility)").value is None
    with pytest.raises(DataError, match="a limit, but not which") as caught:
        read_cell(text)
    assert "highest dose" in caught.value.remedy


@pytest.mark.parametrize("text", ["#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#####"])
def test_an_error_of_a_spreadsheet_is_named_as_one(text):
    with pytest.raises(DataError, match="error of a spreadsheet"):
        read_cell(text)


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("1.5 x 10^-6", 1.5e-6, ""),
        ("1.5×10⁻⁶ M", 1.5e-6, "M"),
        ("1.5*10^-6", 1.5e-6, ""),
        ("5E-7 M", 5e-7, "M"),
        ("10^-6", 1e-6, ""),
        ("１２．５", 12.5, ""),
        ("1'250.5", 1250.5, ""),
        ("1\u00a0250 nM", 1250.0, "nM"),
        ("1\u2009250\u2009000", 1.25e6, ""),
        ("5.3 10^-6 cm/s", 5.3, "10^-6 cm/s"),
        ("0.4 (unitless)", 0.4, "(unitless)"),
    ],
)
def test_powers_of_ten_and_signs_of_print_are_read(text, value, unit):
    assert read_cell(text) == Reading(value=value, unit=unit)


@given(st.integers(-999, 999), st.integers(-30, 27), st.sampled_from(["x", "×", "*", "·"]))
def test_a_power_of_ten_in_any_dress_is_the_same_number(mantissa, power, sign):
    raised = str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    expected = float(f"{mantissa}e{power}")
    assert read_cell(f"{mantissa} {sign} 10^{power}").value == expected
    assert read_cell(f"{mantissa}{sign}10{raised}").value == expected


@pytest.mark.parametrize("text", ["＞10", "> 10", "﹥10", ">\u00a010"])
def test_a_qualifier_is_kept_in_whatever_width_it_is_printed(text):
    assert read_cell(text) == Reading(relation=">", value=10.0)


@given(st.integers(0, 10**9), st.sampled_from(["'", "\u00a0", "\u2009", "\u202f", "’"]))
def test_thousands_that_are_parted_by_print_are_closed_up_and_plain_blanks_are_not(value, sign):
    text = f"{value:,}"
    assert read_cell(text.replace(",", sign)).value == value
    if "," in text:
        with pytest.raises(DataError):
            read_cell(text.replace(",", " "))


@pytest.mark.parametrize("text", ["5-6", "5 ± 1", "5 (n=3)"])
def test_where_one_number_is_asked_for_a_range_and_a_spread_are_refused(text):
    assert read_cell(text).value == 5.0
    with pytest.raises(DataError):
        read_number(text)
