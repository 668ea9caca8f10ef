# SPDX-License-Identifier: Apache-2.0
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from loopwright.science.kinetics import consecutive_yield, rate_at

RATE = st.floats(1e-3, 20)
TIME = st.floats(0, 100)


def test_at_eighty_degrees_a_rate_is_its_reference():
    assert rate_at(0.7, activation_kJ_per_mol=60.0, temperature_C=80.0) == 0.7


def test_fifty_kilojoules_double_a_rate_about_every_ten_degrees_near_room_temperature():
    rates = [rate_at(1.0, activation_kJ_per_mol=52.9, temperature_C=t) for t in (25.0, 35.0)]
    assert rates[1] / rates[0] == pytest.approx(2.0, abs=0.01)


@given(RATE, st.floats(1, 200), st.floats(-20, 200), st.floats(-20, 200))
def test_the_slope_of_the_logarithm_over_inverse_temperature_is_the_activation_energy(k, e, t, u):
    if abs(t - u) > 1.0:
        logs = [math.log(rate_at(k, activation_kJ_per_mol=e, temperature_C=x)) for x in (t, u)]
        slope = (logs[0] - logs[1]) / (1 / (t + 273.15) - 1 / (u + 273.15))
        assert -slope * 8.31446261815324 / 1000 == pytest.approx(e, rel=1e-6)


@given(RATE, st.floats(1, 200), st.floats(-20, 200), st.floats(0, 50))
def test_heat_never_slows_a_step_down(k, e, t, more):
    colder = rate_at(k, activation_kJ_per_mol=e, temperature_C=t)
    assert rate_at(k, activation_kJ_per_mol=e, temperature_C=t + more) >= colder


@given(RATE, RATE, TIME)
def test_a_yield_is_a_share(k1, k2, t):
    assert -1e-9 <= consecutive_yield(k1, k2, time_h=t) <= 1.0 + 1e-9


@given(RATE, TIME)
def test_without_loss_the_yield_is_all_that_has_reacted(k, t):
    assert consecutive_yield(k, 0.0, time_h=t) == pytest.approx(1 - math.exp(-k * t), abs=1e-12)


@settings(max_examples=20)
@given(st.floats(0.01, 5), st.floats(0.01, 5), st.floats(0.01, 20))
def test_a_yield_solves_the_rate_equations(k1, k2, t):
    def slope(_, y):
        return [-k1 * y[0], k1 * y[0] - k2 * y[1]]

    end = solve_ivp(slope, (0, t), [1.0, 0.0], rtol=1e-9, atol=1e-11).y[1, -1]
    assert consecutive_yield(k1, k2, time_h=t) == pytest.approx(end, abs=1e-6)


@given(st.floats(0.05, 5), st.floats(0.05, 5))
def test_the_best_time_and_yield_are_those_of_the_closed_form(k1, k2):
    """Levenspiel eqs. 3.51-52: t = ln(k1/k2)/(k1-k2), yield = (k1/k2)^(k2/(k2-k1))."""
    if abs(k1 / k2 - 1) < 1e-3:
        return
    best = math.log(k1 / k2) / (k1 - k2)
    top = consecutive_yield(k1, k2, time_h=best)
    assert top == pytest.approx((k1 / k2) ** (k2 / (k2 - k1)), rel=1e-6)
    for factor in (0.9, 1.1):
        assert consecutive_yield(k1, k2, time_h=factor * best) < top


@pytest.mark.parametrize("gap", [0.0, 1e-12, 1e-10, 1e-8, 1e-6])
def test_nearly_equal_rates_give_the_limit_of_equal_rates(gap):
    times = np.linspace(0.1, 5, 7)
    for t in times:
        found = consecutive_yield(1.0, 1.0 + gap, time_h=t)
        assert found == pytest.approx(t * math.exp(-t), abs=1e-6)
