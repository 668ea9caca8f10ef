# SPDX-License-Identifier: Apache-2.0
"""Guesses which columns stand beside a value: its spread, its number of runs, its replicates.

A spread is never taken for a value where the value that it belongs to can be told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeAlias

from attrs import evolve

from loopwright.data.mapping import ValueColumn
from loopwright.data.naming import (
    Name,
    count,
    interval_end,
    is_quantity,
    plain,
    replicate,
    split,
    spread,
    without_mean,
)

__all__ = ["replicates", "with_spread"]

Rows: TypeAlias = Sequence[Mapping[str, str]]
Meaning: TypeAlias = Callable[[str], ValueColumn | None]
"""What a header of values means; None if it is none."""

_ORDER = ("sd", "sem", "")
_WHOLE = re.compile(r"(?:n\s*=\s*)?[0-9]{1,6}(?:\.0*)?", re.IGNORECASE)
_PLAIN = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?")
_NUMBER = re.compile(r"(?:±|\+/-)?\s*[0-9]*[.,]?[0-9]+(?:[eE][+-]?[0-9]+)?")


def replicates(
    columns: Sequence[str], taken: Collection[str], meaning: Meaning
) -> dict[str, ValueColumn]:
    """Return the value columns whose replicates stand in columns of their own.

    ``IC50_1, IC50_2 (nM)`` and ``rep 1, rep 2`` are replicates if they are numbered from 1 on. A
    column of the same name without a number is the value of record, and goes before them; a
    column of their mean does not.

    Args:
        columns: Of the table.
        taken: Columns that mean something else.
        meaning: What a header of values means.

    Returns:
        Column -> its value for the first replicate; the others are named in it.
    """
    free = [c for c in columns if c not in taken]
    groups: dict[tuple[str, str], dict[int, str]] = {}
    worded: set[tuple[str, str]] = set()
    for column in free:
        name = replicate(column)
        if name is not None:
            key = (plain(name.stem), name.unit)
            worded |= {key} if name.is_worded else set()
            groups.setdefault(key, {}).setdefault(name.number, column)
    found = {}
    stems = {plain(split(c)[0]) for c in free}
    for (stem, unit), by_number in groups.items():
        ordered = [by_number[k] for k in sorted(by_number)]
        if len(ordered) < 2 or sorted(by_number) != list(range(1, len(ordered) + 1)):
            continue
        first = replicate(ordered[0])
        assert first is not None, "it was found as one"
        value = meaning(f"{first.stem} ({unit})" if unit else first.stem or "replicate")
        if (
            value is None
            or stem in stems
            or not ((stem, unit) in worded or is_quantity(first.stem))
        ):
            continue
        found[ordered[0]] = evolve(value, column=ordered[0], replicate_columns=tuple(ordered[1:]))
    return found


def with_spread(
    values: tuple[ValueColumn, ...],
    columns: Sequence[str],
    rows: Rows,
    meaning: Meaning,
    *,
    wanted: Collection[str] = (),
) -> tuple[ValueColumn, ...]:
    """Return the values with the columns of spread and count that stand beside them.

    Args:
        values: As guessed from the columns one by one; a spread may be among them.
        columns: Of the table.
        rows: Some of it, by column.
        meaning: What a header of values means.
        wanted: Columns that are values beyond doubt.
    """
    spreads = {c: n for c in columns if c not in wanted and (n := spread(c)) and _fits(c, rows)}
    counts = {
        c: n
        for c in columns
        if c not in wanted and c not in spreads and (n := count(c)) and _is_count(c, rows)
    }
    ends = _intervals([c for c in columns if c not in {*wanted, *spreads, *counts}], rows)
    beside = {*spreads, *counts, *(c for pair in ends for c in pair)}
    owners = tuple(v for v in values if v.column not in beside)
    gone = {c for c, name in spreads.items() if name.stem and meaning(name.stem) is not None}
    for column, name in sorted(spreads.items(), key=lambda pair: _ORDER.index(pair[1].kind)):
        owner = _owner(column, name, owners, columns, beside)
        if owner is None:
            continue
        gone.add(column)
        if not owner.spread_column and not owner.replicate_columns:
            new = evolve(owner, spread_column=column, spread_kind=name.kind)
            owners = tuple(new if v is owner else v for v in owners)
    for pair, name in ends.items():
        owner = _owner(pair[0], name, owners, columns, beside)
        if owner is None or not _lies_within(owner.column, pair, rows):
            continue
        gone |= {*pair}
        if not (owner.spread_column or owner.interval_columns or owner.replicate_columns):
            new = evolve(owner, interval_columns=pair, spread_kind=name.kind)
            owners = tuple(new if v is owner else v for v in owners)
    for column, name in counts.items():
        owner = _owner(column, name, owners, columns, beside)
        if owner is not None and not owner.n_column and not owner.replicate_columns:
            gone.add(column)
            owners = tuple(evolve(v, n_column=column) if v is owner else v for v in owners)
    changed = {v.column: v for v in owners}
    return tuple(changed.get(v.column, v) for v in values if v.column not in gone)


def _intervals(columns: Sequence[str], rows: Rows) -> dict[tuple[str, str], Name]:
    """Return the pairs of columns that hold the ends of an interval, with the lower one's name."""
    found: dict[Name, dict[str, list[str]]] = {}
    for column in columns:
        name = interval_end(column)
        if name is not None and _fits(column, rows):
            found.setdefault(evolve(name, end=""), {}).setdefault(name.end, []).append(column)
    pairs: dict[tuple[str, str], Name] = {}
    for name, by_end in found.items():
        lower, upper = by_end.get("lower", []), by_end.get("upper", [])
        if len(lower) == len(upper):
            pairs |= dict.fromkeys(zip(lower, upper, strict=True), name)
    return pairs


def _lies_within(column: str, ends: tuple[str, str], rows: Rows) -> bool:
    """Return whether most sampled values lie between these ends, or none was sampled."""
    told = [[row.get(c, "").strip() for c in (ends[0], column, ends[1])] for row in rows]
    numbers = [[float(c) for c in cells] for cells in told if all(map(_PLAIN.fullmatch, cells))]
    return 2 * sum(low <= value <= high for low, value, high in numbers) >= len(numbers)


def _owner(
    column: str,
    name: Name,
    values: tuple[ValueColumn, ...],
    columns: Sequence[str],
    beside: Collection[str],
) -> ValueColumn | None:
    """Return the value that a spread or a count belongs to, if that can be told."""
    fit = [v for v in values if name.unit in {"", v.unit} or not v.unit]
    if name.stem:
        stem = plain(name.stem)
        alike = [v for v in fit if _stem(v) == stem]
        return alike[0] if len(alike) == 1 else None
    place = columns.index(column) - 1
    while place >= 0 and columns[place] in beside:
        place -= 1
    left = [v for v in fit if place >= 0 and v.column == columns[place]]
    return left[0] if left else fit[0] if len(values) == len(fit) == 1 else None


def _stem(value: ValueColumn) -> str:
    return plain(without_mean(split(value.column)[0]))


def _fits(column: str, rows: Rows) -> bool:
    """Return whether a sampled cell of the column is one plain number, or none was sampled."""
    cells = [cell for row in rows if (cell := row.get(column, "").strip())]
    return not cells or any(_NUMBER.fullmatch(cell) for cell in cells)


def _is_count(column: str, rows: Rows) -> bool:
    """Return whether most sampled cells of the column are whole numbers, or none was sampled."""
    cells = [cell for row in rows if (cell := row.get(column, "").strip())]
    return 2 * sum(bool(_WHOLE.fullmatch(cell)) for cell in cells) >= len(cells)
