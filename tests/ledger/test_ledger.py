# SPDX-License-Identifier: Apache-2.0
"""Appending, reading, refusing, and the laws that hold for any body."""

from __future__ import annotations

import hashlib
import math
import re
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loopwright.core.errors import BusyError, DataError, NotReadyError, VerificationError
from loopwright.ledger.fact import Head, seal
from loopwright.ledger.ledger import Ledger
from loopwright.ledger.signing import SigningKey, is_signed, read_public_key
from loopwright.store.store import MemoryStore

NOW = "2026-11-20T09:30:00Z"
BY = {"actor": "Ada", "at": NOW}

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
keys = texts.filter(lambda key: not key.endswith("_sha256"))
floats = st.floats(allow_nan=False, allow_infinity=False)
leaves = st.none() | st.booleans() | st.integers() | floats | texts
values = st.recursive(
    leaves,
    lambda part: st.lists(part, max_size=3) | st.dictionaries(keys, part, max_size=3),
    max_leaves=8,
)
bodies = st.dictionaries(keys, values, max_size=4)


def in_memory() -> Ledger:
    return Ledger.create("sqlite://", SigningKey.ephemeral(), **BY)


@settings(max_examples=60, deadline=None)
@given(written=st.lists(bodies, max_size=4), reason=texts.filter(lambda t: "\0" not in t))
def test_what_is_appended_is_what_is_read(written, reason):
    ledger = in_memory()
    facts = [ledger.append("note.taken", body, reason=reason, **BY) for body in written]
    assert list(ledger.facts(since=1)) == facts
    assert [fact.body for fact in facts] == written
    assert len(ledger) == len(written) + 1
    assert ledger.verify(MemoryStore()).ok


FIELDS = {"number": 7, "kind": "a.b", "version": 1, "reason": "", "previous": "0" * 64, **BY}
OTHER = {
    "number": 8,
    "kind": "a.c",
    "version": 2,
    "reason": "why",
    "previous": "1" * 64,
    "actor": "Eve",
    "at": "2026-11-20T09:30:01Z",
}


@given(body=bodies, other=bodies)
def test_a_digest_depends_on_every_field(body, other):
    digest = seal(body=body, **FIELDS)["digest"]
    for name, value in OTHER.items():
        assert seal(body=body, **{**FIELDS, name: value})["digest"] != digest
    twin = seal(body=other, **FIELDS)
    assert (twin["digest"] == digest) == (twin["body"] == seal(body=body, **FIELDS)["body"])


def test_the_format_of_facts_and_heads_is_frozen():
    text = (
        '{"actor":"Ada","at":"2026-11-20T09:30:00Z","body":"{\\"a\\":[1,2.5],\\"b\\":\\"ä\\"}",'
        '"kind":"a.b","number":7,"previous":"' + "0" * 64 + '","reason":"","version":1}'
    )
    sealed = seal(body={"b": "ä", "a": (1, 2.5)}, **FIELDS)
    assert sealed["digest"] == hashlib.sha256(text.encode()).hexdigest()
    key = SigningKey.ephemeral()
    head = Head.sign(sealed, key)
    assert head.text == (
        f'{{"at":"{NOW}","digest":"{sealed["digest"]}","number":7,'
        f'"public_key":"{key.public_key}","what":"loopwright ledger head, version 1"}}'
    )
    assert Head.from_json(head.to_json()) == head
    assert head.is_signed_by(key.public_key)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"number": 1}', "[" * 100_000])
def test_a_text_that_is_no_exported_head_is_refused(text):
    with pytest.raises(DataError, match="no exported head"):
        Head.from_json(text)


