# SPDX-License-Identifier: Apache-2.0
"""What was altered is found, named, and found by the independent script too."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from loopwright.core.errors import LoopwrightError, VerificationError
from loopwright.ledger.fact import Head
from loopwright.ledger.ledger import Ledger
from loopwright.ledger.signing import SigningKey

NOW = "2026-11-20T09:30:00Z"


def flips(text: str) -> list[bytes]:
    """Every text that differs from this one in the lowest bit, or in the case, of one byte."""
    raw = text.encode()
    places = range(len(raw))
    lowest = [raw[:i] + bytes([raw[i] ^ 1]) + raw[i + 1 :] for i in places]
    if not re.fullmatch("[0-9a-f]+", text):
        return lowest
    return lowest + [raw[:i] + raw[i : i + 1].upper() + raw[i + 1 :] for i in places if raw[i] > 96]


def overwrite(path: Path, i: int, byte: int) -> None:
    """Put one byte into a file, in place."""
    with path.open("r+b") as file:
        file.seek(i)
        file.write(bytes([byte]))


def stored(folder: Path, table: str) -> list[dict]:
    with closing(sqlite3.connect(folder / "ledger.db")) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute(f"SELECT * FROM {table}")]


def test_an_untouched_workspace_verifies(workspace, script):
    head = workspace.reader().head()
    (workspace.folder / "head.json").write_text(head.to_json())
    result = workspace.verify(head)
    assert (result.ok, result.first_bad, result.problems) == (True, "", ())
    assert (result.n_facts, result.n_artefacts) == (4, 3)
    assert script(workspace.folder) == 0
    assert script(workspace.folder, workspace.folder / "head.json") == 0


@pytest.mark.parametrize("number", [0, 1, 3])
def test_a_flipped_byte_in_any_text_of_a_fact_is_found_and_the_fact_is_named(
    workspace, script, number
):
    row = stored(workspace.folder, "facts")[number]
    reader, texts = workspace.reader(), {k: v for k, v in row.items() if isinstance(v, str)}
    assert set(texts) == {"kind", "actor", "at", "reason", "body", "previous", "digest"}
    n_tried = 0
    for column, text in texts.items():
        update = f"UPDATE facts SET {column} = CAST(? AS TEXT) WHERE number = ?"
        for altered in flips(text):
            workspace.sql(update, altered, number)
            result = reader.verify(workspace.store)
            is_unreadable = result.first_bad == f"database, after {number} facts"
            assert result.first_bad.startswith(f"fact {number} (") or is_unreadable, altered
            assert script(workspace.folder) == 4
            n_tried += 1
        workspace.sql(update, text.encode(), number)
    assert n_tried > sum(len(text.encode()) for text in texts.values())
    assert workspace.verify().ok


@pytest.mark.parametrize("column", ["digest", "public_key", "signature", "at"])
def test_a_flipped_byte_in_the_head_is_found(workspace, script, column):
    (row,) = stored(workspace.folder, "head")
    for altered in flips(row[column]):
        workspace.sql(f"UPDATE head SET {column} = CAST(? AS TEXT)", altered)
        assert workspace.verify().first_bad == "head"
        assert script(workspace.folder) == 4
    workspace.sql(f"UPDATE head SET {column} = ?", row[column])
    assert workspace.verify().ok


def test_a_flipped_byte_in_any_artefact_is_found_and_the_artefact_is_named(workspace, script):
    reader = workspace.reader()
    for digest in workspace.store.digests():
        path = next(workspace.store.root.glob(f"*/{digest}*"))
        content = path.read_bytes()
        path.chmod(0o644)
        for i in range(len(content)):
            overwrite(path, i, content[i] ^ 1)
            result = reader.verify(workspace.store)
            assert result.first_bad == f"artefact {digest}"
            assert "fact" in result.problems[0].what
            assert script(workspace.folder) == 4
            overwrite(path, i, content[i])
    assert workspace.verify().ok


def test_a_flipped_byte_of_the_database_is_found_or_changes_no_fact(empty, script):
    empty.writer().append("note.taken", {"text": "x"}, actor="Ada", at=NOW)
    path = empty.folder / "ledger.db"
    with closing(sqlite3.connect(path)) as db:
        db.executescript("PRAGMA page_size=512; VACUUM")  # small, so that few bytes are idle
    whole, facts, reader = path.read_bytes(), list(empty.reader()), empty.reader()
    n_found = n_stricter = 0
    for i in range(len(whole)):
        overwrite(path, i, whole[i] ^ (1 << i % 8))
        is_ok, script_is_ok = reader.verify(empty.store).ok, script(empty.folder) == 0
        assert is_ok or not script_is_ok, i
        n_found += not is_ok
        n_stricter += is_ok and not script_is_ok
        try:
            assert list(reader) == facts, i
        except LoopwrightError:
            assert not is_ok, i
        for leftover in empty.folder.glob("ledger.db-*"):
            leftover.unlink()
            path.write_bytes(whole)
        overwrite(path, i, whole[i])
    assert n_found > len(whole) / 4
    assert n_stricter < 20  # the script also minds the case of a column's name
    assert path.read_bytes() == whole and empty.verify().ok


SWAP = "UPDATE facts SET body = (SELECT body FROM facts f WHERE f.number = 3 - facts.number)"
COPY = "INSERT INTO facts SELECT {}, kind, version, actor, at, reason, body, previous, digest "


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        pytest.param(
            "DELETE FROM facts WHERE number = 0", "fact 0 (missing)", id="the first is gone"
        ),
        pytest.param("DELETE FROM facts WHERE number = 2", "fact 2 (missing)", id="one is gone"),
        pytest.param("DELETE FROM facts WHERE number = 3", "head", id="the last is gone"),
        pytest.param("DELETE FROM facts WHERE number > 0", "head", id="only the first is left"),
        pytest.param("DELETE FROM facts", "head", id="all are gone"),
        pytest.param("DELETE FROM head", "head", id="the head is gone"),
        pytest.param("INSERT INTO head SELECT * FROM head", "head", id="there are two heads"),
        pytest.param("UPDATE head SET number = 2", "head", id="the head names another fact"),
        pytest.param("UPDATE facts SET version = 2 WHERE number = 1", "fact 1", id="new version"),
        pytest.param(SWAP + " WHERE number IN (1, 2)", "fact 1", id="two bodies are swapped"),
        pytest.param(COPY.format(4) + "FROM facts WHERE number = 3", "fact 4", id="one came twice"),
        pytest.param(COPY.format(-1) + "FROM facts WHERE number = 3", "fact 0", id="one before 0"),
        pytest.param("UPDATE facts SET body = X'00' WHERE number = 1", "fact 1", id="no text"),
        pytest.param("UPDATE facts SET number = 7 WHERE number = 3", "fact 3", id="renumbered"),
        pytest.param("DROP TABLE facts", "database", id="no table"),
    ],
)
def test_what_a_database_tool_does_to_facts_is_found(workspace, script, statement, place):
    assert workspace.verify().ok
    workspace.sql(statement)
    assert workspace.verify().first_bad.startswith(place)
    assert script(workspace.folder) == 4


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("DELETE FROM facts WHERE number = 2", id="one is gone"),
        pytest.param("DELETE FROM facts WHERE number = 3", id="the last is gone"),
        pytest.param("DELETE FROM head", id="the head is gone"),
        pytest.param("UPDATE facts SET body = '{}' WHERE number = 1", id="a body is altered"),
        pytest.param("UPDATE facts SET reason = 'so' WHERE number = 3", id="a reason is altered"),
    ],
)
def test_facts_that_were_altered_are_not_even_read(workspace, statement):
    assert len(list(workspace.reader())) == 4
    workspace.sql(statement)
    with pytest.raises(VerificationError):
        list(workspace.reader())


@pytest.mark.parametrize("end", ["DELETE FROM facts WHERE number = 3", "UPDATE head SET number=2"])
def test_nothing_is_appended_to_a_ledger_that_does_not_end_where_its_head_says(workspace, end):
    living = workspace.writer()
    living.append("note.taken", {}, actor="Ada", at=NOW)
    workspace.sql(end.replace("3", "4"))
    for ledger in (living, workspace.writer()):
        with pytest.raises(VerificationError):
            ledger.append("note.taken", {}, actor="Ada", at=NOW)


def test_two_facts_that_change_places_are_found(workspace, script):
    for old, new in ((1, 99), (2, 1), (99, 2)):
        workspace.sql("UPDATE facts SET number = ? WHERE number = ?", new, old)
    assert workspace.verify().first_bad == "fact 1 (plate.read)"
    assert script(workspace.folder) == 4


def test_an_older_head_under_newer_facts_is_found(workspace, script):
    older = workspace.writer().head()
    workspace.fill(1)
    assert workspace.verify().ok and script(workspace.folder) == 0
    statement = "UPDATE head SET number = ?, digest = ?, at = ?, signature = ?"
    workspace.sql(statement, older.number, older.digest, older.at, older.signature)
    assert workspace.verify().first_bad == "head"
    assert script(workspace.folder) == 4
    with pytest.raises(VerificationError):
        list(workspace.reader())


def test_an_artefact_that_a_fact_names_and_that_is_gone_is_found(workspace, script):
    digest = min(workspace.store.digests())
    next(workspace.store.root.glob(f"*/{digest}*")).unlink()
    assert workspace.verify().first_bad == f"artefact {digest}"
    assert script(workspace.folder) == 4


def test_another_public_key_on_disk_is_found(workspace, script):
    other = SigningKey.ephemeral().public_key
    (workspace.folder / "keys" / "ledger.pub").write_text(other + "\n")
    assert workspace.verify().first_bad == "fact 0 (workspace.created)"
    assert script(workspace.folder) == 4


def rewrite(
    workspace, key: SigningKey | None, *, body: str = '{"plate":"forged"}', up_to: int = 3
) -> None:
    """Change fact 1, re-hash it and all up to a fact, and sign the end if there is a key."""
    previous = "0" * 64
    for row in stored(workspace.folder, "facts")[: up_to + 1]:
        row["previous"] = previous
        row["body"] = body if row["number"] == 1 else row["body"]
        hashed = {name: value for name, value in row.items() if name != "digest"}
        text = json.dumps(hashed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        previous = row["digest"] = hashlib.sha256(text.encode()).hexdigest()
        workspace.sql(
            "UPDATE facts SET body = ?, previous = ?, digest = ? WHERE number = ?",
            *(row[name] for name in ("body", "previous", "digest", "number")),
        )
    if key:
        head = Head.sign(row, key)
        workspace.sql(
            "UPDATE head SET digest = ?, signature = ?, public_key = ?",
            *(head.digest, head.signature, head.public_key),
        )


def test_a_head_signed_by_a_stranger_in_the_name_of_our_key_is_found(workspace, script):
    rewrite(workspace, SigningKey.ephemeral())
    ours = SigningKey.load(workspace.folder / "keys").public_key
    workspace.sql("UPDATE head SET public_key = ?", ours)
    assert workspace.verify().first_bad == "head"
    assert script(workspace.folder) == 4


def test_a_fact_that_is_re_hashed_alone_breaks_the_link_of_the_next(workspace, script):
    rewrite(workspace, None, up_to=1)
    assert workspace.verify().first_bad == "fact 2 (plate.read)"
    assert script(workspace.folder) == 4


@pytest.mark.parametrize("body", ["[]", "{", "", "[" * 100_000, '{"a_sha256":"b"}'])
def test_a_sealed_body_that_is_no_object_or_names_no_artefact_is_found(workspace, script, body):
    rewrite(workspace, SigningKey.load(workspace.folder / "keys"), body=body)
    assert workspace.verify().first_bad == "fact 1 (plate.read)"
    assert script(workspace.folder) == 4


@pytest.mark.parametrize("key", [None, SigningKey.ephemeral()], ids=["unsigned", "another key"])
def test_a_history_that_is_rewritten_without_the_key_is_found(workspace, script, key):
    rewrite(workspace, key)
    assert workspace.verify().first_bad == "head"
    assert script(workspace.folder) == 4
    with pytest.raises(VerificationError):
        workspace.writer().append("note.taken", {}, actor="Ada", at=NOW)


def test_a_history_that_is_rewritten_with_the_key_is_found_by_an_exported_head_only(
    workspace, script
):
    head = workspace.reader().head()
    (workspace.folder / "head.json").write_text(head.to_json())
    rewrite(workspace, SigningKey.load(workspace.folder / "keys"))
    assert workspace.verify().ok and script(workspace.folder) == 0
    assert workspace.verify(head).first_bad == "older copy or fork"
    assert script(workspace.folder, workspace.folder / "head.json") == 4


def test_an_older_copy_of_all_is_found_by_an_exported_head_only(workspace, script, tmp_path):
    shutil.copytree(workspace.folder, tmp_path / "old")
    living = workspace.writer()
    living.append("note.taken", {"text": "the one to be forgotten"}, actor="Ada", at=NOW)
    head = Head.from_json(living.head().to_json())
    (tmp_path / "head.json").write_text(head.to_json())
    assert workspace.verify(head).ok
    shutil.rmtree(workspace.folder)
    shutil.move(tmp_path / "old", workspace.folder)
    assert workspace.verify().ok and script(workspace.folder) == 0
    assert workspace.verify(head).first_bad == "older copy or fork"
    assert script(workspace.folder, tmp_path / "head.json") == 4
    with pytest.raises(VerificationError, match="was here before"):
        living.append("note.taken", {}, actor="Ada", at=NOW)
    with pytest.raises(VerificationError, match="5 were read before"):
        list(workspace.reader().facts(since=5))


def test_a_head_of_another_workspace_does_not_verify(workspace, script, tmp_path):
    sealed = {"number": 3, "digest": hashlib.sha256().hexdigest(), "at": NOW}
    head = Head.sign(sealed, SigningKey.ephemeral())
    (tmp_path / "head.json").write_text(head.to_json())
    assert workspace.verify(head).first_bad == "exported head"
    assert script(workspace.folder, tmp_path / "head.json") == 4


def test_a_file_that_is_no_database_fails_to_verify_and_does_not_crash(workspace, script):
    (workspace.folder / "ledger.db").write_bytes(b"\0not a database" * 500)
    assert workspace.verify().first_bad == "database, after 0 facts"
    assert script(workspace.folder) == 4
    key = SigningKey.load(workspace.folder / "keys")
    with pytest.raises(VerificationError):
        Ledger.create(workspace.url, key, actor="Ada", at=NOW)
