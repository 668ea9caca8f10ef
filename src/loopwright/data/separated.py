# SPDX-License-Identifier: Apache-2.0
"""Cuts lines of separated text into cells, and loses nothing on the way.

Written out by hand because the standard library lets one open quotation mark swallow every
row below it. Here such a line becomes a fault, and the next line is read as usual. Cells stay
text, letter for letter: ``007`` and ``1E5`` are what they were; only line ends inside a quoted
cell become one newline.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from loopwright.core.values import Quarantined
from loopwright.data.header import is_header
from loopwright.data.text import MAX_ROW, fault

__all__ = [
    "DELIMITERS",
    "MAX_LINES_IN_A_ROW",
    "OPEN_MARK",
    "cuts_evenly",
    "record",
    "records",
    "sniffed",
]

DELIMITERS = (",", ";", "\t", "|")
BLANKS = " "
"""Runs of blanks; only where nothing else parts the cells, and every line alike."""

MAX_LINES_IN_A_ROW = 1_000
SNIFFED_ROWS = 50

OPEN_MARK = "a quotation mark opens and never closes"


def cuts_evenly(lines: list[str], delimiter: str) -> bool:
    """Return whether a separator cuts each of several lines into as many cells."""
    counts = {line.count(delimiter) for line in lines}
    is_text = all("\0" not in line for line in lines)
    return len(lines) > 1 and is_text and len(counts) == 1 and counts != {0}


def sniffed(lines: list[str]) -> str:
    """Return the separator that cuts the first rows most evenly; the widest of equals."""
    lines = [line for line in lines if not line.startswith("# ")] or lines
    best, chosen = (0.0, 1), ""
    for delimiter in DELIMITERS:
        found = islice(records(lines[: SNIFFED_ROWS * 20], delimiter, 0), SNIFFED_ROWS)
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


def records(
    lines: list[str], delimiter: str, skipped: int
) -> Iterator[tuple[int, list[str] | Quarantined]]:
    """Yield (row number, cells or the reason why there are none)."""
    at, number = skipped, skipped
    while at < len(lines):
        number += 1
        cells, n_lines = record(lines, at, delimiter)
        if cells is None:
            yield (
                number,
                fault(
                    number,
                    lines[at],
                    OPEN_MARK,
                    "Close the quotation mark, or double it if it belongs to the text.",
                ),
            )
        else:
            yield number, cells
        at += n_lines


def record(lines: Sequence[str], at: int, delimiter: str) -> tuple[list[str] | None, int]:
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
