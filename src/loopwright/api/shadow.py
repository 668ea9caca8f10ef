# SPDX-License-Identifier: Apache-2.0
"""Who does better, the loop or people: as an answer, and as a part of the report."""

from __future__ import annotations

from loopwright.api.workspace import Workspace
from loopwright.loop.compared import Group, Lead, Shadow
from loopwright.loop.shadow import shadow_of
from loopwright.reports import views
from loopwright.reports.shadow_view import ShadowRow, ShadowTable

__all__ = ["shadow", "shadow_table", "shadow_traces"]


def shadow(workspace: Workspace) -> Shadow:
    """Return who did better so far in a campaign in which the loop proposes and people choose."""
    return shadow_of(workspace.reading())


def shadow_table(found: Shadow) -> ShadowTable | None:
    """Return the comparison as a table; None if people have not chosen beside the loop."""
    if not found.cycles:
        return None
    rows = tuple(
        ShadowRow(
            cycle=c.cycle,
            n_both=c.both.n,
            people=_told(c.people) + (f"; {c.n_known} known before" if c.n_known else ""),
            loop=_told(c.loop),
            predicted=_predicted(c.loop),
            lead=_lead(c.lead),
            measured=_lead(c.measured),
        )
        for c in found.cycles
    )
    return ShadowTable(
        property=found.property,
        unit="" if found.unit == "1" else found.unit,
        verdict=found.in_words(),
        rows=rows,
    )


def shadow_traces(found: Shadow) -> tuple[views.Trace, ...]:
    """Return the lead of the loop over cycles, with its band; nothing below two cycles."""
    judged = [(c, c.lead) for c in found.cycles if c.lead is not None]
    if len(judged) < 2:
        return ()
    unit = "" if found.unit == "1" else f" ({found.unit})"
    nobody = views.Curve(
        label="equally good",
        measured=tuple(c.cycle for c, _ in judged),
        mean=(0.0,) * len(judged),
        is_baseline=True,
    )
    lead = views.Curve(
        label="loop less people",
        measured=tuple(c.cycle for c, _ in judged),
        mean=tuple(one.mean for _, one in judged),
        low=tuple(one.low for _, one in judged),
        high=tuple(one.high for _, one in judged),
    )
    return (
        views.Trace(
            title="Loop against people, cycle by cycle",
            y_title=f"Lead of the loop in {found.property}{unit}",
            x_title="Cycle",
            curves=(nobody, lead),
            note=(
                "Mean of the loop's batch less that of people's; above zero the loop is better. "
                "Band: 95 % interval from the noise of values and the doubt of predictions."
            ),
        ),
    )


def _told(group: Group) -> str:
    """Return number, mean and best of a group in a cell."""
    if group.mean is None:
        return f"{group.n}" if group.n == 0 else f"{group.n}, none measured"
    part = "" if group.n_measured == group.n else f" ({group.n_measured} measured)"
    return f"{group.n}{part}: {group.mean:.3g}, best {group.best:.3g}"


def _predicted(group: Group) -> str:
    if group.predicted is None:
        return ""
    return f"{group.n_predicted}: {group.predicted:.3g}"


def _lead(lead: Lead | None) -> str:
    return "" if lead is None else f"{lead.mean:+.2g} [{lead.low:.2g}, {lead.high:.2g}]"
