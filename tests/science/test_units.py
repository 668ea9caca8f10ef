# SPDX-License-Identifier: Apache-2.0
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopwright.core.errors import DataError
from loopwright.science.unit_text import ATOMS, parsed
from loopwright.science.units import (
    canonical,
    convert,
    convert_spread,
    flip,
    from_p,
    is_mass_per_volume,
    is_molar,
    molar_from_mass,
    to_p,
)

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


@pytest.mark.parametrize(
    "pair",
    [
        ("%", "1"),
        ("h", "g"),
        ("degC", "%"),
        ("nM", "%"),
        ("mL/min/kg", "mL/min/g"),
        ("mg/kg", "%"),
        ("h-1", "s"),
        ("log(mol/L)", "1"),
        ("nM", "ug/mL"),
        ("U", "IU"),
    ],
)
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


@pytest.mark.parametrize(
    ("spellings", "unit"),
    [
        (["10-6 cm/s", "10^-6 cm/s", "x10^-6 cm/s", "1e-6 cm/s", "×10⁻⁶ cm/s", "10^-6 cm s^-1"],
         "1e-6cm/s"),
        (["mL.min-1.kg-1", "ml/min/kg", "mL/(min·kg)", "mL min⁻¹ kg⁻¹"], "mL/min/kg"),
        (["µL/min/mg", "uL.min-1.mg-1", "ul/mg/min"], "uL/min/mg"),
        (["mol/L", "mmol/mL", "molar"], "M"),
        (["nmol/mL", "µmol·L⁻¹", "10^3nM", "micromolar"], "uM"),
        (["ug.mL-1", "µg/ml", "ug mL^-1"], "ug/mL"),
        (["10^6 cells/mL", "1e6cells/mL", "10*6 cells/mL"], "1e6cells/mL"),
    ],
)  # fmt: skip
def test_the_spellings_of_a_unit_are_one_unit(spellings, unit):
    assert {canonical(s) for s in spellings} == {unit}


@pytest.mark.parametrize("unit", ["mAU", "RFU", "RLU", "#", "#/μL", "pg/μL", "cells/mL", "mmHg"])
def test_units_of_instruments_are_kept(unit):
    assert canonical(canonical(unit)) == canonical(unit) == unit.replace("μ", "u")


@pytest.mark.parametrize(
    "text",
    ["MM", "PM", "UM", "Nm", "mm", "m", "u", "10E-6 cm/s", "nM*", "mL/min-1", "mL/min.kg", "O0",
     "x10-6", "d10", "10^6", "mg/mL/", "uL/min/mg protein", "e", "to"],
)  # fmt: skip
def test_what_may_be_two_units_or_none_is_refused(text):
    assert canonical("mM") == "mM"
    with pytest.raises(DataError, match="is not known"):
        canonical(text)


@given(st.sampled_from(sorted(ATOMS)), st.sampled_from(sorted(ATOMS)), st.integers(-9, 9))
def test_the_canonical_way_to_write_a_unit_is_its_own(one, other, power):
    for text in (one, f"{one}/{other}", f"1e{power} {one}/{other}", f"{one}.{other}"):
        try:
            unit = parsed(text)
        except DataError:
            continue
        assert parsed(canonical(text)) == unit


@pytest.mark.parametrize(
    ("value", "old", "new", "expected"),
    [
        (1.5, "h", "min", 90.0),
        (25.0, "degC", "K", 298.15),
        (98.6, "degF", "degC", 37.0),
        (1.0, "1e-6cm/s", "nm/s", 10.0),
        (1.0, "kcal/mol", "kJ/mol", 4.184),
        (3.0, "uL/min/mg", "mL/min/g", 3.0),
        (2.0, "ug/mL", "mg/L", 2.0),
        (60.0, "h-1", "min-1", 1.0),
        (1.0, "g/mol", "Da", 1.0),
    ],
)
def test_units_of_one_quantity_convert_by_their_definition(value, old, new, expected):
    assert convert(value, old, new) == expected
    assert convert(expected, new, old) == pytest.approx(value, rel=1e-15)


def test_a_difference_of_temperatures_has_no_zero():
    assert convert_spread(2.0, "degC", "K") == pytest.approx(2.0)
    assert convert(2.0, "degC", "K") == 275.15


@given(CONCENTRATION, st.sampled_from(["mg/mL", "ug/mL", "ng/mL", "g/L", "pg/uL"]), MOLAR)
def test_a_heavier_molecule_makes_fewer_moles_of_the_same_mass(value, unit, molar):
    light, heavy = (molar_from_mass(value, unit, molar, g_per_mol=w) for w in (180.0, 360.0))
    assert light == pytest.approx(2.0 * heavy, rel=1e-12)
    assert is_mass_per_volume(unit) and not is_mass_per_volume(molar)


def test_aspirin_of_180_g_per_mol_is_100_uM_at_18_mg_per_L():
    assert molar_from_mass(18.0, "mg/L", "uM", g_per_mol=180.0) == 100.0
    for weight in (0.0, -1.0, math.nan):
        with pytest.raises(DataError):
            molar_from_mass(18.0, "mg/L", "uM", g_per_mol=weight)
    with pytest.raises(DataError):
        molar_from_mass(18.0, "h", "uM", g_per_mol=180.0)
