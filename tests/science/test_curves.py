# SPDX-License-Identifier: Apache-2.0
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loopwright.core.errors import DataError
from loopwright.science.curves import Rules, fit_curve
from loopwright.science.logistic import Bounds

X = np.repeat(np.linspace(-9.0, -5.0, 9), 2)
DOSE = 10.0**X
NOISE = np.tile([2.0, -2.0], 9)
"""Replicates differ, their mean is the truth."""


def _rise(x, *, bottom=0.0, top=100.0, middle=-7.0, hill=1.0):
    return bottom + (top - bottom) / (1 + 10 ** (hill * (middle - x)))


def _bell(x, *, middle=-8.0, left=0.2):
    return _rise(x, middle=middle) * (1 - (1 - left) * _rise(x, middle=-5.8, hill=2) / 100)


def _told(curve, words):
    return any(words in flag for flag in curve.flags)


def test_a_clean_curve_has_a_value_an_interval_and_no_flag():
    curve = fit_curve(DOSE, _rise(X) + NOISE)
    assert (curve.relation, curve.flags) == ("=", ())
    low, high = curve.interval_molar
    assert low < 1e-7 < high and low < curve.ec50_molar < high
    assert curve.fit.r_squared > 0.99 and curve.fit.residual_sd < 4
    assert all(w.is_used and not w.reason for w in curve.wells)


@settings(max_examples=8)
@given(st.floats(-8.2, -5.8), st.floats(0.7, 1.8), st.permutations(range(len(X))))
def test_neither_the_order_of_wells_nor_the_sign_of_the_effect_matters(middle, hill, order):
    y = _rise(X, middle=middle, hill=hill) + NOISE
    order = np.array(order)
    one = fit_curve(DOSE, y)
    other = fit_curve(DOSE[order], 100 - y[order], direction="falling")
    assert one.relation == other.relation == "=" and len(one.flags) == len(other.flags)
    assert other.ec50_molar == pytest.approx(one.ec50_molar, rel=1e-3)
    assert other.fit.hill.value == pytest.approx(-one.fit.hill.value, rel=1e-3)
    assert other.fit.bottom.low == pytest.approx(100 - one.fit.top.high, abs=0.2)


@settings(max_examples=8)
@given(st.floats(-3, 3))
def test_a_unit_of_concentration_moves_the_value_and_nothing_else(decades):
    one, other = fit_curve(DOSE, _rise(X) + NOISE), fit_curve(DOSE * 10**decades, _rise(X) + NOISE)
    assert other.ec50_molar == pytest.approx(one.ec50_molar * 10**decades, rel=1e-3)
    assert other.flags == one.flags


def test_no_response_is_a_lower_limit_at_the_highest_concentration():
    curve = fit_curve(DOSE, NOISE)
    assert (curve.relation, curve.fit, curve.interval_molar) == (">", None, None)
    assert curve.ec50_molar == pytest.approx(1e-5) and _told(curve, "no response")
    assert fit_curve(DOSE, np.zeros(len(X))).relation == ">"


def test_full_effect_everywhere_is_an_upper_limit_at_the_lowest_concentration():
    curve = fit_curve(DOSE, 100 + NOISE)
    assert (curve.relation, curve.fit) == ("<", None)
    assert curve.ec50_molar == pytest.approx(1e-9)
    late = fit_curve(DOSE, _rise(X, middle=-9.4) + NOISE)
    assert (late.relation, late.fit) == ("<", None) and _told(late, "saturated")


@pytest.mark.parametrize("middle", [-4.9, -4.7, -4.4, -4.0])
def test_a_curve_that_does_not_reach_half_the_effect_is_a_limit_not_a_number(middle):
    curve = fit_curve(DOSE, _rise(X, middle=middle) + NOISE)
    assert (curve.relation, curve.fit) == (">", None)
    assert curve.ec50_molar == pytest.approx(1e-5) and _told(curve, "half the effect")


