# SPDX-License-Identifier: Apache-2.0
"""A fact, the head that names the last one, and the rules by which both are sealed.

Pure: texts in, digests out. Nothing here knows a database, a campaign or what a kind means.

Any string in a body that stands below a key ending in ``_sha256``, alone or in a list or an
object, names an artefact of the store.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from attrs import asdict, frozen

from loopwright.core.errors import DataError, VerificationError
from loopwright.ledger.signing import SigningKey, is_signed

__all__ = [
    "BEGINNING",
    "FIRST_KIND",
    "RESTORE",
    "Fact",
    "Head",
    "artefacts_named_in",
    "parse",
    "read",
    "seal",
]

BEGINNING = "0" * 64
"""What the first fact names as the digest of the one before it."""

FIRST_KIND = "workspace.created"
"""The kind of fact 0; its body names the ledger's public key."""

RESTORE = "Write nothing more; restore the workspace from the last verified copy."

_MAX_DEPTH = 50
_HASHED = ("number", "kind", "version", "actor", "at", "reason", "body", "previous")
_KIND = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|\+00:00)", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}")


@frozen(kw_only=True)
class Fact:
    """Something that happened."""

    number: int
    """Its place in the ledger, from 0."""

    kind: str
    """What happened, in dotted lower-case words: ``batch.ordered``."""

    version: int
    """Version of the body's schema, from 1."""

    actor: str
    """Who or what acted."""

    at: str
    """When, as the writer's clock had it: UTC, RFC 3339."""

    reason: str
    """Why, in the words of the person who acted; empty if none did."""

    body: Mapping[str, Any]
    """Plain JSON values. Its text is stored and hashed as it was first written."""

    previous: str
    """Digest of the fact before this one; 64 zeros for fact 0."""

    digest: str
    """SHA-256 of all other fields as canonical JSON, in which the body stands as its text."""


