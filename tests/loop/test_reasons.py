# SPDX-License-Identifier: Apache-2.0
"""What each pick owes its place to, and what would change: in the loop itself."""

from itertools import product
from types import SimpleNamespace

import cattrs
import numpy as np
import pytest
from attrs import evolve

from loopwright.core.values import RawFile
from loopwright.loop.choose import choose
from loopwright.loop.explain import Pick, _place
from loopwright.loop.facts import Stopped, read_event
from loopwright.loop.replay import in_memory
from loopwright.loop.run import advance, look, propose
from loopwright.loop.series import read_series
from loopwright.loop.state import Propose
from loopwright.spec.campaign import CampaignSpec, Choice, Start, Stop
from loopwright.spec.goal import Goal

ENDS = ("C", "CC", "CCC", "O", "CO", "F", "Cl", "Br", "N", "N#C", "FC(F)(F)", "NC(=O)")
UP = (Goal(property="up"),)


@pytest.fixture(scope="module")
def file():
    """Molecules with a property, its mirror image, a price and a fare that nobody can foretell."""
    texts = sorted({f"{a}c1ccc(cc1){b}" for a, b in product(ENDS, ENDS)})
    rows = ["smiles,up,down,price,fare"]
    for i, text in enumerate(texts):
        up = text.count("C") + 0.3 * (text.count("O") + text.count("N") + text.count("F"))
        rows.append(f"{text},{up:.2f},{-up:.2f},{1 + round(up)},{40 if i % 3 else 2}")
    return RawFile(name="one.csv", content="\n".join(rows).encode())


@pytest.fixture
def guided(file, tmp_path):
    """Runs a campaign up to its first guided batch; returns it with the picks."""

    def run(*, goals=UP, proposer="ucb", cost="", **more):
        series = read_series(file, goals, cost=cost)
        (tmp_path / "held_back.csv").write_bytes(series.held_back)
        spec = CampaignSpec(
            name="one",
            goals=goals,
            modality=series.modality,
            models=(Choice(name="gp"),),
            proposer=Choice(name=proposer),
            lab=Choice(name="replay", options={"file": str(tmp_path / "held_back.csv")}),
            start=Start(size=16),
            batch_size=6,
            stop=Stop(cycles=3),
            **more,
        )
        campaign = in_memory(spec, root=tmp_path, prices=series.prices)
        campaign.record.add(series.catalogue(campaign.record))
        while len(campaign.record.state.picks) < 2:
            advance(campaign)
        return campaign, _picks(campaign)

    return run


def _picks(campaign):
    kept = campaign.record.get_json(campaign.record.state.picks[-1])
    return cattrs.structure(kept, list[Pick])


def _total(shares):
    return sum(amount for _, amount in shares.parts())


def test_every_pick_of_a_score_has_its_parts_and_what_would_change(guided):
    _, picks = guided()
    for pick in picks:
        assert pick.shares.is_own and pick.shares.cost == 0.0
        assert pick.shares.diversity <= 0.0 and _total(pick.shares) > 0.0
        assert pick.change.mean <= pick.mean
        assert pick.change.successor.id not in {p.candidate.id for p in picks}
        assert 0.0 <= pick.change.doubt <= 1.0
    assert picks[0].shares.diversity == 0.0, "nobody came before it"
    assert any(p.shares.diversity < 0.0 for p in picks)


def test_a_goal_to_minimize_is_the_mirror_image(guided):
    _, ups = guided()
    _, downs = guided(goals=(Goal(property="down", direction="minimize"),))
    assert [p.candidate.id for p in ups] == [p.candidate.id for p in downs]
    for up, down in zip(ups, downs, strict=True):
        assert down.change.mean == pytest.approx(-up.change.mean, abs=1e-6)
        assert down.shares.value == pytest.approx(up.shares.value, abs=1e-6)
        assert f"if predicted above {down.change.mean:.3g}" in down.in_numbers("1")[1]


