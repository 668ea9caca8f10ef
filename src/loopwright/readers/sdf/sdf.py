# SPDX-License-Identifier: Apache-2.0
"""Cuts an SDF file into records, mol blocks and fields; what a mol block means is not asked."""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import frozen

from loopwright.core.errors import DataError
from loopwright.core.values import Quarantined, RawFile, RawTable
from loopwright.data.rows import packed
from loopwright.data.text import (
    MAX_CELL,
    MAX_ROW,
    distinct_names,
    fault,
    head_of,
    lines_of,
    text_of,
)

__all__ = ["SdfReader"]

MAX_COLUMNS = 1_000
MAX_TABLE_CELLS = 50_000_000
_MARK = re.compile(r"\A(?:[^\r\n]*\r?[\n\r]){3}[ 0-9]{6}.{0,40}V[23]000", re.MULTILINE)
"""The counts line of the first record: the fourth line of the file."""
_VERSION = re.compile(r"^[ 0-9]{6}.* V[23]000\s*$")
"""Line 4 of a mol block."""

_COUNTS = re.compile(r"^([ 0-9]{3})([ 0-9]{3}).*V2000")


@frozen(kw_only=True)
class _Record:
    """One structure and what the file says about it."""

    number: int
    title: str
    molblock: str
    fields: dict[str, str]


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
        records: list[_Record] = []
        faults: list[Quarantined] = []
        for number, lines in _chunks(lines_of(text_of(file))):
            found = _record(number, lines)
            if isinstance(found, _Record):
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


def _chunks(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield (record number, its lines); text behind the last '$$$$' is a record if not blank.

    A mol block that begins within a record is one of its own: its '$$$$' is missing, and its
    fields are not those of the structure above.
    """
    start = number = 0
    is_over = False
    for at, line in enumerate(lines):
        if line.rstrip() == "$$$$":
            number += 1
            yield number, lines[start:at]
            start, is_over = at + 1, False
        elif is_over and _VERSION.search(line) and at - 3 > start:
            number += 1
            yield number, lines[start : at - 3]
            start, is_over = at - 3, False
        elif line.rstrip() == "M  END":
            is_over = True
    if any(line.strip() for line in lines[start:]):
        yield number + 1, lines[start:]


def _record(number: int, lines: list[str]) -> _Record | Quarantined:
    """Return one record, or why it is none."""
    text = "\n".join(lines)
    if len(text) > MAX_ROW or "\0" in text:
        why = f"the record is longer than {MAX_ROW} characters or holds a NUL character"
        return fault(number, text, why, "Export the record again.")
    end = next((i for i, line in enumerate(lines) if line.rstrip() == "M  END"), -1)
    if end < 0:
        why = "the mol block has no line 'M  END'"
        return fault(number, text, why, "Export the record again.", column="structure")
    missing = _missing_lines(lines[: end + 1])
    if missing:
        return fault(number, text, missing, "Export the record again.", column="structure")
    fields = _fields(lines[end + 1 :])
    longest = max((len(v) for v in fields.values()), default=0)
    if longest > MAX_CELL:
        why = f"a field holds {longest} characters, more than {MAX_CELL}"
        return fault(number, text, why, "Take the long text out of the file.")
    return _Record(
        number=number,
        title=lines[0].strip(),
        molblock="\n".join(lines[: end + 1]) + "\n",
        fields=fields,
    )


def _missing_lines(block: list[str]) -> str:
    """Return what a V2000 block lacks by its own count of atoms and bonds."""
    counts = _COUNTS.match(block[3]) if len(block) > 4 else None
    if counts is None:
        is_v3000 = any("V3000" in line for line in block[:5])
        return "" if is_v3000 else "the mol block has no counts line (V2000 or V3000) as line 4"
    announced = [c.strip() or "0" for c in counts.groups()]
    if not all(map(str.isdecimal, announced)):
        return "the counts line (line 4 of the mol block) does not hold two numbers"
    n_atoms, n_bonds = map(int, announced)
    present = len(block) - 5
    if present >= n_atoms + n_bonds:
        return ""
    return f"{n_atoms} atoms and {n_bonds} bonds are announced, but only {present} lines follow"


def _fields(lines: list[str]) -> dict[str, str]:
    """Return the data fields; a field that comes twice keeps both texts under two names."""
    names: list[str] = []
    values: list[list[str]] = []
    for line in lines:
        name = _field_name(line)
        if name:
            names.append(name)
            values.append([])
        elif values:
            values[-1].append(line)
    texts = ["\n".join(v).strip("\n") for v in values]
    return dict(zip(distinct_names(names), texts, strict=True))


def _field_name(line: str) -> str:
    """Return the name that a line like ``> <pIC50> (3)`` opens; blank for any other line."""
    start, end = line.find("<"), line.rfind(">")
    return line[start + 1 : end].strip() if line.startswith(">") and 0 < start < end else ""
