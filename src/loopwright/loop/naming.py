# SPDX-License-Identifier: Apache-2.0
"""The candidates that a table of a person names: by id, by name or by notation.

A list without a header is one, too. No row is passed over: the file is taken whole or refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import islice

from attrs import evolve

from loopwright.core.errors import DataError
from loopwright.core.values import Candidate, RawFile, RawTable
from loopwright.data.vocabulary import bears, is_known
from loopwright.loop.tabling import only_table
from loopwright.loop.view import View

__all__ = ["named_in"]

SHOWN = 10
"""Faulty rows that are told one by one."""

LOOKED_AT = 20_000
"""Names among which one is looked for that is nearly what a cell says."""

_UNSEEN = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad]")
"""What mail and chat put into a text that is copied, and no reader can see."""


def named_in(file: RawFile, view: View) -> list[Candidate]:
    """Return one candidate for each row, in their order.

    A cell that is the id or the name of a candidate goes before one that can be read as a
    notation; of several cells the first counts. A new candidate gets the name that stands beside
    its notation, in a column of that name.

    Raises:
        DataError: The file cannot be read or has no rows; or rows name no candidate, name and draw
            two, or name the same one. All such rows are told.
    """
    known, rows, faults = view.by_name(), dict[str, int](), list[str]()
    found: list[Candidate] = []
    table = only_table(file)
    for number, cells in _rows(table, view, known):
        drawn = _drawn(cells, view)
        candidate = _named(cells, known) or drawn
        if candidate is None:
            faults.append(f"row {number} names no candidate: {_nearly(cells, known)}")
        elif _contradicts(cells, candidate, view):
            faults.append(f"row {number} names {candidate.name or candidate.id}, and draws another")
        elif candidate.id in rows:
            told = candidate.name or candidate.id
            faults.append(
                f"row {number} names {told}, which stands in row {rows[candidate.id]}, too"
            )
        else:
            rows[candidate.id] = number
            found.append(candidate)
    faults += [f"row {f.row} cannot be read: {f.reason}" for f in table.faults]
    if faults:
        more = f"; and {len(faults) - SHOWN} more rows" if len(faults) > SHOWN else ""
        raise DataError(
            f"{'; '.join(faults[:SHOWN])}{more}",
            where=file.name,
            remedy="Give each candidate one row, with its id, name or notation in a column of its "
            "own. Nothing of the file was taken.",
        )
    return found


def _rows(
    table: RawTable, view: View, known: Mapping[str, Candidate]
) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Yield every row, the first lines too where they are no title and no header."""
    for number, text in table.notes:
        cells = _cells(re.split(r"[,;\t]", text))
        if _named(cells, known) is not None:
            yield number, cells
    header = _cells(table.columns)
    is_row = not any(map(is_known, table.columns)) and _drawn(header, view) is not None
    if is_row or _named(header, known) is not None:
        first = next(iter(table.rows), (2, ()))[0]
        yield first - 1, header
    for number, texts in table:
        yield number, {column: _plain(text) for column, text in texts.items()}


def _cells(texts: Sequence[str]) -> Mapping[str, str]:
    """Return the cells of a row that stands under no header."""
    return {str(i): _plain(text) for i, text in enumerate(texts)}


def _plain(text: str) -> str:
    return _UNSEEN.sub("", text).strip()


def _named(cells: Mapping[str, str], known: Mapping[str, Candidate]) -> Candidate | None:
    """Return the candidate that a cell is the id or the name of."""
    return next((known[text] for text in cells.values() if text in known), None)


def _drawn(cells: Mapping[str, str], view: View) -> Candidate | None:
    """Return the candidate that a cell is the notation of; the workspace's, if it holds it."""
    read = next((c for c in (_read(text, view) for text in cells.values()) if c is not None), None)
    if read is None:
        return None
    name = next((text for column, text in cells.items() if text and bears(column, "name")), "")
    return view.candidates.get(read.id, evolve(read, name=name))


def _contradicts(cells: Mapping[str, str], candidate: Candidate, view: View) -> bool:
    """Return whether a column of notations says that another candidate is meant."""
    drawn = (_read(text, view) for column, text in cells.items() if bears(column, "structure"))
    return any(read is not None and read.id != candidate.id for read in drawn)


def _read(text: str, view: View) -> Candidate | None:
    try:
        return view.tools.modality.parse(text) if text else None
    except DataError:
        return None


def _nearly(cells: Mapping[str, str], known: Mapping[str, Candidate]) -> str:
    """Return what a row says, and a name that is nearly the same."""
    texts = [text for text in cells.values() if text]
    names = list(islice(known, LOOKED_AT))
    near = next((m for text in texts[:3] for m in get_close_matches(text, names, n=1)), "")
    said = ", ".join(repr(text[:40]) for text in texts[:3]) or "it is blank"
    return f"{said} (perhaps {near!r} is meant)" if near else said
