# SPDX-License-Identifier: Apache-2.0
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopwright.core.errors import DataError
from loopwright.science.units import canonical, convert, flip, from_p, is_molar, to_p

MOLAR = st.sampled_from(["M", "mM", "uM", "µM", "μM", "nM", "pM"])
CONCENTRATION = st.floats(1e-6, 1e6)


@given(CONCENTRATION, MOLAR, MOLAR)
def test_converting_there_and_back_returns_the_value(value, one, other):
    assert convert(convert(value, one, other), other, one) == pytest.approx(value, rel=1e-12)


@given(CONCENTRATION, MOLAR, MOLAR)
def test_p_is_the_same_in_whatever_unit_the_concentration_is_given(value, one, other):
    assert to_p(convert(value, one, other), other) == pytest.approx(to_p(value, one), abs=1e-9)


@given(CONCENTRATION, MOLAR)
def test_from_p_undoes_to_p(value, unit):
    assert from_p(to_p(value, unit), unit) == pytest.approx(value, rel=1e-9)


@given(CONCENTRATION, CONCENTRATION)
def test_a_larger_concentration_has_a_smaller_p(one, other):
    if one < other:
        assert to_p(one, "nM") >= to_p(other, "nM")


@pytest.mark.parametrize(
    ("value", "unit", "p"),
    [(1.0, "M", 0.0), (1.0, "uM", 6.0), (10.0, "nM", 8.0), (1.0, "pM", 12.0)],
)
def test_known_concentrations_have_their_known_p(value, unit, p):
    assert to_p(value, unit) == p
    assert from_p(p, unit) == value


@pytest.mark.parametrize("relation", ["=", "<", ">", "<=", ">=", "~"])
def test_flipping_a_relation_twice_changes_nothing(relation):
    assert flip(flip(relation)) == relation


def test_a_lower_limit_on_a_concentration_is_an_upper_limit_on_p():
    assert [flip(r) for r in (">", ">=", "<", "<=")] == ["<", "<=", ">", ">="]
    assert flip("=") == "="


def test_millimolar_and_molar_prefixes_differ_by_case_alone():
    assert canonical("mM") == "mM"
    with pytest.raises(DataError):
        canonical("MM")


@pytest.mark.parametrize(
    ("text", "unit"),
    [("", "1"), ("log", "1"), ("nm", "nM"), ("°C", "degC"), ("ml/min", "mL/min"), ("percent", "%")],
)
def test_units_are_read_as_people_write_them(text, unit):
    assert canonical(text) == unit


def test_an_unknown_unit_is_refused_and_the_nearest_known_one_named():
    assert canonical("nM") == "nM"
    with pytest.raises(DataError, match="'nM'"):
        canonical("nMol")


def test_an_unknown_unit_passes_to_itself_and_to_nothing_else():
    assert convert(3.0, "mAU*min", "mAU*min") == 3.0
    with pytest.raises(DataError):
        convert(3.0, "mAU*min", "nM")


@pytest.mark.parametrize("pair", [("%", "1"), ("h", "g"), ("degC", "%"), ("nM", "%"), ("mL/min/kg", "mL/min/g"), ("mg/kg", "%"), ("h-1", "s"), ("log(mol/L)", "1"), ("nM", "ug/mL"), ("U", "IU")])
def test_units_of_different_things_do_not_convert(pair):
    assert convert(2.0, pair[0], pair[0]) == 2.0
    with pytest.raises(DataError, match="cannot be converted"):
        convert(2.0, *pair)


@pytest.mark.parametrize("pair", [("nM", "1"), ("1", "uM"), ("log", "M")])
def test_a_concentration_and_its_logarithm_are_never_mixed_in_silence(pair):
    assert convert(2.0, "nM", "pM") == 2000.0
    with pytest.raises(DataError, match="log scale"):
        convert(2.0, *pair)


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
def test_what_is_no_positive_number_has_no_p(value):
    assert to_p(1e-9, "M") == 9.0
    with pytest.raises(DataError):
        to_p(value, "nM")


def test_only_concentrations_have_a_p():
    assert is_molar("µM") and not is_molar("%") and not is_molar("parsec")
    with pytest.raises(DataError):
        to_p(1.0, "%")
    with pytest.raises(DataError):
        from_p(1e6, "nM")
