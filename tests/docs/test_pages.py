# SPDX-License-Identifier: Apache-2.0
"""What README and pages say is done, block by block, as a person would do it."""

import csv
import io
import os
import re
import shlex
import sys
import tomllib
from itertools import product
from pathlib import Path

import pytest
from attrs import frozen
from threadpoolctl import threadpool_limits

from loopwright.api.replays import demo_file
from loopwright.cli.main import main

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(
    r"(?:^<!-- not executed: (?P<why>[^>]+) -->\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@frozen(kw_only=True)
class Block:
    """A fenced block of a page."""

    kind: str
    text: str
    why_not: str
    """Why it is not executed; blank if it is."""


def read_blocks(page):
    """The blocks of a page, in order."""
    found = BLOCK.finditer(page.read_text(encoding="utf-8"))
    return [Block(kind=m["kind"], text=m["text"], why_not=m["why"] or "") for m in found]


def masked(text):
    """What must agree between a page and a machine: words, not numbers, ids or blanks."""
    return re.sub(r"M-[0-9a-f]{12}|\d+(\.\d+)?", "#", " ".join(text.split()))


class Person:
    """Does what a page says, in one folder and one namespace."""

    def __init__(self, capsys, monkeypatch):
        self.capsys, self.monkeypatch, self.namespace = capsys, monkeypatch, {}

    def python(self, text, page):
        exec(compile(text, page, "exec"), self.namespace)

    def shell(self, text, *, is_console):
        """Run every command of ours; a console block also shows some of what comes back."""
        shown: list[str] = []
        told = ""
        for line in text.splitlines():
            command = line.removeprefix("$ ").split("  #")[0].strip()
            if command.startswith("cd "):
                os.chdir(command.removeprefix("cd "))
            elif command.startswith("loopwright "):
                self.compare(shown, told)
                shown, told = [], self.command(command)
            elif is_console:
                shown.append(line)
        self.compare(shown, told)

    def command(self, text):
        """Run one command as a person would; return what it printed."""
        fill_in_results()
        self.monkeypatch.setattr(sys, "argv", shlex.split(text))
        with pytest.raises(SystemExit) as ended:
            main()
        told = self.capsys.readouterr()
        assert not ended.value.code, f"{text}\n{told.out}\n{told.err}"
        return told.out

    @staticmethod
    def compare(shown, told):
        """Each line that a page shows came, in this order; ``...`` stands for any lines."""
        lines = iter([masked(line) for line in told.splitlines()])
        for line in shown:
            wanted = masked(line.replace("...", ""))
            assert any(wanted in line for line in lines), f"{line!r} is not in\n{told}"


def fill_in_results():
    """Answer an order that lies here, as a lab would, unless somebody has."""
    orders = sorted(Path().glob("orders/*.csv"))
    if orders and not Path("results.csv").exists():
        text = io.StringIO(demo_file().content.decode())
        truth = {row["name"]: row["pIC50"] for row in csv.DictReader(text)}
        sheet = list(csv.DictReader(io.StringIO(orders[0].read_text())))
        with Path("results.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, sheet[0])
            writer.writeheader()
            writer.writerows({**row, "value": truth[row["name"]]} for row in sheet)


def graded(rows):
    """Rows whose last value is told in words."""
    for row in rows:
        rest, _, value = row.rpartition(",")
        yield f"{rest},{'weak' if float(value) < 6 else 'fair' if float(value) < 7 else 'strong'}"


def reactions():
    """Every combination of four bases, four solvents and three temperatures, with its yield."""
    bases = {"CC(=O)[O-].[K+]": 40, "CC(C)(C)C(=O)[O-].[Cs+]": 25, "[OH-].[Na+]": 5, "CCN(CC)CC": 9}
    solvents = {"CC(=O)N(C)C": 30, "CCCC#N": 22, "Cc1ccccc1": 12, "CO": 3}
    for base, solvent, temperature in product(bases, solvents, (90, 105, 120)):
        value = bases[base] + solvents[solvent] - (temperature - 108) ** 2 / 20
        yield f"{base},{solvent},{temperature},{value:.1f}"


@pytest.fixture
def person(tmp_path, monkeypatch, capsys):
    """Somebody with a project that is on, one that is over, and one told in words."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    header, *rows = demo_file().content.decode().splitlines()
    some = rows[::8]
    hidden = [row if i % 3 == 0 else f"{row.rpartition(',')[0]}," for i, row in enumerate(some)]
    quick = [float(row.rpartition(",")[2]) + i * 7 % 10 / 6 for i, row in enumerate(some)]
    priced = [f"{row},{len(row) / 20:.1f},{1 + i % 4},{quick[i]:.2f}" for i, row in enumerate(some)]
    Path("past_project.csv").write_text("\n".join([f"{header},logP,price,quick", *priced, ""]))
    Path("data.csv").write_text("\n".join([header, *hidden, ""]))
    Path("graded.csv").write_text("\n".join([header.replace("pIC50", "grade"), *graded(some), ""]))
    settings = "Base_SMILES,Solvent_SMILES,Temp_C,yield"
    Path("reactions.csv").write_text("\n".join([settings, *reactions(), ""]))
    Path("runs.csv").write_text("\n".join([settings, *list(reactions())[::3], ""]))
    with threadpool_limits(limits=1):  # small tables: threads cost more than they bring
        yield Person(capsys, monkeypatch)


PAGES = {p.name: p for p in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]}
ALIVE = {n: p for n, p in PAGES.items() if any(b.kind != "text" for b in read_blocks(p))}


TRAINING = ("models.md", "explain.md", "howto-replay.md")
"""Pages that take more than ten seconds, since they train models."""


@pytest.mark.parametrize(
    "page",
    [pytest.param(p, id=n, marks=[pytest.mark.slow] * (n in TRAINING)) for n, p in ALIVE.items()],
)
def test_every_block_of_a_page_does_what_it_says(page, person):
    for block in read_blocks(page):
        match block.kind:
            case _ if block.why_not:
                continue
            case "python":
                person.python(block.text, page.name)
            case "sh" | "console":
                person.shell(block.text, is_console=block.kind == "console")
            case "toml":
                assert tomllib.loads(block.text)
            case kind:
                assert kind == "text", f"nobody knows how to run a block of kind {kind!r}"


def test_what_a_page_shows_wrongly_is_found():
    Person.compare(
        ["batch 1 of nav: 24 picks", "...", "done"], "batch 2 of nav: 3 picks\na\ndone\n"
    )
    with pytest.raises(AssertionError, match="is not in"):
        Person.compare(["batch 1 of nav: 24 candidates"], "batch 1 of nav: 24 picks\n")


def test_a_page_that_raises_is_found(person):
    with pytest.raises(AssertionError):
        person.python("assert 1 == 2", "page.md")
    with pytest.raises(AssertionError, match="no workspace"):
        person.shell("loopwright status", is_console=False)
