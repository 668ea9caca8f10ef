# SPDX-License-Identifier: Apache-2.0
"""Two assays of one thing in a replay: a cheap screen, and the costly assay of the goal."""

from itertools import product

import numpy as np
import pytest
from attrs import evolve

from loopwright.api.replays import Question, replay_file
from loopwright.core.errors import DataError, SpecError
from loopwright.core.values import RawFile
from loopwright.loop.replay import Plan, replay
from loopwright.loop.series import read_series
from loopwright.registry import build
from loopwright.spec.goal import Goal
from loopwright.spec.screen import Screen

ENDS = ("C", "CC", "CCC", "O", "OC", "F", "Cl", "Br", "N", "C#N", "C(F)(F)F", "C(N)=O", "C(=O)O")
MOLECULES = build("modalities", "molecules", {})
DRAWN = (f"c1({a})c{m}c({b})cc1" for a, b, m in product(ENDS, ENDS, ("c", "n")))
TEXTS = sorted({MOLECULES.parse(text).text for text in DRAWN})
NOISE = np.random.default_rng(4).normal(0.0, 1.0, (3, len(TEXTS)))
Y = Goal(property="y")
PLAN = Plan(start=12, batch=12, cycles=3, top=15, budget=48.0)


def _worth(i):
    text = TEXTS[i]
    return text.count("C") + 2.0 * text.count("F") - text.count("n") + 3.0 * NOISE[0, i]


def _file(*, noise=0.2, sign=1.0, missing=0):
    """A table with both columns: what the screen says is the truth, badly measured."""
    rows = ["smiles,y,quick"]
    for i, text in enumerate(TEXTS):
        told = "" if i < missing else f"{sign * 10.0 * (_worth(i) + noise * NOISE[1, i]):.3f}"
        rows.append(f"{text},{_worth(i):.3f},{told}")
    return RawFile(name="both.csv", content="\n".join(rows).encode())


def _replayed(file, strategies, *, screen=None, seeds=3, plan=PLAN):
    series = read_series(file, (Y,), screen=screen or Screen(property="quick", cost=0.05))
    results = replay(series, plan, strategies, range(seeds))
    return {s: [r for r in results if r.strategy == s] for s in strategies}


@pytest.fixture(scope="module")
def good():
    return _replayed(_file(), ("loop", "assay", "funnel"))


def _found(results):
    return np.mean([r.found[-1] for r in results])


def test_a_screen_that_nearly_is_the_assay_finds_more_for_the_same_money(good):
    assert _found(good["loop"]) > _found(good["assay"]) + 0.1
    assert all(r.screened[-1] > 40 for r in good["loop"])


def test_nobody_spends_more_than_the_budget_and_the_bill_adds_up(good):
    for results in good.values():
        for r in results:
            assert r.spent[-1] <= PLAN.budget + 1e-9
            assert np.allclose(r.spent, np.array(r.measured) + 0.05 * np.array(r.screened))
            assert list(r.spent) == sorted(r.spent) and len(r.spent) <= 1 + PLAN.cycles


def test_the_last_batch_buys_no_screens(good):
    for r in good["loop"]:
        assert r.screened[-1] == r.screened[-2] > r.screened[0]
        assert r.measured[-1] > r.measured[-2]


def test_whoever_is_assayed_first_is_screened_too_and_without_a_screen_nobody(good):
    assert all(r.screened[0] == r.measured[0] for r in good["loop"])
    assert all(set(r.screened) == {0} for r in good["assay"])
    assert all(set(r.screened) == {len(TEXTS)} for r in good["funnel"])


def test_a_screen_of_noise_is_hardly_bought():
    for r in _replayed(_file(noise=100.0), ("loop",))["loop"]:
        assert r.measured[-1] >= 0.9 * PLAN.n_measured


def test_the_direction_of_the_screen_may_be_the_other_one():
    opposite = Screen(property="quick", cost=0.05, direction="minimize")
    (one,) = _replayed(_file(sign=-1.0), ("loop",), screen=opposite, seeds=1)["loop"]
    (same,) = _replayed(_file(), ("loop",), seeds=1)["loop"]
    assert one.found == same.found and one.screened == same.screened


def test_who_has_no_value_of_the_screen_costs_one_and_can_still_be_assayed():
    results = _replayed(_file(missing=len(TEXTS) // 2), ("loop",), seeds=2)["loop"]
    assert all(r.spent[-1] <= PLAN.budget for r in results)
    assert _found(results) > 0.2


@pytest.mark.slow
def test_a_replay_with_a_screen_is_the_same_on_two_processes():
    series = read_series(_file(), (Y,), screen=Screen(property="quick", cost=0.05))
    plan = evolve(PLAN, cycles=2, budget=36.0)
    alone, beside = (replay(series, plan, ("loop",), range(2), n_workers=n) for n in (1, 2))
    told = [[(r.measured, r.screened, r.found) for r in results] for results in (alone, beside)]
    assert told[0] == told[1]


def test_the_assay_may_cost_a_number():
    asked = Question(
        goals=("y:max",), screen="quick", screen_cost=0.5, cost="10", start=8, batch=8, cycles=2,
        seeds=1, strategies=("loop", "assay"),
    )  # fmt: skip
    answer = replay_file(_file(), asked)
    assert answer.budget == 240.0 and answer.screen == "quick"
    loop, assay = answer.strategies["loop"], answer.strategies["assay"]
    assert assay.spent == 240.0 and loop.spent <= 240.0
    assert loop.spent == pytest.approx(10 * loop.curve[-1].measured + 0.5 * loop.screened)


@pytest.mark.parametrize(
    ("asked", "what"),
    [
        ({"screen": "quick"}, "needs a column and a price"),
        ({"screen_cost": 0.1}, "needs a column and a price"),
        ({"strategies": ("funnel",)}, "needs a screen"),
    ],
    ids=["without a price", "without a column", "a funnel without either"],
)
def test_a_screen_is_named_with_its_price(asked, what):
    with pytest.raises(SpecError, match=what):
        replay_file(_file(), Question(goals=("y:max",), seeds=1, **asked))


def test_a_screen_that_nearly_nobody_has_is_refused():
    with pytest.raises(DataError, match="5 candidates with a value have one of 'quick'"):
        read_series(_file(missing=len(TEXTS) - 5), (Y,), screen=Screen(property="quick", cost=0.1))


def test_beside_several_goals_there_is_no_screen():
    asked = Question(goals=("y:max", "quick:min"), screen="y", screen_cost=0.1, seeds=1)
    with pytest.raises(SpecError, match="beside one goal"):
        replay_file(_file(), asked)
