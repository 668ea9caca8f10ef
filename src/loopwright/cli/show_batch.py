# SPDX-License-Identifier: Apache-2.0
"""A batch, and everything that is known of one candidate, as text for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from loopwright.cli.naming import labels
from loopwright.cli.show import console, number, table

if TYPE_CHECKING:
    from loopwright.api.answers import Batch, Finding, Measured
    from loopwright.loop.explain import Near, Pick

__all__ = ["batch", "finding"]


def batch(found: Batch) -> None:
    """Print the open batch."""
    if found.cycle < 0:
        console().print(Text(found.note or "no batch is open"))
        return
    if found.note:
        console().print(Text(found.note))
    unit = "" if found.unit == "1" else f" {found.unit}"
    console().print(Text(f"batch {found.cycle} of {found.campaign}: {_count(len(found.picks))}"))
    if found.model:
        console().print(Text(found.model, style="dim"), soft_wrap=True)
    named = labels(
        [p.candidate.text for p in found.picks],
        [""] * len(found.picks),
        beside=[near.candidate.text for p in found.picks for near in p.neighbours],
        mutations=[p.mutations for p in found.picks],
    )
    if named.shared:
        console().print(Text(f"{named.shared}:"), soft_wrap=True)
    for i, pick in enumerate(found.picks, start=1):
        mark = "*" if pick.candidate.id in found.locked else " "
        name = f"{pick.candidate.id}  {pick.candidate.name}".rstrip()
        console().print(
            Text(f"{i:>3}{mark} {name}  {_wanted(pick)}{_said(pick, unit)}", style="bold"),
            soft_wrap=True,
        )
        for text in dict.fromkeys((named.each[i - 1], pick.candidate.text)):
            console().print(Text(f"     {text}"), soft_wrap=True)
        near = "; ".join(_near(n) for n in pick.neighbours)
        console().print(Text(f"     near: {near or 'nothing is measured yet'}"), soft_wrap=True)
        console().print(Text(f"     why:  {pick.told}", style="dim"), soft_wrap=True)
        for line in pick.in_numbers(found.unit):
            console().print(Text(f"           {line}", style="dim"), soft_wrap=True)
    _below(found)


def _below(found: Batch) -> None:
    """Print what holds of the batch as a whole."""
    if found.locked:
        console().print(Text("* locked by a person", style="dim"))
    if found.short:
        console().print(Text(found.short), soft_wrap=True)
    if found.gain:
        whose = "of the batch as the loop proposed it: " if found.gain_is_as_proposed else ""
        console().print(Text(f"{whose}{found.gain.in_words(found.unit)}"), soft_wrap=True)
    if found.cost is not None:
        left = "" if found.left is None else f"; {found.left:g} of the budget are left"
        console().print(Text(f"cost of the batch: {found.cost:g}{left}"))
    if found.warning:
        console().print(Text(found.warning, style="bold"), soft_wrap=True)


def finding(found: Finding) -> None:
    """Print everything that is known and was thought of one candidate."""
    name = f" ({found.name})" if found.name else ""
    console().print(Text(f"{found.candidate_id}{name}  {found.text}"), soft_wrap=True)
    if found.mutations:
        console().print(Text(f"mutations of the parent: {found.mutations}"), soft_wrap=True)
    measured = [
        (
            m.property,
            f"{'' if m.relation == '=' else m.relation}{number(m.value)}",
            m.unit,
            "superseded" if m.is_superseded else m.status,
            " ".join(filter(None, (m.file, m.sheet, f"row {m.row}"))),
            " ".join(filter(None, (m.plate, m.well))),
            m.status_reason,
            m.measurement_id,
        )
        for m in found.measured
    ]
    if measured:
        columns = ("property", ">value", "unit", "status", "from", "plate", "note", "id")
        table(columns, measured, title="measured")
    for m in found.measured:
        if m.wells:
            _wells(m)
    for pick in found.picked:
        _thought(f"picked{' to be screened' * pick.is_screen}, rank {pick.rank}", pick)
    if found.now:
        _thought("today", found.now)
    for w in found.models:
        use = "in use" if w.is_in_use else "no longer in use"
        told = f"learned a value that counts no longer: {w.model} of cycle {w.cycle}, {use}"
        console().print(Text(told), soft_wrap=True)
    if found.warning:
        console().print(Text(f"note: {found.warning}"), soft_wrap=True)
    rows = [(str(e.number), e.at, e.actor, e.kind, e.what, e.reason) for e in found.events]
    table((">fact", "at", "by", "kind", "what", "reason"), rows, title="facts")


def _wells(found: Measured) -> None:
    """Print the wells that a fitted value rests upon."""
    ends = ["open" if end is None else number(end) for end in (found.low, found.high)]
    value = f"{found.property} {found.relation} {number(found.value)}"
    title = f"{value}, 95 % interval {' to '.join(ends)}"
    rows = [
        (
            w.well,
            f"{w.concentration_M:.3g}",
            number(w.signal),
            number(w.percent),
            "" if w.is_used else f"not used: {w.reason}",
        )
        for w in found.wells
    ]
    table(("well", ">mol/L", ">signal", ">% effect", ""), rows, title=title)


def _count(n: int) -> str:
    return "1 pick" if n == 1 else f"{n} picks"


def _thought(when: str, pick: Pick) -> None:
    said = _said(pick, "")
    console().print(Text(f"{when}: {said + '; ' if said else ''}{pick.told}"), soft_wrap=True)
    for line in pick.in_numbers("1"):
        console().print(Text(f"  {line}"), soft_wrap=True)
    for near in pick.neighbours:
        console().print(Text(f"  near {_near(near)}"), soft_wrap=True)


def _wanted(pick: Pick) -> str:
    return "to be screened  " if pick.is_screen else ""


def _said(pick: Pick, unit: str) -> str:
    """Return prediction, interval and domain in words; blank where no model had a say."""
    if pick.mean is None:
        return ""
    domain = "in" if pick.in_domain else "out of"
    interval = f"{number(pick.low)} to {number(pick.high)}"
    return f"predicted {number(pick.mean)}{unit}, 90 % interval {interval}, {domain} domain"


def _near(near: Near) -> str:
    sign = {0: "", -1: "<", 1: ">"}[near.bound]
    return f"{near.label} {sign}{number(near.value)} ({near.similarity:.2f})"
