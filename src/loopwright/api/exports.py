# SPDX-License-Identifier: Apache-2.0
"""Answers as files for people."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from loopwright.api.answers import Batch
from loopwright.data.text import harmless
from loopwright.loop.reasons import Change, Shares

__all__ = ["REASON_COLUMNS", "batch_csv", "reason_cells", "unit_column"]

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
    more = unit_column(p.shares for p in batch.picks)
    writer.writerow([*_COLUMNS, *REASON_COLUMNS, *more])
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
            harmless(near.candidate.name or near.candidate.id) if near else None,
            near.similarity if near else None,
            near.value if near else None,
            harmless(pick.reason),
            *reason_cells(pick.shares, pick.change),
            *(pick.shares.unit if pick.shares else None for _ in more),
        )
        writer.writerow(["" if c is None else c for c in cells])
    return text.getvalue().encode()


def unit_column(shares: Iterable[Shares | None]) -> tuple[str, ...]:
    """Return the name of the column that says in what the shares are, if not in the goal's unit."""
    return ("by_unit",) if any(one.unit for one in shares if one is not None) else ()


def reason_cells(shares: Shares | None, change: Change | None) -> tuple[float | str | None, ...]:
    """Return one cell for each of ``REASON_COLUMNS``; None for what is not known."""
    parts = [None] * 4 if shares is None else [amount for _, amount in shares.parts()]
    if change is None:
        return (*parts, None, None, None)
    who = change.successor
    named = None if who is None else harmless(who.name or who.id)
    return (*parts, change.mean, change.doubt, named)
