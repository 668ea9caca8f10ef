# SPDX-License-Identifier: Apache-2.0
"""Reads SMILES files as text; whether a SMILES is a molecule is for the modality to say."""

from __future__ import annotations

from attrs import frozen

from loopwright.core.errors import DataError
from loopwright.core.values import Quarantined, RawFile, RawTable
from loopwright.data.rows import packed
from loopwright.data.smiles_lines import cells_of, header_of
from loopwright.data.text import MAX_CELL, fault, lines_of, text_of

__all__ = ["SmiReader"]


@frozen(kw_only=True)
class SmiReader:
    """The reader of SMILES files."""

    suffixes: tuple[str, ...] = (".smi", ".smiles", ".ism", ".smi.gz")

    def claims(self, file: RawFile) -> float:
        """Return one half where the ending says so; lines of SMILES have no mark."""
        return 0.5 if file.name.lower().endswith(self.suffixes) else 0.0

    def read(self, file: RawFile) -> tuple[RawTable, ...]:
        """Return structure and name of every line; rows count as lines of the file."""
        numbered = [
            (n, line)
            for n, line in enumerate(lines_of(text_of(file).lstrip("\ufeff")), start=1)
            if line.strip()
        ]
        n_above = next((i for i, (_, t) in enumerate(numbered) if not t.startswith("#")), 0)
        notes, numbered = tuple(numbered[:n_above]), numbered[n_above:]
        columns, mark = header_of(numbered[0][1]) if numbered else ((), "")
        if columns:
            numbered = numbered[1:]
        columns = columns or ("smiles", "name")
        if not numbered:
            raise DataError(
                "The file has no rows", where=file.name, remedy="Give at least one SMILES."
            )
        rows: list[tuple[int, tuple[str, ...]]] = []
        faults: list[Quarantined] = []
        for number, line in numbered:
            if len(line) > MAX_CELL or "\0" in line:
                why = f"the line is longer than {MAX_CELL} characters or holds a NUL character"
                faults.append(fault(number, line, why, "Put one structure on each line."))
            elif line.startswith("#"):
                what = "a comment line, not a row"
                faults.append(
                    fault(number, line, what, "Nothing to do; take it out if it disturbs.")
                )
            else:
                rows.append((number, cells_of(line, len(columns), mark)))
        return (RawTable(columns=columns, rows=packed(rows), faults=tuple(faults), notes=notes),)
