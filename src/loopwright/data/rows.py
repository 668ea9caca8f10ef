# SPDX-License-Identifier: Apache-2.0
"""Many values of one kind as packed columns: a million measurements in the space of a few objects.

``Rows`` and ``Lines`` read like a tuple; ``Pile`` and ``packed`` make them. Knows no file and no
measurement.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from operator import attrgetter
from typing import Any, Generic, TypeAlias, TypeVar, overload

import attrs
import numpy as np
import numpy.typing as npt
import pyarrow as pa

__all__ = [
    "CHUNK", "Line", "Lines", "Pile", "Rows", "as_table", "column_of", "fields_of", "packed",
    "schema_of", "texts", "with_other",
]  # fmt: skip

_T = TypeVar("_T")

CHUNK = 10_000
"""Values that a pile keeps as objects before it packs them."""

Line: TypeAlias = "tuple[int, tuple[str, ...]]"
"""Row number and cells."""

_PACKED = pa.ipc.IpcWriteOptions(compression=pa.Codec("zstd", compression_level=1))

_TYPES: Mapping[str, Any] = {
    "float": pa.float64(),
    "float | None": pa.float64(),
    "int": pa.int64(),
    "int | None": pa.int64(),
}


def schema_of(kind: type) -> pa.Schema:
    """Return one column for each field of a kind: floats, integers, and text for the rest."""
    written = {a.name: _annotation(a.type) for a in attrs.fields(kind)}
    return pa.schema(
        [
            pa.field(name, _TYPES.get(said, pa.string()), nullable="None" in said)
            for name, said in written.items()
        ]
    )


def _annotation(said: object) -> str:
    """Return a field's type as the code writes it; ``cattrs`` puts the class in its place."""
    return said.__name__ if isinstance(said, type) else str(said)


def as_table(kind: type, rows: Iterable[Any]) -> pa.Table:
    """Return values as columns; a lone surrogate, which no UTF-8 can hold, becomes ``?``."""
    schema, held = schema_of(kind), list(rows)
    columns = [_column(list(map(attrgetter(f.name), held)), f.type) for f in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def _column(cells: list[Any], kind: pa.DataType) -> pa.Array:
    try:
        return pa.array(cells, type=kind)
    except UnicodeEncodeError:
        return pa.array([c.encode("utf-8", "replace").decode() for c in cells], type=kind)


def texts(cells: list[str]) -> pa.Array:
    """Return texts as a column; a lone surrogate becomes ``?``."""
    return _column(cells, pa.string())


# ---- what all of them share
def _pack(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=_PACKED) as stream:
        stream.write_table(table)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _unpack(content: bytes, columns: Sequence[str] = ()) -> pa.Table:
    """Return a packed table, or those of its columns."""
    if not columns:
        return pa.ipc.open_stream(content).read_all()
    names = pa.ipc.open_stream(content).schema.names
    options = pa.ipc.IpcReadOptions(included_fields=[names.index(c) for c in columns])
    return pa.ipc.open_stream(content, options=options).read_all()


class _Chunked(Sequence[_T], Generic[_T]):
    """An immutable sequence in chunks of ``CHUNK`` values, the last one shorter."""

    def __init__(self, sizes: Iterable[int]) -> None:
        self._ends: npt.NDArray[np.int64] = np.cumsum([0, *sizes])

    @abstractmethod
    def _chunk(self, number: int) -> Iterable[_T]:
        """Return the values of one chunk."""

    def __len__(self) -> int:
        return int(self._ends[-1])

    def __iter__(self) -> Iterator[_T]:
        for number in range(len(self._ends) - 1):
            yield from self._chunk(number)

    @overload
    def __getitem__(self, place: int) -> _T: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[_T]: ...
    def __getitem__(self, place: int | slice) -> _T | Sequence[_T]:
        if isinstance(place, slice):
            start, stop, step = place.indices(len(self))
            if 0 <= start <= stop and step > 0:
                return tuple(islice(self, start, stop, step))
            return tuple(self)[place]
        at = range(len(self))[place]
        number = int(np.searchsorted(self._ends, at, side="right")) - 1
        return next(islice(self._chunk(number), at - int(self._ends[number]), None))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, str):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]


