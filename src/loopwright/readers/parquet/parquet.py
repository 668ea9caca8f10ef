# SPDX-License-Identifier: Apache-2.0
"""Reads a Parquet table: columns have types already, and become text all the same."""

from __future__ import annotations

import io
from typing import Any

from attrs import frozen

from loopwright.core.values import Quarantined, RawFile, RawTable
from loopwright.data.apart import LEAST_MB, MAX_MB, MB_A_MB, Apart, limit_memory, read_apart
from loopwright.data.parquet_parts import LIBRARIES, demand_honest, refusal
from loopwright.data.text import MAX_BYTES, distinct_names, too_long
from loopwright.data.typed import float_text, text_of_typed

__all__ = ["LIBRARIES", "ParquetReader"]

MAX_CELLS = 50_000_000
"""Cells; a larger table is refused before it is unpacked."""

CELLS_A_MB = 2_000
"""Cells for which there is a megabyte, beside what there is for the file: a few bytes may be many
honest cells."""

_MARK = b"PAR1"


@frozen(kw_only=True)
class ParquetReader:
    """The reader of Parquet tables."""

    suffixes: tuple[str, ...] = (".parquet", ".pq")
    apart: Apart = read_apart
    """Where a foreign parser runs."""

    def claims(self, file: RawFile) -> float:
        """Return 1 where the file begins with the mark of the format."""
        if file.content.startswith(_MARK):
            return 1.0
        return 0.5 if file.name.lower().endswith(self.suffixes) else 0.0

    def read(self, file: RawFile) -> tuple[RawTable, ...]:
        """Return one table; its first row is row 1, since a header takes none."""
        if not (file.content.startswith(_MARK) and file.content.endswith(_MARK)):
            raise refusal(file.name, "The file is no Parquet table, or is cut off")
        return self.apart(read_parquet, file, mb=MAX_MB)


def read_parquet(file: RawFile) -> tuple[RawTable, ...]:
    """Return the table of a Parquet file; runs in the process apart."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    source = pq.ParquetFile(io.BytesIO(file.content))
    _demand_size(source.metadata, file)
    texts = [f.name for f in source.schema_arrow if pa.types.is_string(f.type)]
    source = pq.ParquetFile(io.BytesIO(file.content), read_dictionary=texts)
    table = source.read()
    if not table.num_rows or not table.num_columns:
        raise refusal(file.name, "The table has no rows")
    columns = distinct_names(" ".join(name.split()) for name in table.column_names)
    cells_of = [_texts(column, file.name) for column in table.columns]
    rows: list[tuple[int, tuple[str, ...]]] = []
    faults: list[Quarantined] = []
    for number, cells in enumerate(zip(*cells_of, strict=True), start=1):
        if (wrong := too_long(number, cells, columns)) is not None:
            faults.append(wrong)
        else:
            rows.append((number, cells))
    return (RawTable(columns=columns, rows=tuple(rows), faults=tuple(faults)),)


def _demand_size(metadata: Any, file: RawFile) -> None:
    """Refuse a table by what it says of itself, before any is unpacked, and hold it to that."""
    size = metadata.num_rows * metadata.num_columns
    n_bytes = demand_honest(metadata, len(file.content), file.name)
    if size > MAX_CELLS or n_bytes > MAX_BYTES:
        what = f"The table has {size} cells, more than {MAX_CELLS}, or {n_bytes} bytes"
        raise refusal(file.name, what)
    limit_memory(LEAST_MB + MB_A_MB * len(file.content) // 1_000_000 + size // CELLS_A_MB)


def _texts(column: Any, name: str) -> list[str]:
    """Return the cells of a column as text; equal texts are one object."""
    import pyarrow as pa

    parts: list[str] = []
    size = 0
    for chunk in column.chunks:
        if isinstance(chunk, pa.DictionaryArray):
            named = [text_of_typed(cell) for cell in chunk.dictionary.to_pylist()]
            found = ["" if place is None else named[place] for place in chunk.indices.to_pylist()]
        else:
            shown = float_text if pa.types.is_float32(chunk.type) else text_of_typed
            found = [shown(cell) for cell in chunk.to_pylist()]
        size += sum(map(len, found))
        if size > MAX_BYTES:
            raise refusal(name, f"A column holds more than {MAX_BYTES // 1_000_000} MB of text")
        parts += found
    return parts
