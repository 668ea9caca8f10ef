# SPDX-License-Identifier: Apache-2.0
"""Flags values that are legal and yet look wrong: for a person to look at before anybody learns.

Looks at a table as a whole, and at what was measured before. Decides nothing: a flagged
measurement is kept with its reason, and its place is listed with a remedy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from attrs import evolve

from loopwright.core.values import FloatArray, Measurement, Quarantined, RawTable
from loopwright.data import oddities
from loopwright.data.cellwise import Cells
from loopwright.data.intake import Intake
from loopwright.data.mapping import ColumnMapping
from loopwright.data.oddities import Places
from loopwright.data.rows import Pile
from loopwright.data.seen import LOOKS, Doubt, Seen, groups
from loopwright.data.text import fault
from loopwright.science.units import is_molar

__all__ = ["looked_at"]

_LOOK = "Look at the source; correct the row if it is wrong, accept it if it is right."


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
    seen = Seen()
    for place, m in enumerate(part.measurements):
        seen.add(m, place)
    if not seen.values:
        return part
    for m in known:
        seen.add(m, -1)
    doubts: dict[int, Doubt] = {}
    for rule in (_by_value, _by_assay, _by_replicate, _by_name):
        _merge(doubts, rule(seen))
    cells = Cells(seen, table, mapping)
    for look in (cells.by_unit, cells.by_relation, cells.by_percent, cells.by_twin):
        _merge(doubts, look())
    return _flagged(part, mapping, doubts) if doubts else part


def _merge(doubts: dict[int, Doubt], more: Iterable[tuple[int, Doubt]]) -> None:
    """Keep the first doubt about each place; those of the past have none."""
    for place, doubt in more:
        if place >= 0:
            doubts.setdefault(place, doubt)


def _flagged(part: Intake, mapping: ColumnMapping, doubts: Mapping[int, Doubt]) -> Intake:
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
def _by_value(seen: Seen) -> Iterable[tuple[int, Doubt]]:
    """Doubt what nothing in nature can be."""
    doubt = Doubt(f"{LOOKS}impossible for what was measured", _LOOK)
    values = np.array(seen.values)
    for (property, unit), places in groups(seen.keys).items():
        for i in places[oddities.impossible(values[places], property, unit)]:
            yield seen.places[i], doubt


def _by_assay(seen: Seen) -> Iterable[tuple[int, Doubt]]:
    """Doubt what lies far from all others of its assay, or of its property in this table."""
    values, exact = np.array(seen.values), np.array([r in "=~" for r in seen.relations])
    for (property, unit), of_key in groups(seen.keys).items():
        assays = groups([seen.assays[i] for i in of_key])
        for group in [of_key, *(of_key[g] for g in assays.values() if len(assays) > 1)]:
            known = group[exact[group]]
            yield from _far(seen, values, known, property, unit)
            if is_molar(unit) or oddities.is_p_scale(property, unit):
                doubt = Doubt(
                    f"{LOOKS}like a limit whose sign was lost: many have this very value",
                    "Put '>' or '<' before it if the assay ends there; accept it if not.",
                )
                for i in known[oddities.capped(values[known], high_is_weak=is_molar(unit))]:
                    yield seen.places[i], doubt


def _far(
    seen: Seen, values: FloatArray, group: Places, property: str, unit: str
) -> Iterable[tuple[int, Doubt]]:
    x = oddities.decades(values[group], property, unit)
    far = oddities.beyond_the_rest(values[group] if x is None else x, is_in_decades=x is not None)
    doubt = Doubt(f"{LOOKS}far outside the range of the other values", _LOOK)
    for i in group[far]:
        yield seen.places[i], doubt
    if x is not None:
        doubt = Doubt(
            f"{LOOKS}1000x off: these neighbouring rows lie three decades from the others",
            "Check the unit of these rows.",
        )
        is_new = np.array([seen.places[i] >= 0 for i in group], bool)
        for i in group[is_new][oddities.shifted_block(x[is_new])]:
            yield seen.places[i], doubt


def _by_replicate(seen: Seen) -> Iterable[tuple[int, Doubt]]:
    """Doubt values of one compound that lie about three decades apart."""
    doubt = Doubt(
        f"{LOOKS}1000x off another value of the same compound", "Check the unit of both values."
    )
    exact = np.array([r == "=" for r in seen.relations])
    values = np.array(seen.values)
    codes = {name: n for n, name in enumerate(dict.fromkeys([*seen.subjects, *seen.assays]))}
    subjects = np.array([codes[s] for s in seen.subjects])
    assays = np.array([codes[a] for a in seen.assays])
    for (property, unit), places in groups(seen.keys).items():
        kept = places[exact[places]]
        x = oddities.decades(values[kept], property, unit)
        if x is None:
            continue
        far = oddities.apart_from_replicates(x, subjects[kept], assays[kept])
        for i in kept[far]:
            yield seen.places[i], doubt


def _by_name(seen: Seen) -> Iterable[tuple[int, Doubt]]:
    """Doubt a value that is the number of its compound."""
    doubt = Doubt(f"{LOOKS}like the compound's own number", "Check that columns did not slip.")
    for place, name, value in zip(seen.places, seen.names, seen.values, strict=True):
        if value >= 100.0 and oddities.number_of_name(name) == value:
            yield place, doubt
