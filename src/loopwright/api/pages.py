# SPDX-License-Identifier: Apache-2.0
"""A campaign and a replay as pages: fills the views of ``reports`` and writes the file."""

from __future__ import annotations

import math
import sys
from collections.abc import Collection
from importlib.metadata import version
from pathlib import Path

import numpy as np
from attrs import evolve

from loopwright.api.batches import worth_of
from loopwright.api.cards import model_card, replicate_noise
from loopwright.api.corrections import warning
from loopwright.api.evidence import summary
from loopwright.api.ordered import batches_of, in_unit, number
from loopwright.api.shadow import shadow_table, shadow_traces
from loopwright.api.workspace import Workspace
from loopwright.data.intake import BLANK
from loopwright.data.tables import read_quarantine
from loopwright.loop.mending import DROPPED
from loopwright.loop.run import Campaign, look, next_step
from loopwright.loop.shadow import shadow_of
from loopwright.loop.state import Done
from loopwright.loop.view import View
from loopwright.reports import views
from loopwright.reports.front_view import Front
from loopwright.reports.page import render
from loopwright.science.hypervolume import is_on_front
from loopwright.spec.goal import Goal, aim_of, wanted
from loopwright.training.artefact import unpack

__all__ = ["provenance", "write_report"]

_LIBRARIES = ("loopwright", "numpy", "scipy", "rdkit", "lightgbm")
MOST_ROWS = 300
"""Quarantined places that a page shows."""


def write_report(
    workspace: Workspace,
    path: Path,
    *,
    headline: str = "",
    traces: tuple[views.Trace, ...] = (),
) -> Path:
    """Write the campaign as one self-contained HTML file.

    Args:
        workspace: Where the campaign is.
        path: The file to write.
        headline: The first sentence; where the campaign stands, if blank.
        traces: Pictures to show before the campaign's own trace (of a replay, say).

    Returns:
        ``path``.
    """
    campaign = workspace.reading()
    view = look(campaign)
    compared = shadow_of(campaign)
    is_verified = workspace.ledger().verify(workspace.store()).ok
    page = views.Page(
        title=view.spec.name,
        subtitle="; ".join(aim_of(goal) for goal in view.spec.goals),
        headline=headline or _headline(view),
        detail=_detail(campaign, view),
        tiles=_tiles(view),
        traces=(*traces, *_traces(view), *_fronts(campaign, view), *shadow_traces(compared)),
        shadow=shadow_table(compared),
        batches=batches_of(campaign, view),
        models=_models(campaign, view),
        intake=tuple(
            views.IntakeFile(
                file=f.file,
                n_rows=f.n_rows,
                n_loaded=f.n_loaded,
                n_flagged=f.n_flagged,
                n_quarantined=f.n_quarantined,
            )
            for f in view.state.files
        ),
        quarantine=_quarantine(campaign, view),
        facts=_facts(campaign),
        provenance=provenance(
            seed=view.spec.seed,
            head_digest=campaign.record.ledger.head().digest,
            inputs=tuple((f.file, f.source_sha256) for f in view.state.files),
            is_verified=is_verified,
        ),
        generated_at=workspace.now(),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render(page), encoding="utf-8")
    return path


def _models(campaign: Campaign, view: View) -> tuple[views.ModelCard, ...]:
    """Return the card of the last model, with the noise that replicates show."""
    digests = [m.model_sha256 for m in view.state.models if m.model_sha256 is not None]
    if not digests:
        return ()
    content = campaign.record.store.get(digests[-1])
    trained = unpack(content, {**view.tools.baselines, **view.tools.models})
    noise = replicate_noise(view.measurements, view.spec.goal)
    return (evolve(model_card(trained), replicates=noise),)


