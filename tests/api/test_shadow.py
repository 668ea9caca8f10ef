# SPDX-License-Identifier: Apache-2.0
"""The loop proposes, people choose, and the record says who did better."""

import numpy as np
import pytest
from attrs import evolve
from desk import Desk

from loopwright.api import batches, pages, verbs
from loopwright.api.replays import demo_file
from loopwright.api.shadow import shadow
from loopwright.core.errors import DataError, NotReadyError
from loopwright.core.values import RawFile
from loopwright.loop.compared import Compared, Group, Lead, Shadow
from loopwright.loop.run import Waiting
from loopwright.loop.series import read_series
from loopwright.spec.goal import Goal

TOML = """
name = "shade"
seed = 3
batch_size = 12
shadow = {shadow}
modality = "molecules"
models = {models}
lab = {{ name = "replay", options = {{ file = "{file}" }} }}
goals = [{{ property = "pIC50" }}]
stop = {{ cycles = 9 }}
"""
HEADER, *ROWS = demo_file().content.decode().splitlines()
ROWS = ROWS[::4]
KNOWN, POOL = ROWS[::8], [r for i, r in enumerate(ROWS) if i % 8]


class Bench(Desk):
    """A campaign on a part of the demo's series; the lab knows all values."""

    def __init__(self, folder, shadow="true", models='["gp"]'):
        truth = folder / "held_back.csv"
        whole = RawFile(name="all.csv", content="\n".join([HEADER, *ROWS]).encode())
        truth.write_bytes(read_series(whole, (Goal(property="pIC50"),)).held_back)
        toml = TOML.format(file=truth.as_posix(), shadow=shadow, models=models)
        super().__init__(folder, "shade", toml)
        verbs.ingest(self.place, self.file([HEADER, *KNOWN]))
        verbs.ingest(self.place, self.file(["smiles,name", *(r.rpartition(",")[0] for r in POOL)]))

    def free(self):
        return sorted(self.view.free)

    def turn(self, names):
        batches.choose(self.place, self.file(["candidate_id", *names]))
        verbs.order(self.place)


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """Four cycles in which somebody draws lots beside the loop."""
    bench = Bench(tmp_path_factory.mktemp("shadow"))
    rng = np.random.default_rng(5)
    for _ in range(4):
        bench.turn(rng.choice(bench.free(), 12, replace=False))
    return bench


def test_in_shadow_mode_nothing_is_ordered_that_people_have_not_chosen(bench):
    after = verbs.run_campaign(bench.place)
    assert isinstance(after, Waiting) and "choose" in after.why
    assert "loopwright choose" in verbs.status(bench.place).next
    with pytest.raises(NotReadyError, match="shadow mode"):
        verbs.order(bench.place)
    bench.turn(bench.free()[:5])
    assert len(bench.view.state.orders) == 1


def test_in_shadow_mode_a_bench_of_people_is_told_to_choose_then_to_release(tmp_path):
    bench = Bench(tmp_path)
    path = bench.place.root / "campaigns" / "shade.toml"
    lines = path.read_text().splitlines()
    path.write_text("\n".join('lab = "folder"' if "lab =" in x else x for x in lines))
    assert "loopwright choose" in verbs.run_campaign(bench.place).why
    batches.choose(bench.place, bench.file(["id", *bench.free()[:3]]))
    assert "loopwright plate" in verbs.run_campaign(bench.place).why
    assert "loopwright plate" in verbs.status(bench.place).next


def test_the_loop_has_proposed_before_it_sees_what_people_chose(bench):
    mine = bench.free()[:7]
    bench.turn(mine)
    facts = [f for f in bench.place.reading().record.history() if f.kind.startswith("batch.")]
    assert [f.kind for f in facts] == ["batch.proposed", "batch.chosen", "batch.ordered"]
    assert len(facts[0].body["candidates"]) == 12
    assert facts[2].body["candidates"] == facts[1].body["candidates"] == mine
    assert facts[1].actor == "Ada"


