# SPDX-License-Identifier: Apache-2.0
"""What a reviewer asks: why this one, and does the record hold? Changes nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cattrs

from loopwright.api.answers import Event, Finding, Measured
from loopwright.api.corrections import warning
from loopwright.api.workspace import Workspace
from loopwright.core.errors import DataError
from loopwright.data.tables import read_measurements
from loopwright.ledger.fact import Fact, Head
from loopwright.ledger.verification import Verification
from loopwright.loop.explain import Pick, explain
from loopwright.loop.facts import (
    KINDS,
    Chosen,
    Corrected,
    Ingested,
    Judged,
    Ordered,
    Proposed,
    Revised,
    read_event,
)
from loopwright.loop.homecoming import read_home
from loopwright.loop.mutations import mutations_from
from loopwright.loop.run import Campaign, look
from loopwright.loop.standing import changed_since, read_ruling, witnesses
from loopwright.loop.view import View
from loopwright.plates.readings import Outcome

__all__ = ["export_head", "summary", "verify", "why"]


def why(workspace: Workspace, candidate: str) -> Finding:
    """Tell everything that is known and was thought of one candidate.

    Args:
        workspace: Where.
        candidate: Its id, name or notation.

    Raises:
        DataError: The campaign knows no such candidate.
    """
    campaign = workspace.reading()
    view = look(campaign)
    found = view.find(candidate)
    if found.id not in view.candidates:
        raise DataError(
            f"The campaign knows no candidate {candidate!r}",
            where="candidate",
            remedy="Give an id or a name as `loopwright propose` prints it, or a notation.",
        )
    facts = list(campaign.record.history())
    is_measured = found.id in view.data.ids
    now = None if is_measured else explain(view, [found], why="as of today")[0]
    measured = _measured(campaign, view, found.id)
    gone = [m.measurement_id for m in measured if m.is_superseded or m.status != "valid"]
    gone += [i for i in changed_since(campaign.record, view.spec.goal) if i in _ids(measured)]
    return Finding(
        candidate_id=found.id,
        name=found.name,
        text=found.text,
        mutations=mutations_from(view.spec.modality, view.tools.modality)(found.text),
        measured=measured,
        models=witnesses(campaign.record, gone, view.spec.goal) if gone else (),
        warning=warning(campaign),
        picked=_picked(campaign, facts, found.id),
        now=now,
        events=tuple(
            Event(
                number=f.number,
                at=f.at,
                actor=f.actor,
                kind=f.kind,
                what=summary(f),
                reason=f.reason,
            )
            for f in facts
            if _speaks_of(campaign, f, found.id)
        ),
    )


def verify(workspace: Workspace, *, head: Path | None = None) -> Verification:
    """Re-compute the whole record; with an exported head, show an older copy too.

    Raises:
        DataError: ``head`` is no exported head.
    """
    against = None
    if head is not None:
        try:
            against = Head.from_json(head.read_text(encoding="utf-8"))
        except OSError as ex:
            raise DataError(
                f"The head cannot be read: {ex.strerror}", where=str(head), remedy="Check the path."
            ) from ex
    return workspace.ledger().verify(workspace.store(), against)


def export_head(workspace: Workspace, path: Path) -> Head:
    """Write the signed head to a file that is to be kept elsewhere."""
    head = workspace.ledger().head()
    path.write_text(head.to_json(), encoding="utf-8")
    return head


def summary(fact: Fact) -> str:
    """Say in one line what a fact tells."""
    body: Mapping[str, Any] = fact.body
    match fact.kind:
        case "file.ingested":
            return (
                f"{body['file']}: {body['n_rows']} rows = {body['n_loaded']} loaded + "
                f"{body['n_flagged']} flagged + {body['n_quarantined']} quarantined"
            )
        case "model.trained":
            worth = "of use" if body["is_useful"] else "of no use"
            return f"{body['model']} on {body['n_rows']} rows, {worth}"
        case "batch.proposed" | "batch.chosen":
            how = body.get("why") or f"by a person, {body['file']}"
            told = f"batch {body['cycle']}: {len(body['candidates'])} picks{_screens(body)}, {how}"
            return "; ".join(filter(None, (told, body.get("short"))))
        case "batch.revised":
            new = body.get("replacement") or {}
            return f"{body['action']} {body['candidate']['id']} {new.get('id', '')}".strip()
        case "batch.ordered":
            n = f"{len(body['candidates'])} candidates{_screens(body)}"
            return f"{body['order_id']}: {n}, {body['cost']:g}"
        case "plate.laid_out":
            whose = body.get("order_id") or body.get("file", "")
            return f"{whose}: {', '.join(body['plates'][:6])}{' ...' * (len(body['plates']) > 6)}"
        case "order.written_off" | "campaign.stopped":
            return _ended(body)
        case _:
            return _ruled(body) if fact.kind.startswith("measurement.") else ""


def _ended(body: Mapping[str, Any]) -> str:
    """Say what is no longer waited for, or asked for."""
    if "why" in body:
        return f"batch {body['cycle']} is not proposed: {body['why']}"
    return f"{len(body['candidates'])} candidates"


def _ruled(body: Mapping[str, Any]) -> str:
    if "verdict" in body:
        n = body["n_measurements"]
        return f"{body['verdict']} {n} measurement{'s' * (n != 1)}"
    return f"{body['was']} -> {body['now']} ({body['measurement']})"


def _ids(measured: tuple[Measured, ...]) -> frozenset[str]:
    return frozenset(m.measurement_id for m in measured)


def _measured(campaign: Campaign, view: View, candidate_id: str) -> tuple[Measured, ...]:
    files = {f.source_sha256: f for f in view.state.files}
    replaced = {m.supersedes for m in view.measurements}
    own = [m for m in view.measurements if m.candidate_id == candidate_id]
    outcomes: dict[str, Outcome] = {}
    for digest in dict.fromkeys(m.source_sha256 for m in own if not m.well and m.plate_id):
        if home := files[digest].home_sha256:
            readings = read_home(campaign.record, home).readings
            outcomes |= {o.measurement_id: o for r in readings for o in r.outcomes}
    found = []
    for m in own:
        outcome = outcomes.get(m.measurement_id)
        found.append(
            Measured(
                measurement_id=m.measurement_id,
                property=m.standard_type,
                relation=m.standard_relation,
                value=m.standard_value,
                unit=m.standard_units,
                status=m.status,
                status_reason=m.status_reason,
                supersedes=m.supersedes,
                is_superseded=m.measurement_id in replaced,
                file=files[m.source_sha256].file,
                sheet=m.source_sheet,
                row=m.source_row,
                source_sha256=m.source_sha256,
                plate=m.plate_id,
                well=m.well,
                low=outcome.low if outcome else None,
                high=outcome.high if outcome else None,
                wells=outcome.wells if outcome else (),
            )
        )
    return tuple(found)


def _screens(body: Mapping[str, Any]) -> str:
    """Say how many are to be screened; older facts know of none."""
    n = len(body.get("screens", ()))
    return f", {n} to be screened" if n else ""


_THOUGHT = {"batch.proposed", "batch.chosen", "batch.revised"}
"""Facts that keep what was thought of picks."""


def _picked(campaign: Campaign, facts: list[Fact], candidate_id: str) -> tuple[Pick, ...]:
    """Return what was thought of a candidate whenever it was picked, by the loop or by people."""
    found = []
    for fact in facts:
        if fact.kind in _THOUGHT and (digest := fact.body.get("picks_sha256")):
            kept = campaign.record.get_json(digest)
            picks = cattrs.structure(kept, list[Pick])
            found += [p for p in picks if p.candidate.id == candidate_id]
    return tuple(found)


def _speaks_of(campaign: Campaign, fact: Fact, candidate_id: str) -> bool:
    if fact.kind not in KINDS:
        return False
    match read_event(fact.kind, fact.body):
        case Ingested() as event:
            table = campaign.record.store.get(event.measurements_sha256)
            measured = (m.candidate_id for m in read_measurements(table))
            return candidate_id in event.answered or candidate_id in measured
        case Judged(ruling_sha256=digest) | Corrected(ruling_sha256=digest):
            said = read_ruling(campaign.record, digest).told.values()
            return any(json.loads(text)[0] == candidate_id for text in said)
        case Proposed(candidates=ids, screens=more) | Ordered(candidates=ids, screens=more):
            return candidate_id in ids or candidate_id in more
        case Chosen(candidates=ids):
            return candidate_id in ids
        case Revised(candidate=c, replacement=new):
            return candidate_id in {c.id, new.id if new else ""}
        case _:
            return candidate_id in fact.body.get("candidates", ())
