# SPDX-License-Identifier: Apache-2.0
"""A store gives back the bytes it was given, or says that it cannot."""

from __future__ import annotations

import hashlib
import stat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loopwright.core.errors import DataError, VerificationError
from loopwright.store.store import Artefacts, MemoryStore, Store


@pytest.fixture(params=["in a folder", "in memory"])
def store(request, tmp_path):
    return Store(tmp_path / "store") if request.param == "in a folder" else MemoryStore()


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("laws")


@settings(max_examples=50, deadline=None)
@given(contents=st.lists(st.binary(max_size=50), max_size=4))
def test_both_stores_give_back_any_bytes_under_their_sha256(folder, contents):
    for store in (Store(folder), MemoryStore()):
        for content in contents:
            digest = store.put(content)
            assert digest == hashlib.sha256(content).hexdigest()
            assert store.get(digest) == content
            assert digest in store
        assert {hashlib.sha256(c).hexdigest() for c in contents} <= set(store.digests())
        assert list(store.damaged()) == []


def test_both_stores_are_artefacts(store):
    assert isinstance(store, Artefacts)


def test_the_same_bytes_are_kept_once_whatever_their_suffix(store):
    digests = {store.put(b"a", suffix=s) for s in ("", ".csv", ".tar.gz")}
    assert list(store.digests()) == list(digests)


def test_an_artefact_that_is_not_there_is_refused(store):
    digest = hashlib.sha256(b"a").hexdigest()
    assert digest not in store
    with pytest.raises(VerificationError, match="missing"):
        store.get(digest)
    assert store.put(b"a") == digest
    assert digest in store


@pytest.mark.parametrize(
    "digest", ["", "a" * 63, "A" * 64, "../" + "a" * 61, "a" * 64 + "\n", "*" * 64]
)
def test_what_is_no_digest_is_refused(store, digest):
    with pytest.raises(DataError, match="no SHA-256"):
        store.get(digest)
    with pytest.raises(DataError, match="no SHA-256"):
        _ = digest in store


@pytest.mark.parametrize("suffix", ["csv", "/../../x", ".a/b", ".CSV", ".a.b.c", "."])
def test_what_is_no_suffix_is_refused(tmp_path, suffix):
    with pytest.raises(DataError, match="no file ending"):
        Store(tmp_path / "store").put(b"a", suffix=suffix)
    assert not (tmp_path / "store").exists()


def test_an_artefact_is_a_read_only_file_in_its_shard(tmp_path):
    digest = Store(tmp_path).put(b"a", suffix=".csv")
    (path,) = (p for p in tmp_path.rglob("*") if p.is_file())
    assert path == tmp_path / digest[:2] / f"{digest}.csv"
    assert stat.S_IMODE(path.stat().st_mode) == 0o444


def alter(store, digest: str, content: bytes) -> None:
    if isinstance(store, MemoryStore):
        store._contents[digest] = content
        return
    path = next(store.root.glob(f"*/{digest}*"))
    path.chmod(0o644)
    path.write_bytes(content)


@pytest.mark.parametrize("altered", [b"", b"plate 2", b"plate 1\n"], ids=["cut", "flip", "longer"])
def test_an_altered_artefact_is_found_by_every_road(store, altered):
    digest, other = store.put(b"plate 1", suffix=".csv"), store.put(b"other")
    alter(store, digest, altered)
    assert list(store.damaged()) == [digest]
    with pytest.raises(VerificationError, match="altered"):
        store.get(digest)
    with pytest.raises(VerificationError, match="altered"):
        store.put(b"plate 1")
    assert store.get(other) == b"other"
    alter(store, digest, b"plate 1")
    assert list(store.damaged()) == []
    assert store.put(b"plate 1") == digest


def test_what_a_killed_writer_left_is_not_an_artefact(tmp_path):
    store = Store(tmp_path)
    digest = store.put(b"a")
    (tmp_path / digest[:2] / ".part-x").write_bytes(b"half")
    (tmp_path / digest[:2] / ("f" * 64)).write_bytes(b"in the wrong shard")
    (tmp_path / "readme.txt").write_bytes(b"not ours")
    assert list(store.digests()) == [digest]
    assert list(store.damaged()) == []


def test_a_folder_in_the_place_of_an_artefact_is_damage(tmp_path):
    store, digest = Store(tmp_path), hashlib.sha256(b"a").hexdigest()
    (tmp_path / digest[:2] / digest).mkdir(parents=True)
    assert list(store.damaged()) == [digest]
    with pytest.raises(VerificationError, match="cannot be read"):
        store.get(digest)


def test_a_store_that_cannot_write_says_so_and_leaves_nothing(tmp_path):
    (tmp_path / "store").write_bytes(b"a file, not a folder")
    with pytest.raises(DataError, match="cannot write"):
        Store(tmp_path / "store").put(b"a")
    assert [p.name for p in tmp_path.iterdir()] == ["store"]
