# SPDX-License-Identifier: Apache-2.0
"""Looks at the cells of a table beside the numbers that were read from them.

Units, relations, percent signs, and other columns that state the same.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

import numpy as np

from loopwright.core.errors import DataError
from loopwright.core.values import FloatArray, RawTable
from loopwright.data import oddities
from loopwright.data.mapping import ColumnMapping, ValueColumn
from loopwright.data.oddities import ENOUGH
from loopwright.data.seen import LOOKS, Doubt, Seen
from loopwright.science.units import canonical, convert, is_molar

__all__ = ["Cells"]

_RARE = 0.02
"""Share of rows up to which a unit is an exception."""

_FILLED = 0.9
"""Share of rows from which a column is expected to be filled."""


class Cells:
    """The cells of a table, and what they say against its numbers."""

    def __init__(self, seen: Seen, table: RawTable, mapping: ColumnMapping) -> None:
        self._seen, self._mapping = seen, mapping
        self._at = {name: place for place, name in enumerate(table.columns)}
        self._rows = dict(table.rows)
        self._columns = table.columns
        self._own = [i for i, place in enumerate(seen.places) if place >= 0]

    def _of(self, value: ValueColumn) -> list[int]:
        """Return the places in ``seen`` that came from a column."""
        if value.replicate_columns:
            return []  # a value does not say in which of its columns it stood
        if value.property_column:
            others = {v.property for v in self._mapping.values if not v.property_column}
            return [i for i in self._own if self._seen.keys[i][0] not in others]
        return [i for i in self._own if self._seen.keys[i][0] == value.property]

    def _cell(self, i: int, column: str) -> str:
        return self._rows[self._seen.rows[i]][self._at[column]].strip()

    def by_unit(self) -> Iterable[tuple[int, Doubt]]:
        """Doubt a unit that few rows state, and one that is left out where all others state it."""
        for value in self._mapping.values:
            if not value.unit_column:
                continue
            places = self._of(value)
            units = [_known_unit(self._cell(i, value.unit_column)) for i in places]
            yield from self._blank(places, value, units, "unit")
            yield from self._rare_units(places, units)

    def _rare_units(self, places: list[int], units: list[str]) -> Iterable[tuple[int, Doubt]]:
        """Doubt rows in another unit than nearly all of their property, or of their assay."""
        groups: dict[tuple[str, ...], list[tuple[int, str]]] = defaultdict(list)
        for i, unit in zip(places, units, strict=True):
            if unit:
                groups[(self._seen.keys[i][0],)].append((i, unit))
                groups[(self._seen.keys[i][0], self._seen.assays[i])].append((i, unit))
        for group in groups.values():
            usual = Counter(unit for _, unit in group).most_common(1)[0][0]
            few = oddities.rare([unit for _, unit in group], most=_RARE)
            odd = {u for u in few if _convertible(u, usual)}
            if len(group) >= ENOUGH:
                odd |= self._mixed(group, usual)
            for i, unit in group:
                if unit in odd:
                    reason = f"{LOOKS}like a wrong unit: {unit!r}, where most rows say {usual!r}"
                    yield self._seen.places[i], Doubt(reason, "Check the unit of the row.")

    def _mixed(self, group: list[tuple[int, str]], usual: str) -> set[str]:
        """Return units whose plain numbers fit those of the usual unit, and whose amounts do not.

        A person who writes 900 nM and 1.2 uM never writes 1200 nM; where the usual unit goes
        beyond 1000, a second unit with numbers alike is a label that was taken for another.
        """
        plain: dict[str, list[float]] = defaultdict(list)
        for i, unit in group:
            value, kept = self._seen.values[i], self._seen.keys[i][1]
            if value > 0.0 and (unit == kept or _convertible(unit, kept)):
                plain[unit].append(np.log10(convert(value, kept, unit)))
        main = plain.pop(usual, [])
        if len(main) < ENOUGH or np.mean(np.array(main) >= 3.0) < 0.05:
            return set()
        return {
            unit
            for unit, x in plain.items()
            if len(x) <= len(main)
            and _convertible(unit, usual)
            and abs(np.log10(convert(1.0, unit, usual))) >= 2.0
            and abs(np.median(x) - np.median(main)) < 1.0
        }

    def by_relation(self) -> Iterable[tuple[int, Doubt]]:
        """Doubt a relation that is left out where nearly all rows state theirs."""
        for value in self._mapping.values:
            if value.relation_column:
                places = self._of(value)
                stated = [self._cell(i, value.relation_column) for i in places]
                yield from self._blank(places, value, stated, "relation")

    def _blank(
        self, places: list[int], value: ValueColumn, stated: list[str], what: str
    ) -> Iterable[tuple[int, Doubt]]:
        n_blank = sum(not s for s in stated)
        if len(places) < ENOUGH or not n_blank or n_blank > (1.0 - _FILLED) * len(places):
            return
        for i, said in zip(places, stated, strict=True):
            own = self._cell(i, value.column)
            if said or any(sign in own for sign in "<>~≤≥＜＞"):
                continue
            if what == "unit" and not own.replace(".", "").isdigit():
                continue
            reason = f"{LOOKS}incomplete: no {what}, where nearly all rows state one"
            yield self._seen.places[i], Doubt(reason, f"Fill in the {what} of the row.")

    def by_percent(self) -> Iterable[tuple[int, Doubt]]:
        """Doubt fractions beside percent: 0.5 in a column that writes 50% elsewhere."""
        doubt = Doubt(
            f"{LOOKS}like a fraction in a column of percent", "Write all of the column in percent."
        )
        for value in self._mapping.values:
            places = [i for i in self._of(value) if self._seen.keys[i][1] == "%"]
            bare = [i for i in places if "%" not in self._cell(i, value.column)]
            if len(bare) == len(places):
                continue
            for i in bare:
                if 0.0 < abs(self._seen.values[i]) <= 1.0:
                    yield self._seen.places[i], doubt

    def by_twin(self) -> Iterable[tuple[int, Doubt]]:
        """Doubt rows in which two columns that state the same, once as p, disagree."""
        read = {v.column for v in self._mapping.values}
        others = [c for c in self._columns if c not in self._mapping.columns or c in read]
        for value in self._mapping.values:
            whole = self._of(value)
            places = [i for i in whole if self._seen.relations[i] == "="]
            limits = [i for i in whole if self._seen.relations[i] not in "=~"]
            x = np.array([self._molar(i) for i in places])
            for column in others:
                if column != value.column:
                    yield from self._disagree(places, x, column, limits)

    def _disagree(
        self, places: list[int], x: FloatArray, column: str, limits: list[int]
    ) -> Iterable[tuple[int, Doubt]]:
        """Doubt rows that break the law which two columns keep in nearly all rows.

        Where limits mostly leave the other column blank, a limit that does not is doubted, too.
        """
        sample = [self._number(i, column) for i in places[:400]]
        if oddities.twin_offset(x[:400], np.array(sample), share=0.5) is None:
            return
        other = np.array([self._number(i, column) for i in places])
        offset = oddities.twin_offset(x, other, share=0.8)
        if offset is None:
            return
        doubt = Doubt(
            f"{LOOKS}wrong beside {column[:60]!r}: the two should state the same",
            "Find out which of the two is right: a unit, a decimal point or a digit differs.",
        )
        for n in np.flatnonzero(np.abs(x + other - offset) > 0.1):
            yield self._seen.places[places[n]], doubt
        stated = [i for i in limits if np.isfinite(self._number(i, column))]
        if len(limits) >= 10 and len(stated) < len(limits) / 2:
            doubt = Doubt(
                f"{LOOKS}exact beside {column[:60]!r}, which limits leave blank here",
                "Check the qualifier of the row.",
            )
            for i in stated:
                yield self._seen.places[i], doubt

    def _molar(self, i: int) -> float:
        """Return log10 mol/L of a value, nan if it is no potency."""
        value, (property, unit) = self._seen.values[i], self._seen.keys[i]
        if oddities.is_p_scale(property, unit):
            return -value
        return np.log10(convert(value, unit, "M")) if is_molar(unit) and value > 0.0 else np.nan

    def _number(self, i: int, column: str) -> float:
        try:
            return float(self._cell(i, column))
        except ValueError:
            return np.nan


def _known_unit(text: str) -> str:
    try:
        return canonical(text) if text else ""
    except DataError:
        return text


def _convertible(one: str, other: str) -> bool:
    if one == other:
        return False
    try:
        convert(1.0, one, other)
    except DataError:
        return False
    return True
