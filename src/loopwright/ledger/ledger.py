# SPDX-License-Identifier: Apache-2.0
"""An append-only record of facts, each bound to the one before it by a hash, the last one signed.

The ledger knows nothing of campaigns: it keeps kinds and bodies. It is the only place where
a campaign's state lives; everything else is computed from it. What an alteration of its file
can and cannot hide is said in ``docs/ledger.md``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import asdict
from sqlalchemy import URL, Connection, Result, insert, inspect, make_url, select
from sqlalchemy.exc import ArgumentError

from loopwright.core.errors import BusyError, DataError, NotReadyError, VerificationError
from loopwright.ledger.database import (
    END,
    EVERY_FACT,
    INSERT_FACT,
    UPDATE_HEAD,
    facts,
    file_of,
    heads,
    open_engine,
    tables,
    transaction,
    writer,
)
from loopwright.ledger.fact import BEGINNING, FIRST_KIND, RESTORE, Fact, Head, parse, read, seal
from loopwright.ledger.signing import SigningKey
from loopwright.ledger.verification import Chain, Evidence, Verification

__all__ = ["Ledger"]

_PAGE = 500
_WAIT_S = 30.0


class Ledger:
    """The facts of one workspace. Made by ``Ledger.create`` and ``Ledger.open``.

    Two processes may write: each append is one transaction, and the second waits for the
    first. Reading holds no lock for longer than a page of facts.
    """

    def __init__(self, url: str, *, key: SigningKey | None, public_key: str, wait_s: float) -> None:
        self._key = key
        self._public_key = public_key
        self._engine = open_engine(url, is_read_only=key is None, wait_s=wait_s)
        self._writer = writer(self._engine)
        self._known: Head | None = None  # the last head whose signature we checked

    @staticmethod
    def create(
        url: str,
        key: SigningKey,
        *,
        actor: str,
        at: str,
        about: Mapping[str, Any] | None = None,
        wait_s: float = _WAIT_S,
    ) -> Ledger:
        """Begin a ledger with fact 0, ``workspace.created``, which names its public key.

        Args:
            url: ``sqlite:////folder/ledger.db``, or ``sqlite://`` for one in memory.
            key: Signs the head from now on.
            actor: Who begins it.
            at: Now, in UTC, RFC 3339.
            about: What else fact 0 shall say.
            wait_s: How long to wait for another process that writes.

        Raises:
            DataError: There is a ledger already, or no file can be made there.
        """
        _parsed(url)
        ledger = Ledger(url, key=key, public_key=key.public_key, wait_s=wait_s)
        body = {**(about or {}), "public_key": key.public_key}
        place: dict[str, Any] = {"number": 0, "previous": BEGINNING, "version": 1, "reason": ""}
        sealed = seal(FIRST_KIND, body, actor=actor, at=at, **place)
        with transaction(ledger._writer) as connection:
            _make_tables(connection, url)
            connection.execute(INSERT_FACT, sealed)
            connection.execute(insert(heads), asdict(Head.sign(sealed, key)))
        return ledger

    @staticmethod
    def open(
        url: str, key: SigningKey | None = None, *, public_key: str = "", wait_s: float = _WAIT_S
    ) -> Ledger:
        """Open a ledger to write (with its key) or only to read (with its public key).

        Nothing is read yet: a damaged ledger can be opened, and ``verify`` says what is wrong.

        Raises:
            NotReadyError: There is no such file.
            DataError: Neither a key nor a public key was given.
        """
        parsed = _parsed(url)
        path = file_of(parsed)
        if parsed.get_backend_name() == "sqlite" and not (path and path.is_file()):
            raise NotReadyError("There is no ledger", where=url, remedy="Create it first.")
        public_key = key.public_key if key else public_key
        if not public_key:
            raise DataError(
                "A ledger is read with its public key",
                where=url,
                remedy="Give the key, or the content of the workspace's `keys/ledger.pub`.",
            )
        return Ledger(url, key=key, public_key=public_key, wait_s=wait_s)

    def append(
        self,
        kind: str,
        body: Mapping[str, Any],
        *,
        actor: str,
        at: str,
        reason: str = "",
        version: int = 1,
        expect: int | None = None,
    ) -> Fact:
        """Add one fact to the end; it is on disk when this returns.

        The arguments are what ``Fact`` says of them, and ``expect``: how many facts the
        caller has folded, or None if this one rests on none.

        Raises:
            DataError: This cannot be a fact, or the file cannot be written.
            BusyError: Another process wrote since, or is writing for too long.
            NotReadyError: The ledger was opened without its key.
            VerificationError: The ledger does not end where its signed head says.
        """
        if self._key is None:
            raise NotReadyError("This ledger is open to read", remedy="Open it with its key.")
        fields: dict[str, Any] = {"actor": actor, "at": at, "reason": reason, "version": version}
        with transaction(self._writer) as connection:
            head = self._trusted_head(connection)
            number = head.number + 1
            if expect not in (None, number):
                raise _overtaken(number, expect)
            sealed = seal(kind, body, number=number, previous=head.digest, **fields)
            head = Head.sign(sealed, self._key)
            connection.execute(INSERT_FACT, sealed)
            connection.execute(UPDATE_HEAD, asdict(head))
        self._known = head
        return parse(sealed)

    def __len__(self) -> int:
        return self.head().number + 1

    def __iter__(self) -> Iterator[Fact]:
        return self.facts()

    def facts(self, since: int = 0) -> Iterator[Fact]:
        """Yield the facts from number ``since`` to the present head, each one verified.

        Raises:
            VerificationError: A fact is missing, altered or out of order, or the ledger has
                fewer than ``since`` facts: it is an older copy.
        """
        with transaction(self._engine) as connection:
            head = self._trusted_head(connection)
            if not 0 <= since <= head.number + 1:
                told = f"the ledger has {head.number + 1} facts; {since} were read before"
                raise _broken("older copy or fork", told)
            number, previous = since, _digest_before(since, connection)
        while number <= head.number:
            with transaction(self._engine) as connection:
                page = EVERY_FACT.where(facts.c.number >= number).limit(_PAGE)
                rows = list(_rows(connection.execute(page)))
            for row in rows[: head.number + 1 - number]:
                fact = read(row, number=number, previous=previous)
                number, previous = number + 1, fact.digest
                yield fact
            if not rows:
                raise _broken(f"fact {number} (missing)", "it is not there")
        if previous != head.digest:
            raise _broken("head", "it does not name the last fact")

    def head(self) -> Head:
        """Return the signed head, to be exported and kept elsewhere.

        Raises:
            VerificationError: It is not signed by the workspace's key, or names no last fact.
        """
        with transaction(self._engine) as connection:
            return self._trusted_head(connection)

    def verify(self, store: Evidence, against: Head | None = None) -> Verification:
        """Re-compute every digest and link, check the head, and re-hash every artefact.

        Other processes can read meanwhile; those that append wait.

        Args:
            store: Where the artefacts lie that facts name.
            against: A head that was exported earlier and kept elsewhere. Without it, an older
                copy of the whole workspace verifies.

        Returns:
            What was verified and what does not hold. A database that cannot be read is a
            failed verification, not an error.

        Raises:
            BusyError: Another process holds the lock for too long.
            DataError: The store may not be read.
        """
        chain = Chain(public_key=self._public_key, against=against)
        try:
            with transaction(self._engine) as connection:
                chain.take_facts(_rows(connection.execute(EVERY_FACT)))
                chain.take_heads(_rows(connection.execute(select(heads))))
        except (VerificationError, DataError) as ex:
            chain.take_failure(ex)
        return chain.conclude(store)

    def _trusted_head(self, connection: Connection) -> Head:
        """Return the head if it is signed, names the last fact, and continues what we knew."""
        row = connection.execute(END).first()
        if row is None:
            raise _broken("head", "there is none, or no fact")
        last = row._asdict()
        head = Head(**{name: last.pop(f"head_{name}") for name in heads.columns.keys()})  # noqa: SIM118
        if head != self._known:
            if not head.is_signed_by(self._public_key):
                raise _broken("head", "its signature is not that of the workspace's key")
            if self._known and head.number <= self._known.number:
                raise _broken("older copy or fork", f"fact {self._known.number} was here before")
        fact = read(last, number=head.number, previous=last["previous"])
        if fact.digest != head.digest or fact.at != head.at:
            raise _broken("head", "it does not name the last fact")
        self._known = head
        return head


def _make_tables(connection: Connection, url: str) -> None:
    """Make the two tables; neither may be there."""
    if set(tables.tables) & set(inspect(connection).get_table_names()):
        raise DataError(
            "There is a ledger already", where=url, remedy="Open it, or choose a new place."
        )
    tables.create_all(connection, checkfirst=False)


def _digest_before(number: int, connection: Connection) -> str:
    """Return the digest that fact ``number`` must name as its predecessor's."""
    if number == 0:
        return BEGINNING
    query = select(facts.c.digest).where(facts.c.number == number - 1)
    found = connection.execute(query).scalar()
    if found is None:
        raise _broken(f"fact {number - 1} (missing)", "it is not there")
    return str(found)


def _rows(result: Result[Any]) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table, each by its columns' names."""
    return (row._asdict() for row in result)


def _parsed(url: str) -> URL:
    """Return the parts of a database's address."""
    try:
        return make_url(url)
    except ArgumentError as ex:
        raise DataError(
            f"{url!r} is no database", remedy="Write it as 'sqlite:////folder/ledger.db'."
        ) from ex


def _overtaken(n_facts: int, expect: int | None) -> BusyError:
    return BusyError(
        f"Somebody else wrote: the ledger has {n_facts} facts, not {expect}",
        remedy="Read the new facts, decide again, then append.",
    )


def _broken(place: str, what: str) -> VerificationError:
    return VerificationError(what, where=place, remedy=RESTORE)
