# SPDX-License-Identifier: Apache-2.0
"""Flags values that are legal and yet look wrong: for a person to look at before anybody learns.

Looks at a table as a whole, and at what was measured before. Decides nothing: a flagged
measurement is kept with its reason, and its place is listed with a remedy.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

import numpy as np
from attrs import define, evolve, field, frozen

from loopwright.core.errors import DataError
from loopwright.core.values import FloatArray, Measurement, Quarantined, RawTable
from loopwright.data import oddities
from loopwright.data.intake import Intake
from loopwright.data.mapping import ColumnMapping, ValueColumn
from loopwright.data.oddities import ENOUGH, Places
from loopwright.data.rows import Pile
from loopwright.data.text import fault
from loopwright.science.units import canonical, convert, is_molar

_K = TypeVar("_K", bound=Hashable)

__all__ = ["LOOKS", "looked_at"]

LOOKS = "looks "
"""How the reason of a place begins that is only suspicious."""

_LOOK = "Look at the source; correct the row if it is wrong, accept it if it is right."
_RARE = 0.02
_FILLED = 0.9


@frozen
class _Doubt:
    reason: str
    remedy: str


@define
class _Seen:
    """The numbers of a table as arrays; those of the past stand behind them, with row -1."""

    rows: list[int] = field(factory=list)
    keys: list[tuple[str, str]] = field(factory=list)
    assays: list[str] = field(factory=list)
    subjects: list[str] = field(factory=list)
    names: list[str] = field(factory=list)
    values: list[float] = field(factory=list)
    relations: list[str] = field(factory=list)
    places: list[int] = field(factory=list)
    """Of the measurement among those of the table; -1 for one of the past."""

    def add(self, m: Measurement, place: int) -> None:
        """Take in one measurement that has a number and counts."""
        if m.standard_value is None or m.status != "valid":
            return
        self.rows.append(m.source_row if place >= 0 else -1)
        self.keys.append((m.standard_type, m.standard_units))
        self.assays.append(f"{m.assay_id}@{m.assay_version}")
        self.subjects.append(m.subject)
        self.names.append(m.name)
        self.values.append(m.standard_value)
        self.relations.append(m.standard_relation)
        self.places.append(place)


def looked_at(
    part: Intake, table: RawTable, mapping: ColumnMapping, *, known: Iterable[Measurement] = ()
) -> Intake:
    """Return what became of a table, its suspicious values flagged; no row is lost or doubled.

    Args:
        part: What was made of the table.
        table: Its cells.
        mapping: What its columns mean.
        known: What was measured before; it is compared with, never flagged.
    """
    seen = _Seen()
    for place, m in enumerate(part.measurements):
        seen.add(m, place)
    if not seen.values:
        return part
    for m in known:
        seen.add(m, -1)
    doubts: dict[int, _Doubt] = {}
    for rule in (_by_value, _by_assay, _by_replicate, _by_name):
        _merge(doubts, rule(seen))
    cells = _Cells(seen, table, mapping)
    for look in (cells.by_unit, cells.by_relation, cells.by_percent, cells.by_twin):
        _merge(doubts, look())
    return _flagged(part, mapping, doubts) if doubts else part


def _merge(doubts: dict[int, _Doubt], more: Iterable[tuple[int, _Doubt]]) -> None:
    """Keep the first doubt about each place; those of the past have none."""
    for place, doubt in more:
        if place >= 0:
            doubts.setdefault(place, doubt)


def _flagged(part: Intake, mapping: ColumnMapping, doubts: Mapping[int, _Doubt]) -> Intake:
    """Return an intake with the doubted measurements flagged and their places listed."""
    named = {(q.sheet, q.row) for q in part.quarantine}
    pile: Pile[Measurement] = Pile(Measurement)
    listed: list[Quarantined] = []
    fresh: set[tuple[str, int]] = set()
    for place, m in enumerate(part.measurements):
        doubt = doubts.get(place)
        if doubt is None:
            pile.append(m)
            continue
        reason = "; ".join(r for r in (m.status_reason, doubt.reason) if r)
        pile.append(evolve(m, status="flagged", status_reason=reason))
        column = _column(mapping, m)
        cell = "" if m.standard_value is None else f"{m.standard_value:g} {m.standard_units}"
        listed.append(
            evolve(
                fault(m.source_row, cell, doubt.reason, doubt.remedy, column=column),
                sheet=m.source_sheet,
            )
        )
        if (m.source_sheet, m.source_row) not in named:
            fresh.add((m.source_sheet, m.source_row))
    doubted_before = {
        (m.source_sheet, m.source_row) for m in part.measurements if m.status == "flagged"
    }
    n = len(fresh - doubted_before)
    return evolve(
        part,
        measurements=pile.done(),
        quarantine=tuple(sorted([*part.quarantine, *listed], key=lambda q: q.row)),
        n_loaded=part.n_loaded - n,
        n_flagged=part.n_flagged + n,
    )


def _column(mapping: ColumnMapping, m: Measurement) -> str:
    """Return the column that a measurement came from."""
    for value in mapping.values:
        if not value.property_column and value.property == m.standard_type:
            return value.column
    return next((v.column for v in mapping.values if v.property_column), "")


# ---- values among values
def _by_value(seen: _Seen) -> Iterable[tuple[int, _Doubt]]:
    """Doubt what nothing in nature can be."""
    doubt = _Doubt(f"{LOOKS}impossible for what was measured", _LOOK)
    values = np.array(seen.values)
    for (property, unit), places in _groups(seen.keys).items():
        for i in places[oddities.impossible(values[places], property, unit)]:
            yield seen.places[i], doubt


def _by_assay(seen: _Seen) -> Iterable[tuple[int, _Doubt]]:
    """Doubt what lies far from all others of its assay, or of its property in this table."""
    values, exact = np.array(seen.values), np.array([r in "=~" for r in seen.relations])
    for (property, unit), of_key in _groups(seen.keys).items():
        assays = _groups([seen.assays[i] for i in of_key])
        for group in [of_key, *(of_key[g] for g in assays.values() if len(assays) > 1)]:
            known = group[exact[group]]
            yield from _far(seen, values, known, property, unit)
            if is_molar(unit) or oddities.is_p_scale(property, unit):
                doubt = _Doubt(
                    f"{LOOKS}like a limit whose sign was lost: many have this very value",
                    "Put '>' or '<' before it if the assay ends there; accept it if not.",
                )
                for i in known[oddities.capped(values[known], high_is_weak=is_molar(unit))]:
                    yield seen.places[i], doubt


def _far(
    seen: _Seen, values: FloatArray, group: Places, property: str, unit: str
) -> Iterable[tuple[int, _Doubt]]:
    x = oddities.decades(values[group], property, unit)
    far = oddities.beyond_the_rest(values[group] if x is None else x, is_in_decades=x is not None)
    doubt = _Doubt(f"{LOOKS}far outside the range of the other values", _LOOK)
    for i in group[far]:
        yield seen.places[i], doubt
    if x is not None:
        doubt = _Doubt(
            f"{LOOKS}1000x off: these neighbouring rows lie three decades from the others",
            "Check the unit of these rows.",
        )
        is_new = np.array([seen.places[i] >= 0 for i in group], bool)
        for i in group[is_new][oddities.shifted_block(x[is_new])]:
            yield seen.places[i], doubt


def _by_replicate(seen: _Seen) -> Iterable[tuple[int, _Doubt]]:
    """Doubt values of one compound that lie about three decades apart."""
    doubt = _Doubt(
        f"{LOOKS}1000x off another value of the same compound", "Check the unit of both values."
    )
    exact = np.array([r == "=" for r in seen.relations])
    values = np.array(seen.values)
    codes = {name: n for n, name in enumerate(dict.fromkeys([*seen.subjects, *seen.assays]))}
    subjects = np.array([codes[s] for s in seen.subjects])
    assays = np.array([codes[a] for a in seen.assays])
    for (property, unit), places in _groups(seen.keys).items():
        kept = places[exact[places]]
        x = oddities.decades(values[kept], property, unit)
        if x is None:
            continue
        far = oddities.apart_from_replicates(x, subjects[kept], assays[kept])
        for i in kept[far]:
            yield seen.places[i], doubt


def _by_name(seen: _Seen) -> Iterable[tuple[int, _Doubt]]:
    """Doubt a value that is the number of its compound."""
    doubt = _Doubt(f"{LOOKS}like the compound's own number", "Check that columns did not slip.")
    for place, name, value in zip(seen.places, seen.names, seen.values, strict=True):
        if value >= 100.0 and oddities.number_of_name(name) == value:
            yield place, doubt


# ---- what the cells say beside the value
class _Cells:
    """Looks at the cells of a table beside the numbers that were read from them."""

    def __init__(self, seen: _Seen, table: RawTable, mapping: ColumnMapping) -> None:
        self._seen, self._mapping = seen, mapping
        self._at = {name: place for place, name in enumerate(table.columns)}
        self._rows = dict(table.rows)
        self._columns = table.columns
        self._own = [i for i, place in enumerate(seen.places) if place >= 0]

    def _of(self, value: ValueColumn) -> list[int]:
        """Return the places in ``seen`` that came from a column."""
        if value.property_column:
            others = {v.property for v in self._mapping.values if not v.property_column}
            return [i for i in self._own if self._seen.keys[i][0] not in others]
        return [i for i in self._own if self._seen.keys[i][0] == value.property]

    def _cell(self, i: int, column: str) -> str:
        return self._rows[self._seen.rows[i]][self._at[column]].strip()

    def by_unit(self) -> Iterable[tuple[int, _Doubt]]:
        """Doubt a unit that few rows state, and one that is left out where all others state it."""
        for value in self._mapping.values:
            if not value.unit_column:
                continue
            places = self._of(value)
            units = [_known_unit(self._cell(i, value.unit_column)) for i in places]
            yield from self._blank(places, value, units, "unit")
            yield from self._rare_units(places, units)

    def _rare_units(self, places: list[int], units: list[str]) -> Iterable[tuple[int, _Doubt]]:
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
                    yield self._seen.places[i], _Doubt(reason, "Check the unit of the row.")

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

    def by_relation(self) -> Iterable[tuple[int, _Doubt]]:
        """Doubt a relation that is left out where nearly all rows state theirs."""
        for value in self._mapping.values:
            if value.relation_column:
                places = self._of(value)
                stated = [self._cell(i, value.relation_column) for i in places]
                yield from self._blank(places, value, stated, "relation")

    def _blank(
        self, places: list[int], value: ValueColumn, stated: list[str], what: str
    ) -> Iterable[tuple[int, _Doubt]]:
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
            yield self._seen.places[i], _Doubt(reason, f"Fill in the {what} of the row.")

    def by_percent(self) -> Iterable[tuple[int, _Doubt]]:
        """Doubt fractions beside percent: 0.5 in a column that writes 50% elsewhere."""
        doubt = _Doubt(
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

    def by_twin(self) -> Iterable[tuple[int, _Doubt]]:
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
    ) -> Iterable[tuple[int, _Doubt]]:
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
        doubt = _Doubt(
            f"{LOOKS}wrong beside {column[:60]!r}: the two should state the same",
            "Find out which of the two is right: a unit, a decimal point or a digit differs.",
        )
        for n in np.flatnonzero(np.abs(x + other - offset) > 0.1):
            yield self._seen.places[places[n]], doubt
        stated = [i for i in limits if np.isfinite(self._number(i, column))]
        if len(limits) >= 10 and len(stated) < len(limits) / 2:
            doubt = _Doubt(
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


def _groups(keys: Sequence[_K]) -> dict[_K, Places]:
    """Return the places of each key, in order of first appearance."""
    found: dict[_K, list[int]] = defaultdict(list)
    for place, key in enumerate(keys):
        found[key].append(place)
    return {key: np.array(places, np.intp) for key, places in found.items()}


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
