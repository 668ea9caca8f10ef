# SPDX-License-Identifier: Apache-2.0
"""From the bytes of a foreign text file to text and lines, within stated limits.

Knows encodings, gzip and bombs; knows no format. What the readers of text formats share.
"""

from __future__ import annotations

import codecs
import re
import zlib
from collections.abc import Iterable, Sequence

from loopwright.core.errors import DataError
from loopwright.core.values import Quarantined, RawFile

__all__ = [
    "harmless",
    "MAX_BYTES",
    "demand_ratio",
    "MAX_CELL",
    "MAX_ROW",
    "distinct_names",
    "fault",
    "has_no_name",
    "head_of",
    "lines_of",
    "text_of",
    "too_long",
    "unharmed",
    "western",
    "writable",
]

MAX_BYTES = 200_000_000
"""Largest text that is read, after unpacking."""

MAX_CELL = 100_000
"""Characters; a longer cell becomes a fault."""

MAX_ROW = 500_000
"""Characters; a longer row or record becomes a fault."""

MAX_RATIO = 100
"""Times its packed size to which a file may unpack; workbooks and tables reach 5 to 50."""

SMALL_BYTES = 10_000_000
"""Up to which nobody asks how well a file was packed."""

MAX_LINES = 20_000_000
STEP_BYTES = 4_000_000

_GZIP = b"\x1f\x8b"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ESCAPED = re.compile("[\udc80-\udcff]")
_NOT_TEXT = re.compile(r"[\x00-\x08\x0e-\x1f]")


def text_of(file: RawFile) -> str:
    """Return the text of a file, unpacked and decoded.

    Gzip is known by its first bytes, not by the name. UTF-8 and UTF-16 are known by their
    marks; without one, UTF-16 is known by its zero bytes, and what is no UTF-8 is read as
    Windows-1252 or else Latin-1, which never fails.

    Raises:
        DataError: The file is empty, too large after unpacking, damaged or not text at all.
    """
    content = file.content
    if content.startswith(_GZIP):
        content = _unpacked(content, file.name)
    if len(content) > MAX_BYTES:
        raise _too_large(file.name)
    text = _decoded(content)
    if not text.strip("\0 \t\r\n\f\v\ufeff"):
        raise DataError(
            "The file is empty", where=file.name, remedy="Give a file with a header and rows."
        )
    if text.count("\n") + text.count("\r") > MAX_LINES:
        raise _too_large(file.name)
    head = text[:20_000]
    if len(_NOT_TEXT.findall(head)) > len(head) // 20 + 2:
        raise DataError(
            "The file is not text",
            where=file.name,
            remedy="Export it as CSV, SDF or SMILES text, or choose the reader of its format.",
        )
    return text


def head_of(content: bytes, n_bytes: int) -> str:
    """Return the beginning of a text, for a look: unpacked, decoded, never more than asked for.

    Whatever the bytes, there is an answer; what cannot be unpacked or decoded is left out.
    """
    if content.startswith(_GZIP):
        unpacker = zlib.decompressobj(wbits=31)
        try:
            content = unpacker.decompress(content[: 4 * n_bytes], n_bytes)
        except zlib.error:
            return ""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content[len(mark) : n_bytes].decode(encoding, errors="ignore")
    head = content[:n_bytes]
    encoding = _wide(head)
    if encoding:
        return head.decode(encoding, errors="ignore")
    try:
        return head.decode("utf-8")
    except UnicodeDecodeError as ex:
        is_cut = ex.start >= len(head) - 3
        return head[: ex.start].decode("utf-8") if is_cut else head.decode("latin-1")


