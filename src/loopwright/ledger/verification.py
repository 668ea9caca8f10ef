# SPDX-License-Identifier: Apache-2.0
"""Does the record hold? Every digest, every link, the head, and every byte of every artefact.

Pure but for the re-hashing of artefacts. It is told rows, not where they come from.
``scripts/verify_ledger.py`` does the same and shares no line with this file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from attrs import field, frozen

from loopwright.core.errors import VerificationError
from loopwright.ledger.fact import BEGINNING, FIRST_KIND, Fact, Head, artefacts_named_in, read

__all__ = ["Chain", "Evidence", "Problem", "Verification"]


class Evidence(Protocol):
    """A store, as far as verification needs one."""

    def digests(self) -> Iterator[str]:
        """Yield the digest of every artefact there is."""
        ...

    def damaged(self) -> Iterator[str]:
        """Re-hash every artefact and yield the digest of each whose bytes do not match."""
        ...


@frozen(kw_only=True)
class Problem:
    """One place at which the record does not hold."""

    place: str
    """``fact 3 (batch.ordered)``, ``artefact <digest>``, ``head``, ``older copy or fork`` ..."""

    what: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"


@frozen(kw_only=True)
class Verification:
    """What was verified, and all that does not hold, facts first."""

    n_facts: int
    n_artefacts: int
    """Artefacts that were re-hashed."""

    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """Whether everything holds."""
        return not self.problems

    @property
    def first_bad(self) -> str:
        """The place of the first problem; empty if there is none."""
        return self.problems[0].place if self.problems else ""


@frozen(kw_only=True)
class Chain:
    """A verification in work: the facts first, then the heads, then the artefacts."""

    public_key: str
    """The key that this workspace holds to be its own."""

    against: Head | None
    """A head that was exported earlier."""

    _problems: list[Problem] = field(factory=list, init=False)
    _digests: list[str] = field(factory=list, init=False)
    _times: list[str] = field(factory=list, init=False)
    _named: dict[str, str] = field(factory=dict, init=False)

    def take_facts(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Check the rows, from fact 0 on, each against the one before it."""
        number, previous = 0, BEGINNING
        for row in rows:
            try:
                self._take(read(row, number=number, previous=previous))
            except VerificationError as ex:
                self._problems.append(Problem(place=ex.where, what=ex.what))
            self._digests.append(row["digest"])
            self._times.append(row["at"])
            if isinstance(row["number"], int):  # a damaged database may hold anything
                number = row["number"]
            number, previous = number + 1, row["digest"]

    def take_heads(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Check the stored head, of which there must be one, and the exported head, if any."""
        heads = [Head(**row) for row in rows]
        if len(heads) != 1:
            self._found("head", f"there are {len(heads)}, not one")
        for head in heads:
            if not head.is_signed_by(self.public_key):
                self._found("head", "its signature is not that of the workspace's key")
            elif head.number != len(self._digests) - 1 or not self._holds(head):
                self._found("head", "it does not name the last fact")
        if self.against and not self.against.is_signed_by(self.public_key):
            self._found("exported head", "its signature is not that of the workspace's key")
        elif self.against and not self._holds(self.against):
            self._found("older copy or fork", f"fact {self.against.number} is not what it was")

    def take_failure(self, ex: Exception) -> None:
        """Note that the database could not be read to its end."""
        self._found(f"database, after {len(self._digests)} facts", str(ex))

    def conclude(self, store: Evidence) -> Verification:
        """Re-hash every artefact, look for those that facts name, and return the result."""
        present = set(store.digests())
        for digest in store.damaged():
            by = self._named.get(digest, "no fact")
            self._found(f"artefact {digest}", f"its bytes were altered (named by {by})")
        for digest, by in self._named.items():
            if digest not in present:
                self._found(f"artefact {digest}", f"it is missing (named by {by})")
        return Verification(
            n_facts=len(self._digests),
            n_artefacts=len(present),
            problems=tuple(self._problems),
        )

    def _take(self, fact: Fact) -> None:
        """Note what a sound fact says of keys and artefacts."""
        place = f"fact {fact.number} ({fact.kind})"
        if fact.number == 0 and (
            fact.kind != FIRST_KIND or fact.body.get("public_key") != self.public_key
        ):
            self._found(place, "it does not name the workspace's public key")
        try:
            for digest in artefacts_named_in(fact.body):
                self._named.setdefault(digest, place)
        except ValueError as ex:
            self._found(place, str(ex))

    def _holds(self, head: Head) -> bool:
        """Whether the fact that a head names is here and is the same."""
        n = head.number
        return (
            0 <= n < len(self._digests)
            and self._digests[n] == head.digest
            and self._times[n] == head.at
        )

    def _found(self, place: str, what: str) -> None:
        self._problems.append(Problem(place=place, what=what))
