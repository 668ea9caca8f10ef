# SPDX-License-Identifier: Apache-2.0
"""Awkward files, each with what must become of it written down before it was tried.

The road is that of ``loopwright check FILE --json``. ``expected.toml`` is the table of all
expectations; ``files`` holds the animals that are text, ``build.py`` makes the others.
"""

import json
import runpy
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

from loopwright.api.check import check, looked_at
from loopwright.cli.main import main
from loopwright.core.errors import DataError
from loopwright.core.values import RawFile
from loopwright.registry import build

HERE = Path(__file__).parent
BUILT = runpy.run_path(str(HERE / "build.py"))["BUILT"]
EXPECTED = tomllib.loads((HERE / "expected.toml").read_text(encoding="utf-8"))
SMILES = {
    "ethanol": "CCO",
    "phenol": "Oc1ccccc1",
    "toluene": "Cc1ccccc1",
    "aniline": "Nc1ccccc1",
    "pyridine": "c1ccncc1",
    "benzoic acid": "OC(=O)c1ccccc1",
}
MOLECULES = build("modalities", "molecules", {})
LOADABLE = [n for n, told in EXPECTED.items() if told.get("values")]
each_animal = pytest.mark.parametrize("name", list(EXPECTED))


def content_of(name):
    return BUILT[name] if name in BUILT else (HERE / "files" / name).read_bytes()


@cache
def taken(name):
    """What becomes of an animal; None where it is refused."""
    try:
        return looked_at(RawFile(name=name, content=content_of(name)))[1]
    except DataError:
        return None


@pytest.fixture
def animal(tmp_path):
    """Writes an animal down and returns where it is."""

    def put(name):
        path = tmp_path / name
        path.write_bytes(content_of(name))
        return path

    return put


def subject(word):
    """What the measurements call a compound: its id, or its name where it has no structure."""
    if word.startswith("?"):
        return word[1:]
    return MOLECULES.parse(word[1:] if word.startswith("$") else SMILES[word]).id


def value(line):
    who, what, relation, number, unit = line.split(" :: ")
    size = None if number == "-" else pytest.approx(float(number), rel=1e-12)
    return subject(who), what, relation, size, unit


def test_the_zoo_has_an_expectation_for_every_animal_and_no_other():
    assert {*BUILT, *(p.name for p in (HERE / "files").iterdir())} == set(EXPECTED)
    assert len(EXPECTED) >= 70


@each_animal
def test_an_animal_becomes_what_was_written_down_before(name, animal):
    told = EXPECTED[name]
    if "refused" in told:
        with pytest.raises(DataError, match=told["refused"]) as refusal:
            check(animal(name))
        assert refusal.value.remedy and refusal.value.where
        return
    found = check(animal(name))
    assert [found.rows_in, found.loaded, found.flagged, found.quarantined] == told["rows"]
    places: dict[str, list[str]] = {}
    for place in found.rows:
        is_inside = any("!" in line.split(" :: ")[0] for line in told.get("aside", []))
        at = f"{place.sheet}!{place.row}" if is_inside else f"{place.row}"
        places.setdefault(at, []).append(place.what)
    listed = dict(line.split(" :: ") for line in told.get("aside", []))
    assert list(places) == list(listed)
    for at, part in listed.items():
        assert any(part in what for what in places[at]), (at, part, places[at])
    assert all(p.what and p.remedy for p in found.rows)
    for part in told.get("notes", []):
        assert any(part in note for note in found.notes), (part, found.notes)


@each_animal
def test_every_value_of_an_animal_is_on_its_compound_and_no_other_value_is(name):
    told = EXPECTED[name]
    intake = taken(name)
    if "refused" in told:
        assert intake is None
        return
    assert intake is not None, "refused"
    found = [
        (m.subject, m.standard_type, m.standard_relation, m.standard_value, m.standard_units)
        for m in intake.measurements
    ]
    wanted = [value(line) for line in told["values"]]
    assert sorted(found, key=_key) == sorted(wanted, key=_key)
    assert len({m.measurement_id for m in intake.measurements}) == len(found)


def _key(row):
    """Sort by everything but the number, which may be approximate, then by the number."""
    number = getattr(row[3], "expected", row[3])
    return row[0], row[1], row[4], -1.0 if number is None else number


def test_at_least_95_percent_of_the_zoo_loads_without_editing():
    assert len(LOADABLE) >= 100
    n_loaded = sum(bool(intake and intake.n_loaded) for intake in map(taken, LOADABLE))
    assert n_loaded >= 0.95 * len(LOADABLE)


def test_the_command_tells_a_script_what_the_table_says(animal, capfd, monkeypatch):
    name = "subtotals.csv"
    monkeypatch.setattr(sys, "argv", ["loopwright", "check", str(animal(name)), "--json"])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 3
    told = json.loads(capfd.readouterr().out)
    counts = [told[k] for k in ("rows_in", "loaded", "flagged", "quarantined")]
    assert counts == EXPECTED[name]["rows"]
    assert [(r["row"], bool(r["what"]), bool(r["remedy"])) for r in told["rows"]] == [
        (4, True, True),
        (7, True, True),
    ]


@pytest.mark.shared_data
def test_every_messy_file_of_the_field_has_no_row_without_a_reason(shared_data):
    for path in sorted((shared_data / "messy").iterdir()):
        found = check(path)
        assert found.rows_in == found.loaded + found.flagged + found.quarantined
        assert found.loaded >= 0.75 * found.rows_in, path.name
        assert all(p.what and p.remedy for p in found.rows), path.name
