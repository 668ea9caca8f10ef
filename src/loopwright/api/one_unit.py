# SPDX-License-Identifier: Apache-2.0
"""Values of a property in units of one quantity; who is in another is set aside, not guessed at."""

from __future__ import annotations

from collections import Counter

from attrs import evolve

from loopwright.core.errors import DataError
from loopwright.data.intake import Intake
from loopwright.data.points import usable
from loopwright.data.rows import with_other
from loopwright.science.units import convert

__all__ = ["in_one_unit"]

MOST_ASIDE = 0.5
"""Share of the values beyond which nobody can say which quantity is meant."""


def in_one_unit(intake: Intake, property: str, unit: str = "") -> Intake:
    """Return an intake in which values that cannot be converted are flagged, with the reason.

    Args:
        intake: What was read.
        property: Whose values.
        unit: The unit that is asked for; the commonest if blank.
    """
    counts = Counter(m.standard_units for m in usable(intake.measurements, property))
    wanted = unit or max(counts, key=lambda u: (counts[u], u), default="")
    strange = {u for u in counts if not _fits(u, wanted)}
    if not strange or sum(counts[u] for u in strange) > MOST_ASIDE * counts.total():
        return intake
    changed = {
        place: evolve(
            m,
            status="flagged",
            status_reason=f"it is in {m.standard_units!r}, and the others are in {wanted!r}",
        )
        for place, m in enumerate(intake.measurements)
        if m.standard_type == property and m.status == "valid" and m.standard_units in strange
    }
    return evolve(intake, measurements=with_other(intake.measurements, changed))


def _fits(unit: str, wanted: str) -> bool:
    try:
        convert(1.0, unit, wanted)
    except DataError:
        return False
    return True
