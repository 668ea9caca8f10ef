# SPDX-License-Identifier: Apache-2.0
"""Reads every sheet of a workbook as a person sees it: percent, qualifiers and dates included."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from typing import Any

from attrs import evolve, frozen

from loopwright.core.errors import DataError
from loopwright.core.values import RawFile, RawTable
from loopwright.data.apart import Apart, read_apart
from loopwright.data.archive import DAMAGED, demand_size
from loopwright.data.grid import tables_in
from loopwright.data.header import LOOKED_AT, Line
from loopwright.data.matrices import has_axis, tables_of, with_wells
from loopwright.data.text import MAX_BYTES, fault
from loopwright.readers.xlsx.sheet import Surroundings, surroundings, with_merged_names

__all__ = ["XlsxReader"]

MAX_BLANK = 2_000_000
MOST_BLANK = 100
"""Blank cells for each that is filled, in a workbook that is mostly blank."""

LIBRARIES = ("openpyxl.reader.excel",)
"""What the process apart loads before its memory is limited."""

MAX_COLUMNS = 16_384
MAX_ROWS = 1_048_576
MAX_CELLS = 20_000_000
"""Cells of a workbook, blank ones before the last of a row included."""

PROLOGUE_BYTES = 4_000
_NO_COMMENT = re.compile(rb"<!--.*?-->|<!\[CDATA\[", re.DOTALL)

_COLOUR = re.compile(r"\[(?:[A-Za-z]+[0-9]*|\$[^\]]*)\]")
"""``[Red]``, ``[$-409]``: change nothing about the number."""

_LITERAL = re.compile(r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_.|\*.')
_DIGITS = re.compile(r"[#0?][#0?,. ]*(?:E[+-]?0+)?", re.IGNORECASE)
_QUALIFIERS = {*"<>≤≥~≈", "<=", ">=", "ca.", "ca"}


@frozen(kw_only=True)
class XlsxReader:
    """The reader of Excel workbooks."""

    suffixes: tuple[str, ...] = (".xlsx", ".xlsm")
    apart: Apart = read_apart
    """Where a foreign parser runs."""

    def claims(self, file: RawFile) -> float:
        """Return nearly 1 for a workbook; an instrument's own reader may know it better."""
        if file.content.startswith(b"PK") and b"xl/workbook.xml" in file.content:
            return 0.9
        return 0.5 if file.name.lower().endswith(self.suffixes) else 0.0

    def read(self, file: RawFile) -> tuple[RawTable, ...]:
        """Return the tables of each sheet that hold rows below a header; rows as Excel counts.

        Of a sheet whose first row holds values every row is a fault.
        A number formatted as percent keeps its sign, one whose format writes ``>`` keeps it, and
        a date becomes ISO 8601. A formula without a stored value stays a formula.
        """
        try:
            with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
                inside = archive.infolist()
                demand_size(inside, file.name, len(file.content))
                heads = [archive.open(i).read(PROLOGUE_BYTES) for i in inside if _is_xml(i)]
        except DataError:
            raise
        except DAMAGED as ex:
            raise _refusal(file.name, "The file is no workbook: it is no zip archive") from ex
        if any(b"<!" in _NO_COMMENT.sub(b"", head.replace(b"\0", b"")) for head in heads):
            raise _refusal(file.name, "The workbook declares a document type, as only bombs do")
        if "[Content_Types].xml" not in {i.filename for i in inside}:
            raise _refusal(file.name, "The archive is no workbook")
        return self.apart(read_workbook, file)


def read_workbook(file: RawFile) -> tuple[RawTable, ...]:
    """Return the tables of a workbook; runs in the process apart."""
    written, shown = (_opened(file.content, is_shown=is_shown) for is_shown in (False, True))
    size = [0, 0, 0]
    tables: list[RawTable] = []
    with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
        for sheet in written.worksheets:
            lines = _lines(sheet, shown[sheet.title], file.name, size)
            around = surroundings(sheet, archive.read(sheet._worksheet_path))
            tables += _tables(lines, around, sheet.title, file.name)
    if not any(table.rows for table in tables):
        raise _refusal(file.name, "No sheet holds a header with rows below it")
    if len(tables) == 1 and len(written.worksheets) == 1:
        return (evolve(tables[0], sheet=""),)
    return tuple(tables)


def _opened(content: bytes, *, is_shown: bool) -> Any:
    """Return a workbook of formulas, or of what they were computed to; charts are passed over."""
    from openpyxl.reader.excel import ExcelReader

    reader = ExcelReader(io.BytesIO(content), read_only=True, data_only=is_shown, keep_links=False)
    reader.read_chartsheet = lambda *_: None  # it fails where sheets are only read
    reader.read()
    return reader.wb


