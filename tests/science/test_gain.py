# SPDX-License-Identifier: Apache-2.0
"""What a batch is expected to gain, against closed forms."""

import numpy as np
import pytest

from loopwright.science.acquisition import expected_improvement
from loopwright.science.gain import exceedance


@pytest.mark.parametrize(("mean", "std"), [(0.0, 1.0), (-1.0, 0.5), (2.0, 0.1)])
def test_of_one_candidate_it_is_the_expected_improvement(mean, std):
    drawn = exceedance(
        np.array([mean]), np.array([[std**2]]), best=0.3, rng=np.random.default_rng(1)
    )
    exact = expected_improvement(np.array([mean]), np.array([std]), best=0.3)[0]
    assert drawn.mean() == pytest.approx(exact, abs=3 * std / np.sqrt(len(drawn)))


def test_the_larger_of_two_independent_ones_is_higher_and_of_twins_is_not():
    """The larger of two standard normal values has the mean 1 / sqrt(pi) (Clark 1961)."""
    rng = np.random.default_rng(2)
    two = exceedance(np.zeros(2), np.eye(2), best=-9.0, rng=rng) - 9.0
    twins = exceedance(np.zeros(2), np.ones((2, 2)), best=-9.0, rng=rng) - 9.0
    assert two.mean() == pytest.approx(1 / np.sqrt(np.pi), abs=0.06)
    assert twins.mean() == pytest.approx(0.0, abs=0.07)
