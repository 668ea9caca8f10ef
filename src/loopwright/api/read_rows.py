# SPDX-License-Identifier: Apache-2.0
"""The rows of a file that is predicted, and which of their cells are structures."""

from __future__ import annotations

import hashlib
import shutil
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from attrs import evolve, frozen

from loopwright.api.shards import writing
from loopwright.api.structure_column import structure_told, with_structure
from loopwright.core.errors import DataError
from loopwright.core.values import RawTable
from loopwright.data.streams import Stream, format_of, open_stream, save_as_csv
from loopwright.data.text import distinct_names

__all__ = ["Rows", "demand_place", "digest_of_file", "rows_of", "spooled"]

SAMPLE_ROWS = 200
SHOWN = 40
"""Columns that a message names."""


@frozen(kw_only=True, eq=False)
class Rows:
    """The rows of a file."""

    stream: Stream
    structure: int
    """Place of the structure among the cells."""

    stand_ins: Mapping[str, str]
    """"structure" -> its column, where neither its name nor anybody says that it is."""

    @property
    def column(self) -> str:
        """Return the name of the column of structures."""
        return self.stream.columns[self.structure]


def rows_of(path: Path, name: str, parts: Path, structure: str) -> Rows:
    """Return the rows of a file.

    Args:
        path: Where it lies.
        name: What its owner calls it; blank if nobody does.
        parts: A folder for what another reader makes of it.
        structure: The column of structures; guessed if blank.

    Raises:
        DataError: It cannot be read, lacks that column, or names no structures.
    """
    kind = format_of(path, name)
    found = None
    if kind != "other":
        stream = open_stream(path, kind)
        found = _found(stream, structure)
    if found is None and kind != "parquet":
        stream = open_stream(_as_csv(path, name, parts), "csv")
        found = _found(stream, structure)
    if found is None:
        columns = ", ".join(map(repr, stream.columns[:SHOWN]))
        what = f"There is no column {structure!r}" if structure else "No column holds structures"
        remedy = "Name the column of structures with --structure"
        raise DataError(
            f"{what}; there are {columns}",
            where="--structure" if structure else name,
            remedy=f"{remedy}, as the file spells it."
            if structure
            else f"{remedy}.{_of_proteins(stream)}",
        )
    return found


def _of_proteins(stream: Stream) -> str:
    """Return what is to be done with rows that are proteins; blank if they are none."""
    from loopwright.loop.written import proteins_told

    head = stream.head(SAMPLE_ROWS)
    if not (found := proteins_told(RawTable(columns=distinct_names(head.columns), rows=head.rows))):
        return ""
    return (
        f" But {found}, and property models are of molecules: what is predicted of proteins, "
        "`loopwright propose --pool FILE --measured FILE --sequence COLUMN` says."
    )


def _found(stream: Stream, asked: str) -> Rows | None:
    """Return the rows with the place of their structure; None if nobody can tell."""
    if asked:
        return _rows(stream, asked) if asked in stream.columns else None
    if stream.structure is not None:
        return Rows(stream=stream, structure=stream.structure, stand_ins={})
    from loopwright.loop.tabling import guessed  # not for files that say it themselves

    head = stream.head(SAMPLE_ROWS)
    columns = distinct_names(head.columns)
    table = RawTable(columns=columns, rows=head.rows)
    try:
        base = guessed(table)
    except DataError:
        return None
    mapping = with_structure(table, base)
    if not mapping.structure:
        return None
    place = columns.index(mapping.structure)
    rows = _rows(stream, stream.columns[place]) if stream.columns[place] else None
    found = rows or Rows(stream=stream, structure=place, stand_ins={})
    return evolve(found, stand_ins=structure_told([mapping], ""))


def _rows(stream: Stream, column: str) -> Rows:
    """Return the rows with the structures in a column of that name."""
    if stream.columns.count(column) > 1:
        raise DataError(
            f"{stream.columns.count(column)} columns are called {column!r}",
            where="--structure",
            remedy="Give the one that holds the structures a name of its own.",
        )
    return Rows(stream=stream, structure=stream.columns.index(column), stand_ins={})


def _as_csv(path: Path, name: str, parts: Path) -> Path:
    """Write a table that another reader knows, or with titles, as one to read row by row."""
    from loopwright.api.files import read_file
    from loopwright.loop.tabling import only_table

    made = parts / "rows.csv"
    save_as_csv(only_table(evolve(read_file(path), name=Path(name).name or "rows")), made)
    return made


def spooled(source: BinaryIO, parts: Path) -> Path:
    """Keep what comes in once, so that it can be read as often as needed."""
    path = parts / "standard input"
    with writing(parts), path.open("wb") as file:
        shutil.copyfileobj(source, file, 1_000_000)
    return path


def digest_of_file(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def demand_place(out: Path, file: Path | None) -> None:
    """Refuse what is not there, and to write where nothing can be, or over what is read.

    Raises:
        DataError: There is no such file, or the answer cannot be written there.
    """
    if file is not None and not file.is_file():
        what = "That is a folder, not a file" if file.is_dir() else "There is no such file"
        remedy = "Give one file of it." if file.is_dir() else "Check the path; - reads stdin."
        raise DataError(what, where=str(file), remedy=remedy)
    if out.exists() and not stat.S_ISREG(out.stat().st_mode):
        kind = "a folder" if out.is_dir() else "a device or a pipe"
        raise DataError(
            f"The answer cannot be written there: it is {kind}, not a file",
            where=str(out),
            remedy="Name a file; without --out the answer goes to standard output.",
        )
    if file is not None and out.exists() and out.samefile(file):
        raise DataError(
            "The answer cannot be written over the file that is read",
            where=str(out),
            remedy="Name another file.",
        )
    if not out.parent.is_dir():
        raise DataError(
            "The answer cannot be written there: there is no such folder",
            where=str(out),
            remedy=f"Make the folder {out.parent}, or name a file in one that exists.",
        )
