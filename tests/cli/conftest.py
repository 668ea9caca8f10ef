# SPDX-License-Identifier: Apache-2.0
"""The command line, called as a person or a script calls it."""

import json
import shutil
import sys

import pytest
from attrs import frozen

from loopwright.api import verbs
from loopwright.api.workspace import Workspace
from loopwright.cli.main import main

ENDS = ("C", "CC", "O", "F", "Cl", "Br", "N", "C#N")
CORES = ("{}c1ccc({})cc1", "{}c1ccnc({})c1", "{}C1CCC({})CC1")
LIBRARY = tuple(core.format(a, b) for core in CORES for a in ENDS[:4] for b in ENDS[4:])


@frozen(kw_only=True)
class Call:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        """The one object on stdout."""
        assert self.out.count("\n") == 1 and self.out.endswith("\n"), self.out
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found

    @property
    def text(self):
        """All that was said, without line ends: a terminal may break lines anywhere."""
        return " ".join((self.out + self.err).split())


@pytest.fixture
def call(capfd, monkeypatch):
    """Calls a command: ``call("status", "-w", folder)``; an error we did not foresee fails."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["loopwright", *map(str, arguments)])
        capfd.readouterr()
        code = 0
        try:
            main()
        except SystemExit as ex:
            code = ex.code or 0
        out, err = capfd.readouterr()
        assert "Traceback" not in out + err
        return Call(code=code, out=out, err=err)

    return run


@pytest.fixture(scope="session")
def series():
    """A finished series of 48 molecules as CSV: chlorine, bromine and size make them better."""
    rows = [
        f"{s},cpd {i},{5 + s.count('Cl') + 2 * s.count('Br') + len(s) / 20:.3f}"
        for i, s in enumerate(LIBRARY)
    ]
    return "\n".join(["smiles,name,pIC50", *rows]) + "\n"


@pytest.fixture
def data(tmp_path, series):
    """The series as a file."""
    path = tmp_path / "data.csv"
    path.write_text(series)
    return path


@pytest.fixture(scope="session")
def template(tmp_path_factory, series):
    """What ``init --from`` and ``ingest`` make, once for all tests."""
    folder = tmp_path_factory.mktemp("template")
    whole, half = folder / "whole.csv", folder / "half.csv"
    whole.write_text(series)
    header, *lines = series.splitlines()
    rows = [x if i % 2 else x.rsplit(",", 1)[0] + "," for i, x in enumerate(lines)]
    half.write_text("\n".join([header, *rows]) + "\n")
    place = Workspace(root=folder / "mine")
    spec = verbs.init(place, source=whole)
    text = spec.read_text().replace("batch_size = 24", "batch_size = 4")
    spec.write_text("\n".join(cheap(line) for line in text.splitlines()) + "\n")
    verbs.ingest(place, half)
    return folder


@pytest.fixture
def folder(tmp_path, template):
    """A workspace in which 24 molecules are measured and 24 are not."""
    shutil.copytree(template / "mine", tmp_path / "mine")
    return tmp_path / "mine"


def cheap(line):
    """Ask for a model that is fitted at once."""
    return 'models = ["neighbour"]' if line.startswith("models") else line
