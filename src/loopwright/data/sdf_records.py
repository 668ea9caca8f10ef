# SPDX-License-Identifier: Apache-2.0
"""Cuts the lines of an SDF file into records: mol block, title and fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from attrs import frozen

from loopwright.core.values import Quarantined
from loopwright.data.text import MAX_CELL, MAX_ROW, distinct_names, fault

__all__ = ["Record", "chunks", "fields_of", "record"]

_VERSION = re.compile(r"^[ 0-9]{6}.* V[23]000\s*$")
"""Line 4 of a mol block."""

_COUNTS = re.compile(r"^([ 0-9]{3})([ 0-9]{3}).*V2000")


@frozen(kw_only=True)
class Record:
    """One structure and what the file says about it."""

    number: int
    title: str
    molblock: str
    fields: dict[str, str]


def chunks(lines: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield (record number, its lines); text behind the last '$$$$' is a record if not blank.

    A mol block that begins within a record is one of its own: its '$$$$' is missing, and its
    fields are not those of the structure above.
    """
    held: list[str] = []
    number = 0
    is_over = False
    for line in lines:
        if line.rstrip() == "$$$$":
            number += 1
            yield number, held
            held, is_over = [], False
            continue
        if is_over and _VERSION.search(line) and len(held) > 3:
            number += 1
            yield number, held[:-3]
            held, is_over = held[-3:], False
        elif line.rstrip() == "M  END":
            is_over = True
        held.append(line)
    if any(line.strip() for line in held):
        yield number + 1, held


def record(number: int, lines: list[str]) -> Record | Quarantined:
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
    fields = fields_of(lines[end + 1 :])
    longest = max((len(v) for v in fields.values()), default=0)
    if longest > MAX_CELL:
        why = f"a field holds {longest} characters, more than {MAX_CELL}"
        return fault(number, text, why, "Take the long text out of the file.")
    return Record(
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


def fields_of(lines: Sequence[str]) -> dict[str, str]:
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
