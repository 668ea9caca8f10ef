# SPDX-License-Identifier: Apache-2.0
"""What people have said of single measurements, applied to what the files say.

A ruling speaks of a measurement by its id and by what it said at that moment. Where a file is
read anew and the measurement says something else, the ruling lapses: nobody has looked at the
new value yet. Files are never altered. Knows no ledger and no store.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import evolve, frozen

from loopwright.core.values import Measurement, Relation, Status

__all__ = ["ACCEPT", "EXCLUDE", "RECONSIDER", "Correction", "Ruled", "Ruling", "correction_id",
           "noted", "rule", "same_rows", "told"]  # fmt: skip

ACCEPT, EXCLUDE, RECONSIDER = "accept", "exclude", "reconsider"
_STATUS: Mapping[str, tuple[Status, str]] = {
    ACCEPT: ("valid", "accepted"),
    EXCLUDE: ("excluded", "excluded"),
}


@frozen(kw_only=True)
class Correction:
    """What a measurement says from now on."""

    id: str
    """Of the new measurement."""

    relation: Relation
    value: float
    unit: str
    text: str
    """As the person wrote it."""


@frozen(kw_only=True)
class Ruling:
    """What one person said once of one or many measurements."""

    verdict: str
    """accept, exclude or reconsider; blank for a correction."""

    by: str
    reason: str
    told: Mapping[str, str]
    """Id of a measurement -> what it said when it was ruled on."""

    correction: Correction | None = None


@frozen(kw_only=True)
class Ruled:
    """Measurements as they count."""

    measurements: tuple[Measurement, ...]
    """All of them, each with its status; corrections come last."""

    lapsed: tuple[str, ...]
    """Ids that a ruling speaks of and that are gone, or say something else now."""

    judged: frozenset[str] = frozenset()
    """Ids of those on which a verdict is in force."""


def told(m: Measurement) -> str:
    """Return what a measurement says, whatever anybody thinks of it."""
    return json.dumps(
        [m.candidate_id, m.standard_type, m.standard_relation, m.standard_value, m.standard_units]
    )


def rule(
    measurements: Iterable[Measurement],
    rulings: Iterable[Ruling],
    same: Mapping[str, str] | None = None,
) -> Ruled:
    """Return measurements under every ruling, the last word last.

    Args:
        measurements: As the files say.
        rulings: Oldest first.
        same: Id of a measurement whose file was replaced -> the one of the same row in the new
            file.
    """
    said = {m.measurement_id: m for m in measurements}
    now = dict(said)
    lapsed: dict[str, None] = {}
    judged: set[str] = set()
    for ruling in rulings:
        for stated, what in ruling.told.items():
            found = now.get((same or {}).get(stated, stated))
            if found is None or told(found) != what:
                lapsed[stated] = None
                continue
            lapsed.pop(stated, None)
            if ruling.correction is not None:
                new = _corrected(found, ruling, ruling.correction)
                said[new.measurement_id] = now[new.measurement_id] = new
            else:
                key = found.measurement_id
                now[key] = _judged(said[key], ruling)
                (judged.discard if ruling.verdict == RECONSIDER else judged.add)(key)
    return Ruled(measurements=tuple(now.values()), lapsed=tuple(lapsed), judged=frozenset(judged))


def same_rows(
    old: Sequence[Measurement], new: Sequence[Measurement], into: dict[str, str]
) -> dict[str, str]:
    """Return old id -> new id of rows that a replacing file repeats letter for letter.

    Args:
        old: Measurements of the file that was replaced.
        new: Those of the file that took its place.
        into: What is known of files that were replaced earlier; carried on.
    """
    places: dict[tuple[str, str], list[str]] = {}
    for m in new:
        places.setdefault((m.raw, m.standard_type), []).append(m.measurement_id)
    seen: dict[tuple[str, str], list[str]] = {}
    for m in old:
        seen.setdefault((m.raw, m.standard_type), []).append(m.measurement_id)
    found = {
        ids[0]: places[key][0]
        for key, ids in seen.items()
        if len(ids) == 1 and len(places.get(key, ())) == 1
    }
    carried = {first: found[then] for first, then in into.items() if then in found}
    return {**into, **carried, **found}


def noted(raw: str, key: str, note: Any) -> str:
    """Return the cells of a row with a note beside them, under a name that no column has."""
    cells = json.loads(raw) if raw else {}
    while key in cells:
        key = f"({key})"
    return json.dumps({**cells, key: note}, ensure_ascii=False)


def correction_id(m: Measurement, relation: str, value: float, unit: str) -> str:
    """Return the id of what supersedes a measurement; another one for each value."""
    said = json.dumps(["correction", m.measurement_id, relation, value, unit])
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _judged(m: Measurement, ruling: Ruling) -> Measurement:
    if ruling.verdict == RECONSIDER:
        return m
    status, word = _STATUS[ruling.verdict]
    reason = f"{word} by {ruling.by}: {ruling.reason}"
    return evolve(
        m, status=status, status_reason="; ".join(r for r in (m.status_reason, reason) if r)
    )


def _corrected(m: Measurement, ruling: Ruling, new: Correction) -> Measurement:
    note = {"value": new.text, "by": ruling.by, "reason": ruling.reason}
    return evolve(
        m,
        measurement_id=new.id,
        standard_relation=new.relation,
        standard_value=new.value,
        standard_units=new.unit,
        status="valid",
        status_reason=f"corrected by {ruling.by}: {ruling.reason}",
        supersedes=m.measurement_id,
        raw=noted(m.raw, "(corrected)", note),
    )