def test_without_a_pick_the_loop_itself_takes_the_one_that_was_told(guided):
    campaign, picks = guided()
    first = picks[2]
    state = campaign.record.state
    others = [c for c in campaign.tools.generator.offer(
        campaign.tools.modality, tuple(look(campaign).candidates.values()), None, None
    ) if c.id != first.candidate.id]  # fmt: skip

    class Without:
        def offer(self, *_):
            return tuple(others)

    again = evolve(campaign, tools=evolve(campaign.tools, generator=Without()))
    propose(again)
    assert again.record.state.proposal.cycle == state.proposal.cycle
    now = {p.candidate.id for p in _picks(again)}
    before = {p.candidate.id for p in picks}
    assert first.change.successor.id in now - before
    assert first.candidate.id not in now


def test_where_money_is_short_the_cost_has_its_part_and_no_change_is_told(guided):
    campaign, picks = guided(cost="price", budget=120.0)
    assert all(p.change is None and p.shares.is_own for p in picks)
    prices = campaign.tools.prices
    usual = np.median(list(prices.values()))
    for pick in picks:
        cheaper = prices[pick.candidate.id] < usual
        assert (pick.shares.cost > 0) == cheaper or pick.shares.cost == 0
    assert any(p.shares.cost != 0 for p in picks)


def test_the_reason_in_words_names_the_largest_share_be_it_the_price(guided):
    words = {"value": "for its value", "doubt": "for what it can teach", "cost": "for its price"}
    _, short = guided(cost="fare", budget=300.0)
    _, rich = guided()
    for pick in (*short, *rich):
        lifts = {n: x for n, x in pick.shares.parts() if n in words and (n != "cost" or x > 0)}
        assert words[max(lifts, key=lifts.get)] in pick.reason
    assert any("for its price" in p.reason for p in short)
    assert not any("for its price" in p.reason for p in rich)


def test_a_proposer_that_draws_is_explained_by_expected_improvement_and_says_so(guided):
    _, picks = guided(proposer="thompson")
    assert all(p.shares is not None and not p.shares.is_own for p in picks)
    assert "expected improvement" in picks[0].in_numbers("1")[0]


def test_a_proposer_that_draws_says_so_and_what_would_change_in_the_worlds_it_drew(guided):
    _, picks = guided(proposer="thompson")
    n = len(picks)
    for pick in picks:
        assert "each pick the best left in one possible world" in pick.reason
        assert pick.change.draws == n and pick.change.mean <= pick.mean
        assert pick.change.successor.id not in {p.candidate.id for p in picks}
        words = pick.in_numbers("1")[1]
        assert words.startswith(f"best in {pick.change.won} of {n} possible worlds; in these it ")
    assert picks[0].change.won >= 1 and sum(p.change.won for p in picks) <= n
    _, scored = guided()
    assert not any(p.change.draws or "possible worlds" in p.in_numbers("1")[1] for p in scored)
    _, capped = guided(proposer="thompson", max_per_family=16)
    assert all(p.change is None and "one possible world" in p.reason for p in capped)


def test_a_cap_on_families_leaves_the_parts_and_tells_no_change(guided):
    _, picks = guided(max_per_family=16)
    assert all(p.shares is not None and p.change is None for p in picks)


def test_chance_has_no_parts(guided):
    _, picks = guided(proposer="random")
    assert all(p.shares is None and p.change is None for p in picks)


BOTH = (Goal(property="up"), Goal(property="down"))


@pytest.mark.parametrize(
    ("proposer", "unit"),
    [("pareto", "% of the known hypervolume"), ("desirability", "points of desirability")],
)
def test_with_several_goals_every_number_says_its_unit(guided, proposer, unit):
    campaign, picks = guided(goals=BOTH, proposer=proposer)
    gain = campaign.record.state.proposal.gain
    assert gain.unit == unit
    assert 0.0 <= gain.low <= gain.mean <= gain.high <= gain.left
    assert gain.in_words("1").count(unit) == 2
    assert picks[0].shares.diversity == 0.0, "nobody came before it"
    for pick in picks:
        assert pick.shares.unit == unit and pick.shares.is_own and pick.shares.diversity <= 0.0
        assert f"above a typical candidate (in {unit})" in pick.in_numbers("nM")[0]