def lines_of(text: str) -> list[str]:
    """Return the lines, whichever of the three line ends the file uses."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return lines


def distinct_names(names: Iterable[str]) -> tuple[str, ...]:
    """Return column names without blanks and repeats, so that no cell can hide another.

    Example:
        >>> distinct_names(["id", "IC50", "", "IC50"])
        ('id', 'IC50', 'column 3', 'IC50 #2')
    """
    seen: set[str] = set()
    result: list[str] = []
    for place, name in enumerate(names, start=1):
        stem = name.strip() or f"column {place}"
        chosen, count = stem, 1
        while chosen in seen:
            count += 1
            chosen = f"{stem} #{count}"
        seen.add(chosen)
        result.append(chosen)
    return tuple(result)


def has_no_name(column: str) -> bool:
    """Return whether a column is called by its place, since its header is blank.

    Example:
        >>> has_no_name("column 1"), has_no_name("smiles")
        (True, False)
    """
    word, _, place = column.partition(" ")
    return word == "column" and place.isdecimal()


def fault(
    row: int, value: str, reason: str, remedy: str, *, column: str = "", sheet: str = ""
) -> Quarantined:
    """Return a place that could not be read, with its text cut to what a person can look at."""
    return Quarantined(
        row=row,
        column=column,
        value=writable(value[:200]),
        reason=writable(reason),
        remedy=remedy,
        sheet=sheet,
    )


def writable(text: str) -> str:
    r"""Return a text that can be written down: half of a surrogate pair becomes U+FFFD.

    JSON can name such halves (``"\ud800"``); no encoding of text can hold them.

    Example:
        >>> writable("a\ud800") == "a\ufffd", writable("\ud83e\uddea") == "\U0001f9ea"
        (True, True)
    """
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def western(text: str) -> str:
    r"""Return a text whose bytes that are no UTF-8 are read as Windows-1252, or else Latin-1.

    Args:
        text: Decoded as UTF-8, such bytes escaped as halves of surrogate pairs.

    Example:
        >>> western(b"5 \xb5M, \xc2\xb5M, \x93".decode("utf-8", "surrogateescape"))
        '5 µM, µM, “'
    """
    return text if text.isascii() else _ESCAPED.sub(_letter, text)


def _letter(found: re.Match[str]) -> str:
    byte = bytes([ord(found[0]) - 0xDC00])
    try:
        return byte.decode("cp1252")
    except UnicodeDecodeError:
        return byte.decode("latin-1")


def too_long(row: int, cells: Sequence[str], columns: Sequence[str] = ()) -> Quarantined | None:
    """Return why a row with a cell of more than ``MAX_CELL`` characters is none of a table."""
    if max(map(len, cells), default=0) <= MAX_CELL:
        return None
    for place, cell in enumerate(cells):
        if len(cell) > MAX_CELL:
            what = f"a cell holds {len(cell)} characters, more than {MAX_CELL}"
            column = columns[place] if place < len(columns) else ""
            return fault(row, cell, what, "Take the long text out of the table.", column=column)
    return None


def _unpacked(content: bytes, name: str) -> bytes:
    """Unpack every member of a gzip file, never past the limit, in steps that are counted."""
    parts: list[bytes] = []
    size = 0
    rest = content
    try:
        while rest.startswith(_GZIP):
            unpacker = zlib.decompressobj(wbits=31)
            while not unpacker.eof:
                part = unpacker.decompress(rest, STEP_BYTES)
                rest = unpacker.unconsumed_tail
                if not part and not unpacker.eof:
                    raise zlib.error("it ends too early")
                parts.append(part)
                size += len(part)
                if size > MAX_BYTES:
                    raise _too_large(name)
                demand_ratio(size, len(content), name)
            rest = unpacker.unused_data
    except zlib.error as ex:
        raise DataError(
            f"The gzip file is damaged: {ex}",
            where=name,
            remedy="Copy or export the file again.",
        ) from ex
    return b"".join(parts)


def demand_ratio(n_unpacked: int, n_packed: int, name: str) -> None:
    """Refuse what unpacks to far more than it is: no table of measurements repeats itself so.

    Raises:
        DataError: It is a bomb, or as good as blank.
    """
    if n_unpacked > SMALL_BYTES and n_unpacked > MAX_RATIO * n_packed:
        raise DataError(
            f"It unpacks to more than {MAX_RATIO} times its size: the same over and over again",
            where=name,
            remedy="Unpack it, see what it holds, and give that.",
        )


def _decoded(content: bytes) -> str:
    """Decode by mark, by zero bytes, or by trial."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, errors="replace")
    wide = _wide(content)
    if wide:
        return content.decode(wide, errors="replace")
    for encoding in ("utf-8", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")


def _wide(content: bytes) -> str:
    """Return which UTF-16 a text without a mark is in, told by its zero bytes; blank if none."""
    head = content[:2000]
    if len(head) >= 4:
        even, odd = head[0::2].count(0), head[1::2].count(0)
        if odd > len(head) // 3 and even < len(head) // 20 + 1:
            return "utf-16-le"
        if even > len(head) // 3 and odd < len(head) // 20 + 1:
            return "utf-16-be"
    return ""


def _too_large(name: str) -> DataError:
    return DataError(
        f"The text is larger than {MAX_BYTES // 1_000_000} MB or {MAX_LINES // 1_000_000} M lines",
        where=name,
        remedy="Split the file, or take out the columns that are not needed.",
    )


_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_PLAIN_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?%?")


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet runs; ``unharmed`` gives back what it was.

    Example:
        >>> harmless("=1+1"), harmless("-OH"), harmless("-5.2"), harmless("aspirin")
        ("'=1+1", "'-OH", '-5.2', 'aspirin')
    """
    told = cell.lstrip("'").lstrip(" ")
    is_run = told.startswith(_FORMULA_STARTS) and not _PLAIN_NUMBER.fullmatch(told)
    return f"'{cell}" if is_run else cell


def unharmed(cell: str) -> str:
    """Return what ``harmless`` was given.

    Example:
        >>> unharmed("'-OH"), unharmed("'aspirin")
        ('-OH', "'aspirin")
    """
    return cell[1:] if cell[:1] == "'" and harmless(cell[1:]) == cell else cell