def test_a_missing_upper_plateau_is_told_beside_the_value():
    curve = fit_curve(DOSE, _rise(X, middle=-5.3) + NOISE)
    assert curve.relation == "=" and _told(curve, "upper plateau not reached")
    assert curve.interval_molar[0] < 10**-5.3 < curve.interval_molar[1]


def test_a_missing_lower_plateau_is_told_beside_the_value():
    curve = fit_curve(DOSE, _rise(X, middle=-8.7) + NOISE)
    assert curve.relation == "=" and _told(curve, "lower plateau not reached")


def test_a_partial_effect_with_its_plateau_is_a_value_with_a_flag():
    curve = fit_curve(DOSE, _rise(X, top=45.0, middle=-7.5) + NOISE)
    assert curve.relation == "=" and _told(curve, "far from 100 %")
    assert curve.ec50_molar == pytest.approx(10**-7.5, rel=0.5)


def test_a_bell_is_fitted_on_its_rising_part_alone_and_its_other_wells_are_named():
    curve = fit_curve(DOSE, _bell(X) + NOISE)
    assert curve.relation == "=" and _told(curve, "bell shape")
    assert curve.interval_molar[0] < 1e-8 < curve.interval_molar[1]
    past = [w for w in curve.wells if not w.is_used]
    assert past and all("peak" in w.reason and w.concentration_molar > 1e-7 for w in past)
    assert fit_curve(DOSE, _rise(X, middle=-8.0) + NOISE).wells[-1].is_used


def test_a_bell_without_a_plateau_before_its_fall_has_no_value():
    y = np.where(X < -5.9, _rise(X, middle=-6.2, hill=0.8), 10.0) + NOISE
    curve = fit_curve(DOSE, y)
    assert (curve.relation, curve.fit, curve.ec50_molar) == (None, None, None)
    assert _told(curve, "bell shape") and _told(curve, "no plateau")
    assert not any(w.is_used for w in curve.wells)


def test_noise_without_a_curve_bears_out_nothing():
    rng = np.random.default_rng(2)
    curve = fit_curve(DOSE, rng.normal(50, 40, len(X)))
    assert (curve.relation, curve.fit, curve.ec50_molar) == (None, None, None)
    assert _told(curve, "no limit")


def test_a_response_against_the_direction_is_not_fitted():
    curve = fit_curve(DOSE, 100 - _rise(X) + NOISE)
    assert curve.fit is None and curve.relation is None and curve.flags
    assert fit_curve(DOSE, 100 - _rise(X) + NOISE, direction="falling").relation == "="


def test_too_few_concentrations_are_not_fitted_however_many_wells_they_have():
    dose = np.repeat([1e-8, 1e-7, 1e-6, 1e-5], 6)
    curve = fit_curve(dose, _rise(np.log10(dose)) + np.tile([1.0, -1.0], 12))
    assert curve.fit is None and curve.relation is None
    assert curve.flags == ("4 distinct concentrations where 5 are needed; not fitted",)


def test_a_steep_slope_is_told():
    curve = fit_curve(DOSE, _rise(X, middle=-7.05, hill=6.0) + NOISE)
    assert curve.relation == "=" and _told(curve, "Hill slope")


def test_an_outlying_well_is_named_and_kept():
    y = _rise(X) + NOISE
    y[14] -= 35
    curve = fit_curve(DOSE, y, names=[f"B{i + 2}" for i in range(len(X))])
    assert _told(curve, "well B16 lies far off the curve") and curve.wells[14].is_used


def test_wells_without_a_response_stay_in_the_list_and_out_of_the_fit():
    y = _rise(X) + NOISE
    y[3] = np.nan
    curve = fit_curve(DOSE, y)
    without = fit_curve(np.delete(DOSE, 3), np.delete(y, 3))
    assert curve.ec50_molar == without.ec50_molar and len(curve.wells) == len(X)
    assert (curve.wells[3].is_used, curve.wells[3].reason) == (False, "no response")
    assert curve.flags == ("1 well without a response left out",)


