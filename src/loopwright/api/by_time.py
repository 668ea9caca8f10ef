# SPDX-License-Identifier: Apache-2.0
"""Which structures of a property were measured last, by the days that its rows tell."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from loopwright.api.learnable import Learnable
from loopwright.core.errors import DataError, NotReadyError
from loopwright.data.dates import read_dates

__all__ = ["by_time", "newest", "told_of_older"]

NEWEST = 0.2
"""Share of the rows that a split by time holds out."""


def newest(one: Learnable) -> npt.NDArray[np.bool_] | None:
    """Return which rows were measured last; None if days do not tell."""
    try:
        newer = by_time(one)[1]
    except DataError:
        return None
    is_new = np.zeros(len(one.candidates), bool)
    is_new[newer] = True
    return is_new


def by_time(one: Learnable) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the older and the newest rows, by the first day on which each was measured.

    Raises:
        DataError: A structure has no day, or all have the same.
    """
    days = read_dates(m.measured_at for m in one.rows).days
    first: dict[str, Any] = {}
    for m in one.rows:
        if (day := days.get(m.measured_at.strip())) is not None:
            first[m.candidate_id] = min(first.get(m.candidate_id, day), day)
    missing = sum(c.id not in first for c in one.candidates)
    if missing:
        raise DataError(
            f"{missing} of {len(one.candidates)} structures have no day of measurement",
            where="--split time",
            remedy="Give a column `date` with a day in every row, or choose another split.",
        )
    order = sorted(range(len(one.candidates)), key=lambda i: first[one.candidates[i].id])
    since = first[one.candidates[order[-max(1, round(NEWEST * len(order)))]].id]
    is_new = np.array([first[c.id] >= since for c in one.candidates])
    if is_new.all():
        raise DataError(
            "All structures were measured on one day",
            where="--split time",
            remedy="Choose another split.",
        )
    return np.flatnonzero(~is_new), np.flatnonzero(is_new)


@contextmanager
def told_of_older(one: Learnable) -> Iterator[None]:
    """Say of a refusal inside that it is about the older rows alone.

    Raises:
        NotReadyError: As inside.
    """
    try:
        yield
    except NotReadyError as ex:
        raise NotReadyError(
            f"Without the newest fifth of {one.property!r}, {ex.what[0].lower()}{ex.what[1:]}",
            where="--split time",
            remedy=f"{ex.remedy} Or choose another split.",
        ) from ex
