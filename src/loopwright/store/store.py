# SPDX-License-Identifier: Apache-2.0
"""Artefacts, kept and found by the SHA-256 of their bytes.

A store knows bytes and digests. It does not know what a table, a model or a plate is, nor
which fact names an artefact. Nothing is ever changed or removed here.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol, runtime_checkable

from attrs import field, frozen

from loopwright.core.errors import DataError, VerificationError

__all__ = ["Artefacts", "MemoryStore", "Store"]

_DIGEST = re.compile(r"[0-9a-f]{64}")
_SUFFIX = re.compile(r"(\.[a-z0-9]{1,12}){0,2}")
_TEMPORARY = ".part-"
_RESTORE = "Stop; restore the artefact from a verified copy."


@runtime_checkable
class Artefacts(Protocol):
    """What a store can do, be it a folder or a dictionary."""

    def put(self, content: bytes, *, suffix: str = "") -> str:
        """Keep ``content`` for good and return its digest; the same bytes again add nothing."""
        ...

    def get(self, digest: str) -> bytes:
        """Return the very bytes that have this digest, or raise ``VerificationError``."""
        ...

    def __contains__(self, digest: str) -> bool:
        """Whether an artefact lies under this digest; its bytes are not looked at."""
        ...

    def digests(self) -> Iterator[str]:
        """Yield the digest of every artefact once."""
        ...

    def damaged(self) -> Iterator[str]:
        """Re-hash every artefact and yield the digest of each whose bytes do not match."""
        ...


@frozen
class Store:
    """A folder of read-only files, ``ab/abcdef...``, each named by the SHA-256 of its bytes.

    An artefact is there after ``put`` has returned, even if the power fails then; before
    that it is not there at all. What a killed ``put`` leaves behind is a file whose name
    begins with ``.part-``; it is never read and may be deleted while nobody writes.
    """

    root: Path
    """The folder; it is made when the first artefact comes."""

    def put(self, content: bytes, *, suffix: str = "") -> str:
        """Write the bytes to disk under their digest.

        Args:
            content: The artefact.
            suffix: Ending of the file's name, for people who look into the folder (``.csv``).

        Returns:
            The SHA-256 of ``content``, 64 lower-case hexadecimal digits.

        Raises:
            VerificationError: A file lies under this digest, with other bytes.
            DataError: The suffix is none, or the disk does not take the file.
        """
        if not _SUFFIX.fullmatch(suffix):
            raise DataError(f"{suffix!r} is no file ending", remedy="Give one such as '.csv'.")
        digest = hashlib.sha256(content).hexdigest()
        shard = self.root / digest[:2]
        try:
            shard.mkdir(parents=True, exist_ok=True)
            if digest in self:
                self.get(digest)
            else:
                _write(shard / (digest + suffix), content)
            for folder in (shard, self.root, self.root.parent):
                _sync(folder)
        except OSError as ex:
            raise DataError(
                f"The store cannot write: {ex.strerror or ex}",
                where=str(shard),
                remedy="Make room on the disk, or mend the folder's permissions; then try again.",
            ) from ex
        return digest

    def get(self, digest: str) -> bytes:
        """Return an artefact, re-hashed.

        Raises:
            DataError: ``digest`` is no SHA-256 in lower-case hexadecimal digits.
            VerificationError: The artefact is missing, or its bytes do not match.
        """
        path = self._find(_checked(digest))
        try:
            content = path.read_bytes() if path else None
        except OSError as ex:
            raise VerificationError(
                f"An artefact cannot be read: {ex.strerror or ex}", where=digest, remedy=_RESTORE
            ) from ex
        return _matching(content, digest)

    def __contains__(self, digest: str) -> bool:
        return self._find(_checked(digest)) is not None

    def digests(self) -> Iterator[str]:
        """Yield the digest of every artefact, sorted; other files are not looked at."""
        for files in self._shards():
            yield from sorted({path.name[:64] for path in files})

    def damaged(self) -> Iterator[str]:
        """Re-hash every artefact and yield the digest of each whose bytes do not match."""
        for files in self._shards():
            yield from sorted({p.name[:64] for p in files if _hash_of(p) != p.name[:64]})

    def _shards(self) -> Iterator[list[Path]]:
        """Yield the artefacts' files, folder by folder."""
        try:
            for shard in sorted(self.root.glob("[0-9a-f][0-9a-f]/")):
                yield [path for path in shard.iterdir() if _is_named(path)]
        except OSError as ex:
            raise DataError(
                f"The store cannot be read: {ex.strerror}",
                where=str(ex.filename or self.root),
                remedy="Mend the folder's permissions; then try again.",
            ) from ex

    def _find(self, digest: str) -> Path | None:
        """Return the file of an artefact, whatever its ending."""
        plain = self.root / digest[:2] / digest
        if plain.exists():
            return plain
        return min((p for p in plain.parent.glob(f"{digest}*") if _is_named(p)), default=None)


@frozen
class MemoryStore:
    """A store that lives as long as its process: for replays and tests."""

    _contents: dict[str, bytes] = field(factory=dict, init=False, repr=False)

    def put(self, content: bytes, *, suffix: str = "") -> str:
        """Keep the bytes under their digest; the suffix means nothing here."""
        digest = hashlib.sha256(content).hexdigest()
        _matching(self._contents.setdefault(digest, bytes(content)), digest)
        return digest

    def get(self, digest: str) -> bytes:
        """Return an artefact, re-hashed.

        Raises:
            DataError: ``digest`` is no SHA-256 in lower-case hexadecimal digits.
            VerificationError: The artefact is missing, or its bytes do not match.
        """
        return _matching(self._contents.get(_checked(digest)), digest)

    def __contains__(self, digest: str) -> bool:
        return _checked(digest) in self._contents

    def digests(self) -> Iterator[str]:
        """Yield the digest of every artefact, sorted."""
        yield from sorted(self._contents)

    def damaged(self) -> Iterator[str]:
        """Re-hash every artefact and yield the digest of each whose bytes do not match."""
        for digest, content in sorted(self._contents.items()):
            if hashlib.sha256(content).hexdigest() != digest:
                yield digest


def _checked(digest: str) -> str:
    """Refuse whatever is no digest, so that no path can be smuggled in as one."""
    if not _DIGEST.fullmatch(digest):
        raise DataError(
            f"{digest[:80]!r} is no SHA-256",
            remedy="Give 64 lower-case hexadecimal digits, as `put` returned them.",
        )
    return digest


def _matching(content: bytes | None, digest: str) -> bytes:
    """Return the bytes if they are there and have this digest."""
    if content is None:
        raise VerificationError("An artefact is missing", where=digest, remedy=_RESTORE)
    if hashlib.sha256(content).hexdigest() != digest:
        raise VerificationError("An artefact was altered", where=digest, remedy=_RESTORE)
    return content


def _is_named(path: Path) -> bool:
    """Whether a file has the name of an artefact and lies in the right shard."""
    digest, suffix = path.name[:64], path.name[64:]
    return bool(
        _DIGEST.fullmatch(digest)
        and _SUFFIX.fullmatch(suffix)
        and digest.startswith(path.parent.name)
    )


def _hash_of(path: Path) -> str:
    """Return the digest of a file's bytes; empty if it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _write(path: Path, content: bytes) -> None:
    """Write a read-only file that is complete on disk before it has its name."""
    descriptor, temporary = tempfile.mkstemp(prefix=_TEMPORARY, dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), 0o444)
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _sync(folder: Path) -> None:
    """Make the names in a folder last. Done even for an old artefact: who put it may have died."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
