# SPDX-License-Identifier: Apache-2.0
"""How a campaign ends, how that is told, and how people go on."""

import pytest
from desk import Desk

from loopwright.api import batches, evidence, ordered, pages, verbs
from loopwright.api.replays import demo_file
from loopwright.core.errors import NotReadyError
from loopwright.loop.run import look
from loopwright.loop.state import Done

TOML = """
name = "ends"
seed = 3
batch_size = 6
modality = "molecules"
models = ["gp"]
lab = "folder"
goals = [{ property = "activity", unit = "%" }]
stop = { cycles = 9, gain = 30.0 }
"""
HEADER = "smiles,name,activity (%)"
ROWS = [row.rsplit(",", 1) for row in demo_file().content.decode().splitlines()[1::6]]
VALUES = {row.split(",")[1]: 10.0 * float(value) for row, value in ROWS}


class Bench(Desk):
    """A campaign on a part of the demo's series, every third of it measured."""

    def __init__(self, folder):
        super().__init__(folder, "ends", TOML)
        rows = [f"{row},{10 * float(v) if i % 3 == 0 else ''}" for i, (row, v) in enumerate(ROWS)]
        verbs.ingest(self.place, self.file([HEADER, *rows]))

    def asks(self, old, new):
        path = self.place.root / "campaigns" / "ends.toml"
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))

    @property
    def kinds(self):
        return [f.kind for f in self.place.reading().record.history()]


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def test_a_campaign_that_a_gain_ends_says_so_until_something_happens(bench):
    done = batches.propose_batch(bench.place)
    assert isinstance(done, Done)
    assert "nothing on offer exceeds the best by more than" in done.why
    assert done.why.endswith(" %, less than the 30 % asked for")
    assert bench.kinds[-1] == "campaign.stopped"
    assert verbs.status(bench.place).next == f"nothing: {done.why}"
    assert f"The campaign has ended: {done.why}." in _page(bench)
    assert batches.propose_batch(bench.place) == verbs.run_campaign(bench.place) == done
    assert bench.kinds.count("campaign.stopped") == 1, "it is asked again only if it may change"


@pytest.mark.parametrize("what", ["the campaign file", "new data"])
def test_a_campaign_that_a_gain_has_ended_goes_on_after_a_change_of(bench, what):
    batches.propose_batch(bench.place)
    if what == "the campaign file":
        bench.asks("gain = 30.0", "gain = 0.01")
        assert len(batches.propose_batch(bench.place).picks) == 6
        assert bench.kinds[-1] == "batch.proposed"
    else:
        verbs.ingest(bench.place, bench.file([HEADER, "CCCCCCO,new,55"]))
        assert verbs.status(bench.place).next.startswith("train a model")
        assert isinstance(batches.propose_batch(bench.place), Done)
        assert bench.kinds.count("campaign.stopped") == 2


def test_the_gain_of_a_batch_is_that_of_what_people_left_in_it(bench):
    bench.asks("gain = 30.0", "gain = 0.01")
    whole = batches.propose_batch(bench.place)
    assert whole.gain.cost == 6 and not whole.gain_is_as_proposed
    best = max(whole.picks, key=lambda p: p.mean)
    others = [p.candidate.id for p in whole.picks if p is not best]
    for each in others:
        left = batches.revise(bench.place, "drop", each, reason="no building block")
    assert left.gain.cost == 1 and not left.gain_is_as_proposed
    assert 0.0 < left.gain.mean < whole.gain.mean and left.gain.left == whole.gain.left
    for each in others:
        again = batches.revise(bench.place, "add", each, reason="found one")
    assert again.gain.cost == 6
    assert again.gain.mean == pytest.approx(whole.gain.mean, rel=0.1)
    assert f"gain over the best: {again.gain.mean:.2g}" in _page(bench)


