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
VALUES = {row.split(",")[0]: 10.0 * float(value) for row, value in ROWS}


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
    page = pages.write_report(bench.place, bench.folder / "page.html").read_text()
    assert f"The campaign has ended: {done.why}." in page.replace("\xa0", " ")
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