@frozen(kw_only=True)
class Head:
    """The last fact of a ledger, signed. Kept elsewhere, it unmasks an older copy or a fork."""

    number: int
    digest: str
    public_key: str
    signature: str
    """Ed25519 over ``text``, 128 lower-case hexadecimal digits."""

    at: str
    """When that fact happened: UTC, RFC 3339."""

    @staticmethod
    def sign(last: Mapping[str, Any], key: SigningKey) -> Head:
        """Return the signed head of a ledger whose last sealed fact is ``last``."""
        named = {name: last[name] for name in ("number", "digest", "at")}
        bare = Head(**named, public_key=key.public_key, signature="")
        return Head(**named, public_key=key.public_key, signature=key.sign(bare.text))

    @property
    def text(self) -> str:
        """What is signed."""
        named = {n: v for n, v in asdict(self).items() if n != "signature"}
        return _canonical({"what": "loopwright ledger head, version 1", **named})

    def is_signed_by(self, public_key: str) -> bool:
        """Whether the signature holds and is that key's; False for any nonsense."""
        try:
            return self.public_key == public_key and is_signed(
                self.text, signature=self.signature, public_key=public_key
            )
        except (TypeError, ValueError):
            return False

    def to_json(self) -> str:
        """Return the head as the text of a file that can be kept elsewhere."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"

    @staticmethod
    def from_json(text: str) -> Head:
        """Read what ``to_json`` wrote.

        Raises:
            DataError: The text is no exported head.
        """
        try:
            head = Head(**json.loads(text))
            if type(head.number) is not int:
                raise TypeError(f"{head.number!r} is no number of a fact")
        except (TypeError, ValueError, RecursionError) as ex:
            raise DataError(
                f"This is no exported head: {ex}",
                remedy="Give the file as it was exported: number, digest, key, signature, time.",
            ) from ex
        return head


def seal(
    kind: str,
    body: Mapping[str, Any],
    *,
    actor: str,
    at: str,
    reason: str,
    version: int,
    number: int,
    previous: str,
) -> dict[str, Any]:
    """Check a fact and return it as it is stored: the body as text, with its digest.

    Raises:
        DataError: A field is not what a fact may hold.
    """
    try:
        stored = {
            "number": number,
            "kind": kind,
            "version": version,
            "actor": actor,
            "at": at,
            "reason": reason,
            "body": _canonical(_plain(body)),
            "previous": previous,
        }
        _check(stored)
        list(artefacts_named_in(body))
        return {**stored, "digest": _digest(stored)}
    except (TypeError, ValueError, RecursionError) as ex:
        raise DataError(
            f"This cannot be a fact: {ex}",
            where=str(kind)[:80],
            remedy="Give plain JSON values (text, finite numbers, lists, objects with text keys).",
        ) from ex


def read(stored: Mapping[str, Any], *, number: int, previous: str) -> Fact:
    """Return the fact that a row holds, if it is fact ``number`` and follows ``previous``.

    Raises:
        VerificationError: It is not, or the row was altered; ``where`` names the fact.
    """
    place = f"fact {number} ({str(stored['kind'])[:60]})"
    try:
        if stored["number"] != number:
            place = f"fact {number} (missing)"
            raise ValueError(f"it is not there; the next one is {stored['number']}")
        if _digest(stored) != stored["digest"]:
            raise ValueError("its text does not match its digest")
        if stored["previous"] != previous:
            raise ValueError("it does not follow from the fact before it")
        return parse(stored)
    except (TypeError, ValueError, RecursionError) as ex:
        raise VerificationError(str(ex), where=place, remedy=RESTORE) from ex


def parse(stored: Mapping[str, Any]) -> Fact:
    """Return the fact that a row holds, without a look at digest and place.

    Raises:
        ValueError: The body is no JSON object.
    """
    body = json.loads(stored["body"])
    if not isinstance(body, dict):
        raise ValueError("its body is no JSON object")
    return Fact(**{**stored, "body": body})


def artefacts_named_in(value: Any, *, below: bool = False) -> Iterator[str]:
    """Yield every digest that stands below a key ending in ``_sha256``.

    Raises:
        ValueError: Something else than digests, lists, objects and nulls stands there.
    """
    match value:
        case Mapping():
            for key, part in value.items():
                yield from artefacts_named_in(part, below=below or str(key).endswith("_sha256"))
        case list() | tuple():
            for part in value:
                yield from artefacts_named_in(part, below=below)
        case str() if below and _DIGEST.fullmatch(value):
            yield str(value)
        case None:
            pass
        case _ if below:
            raise ValueError(f"{str(value)[:80]!r} is no digest, but stands below a key `_sha256`")


def _canonical(value: Any) -> str:
    """Return the one JSON text of a value."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def _digest(stored: Mapping[str, Any]) -> str:
    """Return the digest of a fact as it is stored."""
    text = _canonical({name: stored[name] for name in _HASHED})
    return hashlib.sha256(text.encode()).hexdigest()


def _check(stored: Mapping[str, Any]) -> None:
    """Raise ``ValueError`` if a field outside the body is not what it must be."""
    kind, at, version = stored["kind"], stored["at"], stored["version"]
    if not _KIND.fullmatch(kind):
        raise ValueError(f"{kind!r} is no kind; write dotted lower-case words")
    if not _TIME.fullmatch(at):
        raise ValueError(f"{at!r} is no UTC time in RFC 3339")
    datetime.fromisoformat(at)
    if type(version) is not int or not 1 <= version < 2**31:
        raise ValueError(f"{version!r} is no version; versions count from 1")
    actor, reason = stored["actor"], stored["reason"]
    if not isinstance(actor, str) or not actor.strip() or "\0" in actor:
        raise ValueError(f"{actor!r} names no actor")
    if not isinstance(reason, str) or "\0" in reason:
        raise ValueError(f"{reason!r} is no reason")
    if not stored["body"].startswith("{"):
        raise TypeError("the body is no object")


def _plain(value: Any, depth: int = 0) -> Any:
    """Return a value in JSON's own types; ``json`` would turn a key 1 into "1" in silence."""
    if depth > _MAX_DEPTH:
        raise ValueError(f"the body is nested more than {_MAX_DEPTH} deep")
    match value:
        case Mapping():
            if not all(isinstance(key, str) for key in value):
                raise TypeError("a key of the body is no text")
            return {key: _plain(part, depth + 1) for key, part in value.items()}
        case list() | tuple():
            return [_plain(part, depth + 1) for part in value]
    return value