def nested(depth: int) -> dict:
    return {"a": nested(depth - 1)} if depth else {}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"x": math.nan}, id="not a number"),
        pytest.param({"x": [math.inf]}, id="infinite"),
        pytest.param({"x": {1, 2}}, id="a set"),
        pytest.param({"x": b"bytes"}, id="bytes"),
        pytest.param({"x": {1: "a"}}, id="a key that is no text"),
        pytest.param({"x": "\ud800"}, id="half a character"),
        pytest.param([1, 2], id="a list"),
        pytest.param(nested(60), id="nested too deep"),
        pytest.param({"raw_sha256": "abc"}, id="no digest below a key _sha256"),
        pytest.param({"raw_sha256": ["A" * 64]}, id="a digest in capitals"),
        pytest.param({"raw_sha256": {"a": 1}}, id="a number below a key _sha256"),
    ],
)
def test_a_body_that_is_not_plain_json_is_refused_and_nothing_is_written(body):
    ledger = in_memory()
    with pytest.raises(DataError, match="cannot be a fact"):
        ledger.append("note.taken", body, **BY)
    assert len(ledger) == 1
    well = {"x": [1, 0.5, None, True, {"a": "ä\0"}], "raw_sha256": None, "deep": nested(40)}
    assert ledger.append("note.taken", well, **BY).body == well


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "Not a kind"},
        {"actor": " "},
        {"actor": "a\0b"},
        {"reason": "a\0b"},
        {"at": "2026-11-20 09:30:00"},
        {"at": "2026-02-30T09:30:00Z"},
        {"at": "2026-11-20T09:30:00+01:00"},
        {"version": 0},
        {"version": True},
    ],
    ids=str,
)
def test_a_field_that_no_fact_may_hold_is_refused(wrong):
    ledger = in_memory()
    well = {"kind": "note.taken", "body": {}, "version": 3, "reason": "why", **BY}
    with pytest.raises(DataError):
        ledger.append(**{**well, **wrong})
    ledger.append(**well)
    ledger.append(**{**well, "at": "2026-11-20T09:30:00.123456+00:00"})
    assert ledger.verify(MemoryStore()).n_facts == 3


def test_artefacts_are_named_anywhere_below_a_key_that_ends_in_sha256():
    ledger, store = in_memory(), MemoryStore()
    digests = [store.put(text) for text in (b"a", b"b", b"c")]
    body = {"x": [{"a_sha256": digests[0]}], "all_sha256": {"b": digests[1], "c": [digests[2]]}}
    ledger.append("plate.read", {**body, "elsewhere": "f" * 64}, **BY)
    assert ledger.verify(store).ok
    missing = {p.place for p in ledger.verify(MemoryStore()).problems}
    assert missing == {f"artefact {digest}" for digest in digests}


def test_reading_can_begin_anywhere_and_crosses_pages():
    ledger = in_memory()
    for i in range(1200):
        ledger.append("note.taken", {"i": i}, **BY)
    facts = list(ledger)
    assert [fact.number for fact in facts] == list(range(1201))
    for since in (0, 1, 499, 500, 501, 1200, 1201):
        assert list(ledger.facts(since=since)) == facts[since:]


def test_one_may_append_while_one_reads(workspace):
    ledger = workspace.writer(wait_s=0.1)
    for fact in ledger:
        ledger.append("note.taken", {"of": fact.number}, **BY)
    assert len(ledger) == 8


def test_a_fact_that_rests_on_an_older_state_is_refused(workspace):
    ours, theirs = workspace.writer(), workspace.writer()
    ours.append("note.taken", {}, expect=4, **BY)
    with pytest.raises(BusyError, match="Somebody else wrote"):
        theirs.append("note.taken", {}, expect=4, **BY)
    theirs.append("note.taken", {}, expect=5, **BY)
    assert workspace.verify().n_facts == 6


def test_a_ledger_that_is_open_to_read_cannot_be_written(workspace):
    with pytest.raises(NotReadyError):
        workspace.reader().append("note.taken", {}, **BY)
    assert len(workspace.reader()) == 4


