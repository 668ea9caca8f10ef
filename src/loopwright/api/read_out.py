# SPDX-License-Identifier: Apache-2.0
"""Plates are read out anew once people have ruled on signals that their results rest upon."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import frozen

from loopwright.api.measured import Looked, looked
from loopwright.api.taking import read_out_anew
from loopwright.core.values import Measurement
from loopwright.loop.readouts import SIGNAL
from loopwright.loop.rulings import told
from loopwright.loop.run import Campaign, look
from loopwright.loop.view import View

__all__ = ["ReadOut", "read_out_after"]


@frozen(kw_only=True)
class ReadOut:
    """What plates say otherwise since a ruling on their signals."""

    results: tuple[Looked, ...] = ()
    """Results that are new, or say something else now."""

    gone: tuple[str, ...] = ()
    """Ids of earlier results that count no longer."""


def read_out_after(
    campaign: Campaign, before: View, ruled: Iterable[Measurement], *, reason: str
) -> ReadOut:
    """Read the plates of these signals out anew; nothing happens if none of them is a signal.

    Args:
        campaign: Where; the ruling is written down.
        before: The campaign as it was before that.
        ruled: What was ruled on.
        reason: Why; that of the ruling.
    """
    laid = before.state.plates
    plates = {m.plate_id for m in ruled if m.standard_type == SIGNAL and m.plate_id in laid}
    if not plates or not read_out_anew(campaign, plates, reason=reason):
        return ReadOut()
    view = look(campaign)
    was, now = _results(before, plates), _results(view, plates)
    return ReadOut(
        results=looked(view, [m for i, m in now.items() if i not in was or _differ(m, was[i])]),
        gone=tuple(i for i, m in was.items() if i not in now or _differ(m, now[i])),
    )


def _results(view: View, plates: set[str]) -> Mapping[str, Measurement]:
    """Return the results of plates that no other one supersedes, by id."""
    replaced = {m.supersedes for m in view.measurements if m.supersedes}
    return {
        m.measurement_id: m
        for m in view.measurements
        if m.plate_id in plates and m.standard_type != SIGNAL and m.measurement_id not in replaced
    }


def _differ(one: Measurement, other: Measurement) -> bool:
    return told(one) != told(other) or one.status != other.status
