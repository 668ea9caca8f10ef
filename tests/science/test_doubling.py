# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from loopwright.science.doubling import doubled

SIZES = np.array([50.0, 100.0, 200.0, 400.0])


def _world(rng, power, n=300, n_families=60):
    """Squared errors of held-out rows whose scale falls as a power of the rows learned from."""
    families = rng.integers(n_families, size=n)
    families[:n_families] = np.arange(n_families)
    own = np.exp(0.4 * rng.standard_normal(n_families))[families] * np.abs(rng.standard_normal(n))
    draws = np.exp(0.02 * rng.standard_normal(len(SIZES) + 1))
    scale = np.append(SIZES, 2 * SIZES[-1]) ** -power * draws
    noise = np.exp(0.2 * rng.standard_normal((len(SIZES) + 1, n)))
    return np.square(scale[:, None] * own * noise), families


@pytest.mark.parametrize("power", [0.0, 0.15, 0.4], ids=["flat", "usual", "steep"])
def test_what_twice_the_rows_bring_lies_in_the_interval_that_was_told(power):
    rng = np.random.default_rng(1)
    inside, n_worlds = 0, 60
    for _ in range(n_worlds):
        squares, families = _world(rng, power)
        told = doubled(squares[:-1], families, SIZES, rng=rng)
        seen = np.sqrt(squares[-1].mean() / squares[-2].mean())
        inside += told.low <= seen <= told.high
    assert inside / n_worlds >= 0.9


def test_a_curve_that_is_flat_is_not_said_to_fall_and_a_steep_one_is():
    rng = np.random.default_rng(2)
    flat = [doubled(*_cut(_world(rng, 0.0)), rng=rng) for _ in range(40)]
    steep = [doubled(*_cut(_world(rng, 0.4)), rng=rng) for _ in range(40)]
    assert np.mean([d.high < 1 for d in flat]) <= 0.1
    assert np.mean([d.high < 1 for d in steep]) >= 0.9
    assert np.mean([d.ratio for d in steep]) == pytest.approx(2**-0.4, abs=0.02)


def _cut(world):
    return world[0][:-1], world[1], SIZES
