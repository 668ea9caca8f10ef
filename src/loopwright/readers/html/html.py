# SPDX-License-Identifier: Apache-2.0
"""Reads the tables of a web page as text; scripts, styles and pictures are passed over."""

from __future__ import annotations

from html.parser import HTMLParser

from attrs import evolve, frozen

from loopwright.core.errors import DataError
from loopwright.core.values import RawFile, RawTable
from loopwright.data.grid import tables_in
from loopwright.data.header import Line
from loopwright.data.text import MAX_BYTES, text_of

__all__ = ["HtmlReader"]

MAX_SPAN = 1_000
"""Columns over which one cell may reach."""

MAX_TABLES = 1_000
_PASSED_OVER = ("script", "style", "head")


@frozen(kw_only=True)
class HtmlReader:
    """The reader of HTML tables."""

    suffixes: tuple[str, ...] = (".html", ".htm")

    def claims(self, file: RawFile) -> float:
        """Return nearly 1 where a table or a page begins."""
        head = file.content[:4_000].replace(b"\0", b"").lower()
        if b"<table" in head or b"<html" in head:
            return 0.9
        return 0.5 if file.name.lower().endswith(self.suffixes) else 0.0

    def read(self, file: RawFile) -> tuple[RawTable, ...]:
        """Return the tables of a page; rows count within each, the first is row 1.

        A table in a cell of another is a table of its own, and its cell is blank.
        """
        page = _Page()
        page.feed(text_of(file))
        page.close()
        page.end()
        if page.is_too_large:
            raise DataError(
                f"The tables of the page hold more than {MAX_BYTES // 1_000_000} M characters",
                where=file.name,
                remedy="Save it as .xlsx or CSV.",
            )
        found: list[RawTable] = []
        for number, rows in enumerate(page.tables, start=1):
            lines = [(n, cells) for n, cells in rows if any(map(str.strip, cells))]
            if lines:
                sheet = f"table {number}" if len(page.tables) > 1 else ""
                found += tables_in(lines, where=file.name, sheet=sheet, is_padded=True)
        if not found:
            raise DataError(
                "The page holds no table with rows below a header",
                where=file.name,
                remedy="Save it as .xlsx or CSV.",
            )
        return tuple(found) if len(found) > 1 else (evolve(found[0], sheet=""),)


class _Page(HTMLParser):
    """Collects the cells of every table while a page goes by."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[Line]] = []
        self._open: list[list[Line]] = []
        self._cell: list[str] | None = None
        self._span = 1
        self._silent = 0
        self._size = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a table, a row or a cell; a cell that nobody closed is closed by the next one."""
        if tag in _PASSED_OVER:
            self._silent += tag != "head"
        elif tag == "table":
            self._close_cell()
            if len(self.tables) == MAX_TABLES:
                raise DataError(
                    f"The page holds more than {MAX_TABLES} tables",
                    where="page",
                    remedy="Save the table that is needed as .xlsx or CSV.",
                )
            self.tables.append([])
            self._open.append(self.tables[-1])
        elif tag == "tr" and self._open:
            self._close_cell()
            self._open[-1].append((len(self._open[-1]) + 1, []))
        elif tag in {"td", "th"} and self._open:
            self._close_cell()
            if not self._open[-1]:
                self._open[-1].append((1, []))
            said = dict(attrs).get("colspan") or "1"
            self._span = min(int(said), MAX_SPAN) if said.isdecimal() and len(said) < 9 else 1
            self._cell = []
        elif tag == "br" and self._cell is not None:
            self._cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """Close what is open."""
        if tag in {"script", "style"}:
            self._silent = max(self._silent - 1, 0)
        elif tag in {"td", "th", "tr"}:
            self._close_cell()
        elif tag == "table" and self._open:
            self._close_cell()
            self._open.pop()

    def handle_data(self, data: str) -> None:
        """Keep the text of the open cell."""
        if self._cell is not None and not self._silent:
            self._cell.append(data)

    @property
    def is_too_large(self) -> bool:
        """Whether cells were left out; then the page is refused."""
        return self._size > MAX_BYTES

    def end(self) -> None:
        """Close the cell that the end of the page left open."""
        self._close_cell()

    def _close_cell(self) -> None:
        if self._cell is None or not self._open:
            return
        text = " ".join("".join(self._cell).split())
        row = self._open[-1][-1][1]
        self._size += len(text) + self._span
        if self._size <= MAX_BYTES:
            row += [text, *[""] * (self._span - 1)]
        self._cell = None
