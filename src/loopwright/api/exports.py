# SPDX-License-Identifier: Apache-2.0
"""Answers as files for people."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from loopwright.api.answers import Batch
from loopwright.data.text import harmless
from loopwright.loop.reasons import Change, Shares

__all__ = ["REASON_COLUMNS", "batch_csv", "goal_cells", "goal_columns", "reason_cells"]

REASON_COLUMNS = (
    "by_value",
    "by_doubt",
    "by_diversity",
    "by_cost",
    "drops_out_at",
    "doubt_needed",
    "successor",
)
"""What a pick owes its place to, and what would change: numbers, then who would come in."""

_COLUMNS = (
    "rank",
    "assay",
    "candidate_id",
    "name",
    "structure",
    "property",
    "predicted",
    "low_90",
    "high_90",
    "unit",
    "in_domain",
    "nearest",
    "nearest_similarity",
    "nearest_value",
    "reason",
)


def batch_csv(batch: Batch) -> bytes:
    """Return the open batch as CSV, one row a pick, numbers unrounded."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    more = goal_columns((p.shares, p.change) for p in batch.picks)
    variant = ("mutations",) if any(p.mutations for p in batch.picks) else ()
    writer.writerow([*_COLUMNS, *REASON_COLUMNS, *more, *variant])
    for rank, pick in enumerate(batch.picks, start=1):
        near = pick.neighbours[0] if pick.neighbours else None
        cells = (
            rank,
            "screen" if pick.is_screen else "assay",
            pick.candidate.id,
            harmless(pick.candidate.name),
            harmless(pick.candidate.text),
            harmless(batch.property),
            pick.mean,
            pick.low,
            pick.high,
            harmless(batch.unit),
            pick.in_domain,
            harmless(near.label) if near else None,
            near.similarity if near else None,
            near.value if near else None,
            harmless(pick.reason),
            *reason_cells(pick.shares, pick.change),
            *(goal_cells(pick.shares, pick.change) if more else ()),
            *(pick.mutations for _ in variant),
        )
        writer.writerow(["" if c is None else c for c in cells])
    return text.getvalue().encode()


def goal_columns(told: Iterable[tuple[Shares | None, Change | None]]) -> tuple[str, ...]:
    """Return what stands behind the reasons where they do not speak of the one goal there is."""
    is_more = any((s and s.unit) or (c and c.property) for s, c in told)
    return ("by_unit", "drops_out_by") if is_more else ()


def goal_cells(shares: Shares | None, change: Change | None) -> tuple[str | None, str | None]:
    """Return the unit of the shares, and whose prediction ``drops_out_at`` is."""
    return (shares.unit if shares else None, harmless(change.property) if change else None)


def reason_cells(shares: Shares | None, change: Change | None) -> tuple[float | str | None, ...]:
    """Return one cell for each of ``REASON_COLUMNS``; None for what is not known."""
    parts = [None] * 4 if shares is None else [amount for _, amount in shares.parts()]
    if change is None:
        return (*parts, None, None, None)
    who = change.successor
    named = None if who is None else harmless(who.name or who.id)
    return (*parts, change.mean, change.doubt, named)
