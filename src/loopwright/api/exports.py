# SPDX-License-Identifier: Apache-2.0
"""Answers as files for people."""

from __future__ import annotations

import csv
import io

from loopwright.api.answers import Batch
from loopwright.data.text import harmless

__all__ = ["batch_csv"]

_COLUMNS = (
    "rank",
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
    writer.writerow(_COLUMNS)
    for rank, pick in enumerate(batch.picks, start=1):
        near = pick.neighbours[0] if pick.neighbours else None
        cells = (
            rank,
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
        )
        writer.writerow(["" if c is None else c for c in cells])
    return text.getvalue().encode()
