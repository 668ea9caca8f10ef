# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopwright.data import oddities

RNG = np.random.default_rng(4)
ORDINARY = RNG.normal(6.0, 0.6, 300)


def test_a_run_of_rows_three_decades_off_is_found_whole_and_no_other_row():
    assert len(oddities.shifted_block(ORDINARY)) == 0
    x = ORDINARY.copy()
    x[100:130] += 3.0
    found = set(oddities.shifted_block(x).tolist())
    assert len(found & set(range(100, 130))) >= 10 and not found - set(range(100, 130))


def test_a_sorted_table_has_no_run_that_is_off():
    assert len(oddities.shifted_block(np.sort(RNG.normal(6.0, 1.0, 400)))) == 0


@given(st.integers(20, 60), st.floats(4.0, 6.0), st.floats(1.01, 9.0), st.floats(0.0, 0.99))
def test_a_gap_of_more_than_a_decade_is_found_and_a_narrower_one_is_not(n, low, wide, narrow):
    x = np.linspace(low, low + 2.0, n)
    for sign in (1.0, -1.0):
        beyond = np.append(sign * x, sign * x[-1] + sign * wide)
        assert oddities.beyond_the_rest(beyond, is_in_decades=True).tolist() == [n]
        near = np.append(sign * x, sign * x[-1] + sign * narrow)
        assert oddities.beyond_the_rest(near, is_in_decades=True).tolist() == []


@given(st.permutations(range(30)))
def test_the_order_of_rows_does_not_matter_to_what_is_beyond_the_rest(order):
    x = np.append(np.linspace(5.0, 7.0, 29), 9.5)[list(order)]
    assert oddities.beyond_the_rest(x, is_in_decades=True).tolist() == [list(order).index(29)]


def test_fewer_than_twenty_values_do_not_say_what_is_usual():
    x = np.append(np.linspace(5.0, 7.0, 18), 99.0)
    assert len(oddities.beyond_the_rest(x, is_in_decades=True)) == 0


def test_replicates_are_found_by_subject_and_assay():
    x = np.array([1.0, 4.0, 1.0, 1.1, 4.1, 1.0, 4.0, 1.0, 3.9])
    subject = np.array([0, 0, 1, 1, 1, 2, 2, 3, 3])
    assay = np.array([0, 0, 0, 0, 0, 0, 1, 0, 1])
    assert oddities.apart_from_replicates(x, subject, assay).tolist() == [0, 1, 4, 5, 6]


def test_a_column_and_its_p_values_are_told_by_their_sum():
    x = RNG.normal(-7.0, 1.0, 100)
    assert oddities.twin_offset(x, -x, share=0.8) == pytest.approx(0.0, abs=1e-12)
    assert oddities.twin_offset(x, RNG.normal(7.0, 1.0, 100), share=0.8) is None
    assert oddities.twin_offset(np.full(100, -7.0), np.full(100, 7.0), share=0.8) is None


@pytest.mark.parametrize(
    ("property", "unit", "good", "bad"),
    [
        ("pIC50", "1", [4.0, 12.0], [66.0, -9.0]),
        ("temperature", "degC", [-80.0, 400.0], [-300.0]),
        ("yield", "%", [0.0, 104.0], [150.0, -20.0]),
        ("inhibition", "%", [-40.0, 140.0], [4000.0]),
        ("half-life", "h", [0.0, 9000.0], [-1.0]),
        ("Ki", "nM", [0.001, 1e9], [0.0, -5.0, 1.1e11]),
        ("solubility", "M", [0.0, 55.0], [-1.0, 630.0]),
        ("docking score", "kcal/mol", [-12.0, 3.0], []),
    ],
)
def test_only_what_nature_does_not_have_is_impossible(property, unit, good, bad):
    values = np.array([*good, *bad])
    found = oddities.impossible(values, property, unit)
    assert values[found].tolist() == bad