def _lines(written: Any, shown: Any, file: str, size: list[int]) -> list[Line]:
    """Return the rows of a sheet that are not blank; what it says of its own size is not asked."""
    filled: list[Line] = []
    written.reset_dimensions()
    shown.reset_dimensions()
    for number, (cells, values) in enumerate(
        zip(written.iter_rows(), shown.iter_rows(), strict=False), start=1
    ):
        texts = [
            "" if cell is value else _text(cell, value)
            for cell, value in zip(cells, values, strict=False)
        ]
        while texts and not texts[-1].strip():
            texts.pop()
        size[0] += len(cells)
        size[2] += len(cells) - sum(map(bool, texts))
        size[1] += sum(map(len, texts))
        if number > MAX_ROWS or len(cells) > MAX_COLUMNS or size[0] > MAX_CELLS:
            raise _refusal(file, f"Sheet {written.title!r} reaches further than a table does")
        if size[2] > MAX_BLANK and size[2] > MOST_BLANK * (size[0] - size[2]):
            raise _refusal(file, f"Sheet {written.title!r} is blank but for a few cells far out")
        if size[1] > MAX_BYTES:
            raise _refusal(file, f"The cells hold more than {MAX_BYTES // 1_000_000} MB of text")
        if texts:
            filled.append((number, texts))
    return filled


def _tables(lines: list[Line], around: Surroundings, title: str, file: str) -> list[RawTable]:
    """Return the tables of one sheet; none where there is nothing below a header."""
    lines = with_merged_names(lines, around.merged)
    if len(lines) < 2:
        return []
    if has_axis([cells for _, cells in lines[:LOOKED_AT]]):
        return [
            evolve(t, sheet=f"{title} {t.sheet}".strip(), notes=(*around.notes, *t.notes))
            for t in tables_of([(n, cells) for n, cells in lines])
        ]
    try:
        tables = tables_in(lines, where=f"{file}, sheet {title!r}", sheet=title, is_padded=True)
    except DataError as ex:
        unread = tuple(fault(n, " ".join(cells), ex.what, ex.remedy) for n, cells in lines)
        tables = (RawTable(columns=(), rows=(), faults=unread, sheet=title),)
    if around.notes and tables:
        tables = (evolve(tables[0], notes=(*around.notes, *tables[0].notes)), *tables[1:])
    return list(map(with_wells, tables))


def _text(cell: Any, shown: Any) -> str:
    """Return what a person sees in a cell."""
    value = shown.value
    if value is None:
        return "" if cell.value is None else str(cell.value)
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return _number(value, str(shown.number_format or ""))
    if isinstance(value, datetime.datetime):
        is_day = value.time() == datetime.time()
        return value.date().isoformat() if is_day else value.isoformat(sep=" ")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def _number(value: float, number_format: str) -> str:
    """Return a number in the 15 digits that a spreadsheet keeps, with what its format adds.

    A qualifier before it, a unit behind it and percent are kept. Where the format shows another
    number than the cell holds (a condition, thousands left out, nothing at all), both are
    returned, which no column of values takes for a number.
    """
    plain = f"{value:.15g}"
    shown = _COLOUR.sub("", number_format.split(";", maxsplit=1)[0])
    if shown.strip().lower() in {"", "general", "@"} and not number_format.startswith(";"):
        return plain
    digits = _DIGITS.search(_LITERAL.sub(lambda m: "\0" * len(m[0]), shown))
    if "[" in shown or digits is None or digits[0].rstrip().endswith(","):
        return f"{plain} (shown as {number_format})"
    before, after = (_words(part) for part in (shown[: digits.start()], shown[digits.end() :]))
    if before not in {*_QUALIFIERS, "", "+"}:
        return f"{plain} (shown as {number_format})"
    if "%" in _LITERAL.sub("", shown):
        return f"{before}{value * 100:.15g}%"
    return f"{before}{plain} {after}".removeprefix("+").strip()


def _words(part: str) -> str:
    """Return what a part of a number format writes out."""
    return _LITERAL.sub(lambda m: m["quoted"] or m["escaped"] or "", part).strip()


def _is_xml(entry: zipfile.ZipInfo) -> bool:
    return entry.filename.lower().endswith((".xml", ".rels", ".vml"))


def _refusal(name: str, what: str) -> DataError:
    return DataError(what, where=name, remedy="Save it as .xlsx, or export the sheet as CSV.")