def provenance(
    *,
    seed: int | None = None,
    head_digest: str = "",
    inputs: tuple[tuple[str, str], ...] = (),
    is_verified: bool | None = None,
) -> views.Provenance:
    """Return what is needed to make the same page again."""
    libraries = tuple((name, version(name)) for name in _LIBRARIES)
    return views.Provenance(
        head_digest=head_digest,
        seed=seed,
        versions=(*libraries, ("python", sys.version.split()[0])),
        inputs=inputs,
        is_verified=is_verified,
    )


# ---- parts of the page
def _headline(view: View) -> str:
    if not view.measured:
        return f"{len(view.candidates)} candidates are known; none is measured yet."
    best = [(a.data.goal, a.data.best_of(but=view.barred)) for a in view.aims]
    told = [
        f"the best {goal.property} is {one.sign}{number(one.value)}{in_unit(goal.unit)}"
        for goal, one in best
        if one is not None and not goal.limit
    ]
    hits = [f"{len(view.hits)} hits"] if _has_threshold(view) else []
    measured = f"{len(view.measured)} of {len(view.candidates)} candidates are measured"
    return f"{measured}{'; ' if told else ''}{', '.join([*told, *hits])}."


def _has_threshold(view: View) -> bool:
    return any(goal.threshold is not None for goal in view.spec.goals)


def _detail(campaign: Campaign, view: View) -> str:
    """Say what the last model is worth, and what it has learned that counts no longer."""
    last = view.state.models[-1] if view.state.models else None
    is_told = last is None or last.is_useful or len(last.each()) > 1
    worth = f"{'' if is_told else 'The last model is '}{worth_of(last)}"
    told = warning(campaign)
    said = [worth, f"Note: {told}" if told else "", _ended(view)]
    return ". ".join(filter(None, said)) + ("." if any(said[1:]) else "")


def _ended(view: View) -> str:
    """Say why nothing is left to do; blank while something is."""
    step = next_step(view)
    return f"The campaign has ended: {step.why}" if isinstance(step, Done) else ""


def _tiles(view: View) -> tuple[views.Tile, ...]:
    state = view.state
    tiles = [views.Tile(label="Measured", value=str(len(view.measured)))]
    best = view.data.best_of(but=view.barred)
    if best is not None:
        (who,) = view.named([best.candidate])
        value = f"{best.sign}{number(best.value)}"
        tiles.append(views.Tile(label="Best", value=value, note=who.name or who.id))
    if _has_threshold(view):
        note = "; ".join(_threshold(g) for g in view.spec.goals if g.threshold is not None)
        tiles.append(views.Tile(label="Hits", value=str(len(view.hits)), note=note))
    tiles.append(views.Tile(label="On order", value=str(len(state.outstanding))))
    budget = view.spec.budget
    note = "" if budget is None else f"of {budget:g}"
    tiles.append(views.Tile(label="Spent", value=f"{state.spent:g}", note=note))
    return tuple(tiles)


def _threshold(goal: Goal) -> str:
    """Say what a hit is."""
    assert goal.threshold is not None, "asked of goals with a threshold"
    if goal.limit:
        return aim_of(goal)
    if goal.match is not None:
        return f"{goal.property} {number(goal.match)} within {number(goal.threshold)}"
    return f"{goal.property} {number(goal.threshold)} or better"


def _as_they_came(view: View, measured: Collection[str]) -> list[list[str]]:
    """Return who was measured without an order or before one, then by each order; each once."""
    orders = view.state.orders
    ordered = {c for o in orders for c in o.candidates}
    answers = {c: f.source_sha256 for f in reversed(view.state.files) for c in f.answered}
    sources: dict[str, str] = {}
    for m in view.measurements:
        if m.standard_type == view.spec.goal.property:
            sources.setdefault(m.candidate_id, m.source_sha256)
    early = {c for c in measured if c in answers and sources.get(c) != answers[c]}
    seen = {c for c in measured if c not in ordered} | early
    groups = [[c for c in measured if c in seen]]
    for each in orders:
        groups.append([c for c in each.candidates if c in measured and c not in seen])
        seen.update(groups[-1])
    return groups


