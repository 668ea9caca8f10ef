# SPDX-License-Identifier: Apache-2.0
"""Contributions of parts: laws of the Shapley value that hold for every drawn order."""

import numpy as np
import pytest

from loopwright.training.attribution import plan, shares_of

RNG = np.random.default_rng(7)
WEIGHTS, CROSS = RNG.normal(size=9), RNG.normal(size=(9, 9))


def tangled(present):
    """A prediction in which every part acts on every other."""
    x = present.astype(float)
    return np.tanh(x @ WEIGHTS + np.einsum("mi,ij,mj->m", x, CROSS, x)) + 3.0


def test_contributions_and_reference_add_up_to_the_prediction_of_the_whole():
    shares = shares_of(plan(range(9), seed=1), tangled)
    whole = tangled(np.ones((1, 9), bool))[0]
    assert shares.reference == tangled(np.zeros((1, 9), bool))[0]
    assert shares.reference + shares.values.sum() == pytest.approx(whole, abs=1e-12)
    assert (shares.std_error > 0).all()


def test_parts_that_only_add_get_exactly_what_they_add_and_an_idle_one_nothing():
    weights = np.array([1.0, -2.0, 0.0, 4.0])
    shares = shares_of(plan(range(4), seed=0), lambda present: present @ weights)
    np.testing.assert_allclose(shares.values, weights, atol=1e-12)
    np.testing.assert_allclose(shares.std_error, 0.0, atol=1e-12)


def test_two_parts_that_act_only_together_share_alike():
    shares = shares_of(plan(range(3), seed=0), lambda p: (p[:, 0] & p[:, 1]).astype(float))
    np.testing.assert_allclose(shares.values, [0.5, 0.5, 0.0], atol=1e-12)


def test_parts_that_symmetry_makes_equal_get_equal_bits_and_the_sum_still_holds():
    shares = shares_of(plan([5, 1, 5, 1, 0, 2, 3, 4, 6], seed=1), tangled)
    assert shares.values[0] == shares.values[2] and shares.values[1] == shares.values[3]
    assert shares.values[0] != shares.values[1]
    whole = tangled(np.ones((1, 9), bool))[0]
    assert shares.reference + shares.values.sum() == pytest.approx(whole, abs=1e-12)


def test_one_seed_gives_the_same_bits_and_another_one_others():
    first, again, other = (shares_of(plan(range(9), seed=s), tangled) for s in (1, 1, 2))
    assert first.values.tobytes() == again.values.tobytes()
    assert first.values.tobytes() != other.values.tobytes()


def test_an_estimate_is_off_the_exact_value_by_about_its_error():
    """All 8! orders of eight parts would be 40,320; subsets give the exact value."""
    n = 8
    bits = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
    said = tangled(np.hstack([bits, np.zeros((2**n, 1))]).astype(bool))
    exact = np.zeros(n)
    from math import factorial

    for i in range(n):
        without = np.flatnonzero(bits[:, i] == 0)
        size = bits[without].sum(axis=1)
        weight = [factorial(s) * factorial(n - s - 1) / factorial(n) for s in size]
        exact[i] = (weight * (said[without | (1 << i)] - said[without])).sum()
    shares = shares_of(
        plan(range(n), seed=3),
        lambda p: tangled(np.hstack([p, np.zeros((len(p), 1), bool)])),
    )
    z = (shares.values - exact) / shares.std_error
    assert np.abs(z).max() < 4 and np.abs(shares.values - exact).max() < 0.3


@pytest.mark.parametrize("n", [1, 2, 37, 400], ids="{} parts".format)
def test_nothing_comes_first_everything_last_and_no_more_is_asked_than_needed(n):
    trials = plan(range(n), seed=0)
    assert not trials.present[0].any() and trials.present[-1].all()
    assert (trials.present[trials.steps[:, 0]].sum(axis=1) == 0).all()
    assert (trials.present[trials.steps[:, -1]].sum(axis=1) == n).all()
    assert len(trials.present) <= 260


def test_many_parts_move_in_groups_and_the_sum_still_holds():
    weights = np.arange(300.0)
    shares = shares_of(plan(range(300), seed=0), lambda p: p @ weights)
    assert shares.values.sum() == pytest.approx(weights.sum())
    np.testing.assert_allclose(shares.values, weights, atol=6.5)
