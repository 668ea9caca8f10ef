# SPDX-License-Identifier: Apache-2.0
"""Tables whose columns are settings: each row is a recipe, all rows together span its space.

Knows no chemistry: whether levels are substances is asked of the modality.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from loopwright.core.errors import DataError, SpecError
from loopwright.core.values import RawTable
from loopwright.loop.tabling import demand_column
from loopwright.registry import build
from loopwright.spec.campaign import Choice

__all__ = ["RECIPES", "recipes_of"]

RECIPES = "recipes"


def recipes_of(tables: Sequence[RawTable], settings: Sequence[str]) -> Choice:
    """Return the recipes whose ranges and levels are those of some columns.

    A column of which most cells are numbers becomes a range from the least to the greatest. Any
    other becomes a list of levels; of substances, where every level is a structure. Blank cells
    say nothing: their rows are refused when they are read.

    Raises:
        DataError: A table lacks a column, or a column does not vary.
    """
    return Choice(name=RECIPES, options={"parameters": [_parameter(tables, c) for c in settings]})


def _parameter(tables: Sequence[RawTable], column: str) -> dict[str, Any]:
    """Return a column as the options of the modality name a parameter."""
    cells = [cells for table in tables for cells in _cells(table, column)]
    numbers = [x for x in map(_number, cells) if math.isfinite(x)]
    if 2 * len(numbers) > len(cells):
        _demand_many(column, len(set(numbers)))
        return {"name": column, "low": min(numbers), "high": max(numbers)}
    levels = sorted(set(cells))
    _demand_many(column, len(levels))
    substances = {"name": column, "kind": "substance", "levels": levels}
    try:
        build("modalities", RECIPES, {"parameters": [substances]})
    except SpecError:
        return {**substances, "kind": "categorical"}
    return substances


def _cells(table: RawTable, column: str) -> list[str]:
    """Return the cells of a column that hold something."""
    demand_column(table, column, "--settings")
    place = table.columns.index(column)
    return [text for _, cells in table.rows if (text := cells[place].strip())]


def _number(text: str) -> float:
    """Return the number that a cell holds; not finite if it holds none."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def _demand_many(column: str, n: int) -> None:
    """Refuse a column that is the same everywhere."""
    if n < 2:
        raise DataError(
            f"The setting {column!r} has {n} different value{'s' * (n != 1)}",
            where="--settings",
            remedy="Leave it out: nothing can be learned of it.",
        )