def test_who_chooses_may_name_ids_names_and_structures_even_new_ones(bench):
    one, two = POOL[4].split(","), POOL[9].split(",")
    found = batches.choose(
        bench.place, bench.file(["what,note", f"{one[1]},good", f"{two[0]},", "CCCCO,new"])
    )
    assert [p.candidate.name for p in found.picks[:2]] == [one[1], two[1]]
    assert found.picks[2].candidate.text == "CCCCO"
    assert found.picks[2].reason.startswith("brought in by hand")


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        (["id", "nobody knows", ""], "names no candidate"),
        (["name", POOL[0].split(",")[1], POOL[0].split(",")[1]], "stands in row 2, too"),
        (["id"], "no rows"),
        (
            ["smiles,name", f"CCCCO,{POOL[0].split(',')[1]}"],
            "row 2 names .*, and draws another",
        ),
        (
            ["name", "nobody", POOL[0].split(",")[1] + "b", "no one"],
            "row 2 .*: 'nobody'; row 3 .*perhaps '.*' is meant.*; row 4 .*: 'no one'",
        ),
    ],
    ids=["a stranger", "one twice", "no row", "one named, another drawn", "three strangers"],
)
def test_a_file_that_does_not_say_who_is_meant_is_refused(bench, lines, fault):
    with pytest.raises(DataError, match=fault):
        batches.choose(bench.place, bench.file(lines))
    assert not bench.view.state.proposal.is_chosen


@pytest.mark.parametrize("above", [(), ("Picks of the team",)], ids=["alone", "under a title"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "cp1252"])
def test_a_list_without_a_header_loses_nobody(bench, encoding, above):
    names = bench.free()[:6]
    path = bench.folder / "list.txt"
    path.write_bytes("\r\n".join([*above, *names]).encode(encoding))
    found = batches.choose(bench.place, path)
    assert [p.candidate.id for p in found.picks] == names


def test_a_list_of_notations_alone_loses_nobody_either(bench):
    drawn = ["CCCCO", "CCCCCO\u200b", *(row.split(",")[0] for row in POOL[:3])]
    found = batches.choose(bench.place, bench.file(drawn))
    assert len(found.picks) == 5 and found.picks[0].candidate.text == "CCCCO"


def test_a_candidate_that_people_bring_in_keeps_its_name(bench):
    batches.choose(bench.place, bench.file(["smiles,name,note", "CCCCO,new one,a hunch"]))
    verbs.order(bench.place)
    told = verbs.readback(bench.place, bench.file(["name,pIC50", "new one,6.1"]))
    assert told.n_loaded == 1 and not told.has_faults
    assert bench.view.by_name()["new one"].id in bench.view.measured


def test_once_people_have_chosen_the_loop_does_not_choose_again(bench):
    batches.choose(bench.place, bench.file(["id", *bench.free()[:3]]))
    with pytest.raises(NotReadyError, match="People have chosen"):
        batches.propose_batch(bench.place, again=True)


def test_outside_shadow_mode_a_choice_needs_a_reason(tmp_path):
    bench = Bench(tmp_path, shadow="false")
    file = bench.file(["id", *bench.free()[:3]])
    with pytest.raises(DataError, match="needs a reason"):
        batches.choose(bench.place, file)
    assert len(batches.choose(bench.place, file, reason="we know better").picks) == 3


def test_a_pick_that_was_measured_before_is_no_merit_of_who_picked_it(tmp_path):
    bench = Bench(tmp_path)
    path = bench.place.root / "campaigns" / "shade.toml"
    lines = path.read_text().splitlines()
    path.write_text("\n".join('lab = "folder"' if "lab =" in x else x for x in lines))
    best = max(bench.view.data.ids, key=dict(zip(*_values(bench), strict=True)).get)
    mine = [best, *bench.free()[:6]]
    bench.turn(mine)
    (cycle,) = shadow(bench.place).cycles
    assert cycle.n_known == 1 and cycle.people.n + cycle.both.n == 6
    assert cycle.lead is None and "nothing of the batch" in cycle.why
    rows = [f"{c},{5 + i / 10}" for i, c in enumerate(mine)]
    verbs.readback(bench.place, bench.file(["candidate_id,pIC50", *rows]))
    (cycle,) = shadow(bench.place).cycles
    assert cycle.n_known == 1 and cycle.people.best <= 5.6
    assert "1 known before" in _page_of(bench)


