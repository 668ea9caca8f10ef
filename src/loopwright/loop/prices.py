# SPDX-License-Identifier: Apache-2.0
"""What each candidate costs, and what a batch may cost when a budget is to last."""

from __future__ import annotations

import csv
import math
from collections.abc import Collection, Mapping
from pathlib import Path

from loopwright.core.errors import DataError
from loopwright.core.ports import Modality
from loopwright.data.numbers import bare_number, has_decimal_comma
from loopwright.loop.state import State
from loopwright.spec.campaign import CampaignSpec

__all__ = ["cheapest", "cost_in", "cost_of", "costs_in", "later", "price", "purse", "read_prices"]

SHOWN = 5
"""Cells without a cost that a message names."""


def read_prices(path: Path, modality: Modality) -> dict[str, float]:
    """Return candidate id -> cost.

    Raises:
        DataError: The file cannot be read, has no such columns, or a cost is no number above 0.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [(r["candidate"], r["cost"]) for r in csv.DictReader(file)]
    except (OSError, KeyError, UnicodeDecodeError, csv.Error) as ex:
        raise DataError(
            f"The prices cannot be read: {ex!r}",
            where=str(path),
            remedy="Give a CSV file with the columns candidate and cost.",
        ) from ex
    comma = has_decimal_comma(text or "" for _, text in rows)
    costs = costs_in(
        {number: text or "" for number, (_, text) in enumerate(rows, start=2)},
        where=str(path),
        decimal_comma=comma,
    )
    return {
        _id(candidate, modality): cost
        for (candidate, _), cost in zip(rows, costs.values(), strict=True)
    }


def price(text: str, *, where: str) -> float:
    """Return a cost; raise ``DataError`` if it is no number above 0."""
    cost = cost_in(text, decimal_comma=False)
    if cost is None:
        raise DataError(
            f"{text!r} is no cost", where=where, remedy="Give a number above 0, without a unit."
        )
    return cost


def costs_in(
    cells: Mapping[int, str], *, where: str, decimal_comma: bool = False
) -> dict[int, float]:
    """Return row -> cost; refuse all cells at once that are no number above 0."""
    costs = {row: cost_in(text, decimal_comma=decimal_comma) for row, text in cells.items()}
    wrong = [row for row, cost in costs.items() if cost is None]
    if wrong:
        told = ", ".join(f"{cells[row][:40]!r} in row {row}" for row in wrong[:SHOWN])
        more = f" and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
        raise DataError(
            f"No cost: {told}{more}", where=where, remedy="Give numbers above 0, without a unit."
        )
    return {row: cost for row, cost in costs.items() if cost is not None}


def cost_in(text: str, *, decimal_comma: bool) -> float | None:
    """Return what a cell says; None if that is no number above 0."""
    cost = bare_number(text, decimal_comma=decimal_comma)
    return cost if 0.0 < cost < math.inf else None


def cost_of(
    spec: CampaignSpec, prices: Mapping[str, float], ids: Collection[str], *, n_screens: int = 0
) -> float:
    """Return what candidates, and screens beside them, cost together, in the unit of the budget."""
    screened = [spec.screen.cost] * n_screens if spec.screen else []
    return math.fsum((*(prices.get(i, spec.cost) for i in ids), *screened))


def cheapest(spec: CampaignSpec, prices: Mapping[str, float], ids: Collection[str]) -> float:
    """Return what the cheapest of some candidates costs; the spec's cost if there are none."""
    return min((prices.get(i, spec.cost) for i in ids), default=spec.cost)


def purse(spec: CampaignSpec, state: State, *, cycles_left: int, least: float) -> float:
    """Return what a batch may cost, so that the budget lasts for those that follow.

    Args:
        spec: Names the budget.
        state: Knows what is spent.
        cycles_left: Batches after this one.
        least: Cost of the cheapest candidate; where the share does not reach for it, all that is
            left may be spent.
    """
    if spec.budget is None:
        return math.inf
    left = spec.budget - state.spent
    share = left / (max(cycles_left, 0) + 1)
    return share if share >= least else left


def later(spec: CampaignSpec, state: State, *, now: float, each: float, cycles_left: int) -> float:
    """Return what all later batches may cost.

    Args:
        spec: Names the budget.
        state: Knows what is spent.
        now: What this batch may cost.
        each: What a batch costs at most.
        cycles_left: Batches after this one.
    """
    most = max(cycles_left, 0) * each
    return most if spec.budget is None else max(min(most, spec.budget - state.spent - now), 0.0)


def _id(text: str, modality: Modality) -> str:
    """Return the id of a structure; a text that is none is taken for an id."""
    try:
        return modality.parse(text).id
    except DataError:
        return text
