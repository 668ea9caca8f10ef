# SPDX-License-Identifier: Apache-2.0
"""What a measurement must gain, and what it is worth to be told."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from loopwright.science.acquisition import expected_improvement
from loopwright.science.telling import edge, worth_of_telling


def _gain(mean, std):
    return float(expected_improvement(np.array([mean]), np.array([std]), best=0.0)[0])


@given(st.floats(-4, 4), st.floats(0.05, 5))
def test_at_the_edge_an_assay_gains_its_price(mean, std):
    price = np.array([_gain(mean * std, std)])
    assert edge(price, np.array([std]))[0] == pytest.approx(mean * std, abs=2e-4 * std)


@given(st.floats(0, 3), st.floats(0.1, 3), st.booleans())
def test_the_worth_of_telling_is_what_a_choice_gains_by_it(distance, moved, is_above):
    """Against the integral of choosing after the move, less choosing before it."""
    mean = distance if is_above else -distance
    z = np.linspace(-9, 9, 40_001)
    after = np.trapezoid(np.maximum(mean + moved * z, 0.0) * norm.pdf(z), z)
    told = float(worth_of_telling(np.array([distance]), np.array([moved]))[0])
    assert told == pytest.approx(after - max(mean, 0.0), abs=1e-6)