def test_with_no_response_in_any_well_there_is_no_value_and_a_reason():
    curve = fit_curve(DOSE, np.full(len(X), np.nan))
    assert curve.ec50_molar is None and curve.relation is None and len(curve.flags) == 2


@settings(max_examples=25)
@given(
    st.lists(st.floats(-200, 300) | st.just(math.nan), min_size=len(X), max_size=len(X)),
    st.sampled_from(["rising", "falling"]),
)
def test_whatever_the_wells_say_all_of_them_are_accounted_for(responses, direction):
    curve = fit_curve(DOSE, responses, direction=direction)
    assert [w.index for w in curve.wells] == list(range(len(X)))
    assert all(w.is_used != bool(w.reason) for w in curve.wells)
    assert (curve.fit is not None) == (curve.relation == "=")
    assert (curve.ec50_molar is None) == (curve.relation is None)
    assert curve.relation == "=" or curve.flags
    if curve.relation is not None:
        assert 0.999e-9 < curve.ec50_molar < 1.001e-5


@pytest.mark.parametrize(
    ("dose", "response", "names", "told"),
    [
        pytest.param([1e-9, 0.0], [1, 2], None, "no place", id="a concentration of zero"),
        pytest.param([1e-9, -1e-9], [1, 2], None, "no place", id="a negative concentration"),
        pytest.param([1e-9, np.nan], [1, 2], None, "no place", id="no concentration"),
        pytest.param([1e-9, 1e-8], [1, np.inf], None, "infinite", id="an infinite response"),
        pytest.param([1e-9, 1e-8], [1], None, "do not make wells", id="a response too few"),
        pytest.param([1e-9, 1e-8], [1, 2], ["A1"], "do not make wells", id="a name too few"),
    ],
)
def test_input_that_is_no_list_of_wells_is_refused_with_a_remedy(dose, response, names, told):
    with pytest.raises(DataError, match=told) as caught:
        fit_curve(dose, response, names=names)
    assert caught.value.where and caught.value.remedy


@pytest.mark.parametrize(
    "ends",
    [
        pytest.param({"bottom_percent": (10, 0)}, id="ends in the wrong order"),
        pytest.param({"top_percent": (0, math.inf)}, id="an infinite end"),
        pytest.param({"hill": (0.0, 2.0)}, id="a slope of zero"),
    ],
)
def test_empty_bounds_are_refused(ends):
    with pytest.raises(DataError, match=r"hold no value|no slope"):
        Bounds(**ends)
    assert Bounds(**dict.fromkeys(ends, (1.0, 2.0))).mirrored().n_free == 4


def test_a_direction_that_there_is_not_is_refused():
    with pytest.raises(DataError, match="no direction"):
        fit_curve(DOSE, _rise(X), direction="down")


def test_with_parameters_held_fewer_concentrations_may_do():
    dose = np.repeat([1e-8, 1e-7, 1e-6], 2)
    y = _rise(np.log10(dose)) + np.tile([1.0, -1.0], 3)
    rules, held = Rules(n_concentrations=3), Bounds(bottom_percent=(0, 0), top_percent=(100, 100))
    assert fit_curve(dose, y, rules=rules, bounds=held).ec50_molar == pytest.approx(1e-7, rel=0.1)
    assert fit_curve(dose, y, rules=rules).flags == (
        "3 distinct concentrations where 5 are needed; not fitted",
    )


def test_bounds_are_in_the_percent_that_was_given_whichever_way_the_curve_runs():
    bounds = Bounds(bottom_percent=(0, 0), top_percent=(90, 110))
    for y, direction in ((_rise(X), "rising"), (100 - _rise(X), "falling")):
        fit = fit_curve(DOSE, y + NOISE, direction=direction, bounds=bounds).fit
        assert fit.bottom.low == fit.bottom.value == fit.bottom.high == 0
        assert 90 <= fit.top.value <= 110


def test_rules_decide_what_is_fitted():
    y = _rise(X) + 4 * NOISE
    assert fit_curve(DOSE, y).relation == "="
    assert fit_curve(DOSE, y, rules=Rules(max_noise=0.03)).fit is None
