# SPDX-License-Identifier: Apache-2.0
"""Mappings that were used or named before, and when they fit a table that comes in.

A table with the same columns is read by the same mapping, in whatever order they stand. One with
further columns is, too, unless a further column looks as if it had a meaning: a new column of
qualifiers must not be passed over because nobody had one last time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import frozen

from loopwright.core.errors import DataError
from loopwright.core.values import RawTable
from loopwright.data.mapping import ColumnMapping, mapping_from_toml, mapping_to_toml
from loopwright.data.mappings import Mappings, mappings_from_toml, mappings_to_toml
from loopwright.loop.facts import KINDS, Ingested, MappingKept, Sheet, read_event
from loopwright.loop.record import Record
from loopwright.loop.tabling import guessed

__all__ = [
    "Meaning",
    "as_before",
    "demand_name",
    "is_read_by",
    "keep",
    "kept",
    "meaning_of",
    "named",
]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


@frozen(kw_only=True)
class Meaning:
    """What the columns of a table mean, and how that was found."""

    mapping: ColumnMapping
    name: str = ""
    """The mapping's name, if it has one."""

    how: str
    """In words: guessed, as given, as another file was."""


def meaning_of(
    record: Record,
    table: RawTable,
    properties: tuple[str, ...],
    *,
    given: Mappings | None = None,
    name: str = "",
    modality: str = "",
) -> Meaning:
    """Return what the columns of a table mean.

    What a person gives goes before a named mapping, that before the mapping of the last table
    with these columns, and that before a guess.

    Args:
        record: What happened before.
        table: The table that comes in.
        properties: What a guess looks for.
        given: What a person says now.
        name: What that is called, if it has a name.
        modality: Kind of matter, for a guess.

    Raises:
        DataError: Nothing fits, and no guess can be made.
    """
    stated = given.of(table.sheet) if given else None
    if stated is not None:
        return Meaning(mapping=stated, name=name, how=f"by {name!r}" if name else "as given")
    passed_over = ""
    for sheet, mapping, called, said in _before(record, table):
        fit = _fit(sheet, mapping, table, properties, modality)
        if fit is None:
            continue
        if fit.startswith("not "):
            passed_over = passed_over or f"; {said} was {fit}"
            continue
        return Meaning(mapping=mapping, name=called, how=f"{said}{fit}")
    found = guessed(table, properties, modality)
    return Meaning(mapping=found, how=f"guessed{passed_over}")


def as_before(
    record: Record, before: Ingested | None, table: RawTable, *, given: Mappings | None
) -> Meaning | None:
    """Return what the same sheet was read by before; None if a person says something else now.

    Args:
        record: Keeps the mappings.
        before: The reading that is to be repeated, if there is one.
        table: The sheet.
        given: What a person says now.
    """
    if given is not None and given.of(table.sheet) is not None:
        return None
    sheets = before.sheets if before else ()
    for sheet in sheets:
        is_same = sheet.name == table.sheet or len(sheets) == 1
        if is_same and sheet.columns == table.columns and sheet.mapping_sha256:
            mapping = mapping_from_toml(record.store.get(sheet.mapping_sha256).decode())
            return Meaning(mapping=mapping, name=sheet.mapping_name, how=sheet.how)
    return None


def _before(record: Record, table: RawTable) -> Iterator[tuple[Sheet, ColumnMapping, str, str]]:
    """Yield every sheet that a mapping is known of, named ones and the newest first."""
    for one in reversed(record.state.mappings):
        book = _book(record, one)
        sheets = sorted(one.sheets, key=lambda s: s.name != table.sheet)
        for sheet in sheets:
            mapping = book.of(sheet.name)
            if mapping is not None:
                yield sheet, mapping, one.name, f"by {one.name!r}"
    for file in reversed(record.state.files):
        for sheet in file.sheets:
            if sheet.mapping_sha256:
                text = record.store.get(sheet.mapping_sha256).decode()
                yield sheet, mapping_from_toml(text), "", f"as {file.file!r}"


def _fit(
    before: Sheet,
    mapping: ColumnMapping,
    table: RawTable,
    properties: tuple[str, ...],
    modality: str,
) -> str | None:
    """Return how a mapping fits a table: what to say of it; ``not ...`` if it is not applied."""
    if before.columns == table.columns:
        return ""
    if not set(mapping.columns) <= set(table.columns) or not mapping.values:
        return None
    new = [c for c in table.columns if c not in before.columns]
    if not new:
        return ", columns in another order or fewer"
    try:
        read = guessed(table, properties, modality).columns
    except DataError:
        read = ()
    telling = [c for c in new if c in read]
    listed = ", ".join(map(repr, (telling or new)[:8]))
    if telling:
        return f"not applied: {listed} seems to have a meaning"
    return f", new columns are not read: {listed}"


def named(record: Record) -> dict[str, MappingKept]:
    """Return the named mappings of the whole workspace, by name; the newest of each name."""
    found = {}
    for fact in record.ledger:
        if KINDS.get(fact.kind) is MappingKept:
            event = read_event(fact.kind, fact.body)
            assert isinstance(event, MappingKept)
            found[event.name] = event
    return found


def kept(record: Record, name: str) -> Mappings | None:
    """Return the mapping of a name; None if the workspace has none."""
    event = named(record).get(name)
    return None if event is None else _book(record, event)


def demand_name(name: str) -> None:
    """Refuse what cannot be the name of a mapping.

    Raises:
        DataError: It has other signs, or too many.
    """
    if not _NAME.fullmatch(name):
        raise DataError(
            f"{name[:80]!r} cannot be the name of a mapping",
            where="--save-mapping",
            remedy="Use up to 64 letters, digits, '_', '-' and '.'.",
        )


def keep(record: Record, file: Ingested, name: str) -> MappingKept:
    """Return the event that gives a name to the mappings by which a file was read."""
    read = [s for s in file.sheets if s.mapping_sha256]
    texts = {s.name: record.store.get(s.mapping_sha256 or "").decode() for s in read}
    by_sheet = {sheet: mapping_from_toml(text) for sheet, text in texts.items()}
    if len(set(texts.values())) == 1:
        by_sheet = {"": next(iter(by_sheet.values()))}
    book = mappings_to_toml(Mappings(by_sheet=by_sheet))
    return MappingKept(name=name, mapping_sha256=record.put(book.encode()), sheets=tuple(read))


def is_read_by(record: Record, file: Ingested, mappings: Mappings) -> bool:
    """Return whether a file was read by these very mappings."""
    both = [
        (given, sheet.mapping_sha256)
        for sheet in file.sheets
        if sheet.mapping_sha256 and (given := mappings.of(sheet.name)) is not None
    ]
    return bool(both) and all(
        record.store.get(digest) == mapping_to_toml(given).encode() for given, digest in both
    )


def _book(record: Record, event: MappingKept) -> Mappings:
    return mappings_from_toml(record.store.get(event.mapping_sha256).decode(), where=event.name)
