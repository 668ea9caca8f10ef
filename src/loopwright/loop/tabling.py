# SPDX-License-Identifier: Apache-2.0
"""From a file to its tables, and from its tables to measurements; needs no campaign.

A file may hold many tables: the sheets of a workbook, the members of an archive. Those that
name structures are read first, so that a sheet of results can speak of them by name.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from itertools import islice
from pathlib import PurePath
from types import MappingProxyType
from typing import cast

from attrs import evolve, frozen

from loopwright.core.errors import DataError
from loopwright.core.ports import Curator, Modality, Reader
from loopwright.core.values import Candidate, Quarantined, RawFile, RawTable
from loopwright.data.archive import leads_out, members
from loopwright.data.collisions import Collision, find_collisions
from loopwright.data.guess import guess
from loopwright.data.intake import Intake, take_in
from loopwright.data.mapping import ColumnMapping
from loopwright.data.placed import Placed
from loopwright.data.suspicion import looked_at
from loopwright.data.text import fault
from loopwright.data.vocabulary import unit_in_title
from loopwright.data.where import Where, within
from loopwright.data.whose import Register
from loopwright.loop.written import SAMPLE_ROWS, written_in
from loopwright.registry import build, names

__all__ = [
    "SAMPLE_ROWS",
    "Taken",
    "collisions_of",
    "demand_column",
    "guessed",
    "only_table",
    "only_within",
    "read_tables",
    "standardiser_of",
    "take_tables",
]

SHOWN = 20
"""Columns that a message lists."""

ARCHIVES = (".zip",)
NO_READER = "none"

SURE = 1.0
"""A claim that no other reader is asked beside."""


@frozen(kw_only=True)
class Taken:
    """One table of a file, and what its columns were taken for."""

    reader: str
    table: RawTable
    mapping: ColumnMapping | None
    """None if no meaning was found in its columns."""


def read_tables(file: RawFile) -> tuple[tuple[str, RawTable], ...]:
    """Return (name of the reader, table) for every table of a file, or of a zip of files.

    A member of an archive that cannot be read becomes a table with one fault and no rows.

    Raises:
        DataError: No reader knows the file, or the reader refuses it; no member of an archive
            can be read.
    """
    if not _is_archive(file):
        return tuple(_read(file))
    found: list[tuple[str, RawTable]] = []
    refusal = None
    for member in members(file):
        try:
            _demand_inside(member)
            inside = _read(member)
        except DataError as ex:
            refusal = ex
            whole = fault(0, "", ex.what, ex.remedy)
            inside = [(NO_READER, RawTable(columns=(), rows=(), faults=(whole,)))]
        for reader, table in inside:
            sheet = "/".join(filter(None, (member.name, table.sheet)))
            found.append((reader, evolve(table, sheet=sheet)))
    if refusal is not None and all(reader == NO_READER for reader, _ in found):
        raise refusal
    return tuple(found)


def _demand_inside(member: RawFile) -> None:
    """Refuse a member that is an archive itself, or says that it lies elsewhere."""
    if member.name.lower().endswith(ARCHIVES):
        raise DataError(
            "an archive inside an archive is not opened",
            where=member.name,
            remedy="Give it as a file of its own.",
        )
    if leads_out(member.name):
        raise DataError(
            "the path leads out of the archive",
            where=member.name,
            remedy="Pack the files again, from inside their folder.",
        )


def demand_column(table: RawTable, column: str, option: str) -> None:
    """Refuse a column that a table does not have; ``option`` is where somebody named it."""
    if column not in table.columns:
        near = get_close_matches(column, table.columns, n=SHOWN)
        shown = list(dict.fromkeys([*near, *table.columns]))[:SHOWN]
        rest = f" and {len(table.columns) - SHOWN} more" if len(table.columns) > SHOWN else ""
        raise DataError(
            f"There is no column {column!r}",
            where=option,
            remedy=f"Choose one of: {', '.join(shown)}{rest}.",
        )


def only_within(
    table: RawTable, conditions: Sequence[Where]
) -> tuple[RawTable, tuple[Quarantined, ...]]:
    """Return a table without the rows that do not meet all conditions, and why each does not.

    Raises:
        DataError: There is no such column.
    """
    for condition in conditions:
        demand_column(table, condition.column, "--where")
    return within(table, conditions)


def only_table(file: RawFile) -> RawTable:
    """Return the one table of a file.

    Raises:
        DataError: It has several, or cannot be read.
    """
    tables = read_tables(file)
    if len(tables) > 1:
        raise DataError(
            f"The file holds {len(tables)} tables: {', '.join(t.sheet for _, t in tables)[:200]}",
            where=file.name,
            remedy="Give the one that is meant, as a file of its own.",
        )
    return tables[0][1]


def guessed(
    table: RawTable, properties: tuple[str, ...] = (), modality: str = "", *, asked: str = ""
) -> ColumnMapping:
    """Return what the columns of a table seem to mean.

    A unit that stands in the lines above the header holds for columns that name none; of some
    modalities the columns that write the candidate have names of their own.

    Args:
        table: Any table.
        properties: The properties that are wanted; all if empty.
        modality: Its kind of matter.
        asked: The columns that write its candidates, if somebody named them.

    Raises:
        DataError: No column names a candidate, or an asked one is not there.
    """
    rows = [cells for _, cells in islice(table, SAMPLE_ROWS)]
    unit = unit_in_title(text for _, text in table.notes)
    written = written_in(table, modality, asked)
    for column in written:
        demand_column(table, column, "--sequence")
    found = guess(
        table.columns,
        rows,
        properties=properties,
        needs_values=False,
        unit=unit,
        written=written,
    )
    return _written_by(found, written) if asked else found


def _written_by(mapping: ColumnMapping, columns: Sequence[str]) -> ColumnMapping:
    """Return a mapping in which these columns write the candidate and nothing else."""
    is_one = len(columns) == 1
    return evolve(
        mapping,
        structure=columns[0] if is_one else "",
        parts=() if is_one else tuple(columns),
        name="" if mapping.name in columns else mapping.name,
        conditions=tuple(c for c in mapping.conditions if c not in columns),
        values=tuple(v for v in mapping.values if v.column not in columns),
    )


def take_tables(
    file: RawFile,
    meaning: Callable[[RawTable], ColumnMapping],
    modality_name: str,
    modality: Modality,
    *,
    campaign: str,
    register: Register,
    units: Mapping[str, str] = MappingProxyType({}),
    mend: Callable[[RawTable], RawTable] = lambda table: table,
) -> tuple[tuple[Taken, ...], Intake]:
    """Read every table of a file under its meaning.

    Args:
        file: The file as it came.
        meaning: Says what the columns of a table mean; may refuse it.
        modality_name: For the measurements.
        modality: Reads the structures.
        campaign: For the measurements.
        register: Whom the rows may speak of.
        units: Property -> unit that its values must convert into.
        mend: Returns a table as people have mended it.

    Returns:
        The tables in file order, and what became of their rows. The rows of a table without
        meaning are quarantined, if another table of the file has one.

    Raises:
        DataError: The file cannot be read, or none of its tables has a meaning.
    """
    taken: list[Taken] = []
    refusals: dict[int, DataError] = {}
    for reader, table in ((reader, mend(table)) for reader, table in read_tables(file)):
        found = None
        try:
            found = meaning(table)
            found.demand(table.columns, where=f"{file.name} {table.sheet}".strip())
        except DataError as ex:
            refusals[len(taken)], found = ex, None
        taken.append(Taken(reader=reader, table=table, mapping=found))
    if len(refusals) == len(taken):
        raise refusals[0]
    parts: dict[int, Intake] = {}
    named, shared = dict(register.named), set(register.shared)
    for place in sorted(range(len(taken)), key=lambda i: not _draws(taken[i])):
        one = taken[place]
        if one.mapping is None:
            parts[place] = Intake.none(one.table, refusals[place])
            continue
        part = take_in(
            file,
            one.table,
            one.mapping,
            modality_name,
            modality,
            campaign=campaign,
            register=_of_table(register, file, one, named, shared),
            units=units,
        )
        part = _looked_at(part, one, register)
        for candidate in part.candidates if len(taken) > 1 else ():
            named.setdefault(candidate.id, candidate)
            if candidate.name and named.setdefault(candidate.name, candidate).id != candidate.id:
                shared.add(candidate.name)
        named = {name: c for name, c in named.items() if name not in shared}
        if register.placed.plates:
            placed = register.placed.after(part.measurements, one.table.sheet or "this file")
            register = evolve(register, placed=placed)
        parts[place] = part
    return tuple(taken), Intake.join([parts[i] for i in range(len(taken))])


def _looked_at(part: Intake, one: Taken, register: Register) -> Intake:
    """Return a table's rows, suspicious values flagged unless nobody can have mistyped them."""
    if register.is_simulated or one.mapping is None:
        return part
    return looked_at(part, one.table, one.mapping, known=register.measured)


