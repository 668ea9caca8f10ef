# SPDX-License-Identifier: Apache-2.0
"""Files that are made to do harm are refused, or cost their own row, within limits.

Each is read in a process that may grow by 256 MB and no more; ``bench/bombs.py`` prints what it
took. The time allowed here is ten times what is promised, because test machines are busy.
"""

import os
import runpy
from pathlib import Path

import pytest

from loopwright.data.text import harmless, unharmed

BOMBS = runpy.run_path(str(Path(__file__).with_name("bombs.py")))
ONE_ROW_IS_LEFT = {
    "nested.zip": ([2, 1, 0, 1], "archive inside an archive"),
    "out.zip": ([4, 1, 0, 3], "leads out"),
    "a million atoms.csv": ([2, 1, 0, 1], "characters"),
    "ten thousand atoms.csv": ([2, 1, 0, 1], ""),
    "ring of rings.csv": ([2, 1, 0, 1], ""),
    "one long line.csv": ([2, 1, 0, 1], "characters"),
    "deep quotes.csv": ([2, 1, 0, 1], "characters"),
}
SECONDS = 20.0

pytestmark = pytest.mark.skipif(os.name != "posix", reason="no memory limits: NOT tested here")


@pytest.mark.parametrize("name", BOMBS["BOMBS"])
def test_a_bomb_is_refused_in_time_and_within_the_memory_that_is_promised(name, tmp_path):
    told = BOMBS["guarded"](tmp_path, name)
    rows, part = ONE_ROW_IS_LEFT.get(name, ([0, 0, 0, 0], ""))
    assert told["rows"] == rows, told
    if name in ONE_ROW_IS_LEFT:
        assert all(part in what for what in told["what"]) and told["what"]
    else:
        assert told["refused"]
    assert told["seconds"] < SECONDS
    assert told["own_mb"] < BOMBS["LIMIT_MB"] and told["apart_mb"] < BOMBS["LIMIT_MB"]
    assert {p.name for p in tmp_path.iterdir()} <= {name, "w.csv", "warm.xlsx", "warm.parquet"}


def test_the_process_that_reads_bombs_reads_a_harmless_file(tmp_path):
    BOMBS["BOMBS"]["plain.csv"] = BOMBS["PLAIN"].encode
    assert BOMBS["guarded"](tmp_path, "plain.csv")["rows"] == [1, 1, 0, 0]


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "-OH", "=", "＝1", "'=1"],
)
def test_a_text_that_a_spreadsheet_would_run_is_defused_and_comes_back(cell):
    assert harmless(cell) == f"'{cell}" and unharmed(harmless(cell)) == cell


@pytest.mark.parametrize("cell", ["-5.2", "+3", "-1e-9", "-.5", "aspirin", "2-OH", "'007", ""])
def test_numbers_and_plain_names_stay_what_they_are(cell):
    assert harmless(cell) == cell and unharmed(cell) == cell
