# SPDX-License-Identifier: Apache-2.0
"""A series of small molecules in a workspace whose bench is a folder."""

import shutil

import pytest

from loopwright.api import batches, verbs
from loopwright.api.workspace import Workspace, create_workspace
from loopwright.loop.run import look

ENDS = ("C", "CC", "O", "F", "Cl", "Br", "N", "C#N")
CORES = ("{}c1ccc({})cc1", "{}c1ccnc({})c1", "{}C1CCC({})CC1")
LIBRARY = tuple(core.format(a, b) for core in CORES for a in ENDS[:4] for b in ENDS[4:])
"""48 molecules, every one once."""

TOML = """
name = "small"
seed = 3
batch_size = 4
modality = "molecules"
models = ["neighbour"]
proposer = "ucb"
lab = "folder"
goals = [{ property = "pIC50" }]
start = { size = 6 }
stop = { cycles = 2 }
"""


class Bench:
    """A campaign on 48 molecules, and the chemist who runs it."""

    def __init__(self, place, folder):
        self.place = place
        self.folder = folder
        self.n_files = 0
        self.library = LIBRARY
        self._reader = None

    def file(self, text, name=""):
        """Write a file into a folder of its own; return its path."""
        self.n_files += 1
        path = self.folder / (name or f"file-{self.n_files}.csv")
        path.write_text(text)
        return path

    def path_of(self, name):
        """The file that was written under this name."""
        return self.folder / name

    def readback(self, rows, columns="candidate_id,pIC50"):
        return verbs.readback(self.place, self.file("\n".join([columns, *rows]) + "\n"))

    def propose(self, **how):
        return [p.candidate.id for p in batches.propose_batch(self.place, **how).picks]

    def ordered(self):
        """Propose and order a batch; return its candidates."""
        batch = self.propose()
        verbs.order(self.place)
        return batch

    def answered(self, batch):
        return self.readback([f"{c},{5 + (i % 7) / 4}" for i, c in enumerate(batch)])

    @property
    def known(self):
        """Everything that a step may look at."""
        if self._reader is None:
            self._reader = self.place.reading()
        return look(self._reader)

    @property
    def facts(self):
        return list(self.known and self._reader.record.history())

    def values(self, candidate):
        """All measured values of a candidate, one for each row that came in."""
        assert candidate in self.known.candidates
        kept = self._reader.known.measurements
        return [m.standard_value for m in kept if m.candidate_id == candidate]


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """A workspace with the library in it."""
    folder = tmp_path_factory.mktemp("template")
    place = Workspace(root=folder / "small", actor="Ada")
    create_workspace(place, name="small", toml=TOML)
    rows = [f"{smiles},cpd {i}" for i, smiles in enumerate(LIBRARY)]
    library = folder / "library.csv"
    library.write_text("\n".join(["smiles,name", *rows]) + "\n")
    verbs.ingest(place, library)
    return place.root


@pytest.fixture
def empty(tmp_path):
    """The same campaign before any candidate is known."""
    place = Workspace(root=tmp_path / "small", actor="Ada")
    create_workspace(place, name="small", toml=TOML)
    return Bench(place, tmp_path)


@pytest.fixture
def bench(tmp_path, template):
    shutil.copytree(template, tmp_path / "small")
    return Bench(Workspace(root=tmp_path / "small", actor="Ada"), tmp_path)
