# SPDX-License-Identifier: Apache-2.0
"""The table that goes out as an order and comes home as results: one shape for every lab.

The lab fills in the right half. ``candidate_id`` is the key; everything else is for people.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from loopwright.core.values import Order
from loopwright.data.text import harmless

__all__ = ["RESULT_COLUMNS", "order_rows", "order_sheet", "to_csv"]

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

ORDER_COLUMNS = (*RESULT_COLUMNS, "purpose")
"""Why a row is there: candidate, control or repeat. Results may come home without it."""


def order_rows(order: Order) -> list[dict[str, str]]:
    """Return one row per candidate and property of an order, results blank."""
    assays = order.assays or ({},) * len(order.properties)
    return [
        {
            "order_id": order.id,
            "candidate_id": c.id,
            "name": harmless(c.name),
            "structure": harmless(c.text),
            "property": harmless(p),
            "unit": harmless(unit),
            **{column: harmless(word) for column, word in assay.items()},
        }
        for c in order.candidates
        for p, unit, assay in zip(order.properties, order.units, assays, strict=True)
    ]


def order_sheet(order: Order) -> bytes:
    """Return the table that people are given: the rows of an order, and why each is there.

    The last column, ``mutations``, is there only if a candidate can be told by them.
    """
    rows = [{**row, "purpose": _purpose(order, row["candidate_id"])} for row in order_rows(order)]
    if order.mutations:
        rows = [{**r, "mutations": order.mutations.get(r["candidate_id"], "")} for r in rows]
    return to_csv(rows, ORDER_COLUMNS)


def _purpose(order: Order, candidate: str) -> str:
    if candidate in order.controls:
        return "control"
    return "repeat" if candidate in order.repeats else "candidate"


def to_csv(rows: Iterable[Mapping[str, str]], columns: Sequence[str] = RESULT_COLUMNS) -> bytes:
    """Return rows as UTF-8 CSV: the columns of a result file, then what else the rows name.

    Equal rows, equal bytes.
    """
    text, held = io.StringIO(), list(rows)
    every = tuple(dict.fromkeys((*columns, *(column for row in held for column in row))))
    writer = csv.DictWriter(text, every, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(held)
    return text.getvalue().encode()
