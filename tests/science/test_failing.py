# SPDX-License-Identifier: Apache-2.0
"""Candidates that may fail, against sums over every way in which they can."""

from itertools import product

import numpy as np
import pytest

from loopwright.core.slate import Slate
from loopwright.core.values import Features
from loopwright.registry import build
from loopwright.science.acquisition import expected_improvement, sequential_batch
from loopwright.science.failing import lottery, successes
from loopwright.science.gain import exceedance

CHOOSERS = ("diverse", "ucb", "ei", "qei", "greedy", "thompson", "pareto", "desirability")


def slate(mean, std, chance=None):
    mean, std = np.asarray(mean, float), np.asarray(std, float)
    none = Features(ids=(), blocks={})
    return Slate(
        features=Features(
            ids=tuple(map(str, range(len(mean)))), blocks={"vector": np.eye(len(mean), dtype="f4")}
        ),
        mean=mean,
        std=std,
        noise_std=0.1,
        covariance=lambda rows: np.diag(std[rows] ** 2),
        known=none,
        best=0.0,
        cycles_left=1,
        chance=None if chance is None else np.asarray(chance, float),
    )


def test_a_candidate_succeeds_in_its_share_of_the_worlds_and_apart_from_the_others():
    chance = np.array([0.0, 0.25, 0.5, 0.9, 1.0])
    drawn = successes(chance, n=20_000, rng=np.random.default_rng(0))
    assert drawn.mean(axis=0) == pytest.approx(chance, abs=1e-4)
    both = (drawn[:, 1] & drawn[:, 2]).mean()
    assert both == pytest.approx(0.125, abs=0.01)


def test_the_expected_improvement_of_a_lottery_is_that_of_its_draws():
    mean, std, chance = np.array([0.5, 1.0, -1.0]), np.array([1.0, 0.2, 2.0]), [0.3, 0.9, 0.6]
    rng = np.random.default_rng(0)
    drawn = mean + std * rng.standard_normal((400_000, 3))
    made = successes(np.array(chance), n=len(drawn), rng=rng)
    gain = np.where(made, np.maximum(drawn - 0.4, 0.0), 0.0).mean(axis=0)
    said = lottery(expected_improvement(mean, std, best=0.4), np.array(chance))
    assert said == pytest.approx(gain, abs=0.005)


def test_nobody_is_preferred_because_he_may_fail():
    gain = np.array([-2.0, -1.0, 0.5, 2.0])
    for low, high in product((0.0, 0.3), (0.6, 1.0)):
        assert (lottery(gain, np.full(4, low)) <= lottery(gain, np.full(4, high))).all()
    assert lottery(gain, None) is gain


def test_the_gain_of_a_batch_is_the_sum_over_who_fails():
    mean, chance = np.array([1.0, 2.0, 3.0]), np.array([0.9, 0.5, 0.2])
    whole = 0.0
    for made in product((0, 1), repeat=3):
        odds = np.prod([p if m else 1 - p for p, m in zip(chance, made, strict=True)])
        whole += odds * max(0.0, *(v - 0.5 for v, m in zip(mean, made, strict=True) if m), 0.0)
    told = exceedance(mean, np.zeros((3, 3)), best=0.5, rng=np.random.default_rng(0), chance=chance)
    assert told.mean() == pytest.approx(whole, abs=0.05)


def test_a_batch_of_lotteries_looks_beyond_its_shortlist():
    """The best 400 by value all fail; a shortlist by value alone would hold nobody else."""
    mean = np.arange(1_000.0)[::-1] / 100.0
    chance = np.where(np.arange(1_000) < 400, 0.0, 1.0)
    rows = sequential_batch(
        mean,
        np.full(1_000, 0.5),
        lambda rows: 0.25 * np.eye(len(rows)),
        score=lambda mean, std: mean + std,
        noise_std=0.1,
        batch_size=5,
        chance=chance,
    )
    assert rows.tolist() == [400, 401, 402, 403, 404]


@pytest.mark.parametrize("name", CHOOSERS)
def test_who_surely_fails_is_chosen_by_nobody(name):
    mean = np.linspace(3.0, 1.0, 40)
    chance = np.where(np.arange(40) < 12, 0.0, 1.0)
    proposer = build("proposers", name, {})
    rows = proposer.propose(slate(mean, np.full(40, 0.3), chance), 6, np.random.default_rng(0))
    assert len(set(rows.tolist())) == 6 and rows.min() >= 12


@pytest.mark.parametrize("name", CHOOSERS)
def test_of_twins_the_one_that_is_likelier_to_succeed_is_chosen(name):
    mean = np.repeat([2.0, 2.0], 20)
    chance = np.repeat([0.05, 0.95], 20)
    proposer = build("proposers", name, {})
    rows = proposer.propose(slate(mean, np.full(40, 0.3), chance), 6, np.random.default_rng(0))
    assert (rows >= 20).sum() >= 5


@pytest.mark.parametrize("name", ("ucb", "ei", "greedy"))
def test_where_everybody_succeeds_the_choice_is_what_it_was(name):
    rng = np.random.default_rng(3)
    mean, std = rng.standard_normal(60), 0.2 + rng.random(60)
    proposer = build("proposers", name, {})
    plain = proposer.propose(slate(mean, std), 5, np.random.default_rng(0))
    sure = proposer.propose(slate(mean, std, np.ones(60)), 5, np.random.default_rng(0))
    assert plain.tolist() == sure.tolist()
