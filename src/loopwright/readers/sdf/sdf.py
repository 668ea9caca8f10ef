# SPDX-License-Identifier: Apache-2.0
"""Cuts an SDF file into records, mol blocks and fields; what a mol block means is not asked."""

from __future__ import annotations

import re

from attrs import frozen

from loopwright.core.errors import DataError
from loopwright.core.values import Quarantined, RawFile, RawTable
from loopwright.data.rows import packed
from loopwright.data.sdf_records import Record, chunks, record
from loopwright.data.text import distinct_names, head_of, lines_of, text_of

__all__ = ["SdfReader"]

MAX_COLUMNS = 1_000
MAX_TABLE_CELLS = 50_000_000
_MARK = re.compile(r"\A(?:[^\r\n]*\r?[\n\r]){3}[ 0-9]{6}.{0,40}V[23]000", re.MULTILINE)
"""The counts line of the first record: the fourth line of the file."""


@frozen(kw_only=True)
class SdfReader:
    """The reader of structure-data files."""

    suffixes: tuple[str, ...] = (".sdf", ".sd", ".mol", ".sdf.gz")

    def claims(self, file: RawFile) -> float:
        """Return nearly 1 where a mol block's counts line stands among the first lines."""
        if _MARK.search(head_of(file.content, 4_000)):
            return 0.9
        return 0.5 if file.name.lower().endswith(self.suffixes) else 0.0

    def read(self, file: RawFile) -> tuple[RawTable, ...]:
        """Return one row per record: ``structure``, ``title`` if there are any, every field.

        Rows count as records of the file; the first record is row 1.
        """
        records: list[Record] = []
        faults: list[Quarantined] = []
        for number, lines in chunks(lines_of(text_of(file))):
            found = record(number, lines)
            if isinstance(found, Record):
                records.append(found)
            else:
                faults.append(found)
        if not records:
            raise DataError(
                "No record of this file can be read as a mol block",
                where=file.name,
                remedy="Give an SDF file: mol blocks that end in 'M  END', parted by '$$$$'.",
            )
        names = tuple(dict.fromkeys(n for r in records for n in r.fields))
        if len(names) > MAX_COLUMNS or len(names) * len(records) > MAX_TABLE_CELLS:
            raise DataError(
                f"{len(records)} records with {len(names)} different fields are no table",
                where=file.name,
                remedy=f"Keep at most {MAX_COLUMNS} fields, or split the file.",
            )
        has_titles = any(r.title for r in records)
        columns = distinct_names(["structure", *(["title"] if has_titles else []), *names])
        rows = packed(
            (
                r.number,
                (
                    r.molblock,
                    *([r.title] if has_titles else []),
                    *(r.fields.get(n, "") for n in names),
                ),
            )
            for r in records
        )
        return (RawTable(columns=columns, rows=rows, faults=tuple(faults)),)
