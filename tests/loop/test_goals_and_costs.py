# SPDX-License-Identifier: Apache-2.0
"""Several goals, values to match, candidates that do not cost alike: in the loop itself."""

import math
import re
from itertools import product

import numpy as np
import pytest
from attrs import evolve

from loopwright.core.errors import DataError, SpecError
from loopwright.core.values import RawFile
from loopwright.loop.reached import reach
from loopwright.loop.replay import Plan, in_memory, replay
from loopwright.loop.run import advance, look, next_step
from loopwright.loop.series import read_series
from loopwright.loop.state import State, Train
from loopwright.registry import build
from loopwright.science.similarity import similarity
from loopwright.spec.campaign import CampaignSpec, Choice, Start, Stop, structure
from loopwright.spec.goal import Goal

STARTS = ("C", "CC", "CCC", "O", "CO", "F", "Cl", "Br", "N", "N#C", "FC(F)(F)", "NC(=O)")
BOTH = (Goal(property="up"), Goal(property="down", direction="minimize"))
UCB = build("proposers", "ucb", {})
PLAN = Plan(start=10, batch=10, cycles=3, top=10)


@pytest.fixture(scope="module")
def file():
    """Molecules, two properties that pull apart, and a price for each."""
    texts = sorted({f"{a}c1ccc(cc1){b}" for a, b in product(STARTS, STARTS)})
    rows = []
    for i, text in enumerate(texts):
        carbon, hetero = text.count("C"), text.count("O") + text.count("N") + text.count("F")
        rows.append(f"{text},{carbon + 0.3 * hetero:.2f},{hetero - 0.1 * carbon:.2f},{1 + i % 5}")
    return RawFile(name="two.csv", content="\n".join(["smiles,up,down,price", *rows]).encode())


@pytest.fixture(scope="module")
def series(file):
    return read_series(file, BOTH)


def _mean(results, strategy, what):
    return np.mean([getattr(r, what)[-1] for r in results if r.strategy == strategy])


def test_a_series_of_two_goals_keeps_candidates_with_both_values(file):
    content = file.content.decode().splitlines()
    blank = [line if i % 3 else ",".join([*line.split(",")[:2], "", "1"])
             for i, line in enumerate(content[1:])]  # fmt: skip
    some = read_series(
        RawFile(name="some.csv", content="\n".join([content[0], *blank]).encode()), BOTH
    )
    assert 0 < len(some.ids) < len(content) - 1
    assert np.isfinite(some.values).all() and some.values.shape[1] == 2


@pytest.mark.slow
def test_two_goals_widen_the_front_faster_than_chance(series):
    results = replay(series, PLAN, ("loop", "random"), range(3))
    assert _mean(results, "loop", "found") > _mean(results, "random", "found")
    assert all(0 <= f <= 1 for r in results for f in r.found)
    again = replay(series, PLAN, ("loop",), range(1))
    assert again[0].found == results[0].found


def test_hits_reach_every_threshold(file):
    goals = (Goal(property="up", threshold=5.0), Goal(property="down", direction="minimize",
             threshold=1.0))  # fmt: skip
    series = read_series(file, goals)
    both = (series.values[:, 0] >= 5.0) & (series.values[:, 1] <= 1.0)
    assert reach(series, series.ids, 5).hits == both.sum() > 0
    assert reach(series, series.ids, 5).found == 1.0


def test_a_value_to_match_is_found_from_both_sides(file):
    series = read_series(file, (Goal(property="up", match=3.0, threshold=0.2),))
    (result,) = replay(series, PLAN, ("loop",), (0,))
    assert abs(result.best[-1] - 3.0) <= np.abs(series.values[:, 0] - 3.0).min() + 0.3
    near = np.abs(series.values[:, 0] - 3.0)
    assert reach(series, series.ids, 5).hits == (near <= 0.2).sum()


def test_a_budget_is_never_exceeded_and_dear_candidates_must_be_worth_it(file):
    series = read_series(file, BOTH[:1], cost="price")
    plan = evolve(PLAN, budget=60.0)
    results = replay(series, plan, ("loop", "random"), range(2))
    for result in results:
        assert list(result.spent) == sorted(result.spent)
        assert result.spent[-1] <= 60.0
        assert result.measured[-1] <= plan.n_measured
    assert _mean(results, "loop", "found") > _mean(results, "random", "found")


def test_two_goals_keep_within_a_budget_too(file):
    series = read_series(file, BOTH, cost="price")
    (result,) = replay(series, evolve(PLAN, budget=50.0), ("loop",), (0,))
    assert 30.0 < result.spent[-1] <= 50.0


