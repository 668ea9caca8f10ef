# SPDX-License-Identifier: Apache-2.0
"""Limits on a property: nothing counts beyond them, and nothing is won by keeping them."""

from itertools import product

import numpy as np
import pytest

from loopwright.core.errors import SpecError
from loopwright.core.values import RawFile
from loopwright.data.where import as_conditions
from loopwright.loop.reached import reach, reference_of
from loopwright.loop.replay import Plan, in_memory, replay
from loopwright.loop.run import advance, look
from loopwright.loop.series import read_series
from loopwright.loop.state import State
from loopwright.spec.campaign import CampaignSpec, Choice, Start, Stop, structure
from loopwright.spec.goal import Goal, aim_of

STARTS = ("C", "CC", "CCC", "O", "CO", "F", "Cl", "Br", "N", "N#C", "FC(F)(F)", "NC(=O)")
UP = Goal(property="up")
FEW = Goal(property="down", direction="minimize", threshold=1.5, limit=True)
PLAN = Plan(start=12, batch=8, cycles=3, top=10)


@pytest.fixture(scope="module")
def file():
    """Molecules whose first property is best where the second one is too high."""
    texts = sorted({f"{a}c1ccc(cc1){b}" for a, b in product(STARTS, STARTS)})
    rows = []
    for text in texts:
        carbon, hetero = text.count("C"), text.count("O") + text.count("N") + text.count("F")
        rows.append(f"{text},{carbon + hetero:.2f},{hetero - 0.1 * carbon:.2f}")
    return RawFile(name="two.csv", content="\n".join(["smiles,up,down", *rows]).encode())


@pytest.fixture(scope="module")
def series(file):
    return read_series(file, (UP, FEW))


@pytest.mark.parametrize(
    ("limit", "values", "worth"),
    [
        (FEW, [1.5, 1.0, 2.5], [0.0, 0.0, -1.0]),
        (Goal(property="A", threshold=2.0, limit=True), [2.0, 1.0, 9.0], [0.0, -1.0, 0.0]),
        (Goal(property="A", match=2.0, threshold=0.5, limit=True), [1.5, 3.5, 2.0], [0, -1, 0]),
    ],
    ids=["at most", "at least", "within"],
)
def test_a_limit_is_worth_nothing_where_it_is_kept_and_costs_its_distance_elsewhere(
    limit, values, worth
):
    assert limit.worth(np.array(values)).tolist() == worth
    assert limit.floor() == 0.0


def test_a_limit_is_said_in_words():
    assert aim_of(FEW) == "down, 1.5 at most"
    assert aim_of(Goal(property="A", threshold=-4.0, limit=True)) == "A, -4 at least"
    assert aim_of(Goal(property="A", match=2.0, threshold=0.5, limit=True)) == "A, within 0.5 of 2"


@pytest.mark.parametrize(
    ("goals", "fault"),
    [
        ([{"property": "A", "limit": True}], "no threshold says which"),
        ([{"property": "A", "limit": True, "threshold": 2.0}], "one goal at least is none"),
        (
            [{"property": "A", "limit": True, "threshold": 2.0}, {"property": "B"}],
            "limits stand behind",
        ),
        ([{"property": "A"}, {"property": "B", "limit": "yes", "threshold": 1.0}], "neither true"),
    ],
)
def test_limits_that_say_too_little_are_refused(goals, fault):
    raw = {"name": "x", "goals": goals, "modality": "molecules"}
    with pytest.raises(SpecError, match=fault):
        structure(raw, where="x.toml")


def test_a_limit_beside_one_goal_takes_the_proposer_that_knows_both():
    limit = {"property": "B", "limit": True, "threshold": 1.0}
    raw = {"name": "x", "goals": [{"property": "A"}, limit], "modality": "molecules"}
    assert structure(raw, where="x.toml").proposer.name == "pareto"


def test_found_and_best_speak_of_those_that_keep_the_limit(series):
    kept = series.values[:, 1] <= 1.5
    assert 0 < kept.sum() < len(kept)
    assert series.values[~kept, 0].max() > series.values[kept, 0].max(), "the limit binds"
    best = np.sort(series.values[kept, 0])[-10]
    top = [i for i, v, k in zip(series.ids, series.values[:, 0], kept, strict=True)
           if k and v >= best]  # fmt: skip
    assert reach(series, top, 10).found == 1.0
    assert reach(series, top, 10).best == series.values[kept, 0].max()
    assert reach(series, top, 10).hits == len(top)
    broken = [i for i, k in zip(series.ids, kept, strict=True) if not k]
    assert reach(series, broken, 10).found == 0.0
    assert reach(series, broken, 10).best == series.values[kept, 0].min()


def test_the_hypervolume_counts_none_that_breaks_a_limit(file):
    down = Goal(property="down", direction="minimize")
    cap = Goal(property="up", threshold=3.0, direction="minimize", limit=True)
    several = read_series(file, (UP, down))
    within = read_series(file, (down, cap))
    assert np.isfinite(reference_of(several)).all() and np.isfinite(reference_of(within)).all()
    over = [i for i, v in zip(within.ids, within.values[:, 1], strict=True) if v > 3.0]
    assert reach(within, over, 5).found == 0.0
    assert reach(within, within.ids, 5).found == 1.0


def test_the_loop_finds_the_best_within_a_limit_that_the_best_of_all_break(file, series):
    (told,) = replay(series, PLAN, ("loop",), (0,))
    (chance,) = replay(series, PLAN, ("random",), (0,))
    assert told.found[-1] >= 0.8 > chance.found[-1]


def test_a_campaign_that_is_told_of_a_limit_buys_fewer_that_break_it(tmp_path, series):
    (tmp_path / "held_back.csv").write_bytes(series.held_back)

    def share_kept(goals):
        spec = CampaignSpec(
            name="two",
            goals=goals,
            modality=series.modality,
            models=(Choice(name="gp"),),
            proposer=Choice(name="pareto" if len(goals) > 1 else "ucb"),
            lab=Choice(name="replay", options={"file": str(tmp_path / "held_back.csv")}),
            start=Start(size=12, design="random"),
            batch_size=8,
            stop=Stop(cycles=2),
        )
        campaign = in_memory(spec, root=tmp_path)
        campaign.record.add(series.catalogue(campaign.record))
        while isinstance(advance(campaign), State):
            pass
        view = look(campaign)
        bought = {c for order in view.state.orders[1:] for c in order.candidates}
        return np.mean([k for i, k in zip(series.ids, series.is_kept, strict=True) if i in bought])

    assert share_kept((UP, FEW)) > share_kept((UP,)) + 0.1


def test_a_series_can_be_cut_by_a_column_and_says_what_fell_out(file):
    conditions = as_conditions(["down<=1", "up > 2"])
    some = read_series(file, (UP,), where=conditions)
    whole = read_series(file, (UP, FEW))
    kept = (whole.values[:, 1] <= 1.0) & (whole.values[:, 0] > 2.0)
    assert set(some.ids) == {i for i, k in zip(whole.ids, kept, strict=True) if k}
    assert len(some.barred) + some.n_rows == whole.n_rows
    assert {q.reason for q in some.barred} == {"not down <= 1", "not up > 2"}
