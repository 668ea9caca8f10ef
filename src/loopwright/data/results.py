# SPDX-License-Identifier: Apache-2.0
"""The table that goes out as an order and comes home as results: one shape for every lab.

The lab fills in the right half. ``candidate_id`` is the key; everything else is for people.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping

from loopwright.core.values import Order
from loopwright.data.text import harmless

__all__ = ["RESULT_COLUMNS", "order_rows", "to_csv"]

RESULT_COLUMNS = (
    "order_id",
    "candidate_id",
    "name",
    "structure",
    "property",
    "relation",
    "value",
    "unit",
    "status",
    "made",
    "comment",
)
"""``status``: ok or failed. ``made``: the structure that was made instead, if it was another."""


def order_rows(order: Order) -> list[dict[str, str]]:
    """Return one row per candidate and property of an order, results blank."""
    return [
        {
            "order_id": order.id,
            "candidate_id": c.id,
            "name": harmless(c.name),
            "structure": harmless(c.text),
            "property": harmless(p),
            "unit": harmless(unit),
        }
        for c in order.candidates
        for p, unit in zip(order.properties, order.units, strict=True)
    ]


def to_csv(rows: Iterable[Mapping[str, str]]) -> bytes:
    """Return rows as UTF-8 CSV with the columns of a result file; equal rows, equal bytes."""
    text = io.StringIO()
    writer = csv.DictWriter(text, RESULT_COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
