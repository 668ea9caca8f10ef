# SPDX-License-Identifier: Apache-2.0
"""Looks at the cells of a table beside the numbers that were read from them.

Units, relations, percent signs, and other columns that state the same.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import lru_cache

import numpy as np

from loopwright.core.errors import DataError
from loopwright.core.values import FloatArray, RawTable
from loopwright.data import oddities
from loopwright.data.mapping import ColumnMapping, ValueColumn
from loopwright.data.oddities import ENOUGH, Places
from loopwright.data.seen import LOOKS, Doubt, Seen, groups
from loopwright.science.units import canonical, convert, is_molar

__all__ = ["Cells"]

_RARE = 0.02
"""Share of rows up to which a unit is an exception."""

_FILLED = 0.9
"""Share of rows from which a column is expected to be filled."""


class Cells:
    """The cells of a table, and what they say against its numbers."""

    def __init__(self, seen: Seen, table: RawTable, mapping: ColumnMapping) -> None:
        self._seen, self._mapping, self._table = seen, mapping, table
        numbers = np.fromiter((number for number, _ in table.rows), np.int64, len(table.rows))
        order = np.argsort(numbers, kind="stable")
        self._own = np.flatnonzero(seen.places >= 0)
        self._lines = order[np.searchsorted(numbers, seen.rows[self._own], sorter=order)]
        """Place of the row, for each of the table's own numbers; they come first in ``seen``."""

    def _of(self, value: ValueColumn) -> Places:
        """Return the places in ``seen`` that came from a column."""
        if value.replicate_columns:
            return self._own[:0]  # a value does not say in which of its columns it stood
        properties = {p for p, _ in self._seen.kinds}
        others = {v.property for v in self._mapping.values if not v.property_column}
        meant = properties - others if value.property_column else {value.property}
        is_meant = np.array([p in meant for p, _ in self._seen.kinds], bool)
        found: Places = self._own[is_meant[self._seen.keys[self._own]]]
        return found

    def _texts(self, places: Places, column: str) -> list[str]:
        """Return the stripped cell of a column for each of these places."""
        at = self._table.columns.index(column)
        cells = [cells[at].strip() for _, cells in self._table.rows]
        return [cells[line] for line in self._lines[places].tolist()]

    def _numbers(self, places: Places, column: str) -> FloatArray:
        """Return the plain number of a column's cell for each of these places, nan if none."""
        at, n = self._table.columns.index(column), len(self._table.rows)
        found = np.fromiter((_number(cells[at]) for _, cells in self._table.rows), np.float64, n)
        return found[self._lines[places]]

    def by_unit(self) -> Iterable[tuple[int, Doubt]]:
        """Doubt a unit that few rows state, and one that is left out where all others state it."""
        for value in self._mapping.values:
            if not value.unit_column:
                continue
            places = self._of(value)
            units = [_known_unit(text) for text in self._texts(places, value.unit_column)]
            yield from self._blank(places, value, units, "unit")
            yield from self._rare_units(places, units)

    def _rare_units(self, places: Places, units: list[str]) -> Iterable[tuple[int, Doubt]]:
        """Doubt rows in another unit than nearly all of their property, or of their assay."""
        stated = np.flatnonzero([bool(unit) for unit in units])
        properties = list(dict.fromkeys(p for p, _ in self._seen.kinds))
        of_kind = np.array([properties.index(p) for p, _ in self._seen.kinds], np.int64)
        alike = of_kind[self._seen.keys[places[stated]]]
        in_assay = alike * (len(self._seen) + 1) + self._seen.assays[places[stated]]
        for group in (*groups(alike).values(), *groups(in_assay).values()):
            own = stated[group]
            labels = [units[n] for n in own.tolist()]
            usual = Counter(labels).most_common(1)[0][0]
            odd = {u for u in oddities.rare(labels, most=_RARE) if _convertible(u, usual)}
            if len(labels) >= ENOUGH:
                odd |= self._mixed(places[own], labels, usual)
            for n, unit in zip(own.tolist() if odd else (), labels, strict=False):
                if unit in odd:
                    reason = f"{LOOKS}like a wrong unit: {unit!r}, where most rows say {usual!r}"
                    place = int(self._seen.places[places[n]])
                    yield place, Doubt(reason, "Check the unit of the row.")

    def _mixed(self, places: Places, labels: list[str], usual: str) -> set[str]:
        """Return units whose plain numbers fit those of the usual unit, and whose amounts do not.

        A person who writes 900 nM and 1.2 uM never writes 1200 nM; where the usual unit goes
        beyond 1000, a second unit with numbers alike is a label that was taken for another.
        """
        if len(set(labels)) == 1:
            return set()
        plain: dict[str, list[float]] = defaultdict(list)
        for i, unit in zip(places.tolist(), labels, strict=True):
            value, kept = self._seen.values[i], self._seen.kinds[self._seen.keys[i]][1]
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
                stated = self._texts(places, value.relation_column)
                yield from self._blank(places, value, stated, "relation")

    def _blank(
        self, places: Places, value: ValueColumn, stated: list[str], what: str
    ) -> Iterable[tuple[int, Doubt]]:
        blank = places[np.flatnonzero([not said for said in stated])]
        if len(places) < ENOUGH or not len(blank) or len(blank) > (1.0 - _FILLED) * len(places):
            return
        for i, own in zip(blank.tolist(), self._texts(blank, value.column), strict=True):
            if any(sign in own for sign in "<>~≤≥＜＞"):
                continue
            if what == "unit" and not own.replace(".", "").isdigit():
                continue
            reason = f"{LOOKS}incomplete: no {what}, where nearly all rows state one"
            yield int(self._seen.places[i]), Doubt(reason, f"Fill in the {what} of the row.")

    def by_percent(self) -> Iterable[tuple[int, Doubt]]:
        """Doubt fractions beside percent: 0.5 in a column that writes 50% elsewhere."""
        doubt = Doubt(
            f"{LOOKS}like a fraction in a column of percent", "Write all of the column in percent."
        )
        is_percent = np.array([unit == "%" for _, unit in self._seen.kinds], bool)
        for value in self._mapping.values:
            whole = self._of(value)
            places = whole[is_percent[self._seen.keys[whole]]]
            if not len(places):
                continue
            is_bare = np.array(["%" not in cell for cell in self._texts(places, value.column)])
            if is_bare.all():
                continue
            size = np.abs(self._seen.values[places])
            yield from self._each(places[is_bare & (size > 0.0) & (size <= 1.0)], doubt)

    def by_twin(self) -> Iterable[tuple[int, Doubt]]:
        """Doubt rows in which two columns that state the same, once as p, disagree."""
        read = {v.column for v in self._mapping.values}
        columns = self._table.columns
        others = [c for c in columns if c not in self._mapping.columns or c in read]
        for value in self._mapping.values:
            whole = self._of(value)
            is_exact = self._seen.is_exact[whole]
            limits = whole[~is_exact & ~self._seen.is_about[whole]]
            places = whole[is_exact]
            x = self._molar(places)
            for column in others:
                if column != value.column:
                    yield from self._disagree(places, x, column, limits)

    def _disagree(
        self, places: Places, x: FloatArray, column: str, limits: Places
    ) -> Iterable[tuple[int, Doubt]]:
        """Doubt rows that break the law which two columns keep in nearly all rows.

        Where limits mostly leave the other column blank, a limit that does not is doubted, too.
        """
        other = self._numbers(places, column)
        if oddities.twin_offset(x[:400], other[:400], share=0.5) is None:
            return
        offset = oddities.twin_offset(x, other, share=0.8)
        if offset is None:
            return
        doubt = Doubt(
            f"{LOOKS}wrong beside {column[:60]!r}: the two should state the same",
            "Find out which of the two is right: a unit, a decimal point or a digit differs.",
        )
        yield from self._each(places[np.abs(x + other - offset) > 0.1], doubt)
        stated = limits[np.isfinite(self._numbers(limits, column))]
        if len(limits) >= 10 and len(stated) < len(limits) / 2:
            doubt = Doubt(
                f"{LOOKS}exact beside {column[:60]!r}, which limits leave blank here",
                "Check the qualifier of the row.",
            )
            yield from self._each(stated, doubt)

    def _molar(self, places: Places) -> FloatArray:
        """Return log10 mol/L of each value, nan if it is no potency."""
        found = np.full(len(places), np.nan)
        for key, at in groups(self._seen.keys[places]).items():
            values, (property, unit) = self._seen.values[places[at]], self._seen.kinds[key]
            if oddities.is_p_scale(property, unit):
                found[at] = -values
            elif is_molar(unit):
                with np.errstate(divide="ignore", invalid="ignore"):
                    molar = np.log10(values * convert(1.0, unit, "M"))
                found[at] = np.where(values > 0.0, molar, np.nan)
        return found

    def _each(self, places: Places, doubt: Doubt) -> Iterable[tuple[int, Doubt]]:
        """Return the measurements at these places, each with the doubt."""
        return ((place, doubt) for place in self._seen.places[places].tolist())


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return np.nan


@lru_cache(maxsize=4096)
def _known_unit(text: str) -> str:
    try:
        return canonical(text) if text else ""
    except DataError:
        return text


@lru_cache(maxsize=4096)
def _convertible(one: str, other: str) -> bool:
    if one == other:
        return False
    try:
        convert(1.0, one, other)
    except DataError:
        return False
    return True