def test_a_budget_below_the_cheapest_candidate_is_refused(file):
    series = read_series(file, BOTH[:1], cost="price")
    with pytest.raises(SpecError, match="Nothing was bought"):
        replay(series, evolve(PLAN, budget=0.5), ("loop",), (0,))


@pytest.mark.parametrize("cost", ["0", "-1", "", "five", "nan", "inf"])
def test_a_cost_that_is_none_is_refused(file, cost):
    lines = file.content.decode().splitlines()
    lines[3] = ",".join([*lines[3].split(",")[:3], cost])
    with pytest.raises(DataError, match=r"No cost: .* in row 4 "):
        read_series(RawFile(name="bad.csv", content="\n".join(lines).encode()), BOTH, cost="price")


def _campaign(tmp_path, series, goals, **more):
    (tmp_path / "held_back.csv").write_bytes(series.held_back)
    lab = Choice(name="replay", options={"file": str(tmp_path / "held_back.csv")})
    spec = CampaignSpec(
        name="two",
        goals=goals,
        modality=series.modality,
        models=(Choice(name="gp"),),
        proposer=Choice(name="pareto"),
        lab=lab,
        start=Start(size=12),
        batch_size=6,
        stop=Stop(cycles=2),
        **more,
    )
    campaign = in_memory(spec, root=tmp_path)
    campaign.record.add(series.catalogue(campaign.record))
    return campaign


def test_each_goal_has_its_model_and_each_pick_a_prediction_for_both(tmp_path, series):
    campaign = _campaign(tmp_path, series, BOTH)
    while isinstance(advance(campaign), State):
        pass
    view = look(campaign)
    last = view.state.models[-1]
    assert [m.property for m in last.each()] == ["up", "down"]
    assert last.model_sha256 != last.beside[0].model_sha256
    assert len(view.measured) == 24 == len(view.aims[1].data.ids)
    picks = campaign.record.get_json(view.state.picks[-1])
    assert all(p["mean"] is not None and p["others"][0]["property"] == "down" for p in picks)
    assert all(p["others"][0]["low"] < p["others"][0]["high"] for p in picks)
    assert re.search(
        r": \d+ of \d+ by predicted up, \d+ of \d+ by predicted down", picks[0]["reason"]
    )


def test_a_goal_that_comes_later_is_learned_before_the_next_batch(tmp_path, series):
    campaign = _campaign(tmp_path, series, BOTH)
    while not look(campaign).state.models:
        advance(campaign)
    assert not isinstance(next_step(look(campaign)), Train)
    other = evolve(campaign, spec=evolve(campaign.spec, goals=(*BOTH, Goal(property="new"))))
    assert isinstance(next_step(look(other)), Train)


def test_prices_of_a_file_count_and_those_of_nobody_else(tmp_path, series):
    dear = series.candidates[0]
    (tmp_path / "prices.csv").write_text(f"candidate,cost\n{dear.text},40\n{series.ids[1]},0.5\n")
    campaign = _campaign(tmp_path, series, BOTH, prices="prices.csv", cost=2.0, budget=100.0)
    assert campaign.tools.prices == {dear.id: 40.0, series.ids[1]: 0.5}
    while isinstance(advance(campaign), State):
        pass
    state = look(campaign).state
    bought = [c for o in state.orders for c in o.candidates]
    assert state.spent == math.fsum({dear.id: 40.0, series.ids[1]: 0.5}.get(c, 2.0) for c in bought)
    assert state.spent <= 100.0


def test_prices_that_are_none_are_told_all_at_once_and_a_decimal_comma_is_read(tmp_path, series):
    costs = ["n/a", '"1,5"', "", "-1"]
    told = [f"{id},{cost}" for id, cost in zip(series.ids[:4], costs, strict=True)]
    file = tmp_path / "prices.csv"
    file.write_text("\n".join(["candidate,cost", *told, ""]))
    with pytest.raises(DataError, match="No cost: 'n/a' in row 2, '' in row 4, '-1' in row 5"):
        _campaign(tmp_path, series, BOTH, prices="prices.csv")
    file.write_text("\n".join(["candidate,cost", told[1], ""]))
    campaign = _campaign(tmp_path, series, BOTH, prices="prices.csv")
    assert campaign.tools.prices == {series.ids[1]: 1.5}


