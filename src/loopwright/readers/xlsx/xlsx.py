# SPDX-License-Identifier: Apache-2.0
"""Reads every sheet of a workbook as a person sees it: percent, qualifiers and dates included."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from itertools import islice
from typing import Any

from attrs import evolve, frozen

from loopwright.core.errors import DataError
from loopwright.core.values import Quarantined, RawFile, RawTable
from loopwright.data.apart import read_apart
from loopwright.data.archive import demand_size
from loopwright.data.header import LOOKED_AT, demand_names, header_at
from loopwright.data.matrices import has_axis, tables_of, with_wells
from loopwright.data.text import distinct_names, fault, too_long

__all__ = ["XlsxReader"]

MAX_COLUMNS = 16_384
MAX_BLANK_ROWS = 1_000
"""Blank rows in a row after which a sheet is taken to be over."""

_COLOUR = re.compile(r"\[(?:[A-Za-z]+[0-9]*|\$[^\]]*)\]")
"""``[Red]``, ``[$-409]``: change nothing about the number."""

_LITERAL = re.compile(r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_.|\*.')
_DIGITS = re.compile(r"[#0?][#0?,. ]*(?:E[+-]?0+)?", re.IGNORECASE)
_QUALIFIERS = {*"<>≤≥~≈", "<=", ">=", "ca.", "ca"}


@frozen(kw_only=True)
class XlsxReader:
    """The reader of Excel workbooks."""

    suffixes: tuple[str, ...] = (".xlsx", ".xlsm")

    def claims(self, file: RawFile) -> float:
        """Return nearly 1 for a workbook; an instrument's own reader may know it better."""
        if file.content.startswith(b"PK") and b"xl/workbook.xml" in file.content:
            return 0.9
        return 0.5 if file.name.lower().endswith(self.suffixes) else 0.0

    def read(self, file: RawFile) -> tuple[RawTable, ...]:
        """Return one table for each sheet that holds rows below a header; rows as Excel counts.

        Of a sheet whose first row holds values every row is a fault.
        A number formatted as percent keeps its sign, one whose format writes ``>`` keeps it, and
        a date becomes ISO 8601. A formula without a stored value stays a formula.
        """
        try:
            with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
                inside = archive.infolist()
        except (zipfile.BadZipFile, OSError, ValueError) as ex:
            raise _refusal(file.name, "The file is no workbook: it is no zip archive") from ex
        demand_size(inside, file.name)
        if "[Content_Types].xml" not in {i.filename for i in inside}:
            raise _refusal(file.name, "The archive is no workbook")
        return read_apart(read_workbook, file)


def read_workbook(file: RawFile) -> tuple[RawTable, ...]:
    """Return the tables of a workbook; runs in the process apart."""
    from openpyxl import load_workbook

    written = load_workbook(io.BytesIO(file.content), read_only=True)
    shown = load_workbook(io.BytesIO(file.content), read_only=True, data_only=True)
    tables = [
        table
        for sheet in written.worksheets
        for table in _tables(sheet, shown[sheet.title], file.name)
    ]
    if not any(table.rows for table in tables):
        raise _refusal(file.name, "No sheet holds a header with rows below it")
    if len(tables) == 1 and len(written.worksheets) == 1:
        only = tables[0]
        return (
            RawTable(columns=only.columns, rows=only.rows, faults=only.faults, notes=only.notes),
        )
    return tuple(tables)


def _tables(written: Any, shown: Any, file: str) -> tuple[RawTable, ...]:
    """Return the tables of one sheet: plates drawn as matrices, or the rows below a header."""
    filled = _filled(written, shown)
    if has_axis([cells for _, cells in filled[:LOOKED_AT]]):
        found = tables_of([(n, cells) for n, cells in filled])
        title = written.title
        return tuple(evolve(t, sheet=" ".join(filter(None, (title, t.sheet)))) for t in found)
    table = _table(filled, written.title, file)
    return () if table is None else (with_wells(table),)


def _filled(written: Any, shown: Any) -> list[tuple[int, list[str]]]:
    """Return the rows of a sheet that are not blank, as a person sees them."""
    filled: list[tuple[int, list[str]]] = []
    n_blank = 0
    for number, (cells, values) in enumerate(
        zip(written.iter_rows(), shown.iter_rows(), strict=False), start=1
    ):
        texts = [_text(cell, value) for cell, value in zip(cells, values, strict=False)]
        while texts and not texts[-1].strip():
            texts.pop()
        n_blank = 0 if texts else n_blank + 1
        if n_blank > MAX_BLANK_ROWS:
            break
        if texts:
            filled.append((number, texts))
    return filled


def _table(filled: list[tuple[int, list[str]]], title: str, file: str) -> RawTable | None:
    """Return the table of one sheet; None where there is nothing below a header."""
    above = header_at([cells for _, cells in islice(filled, LOOKED_AT)])
    if len(filled) < above + 2:
        return None
    head_row, header = filled[above]
    try:
        demand_names(header, f"{file}, sheet {title!r}, row {head_row}")
    except DataError as ex:
        unread = tuple(fault(n, " ".join(cells), ex.what, ex.remedy) for n, cells in filled)
        return RawTable(columns=(), rows=(), faults=unread, sheet=title)
    width = max(len(cells) for _, cells in filled[above:])
    columns = distinct_names([*header, *[""] * (width - len(header))])
    rows: list[tuple[int, tuple[str, ...]]] = []
    faults: list[Quarantined] = []
    for number, cells in filled[above + 1 :]:
        if (wrong := too_long(number, cells, columns)) is not None:
            faults.append(wrong)
        else:
            rows.append((number, (*cells, *[""] * (width - len(cells)))))
    notes = tuple((n, " ".join(c for c in cells if c)) for n, cells in filled[:above])
    return RawTable(
        columns=columns, rows=tuple(rows), faults=tuple(faults), sheet=title, notes=notes
    )


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


def _refusal(name: str, what: str) -> DataError:
    return DataError(what, where=name, remedy="Save it as .xlsx, or export the sheet as CSV.")
