# SPDX-License-Identifier: Apache-2.0
"""Single measurements, as a person looks at them: by id, with file and row."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from attrs import frozen

from loopwright.api.taking import label
from loopwright.core.errors import DataError
from loopwright.core.values import Measurement
from loopwright.loop.view import View

__all__ = ["Looked", "by_ids", "looked", "said"]


@frozen(kw_only=True)
class Looked:
    """A measurement to look at."""

    measurement_id: str
    file: str
    sheet: str
    row: int
    candidate_id: str
    name: str
    property: str
    relation: str
    value: float | None
    unit: str
    status: str
    why: str


def by_ids(view: View, ids: Collection[str]) -> list[Measurement]:
    """Return measurements in the order of their ids; refuse any that nobody knows."""
    found = {m.measurement_id: m for m in view.measurements}
    if absent := [i for i in ids if i not in found]:
        raise DataError(
            f"No measurement has the id {', '.join(map(repr, absent[:5]))}",
            where="ids",
            remedy="`loopwright flagged` and `loopwright why CANDIDATE` show the ids.",
        )
    newer = {m.supersedes: m.measurement_id for m in found.values() if m.supersedes}
    for i in ids:
        if i in newer:
            raise DataError(
                f"{i} was corrected and counts no longer",
                where="ids",
                remedy=f"Speak of the correction: {newer[i]}.",
            )
    return [found[i] for i in dict.fromkeys(ids)]


def looked(view: View, rows: Sequence[Measurement]) -> tuple[Looked, ...]:
    """Return measurements with the names of their files."""
    files = {f.source_sha256: label(view.state, f) for f in view.state.files}
    return tuple(
        Looked(
            measurement_id=m.measurement_id,
            file=files[m.source_sha256],
            sheet=m.source_sheet,
            row=m.source_row,
            candidate_id=m.candidate_id,
            name=m.name,
            property=m.standard_type,
            relation=m.standard_relation,
            value=m.standard_value,
            unit=m.standard_units,
            status=m.status,
            why=m.status_reason,
        )
        for m in rows
    )


def said(relation: str, value: float | None, unit: str) -> str:
    """Return a value in words."""
    if value is None:
        return "no value"
    return (
        f"{'' if relation == '=' else relation + ' '}{value:.6g}{'' if unit == '1' else ' ' + unit}"
    )
