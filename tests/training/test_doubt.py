# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopwright.training.doubt import doubt_of, from_scale, scale_of, to_scale

RNG = np.random.default_rng(0)
NORMAL = RNG.normal(6.0, 1.0, 500)


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        pytest.param(10.0**NORMAL, "log", id="a potency in nM"),
        pytest.param(NORMAL, "plain", id="a logarithm"),
        pytest.param(100.0 - 10.0 ** (NORMAL - 6), "plain", id="a share that is nearly full"),
        pytest.param(np.append(10.0**NORMAL, 0.0), "plain", id="a zero among them"),
        pytest.param(np.full(50, 3.0), "plain", id="one value"),
        pytest.param(10.0 ** NORMAL[:5], "plain", id="too few to tell"),
    ],
)
def test_the_scale_follows_from_the_values_alone(values, scale):
    assert scale_of(values) == scale


@given(st.lists(st.floats(1e-6, 1e6), min_size=2, max_size=20))
def test_no_scale_changes_an_order_or_a_value(values):
    values = np.array(values)
    for scale in ("plain", "log"):
        there = to_scale(values, scale)
        np.testing.assert_allclose(from_scale(there, scale), values, rtol=1e-9)


def _rows(n, seed):
    """Errors that grow with disagreement and with distance, dealt into five folds."""
    rng = np.random.default_rng(seed)
    apart, near = rng.random(n), rng.random(n)
    gaps = np.abs(rng.normal(size=n)) * (0.1 + apart + 0.5 * (1.0 - near))
    return gaps, apart, near, np.arange(n) % 5


def test_nine_of_ten_new_errors_lie_within_the_stated_doubt():
    doubt, inside = doubt_of(*_rows(2_000, 1))
    gaps, apart, near, _ = _rows(5_000, 2)
    assert (gaps <= doubt.half_width(apart, near)).mean() == pytest.approx(0.9, abs=0.015)
    assert inside.mean() == pytest.approx(0.9, abs=0.02)


def test_doubt_grows_where_errors_do():
    doubt, _ = doubt_of(*_rows(2_000, 1))
    ends = np.array([0.0, 1.0])
    by_apart = doubt.half_width(ends, np.full(2, 0.5))
    by_distance = doubt.half_width(np.full(2, 0.5), 1.0 - ends)
    assert by_apart[1] > 2.0 * by_apart[0]
    assert by_distance[1] > 1.2 * by_distance[0]


def test_who_is_more_alike_than_anybody_who_was_held_out_is_not_doubted_less():
    gaps, _, near, fold = _rows(500, 1)
    gaps *= 1.0 - 0.5 * near  # all of the error lies in the distance
    doubt, _ = doubt_of(gaps, np.zeros(500), 0.5 * near, fold)
    known, tried = doubt.half_width(np.zeros(2), np.array([1.0, 0.5]))
    assert known == pytest.approx(tried, rel=0.15)


def test_a_perfect_model_is_still_doubted_a_little():
    zero = np.zeros(20)
    doubt, _ = doubt_of(zero, zero, zero, np.arange(20) % 5)
    assert (doubt.half_width(zero, zero) > 0).all()
