# SPDX-License-Identifier: Apache-2.0
"""What is special to one model; what all models promise stands in tests/contracts."""

import numpy as np
import pytest

from loopwright.core.values import Features, Targets
from loopwright.registry import build
from loopwright.science.censored import censored_normal


def _points(*x, name="p"):
    column = np.array(x, np.float32)[:, None]
    return Features(ids=tuple(f"{name}{v:.4f}" for v in x), blocks={"vector": column})


def _targets(values, bounds=None, n_replicates=1):
    values = np.array(values, float)[:, None]
    bounds = np.zeros(values.shape) if bounds is None else np.reshape(bounds, values.shape)
    return Targets(
        values=values,
        bounds=bounds.astype(np.int8),
        n_replicates=np.full(values.shape, n_replicates, np.int64),
    )


def _fit(name, features, targets, **options):
    return build("models", name, options).fit(features, targets, seed=1)


# ---- kernel
def _curve(n):
    """A smooth curve of two properties; of the second every third value is missing."""
    x = np.linspace(0.0, 6.0, n)
    values = np.stack([np.sin(x), np.where(np.arange(n) % 3 == 0, np.nan, np.cos(x))], axis=1)
    return _points(*x), Targets(
        values=values,
        bounds=np.zeros(values.shape, np.int8),
        n_replicates=np.ones(values.shape, np.int64),
    )


def test_all_rows_are_learned_from_where_a_part_of_them_are_landmarks():
    rows, targets = _curve(300)
    fitted = _fit("kernel", rows, targets, max_landmarks=40)
    assert len(fitted.landmarks) == 40
    x = np.linspace(0.5, 5.5, 50)
    said = fitted.predict(_points(*x)).mean
    np.testing.assert_allclose(said, np.stack([np.sin(x), np.cos(x)], axis=1), atol=0.05)


@pytest.mark.parametrize("max_landmarks", [40, 300])
def test_how_many_rows_are_compared_at_once_changes_no_answer(monkeypatch, max_landmarks):
    rows, targets = _curve(300)
    whole = _fit("kernel", rows, targets, max_landmarks=max_landmarks).predict(rows).mean
    monkeypatch.setattr("loopwright.models.kernel.kernel.BLOCK_ROWS", 7)
    parts = _fit("kernel", rows, targets, max_landmarks=max_landmarks).predict(rows).mean
    np.testing.assert_allclose(parts, whole, atol=1e-4)


@pytest.mark.parametrize("max_landmarks", [40, 300])
def test_a_limit_pulls_no_further_than_to_itself(max_landmarks):
    rows, _ = _curve(300)
    values, bounds = np.sin(np.linspace(0.0, 6.0, 300)), np.zeros(300)
    bounds[::2] = 1  # at least half of what is there: true everywhere, and told beside the value
    limits = _targets(np.where(bounds == 1, values - 0.5, values), bounds)
    said = _fit("kernel", rows, limits, max_landmarks=max_landmarks).predict(rows).mean[:, 0]
    assert np.abs(said - values).mean() < 0.2 < np.abs(values - 0.5 - said).mean()


# ---- mean
def test_the_mean_is_the_mean_and_its_doubt_the_spread_of_what_was_measured():
    said = _fit("mean", _points(0, 1, 2, 3), _targets([1, 2, 3, 6])).predict(_points(9))
    assert said.mean[0, 0] == pytest.approx(3.0)
    assert said.std[0, 0] == pytest.approx(np.std([1, 2, 3, 6]))


def test_the_mean_of_limits_is_the_level_of_a_censored_normal():
    values, bounds = np.array([4.0, 5.0, 5.5, 6.0, 6.0]), np.array([0, 0, 0, 1, 1], np.int8)
    said = _fit("mean", _points(*range(5)), _targets(values, bounds)).predict(_points(9))
    assert said.mean[0, 0] == pytest.approx(censored_normal(values, bounds)[0])
    assert said.mean[0, 0] > values.mean()


# ---- neighbour
def test_the_neighbour_repeats_the_value_of_the_nearest_candidate():
    fitted = _fit("neighbour", _points(0.0, 0.5, 1.0), _targets([1, 5, 9]))
    assert fitted.predict(_points(0.1, 0.6, 0.9)).mean[:, 0].tolist() == [1, 5, 9]


def test_more_neighbours_are_averaged_by_their_likeness():
    fitted = _fit("neighbour", _points(0.0, 1.0, 50.0), _targets([0, 10, 99]), k=2)
    middle, near = fitted.predict(_points(0.5, 0.1)).mean[:, 0]
    assert middle == pytest.approx(5.0)
    assert 0.0 < near < 5.0


def test_the_doubt_of_the_neighbour_is_the_error_seen_between_neighbours():
    fitted = _fit("neighbour", _points(0.0, 0.1, 5.0, 5.1), _targets([1, 2, 7, 9]))
    assert fitted.predict(_points(0.0)).std[0, 0] == pytest.approx(np.sqrt((1 + 1 + 4 + 4) / 4))


def test_the_neighbour_of_a_row_that_lacks_the_property_is_one_that_has_it():
    values = np.array([[1.0, np.nan], [5.0, 50.0], [9.0, 90.0]])
    plain = Targets(
        values=values, bounds=np.zeros((3, 2), np.int8), n_replicates=np.ones((3, 2), np.int64)
    )
    said = _fit("neighbour", _points(0.0, 0.5, 1.0), plain).predict(_points(0.1))
    assert said.mean[0].tolist() == [1.0, 50.0]


# ---- the Gaussian process, through its port
@pytest.fixture(scope="module")
def wave():
    """A wave, measured between 0 and 1."""
    x = np.linspace(0, 1, 30)
    return x, 5.0 + np.sin(6 * x)


