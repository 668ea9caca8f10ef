# SPDX-License-Identifier: Apache-2.0
"""Flags values that are legal and yet look wrong: for a person to look at before anybody learns.

Looks at a table as a whole, and at what was measured before. Decides nothing: a flagged
measurement is kept with its reason, and its place is listed with a remedy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from attrs import evolve

from loopwright.core.values import Measurement, Quarantined, RawTable
from loopwright.data import oddities
from loopwright.data.cellwise import Cells
from loopwright.data.intake import Intake
from loopwright.data.mapping import ColumnMapping
from loopwright.data.oddities import Places
from loopwright.data.rows import fields_of, with_other
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
    seen = Seen.of(part.measurements, known)
    if not len(seen):
        return part
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
    changed: dict[int, Measurement] = {}
    listed: list[Quarantined] = []
    fresh: set[tuple[str, int]] = set()
    for place, m in enumerate(part.measurements):
        if (doubt := doubts.get(place)) is None:
            continue
        reason = "; ".join(r for r in (m.status_reason, doubt.reason) if r)
        changed[place] = evolve(m, status="flagged", status_reason=reason)
        column = _column(mapping, m)
        unit = "" if m.standard_units == "1" else m.standard_units
        cell = "" if m.standard_value is None else f"{m.standard_value:g} {unit}".rstrip()
        listed.append(
            evolve(
                fault(m.source_row, cell, doubt.reason, doubt.remedy, column=column),
                sheet=m.source_sheet,
            )
        )
        if (m.source_sheet, m.source_row) not in named:
            fresh.add((m.source_sheet, m.source_row))
    told = fields_of(part.measurements, "status", "source_sheet", "source_row")
    doubted_before = {(sheet, row) for status, sheet, row in told if status == "flagged"}
    n = len(fresh - doubted_before)
    return evolve(
        part,
        measurements=with_other(part.measurements, changed),
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
    for key, places in groups(seen.keys).items():
        bad = places[oddities.impossible(seen.values[places], *seen.kinds[key])]
        yield from _each(seen, bad, doubt)


def _by_assay(seen: Seen) -> Iterable[tuple[int, Doubt]]:
    """Doubt what lies far from all others of its assay, or of its property in this table."""
    is_number = seen.is_exact | seen.is_about
    for key, of_key in groups(seen.keys).items():
        property, unit = seen.kinds[key]
        assays = groups(seen.assays[of_key])
        for group in [of_key, *(of_key[g] for g in assays.values() if len(assays) > 1)]:
            known = group[is_number[group]]
            yield from _far(seen, known, property, unit)
            if is_molar(unit) or oddities.is_p_scale(property, unit):
                doubt = Doubt(
                    f"{LOOKS}like a limit whose sign was lost: many have this very value",
                    "Put '>' or '<' before it if the assay ends there; accept it if not.",
                )
                bad = oddities.capped(seen.values[known], high_is_weak=is_molar(unit))
                yield from _each(seen, known[bad], doubt)


def _far(seen: Seen, group: Places, property: str, unit: str) -> Iterable[tuple[int, Doubt]]:
    values = seen.values[group]
    x = oddities.decades(values, property, unit)
    far = oddities.beyond_the_rest(values if x is None else x, is_in_decades=x is not None)
    yield from _each(
        seen, group[far], Doubt(f"{LOOKS}far outside the range of the other values", _LOOK)
    )
    if x is not None:
        doubt = Doubt(
            f"{LOOKS}1000x off: these neighbouring rows lie three decades from the others",
            "Check the unit of these rows.",
        )
        is_new = seen.places[group] >= 0
        yield from _each(seen, group[is_new][oddities.shifted_block(x[is_new])], doubt)


def _by_replicate(seen: Seen) -> Iterable[tuple[int, Doubt]]:
    """Doubt values of one compound that lie about three decades apart."""
    doubt = Doubt(
        f"{LOOKS}1000x off another value of the same compound", "Check the unit of both values."
    )
    for key, places in groups(seen.keys).items():
        kept = places[seen.is_exact[places]]
        x = oddities.decades(seen.values[kept], *seen.kinds[key])
        if x is not None:
            far = oddities.apart_from_replicates(x, seen.subjects[kept], seen.assays[kept])
            yield from _each(seen, kept[far], doubt)


def _by_name(seen: Seen) -> Iterable[tuple[int, Doubt]]:
    """Doubt a value that is the number of its compound."""
    doubt = Doubt(f"{LOOKS}like the compound's own number", "Check that columns did not slip.")
    yield from _each(seen, np.flatnonzero(seen.is_own_number), doubt)


def _each(seen: Seen, places: Places, doubt: Doubt) -> Iterable[tuple[int, Doubt]]:
    """Return the measurements at these places, each with the doubt."""
    return ((place, doubt) for place in seen.places[places].tolist())
