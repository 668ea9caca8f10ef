# SPDX-License-Identifier: Apache-2.0
"""Which rows of a file say nothing of a property, and why: what is wrong with others is theirs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from attrs import evolve

from loopwright.api.weights import NO_WEIGHT
from loopwright.core.values import Quarantined
from loopwright.data.intake import BLANK, Intake
from loopwright.data.text import fault
from loopwright.loop.tabling import Taken

__all__ = ["left_out_of", "with_faults_of_classes"]


def left_out_of(
    name: str, taken: Sequence[Taken], intake: Intake, used: Collection[tuple[str, int]]
) -> tuple[Quarantined, ...]:
    """Return every row without a used value, with at least one reason, in file order.

    Args:
        name: The property.
        taken: The tables of the file.
        intake: What became of their rows.
        used: Sheet and row of those that are used.
    """
    others = _columns(taken, lambda of: of != name) - _columns(taken, lambda of: of == name)
    told = [q for q in intake.quarantine if (q.sheet, q.row) not in used and q.column not in others]
    known = {(q.sheet, q.row) for q in told}
    doubted = {
        (m.source_sheet, m.source_row): m.status_reason
        for m in intake.measurements
        if m.standard_type == name
    }
    for one in taken:
        for row, _ in one.table.rows:
            key = (one.table.sheet, row)
            if key in used or key in known:
                continue
            reason = doubted.get(key) or f"{BLANK} of {name}"
            told.append(
                fault(row, "", reason, _remedy(reason, bool(doubted.get(key))), sheet=key[0])
            )
    return tuple(sorted(told, key=lambda q: (q.sheet, q.row, q.column)))


def _remedy(reason: str, is_measured: bool) -> str:
    """Return what to do about a row without a used value, or with one that is in doubt."""
    if reason.endswith(NO_WEIGHT):
        return "Write how many measurements the row counts as, 1 if it is one, or train unweighted."
    if is_measured:
        return "Correct the row if it is wrong; its value is left out as it is."
    return "Nothing to do if it was not measured; else correct the row."


def with_faults_of_classes(
    intake: Intake, taken: Sequence[Taken], classes: Collection[str]
) -> Intake:
    """Return an intake whose cells that are no class are not asked to be numbers.

    A cell that says that nothing was measured stays what it is: no fault.

    Args:
        intake: What became of the rows.
        taken: The tables of the file.
        classes: Properties that are classes.
    """
    columns = _columns(taken, lambda of: of in classes)
    remedy = "Nothing to do if it is neither class; else write it as 0 or 1, or as no or yes."
    told = (
        evolve(q, reason=f"{q.value.strip()[:60]!r} is no class", remedy=remedy)
        if q.column in columns and q.value.strip() and not q.reason.startswith(BLANK)
        else q
        for q in intake.quarantine
    )
    return evolve(intake, quarantine=tuple(told))


def _columns(taken: Sequence[Taken], is_of: Callable[[str], bool]) -> set[str]:
    """Return the columns of values of some properties."""
    return {
        v.column for one in taken if one.mapping for v in one.mapping.values if is_of(v.property)
    }
