# SPDX-License-Identifier: Apache-2.0
"""Reads separated text cell by cell, and loses nothing on the way.

Written out by hand because the standard library lets one open quotation mark swallow every
row below it. Here such a line becomes a fault, and the next line is read as usual. Cells stay
text, letter for letter: ``007`` and ``1E5`` are what they were; only line ends inside a quoted
cell become one newline.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from attrs import evolve, frozen

from loopwright.core.errors import DataError
from loopwright.core.values import Quarantined, RawFile, RawTable
from loopwright.data.grid import tables_in
from loopwright.data.header import LOOKED_AT, Line, is_header
from loopwright.data.matrices import has_axis, tables_of, with_wells
from loopwright.data.text import MAX_ROW, fault, head_of, lines_of, text_of

__all__ = ["CsvReader"]

DELIMITERS = (",", ";", "\t", "|")
BLANKS = " "
"""Runs of blanks; only where nothing else parts the cells, and every line alike."""

MAX_LINES_IN_A_ROW = 1_000
SNIFFED_ROWS = 50

_Record = tuple[int, list[str] | Quarantined]
"""Row number; its cells, or the reason why there are none."""


@frozen(kw_only=True)
class CsvReader:
    """The reader of separated tables."""

    delimiter: str = ""
    suffixes: tuple[str, ...] = (".csv", ".tsv", ".csv.gz", ".tsv.gz", ".txt")

    def claims(self, file: RawFile) -> float:
        """Return one half where the ending says so, less where the first lines look like it."""
        if file.name.lower().endswith(self.suffixes):
            return 0.5
        first = [line for line in lines_of(head_of(file.content, 4_000))[:4] if line.strip()][:3]
        return 0.2 if any(_cuts_evenly(first, d) for d in DELIMITERS) else 0.0

    def read(self, file: RawFile) -> tuple[RawTable, ...]:
        """Return every row as text; the first line is row 1, and a blank line counts as a row.

        Several tables under each other come as several; ``data.grid`` says how they are parted.
        """
        lines = lines_of(text_of(file).lstrip("\ufeff"))
        delimiter, skipped = self._delimiter(lines)
        filled: list[Line] = []
        faults: list[Quarantined] = []
        for number, cells in _records(lines, delimiter, skipped):
            if isinstance(cells, Quarantined):
                faults.append(cells)
            elif cells != [""] and cells:
                filled.append((number, cells))
        if has_axis([cells for _, cells in filled[:LOOKED_AT]]):
            return _drawn(filled, faults)
        _demand_header(filled, faults, file.name)
        tables = tables_in(filled, where=file.name, faults=faults, glue=delimiter)
        if not tables:
            raise DataError(
                "The file has a header but no rows",
                where=file.name,
                remedy="Give a file with at least one row below the header.",
            )
        return tuple(map(with_wells, tables))

    def _delimiter(self, lines: list[str]) -> tuple[str, int]:
        """Return the separator and how many lines stand before the table."""
        first = lines[0].strip().lower() if lines else ""
        if len(first) == 5 and first.startswith("sep="):
            return (self.delimiter or first[4]), 1
        return (self.delimiter or _sniffed(lines)), 0


def _drawn(lines: list[Line], faults: list[Quarantined]) -> tuple[RawTable, ...]:
    """Return the plates that are drawn as matrices; a line with an open mark comes last."""
    tables = tables_of([(n, cells) for n, cells in lines])
    last = len(tables[-1].rows) + len(tables[-1].faults)
    moved = tuple(evolve(q, row=last + n) for n, q in enumerate(faults, start=1))
    return (*tables[:-1], evolve(tables[-1], faults=(*tables[-1].faults, *moved)))


def _cuts_evenly(lines: list[str], delimiter: str) -> bool:
    """Return whether a separator cuts each of several lines into as many cells."""
    counts = {line.count(delimiter) for line in lines}
    is_text = all("\0" not in line for line in lines)
    return len(lines) > 1 and is_text and len(counts) == 1 and counts != {0}


def _sniffed(lines: list[str]) -> str:
    """Return the separator that cuts the first rows most evenly; the widest of equals."""
    lines = [line for line in lines if not line.startswith("# ")] or lines
    best, chosen = (0.0, 1), ""
    for delimiter in DELIMITERS:
        found = islice(_records(lines[: SNIFFED_ROWS * 20], delimiter, 0), SNIFFED_ROWS)
        widths = [len(c) for _, c in found if isinstance(c, list) and c != [""]]
        usual = max(widths, key=lambda w: (w > 1, widths.count(w)), default=1)
        if usual < 2:
            continue
        score = (widths.count(usual) / len(widths), usual)
        if score > best:
            best, chosen = score, delimiter
    return chosen or (BLANKS if _are_words(lines) else ",")


def _are_words(lines: list[str]) -> bool:
    """Return whether blanks cut every line into as many words, the first into names."""
    words = [line.split() for line in lines[:SNIFFED_ROWS] if line.strip()]
    return len({len(w) for w in words}) == 1 and len(words) > 1 and is_header(words[0])


def _demand_header(lines: list[Line], faults: list[Quarantined], name: str) -> None:
    """Refuse a file whose first row cannot be read, unless names of columns stand below it."""
    is_lost = faults and (not lines or faults[0].row < lines[0][0])
    if not lines or (is_lost and not any(is_header(cells) for _, cells in lines[:LOOKED_AT])):
        raise DataError(
            "The first row cannot be read as a header",
            where=f"{name}, row {faults[0].row if faults else 1}",
            remedy="Put one row of column names on top of the table.",
        )


def _records(
    lines: list[str], delimiter: str, skipped: int
) -> Iterator[tuple[int, list[str] | Quarantined]]:
    """Yield (row number, cells or the reason why there are none)."""
    at, number = skipped, skipped
    while at < len(lines):
        number += 1
        cells, n_lines = _record(lines, at, delimiter)
        if cells is None:
            yield (
                number,
                fault(
                    number,
                    lines[at],
                    "a quotation mark opens and never closes",
                    "Close the quotation mark, or double it if it belongs to the text.",
                ),
            )
        else:
            yield number, cells
        at += n_lines


def _record(lines: list[str], at: int, delimiter: str) -> tuple[list[str] | None, int]:
    """Return the cells of the row that starts at a line, and how many lines it takes."""
    line = lines[at]
    if len(line) > MAX_ROW:
        return [line], 1
    if delimiter == BLANKS:
        return line.split(), 1
    if '"' not in line:
        return line.split(delimiter), 1
    cells, rest = _cells(line, delimiter)
    if rest is None:
        return cells, 1
    parts, size = [rest], len(line)
    for n_lines, following in enumerate(lines[at + 1 : at + MAX_LINES_IN_A_ROW], start=2):
        parts.append(following)
        size += len(following) + 1
        if size > MAX_ROW:
            break
        if _closing(following, 0) >= 0:
            more, rest = _cells("\n".join(parts), delimiter)
            cells += more
            if rest is None:
                return cells, n_lines
            parts = [rest]
    return None, 1


def _cells(text: str, delimiter: str) -> tuple[list[str], str | None]:
    """Cut text into cells; what follows a quotation mark that stays open is the rest."""
    cells: list[str] = []
    at = 0
    while True:
        start = at
        while text[start : start + 1] == " ":
            start += 1
        if text[start : start + 1] == '"':
            end = _closing(text, start + 1)
            if end < 0:
                return cells, text[start:]
            stop = text.find(delimiter, end + 1)
            stop = len(text) if stop < 0 else stop
            inside = text[start + 1 : end].replace('""', '"')
            cells.append(inside + text[end + 1 : stop].rstrip(" "))
        else:
            stop = text.find(delimiter, at)
            stop = len(text) if stop < 0 else stop
            cells.append(text[at:stop])
        if stop >= len(text):
            return cells, None
        at = stop + 1


def _closing(text: str, at: int) -> int:
    """Return where the quotation mark closes, or -1."""
    while True:
        at = text.find('"', at)
        if at < 0 or text[at + 1 : at + 2] != '"':
            return at
        at += 2
