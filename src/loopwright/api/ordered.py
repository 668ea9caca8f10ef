# SPDX-License-Identifier: Apache-2.0
"""The batches of a campaign on its page: who was to be assayed, who to be screened, what came."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import cattrs

from loopwright.api.batches import gain_told
from loopwright.api.cards import named_unit
from loopwright.core.values import Measurement
from loopwright.loop.explain import Near, Pick
from loopwright.loop.known import Data
from loopwright.loop.run import Campaign
from loopwright.loop.state import Proposal
from loopwright.loop.view import View
from loopwright.reports import views

__all__ = ["batches_of", "in_unit", "number"]


def batches_of(campaign: Campaign, view: View) -> tuple[views.Batch, ...]:
    """Return the open batch and those that were ordered, as people left them."""
    picks: dict[tuple[str, bool], Pick] = {}
    for digest in view.state.picks:
        kept = cattrs.structure(campaign.record.get_json(digest), list[Pick])
        picks.update(((p.candidate.id, p.is_screen), p) for p in kept)
    results = _results(campaign.known.measurements, view)
    goal = view.spec.goal
    lists = [(o.cycle, o.candidates, "ordered", "") for o in view.state.orders]
    if (batch := view.state.proposal) is not None:
        note = "; ".join(filter(None, (batch.short, _gain(campaign, view, batch))))
        lists.append((batch.cycle, batch.candidates, "proposed", note))
    batches = tuple(
        views.Batch(
            cycle=cycle,
            property=goal.property,
            unit=named_unit(goal.unit),
            picks=tuple(
                _pick(view, c, rank, pick=picks.get((c, False)), m=results.get(c), status=status)
                for rank, c in enumerate(ids, start=1)
            ),
            note=note,
            threshold=goal.threshold,
        )
        for cycle, ids, status, note in lists
    )
    return (*batches, *_screens(view, picks))


def _gain(campaign: Campaign, view: View, batch: Proposal) -> str:
    """Say what the open batch is expected to gain; blank where nobody can tell."""
    kept = cattrs.structure(campaign.record.get_json(batch.picks_sha256), list[Pick])
    gain, is_as_proposed = gain_told(view, kept)
    whose = "of the batch as the loop proposed it: " if is_as_proposed else ""
    return f"{whose}{gain.in_words(view.spec.goal.unit)}" if gain else ""


def _screens(view: View, picks: Mapping[tuple[str, bool], Pick]) -> tuple[views.Batch, ...]:
    """Return who was to be screened, order by order; what came of it is told in words."""
    values = {} if view.screens is None else dict(_worth_saying(view.screens))
    batch, goal = view.state.proposal, view.spec.goal
    lists = [(o.cycle, o.screens, "screen ordered") for o in view.state.orders]
    lists += [(batch.cycle, batch.screens, "screen proposed")] if batch else []
    return tuple(
        views.Batch(
            cycle=cycle,
            property=goal.property,
            unit=named_unit(goal.unit),
            picks=tuple(
                _pick(
                    view, c, rank, pick=picks.get((c, True)), m=None, status=values.get(c, status)
                )
                for rank, c in enumerate(ids, start=1)
            ),
            note="to be screened",
            threshold=goal.threshold,
        )
        for cycle, ids, status in lists
        if ids
    )


def _worth_saying(data: Data) -> Iterator[tuple[str, str]]:
    """Yield who was screened, and the value in words."""
    unit = in_unit(data.goal.unit)
    for id, value in zip(data.ids, data.targets.values[:, 0].tolist(), strict=True):
        yield id, f"screened: {data.goal.property} {number(value)}{unit}"


def _results(measurements: Sequence[Measurement], view: View) -> dict[str, Measurement]:
    """Return the first measurement of the goal's property of each candidate that still stands.

    One that counts goes before those that do not.
    """
    found: dict[str, Measurement] = {}
    replaced = {m.supersedes for m in measurements}
    for m in sorted(measurements, key=lambda m: m.status != "valid"):
        if m.standard_type == view.spec.goal.property and m.measurement_id not in replaced:
            found.setdefault(m.candidate_id, m)
    return found


def _fate(m: Measurement | None, status: str) -> str:
    """Say what became of a pick: ``status`` until a measurement is there."""
    if m is None:
        return status
    if m.standard_value is None:
        return "failed"
    if m.status == "valid":
        return "measured"
    return f"{m.standard_relation.strip('=')}{number(m.standard_value)}, not counted: {m.status}"


def _pick(
    view: View,
    candidate_id: str,
    rank: int,
    *,
    pick: Pick | None,
    m: Measurement | None,
    status: str,
) -> views.Pick:
    candidate = view.candidates[candidate_id]
    value = m.standard_value if m and m.status == "valid" else None
    bound = 0 if m is None else {"<": -1, "<=": -1, ">": 1, ">=": 1}.get(m.standard_relation, 0)
    relation = "" if m is None or m.standard_relation == "=" else f"{m.standard_relation} "
    return views.Pick(
        rank=rank,
        candidate_id=candidate.id,
        name=candidate.name,
        svg=view.tools.modality.depict(candidate),
        mean=pick.mean if pick else None,
        low=pick.low if pick else None,
        high=pick.high if pick else None,
        in_domain=bool(pick.in_domain) if pick and pick.in_domain is not None else True,
        reason=pick.told if pick else "brought in by hand",
        parts=pick.shares.parts() if pick and pick.shares else (),
        parts_unit=pick.shares.unit if pick and pick.shares else "",
        change=_change(pick, view) if pick else "",
        neighbours=tuple(_near(n, view) for n in pick.neighbours) if pick else (),
        status=_fate(m, status),
        measured="" if value is None else f"{relation}{number(value)}",
        measured_value=value,
        measured_bound=bound,
    )


def _change(pick: Pick, view: View) -> str:
    """Say what would make a pick lose its place; blank where that is not known."""
    told = pick.changed(view.spec.goal.unit)
    return f"{told[0].upper()}{told[1:]}." if told else ""


def _near(near: Near, view: View) -> views.Neighbour:
    sign = {0: "", -1: "< ", 1: "> "}[near.bound]
    return views.Neighbour(
        name=near.candidate.name or near.candidate.id,
        similarity=near.similarity,
        value=f"{sign}{number(near.value)}{in_unit(view.spec.goal.unit)}",
    )


def in_unit(unit: str) -> str:
    """Return a unit as it stands behind a number."""
    return "" if unit == "1" else f" {unit}"


def number(value: float) -> str:
    """Return a number as it is told."""
    return f"{value:.4g}"
