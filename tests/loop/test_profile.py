# SPDX-License-Identifier: Apache-2.0
"""The chance to meet every threshold, against dense draws and against what came true."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import norm

from loopwright.core.values import Prediction, Targets
from loopwright.loop.profile import chance_to_meet
from loopwright.science.intervals import Z_90
from loopwright.spec.goal import Goal


def _told(mean, spread):
    mean, half = np.array(mean)[:, None], Z_90 * np.array(spread)[:, None]
    return Prediction(
        mean=mean,
        std=half,
        noise_std=np.zeros(1),
        low=mean - half,
        high=mean + half,
        in_domain=np.ones(len(mean), bool),
    )


def _aim(goal, *, values=(), mean=(), std=()):
    """A goal whose model was asked of measured candidates while they were held out."""
    values = np.array(values, float)[:, None]
    trained = SimpleNamespace(
        held_out=SimpleNamespace(mean=np.array(mean, float), std=np.array(std, float)),
        card=SimpleNamespace(calibration=lambda: 1.0),
        targets=Targets(
            values=values,
            bounds=np.zeros(values.shape, np.int8),
            n_replicates=np.ones(values.shape),
        ),
        features=SimpleNamespace(ids=tuple(map(str, range(len(values))))),
    )
    return SimpleNamespace(data=SimpleNamespace(goal=goal), trained=trained)


PROFILE = (
    Goal(property="A", threshold=6.5),
    Goal(property="B", direction="minimize", threshold=2.0, limit=True),
    Goal(property="C", match=7.4, threshold=0.5),
    Goal(property="D"),
)
AIMS = tuple(_aim(goal) for goal in PROFILE)


def test_the_chance_to_meet_a_profile_is_the_share_of_dense_draws_that_do():
    means = ([6.0, 7.0, 9.0], [1.0, 2.5, -3.0], [7.4, 7.0, 9.0], [0.0, 0.0, 0.0])
    spreads = ([1.0, 0.5, 0.1], [0.5, 1.0, 1.0], [0.3, 0.6, 1.0], [1.0, 1.0, 1.0])
    told = [_told(m, s) for m, s in zip(means, spreads, strict=True)]
    rng = np.random.default_rng(0)
    a, b, c, _ = (
        np.array(m) + np.array(s) * rng.standard_normal((200_000, 3))
        for m, s in zip(means, spreads, strict=True)
    )
    share = ((a >= 6.5) & (b <= 2.0) & (np.abs(c - 7.4) <= 0.5)).mean(axis=0)
    assert chance_to_meet(AIMS, told) == pytest.approx(share, abs=0.005)
    alone = chance_to_meet(AIMS[:1], told[:1])
    assert alone == pytest.approx(norm.cdf((np.array(means[0]) - 6.5) / np.array(spreads[0])))


def test_without_a_threshold_or_a_model_of_use_no_chance_is_stated():
    told = _told([1.0], [1.0])
    assert chance_to_meet(AIMS[3:], [told]) is None
    assert chance_to_meet(AIMS[:2], [told, None]) is None
    assert chance_to_meet((AIMS[0], AIMS[3]), [told, None]) is not None


def test_goals_that_pull_apart_are_told_by_what_came_true():
    """Each goal is met by half, no candidate meets both: the product says a quarter."""
    rng = np.random.default_rng(0)
    truth = rng.standard_normal(200)
    goals = (Goal(property="A", threshold=0.0), Goal(property="B", threshold=0.0))
    aims = [
        _aim(goal, values=values, mean=0.1 * rng.standard_normal(200), std=np.ones(200))
        for goal, values in zip(goals, (truth, -truth), strict=True)
    ]
    told = [_told([0.0], [1.0])] * 2
    assert chance_to_meet(aims, told)[0] < 0.05, "nobody of two hundred met both"
    truth[:20] = 0.0
    apart = [
        _aim(goal, values=values, mean=0.1 * rng.standard_normal(200), std=np.ones(200))
        for goal, values in zip(goals, (truth, -truth), strict=True)
    ]
    assert chance_to_meet(apart, told) == pytest.approx(0.1, abs=0.05)


def test_a_chance_that_holds_stays_what_it_is():
    rng = np.random.default_rng(1)
    mean = rng.standard_normal(2_000)
    truth = mean + rng.standard_normal(2_000)
    aim = _aim(Goal(property="A", threshold=0.5), values=truth, mean=mean, std=np.ones(2_000))
    asked = np.linspace(-1.5, 2.0, 8)
    said = chance_to_meet([aim], [_told(asked, np.ones(8))])
    assert said == pytest.approx(norm.cdf(asked - 0.5), abs=0.08)
