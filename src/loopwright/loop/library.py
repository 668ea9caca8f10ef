# SPDX-License-Identifier: Apache-2.0
"""A pool that is too large to be held: it is read twice, row by row.

The first reading looks at every structure and keeps one number of it for each goal; the second
takes out the rows that are worth a close look. From there on they are a table like any other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import islice

import numpy as np
from attrs import frozen

from loopwright.core.errors import DataError
from loopwright.core.values import Quarantined, RawTable
from loopwright.data.mapping import ColumnMapping
from loopwright.data.streams import Stream
from loopwright.data.text import distinct_names, fault
from loopwright.data.where import Where
from loopwright.data.whose import structure_of
from loopwright.loop.first_look import Look, Looker
from loopwright.loop.pool import Sifted
from loopwright.loop.tabling import SAMPLE_ROWS, demand_column

__all__ = ["Library", "sift_library"]

BLOCK = 100_000
"""Texts that are held at once."""

LISTED = 1_000
"""Rows that are listed of each reason to leave one out; the others are counted."""

CLOSELY = 10_000
"""Rows that are read in full of those of which nothing could be counted."""

BLANK = f"no structure that can be read, at a first look, as of {CLOSELY} rows above it"


@frozen(kw_only=True, eq=False)
class Library:
    """A file of candidates that is read row by row, as often as needed."""

    name: str
    sha256: str
    stream: Stream

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns as a table would name them."""
        return distinct_names(" ".join(name.split()) for name in self.stream.columns)

    def head(self) -> RawTable:
        """Return the first rows, from which the columns are guessed."""
        return RawTable(columns=self.columns, rows=self.stream.head(SAMPLE_ROWS).rows)


@frozen(kw_only=True)
class _Line:
    """A row of some columns."""

    number: int
    """As a person counts it in the file."""

    cells: Mapping[str, str]
    problem: str
    """Why it could not be cut into cells; blank if it could."""

    barred: Quarantined | None
    """Which condition it does not meet, if any."""


def sift_library(
    library: Library,
    mapping: ColumnMapping,
    where: Sequence[Where],
    looker: Looker,
    *,
    beside: Iterable[str] = (),
) -> Sifted:
    """Return the rows of a library that are worth a close look, as a table.

    Args:
        library: One candidate a row.
        mapping: What its columns mean.
        where: What columns must say.
        looker: Looks over all rows.
        beside: Columns that the table has beside those of the mapping.

    Raises:
        DataError: There is no such column, or the file is damaged or changes while it is read.
    """
    head = library.head()
    for condition in where:
        demand_column(head, condition.column, "--where")
    where = [c.seen_in(cells[c.column] for _, cells in head) for c in where]
    asked = [mapping.structure, *(condition.column for condition in where)]
    lines = _lines(library, list(dict.fromkeys(asked)), where)
    look = looker.over(_texts(lines, mapping))
    kept = filter(None, (mapping.structure, mapping.name, *beside))
    columns = list(dict.fromkeys(kept))
    asked = list(dict.fromkeys([*columns, *asked]))
    return _taken(library.name, look, _lines(library, asked, where), columns)


def _lines(library: Library, columns: Sequence[str], where: Sequence[Where]) -> Iterator[_Line]:
    """Yield every row of the file."""
    places = [library.columns.index(column) for column in columns]
    with closing(library.stream.rows_of(places)) as rows:
        for number, row in enumerate(rows, start=library.stream.first_row):
            cells = dict(zip(columns, row.cells, strict=True))
            unmet = (condition.unmet(number, cells) for condition in where)
            barred = None if row.problem else next((q for q in unmet if q is not None), None)
            yield _Line(number=number, cells=cells, problem=row.problem, barred=barred)


def _texts(lines: Iterator[_Line], mapping: ColumnMapping) -> Iterator[list[str]]:
    """Yield the structures of rows that are offered, block by block."""
    texts = (structure_of(mapping, x.cells) for x in lines if not x.problem and x.barred is None)
    return iter(lambda: list(islice(texts, BLOCK)), [])


def _taken(name: str, look: Look, lines: Iterator[_Line], columns: Sequence[str]) -> Sifted:
    """Return the rows that a look has found, with these columns."""
    wanted = frozenset(np.union1d(look.kept, look.blank[:CLOSELY]).tolist())
    faults, barred = _Listed(), _Listed()
    rows: list[tuple[int, tuple[str, ...]]] = []
    n = 0
    for line in lines:
        if line.problem:
            text = next(iter(line.cells.values()))
            faults.add(fault(line.number, text, line.problem, "Correct the row."))
        elif line.barred is not None:
            barred.add(line.barred)
        else:
            if n in wanted:
                rows.append((line.number, tuple(line.cells[c] for c in columns)))
            n += 1
    if n != look.n:
        raise DataError(
            "The file changed while it was read", where=name, remedy="Give it again, left alone."
        )
    n_blank = max(0, len(look.blank) - CLOSELY)
    unlisted = faults.unlisted() + barred.unlisted() + Counter({BLANK: n_blank})
    return Sifted(
        table=RawTable(columns=tuple(columns), rows=tuple(rows), faults=tuple(faults.first)),
        barred=tuple(barred.first),
        unlisted=unlisted,
        n_passed_over=n - len(rows) - n_blank,
    )


class _Listed:
    """Rows that are left out: the first of each reason, and how many there are."""

    def __init__(self) -> None:
        self.first: list[Quarantined] = []
        self._n: Counter[str] = Counter()

    def add(self, why: Quarantined) -> None:
        """Count a row, and list it if it is among the first."""
        self._n[why.reason] += 1
        if self._n[why.reason] <= LISTED:
            self.first.append(why)

    def unlisted(self) -> Counter[str]:
        """Return how many rows of each reason are not listed."""
        return Counter({why: n - LISTED for why, n in self._n.items() if n > LISTED})