def collisions_of(
    taken: Sequence[Taken], intake: Intake, modality: Modality, *, known: Mapping[str, Candidate]
) -> tuple[Collision, ...]:
    """Return the rows of a file that meet though their structures or names differ.

    Args:
        taken: The tables of the file.
        intake: What became of them.
        modality: Knows which candidates are kin.
        known: Candidates from before, by id.
    """
    tables = [(one.table, one.mapping) for one in taken if one.mapping is not None]
    return find_collisions(tables, intake.readings, modality, known=known)


def standardiser_of(modality: Modality) -> str:
    """Return what writes the canonical notation, with its version; blank if it does not say."""
    return cast("Curator", modality).standardiser if "curation" in modality.offers else ""


def _of_table(
    register: Register,
    file: RawFile,
    one: Taken,
    named: Mapping[str, Candidate],
    shared: Collection[str],
) -> Register:
    """Return whom the rows of one table may speak of."""
    placed = _placed(file, one, register)
    return evolve(register, named=named, shared=frozenset(shared), placed=placed)


def _placed(file: RawFile, one: Taken, register: Register) -> Placed:
    """Return the plates as the rows of one table speak of them."""
    assert one.mapping is not None, "a table without meaning has no rows to place"
    if not one.mapping.well:
        return register.placed
    return register.placed.beside(one.table, file=file.name, plate=one.mapping.plate)[0]


