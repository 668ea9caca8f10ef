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
    """Errors that grow with the answer, disagreement and distance, dealt into five folds."""
    rng = np.random.default_rng(seed)
    said, apart, near = rng.random((3, n))
    gaps = np.abs(rng.normal(size=n)) * (0.1 + 0.5 * said + apart + 0.5 * (1.0 - near))
    return gaps, np.stack([said, apart, near]), np.arange(n) % 5


def _width(doubt, said=0.5, apart=0.5, near=0.5):
    return float(doubt.half_width(np.array([[said], [apart], [near]]))[0])


def test_nine_of_ten_new_errors_lie_within_the_stated_doubt():
    doubt, inside = doubt_of(*_rows(2_000, 1))
    gaps, told, _ = _rows(5_000, 2)
    assert (gaps <= doubt.half_width(told)).mean() == pytest.approx(0.9, abs=0.015)
    assert inside.mean() == pytest.approx(0.9, abs=0.02)


def test_doubt_grows_where_errors_do():
    doubt, _ = doubt_of(*_rows(2_000, 1))
    assert _width(doubt, apart=1.0) > 2.0 * _width(doubt, apart=0.0)
    assert _width(doubt, near=0.0) > 1.2 * _width(doubt, near=1.0)
    assert _width(doubt, said=1.0) > 1.2 * _width(doubt, said=0.0)


@pytest.mark.parametrize("rising", [True, False])
def test_high_answers_that_err_more_are_covered_like_low_ones(rising):
    rng = np.random.default_rng(3)
    said, level = rng.random(4_000), rng.normal(size=4_000)
    gaps = np.abs(level) * (0.1 + (said if rising else 1.0 - said))
    told = np.stack([said, np.zeros(4_000), np.full(4_000, 0.5)])
    doubt, _ = doubt_of(gaps, told, np.arange(4_000) % 5)
    inside = gaps <= doubt.half_width(told)
    for part in (said < 0.25, said > 0.75):
        assert inside[part].mean() == pytest.approx(0.9, abs=0.03)


def test_an_answer_beyond_all_that_was_held_out_is_doubted_like_the_last_of_them():
    doubt, _ = doubt_of(*_rows(2_000, 1))
    assert _width(doubt, said=50.0) == _width(doubt, said=1.0)
    assert _width(doubt, said=-50.0) == _width(doubt, said=0.0)


def test_who_is_more_alike_than_anybody_who_was_held_out_is_not_doubted_less():
    rng = np.random.default_rng(1)
    near, zero = 0.5 * rng.random(500), np.zeros(500)
    gaps = np.abs(rng.normal(size=500)) * (1.0 - near)  # all of the error lies in the distance
    doubt, _ = doubt_of(gaps, np.stack([zero, zero, near]), np.arange(500) % 5)
    assert _width(doubt, 0.0, 0.0, near=1.0) == pytest.approx(_width(doubt, 0.0, 0.0), rel=0.15)


def test_a_perfect_model_is_still_doubted_a_little():
    doubt, _ = doubt_of(np.zeros(20), np.zeros((3, 20)), np.arange(20) % 5)
    assert (doubt.half_width(np.zeros((3, 20))) > 0).all()