# ---- values with fields
class Rows(_Chunked[_T]):
    """An immutable sequence of values of one kind, packed; equal to a tuple of them."""

    def __init__(self, kind: type[_T], chunks: Iterable[tuple[int, bytes]]) -> None:
        self.kind = kind
        self._packed = tuple(chunks)
        super().__init__(n for n, _ in self._packed)

    @staticmethod
    def of(kind: type[_T], tables: Iterable[pa.Table]) -> Rows[_T]:
        """Return tables of one column a field; a field that they lack takes its default."""
        parts = (t.slice(at, CHUNK) for t in tables for at in range(0, t.num_rows, CHUNK))
        return Rows(kind, [(part.num_rows, _pack(part)) for part in parts])

    @staticmethod
    def join(kind: type[_T], parts: Iterable[Sequence[_T]]) -> Rows[_T]:
        """Return the values of all parts behind each other."""
        all_rows = [p if isinstance(p, Rows) else Rows.of(kind, [as_table(kind, p)]) for p in parts]
        return Rows(kind, [chunk for rows in all_rows for chunk in rows._packed])

    def tables(self, *columns: str) -> Iterator[pa.Table]:
        """Yield all columns, or those asked for, chunk by chunk."""
        for _, content in self._packed:
            yield _unpack(content, columns)

    def column(self, name: str) -> pa.Array:
        """Return one field of all values."""
        parts = [part for table in self.tables(name) for part in table.column(0).chunks]
        return pa.chunked_array(parts, schema_of(self.kind).field(name).type).combine_chunks()

    def with_other(self, others: Mapping[int, _T]) -> Rows[_T]:
        """Return the same with other values at some places."""
        chunks = list(self._packed)
        places = np.array(sorted(others), np.int64)
        numbers = np.searchsorted(self._ends, places, side="right") - 1
        for number in np.unique(numbers).tolist():
            held, start = list(self._chunk(number)), int(self._ends[number])
            for place in places[numbers == number].tolist():
                held[place - start] = others[place]
            chunks[number] = (len(held), _pack(as_table(self.kind, held)))
        return Rows(self.kind, chunks)

    def _chunk(self, number: int) -> Iterator[_T]:
        table = _unpack(self._packed[number][1])
        names = table.schema.names
        columns = [column.to_pylist() for column in table.columns]
        return (
            self.kind(**dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True)
        )

    def __repr__(self) -> str:
        return f"Rows({self.kind.__name__}, n={len(self)})"


class Pile(Generic[_T]):
    """Values of one kind that come one by one; a small pile stays a tuple."""

    def __init__(self, kind: type[_T]) -> None:
        self._kind = kind
        self._packed: list[Rows[_T]] = []
        self._loose: list[_T] = []

    def append(self, row: _T) -> None:
        """Put one value on top."""
        self._loose.append(row)
        if len(self._loose) >= CHUNK:
            self._packed.append(Rows.of(self._kind, [as_table(self._kind, self._loose)]))
            self._loose.clear()

    def done(self) -> Sequence[_T]:
        """Return all values in the order in which they came."""
        if not self._packed:
            return tuple(self._loose)
        return Rows.join(self._kind, [*self._packed, tuple(self._loose)])

    @staticmethod
    def join(kind: type[_T], parts: Sequence[Sequence[_T]]) -> Sequence[_T]:
        """Return the values of all parts behind each other."""
        if all(isinstance(part, tuple) for part in parts):
            return tuple(row for part in parts for row in part)
        return Rows.join(kind, parts)


def column_of(kind: type[_T], rows: Sequence[_T], name: str) -> pa.Array:
    """Return one field of all values, packed or not."""
    if isinstance(rows, Rows):
        return rows.column(name)
    return _column(list(map(attrgetter(name), rows)), schema_of(kind).field(name).type)


def with_other(rows: Sequence[_T], others: Mapping[int, _T]) -> Sequence[_T]:
    """Return the same values with others at some places."""
    if isinstance(rows, Rows):
        return rows.with_other(others)
    return tuple(others.get(place, row) for place, row in enumerate(rows))


def fields_of(rows: Iterable[_T], *names: str) -> Iterator[tuple[Any, ...]]:
    """Yield these fields of each value; of packed ones without building the values."""
    if not isinstance(rows, Rows):
        yield from map(attrgetter(*names), rows)
        return
    for table in rows.tables(*names):
        columns = [table.column(name).to_pylist() for name in names]
        yield from zip(*columns, strict=True)


# ---- lines of text
class Lines(_Chunked[Line]):
    """The rows of a large table, packed; equal to a tuple of them."""

    def __init__(self, chunks: Sequence[tuple[int, bytes | tuple[Line, ...]]]) -> None:
        self._packed = tuple(chunks)
        super().__init__(n for n, _ in self._packed)

    def _chunk(self, number: int) -> Iterator[Line]:
        content = self._packed[number][1]
        if isinstance(content, tuple):
            return iter(content)
        numbers, *columns = (column.to_pylist() for column in _unpack(content).columns)
        return zip(numbers, zip(*columns, strict=True), strict=True)

    def __repr__(self) -> str:
        return f"Lines(n={len(self)})"


def packed(lines: Iterable[Line]) -> Sequence[Line]:
    """Return lines as a tuple, or packed if they are many; every cell letter for letter."""
    rest = iter(lines)
    parts = iter(lambda: tuple(islice(rest, CHUNK)), ())
    first = next(parts, ())
    if len(first) < CHUNK:
        return first
    return Lines([_packed_lines(part) for part in (first, *parts)])


def _packed_lines(part: tuple[Line, ...]) -> tuple[int, bytes | tuple[Line, ...]]:
    """Return lines as packed columns; as they are where no table of UTF-8 can hold them."""
    try:
        columns = [
            pa.array(column, pa.string()) for column in zip(*(c for _, c in part), strict=True)
        ]
    except (UnicodeEncodeError, ValueError):
        return len(part), part
    if not columns:
        return len(part), part
    arrays = [pa.array([n for n, _ in part], pa.int64()), *columns]
    return len(part), _pack(pa.Table.from_arrays(arrays, [str(i) for i in range(len(arrays))]))
