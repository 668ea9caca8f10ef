# SPDX-License-Identifier: Apache-2.0
"""A campaign with two assays: the order says who is wanted of which, and both come home."""

import csv
from pathlib import Path

import numpy as np
import pytest
from desk import Desk

from loopwright.api import batches, evidence, exports, pages, verbs
from loopwright.core.errors import LoopwrightError, NotReadyError, SpecError
from loopwright.loop.facts import Ordered, read_event, write_event
from loopwright.loop.state import Done
from loopwright.spec.campaign import structure
from loopwright.training.artefact import unpack

ENDS = ("C", "CC", "O", "F", "Cl", "Br", "N", "C#N", "OC", "C(F)(F)F")
CORES = ("{}c1ccc({})cc1", "{}c1ccnc({})c1", "{}C1CCC({})CC1")
LIBRARY = tuple(core.format(a, b) for core in CORES for a in ENDS[:5] for b in ENDS[5:])
TOML = """
name = "two"
seed = 3
batch_size = 4
budget = 80.0
modality = "molecules"
models = ["gp"]
lab = "folder"
goals = [{ property = "pIC50", threshold = 9.5 }]
start = { size = 12 }
stop = { cycles = 4 }

[screen]
property = "inhibition"
unit = "%"
cost = 0.1
"""


class Bench(Desk):
    """A campaign, and two laboratories that answer its orders by files."""

    def __init__(self, folder, toml=TOML, known=()):
        super().__init__(folder, "two", toml)
        names = [f"{s},cpd {i}" for i, s in enumerate(LIBRARY)]
        verbs.ingest(self.place, self.file(["smiles,name", *names]))
        for lines in known:
            verbs.ingest(self.place, self.file(lines))

    @property
    def state(self):
        return self.view.state

    def order(self):
        """Propose and release; return what was released."""
        batch = batches.propose_batch(self.place)
        return None if isinstance(batch, Done) else verbs.order(self.place)

    def order_with_screens(self):
        """Go on until an order after the first wants screens; its files are not answered."""
        told = self.order()
        while told.cycle == 0 or not told.n_screens:
            for path in filter(None, (told.file, told.screen_file)):
                self.answer(path)
            told = self.order()
        return told

    def answer(self, path):
        """Fill in an order file as its laboratory would, and hand it in."""
        with Path(path).open(newline="") as file:
            rows = list(csv.DictReader(file))
        told = {"pIC50": _truth, "inhibition": lambda text: 10 * _truth(text) - 5}
        lines = [
            f"{r['order_id']},{r['candidate_id']},{r['property']},"
            f"{told[r['property']](r['structure']):.3f},{r['unit']}"
            for r in rows
        ]
        return verbs.readback(
            self.place, self.file(["order_id,candidate_id,property,value,unit", *lines])
        )


