# SPDX-License-Identifier: Apache-2.0
"""Writes a Parquet table as CSV, some rows at a time, as a program of its own.

A foreign binary format is read in no process that has anything to lose; memory does not grow with
the table.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from loopwright.data.typed import float_text, text_of_typed

__all__ = ["unroll"]

BATCH_ROWS = 10_000


def unroll(source: Path, made: Path) -> None:
    """Write every row of a Parquet file, under the names of its columns."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.ParquetFile(source)
    kinds = [f.type for f in table.schema_arrow]
    texts = [float_text if pa.types.is_float32(kind) else text_of_typed for kind in kinds]
    with made.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table.schema_arrow.names)
        for batch in table.iter_batches(batch_size=BATCH_ROWS):
            columns = [
                map(text, column.to_pylist())
                for text, column in zip(texts, batch.columns, strict=True)
            ]
            writer.writerows(zip(*columns, strict=True))


if __name__ == "__main__":
    unroll(Path(sys.argv[1]), Path(sys.argv[2]))
