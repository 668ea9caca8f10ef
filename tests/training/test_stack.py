# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from loopwright.training.stack import stacked, stacked_across

RNG = np.random.default_rng(3)
TRUTH = RNG.normal(size=400)
GOOD, POOR = TRUTH + RNG.normal(size=400), TRUTH + 2.0 * RNG.normal(size=400)


def test_of_two_honest_models_each_is_listened_to_as_its_errors_say():
    weights = stacked(np.stack([GOOD, POOR]), TRUTH)
    assert weights.sum() == pytest.approx(1.0)
    assert weights[0] > weights[1] > 0


def test_a_model_that_says_the_opposite_is_not_listened_to():
    told = stacked(np.stack([TRUTH + 0.01 * GOOD, -TRUTH]), TRUTH)
    assert told == pytest.approx([1.0, 0.0], abs=0.02)


def test_models_that_say_the_same_are_one_model():
    assert np.isfinite(stacked(np.stack([GOOD, GOOD]), TRUTH)).all()
    assert stacked(np.zeros((2, 400)), TRUTH).sum() == pytest.approx(1.0)


def test_a_fold_has_no_say_in_the_weights_of_its_own_answers():
    fold = np.arange(400) % 4
    said = np.stack([GOOD, POOR])
    before = stacked_across(said, TRUTH, fold)
    other = np.where(fold == 2, -TRUTH, TRUTH)
    assert np.array_equal(stacked_across(said, other, fold)[fold == 2], before[fold == 2])
    assert not np.array_equal(stacked_across(said, other, fold)[fold == 1], before[fold == 1])
