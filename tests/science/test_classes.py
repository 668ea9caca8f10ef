# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, matthews_corrcoef, roc_auc_score

from loopwright.science.classes import (
    auprc,
    auroc,
    brier,
    calibration_error,
    log_loss,
    matthews,
)

ALL = (auroc, auprc, matthews, log_loss, brier, calibration_error)


def _said(seed, n=60):
    """A truth of both classes and probabilities with many ties."""
    rng = np.random.default_rng(seed)
    truth = (rng.random(n) < 0.4).astype(float)
    truth[:2] = [0.0, 1.0]
    return truth, np.round(np.clip(0.3 * truth + 0.6 * rng.random(n), 0, 1), 1)


@given(seed=st.integers(0, 10_000))
def test_ranking_scores_agree_with_scikit_learn_on_ties_too(seed):
    truth, said = _said(seed)
    assert auroc(truth, said) == pytest.approx(roc_auc_score(truth, said))
    assert auprc(truth, said) == pytest.approx(average_precision_score(truth, said))
    assert matthews(truth, said) == pytest.approx(matthews_corrcoef(truth, said >= 0.5))


@pytest.mark.parametrize("score", ALL, ids=lambda f: f.__name__)
def test_a_score_of_many_resamples_is_that_of_each(score):
    pairs = [_said(seed) for seed in range(4)]
    together = score(np.stack([t for t, _ in pairs]), np.stack([p for _, p in pairs]))
    np.testing.assert_allclose(together, [score(t, p) for t, p in pairs], rtol=1e-12)


@given(seed=st.integers(0, 10_000))
def test_no_rising_change_of_the_scores_changes_a_rank(seed):
    truth, said = _said(seed)
    for score in (auroc, auprc):
        assert score(truth, said**3) == pytest.approx(float(score(truth, said)))


@pytest.mark.parametrize("score", ALL, ids=lambda f: f.__name__)
def test_a_resample_of_one_class_has_a_score_all_the_same(score):
    for truth in (np.zeros(5), np.ones(5)):
        assert np.isfinite(score(truth, np.linspace(0.0, 1.0, 5)))


def test_one_who_knows_is_better_than_one_who_guesses_in_every_score():
    truth, _ = _said(1)
    knows, guesses = 0.9 * truth + 0.05, np.full(len(truth), truth.mean())
    for score in (auroc, auprc, matthews):
        assert score(truth, knows) > score(truth, guesses)
    for score in (log_loss, brier):
        assert score(truth, knows) < score(truth, guesses)
    assert calibration_error(truth, guesses) < 1e-9