def _draws(one: Taken) -> bool:
    """Return whether a table says what its candidates look like."""
    return one.mapping is not None and bool(one.mapping.structure or one.mapping.parts)


def _is_archive(file: RawFile) -> bool:
    """Return whether a file is a zip of files, and not one that a reader takes whole."""
    if not file.name.lower().endswith(ARCHIVES):
        return False
    return not any(claim >= SURE for claim, _, _ in _ranked(file))


def _ranked(file: RawFile) -> list[tuple[float, str, Reader]]:
    """Return (how sure it is, name, reader) of all that claim a file, the surest first."""
    readers = _readers(names("readers"))
    claims = [(reader.claims(file), name, reader) for name, reader in readers.items()]
    return sorted((c for c in claims if c[0] > 0), key=lambda c: (-c[0], c[1]))


@cache
def _readers(known: tuple[str, ...]) -> Mapping[str, Reader]:
    """Return every reader by name; they are values, and need to be built once."""
    return {name: build("readers", name, {}) for name in known}


def _read(file: RawFile) -> list[tuple[str, RawTable]]:
    """Return the tables of the surest reader; if it was not quite sure, of the next that can."""
    refusal: DataError | None = None
    for claim, name, reader in _ranked(file):
        try:
            return [(name, table) for table in reader.read(file)]
        except DataError as ex:
            refusal = refusal or ex
            if claim >= SURE:
                break
    if refusal is not None:
        raise refusal
    endings = {e for reader in _readers(names("readers")).values() for e in reader.suffixes}
    raise DataError(
        f"No reader knows the ending {PurePath(file.name).suffix!r}, nor the content",
        where=file.name,
        remedy=f"Save it as one of: {', '.join(sorted({*ARCHIVES, *endings}))}.",
    )
