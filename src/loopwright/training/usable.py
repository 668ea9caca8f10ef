# SPDX-License-Identifier: Apache-2.0
"""Which rows of a property can be learned from, and whether they are enough."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from loopwright.core.errors import DataError, NotReadyError
from loopwright.core.values import Targets, Task

__all__ = ["LEAST_ROWS", "usable_rows"]

LEAST_ROWS = 10


def usable_rows(targets: Targets, *, name: str, task: Task) -> npt.NDArray[np.intp]:
    """Return the rows that have a value; refuse what cannot be learned from.

    Args:
        targets: One property, n rows.
        name: What the property is called.
        task: What it is.

    Raises:
        NotReadyError: Fewer than ten rows are known, fewer than ten of a number are more than
            limits, or nearly all are of one class.
        DataError: A class is neither 0 nor 1.
    """
    values = targets.values[:, 0]
    rows = np.flatnonzero(np.isfinite(values))
    if len(rows) < LEAST_ROWS:
        raise NotReadyError(
            f"{len(rows)} rows with a value of {name!r} are too few to train on",
            remedy=f"Give at least {LEAST_ROWS}.",
        )
    if task == "regression":
        _demand_measured(int(np.sum(targets.bounds[rows, 0] == 0)), len(rows), name)
    if task != "classification":
        return rows
    known = values[rows]
    if known.min() < 0 or known.max() > 1:
        raise DataError(
            f"A class of {name!r} is neither 0 nor 1",
            remedy="Write classes as 0 and 1, or train it as a number.",
        )
    if min(known.sum(), len(known) - known.sum()) < 2:
        raise NotReadyError(
            f"Nearly all rows of {name!r} are of one class",
            remedy="Give at least two rows of each class.",
        )
    return rows


def _demand_measured(n_measured: int, n_rows: int, name: str) -> None:
    """Refuse rows that are nearly all limits: no value says how far an answer may be off."""
    if n_measured >= LEAST_ROWS:
        return
    raise NotReadyError(
        f"Of {n_rows} rows with a value of {name!r} {n_measured} are measured and the others are "
        "limits: too few to learn from and to judge a model by",
        remedy=f"Give at least {LEAST_ROWS} measured values; or ask whether the limit is passed, "
        "as a column of 0 and 1.",
    )
