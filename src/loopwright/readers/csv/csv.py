# SPDX-License-Identifier: Apache-2.0
"""Reads separated text cell by cell, and loses nothing on the way.

How lines are cut into cells says ``data.separated``.
"""

from __future__ import annotations

from attrs import evolve, frozen

from loopwright.core.errors import DataError
from loopwright.core.values import Quarantined, RawFile, RawTable
from loopwright.data.grid import tables_in
from loopwright.data.header import LOOKED_AT, Line, is_header
from loopwright.data.matrices import has_axis, tables_of, with_wells
from loopwright.data.separated import DELIMITERS, cuts_evenly, records, sniffed
from loopwright.data.text import head_of, lines_of, text_of

__all__ = ["CsvReader"]


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
        return 0.2 if any(cuts_evenly(first, d) for d in DELIMITERS) else 0.0

    def read(self, file: RawFile) -> tuple[RawTable, ...]:
        """Return every row as text; the first line is row 1, and a blank line counts as a row.

        Several tables under each other come as several; ``data.grid`` says how they are parted.
        """
        lines = lines_of(text_of(file).lstrip("\ufeff"))
        delimiter, skipped = self._delimiter(lines)
        filled: list[Line] = []
        faults: list[Quarantined] = []
        for number, cells in records(lines, delimiter, skipped):
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
        return (self.delimiter or sniffed(lines)), 0


def _drawn(lines: list[Line], faults: list[Quarantined]) -> tuple[RawTable, ...]:
    """Return the plates that are drawn as matrices; a line with an open mark comes last."""
    tables = tables_of([(n, cells) for n, cells in lines])
    last = len(tables[-1].rows) + len(tables[-1].faults)
    moved = tuple(evolve(q, row=last + n) for n, q in enumerate(faults, start=1))
    return (*tables[:-1], evolve(tables[-1], faults=(*tables[-1].faults, *moved)))


def _demand_header(lines: list[Line], faults: list[Quarantined], name: str) -> None:
    """Refuse a file whose first row cannot be read, unless names of columns stand below it."""
    is_lost = faults and (not lines or faults[0].row < lines[0][0])
    if not lines or (is_lost and not any(is_header(cells) for _, cells in lines[:LOOKED_AT])):
        raise DataError(
            "The first row cannot be read as a header",
            where=f"{name}, row {faults[0].row if faults else 1}",
            remedy="Put one row of column names on top of the table.",
        )
