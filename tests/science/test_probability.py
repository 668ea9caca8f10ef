# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from loopwright.science.classes import calibration_error, log_loss
from loopwright.science.probability import calibrate, corrected


def _draw(n, seed):
    """Scores, the probability that each stands for, and what came true."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=n)
    chance = 1.0 / (1.0 + np.exp(-3.0 * scores))
    return scores, chance, (rng.random(n) < chance).astype(float)


@given(seed=st.integers(0, 10_000))
def test_each_score_is_put_among_the_others_as_a_zero_and_as_a_one(seed):
    scores, _, truth = _draw(20, seed)
    scores, truth = np.sort(scores), truth[np.argsort(scores)]
    found = calibrate(scores, truth)
    for end, ends in ((0.0, found.low), (1.0, found.high)):
        theirs = [
            IsotonicRegression()
            .fit(np.append(scores, own), np.append(truth, end))
            .predict([own])[0]
            for own in scores
        ]
        np.testing.assert_allclose(ends, theirs, atol=1e-9)


def test_probabilities_hold_on_rows_that_were_not_seen():
    seen, _, truth = _draw(2_000, 1)
    new, chance, then = _draw(5_000, 2)
    said = calibrate(seen, truth).probability(new)
    assert calibration_error(then, said) < 0.03 < calibration_error(then, np.clip(new, 0, 1))
    assert log_loss(then, said) < log_loss(then, chance) + 0.01


def test_the_interval_holds_the_probability_and_narrows_with_more_rows():
    widths = []
    for n in (40, 4_000):
        scores, _, truth = _draw(n, 3)
        found = calibrate(scores, truth)
        low, high = found.interval(scores)
        assert (low <= high).all() and (low >= 0).all() and (high <= 1).all()
        widths.append(float((high - low).mean()))
    assert widths[1] < widths[0] / 4


def test_calibration_keeps_every_order():
    scores, _, truth = _draw(300, 4)
    asked = np.linspace(-4, 4, 500)
    assert (np.diff(calibrate(scores, truth).probability(asked)) > 0).all()


@pytest.mark.parametrize("n", [2, 3, 10], ids="{} rows".format)
def test_few_rows_give_wide_intervals_rather_than_none(n):
    scores, truth = np.arange(n, dtype=float), np.array([0.0] * (n - 1) + [1.0])
    low, high = calibrate(scores, truth).interval(np.array([0.0, n - 1.0]))
    assert (high - low > 0).all()


def _stated(n, seed, level=0.0, slope=1.0):
    """Chances that are stated, and ends drawn by what they should have been."""
    rng = np.random.default_rng(seed)
    odds = rng.normal(0.0, 2.0, n)
    true = 1.0 / (1.0 + np.exp(-(level + slope * odds)))
    return 1.0 / (1.0 + np.exp(-odds)), (rng.random(n) < true).astype(float), true


def test_chances_that_were_too_sure_are_drawn_to_the_middle():
    seen, truth, _ = _stated(3_000, 1, level=-1.0, slope=0.4)
    new, _, should = _stated(500, 2, level=-1.0, slope=0.4)
    assert np.abs(corrected(new, seen, truth) - should).max() < 0.06
    assert np.abs(new - should).max() > 0.3


def test_little_that_was_seen_changes_little_and_nothing_nothing():
    chance = np.linspace(0.05, 0.95, 19)
    assert corrected(chance, np.empty(0), np.empty(0)) == pytest.approx(chance, abs=1e-5)
    few, truth, _ = _stated(6, 3)
    assert np.abs(corrected(chance, few, truth) - chance).max() < 0.25


@pytest.mark.parametrize("seed", range(5))
def test_a_correction_has_no_steps_and_keeps_the_order(seed):
    seen, truth, _ = _stated(60, seed, slope=0.5)
    said = corrected(np.linspace(0.02, 0.98, 97), seen, truth)
    assert (np.diff(said) > 0).all() and np.diff(said).max() < 0.1


def test_what_nobody_reached_is_not_likely_to_be_reached():
    seen, _, _ = _stated(50, 5)
    assert corrected(np.array([0.5]), seen, np.zeros(50))[0] < 0.2
