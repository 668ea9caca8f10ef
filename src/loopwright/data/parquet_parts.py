# SPDX-License-Identifier: Apache-2.0
"""A Parquet table one part after the other, as text; runs in the process apart.

Of a table that is larger than memory only a few rows of a few columns are unpacked at once. What
the table says of itself is judged before any of it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from loopwright.core.errors import DataError
from loopwright.data.text import MAX_CELL, demand_ratio
from loopwright.data.typed import float_text, text_of_typed

__all__ = ["ALL", "LIBRARIES", "demand_honest", "pour_parquet", "refusal"]

LIBRARIES = ("pyarrow.parquet",)
"""What the process apart loads before its memory is limited."""

ALL = "all"
"""Asks for every column."""

BATCH_ROWS = 10_000
BATCH_CELLS = 200_000
"""What is unpacked at once, whichever comes first."""

PART_CHARS = 8_000_000
"""Text that is handed over at once, unless one row has more."""

BUFFER = 1_000_000

SMALL_CELLS = 1_000_000
MOST_CELLS_A_BYTE = 20
"""Cells of a table that is not small, for each byte of its file."""

MAX_GROUPS = 10_000


def pour_parquet(path: Path, places: str) -> Iterator[dict[str, Any]]:
    """Yield the names of all columns, then rows after rows.

    Rows come as ``n``, how many; ``cells``, one list of texts for each column asked for; and
    ``long``, those with a cell above ``MAX_CELL`` characters, of which no more are handed over.

    Args:
        path: The file.
        places: Of the columns, counted from 0, with commas between them; or ``ALL``.

    Raises:
        DataError: It is packed as no honest table is.
    """
    import pyarrow.parquet as pq

    # Read ahead, Arrow would keep all that it has read until the end of the file.
    source = pq.ParquetFile(path, buffer_size=BUFFER, pre_buffer=False)
    demand_honest(source.metadata, path.stat().st_size, path.name)
    names = source.schema_arrow.names
    yield {"columns": names}
    wanted = list(range(len(names))) if places == ALL else [int(p) for p in places.split(",") if p]
    asked = [names[place] for place in wanted]
    if len(set(names)) < len(names):
        asked = names
    rows = max(1, min(BATCH_ROWS, BATCH_CELLS // max(1, len(asked))))
    for batch in source.iter_batches(batch_size=rows, columns=asked, use_threads=False):
        found = [batch.column(p if asked is names else names[p]) for p in wanted]
        yield from _parts([_texts(column) for column in found], batch.num_rows)


def demand_honest(metadata: Any, n_packed: int, name: str) -> int:
    """Return how many bytes a table unpacks to, by what it says of itself.

    Args:
        metadata: Of the file, as Arrow reads it.
        n_packed: Bytes of the file.
        name: Of the file.

    Raises:
        DataError: It is a bomb, or as good as blank.
    """
    groups = [metadata.row_group(i) for i in range(min(metadata.num_row_groups, MAX_GROUPS + 1))]
    if len(groups) > MAX_GROUPS:
        raise refusal(name, f"The table has more than {MAX_GROUPS} groups of rows")
    n_bytes = sum(g.total_byte_size for g in groups)
    demand_ratio(n_bytes, n_packed, name)
    size = metadata.num_rows * metadata.num_columns
    if size > SMALL_CELLS and size > MOST_CELLS_A_BYTE * n_packed:
        what = f"The table packs {size} cells into {n_packed} bytes: the same over again"
        raise refusal(name, what)
    return int(n_bytes)


def refusal(name: str, what: str) -> DataError:
    """Return the refusal of a table."""
    return DataError(what, where=name, remedy="Write the table again, or export it as CSV.")


def _texts(column: Any) -> list[str]:
    import pyarrow as pa

    shown = float_text if pa.types.is_float32(column.type) else text_of_typed
    return [shown(cell) for cell in column.to_pylist()]


def _parts(columns: Sequence[list[str]], n_rows: int) -> Iterator[dict[str, Any]]:
    """Yield rows in parts of bounded size."""
    long: set[int] = set()
    for cells in columns:
        if max(map(len, cells), default=0) > MAX_CELL:
            long |= {row for row, cell in enumerate(cells) if len(cell) > MAX_CELL}
            cells[:] = [cell[:MAX_CELL] for cell in cells]
    size = sum(sum(map(len, cells)) for cells in columns)
    step = max(1, n_rows * PART_CHARS // size) if size > PART_CHARS else n_rows
    for start in range(0, n_rows, max(1, step)):
        stop = min(start + step, n_rows)
        yield {
            "n": stop - start,
            "cells": [cells[start:stop] for cells in columns],
            "long": sorted(row - start for row in long if start <= row < stop),
        }