def test_the_process_follows_a_smooth_curve_between_its_points(wave):
    x, y = wave
    new = np.linspace(0.02, 0.98, 17)
    said = _fit("gp", _points(*x), _targets(y)).predict(_points(*new))
    np.testing.assert_allclose(said.mean[:, 0], 5.0 + np.sin(6 * new), atol=0.15)


def test_the_process_doubts_more_the_farther_it_is_from_what_was_measured(wave):
    x, y = wave
    said = _fit("gp", _points(*x), _targets(y)).predict(_points(0.5, 1.2, 1.6, 9.0))
    assert (np.diff(said.std[:, 0]) > 0).all()
    assert abs(said.mean[3, 0] - y.mean()) < 1.0


def test_more_replicates_of_noisy_values_leave_less_doubt(wave):
    x, y = wave
    noisy = y + 0.5 * np.random.default_rng(0).standard_normal(30)
    doubt = [
        _fit("gp", _points(*x), _targets(noisy, n_replicates=n)).predict(_points(0.5)).std[0, 0]
        for n in (1, 16)
    ]
    assert doubt[1] < doubt[0]


def test_neighbours_on_a_curve_are_correlated_and_strangers_are_not(wave):
    x, y = wave
    fitted = _fit("gp", _points(*x), _targets(y))
    joint = fitted.covariance(_points(5.0, 5.01, 50.0))
    scale = np.sqrt(np.outer(joint.diagonal(), joint.diagonal()))
    assert (joint / scale)[0, 1] > 0.95
    assert abs((joint / scale)[0, 2]) < 0.1


# ---- boosted
def test_trees_learn_a_step_that_is_sharper_than_any_curve():
    rng = np.random.default_rng(0)
    x = rng.random(200)
    said = _fit("boosted", _points(*x), _targets(np.where(x > 0.5, 9.0, 1.0))).predict(
        _points(0.4, 0.45, 0.55, 0.6)
    )
    np.testing.assert_allclose(said.mean[:, 0], [1, 1, 9, 9], atol=0.8)


def test_more_bags_and_trees_are_what_the_options_say():
    x = np.random.default_rng(0).random(40)
    fitted = _fit("boosted", _points(*x), _targets(x), n_bags=3, n_trees=7)
    texts = fitted.dump().texts
    assert len(texts) == 3
    assert all(text.count("\nTree=") <= 7 for text in texts.values())


# ---- sequence
def _sequences(*texts):
    tokens = np.array([[ord(c) - 64 for c in text] for text in texts], np.uint8)
    return Features(ids=texts, blocks={"tokens": tokens})


def test_a_change_at_a_position_that_matters_moves_the_prediction_more_than_at_one_that_does_not():
    rng = np.random.default_rng(0)
    texts = tuple("".join(rng.choice(list("ABCDEF"), 3)) for _ in range(120))
    values = [3.0 * (t[0] in "ABC") + 0.01 * (t[2] == "A") for t in texts]
    fitted = _fit("sequence", _sequences(*texts), _targets(values))
    rho = fitted.processes[0].hyper.rho
    assert rho[0] > 2 * max(rho[1], rho[2])
    home, first, last = fitted.predict(_sequences("AAA", "DAA", "AAD")).mean[:, 0]
    assert abs(home - first) > 2.0 and abs(home - last) < 0.5


def test_what_two_letters_are_worth_together_is_learned_although_neither_is_alone():
    texts = tuple(a + b + c for a in "ABCD" for b in "ABCD" for c in "AB")
    values = [float((t[0] in "AB") == (t[1] in "AB")) for t in texts]
    known = [i for i in range(len(texts)) if i % 5]
    fitted = _fit(
        "sequence", _sequences(*(texts[i] for i in known)), _targets([values[i] for i in known])
    )
    left = [i for i in range(len(texts)) if i % 5 == 0]
    said = fitted.predict(_sequences(*(texts[i] for i in left))).mean[:, 0]
    assert np.corrcoef(said, [values[i] for i in left])[0, 1] > 0.8


def test_letters_of_like_chemistry_share_what_is_known_of_them_and_a_gap_shares_with_none():
    from loopwright.models.sequence.kernel import letters_alike

    alike = letters_alike(mix=0.8, length=1.0)
    isoleucine, leucine, aspartate = 8, 10, 3
    assert alike[isoleucine, leucine] > alike[isoleucine, aspartate]
    assert (alike[0, 1:] == 0).all() and np.allclose(np.diag(alike), 1.0)


def test_the_slope_of_the_evidence_is_its_difference_quotient():
    from loopwright.models.sequence.search import _Problem

    rng = np.random.default_rng(1)
    codes, values = rng.integers(1, 21, (25, 3)).astype(np.uint8), rng.standard_normal(25)
    problem = _Problem.of(codes, values, np.linspace(0.5, 1.0, 25))
    x = problem.start + 0.2
    _, slope = problem.loss(x)
    for k in range(len(x)):
        step = np.eye(len(x))[k] * 1e-5
        ratio = (problem.loss(x + step)[0] - problem.loss(x - step)[0]) / 2e-5
        assert slope[k] == pytest.approx(ratio, rel=1e-3, abs=1e-5)


def test_a_position_that_never_varied_in_training_widens_the_doubt_where_it_is_changed():
    texts = tuple(a + b + "A" for a in "ABCD" for b in "ABCD")
    fitted = _fit("sequence", _sequences(*texts), _targets([float(ord(t[0])) for t in texts]))
    said = fitted.predict(_sequences("AAA", "AAD"))
    assert said.std[1, 0] > 2 * said.std[0, 0]
