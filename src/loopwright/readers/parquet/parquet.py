# SPDX-License-Identifier: Apache-2.0
"""Reads a Parquet table: columns have types already, and become text all the same."""

from __future__ import annotations

import datetime
import io
from typing import Any

from attrs import frozen

from loopwright.core.errors import DataError
from loopwright.core.values import Quarantined, RawFile, RawTable
from loopwright.data.apart import read_apart
from loopwright.data.text import distinct_names, too_long

__all__ = ["ParquetReader"]

MAX_CELLS = 50_000_000
"""Cells; a larger table is refused before it is unpacked."""

_MARK = b"PAR1"


@frozen(kw_only=True)
class ParquetReader:
    """The reader of Parquet tables."""

    suffixes: tuple[str, ...] = (".parquet", ".pq")

    def claims(self, file: RawFile) -> float:
        """Return 1 where the file begins with the mark of the format."""
        if file.content.startswith(_MARK):
            return 1.0
        return 0.5 if file.name.lower().endswith(self.suffixes) else 0.0

    def read(self, file: RawFile) -> tuple[RawTable, ...]:
        """Return one table; its first row is row 1, since a header takes none."""
        if not (file.content.startswith(_MARK) and file.content.endswith(_MARK)):
            raise _refusal(file.name, "The file is no Parquet table, or is cut off")
        return read_apart(read_parquet, file)


def read_parquet(file: RawFile) -> tuple[RawTable, ...]:
    """Return the table of a Parquet file; runs in the process apart."""
    import pyarrow.parquet as pq

    source = pq.ParquetFile(io.BytesIO(file.content))
    size = source.metadata.num_rows * source.metadata.num_columns
    if size > MAX_CELLS:
        raise _refusal(file.name, f"The table has {size} cells, more than {MAX_CELLS}")
    table = source.read()
    if not table.num_rows or not table.num_columns:
        raise _refusal(file.name, "The table has no rows")
    columns = distinct_names(table.column_names)
    texts = [[_text(cell) for cell in column.to_pylist()] for column in table.columns]
    rows: list[tuple[int, tuple[str, ...]]] = []
    faults: list[Quarantined] = []
    for number, cells in enumerate(zip(*texts, strict=True), start=1):
        if (wrong := too_long(number, cells, columns)) is not None:
            faults.append(wrong)
        else:
            rows.append((number, cells))
    return (RawTable(columns=columns, rows=tuple(rows), faults=tuple(faults)),)


def _text(cell: Any) -> str:
    """Return the text of a typed cell; a number keeps every digit it has."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        return repr(cell)
    if isinstance(cell, datetime.datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "replace")
    return str(cell)


def _refusal(name: str, what: str) -> DataError:
    return DataError(what, where=name, remedy="Write the table again, or export it as CSV.")
