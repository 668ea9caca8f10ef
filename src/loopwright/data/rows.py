# SPDX-License-Identifier: Apache-2.0
"""Many values of one kind as columns: a million measurements in the space of a few objects.

``Rows`` reads like a tuple; ``Pile`` is how one is made. Knows no file and no measurement.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, Generic, TypeVar, overload

import attrs
import pyarrow as pa

__all__ = ["CHUNK", "Pile", "Rows", "as_table", "schema_of"]

_T = TypeVar("_T")

CHUNK = 10_000
"""Values that a pile keeps as objects before it turns them into columns."""

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


class Rows(Sequence[_T], Generic[_T]):
    """An immutable sequence of values of one kind, kept as columns; equal to a tuple of them."""

    def __init__(self, kind: type[_T], chunks: Sequence[pa.Table]) -> None:
        self.kind = kind
        self.chunks = tuple(chunks)
        self._n: int = sum(c.num_rows for c in self.chunks)

    def __len__(self) -> int:
        return self._n

    def __iter__(self) -> Iterator[_T]:
        for chunk in self.chunks:
            for start in range(0, chunk.num_rows, CHUNK):
                yield from _built(self.kind, chunk.slice(start, CHUNK))

    @overload
    def __getitem__(self, place: int) -> _T: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[_T]: ...
    def __getitem__(self, place: int | slice) -> _T | Sequence[_T]:
        if isinstance(place, slice):
            return tuple(self)[place]
        left = range(self._n)[place]
        for chunk in self.chunks:
            if left < chunk.num_rows:
                return next(_built(self.kind, chunk.slice(left, 1)))
            left -= chunk.num_rows
        raise AssertionError("the place was checked above")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, str):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Rows({self.kind.__name__}, n={self._n})"


def _built(kind: type[_T], table: pa.Table) -> Iterator[_T]:
    """Yield one value for each row; columns that a table lacks take the field's default."""
    names = table.schema.names
    columns = [column.to_pylist() for column in table.columns]
    return (kind(**dict(zip(names, cells, strict=True))) for cells in zip(*columns, strict=True))


class Pile(Generic[_T]):
    """Values of one kind that come one by one; a small pile stays a tuple."""

    def __init__(self, kind: type[_T]) -> None:
        self._kind = kind
        self._chunks: list[pa.Table] = []
        self._loose: list[_T] = []

    def append(self, row: _T) -> None:
        """Put one value on top."""
        self._loose.append(row)
        if len(self._loose) >= CHUNK:
            self._chunks.append(as_table(self._kind, self._loose))
            self._loose.clear()

    def done(self) -> Sequence[_T]:
        """Return all values in the order in which they came."""
        if not self._chunks:
            return tuple(self._loose)
        return Rows(self._kind, [*self._chunks, as_table(self._kind, self._loose)])

    @staticmethod
    def join(kind: type[_T], parts: Sequence[Sequence[_T]]) -> Sequence[_T]:
        """Return the values of all parts behind each other."""
        if all(isinstance(part, tuple) for part in parts):
            return tuple(row for part in parts for row in part)
        chunks: list[pa.Table] = []
        for part in parts:
            chunks += part.chunks if isinstance(part, Rows) else [as_table(kind, part)]
        return Rows(kind, chunks)
