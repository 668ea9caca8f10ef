# SPDX-License-Identifier: Apache-2.0
"""Measurements, candidates and quarantine as Parquet bytes, and quarantine as CSV for people.

Equal content gives equal bytes, so that a digest names a table. Every column has a type. A table
that was written before a column was added is read with that column's default.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

import attrs
import pyarrow as pa
import pyarrow.parquet as pq

from loopwright.core.errors import DataError
from loopwright.core.values import Candidate, Measurement, Quarantined
from loopwright.data.rows import CHUNK, Rows, as_table, schema_of
from loopwright.data.text import harmless

__all__ = [
    "read_candidates",
    "write_candidates",
    "read_measurements",
    "write_measurements",
    "read_quarantine",
    "QUARANTINE_COLUMNS",
    "quarantine_csv",
    "write_quarantine",
]

_T = TypeVar("_T")
_ROWS_IN_A_GROUP = 100_000
_RETIRED = frozenset({"sd"})
"""Columns of old tables that nothing was ever written into; ``spread`` took their place."""


def write_measurements(rows: Sequence[Measurement]) -> bytes:
    """Return measurements as a Parquet file."""
    return _dumped(Measurement, rows)


def read_measurements(content: bytes) -> Sequence[Measurement]:
    """Return the measurements of a Parquet file; raise ``DataError`` if it holds others."""
    return _loaded(Measurement, content)


def write_candidates(rows: Sequence[Candidate]) -> bytes:
    """Return candidates as a Parquet file."""
    return _dumped(Candidate, rows)


def read_candidates(content: bytes) -> Sequence[Candidate]:
    """Return the candidates of a Parquet file; raise ``DataError`` if it holds others."""
    return _loaded(Candidate, content)


def write_quarantine(rows: Sequence[Quarantined]) -> bytes:
    """Return quarantined places as a Parquet file."""
    return _dumped(Quarantined, rows)


def read_quarantine(content: bytes) -> Sequence[Quarantined]:
    """Return the quarantined places of a Parquet file; raise ``DataError`` if it holds others."""
    return _loaded(Quarantined, content)


QUARANTINE_COLUMNS = (
    "file", "sheet", "row", "column", "value", "reason", "remedy", "corrected", "drop",
)  # fmt: skip
"""The last two are for a person to fill in."""


def quarantine_csv(places: Iterable[tuple[str, Quarantined]]) -> str:
    """Return quarantined places, each with its file's name, as CSV with room for corrections.

    A cell that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(QUARANTINE_COLUMNS)
    for file, q in places:
        place = [harmless(file), harmless(q.sheet), q.row]
        told = map(harmless, (q.column, q.value, q.reason, q.remedy))
        writer.writerow([*place, *told, "", ""])
    return text.getvalue()


def _late(kind: type) -> set[str]:
    """Return the columns that an old table may lack."""
    return {a.name for a in attrs.fields(kind) if a.default is not attrs.NOTHING}


def _dumped(kind: type, rows: Sequence[Any]) -> bytes:
    """Write one column per field, with every writer option stated."""
    sink = io.BytesIO()
    with pq.ParquetWriter(
        sink,
        schema_of(kind),
        version="2.6",
        compression="zstd",
        compression_level=3,
        use_dictionary=True,
        write_statistics=False,
        data_page_version="1.0",
        store_schema=False,
    ) as writer:
        for group in _groups(rows.tables() if isinstance(rows, Rows) else [as_table(kind, rows)]):
            writer.write_table(group)
    return sink.getvalue()


def _groups(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Yield the same rows in groups of one size, however they were cut; one group at least."""
    held: list[pa.Table] = []
    for table in tables:
        held.append(table)
        while sum(t.num_rows for t in held) > _ROWS_IN_A_GROUP:
            whole = pa.concat_tables(held)
            yield whole.slice(0, _ROWS_IN_A_GROUP).combine_chunks()
            held = [whole.slice(_ROWS_IN_A_GROUP)]
    yield pa.concat_tables(held).combine_chunks()


def _loaded(kind: type[_T], content: bytes) -> Sequence[_T]:
    """Read one value per row, after checking that the columns are those of the kind."""
    try:
        table = pq.read_table(io.BytesIO(content))
    except (pa.ArrowException, OSError) as ex:
        raise DataError(
            f"This is no Parquet table: {str(ex)[:120]}",
            where=kind.__name__,
            remedy="Restore the table from a verified copy.",
        ) from ex
    table = table.drop_columns([n for n in table.schema.names if n in _RETIRED])
    schema = schema_of(kind)
    late = _late(kind)
    known = [f for f in schema if f.name in table.schema.names or f.name not in late]
    if table.schema.names != [f.name for f in known] or table.schema.types != [
        f.type for f in known
    ]:
        raise DataError(
            f"The table's columns are not those of {kind.__name__}: {table.schema.names[:40]}",
            where=kind.__name__,
            remedy="Give a table that this package wrote.",
        )
    rows = Rows.of(kind, [table])
    return tuple(rows) if len(rows) < CHUNK else rows
