# SPDX-License-Identifier: Apache-2.0
"""How far a replay has come: what it found of what there was to find."""

from __future__ import annotations

import math
from collections.abc import Collection

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.values import FloatArray
from loopwright.loop.series import Series
from loopwright.science.hypervolume import hypervolume
from loopwright.spec.goal import wanted

__all__ = ["Reached", "found_share", "reach", "reference_of"]


@frozen(kw_only=True)
class Reached:
    """What some candidates of a series amount to."""

    measured: int
    spent: float
    found: float
    """Share of the true top; of several goals, of the hypervolume of the whole series."""

    hits: int
    """Those that reach every threshold; 0 where none is named."""

    best: float
    """Best value of the first goal, in its unit."""


def reach(series: Series, bought: Collection[str], top: int) -> Reached:
    """Return what some candidates amount to; ``top`` are the best that are looked for."""
    mine = np.array([i in bought for i in series.ids])
    several = len(wanted(series.goals)) > 1
    return Reached(
        measured=len(bought),
        spent=math.fsum(series.costs[mine]) if series.costs is not None else float(mine.sum()),
        found=_covered(series, mine) if several else found_share(series, bought, top),
        hits=int(_hits(series)[mine].sum()),
        best=series.best_of(bought),
    )


def found_share(series: Series, bought: Collection[str], top: int) -> float:
    """Return the share of the true top of the first goal, within the limits, that was bought.

    A candidate whose value ties with the last of the top counts as a place among them, as
    long as places are left: rounded scores (docking) tie often.
    """
    worth = series.worth
    top = min(top, int(series.is_kept.sum()))
    order = np.sort(worth)[::-1]
    limit = order[top - 1]
    mine: FloatArray = worth[[i in bought for i in series.ids]]
    better = int((mine > limit).sum())
    places = top - int((worth > limit).sum())
    return (better + min(int((mine == limit).sum()), places)) / top


def reference_of(series: Series) -> FloatArray:
    """Return the worth above which a candidate counts, shape (t,).

    The threshold of a goal where it names one, else the worst of the series; the worst of the
    series for all goals if no candidate reaches every threshold.
    """
    reference: FloatArray = series.worths[series.is_kept].min(axis=0)
    if not _hits(series).any():
        return reference
    for j, goal in enumerate(wanted(series.goals)):
        floor = goal.floor()
        if floor is not None:
            reference[j] = np.nextafter(floor, -np.inf)
    return reference


def _covered(series: Series, mine: npt.NDArray[np.bool_]) -> float:
    """Return the share of the hypervolume of all that some cover; 1 where all cover nothing."""
    reference = reference_of(series)
    whole = hypervolume(series.worths, reference)
    return hypervolume(series.worths[mine], reference) / whole if whole else 1.0


def _hits(series: Series) -> npt.NDArray[np.bool_]:
    """Return which candidates reach every threshold, shape (n,); none where none is named."""
    if all(goal.threshold is None for goal in series.goals):
        return np.zeros(len(series.ids), bool)
    floors = [goal.floor() for goal in wanted(series.goals)]
    least = np.array([-np.inf if f is None else f for f in floors])
    return series.is_kept & (series.worths >= least).all(axis=1)