def test_a_ledger_is_never_made_over_another(workspace):
    key = SigningKey.load(workspace.folder / "keys")
    with pytest.raises(DataError, match="already"):
        Ledger.create(workspace.url, key, **BY)
    assert workspace.verify().n_facts == 4


def test_a_ledger_that_is_not_there_is_not_made_by_opening_it(tmp_path):
    path, key = tmp_path / "ledger.db", SigningKey.ephemeral()
    for url in (f"sqlite:///{path}", "sqlite://"):
        with pytest.raises(NotReadyError):
            Ledger.open(url, key)
    assert not path.exists()
    Ledger.create(f"sqlite:///{path}", key, **BY)
    assert len(Ledger.open(f"sqlite:///{path}", key)) == 1
    with pytest.raises(DataError, match="public key"):
        Ledger.open(f"sqlite:///{path}")
    with pytest.raises(DataError, match="no database"):
        Ledger.open("ledger.db", key)


def test_a_ledger_in_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(DataError, match="not usable"):
        Ledger.create(f"sqlite:///{tmp_path}/no/l.db", SigningKey.ephemeral(), **BY)


def test_the_wrong_key_cannot_write(workspace):
    stranger = Ledger.open(workspace.url, SigningKey.ephemeral())
    with pytest.raises(VerificationError, match="signature"):
        stranger.append("note.taken", {}, **BY)
    assert workspace.verify().ok


def test_a_key_is_written_once_for_its_owner_only_and_can_be_loaded(tmp_path):
    key = SigningKey.create(tmp_path / "keys")
    assert stat.S_IMODE((tmp_path / "keys" / "ledger.key").stat().st_mode) == 0o600
    assert SigningKey.load(tmp_path / "keys").public_key == key.public_key
    assert read_public_key(tmp_path / "keys") == key.public_key
    with pytest.raises(DataError, match="No key can be written"):
        SigningKey.create(tmp_path / "keys")
    assert SigningKey.load(tmp_path / "keys").sign("a") == key.sign("a")
    assert "private" not in repr(key)


@pytest.mark.parametrize("name", ["ledger.key", "ledger.pub"])
def test_a_damaged_or_absent_key_file_is_refused(tmp_path, name):
    path = tmp_path / name
    SigningKey.create(tmp_path)
    well = path.read_bytes()
    for content in (well[:40], b"", b"\xff" * 64, SigningKey.ephemeral().public_key.encode()):
        path.write_bytes(content)
        with pytest.raises(VerificationError):
            SigningKey.load(tmp_path)
    path.unlink()
    with pytest.raises(NotReadyError):
        SigningKey.load(tmp_path)
    path.write_bytes(well)
    SigningKey.load(tmp_path)


@given(text=texts, other=texts)
def test_a_signature_holds_for_its_text_and_its_key_alone(text, other):
    key, stranger = SigningKey.ephemeral(), SigningKey.ephemeral()
    signature = key.sign(text)
    assert is_signed(text, signature=signature, public_key=key.public_key)
    assert not is_signed(text, signature=signature, public_key=stranger.public_key)
    assert is_signed(other, signature=signature, public_key=key.public_key) == (other == text)
    assert not is_signed(text, signature=signature + " ", public_key=key.public_key)
    capitals = signature.upper()
    assert capitals == signature or not is_signed(
        text, signature=capitals, public_key=key.public_key
    )


def test_the_page_on_the_ledger_shows_code_that_runs(workspace, tmp_path, capsys):
    page = Path(__file__).parents[2] / "docs" / "ledger.md"
    (block,) = re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    shown: dict = {}
    exec(block, shown)
    exported = tmp_path / "head.json"
    exported.write_text(workspace.writer().head().to_json(), "utf-8")
    assert shown["check"](workspace.folder, exported)
    workspace.sql("UPDATE facts SET actor = 'Eve' WHERE number = 2")
    assert not shown["check"](workspace.folder, exported)
    assert "fact 2 (plate.read): its text does not match" in capsys.readouterr().out
