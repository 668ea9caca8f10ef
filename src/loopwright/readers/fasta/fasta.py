# SPDX-License-Identifier: Apache-2.0
"""Reads FASTA files as text; whether a sequence is a protein is for the modality to say."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from loopwright.core.errors import DataError
from loopwright.core.values import Quarantined, RawFile, RawTable
from loopwright.data.rows import packed
from loopwright.data.text import MAX_CELL, fault, head_of, lines_of, text_of

__all__ = ["FastaReader"]

COLUMNS = ("sequence", "name", "description")
HEAD_BYTES = 4_000

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


def _fault(number: int, header: str, sequence: str) -> Quarantined:
    """Return why a record is no row."""
    if not header:
        remedy = "Put a line that begins with `>` above the sequence."
        return fault(number, sequence[:60], "letters before the first header", remedy)
    if not sequence:
        return fault(number, header, "a header without a sequence", "Add the sequence below it.")
    why = f"the record is longer than {MAX_CELL} characters"
    return fault(number, header[:60], why, "Give one sequence under each header.")
