# SPDX-License-Identifier: Apache-2.0
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from loopwright.science.agreement import agreement

WRIGHT = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
MINI = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]
"""Peak expiratory flow in L/min of 17 people, by a large and by a mini meter: first readings."""

NUMBERS = st.lists(
    st.tuples(st.integers(-50, 50).map(float), st.integers(-50, 50).map(float)), max_size=12
)


def arrays(pairs):
    return np.array([a for a, _ in pairs], float), np.array([b for _, b in pairs], float)


def test_the_worked_example_of_bland_and_altman_comes_out_as_published():
    found = agreement(np.array(MINI, float), np.array(WRIGHT, float), tolerances=(38.8,))
    assert found.n == 17
    assert found.bias == pytest.approx(-2.1, abs=0.05)
    assert found.sd == pytest.approx(38.8, abs=0.05)
    assert found.pearson == pytest.approx(0.94, abs=0.005)
    assert (found.bias_low, found.bias_high) == pytest.approx((-22.0, 17.8), abs=0.1)
    # Published with 2 standard deviations for 1.96, and rounded: -79.7 and 75.5.
    assert (found.bias - 2 * found.sd, found.bias + 2 * found.sd) == pytest.approx(
        (-79.7, 75.5), abs=0.1
    )
    assert (found.low, found.high) == pytest.approx((-78.1, 73.9), abs=0.1)


def test_ranks_agree_with_those_of_another_hand():
    found = agreement(np.array(MINI, float), np.array(WRIGHT, float))
    assert found.spearman == pytest.approx(spearmanr(MINI, WRIGHT).statistic)


@given(NUMBERS)
def test_turning_the_pair_round_turns_the_difference_round(pairs):
    one, other = arrays(pairs)
    there, back = agreement(one, other, tolerances=(1.0,)), agreement(other, one, tolerances=(1.0,))
    assert there.bias == -back.bias or math.isnan(there.bias)
    assert there.low == -back.high or math.isnan(there.low)
    assert there.pearson == pytest.approx(back.pearson, nan_ok=True)
    assert there.within == pytest.approx(back.within, nan_ok=True)


@given(NUMBERS, st.integers(-20, 20))
def test_a_constant_difference_is_all_bias_and_leaves_no_scatter(pairs, shift):
    one, _ = arrays(pairs)
    found = agreement(one, one + shift, tolerances=(abs(shift), abs(shift) - 0.5))
    if len(one) > 1:
        assert (found.bias, found.sd, found.low, found.high) == (shift, 0.0, shift, shift)
        assert found.within == (1.0, 0.0)


def test_too_few_pairs_give_no_number():
    none, lone = agreement(np.array([]), np.array([])), agreement(np.array([5.0]), np.array([6.0]))
    assert none.n == 0 and math.isnan(none.bias)
    assert lone.bias == 1.0 and math.isnan(lone.sd) and math.isnan(lone.bias_low)
    two = agreement(np.array([5.0, 6.0]), np.array([6.0, 6.5]))
    assert two.sd > 0 and math.isnan(two.pearson)


def test_the_interval_of_the_bias_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(0)
    truth = rng.normal(6, 1, (4000, 8))
    first, second = (truth + rng.normal(shift, 0.3, truth.shape) for shift in (0.0, 0.2))
    found = [agreement(a, b) for a, b in zip(first, second, strict=True)]
    assert np.mean([f.bias_low <= 0.2 <= f.bias_high for f in found]) == pytest.approx(
        0.95, abs=0.01
    )