def test_the_gain_of_a_batch_that_people_chose_is_not_that_of_the_loop(bench):
    bench.asks("gain = 30.0", "gain = 0.01")
    own = batches.propose_batch(bench.place)
    worst = sorted(bench.view.free, key=lambda c: VALUES[bench.view.candidates[c].name])[:6]
    batch = batches.choose(bench.place, bench.file(["id", *worst]), reason="cheap")
    assert batch.gain.mean < 0.5 * own.gain.mean


def test_a_pool_that_is_used_up_says_what_to_do_until_it_is_larger(tmp_path):
    desk = Desk(tmp_path, "ends", TOML.replace("stop = { cycles = 9, gain = 30.0 }", ""))
    rows = [f"{row},{VALUES[row.split(',')[1]]}" for row, _ in ROWS[:12]]
    verbs.ingest(desk.place, desk.file([HEADER, *rows]))
    for _ in range(2):
        with pytest.raises(NotReadyError, match="nothing to choose from"):
            batches.propose_batch(desk.place)
    kinds = [f.kind for f in desk.place.reading().record.history()]
    assert kinds.count("campaign.stopped") == 1
    told = "no candidate is left to offer: take in more with `loopwright ingest FILE`"
    assert verbs.status(desk.place).next.startswith(f"nothing: {told}")
    assert verbs.run_campaign(desk.place).why.startswith(told)
    page = pages.write_report(desk.place, desk.folder / "page.html").read_text()
    assert "The campaign has ended: no candidate is left to offer" in page.replace("\xa0", " ")
    verbs.ingest(desk.place, desk.file([HEADER, "CCCCCCO,new,"]))
    assert verbs.status(desk.place).next.startswith("train a model")
    assert [p.candidate.name for p in batches.propose_batch(desk.place).picks] == ["new"]


def test_a_gain_does_not_end_a_batch_in_which_people_have_locked_picks(bench):
    bench.asks("gain = 30.0", "gain = 0.01")
    first = batches.propose_batch(bench.place).picks[0].candidate.id
    bench.asks("gain = 0.01", "gain = 30.0")
    batch = batches.propose_batch(bench.place, lock=[first], reason="it is on the shelf")
    assert len(batch.picks) == 6 and batch.locked == (first,)
    assert isinstance(batches.propose_batch(bench.place, again=True), type(batch))
    verbs.order(bench.place)
    assert isinstance(batches.propose_batch(bench.place), Done), "the next one is asked for again"


@pytest.mark.parametrize("how", ["choose", "add", "swap"])
def test_what_was_predicted_of_the_picks_of_people_is_kept_and_stands_in_the_report(bench, how):
    bench.asks("gain = 30.0", "gain = 0.01")
    loops = [p.candidate.id for p in batches.propose_batch(bench.place).picks]
    mine = next(c for c in sorted(bench.view.free) if c not in loops)
    if how == "choose":
        batch = batches.choose(bench.place, bench.file(["id", mine]), reason="cheap")
    else:
        what = (mine,) if how == "add" else (loops[0],)
        new = {"replacement": mine} if how == "swap" else {}
        batch = batches.revise(bench.place, how, *what, **new, reason="cheap")
    (then,) = [p for p in batch.picks if p.candidate.id == mine]
    assert then.mean is not None
    verbs.order(bench.place)
    verbs.ingest(bench.place, bench.file([HEADER, "CCCCCCO,new,155"]))
    assert "no prediction" not in _page(bench)
    campaign = bench.place.reading()
    shown = ordered.batches_of(campaign, look(campaign))[-1].picks
    (kept,) = [p for p in shown if p.candidate_id == mine]
    assert (kept.mean, kept.low, kept.high) == (then.mean, then.low, then.high)
    assert kept.reason.startswith("brought in by hand")
    (told,) = evidence.why(bench.place, mine).picked
    assert told.mean == then.mean


def _page(bench):
    page = pages.write_report(bench.place, bench.folder / "page.html").read_text()
    return page.replace("\xa0", " ")
