# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopwright.core.errors import DataError
from loopwright.science.plate_quality import percent_effect, plate_quality, z_prime, z_scores

SIGNAL = st.floats(-1e4, 1e4)
SIGNALS = st.lists(SIGNAL, min_size=2, max_size=12).map(np.array)
SCALE = st.floats(0.01, 100) | st.floats(-100, -0.01)


def _apart(one, other):
    return abs(np.median(one) - np.median(other)) > 1.0 and abs(one.mean() - other.mean()) > 1.0


def test_z_prime_is_that_of_the_paper():
    """Zhang et al., eq. 5: 1 - (3 sd + 3 sd) / |mean - mean|, by hand on four wells each."""
    negative, positive = np.array([90.0, 100, 110, 100]), np.array([8.0, 10, 12, 10])
    spread = np.sqrt(200 / 3) + np.sqrt(8 / 3)
    assert z_prime(negative, positive) == pytest.approx(1 - 3 * spread / 90, abs=1e-12)


@given(SIGNALS, SIGNALS, st.booleans())
def test_the_controls_themselves_lie_at_0_and_100_percent(negative, positive, robust):
    if not _apart(negative, positive):
        return
    level = np.median if robust else np.mean
    wells = np.array([level(negative), level(positive)])
    found = percent_effect(wells, negative=negative, positive=positive, robust=robust)
    assert found == pytest.approx([0.0, 100.0], abs=1e-6)


@given(SIGNALS, SIGNALS, SIGNALS, SCALE, SIGNAL)
def test_gain_and_offset_of_the_reader_change_no_percent(wells, negative, positive, gain, offset):
    if not _apart(negative, positive):
        return
    one = percent_effect(wells, negative=negative, positive=positive)
    other = percent_effect(
        gain * wells + offset, negative=gain * negative + offset, positive=gain * positive + offset
    )
    assert other == pytest.approx(one, rel=1e-3, abs=1e-3)


@given(SIGNALS, SIGNALS)
def test_z_prime_never_exceeds_one_and_knows_no_order_of_controls(one, other):
    if _apart(one, other):
        assert z_prime(one, other) == pytest.approx(z_prime(other, one))
        assert z_prime(one, other) <= 1.0


def test_one_bad_control_well_moves_the_mean_and_not_the_median():
    good, bad = np.full(9, 100.0), np.r_[np.full(8, 100.0), 1e6]
    positive = np.full(4, 0.0)
    wells = np.array([50.0])
    same = [percent_effect(wells, negative=n, positive=positive)[0] for n in (good, bad)]
    assert same == [50.0, 50.0]
    assert percent_effect(wells, negative=bad, positive=positive, robust=False)[0] > 99.0


def test_the_robust_z_prime_forgives_one_bad_well_and_the_plain_one_does_not():
    rng = np.random.default_rng(1)
    negative, positive = rng.normal(100, 3, 16), rng.normal(10, 3, 16)
    before = plate_quality(negative, positive)
    negative[3] = 0.0
    after = plate_quality(negative, positive)
    assert before.z_prime > 0.7 and after.z_prime < 0.3
    assert after.robust_z_prime == pytest.approx(before.robust_z_prime, abs=0.06)


def test_for_normal_controls_both_kinds_of_z_prime_agree():
    rng = np.random.default_rng(0)
    negative, positive = rng.normal(100, 5, 20000), rng.normal(0, 5, 20000)
    assert z_prime(negative, positive) == pytest.approx(0.7, abs=0.01)
    assert z_prime(negative, positive, robust=True) == pytest.approx(0.7, abs=0.01)


def test_wells_without_a_signal_stay_empty_and_count_for_nothing():
    nan = float("nan")
    found = percent_effect(
        np.array([nan, 5.0]), negative=np.array([10.0, nan]), positive=np.array([nan, 0.0])
    )
    assert np.isnan(found[0]) and found[1] == 50.0
    said = plate_quality(np.array([10.0, 12.0, nan]), np.array([1.0, 1.0]))
    assert (said.n_negative, said.n_positive) == (2, 2)
    assert said.signal_to_background == 11.0


@pytest.mark.parametrize(
    ("negative", "positive", "told"),
    [
        pytest.param([], [1.0], "negative wells 0", id="no negative control"),
        pytest.param([1.0], [float("nan")], "positive wells 0", id="no positive control"),
        pytest.param([5.0, 5.0], [5.0], "same level", id="controls of one level"),
        pytest.param([np.inf], [5.0], "infinite", id="an infinite control"),
    ],
)
def test_controls_that_span_no_window_are_refused_with_a_remedy(negative, positive, told):
    with pytest.raises(DataError, match=told) as caught:
        percent_effect(np.ones(3), negative=np.array(negative), positive=np.array(positive))
    assert caught.value.where and caught.value.remedy


def test_a_single_control_well_gives_percent_but_no_z_prime():
    one, other = np.array([10.0]), np.array([0.0])
    assert percent_effect(np.array([1.0]), negative=one, positive=other)[0] == 90.0
    with pytest.raises(DataError, match="2 or more"):
        z_prime(one, other)


def test_a_background_that_is_not_above_zero_has_no_ratio():
    said = plate_quality(np.array([10.0, 11.0]), np.array([-1.0, 1.0]))
    assert np.isnan(said.signal_to_background)


def test_z_scores_are_deviations_from_the_reference():
    reference = np.random.default_rng(3).normal(50, 4, 5000)
    for robust in (True, False):
        found = z_scores(np.array([50.0, 58.0]), reference=reference, robust=robust)
        assert found == pytest.approx([0.0, 2.0], abs=0.1)
    own = z_scores(np.array([1.0, 2.0, 3.0, np.nan]), robust=False)
    assert own[:3] == pytest.approx([-1.0, 0.0, 1.0]) and np.isnan(own[3])


def test_a_reference_without_spread_has_no_z_scores():
    with pytest.raises(DataError, match="no spread"):
        z_scores(np.array([1.0, 2.0]), reference=np.full(4, 3.0))