def _truth(text):
    return 5.0 + 0.4 * text.count("C") + 0.9 * text.count("F") + len(text) % 5 / 4


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A whole campaign, and what was released in it."""
    bench = Bench(tmp_path_factory.mktemp("run"))
    released = []
    while (told := bench.order()) is not None:
        released.append(told)
        for path in filter(None, (told.file, told.screen_file)):
            bench.answer(path)
    return bench, released


# ---- a campaign from its start to its end
def test_the_first_order_wants_both_of_everybody_in_two_files(run):
    _, released = run
    first = released[0]
    assert first.n_candidates == first.n_screens > 0
    assert first.file.endswith("two-000-000.csv")
    assert first.screen_file.endswith("two-000-000-screen.csv")
    told = [list(csv.DictReader(Path(p).read_text().splitlines()))
            for p in (first.file, first.screen_file)]  # fmt: skip
    assert {r["property"] for r in told[0]} == {"pIC50"}
    assert {(r["property"], r["unit"]) for r in told[1]} == {("inhibition", "%")}


def test_later_orders_buy_both_and_the_last_one_assays_alone(run):
    _, released = run
    assert any(r.n_screens for r in released[1:-1])
    assert released[-1].n_screens == 0 and released[-1].n_candidates > 0


def test_the_bill_is_that_of_both_and_stays_within_the_budget(run):
    bench, released = run
    assert all(r.cost == pytest.approx(r.n_candidates + 0.1 * r.n_screens) for r in released)
    assert bench.state.spent == pytest.approx(sum(r.cost for r in released))
    assert bench.state.spent <= 80.0


def test_nobody_is_screened_twice_or_assayed_twice_and_all_came_home(run):
    bench, _ = run
    screens = [c for o in bench.state.orders for c in o.screens]
    assays = [c for o in bench.state.orders for c in o.candidates]
    assert len(screens) == len(set(screens)) and len(assays) == len(set(assays))
    assert not bench.state.outstanding and not bench.state.screens_out
    assert set(bench.view.data.ids) == set(assays)
    assert set(bench.view.screens.ids) == set(screens)
    assert set(screens[20:]) & set(assays) or len(screens) == len(assays)


def test_the_screen_alone_makes_nobody_measured_or_a_hit(run):
    bench, _ = run
    only = set(bench.view.screens.ids) - set(bench.view.data.ids)
    assert only and not only & bench.view.measured and not only & bench.view.hits


def test_a_campaign_is_the_same_whether_or_not_it_is_opened_in_between(run, tmp_path):
    bench, _ = run
    again = Bench(tmp_path)
    while (told := again.order()) is not None:
        for path in filter(None, (told.file, told.screen_file)):
            again.answer(path)
    assert again.state.digest() == bench.state.digest()


def test_why_the_report_and_the_status_tell_of_screens(run):
    bench, _ = run
    of = next(o for o in bench.state.orders[1:] if o.screens)
    found = evidence.why(bench.place, of.screens[0])
    pick = next(p for p in found.picked if p.is_screen)
    assert pick.reason.startswith("screened first: what it tells is worth")
    assert any("to be screened" in e.what for e in found.events)
    path = bench.folder / "report.html"
    pages.write_report(bench.place, path)
    page = path.read_text()
    assert "to be screened" in page and "screened: inhibition" in page
    told = verbs.status(bench.place)
    assert told.n_screened == len(bench.view.screens.ids) and told.n_screens_out == 0


def test_the_model_on_top_of_screens_is_said_and_reads_back(run):
    bench, _ = run
    last = bench.state.models[-1]
    assert last.model == "screened" and "against" in bench.state.models[0].why
    models = bench.view.tools.models
    trained = unpack(bench.place.reading().record.store.get(last.model_sha256), models)
    assert trained.fitted.multiple > 0.0


# ---- step by step
def test_an_order_waits_for_both_of_its_files(tmp_path):
    bench = Bench(tmp_path)
    told = bench.order()
    bench.answer(told.screen_file)
    assert bench.state.outstanding and not bench.state.screens_out
    bench.answer(told.file)
    assert not bench.view.waits_for


def test_values_of_the_screen_are_no_answer_to_the_assay(tmp_path):
    bench = Bench(tmp_path)
    told = bench.order()
    answered = bench.answer(told.screen_file)
    assert not answered.answered and set(answered.outstanding) == set(bench.state.outstanding)
    assert not answered.unexpected and not answered.other
    assert set(answered.screened) == set(answered.assays_out) == set(bench.state.outstanding)
    assert not answered.screens_out


def test_a_reading_of_neither_assay_answers_neither_order(tmp_path):
    bench = Bench(tmp_path)
    bench.order()
    rows = [f"{c},logS,-4.1,1" for c in bench.state.outstanding]
    told = verbs.readback(bench.place, bench.file(["candidate_id,property,value,unit", *rows]))
    assert told.n_loaded == len(rows) and told.other == ("logS",)
    assert not told.answered and not told.screened
    assert set(told.assays_out) == set(told.screens_out) == set(bench.state.outstanding)


def test_who_is_being_screened_is_offered_to_nobody_until_it_is_known(tmp_path):
    bench = Bench(tmp_path)
    bench.answer(bench.order_with_screens().file)
    out = set(bench.state.screens_out)
    batch = batches.propose_batch(bench.place)
    assert out and not out & {p.candidate.id for p in batch.picks}


def test_a_screen_may_be_dropped_from_the_batch_or_written_off(tmp_path):
    bench = Bench(tmp_path)
    batch = batches.propose_batch(bench.place)
    screens = [p.candidate.id for p in batch.picks if p.is_screen]
    left = batches.revise(bench.place, "drop", screens[0], reason="no powder")
    assert screens[0] not in {p.candidate.id for p in left.picks}
    verbs.order(bench.place)
    assert screens[0] not in bench.state.screens_out and screens[1] in bench.state.screens_out
    batches.revise(bench.place, "drop", screens[1], reason="spilt")
    assert screens[1] not in bench.view.waits_for


def test_orders_of_a_screen_that_is_no_longer_asked_for_are_told_until_they_are_written_off(
    tmp_path,
):
    bench = Bench(tmp_path)
    told = bench.order()
    file = bench.place.root / "campaigns" / "two.toml"
    assert verbs.status(bench.place).unasked_screens == ()
    file.write_text(TOML.partition("[screen]")[0])
    (both,) = verbs.status(bench.place).unasked_screens
    assert Path(told.screen_file).name == f"{both.order_id}.csv"
    assert both.candidates == () and set(both.also_assayed) == set(bench.state.outstanding)
    bench.answer(told.file)
    assert verbs.status(bench.place).next.startswith("results of two-000-000")
    (alone,) = verbs.status(bench.place).unasked_screens
    assert alone.candidates == both.also_assayed and alone.also_assayed == ()
    for candidate in alone.candidates:
        batches.revise(bench.place, "drop", candidate, reason="no screen any more")
    assert verbs.status(bench.place).unasked_screens == ()
    assert not bench.view.waits_for and verbs.status(bench.place).n_measured == told.n_candidates


def test_a_failed_screen_leaves_the_candidate_to_the_assay(tmp_path):
    bench = Bench(tmp_path)
    second = bench.order_with_screens()
    bench.answer(second.file)
    rows = list(csv.DictReader(Path(second.screen_file).read_text().splitlines()))
    lines = [f"{r['candidate_id']},inhibition,,failed" for r in rows]
    verbs.readback(bench.place, bench.file(["candidate_id,property,value,status", *lines]))
    assert not bench.state.screens_out
    batch = batches.propose_batch(bench.place)
    screened = {r["candidate_id"] for r in rows}
    offered = {c for c in bench.view.candidates if c in bench.view.free}
    assert screened <= offered
    assert not screened & {p.candidate.id for p in batch.picks if p.is_screen}


def test_who_was_screened_before_the_campaign_leads_its_first_batch(tmp_path):
    values = [f"{t},{10 * _truth(t) - 5:.2f}" for t in LIBRARY[::2]]
    bench = Bench(tmp_path, known=[["smiles,inhibition (%)", *values]])
    batch = batches.propose_batch(bench.place)
    assert "screens of inhibition" in batch.picks[0].reason
    assays = [_truth(p.candidate.text) for p in batch.picks if not p.is_screen]
    assert np.mean(assays) > np.mean([_truth(t) for t in LIBRARY]) + 0.3


def test_the_table_of_a_batch_says_which_assay_is_wanted(tmp_path):
    bench = Bench(tmp_path)
    batch = batches.propose_batch(bench.place)
    rows = list(csv.DictReader(exports.batch_csv(batch).decode().splitlines()))
    assert [r["assay"] for r in rows].count("screen") == [p.is_screen for p in batch.picks].count(
        True
    )


# ---- what may stand in the file
RAW = {
    "name": "two",
    "modality": "molecules",
    "goals": [{"property": "pIC50"}],
    "screen": {"property": "inhibition", "cost": 0.1},
}


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"screen": {"property": "inhibition"}}, "missing key 'screen.cost'"),
        ({"screen": {"property": "x", "cost": 0.0}}, "screen"),
        ({"screen": {"property": "x", "cost": 0.1, "price": 1}}, "unknown key 'screen.price'"),
        ({"screen": {"property": "pIC50", "cost": 0.1}}, "is the goal's own"),
        ({"goals": [{"property": "a"}, {"property": "b"}]}, "stands beside one goal"),
        ({"shadow": True}, "neither with shadow"),
        ({"max_per_family": 2}, "neither with shadow nor with a cap"),
    ],
    ids=["no price", "a price of nothing", "unknown", "the goal", "goals", "shadow", "families"],
)
def test_a_screen_that_makes_no_sense_is_refused(more, what):
    assert structure(RAW, where="two.toml").screen.cost == 0.1
    with pytest.raises(SpecError) as caught:
        structure({**RAW, **more}, where="two.toml")
    assert what in str(caught.value)


def test_a_fact_from_before_screens_is_read():
    event = Ordered(order_id="a-0", cycle=0, candidates=("x",), cost=1.0)
    body = write_event(event, campaign="a")
    del body["screens"]
    assert read_event("batch.ordered", body) == event


def test_an_empty_batch_is_still_refused(tmp_path):
    bench = Bench(tmp_path)
    batch = batches.propose_batch(bench.place)
    for id in dict.fromkeys(p.candidate.id for p in batch.picks):
        batches.revise(bench.place, "drop", id, reason="no")
    with pytest.raises((NotReadyError, LoopwrightError), match="empty"):
        verbs.order(bench.place)