@pytest.mark.parametrize("proposer", ["pareto", "desirability"])
def test_with_several_goals_it_is_told_on_which_prediction_a_pick_hangs(guided, proposer):
    _, picks = guided(goals=BOTH, proposer=proposer)
    batch, named = {p.candidate.id for p in picks}, 0
    for pick in picks:
        change = pick.change
        assert change.property in {"up", "down"} and 0.0 <= change.doubt <= 1.0
        if change.successor is None or change.mean is None:
            continue
        assert change.successor.id not in batch
        now = pick.mean if change.property == "up" else pick.others[0].mean
        than = "below" if change.mean <= now else "above"
        named += f"if {change.property} is predicted {than} {change.mean:.3g}" in pick.changed("1")
    assert named
    matched = (BOTH[0], Goal(property="down", match=-4.0))
    for more in ({"goals": BOTH, "max_per_family": 16}, {"goals": matched}):
        _, others = guided(proposer=proposer, **more)
        assert all(p.shares is not None and p.change is None for p in others)


def test_a_campaign_with_several_goals_ends_when_too_little_is_left(guided):
    campaign, _ = guided(goals=BOTH, proposer="pareto")
    left = campaign.record.state.proposal.gain.left
    for least, ends in ((0.99 * left, False), (1.01 * left, True)):
        stop = Stop(cycles=3, gain=least)
        again = evolve(campaign, spec=evolve(campaign.spec, stop=stop))
        after = choose(look(again), again.record, Propose(cycle=1, batch_size=6))
        assert isinstance(after, Stopped) == ends
    assert "gain no more than" in after.why and "% of the known hypervolume, less" in after.why


def test_where_nobody_asks_nothing_is_told_and_the_same_is_chosen(guided):
    for goals, proposer in ((BOTH, "pareto"), (UP, "ucb")):
        campaign, picks = guided(goals=goals, proposer=proposer)
        silent = evolve(campaign, is_told=False)
        after = choose(look(silent), silent.record, Propose(cycle=1, batch_size=6))
        kept = cattrs.structure(silent.record.get_json(after.picks_sha256), list[Pick])
        assert [p.candidate for p in kept] == [p.candidate for p in picks]
        assert after.gain is None and all(p.shares is None for p in kept)


def test_the_gain_of_an_older_record_is_read_in_the_unit_of_the_goal(guided):
    campaign, _ = guided()
    [body] = [f.body for f in campaign.record.history() if "gain" in f.body]
    old = {**body, "gain": {k: v for k, v in body["gain"].items() if k != "unit"}}
    assert read_event("batch.proposed", old) == read_event("batch.proposed", body)
    assert "over the best" in read_event("batch.proposed", old).gain.in_words("nM")


def test_picks_of_older_records_are_read(guided):
    campaign, picks = guided()
    old = [
        {k: v for k, v in p.items() if k not in {"shares", "change"}}
        for p in campaign.record.get_json(campaign.record.state.picks[-1])
    ]
    read = cattrs.structure(old, list[Pick])
    assert [p.candidate for p in read] == [p.candidate for p in picks]
    assert all(p.shares is None and p.change is None for p in read)


@pytest.mark.parametrize(
    ("value", "doubt", "led"),
    [(0.2, 0.1, "its value"), (0.1, 0.2, "what it can teach"), (0.0, 0.0, "what it can teach")],
    ids=["value", "doubt", "neither: its places decide"],
)
def test_what_led_is_the_larger_share_or_the_better_place_where_there_is_none(value, doubt, led):
    view = SimpleNamespace(data=SimpleNamespace(best=3.0, best_of=lambda: None))
    offered = SimpleNamespace(mean=np.array([1.0, 2.0, 2.5]), std=np.array([0.9, 0.2, 0.1]))
    reason = SimpleNamespace(shares=SimpleNamespace(value=value, doubt=doubt, cost=0.0))
    told = _place(view, offered, 0, reason)
    assert told == f": for {led}; 3 of 3 by predicted value (2 below the best measured), 1 by doubt"
