# SPDX-License-Identifier: Apache-2.0
"""What the columns of a view must be: numbers that can be drawn, one entry per point."""

from __future__ import annotations

import math
from collections.abc import Sequence

from attrs import Attribute

from loopwright.core.errors import DataError

__all__ = ["Numbers", "check_lengths", "finite"]

Numbers = tuple[float, ...]


def finite(owner: object, column: Attribute[Numbers], numbers: Numbers) -> None:
    """Refuse a column that holds a number which cannot be drawn."""
    if not all(math.isfinite(x) for x in numbers):
        raise DataError(
            f"{type(owner).__name__}.{column.name} holds a value that is not finite",
            where="reports",
            remedy="Leave out the points that have no number, and say in a note how many.",
        )


def check_lengths(owner: object, *columns: Sequence[object]) -> None:
    """Refuse columns that do not describe the same points."""
    sizes = sorted({len(c) for c in columns})
    if len(sizes) > 1:
        raise DataError(
            f"The columns of {type(owner).__name__} have different lengths: {sizes}",
            where="reports",
            remedy="Give one entry per point in every column.",
        )