def _values(bench):
    data = bench.view.data
    return data.ids, data.targets.values[:, 0].tolist()


def _page_of(bench):
    return pages.write_report(bench.place, bench.folder / "page.html").read_text()


def test_before_anything_came_back_nothing_is_compared(bench):
    assert shadow(bench.place).in_words().startswith("No cycle can be compared yet: no batch")


def test_who_draws_lots_does_worse_than_the_loop_and_the_record_says_so(played):
    found = shadow(played.place)
    assert len(found.cycles) == 4 and found.lead.n_cycles == 4
    assert found.lead.low > 0.0 and found.lead.is_clear
    assert found.in_words().startswith("The loop's picks are better")
    for cycle in found.cycles:
        assert cycle.people.n + cycle.both.n == 12 == cycle.loop.n + cycle.both.n
        assert cycle.people.n_measured == cycle.people.n
        assert cycle.loop.n_measured + cycle.loop.n_predicted == cycle.loop.n
        assert cycle.lead.low < cycle.lead.mean < cycle.lead.high


@pytest.mark.slow
def test_once_all_is_measured_the_verdict_rests_on_values_alone(tmp_path):
    bench = Bench(tmp_path)
    rng = np.random.default_rng(5)
    for _ in range(3):
        bench.turn(rng.choice(bench.free(), 12, replace=False))
    before = shadow(bench.place)
    assert any(c.loop.n_predicted for c in before.cycles)
    assert "count as the last model predicts them" in before.in_words()
    done = {bench.view.candidates[i].name for i in bench.view.measured}
    late = [r for r in ROWS if r.split(",")[1] not in done]
    verbs.ingest(bench.place, bench.file([HEADER, *late]))
    found = shadow(bench.place)
    assert all(c.loop.n_measured == c.loop.n and c.loop.n_predicted == 0 for c in found.cycles)
    assert found.lead == found.measured and found.lead.low > 0.0
    value = {r.split(",")[1]: float(r.split(",")[2]) for r in ROWS}
    names = {i: c.name for i, c in bench.view.candidates.items()}
    facts = list(bench.place.reading().record.history())
    told = [
        [value[names[c]] for c in f.body["candidates"]]
        for f in facts
        if f.kind in {"batch.proposed", "batch.ordered"}
    ]
    leads = [
        np.mean(loop) - np.mean(people) for loop, people in zip(told[::2], told[1::2], strict=True)
    ]
    assert found.lead.mean == pytest.approx(np.mean(leads))
    assert [c.lead.mean for c in found.cycles] == pytest.approx(leads)


@pytest.fixture
def bare(tmp_path):
    """A bench whose model learns nothing of use; some of its values come back."""
    bench = Bench(tmp_path, models='["mean"]')

    def turn(n_shared, n_own):
        proposed = [p.candidate.id for p in batches.propose_batch(bench.place).picks]
        own = [c for c in bench.free() if c not in proposed][:n_own]
        bench.turn([*proposed[:n_shared], *own])
        return proposed

    bench.shade = turn
    return bench


def values_of(bench, ids):
    names = {bench.view.candidates[i].name for i in ids}
    verbs.ingest(bench.place, bench.file([HEADER, *(r for r in ROWS if r.split(",")[1] in names)]))