def _traces(view: View) -> tuple[views.Trace, ...]:
    """Return best value so far over candidates measured; who breaks a limit is no best."""
    data, barred = view.data, view.barred
    worth = {i: (-math.inf, math.nan) for i in data.ids}
    values = data.targets.values[:, 0]
    for i, good, value, counts in zip(data.ids, data.worth, values, data.counts, strict=True):
        if counts and i not in barred:
            worth[i] = max(worth[i], (float(good), float(value)))
    groups = _as_they_came(view, worth)
    measured, best = [], []
    n, top = 0, (-math.inf, math.nan)
    for group in groups:
        n, top = n + len(group), max([top, *(worth[c] for c in group)])
        if group and math.isfinite(top[0]):
            measured.append(n)
            best.append(top[1])
    if len(measured) < 2:
        return ()
    goal = view.spec.goal
    curve = views.Curve(label="this campaign", measured=tuple(measured), mean=tuple(best))
    return (
        views.Trace(
            title="Best value so far",
            y_title=f"Best {goal.property}{in_unit(goal.unit)}",
            curves=(curve,),
            note="One campaign, so there is no band; `loopwright replay` shows baselines.",
        ),
    )


def _fronts(campaign: Campaign, view: View) -> tuple[Front, ...]:
    """Return the first two goals against each other, if there are two and both are measured.

    Limits are none; who breaks one is not on the front.
    """
    if len(wanted(view.spec.goals)) < 2:
        return ()
    values = [
        {i: float(v) for i, v in zip(aim.data.ids, aim.data.targets.values[:, 0], strict=True)}
        for aim in view.aims[:2]
    ]
    both = sorted(values[0].keys() & values[1].keys())
    if not both:
        return ()
    points = tuple((values[0][i], values[1][i]) for i in both)
    worths = np.stack(
        [
            aim.data.goal.worth(np.array([p[j] for p in points]))
            for j, aim in enumerate(view.aims[:2])
        ],
        axis=1,
    )
    worths[[i in view.barred for i in both]] = -np.inf
    batch = view.state.proposal
    picks = campaign.record.get_json(batch.picks_sha256) if batch else []
    return (
        Front(
            x_title=f"{view.aims[0].data.goal.property}{in_unit(view.aims[0].data.goal.unit)}",
            y_title=f"{view.aims[1].data.goal.property}{in_unit(view.aims[1].data.goal.unit)}",
            names=tuple(c.name or c.id for c in view.named(both)),
            measured=points,
            is_on_front=tuple(is_on_front(worths).tolist()),
            proposed=tuple(
                (p["mean"], p["others"][0]["mean"])
                for p in picks
                if p["mean"] is not None and p["others"][0]["mean"] is not None
            ),
        ),
    )


def _quarantine(campaign: Campaign, view: View) -> tuple[views.QuarantineRow, ...]:
    """Return what was not used, blank values aside: the intake table counts those."""
    rows = [
        views.QuarantineRow(
            file=f.file, row=q.row, column=q.column, value=q.value, reason=q.reason, remedy=q.remedy
        )
        for f in view.state.files
        for q in read_quarantine(campaign.record.store.get(f.quarantine_sha256))
        if not q.reason.startswith((BLANK, DROPPED))
    ]
    if len(rows) > MOST_ROWS:
        more = f"{len(rows) - MOST_ROWS} more places are not shown here"
        remedy = "`loopwright quarantine list` shows them all."
        last = views.QuarantineRow(file="", row=0, column="", value="", reason=more, remedy=remedy)
        rows = [*rows[:MOST_ROWS], last]
    return tuple(rows)


def _facts(campaign: Campaign) -> tuple[views.FactRow, ...]:
    return tuple(
        views.FactRow(
            number=f.number,
            at=f.at,
            actor=f.actor,
            kind=f.kind,
            summary=summary(f),
            reason=f.reason,
            digest=f.digest,
        )
        for f in campaign.record.ledger
    )
