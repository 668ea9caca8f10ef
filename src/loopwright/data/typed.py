# SPDX-License-Identifier: Apache-2.0
"""The texts of typed cells, as the columns of a Parquet table hold them."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np

__all__ = ["float_text", "text_of_typed"]


def float_text(cell: Any) -> str:
    """Return a number of single precision in the digits that it has."""
    return "" if cell is None else str(np.float32(cell))


def text_of_typed(cell: Any) -> str:
    """Return the text of a typed cell; a number keeps every digit it has.

    Example:
        >>> text_of_typed(0.1), text_of_typed(True), text_of_typed(None), text_of_typed([1, 2])
        ('0.1', 'TRUE', '', '1; 2')
    """
    if cell is None:
        return ""
    if isinstance(cell, list):
        return "; ".join(map(text_of_typed, cell))  # never [a, b], as an interval is written
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        return repr(cell)
    if isinstance(cell, datetime.datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "replace")
    return str(cell)
