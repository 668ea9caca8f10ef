# SPDX-License-Identifier: Apache-2.0
"""The two tables of a ledger, and how a database is opened, locked and complained about.

It knows SQL and disks; it does not know what makes a fact right. SQLite runs with a rollback
journal: two processes writing to a write-ahead log can lose committed rows in the SQLite that
many Pythons link (3.7.0 to 3.51.2, https://sqlite.org/wal.html#the_wal_reset_bug).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    NullPool,
    StaticPool,
    Table,
    Text,
    create_engine,
    event,
    func,
    insert,
    make_url,
    select,
    true,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError

from loopwright.core.errors import BusyError, DataError, LoopwrightError, VerificationError
from loopwright.ledger.fact import RESTORE

__all__ = [
    "END",
    "EVERY_FACT",
    "INSERT_FACT",
    "UPDATE_HEAD",
    "facts",
    "file_of",
    "heads",
    "open_engine",
    "tables",
    "transaction",
    "writer",
]

tables = MetaData()

facts = Table(
    "facts",
    tables,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("digest", Text, nullable=False),
)
"""One row for each fact; a row is never changed."""

heads = Table(
    "head",
    tables,
    Column("number", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("public_key", Text, nullable=False),
    Column("signature", Text, nullable=False),
    Column("at", Text, nullable=False),
)
"""One row, which names the last fact; it changes with every fact."""

INSERT_FACT = insert(facts)
UPDATE_HEAD = update(heads)
EVERY_FACT = select(facts).order_by(facts.c.number)

END = (
    select(facts, *(column.label(f"head_{column.name}") for column in heads.columns))
    .select_from(facts.join(heads, true()))
    .where(facts.c.number == select(func.max(facts.c.number)).scalar_subquery())
)
"""The last fact beside the head, whether they belong together or not; no row without both."""

_BUSY = {5, 6}  # SQLITE_BUSY, SQLITE_LOCKED
_UNUSABLE = {3, 8, 10, 13, 14, 23}  # PERM, READONLY, IOERR, FULL, CANTOPEN, AUTH


def file_of(url: URL) -> Path | None:
    """Return the file of an SQLite database; None for one in memory or on a server."""
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    return Path(str(url.database))


def open_engine(url: str, *, is_read_only: bool, wait_s: float) -> Engine:
    """Return an engine; touches no database yet.

    SQLite in memory is one connection, kept; in a file each transaction has its own, so that
    nothing is left open between two of them and a fork is harmless.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, isolation_level="SERIALIZABLE")
    engine = create_engine(
        parsed,
        poolclass=NullPool if file_of(parsed) else StaticPool,
        connect_args={"timeout": wait_s, "isolation_level": None, "check_same_thread": False},
    )

    def prepare(connection: Any, _: object) -> None:
        if is_read_only:
            connection.execute("PRAGMA query_only=ON")
            return
        connection.execute("PRAGMA journal_mode=DELETE")
        # FULL, and the folder is synced too once the journal is gone: else the last
        # fact could be taken back by a power failure (sqlite.org/pragma.html).
        connection.execute("PRAGMA synchronous=EXTRA")

    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        driver: Any = connection.connection.driver_connection
        driver.execute("BEGIN IMMEDIATE" if writes else "BEGIN")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", begin)
    return engine


def writer(engine: Engine) -> Engine:
    """Return the same engine, but its transactions take the lock to write when they begin."""
    return engine.execution_options(writes=True)


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """Give a connection inside one transaction: committed at the end, undone by an error.

    Raises:
        BusyError: Another process holds the lock for longer than we wait.
        DataError: The disk is full, or the file may not be read or written.
        VerificationError: The database is damaged.
    """
    try:
        with engine.begin() as connection:
            yield connection
    except (DBAPIError, sqlite3.Error, UnicodeDecodeError) as ex:
        raise _told(ex, engine.url.render_as_string(hide_password=True)) from ex


def _told(ex: Exception, place: str) -> LoopwrightError:
    """Say in our words what a database complains about."""
    cause = getattr(ex, "orig", None) or ex
    code = (getattr(cause, "sqlite_errorcode", None) or 0) & 0xFF
    is_overtaken = isinstance(ex, IntegrityError) or getattr(cause, "sqlstate", "") == "40001"
    if code in _BUSY or is_overtaken:
        return BusyError(
            "Another process is writing to this ledger",
            where=place,
            remedy="Wait until it is done, or end it; then try again.",
        )
    if code in _UNUSABLE:
        return DataError(
            f"The ledger's file is not usable: {cause}",
            where=place,
            remedy="Make room on the disk, or mend the permissions of file and folder.",
        )
    return VerificationError(f"The ledger cannot be read: {cause}", where=place, remedy=RESTORE)
