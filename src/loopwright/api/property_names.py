# SPDX-License-Identifier: Apache-2.0
"""Which properties one line of text names, where a column's own name may hold a comma."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from loopwright.api.files import read_file
from loopwright.core.errors import DataError
from loopwright.data.streams import format_of, open_stream
from loopwright.data.text import distinct_names
from loopwright.loop.tabling import read_tables

__all__ = ["property_names"]


def property_names(file: Path, text: str) -> tuple[str, ...]:
    """Return the properties that a text names, parted by commas.

    Where a file has a column whose name holds a comma, the longest such name is taken whole.

    Args:
        file: Any file that a reader knows; asked for its columns only where there is a comma. A
            workspace, or what cannot be read, has none.
        text: What somebody wrote.
    """
    parts = [part.strip() for part in text.split(",")]
    columns = _columns(file) if len(parts) > 1 and file.is_file() else frozenset()
    whole = {_plain(column): column for column in columns}
    found: list[str] = []
    while parts:
        n, name = _first(parts, whole)
        found += [name] if name else []
        del parts[:n]
    return tuple(found)


def _first(parts: Sequence[str], whole: dict[str, str]) -> tuple[int, str]:
    """Return how many parts the first name is made of, and the name."""
    for n in range(len(parts), 1, -1):
        name = whole.get(_plain(",".join(parts[:n])))
        if name is not None:
            return n, name
    return 1, parts[0]


def _plain(name: str) -> str:
    """Return a name without its blanks."""
    return "".join(name.split())


def _columns(file: Path) -> Collection[str]:
    """Return the names of a file's columns; none if it cannot be read, which is told later."""
    try:
        kind = format_of(file, file.name)
        if kind != "other":
            return distinct_names(open_stream(file, kind).columns)
        return {c for _, table in read_tables(read_file(file)) for c in table.columns}
    except DataError:
        return ()
