# SPDX-License-Identifier: Apache-2.0
"""Reads FASTA files as text; whether a sequence is a protein is for the modality to say.

Where most records are a heavy or a light chain by their names, and each has one partner of the same
name, two records are one row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from attrs import frozen

from loopwright.core.errors import DataError
from loopwright.core.values import Quarantined, RawFile, RawTable
from loopwright.data.rows import packed
from loopwright.data.text import MAX_CELL, fault, head_of, lines_of, text_of
from loopwright.science.chained import PAIR, chain_named, without_chain

__all__ = ["FastaReader"]

COLUMNS = ("sequence", "name", "description")
PAIRED = ("heavy", "light", "name", "description")
HEAD_BYTES = 4_000
SAMPLE = 200
"""Records by which it is told whether a file holds chains of antibodies."""

_Row: TypeAlias = tuple[int, tuple[str, ...]]

LETTERS = frozenset("ABCDEFGHIKLMNPQRSTVWXYZUOJabcdefghiklmnpqrstvwxyzuoj*-")
"""What a line behind a header holds and nothing else."""


@frozen(kw_only=True)
class FastaReader:
    """The reader of FASTA files."""

    suffixes: tuple[str, ...] = (".fasta", ".fa", ".faa", ".fas", ".fasta.gz", ".fa.gz")

    def claims(self, file: RawFile) -> float:
        """Return 1 where a header stands before letters, one half where the ending says so."""
        lines = [
            line.strip() for line in head_of(file.content, HEAD_BYTES).lstrip("\ufeff").splitlines()
        ]
        first = [line for line in lines if line and not line.startswith(";")][:2]
        if len(first) == 2 and first[0].startswith(">") and LETTERS.issuperset(first[1]):
            return 1.0
        return 0.5 if file.name.lower().endswith(self.suffixes) else 0.0

    def read(self, file: RawFile) -> tuple[RawTable, ...]:
        """Return a row for each record; it counts as the line of its header."""
        rows: list[tuple[int, tuple[str, ...]]] = []
        faults: list[Quarantined] = []
        for number, header, sequence in _records(text_of(file).lstrip("\ufeff")):
            name, _, rest = header.strip().partition(" ")
            if header and sequence and max(len(header), len(sequence)) <= MAX_CELL:
                rows.append((number, (sequence, name, rest.strip())))
            else:
                faults.append(_fault(number, header, sequence))
        if not rows:
            raise DataError(
                "The file has no record", where=file.name,
                remedy="Give a header behind `>` and the sequence on the lines below it.",
            )  # fmt: skip
        if pairs := _pairs(rows):
            together = [row for row in pairs if isinstance(row, tuple)]
            faults += [row for row in pairs if isinstance(row, Quarantined)]
            faults.sort(key=lambda q: q.row)
            return (RawTable(columns=PAIRED, rows=packed(together), faults=tuple(faults)),)
        return (RawTable(columns=COLUMNS, rows=packed(rows), faults=tuple(faults)),)


def _records(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield line, header and sequence of each record; what stands before the first has no header.

    Lines that begin with a semicolon are comments, as in the format's first version.
    """
    number, header, parts = 1, "", list[str]()
    for at, line in enumerate(lines_of(text), start=1):
        if line.startswith(">"):
            if header or parts:
                yield number, header, "".join(parts)
            number, header, parts = at, line[1:].strip() or "unnamed", []
        elif line.strip() and not line.startswith(";"):
            parts.append("".join(line.split()))
    if header or parts:
        yield number, header, "".join(parts)


def _pairs(rows: Sequence[_Row]) -> list[_Row | Quarantined]:
    """Return one row for each heavy and light chain of one name, and a fault for every other.

    Empty where fewer than half of the records have such a partner.
    """
    if 2 * sum(bool(_chain(row)) for row in rows[:SAMPLE]) < len(rows[:SAMPLE]):
        return []
    groups: dict[str, list[tuple[str, _Row]]] = {}
    for row in rows:
        groups.setdefault(without_chain(row[1][1]), []).append((_chain(row), row))
    found: list[_Row | Quarantined] = []
    n_alone = 0
    for name, group in groups.items():
        if sorted(chain for chain, _ in group) == [*PAIR]:
            (_, (heavy, *_)), (_, (light, *_)) = (row for _, row in sorted(group))
            number, (_, _, rest) = group[0][1]
            found.append((number, (heavy, light, name, rest)))
            continue
        n_alone += len(group)
        found += [_alone(number, cells[1]) for _, (number, cells) in group]
    return found if 2 * n_alone <= len(rows) else []


def _chain(row: _Row) -> str:
    """Return the chain that a record is by its name or description; blank if none."""
    _, (_, name, rest) = row
    return chain_named(name, PAIR) or chain_named(rest, PAIR)


def _alone(number: int, name: str) -> Quarantined:
    """Return why a record is no half of a pair."""
    why = "the file holds heavy and light chains, and not one of each by this name"
    remedy = "Name the two records of an antibody alike, ab1_VH and ab1_VL, and no others so."
    return fault(number, name[:60], why, remedy, column="name")


def _fault(number: int, header: str, sequence: str) -> Quarantined:
    """Return why a record is no row."""
    if not header:
        remedy = "Put a line that begins with `>` above the sequence."
        return fault(number, sequence[:60], "letters before the first header", remedy)
    if not sequence:
        return fault(number, header, "a header without a sequence", "Add the sequence below it.")
    why = f"the record is longer than {MAX_CELL} characters"
    return fault(number, header[:60], why, "Give one sequence under each header.")
