# SPDX-License-Identifier: Apache-2.0
"""Two who write at once, and one who is killed while he writes."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from loopwright.core.errors import BusyError

WRITE = """
import sys
from pathlib import Path
from loopwright.ledger.ledger import Ledger
from loopwright.ledger.signing import SigningKey
folder, name, n = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
ledger = Ledger.open(f"sqlite:///{folder}/ledger.db", SigningKey.load(folder / "keys"))
for i in range(n):
    ledger.append("note.taken", {"by": name, "i": i}, actor=name, at="2026-11-20T09:30:00Z")
    print(i, flush=True)
"""


def write(folder, name: str, n: int) -> subprocess.Popen:
    command = [sys.executable, "-c", WRITE, str(folder), name, str(n)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_two_processes_that_append_at_once_lose_and_double_nothing(empty):
    with write(empty.folder, "Ada", 200) as one, write(empty.folder, "Bob", 200) as two:
        assert len(one.communicate()[0].split()) == len(two.communicate()[0].split()) == 200
    facts = list(empty.reader().facts(since=1))
    assert len(facts) == 400
    for name in ("Ada", "Bob"):
        assert [f.body["i"] for f in facts if f.actor == name] == list(range(200))
    assert empty.verify().ok


def test_a_process_killed_while_it_appends_leaves_a_ledger_that_verifies(empty, script):
    for n_seen in (1, 2, 5, 17):
        before = len(empty.reader())
        with write(empty.folder, "Ada", 100_000) as process:
            lines = [process.stdout.readline() for _ in range(n_seen)]
            process.kill()
            lines += process.stdout.readlines()
        n_told = sum(line.endswith("\n") for line in lines)
        assert empty.verify().ok
        assert script(empty.folder) == 0
        assert before + n_told <= len(empty.reader()) <= before + n_told + 1
    empty.fill()
    assert empty.verify().ok


@pytest.mark.parametrize("who", ["reader", "writer", "script"])
def test_an_append_that_a_power_failure_cuts_in_two_is_undone_by_whoever_looks_first(
    workspace, script, tmp_path, who
):
    cut = type(workspace)(tmp_path / "cut")
    with closing(sqlite3.connect(workspace.folder / "ledger.db")) as db:
        db.execute("PRAGMA cache_size=1")  # so that half a transaction is written to the file
        db.execute("BEGIN IMMEDIATE")
        db.execute("UPDATE head SET number = 4, signature = ''")
        copy = "INSERT INTO facts SELECT 4, kind, 1, actor, at, reason, ?, previous, digest "
        db.execute(copy + "FROM facts WHERE number = 3", ["x" * 100_000])
        shutil.copytree(workspace.folder, cut.folder)
    assert (cut.folder / "ledger.db-journal").stat().st_size > 0
    assert (cut.folder / "ledger.db").stat().st_size > 50_000
    match who:
        case "reader":
            assert len(list(cut.reader())) == 4
        case "writer":
            cut.writer().append("note.taken", {}, actor="Ada", at="2026-11-20T09:30:00Z", expect=4)
        case "script":
            assert script(cut.folder) == 0
    assert cut.verify().ok and script(cut.folder) == 0


def test_who_waits_too_long_for_the_lock_is_told_so(workspace):
    ledger = workspace.writer(wait_s=0.05)
    with closing(sqlite3.connect(workspace.folder / "ledger.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(BusyError, match="Wait until it is done"):
            ledger.append("note.taken", {}, actor="Ada", at="2026-11-20T09:30:00Z")
        assert len(ledger) == 4
    ledger.append("note.taken", {}, actor="Ada", at="2026-11-20T09:30:00Z")
    assert workspace.verify().n_facts == 5


def test_a_ledger_keeps_a_rollback_journal_and_syncs_it(workspace):
    with closing(sqlite3.connect(workspace.folder / "ledger.db")) as other:
        other.execute("PRAGMA journal_mode=WAL")
    ledger = workspace.writer()
    ledger.append("note.taken", {}, actor="Ada", at="2026-11-20T09:30:00Z")
    with closing(sqlite3.connect(workspace.folder / "ledger.db")) as other:
        assert other.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    with ledger._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 3