@pytest.mark.parametrize("n_shared", [0, 1, 5, 11])
def test_what_both_picked_makes_nobody_a_winner_while_no_model_is_of_use(bare, n_shared):
    bare.shade(n_shared, 6)
    found = shadow(bare.place)
    (cycle,) = found.cycles
    assert cycle.loop.n_measured == cycle.loop.n_predicted == 0
    assert found.lead is cycle.lead is None and found.measured is None
    needed = max(5 - n_shared, min(2, 12 - n_shared))
    assert f"{needed} more needed" in cycle.why
    assert found.in_words() == f"No cycle can be compared yet: {cycle.why}."


def test_five_values_a_side_make_an_interval_that_has_a_width(bare):
    proposed = bare.shade(2, 6)
    assert "3 more needed" in shadow(bare.place).in_words()
    values_of(bare, proposed[2:4])
    assert "1 more needed" in shadow(bare.place).in_words()
    values_of(bare, proposed[4:5])
    found = shadow(bare.place)
    assert found.cycles[0].why == "" and found.lead == found.measured
    assert found.lead.high - found.lead.low > 0.5
    assert "predicts" not in found.in_words()


def test_the_report_says_that_its_model_is_of_no_use(bare, tmp_path):
    bare.shade(2, 4)
    batches.propose_batch(bare.place)
    assert bare.view.state.models and not bare.view.state.models[-1].is_useful
    html = pages.write_report(bare.place, tmp_path / "r.html").read_text()
    assert '<p class="detail">The last model is of no use (' in html
    assert "No cycle can be compared yet" in html


def test_batches_that_are_measured_whole_differ_by_no_less_than_noise(bare):
    values_of(bare, bare.shade(0, 12))
    (cycle,) = shadow(bare.place).cycles
    assert cycle.loop.n_measured == 12
    spread = np.std(bare.view.data.targets.values, ddof=1)
    assert cycle.lead.high - cycle.lead.mean == pytest.approx(1.96 * spread * (2 / 12) ** 0.5, 1e-3)


def test_one_pick_a_side_tells_nothing_of_one_cycle(bare):
    toml = bare.place.root / "campaigns" / "shade.toml"
    toml.write_text(toml.read_text().replace("batch_size = 12", "batch_size = 1"))
    values_of(bare, bare.shade(0, 1))
    found = shadow(bare.place)
    assert found.lead is None and "one number a side is too few" in found.in_words()


def test_the_verdict_says_whose_picks_count_by_prediction_and_which_cycles_are_left_out():
    def group(n, n_measured, n_predicted):
        return Group(
            n=n,
            n_measured=n_measured,
            mean=None,
            best=None,
            n_predicted=n_predicted,
            predicted=None,
        )

    lead = Lead(mean=1.0, low=0.5, high=1.5, n_cycles=1)
    told = Compared(
        cycle=1,
        both=group(2, 2, 0),
        loop=group(6, 1, 4),
        people=group(5, 2, 3),
        lead=lead,
        measured=None,
        why="",
    )
    left_out = evolve(told, cycle=2, lead=None, why="nothing has come back")
    found = Shadow(property="p", unit="1", cycles=(told, left_out), lead=lead, measured=None)
    assert (
        "1 of the 6 candidates that only the loop picked are measured by now; 4 count as the last "
        "model predicts them; 3 that only people picked count so, too. By measured values alone: "
        "too few to tell. Not compared yet: cycle 2." in found.in_words()
    )


def test_who_orders_what_the_loop_proposed_is_as_good_as_it(bench):
    for _ in range(2):
        batch = batches.propose_batch(bench.place)
        bench.turn([p.candidate.id for p in batch.picks])
    found = shadow(bench.place)
    assert [c.both.n for c in found.cycles] == [12, 12]
    assert found.lead.mean == 0.0 and not found.lead.is_clear
    assert found.in_words().startswith("No difference is proven")


def test_the_report_says_who_did_better(played, tmp_path):
    html = pages.write_report(played.place, tmp_path / "r.html").read_text()
    assert "Loop and people" in html
    assert "lenient judge of its own picks" in html
    assert "Loop against people, cycle by cycle" in html