@pytest.mark.parametrize(
    ("goals", "proposer", "fault"),
    [
        ([{"property": "A"}, {"property": "A"}], "pareto", "more than one for A"),
        ([{"property": "A"}, {"property": "B"}], "ucb", "knows one goal"),
        ([{"property": "A", "match": 2.0}], "greedy", "knows one goal"),
        ([{"property": "A", "weight": 2.0}, {"property": "B"}], "pareto", "knows no weights"),
        ([{"property": "A", "weight": 0.0}], "desirability", "weight"),
        (
            [{"property": "A"}, {"property": "B", "weight": 2.0, "threshold": 1.0, "limit": True}],
            "desirability",
            "a limit has no weight",
        ),
    ],
)
def test_goals_that_cannot_be_had_together_are_refused(goals, proposer, fault):
    raw = {"name": "x", "goals": goals, "modality": "molecules", "proposer": proposer}
    with pytest.raises(SpecError, match=fault):
        structure(raw, where="x.toml")


def test_several_goals_take_the_proposer_that_knows_several():
    raw = {"name": "x", "goals": [{"property": "A"}, {"property": "B"}], "modality": "molecules"}
    assert structure(raw, where="x.toml").proposer.name == "pareto"
    assert structure({**raw, "goals": raw["goals"][:1]}, where="x").proposer.name == "knowledge"
    heavy = [{"property": "A", "weight": 2.0}, {"property": "B"}]
    assert structure({**raw, "goals": heavy}, where="x").proposer.name == "desirability"


@pytest.mark.slow
def test_a_batch_says_what_it_is_expected_to_gain_and_a_campaign_stops_when_that_is_too_little(
    tmp_path, series
):
    def told(gain):
        campaign = _campaign(tmp_path, series, BOTH[:1])
        spec = evolve(
            campaign.spec,
            proposer=Choice(name="ucb"),
            stop=Stop(cycles=40, gain=gain),
        )
        campaign = evolve(campaign, spec=spec, tools=evolve(campaign.tools, proposer=UCB))
        while isinstance(after := advance(campaign), State):
            pass
        facts = [f.body for f in campaign.record.history() if f.kind == "batch.proposed"]
        return after.why, [f["gain"] for f in facts if "gain" in f], look(campaign)

    why, gains, view = told(0.4)
    assert why.startswith("with 95 % probability nothing on offer exceeds the best by")
    assert 0 < len(gains) < 40
    assert all(0 <= g["low"] <= g["mean"] <= g["high"] for g in gains)
    assert all(g["left"] >= 0.4 and g["cost"] == 6 for g in gains)
    left = [series.worth[i] for i, c in enumerate(series.ids) if c not in view.measured]
    assert max(left) <= view.data.best + 0.4, "the bound was right"
    why = told(None)[0]
    assert why.startswith("no candidate is left to offer") or why == "all 40 cycles are run"


def _clusters(alike, at_least):
    """Sizes of clusters of rows in their order, each of the first member it is most similar to."""
    first, size = [], {}
    for row in range(len(alike)):
        near = max(first, key=lambda f: alike[row, f], default=None)
        if near is None or alike[row, near] < at_least:
            first.append(near := row)
        size[near] = size.get(near, 0) + 1
    return size.values()


@pytest.mark.parametrize("proposer", ["knowledge", "diverse", "pareto"])
@pytest.mark.parametrize("caps", [{}, {"max_per_family": 4}], ids=["alone", "beside another cap"])
def test_no_batch_holds_more_of_a_cluster_than_allowed(tmp_path, series, proposer, caps):
    more = {"max_per_cluster": 2, "cluster_similarity": 0.4, **caps}
    campaign = _campaign(tmp_path, series, BOTH[:1], **more)
    chosen = build("proposers", proposer, {})
    campaign = evolve(campaign, tools=evolve(campaign.tools, proposer=chosen))
    features = campaign.tools.offered.describe(series.candidates)
    place = {id: row for row, id in enumerate(features.ids)}
    while isinstance(after := advance(campaign), State):
        for order in after.orders:
            some = features.take(np.array([place[c] for c in order.candidates]))
            assert max(_clusters(similarity(some, some), 0.4)) <= 2
    assert len(look(campaign).state.orders) >= 1


@pytest.mark.parametrize("proposer", ["ucb", "diverse", "pareto"])
def test_no_batch_holds_more_of_a_family_than_allowed(tmp_path, series, proposer):
    campaign = _campaign(tmp_path, series, BOTH[:1], max_per_family=2)
    chosen = build("proposers", proposer, {})
    campaign = evolve(campaign, tools=evolve(campaign.tools, proposer=chosen))
    families = campaign.tools.modality.describe(series.candidates, frozenset({"family"}))
    name = dict(zip(families.ids, families.blocks["family"].tolist(), strict=True))
    while isinstance(after := advance(campaign), State):
        for order in after.orders:
            counts = np.unique([name[c] for c in order.candidates], return_counts=True)[1]
            assert counts.max() <= 2
    assert len(look(campaign).state.orders) >= 1
