# SPDX-License-Identifier: Apache-2.0
"""The rows of a large file one after the other: never the whole of it in memory, none left out.

A row is what the file has between two line ends (or two ``$$$$``), whatever it holds: one that
cannot be cut into cells is a row with a problem. Cells are what the file says, letter for letter.
Nothing is guessed here, neither titles above a table nor totals below it.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from itertools import islice, repeat
from pathlib import Path
from typing import IO, Literal, TypeAlias, cast

from attrs import frozen

from loopwright.core.errors import DataError
from loopwright.core.values import Quarantined, RawTable
from loopwright.data.apart import pour_apart
from loopwright.data.header import has_no_header, is_header, numbered
from loopwright.data.parquet_parts import ALL, pour_parquet
from loopwright.data.sdf_records import chunks, fields_of, record
from loopwright.data.separated import MAX_LINES_IN_A_ROW, OPEN_MARK, sniffed
from loopwright.data.separated import record as cut
from loopwright.data.smiles_lines import cells_of, header_of
from loopwright.data.text import MAX_CELL, MAX_ROW, head_of, western

__all__ = ["Row", "Stream", "StreamFormat", "format_of", "open_stream", "save_as_csv"]

StreamFormat: TypeAlias = Literal["csv", "smi", "sdf", "parquet", "other"]
ENDINGS: dict[str, StreamFormat] = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".smi": "smi", ".smiles": "smi", ".ism": "smi",
    ".sdf": "sdf", ".sd": "sdf", ".mol": "sdf", ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip
HEAD = 200_000
LONG = f"a cell holds more than {MAX_CELL} characters"
_GZIP = b"\x1f\x8b"


@frozen(kw_only=True)
class Row:
    """One row of a file."""

    cells: tuple[str, ...]
    """One for each column of the stream."""

    problem: str = ""
    """Why it could not be cut into cells; blank if it could."""


Rows: TypeAlias = Generator[Row, None, None]
"""Whoever stops early closes it."""


@frozen(kw_only=True, eq=False)
class Stream:
    """A file that can be read row by row, as often as needed."""

    columns: tuple[str, ...]
    """As the file names them; not necessarily distinct."""

    structure: int | None
    """Place of the structure where the format tells it."""

    open_rows: Callable[[], Rows]
    """Starts again at the first row."""

    first_row: int = 1
    """Number of the first row, as a person counts them in the file."""

    open_columns: Callable[[Sequence[int]], Rows] | None = None
    """Rows of the columns at some places; None where that spares no reading."""

    def head(self, n: int) -> RawTable:
        """Return the first rows as a table."""
        with closing(self.open_rows()) as found:
            rows = enumerate(islice(found, n), start=self.first_row)
            return RawTable(columns=self.columns, rows=tuple((i, row.cells) for i, row in rows))

    def rows_of(self, places: Sequence[int]) -> Rows:
        """Yield all rows, each with the cells at some places, in the order asked for."""
        if self.open_columns is not None:
            return self.open_columns(places)
        return (
            Row(cells=tuple(row.cells[p] for p in places), problem=row.problem)
            for row in self.open_rows()
        )


def format_of(path: Path, name: str) -> StreamFormat:
    """Return how a file is read row by row, by its ending, else by its first lines.

    Args:
        path: Where it lies.
        name: What its owner calls it; blank if nobody does, as on standard input.
    """
    plain = name.lower().removesuffix(".gz")
    ending = next((f for e, f in ENDINGS.items() if plain.endswith(e)), None)
    if ending:
        return ending
    if "." in Path(plain).name:
        return "other"
    with path.open("rb") as file:
        content = file.read(HEAD)
    if content.startswith(b"PAR1"):
        return "parquet"
    if content.startswith(b"PK\x03\x04"):
        return "other"
    lines = head_of(content, HEAD).splitlines()
    if len(lines) > 3 and ("V2000" in lines[3] or "V3000" in lines[3]):
        return "sdf"
    first = lines[0] if lines else ""
    is_cut = any(d in first for d in ",;") and "|" not in first
    is_named = bool(header_of(first)[0]) and ("\t" in first or " " not in first)
    is_table = "\t" in first and is_header(first.split("\t"))
    return "csv" if is_cut or is_named or is_table else "smi"


def open_stream(path: Path, kind: StreamFormat) -> Stream:
    """Return the rows of a file.

    Args:
        path: Separated text, SMILES lines or SDF, perhaps packed by gzip; or a Parquet table.
        kind: Which of them.

    Raises:
        DataError: It cannot be read, or has no header.
    """
    openers = {"csv": _open_csv, "smi": _open_smi, "sdf": _open_sdf, "parquet": _open_parquet}
    return openers[kind](path)


def save_as_csv(table: RawTable, path: Path) -> None:
    """Write a table that a reader made, so that it can be read row by row.

    What the reader could not read as a row is a row with its text in the first cell.
    """
    rows = [*table.rows, *((q.row, (q.value,)) for q in table.faults)]
    with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table.columns)
        for _, cells in sorted(rows, key=lambda r: r[0]):
            writer.writerow([*cells, *[""] * (len(table.columns) - len(cells))])


# ---- lines
def _open_text(path: Path) -> IO[str]:
    """Open a text in its own encoding; bytes that are no UTF-8 come escaped."""
    try:
        with path.open("rb") as raw:
            is_packed = raw.read(2) == _GZIP
        source = cast("IO[bytes]", gzip.GzipFile(path)) if is_packed else path.open("rb")
    except OSError as ex:
        raise DataError(
            f"The file cannot be read: {ex.strerror}", where=str(path), remedy="Check the path."
        ) from ex
    start = source.read(4)
    source.seek(0)
    wide = start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return io.TextIOWrapper(
        source, encoding="utf-16" if wide else "utf-8-sig", errors="surrogateescape"
    )


def _lines(path: Path) -> Iterator[str]:
    """Yield the lines without their ends; of one without end, the beginning."""
    with _open_text(path) as file:
        try:
            while line := file.readline(MAX_ROW + 1):
                text = line.rstrip("\n")
                while line and not line.endswith("\n"):
                    line = file.readline(MAX_ROW + 1)
                yield western(text)
        except (OSError, EOFError, UnicodeError) as ex:
            raise DataError(
                "The file is damaged, or its text is in no known encoding",
                where=path.name,
                remedy="Copy or export the file again, as UTF-8.",
            ) from ex


def _without_end(lines: Iterator[str]) -> Iterator[str]:
    """Yield lines up to the last that says something; blank ones between stay."""
    blank = 0
    for line in lines:
        if not line.strip():
            blank += 1
            continue
        yield from [""] * blank
        blank = 0
        yield line


# ---- separated text
def _open_csv(path: Path) -> Stream:
    head = list(islice(_without_end(_lines(path)), 1_000))
    skipped = next((i for i, line in enumerate(head) if line.strip()), len(head))
    is_told = head[skipped : skipped + 1] and head[skipped].strip().lower().startswith("sep=")
    if is_told and len(head[skipped].strip()) == 5:
        delimiter, skipped = head[skipped].strip()[4], skipped + 1
    else:
        delimiter = sniffed(head[skipped:])
    if delimiter not in "".join(head[skipped : skipped + 1]).strip():
        delimiter = ","  # what the header does not hold parts no columns
    columns, n_lines = _header(head[skipped:], delimiter, path)
    first = skipped + n_lines

    def rows() -> Rows:
        lines = islice(_without_end(_lines(path)), first, None)
        return (_fitted(cells, columns, delimiter) for cells in _cut_lines(lines, delimiter))

    n_above = skipped + (n_lines > 0)
    return Stream(columns=columns, structure=None, open_rows=rows, first_row=n_above + 1)


def _header(lines: Sequence[str], delimiter: str, path: Path) -> tuple[tuple[str, ...], int]:
    """Return the names of the columns and how many lines they take; numbers where none are."""
    if not lines:
        raise _empty(path)
    filled = [c for c in _cut_lines(iter(lines), delimiter) if isinstance(c, list) and any(c)]
    if has_no_header(filled):
        return tuple(numbered(max(map(len, filled)))), 0
    first, n_lines = cut(lines, 0, delimiter)
    if first is None:
        raise DataError(
            "The first row cannot be read as a header",
            where=path.name,
            remedy="Put one row of column names on top of the table.",
        )
    return tuple(first), n_lines


def _empty(path: Path) -> DataError:
    return DataError(
        "The file is empty", where=path.name, remedy="Give a file with at least one structure."
    )


def _cut_lines(lines: Iterator[str], delimiter: str) -> Iterator[list[str] | str]:
    """Yield the cells of each row, or the line that could not be cut."""
    ahead: list[str] = []
    while True:
        if not ahead:
            ahead = list(islice(lines, 1))
        if not ahead:
            return
        if '"' in ahead[0]:
            ahead += islice(lines, MAX_LINES_IN_A_ROW - len(ahead))
        cells, n_lines = cut(ahead, 0, delimiter)
        yield ahead[0] if cells is None else cells
        del ahead[:n_lines]


def _fitted(cells: list[str] | str, columns: Sequence[str], delimiter: str) -> Row:
    """Return a row as wide as its header; what is too wide or too long has a problem."""
    n = len(columns)
    if isinstance(cells, str):
        return Row(cells=(cells, *[""] * (n - 1)), problem=OPEN_MARK)
    if len(cells) > n:
        kept = (*cells[: n - 1], delimiter.join(cells[n - 1 :]))
        return Row(cells=kept, problem=f"the row has {len(cells)} cells, its header {n}")
    row = (*cells, *[""] * (n - len(cells)))
    if max(map(len, row), default=0) > MAX_CELL:
        return Row(cells=row, problem=LONG)
    return Row(cells=row)


# ---- SMILES lines
def _open_smi(path: Path) -> Stream:
    first = next((line for line in _without_end(_lines(path)) if line.strip()), "")
    if not first:
        raise _empty(path)
    named, mark = header_of(first)
    columns = named or ("smiles", "name")

    def rows() -> Rows:
        lines = _without_end(_lines(path))
        if named:
            lines = islice(lines, 1, None)
        return (_smi_row(line, len(columns), mark) for line in lines)

    first_row = 2 if named else 1
    return Stream(columns=columns, structure=0, open_rows=rows, first_row=first_row)


def _smi_row(line: str, width: int, mark: str) -> Row:
    blank = [""] * (width - 1)
    if len(line) > MAX_CELL:
        return Row(cells=(line, *blank), problem=f"the line holds over {MAX_CELL} characters")
    if line.startswith("#"):
        return Row(cells=(line, *blank), problem="a comment line, not a structure")
    return Row(cells=cells_of(line, width, mark))


# ---- SDF
def _open_sdf(path: Path) -> Stream:
    """Read twice: the names of the fields first."""
    names: dict[str, None] = {}
    n_records = 0
    for _, lines in chunks(_lines(path)):
        n_records += 1
        names |= dict.fromkeys(_fields(lines))
    if not n_records:
        raise _empty(path)

    def rows() -> Rows:
        return (_sdf_row(n, lines, tuple(names)) for n, lines in chunks(_lines(path)))

    return Stream(columns=("structure", "title", *names), structure=0, open_rows=rows)


def _sdf_row(number: int, lines: list[str], names: Sequence[str]) -> Row:
    found, fields = record(number, lines), _fields(lines)
    title = lines[0].strip() if lines else ""
    rest = (title, *(fields.get(n, "") for n in names))
    if isinstance(found, Quarantined):
        return Row(cells=("", *rest), problem=found.reason)
    return Row(cells=(found.molblock, *rest))


def _fields(lines: Sequence[str]) -> dict[str, str]:
    end = next((i for i, line in enumerate(lines) if line.rstrip() == "M  END"), -1)
    return fields_of(lines[end + 1 :])


# ---- Parquet
def _open_parquet(path: Path) -> Stream:
    """Let a process apart read it, a few rows at once, and only the columns asked for."""
    with closing(pour_apart(pour_parquet, path, ALL)) as parts:
        columns = tuple(next(parts)["columns"])

    def rows() -> Rows:
        return _poured(path, ALL)

    def of_columns(places: Sequence[int]) -> Rows:
        return _poured(path, ",".join(map(str, places)))

    return Stream(columns=columns, structure=None, open_rows=rows, open_columns=of_columns)


def _poured(path: Path, places: str) -> Rows:
    with closing(pour_apart(pour_parquet, path, places)) as parts:
        for part in islice(parts, 1, None):
            long = frozenset(part["long"])
            cells = zip(*part["cells"], strict=True) if part["cells"] else repeat((), part["n"])
            for place, row in enumerate(cells):
                yield Row(cells=row, problem=LONG if place in long else "")
