# SPDX-License-Identifier: Apache-2.0
"""The candidates that a table of a person names: by id, by name or by notation."""

from __future__ import annotations

from collections.abc import Mapping

from loopwright.core.errors import DataError
from loopwright.core.values import Candidate, RawFile
from loopwright.loop.tabling import only_table
from loopwright.loop.view import View

__all__ = ["named_in"]


def named_in(file: RawFile, view: View) -> list[Candidate]:
    """Return one candidate for each row, in their order.

    A cell that is the id or the name of a candidate goes before one that can be read as a
    notation; of several cells the first counts.

    Raises:
        DataError: The file cannot be read or has no rows, a row names no candidate, or two name
            the same one.
    """
    known, rows = view.by_name(), dict[str, int]()
    found: list[Candidate] = []
    for number, cells in only_table(file):
        candidate = _named(cells, known) or _drawn(cells, view)
        where = f"{file.name}, row {number}"
        if candidate is None:
            raise DataError(
                "The row names no candidate",
                where=where,
                remedy="Give an id, a name or a notation in a column of its own.",
            )
        if candidate.id in rows:
            raise DataError(
                f"{candidate.id} stands in row {rows[candidate.id]}, too",
                where=where,
                remedy="Name each candidate once.",
            )
        rows[candidate.id] = number
        found.append(candidate)
    return found


def _named(cells: Mapping[str, str], known: Mapping[str, Candidate]) -> Candidate | None:
    """Return the candidate that a cell is the id or the name of."""
    texts = (text.strip() for text in cells.values())
    return next((known[text] for text in texts if text in known), None)


def _drawn(cells: Mapping[str, str], view: View) -> Candidate | None:
    """Return the candidate that a cell is the notation of; the workspace's, if it holds it."""
    for text in (text.strip() for text in cells.values()):
        try:
            read = view.tools.modality.parse(text) if text else None
        except DataError:
            continue
        if read is not None:
            return view.candidates.get(read.id, read)
    return None
