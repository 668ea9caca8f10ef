# SPDX-License-Identifier: Apache-2.0
"""How a campaign ends, how that is told, and how people go on."""

import pytest
from desk import Desk

from loopwright.api import batches, pages, verbs
from loopwright.api.replays import demo_file
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


def _page(bench):
    page = pages.write_report(bench.place, bench.folder / "page.html").read_text()
    return page.replace("\xa0", " ")
