# SPDX-License-Identifier: Apache-2.0
"""``import loopwright`` shows what it promises, and loads it when it is asked for."""

import subprocess
import sys
from pathlib import Path

import pytest

import loopwright

PROMISED = [
    "How",
    "Question",
    "Wanted",
    "Workspace",
    "accept",
    "assays",
    "check",
    "choose",
    "compare",
    "correct",
    "curves",
    "drop_row",
    "evaluate",
    "exclude",
    "explain",
    "fix",
    "fix_from",
    "flagged",
    "ingest",
    "init",
    "layout",
    "look_at_plates",
    "mappings",
    "order",
    "pairs",
    "predict",
    "promote",
    "propose",
    "propose_from_files",
    "quarantine",
    "readback",
    "reconsider",
    "replay",
    "report",
    "restore_row",
    "retry",
    "revise",
    "run",
    "shadow",
    "status",
    "take_layout",
    "train",
    "verify",
    "why",
    "write_explained",
]


def test_the_face_shows_exactly_what_it_promises():
    assert loopwright.__all__ == PROMISED
    assert dir(loopwright) == sorted([*PROMISED, "__version__"])


@pytest.mark.parametrize("name", PROMISED)
def test_everything_on_the_face_can_be_called_and_comes_from_the_api(name):
    found = getattr(loopwright, name)
    assert callable(found) and found.__doc__
    assert found.__module__.startswith("loopwright.api.")


def test_a_name_that_the_face_does_not_show_is_refused():
    with pytest.raises(AttributeError, match="'forget'"):
        _ = loopwright.forget


def test_no_name_on_the_face_hides_a_room_of_the_house():
    rooms = {p.name for p in Path(loopwright.__file__).parent.iterdir() if p.is_dir()}
    assert "api" in rooms
    assert not rooms & set(PROMISED)


def test_looking_at_the_face_loads_nothing_heavy():
    code = (
        "import sys, loopwright; dir(loopwright);"
        "print(sorted(m for m in sys.modules if m.startswith('loopwright')"
        " or m in {'numpy', 'attrs', 'rdkit', 'scipy', 'sqlalchemy'}))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "['loopwright']"
