# SPDX-License-Identifier: Apache-2.0
"""Where a well lies, and what it reads."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopwright.core.errors import DataError
from loopwright.science.plate_patterns import (
    drift,
    edge_effect,
    group_effect,
    leftover,
    median_polish,
    signal_window,
)


def test_median_polish_gives_the_published_answer():
    """Velleman & Hoaglin (1981), ABC of EDA: deaths from sport parachuting, as in R's medpolish."""
    deaths = np.array([[14, 15, 14], [7, 4, 7], [8, 2, 10], [15, 9, 10], [0, 2, 0]], float)
    found = median_polish(deaths)
    assert found.overall == 8
    assert found.rows.tolist() == [6, -1, 0, 2, -8] and found.columns.tolist() == [0, -1, 0]
    assert found.residuals.tolist() == [[0, 2, 0], [0, -2, 0], [0, -5, 2], [5, 0, 0], [0, 3, 0]]


@given(seed=st.integers(0, 1000), gone=st.integers(0, 30))
def test_a_polished_table_adds_up_to_itself(seed, gone):
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(8, 12))
    table.flat[rng.permutation(96)[:gone]] = np.nan
    found = median_polish(table)
    again = found.overall + found.rows[:, None] + found.columns[None, :] + found.residuals
    assert np.allclose(again, table, equal_nan=True)


def test_an_empty_table_is_refused():
    with pytest.raises(DataError, match="no value to polish"):
        median_polish(np.full((8, 12), np.nan))


def test_the_test_for_an_edge_effect_agrees_with_exact_counts():
    """Two groups of 3 and 4 that do not overlap: 2 of 35 orders are as extreme."""
    values = np.array([10.0, 11, 12, 1, 2, 3, 4])
    found = edge_effect(values, np.array([True] * 3 + [False] * 4))
    assert found.p_value == pytest.approx(2 / 35) and found.shift == 8.5
    assert (found.n_edge, found.n_inner) == (3, 4)
    assert edge_effect(values[:5], np.array([True] * 3 + [False] * 2)) is None


@given(st.integers(0, 10_000))
def test_what_wells_hold_is_no_edge_effect_and_an_edge_effect_is_found(seed):
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, 4, 384)
    is_edge = np.zeros((16, 24), bool)
    is_edge[[0, -1]] = is_edge[:, [0, -1]] = True
    values = 100.0 * groups + rng.normal(size=384) + 3.0 * is_edge.ravel()
    found = edge_effect(leftover(values, groups.tolist()), is_edge.ravel())
    assert found.p_value < 1e-6 and 2 < found.shift < 4


def test_chance_is_called_an_edge_effect_as_often_as_was_promised():
    rng = np.random.default_rng(0)
    is_edge = np.arange(96) < 36
    hits = [edge_effect(rng.normal(size=96), is_edge).p_value < 0.05 for _ in range(1000)]
    assert 0.03 < np.mean(hits) < 0.07


def test_rows_of_different_levels_are_told_and_equal_ones_are_not():
    rng = np.random.default_rng(1)
    rows = np.repeat(np.arange(8), 12)
    assert group_effect(rows * 0.5 + rng.normal(size=96), rows) < 1e-3
    assert group_effect(rng.normal(size=96), rows) > 0.01
    assert group_effect(np.array([1.0, 2, 3]), np.array([0, 0, 0])) is None


def test_a_trend_over_plates_is_told_and_too_few_plates_tell_nothing():
    assert drift([5, 4, 3, 2, 1.0]).tau == pytest.approx(-1)
    assert drift([1.0, 2.0, 3.0]) is None and drift([1.0] * 9) is None
    assert drift([1.0, math.nan, 2, 3, 4]).n == 4


def test_a_signal_window_is_counted_in_deviations_of_the_stronger_signal():
    """Sittampalam et al.: (mean difference - 3 (sd + sd)) / sd of the signal."""
    high, low = np.array([90.0, 100.0, 110.0]), np.array([8.0, 10.0, 12.0])
    assert signal_window(high, low) == signal_window(low, high) == pytest.approx((90 - 36) / 10)
    assert math.isnan(signal_window(np.array([5.0, 5.0]), np.array([1.0, 1.0])))
