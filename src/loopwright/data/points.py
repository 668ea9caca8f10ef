# SPDX-License-Identifier: Apache-2.0
"""What one candidate is known to be of one property, from all its measurements that count.

Knows no assay: which measurements may be taken together is decided elsewhere.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence

from attrs import frozen

from loopwright.core.values import Measurement
from loopwright.data.intake import COPIED
from loopwright.science.units import convert

__all__ = ["Point", "mean", "n_runs", "number", "points", "usable"]

_BOUND = {"=": 0, "~": 0, "<": -1, "<=": -1, ">": 1, ">=": 1}


@frozen(kw_only=True)
class Point:
    """What one candidate is known to be: a value or a bound."""

    candidate_id: str
    value: float
    bound: int
    n: int


def usable(measurements: Sequence[Measurement], property: str) -> list[Measurement]:
    """Return the valid measurements of a property that have a number and still stand."""
    replaced = {m.supersedes for m in measurements if m.supersedes}
    return [
        m
        for m in measurements
        if m.standard_type == property
        and m.status == "valid"
        and m.standard_value is not None
        and m.measurement_id not in replaced
    ]


def number(m: Measurement, unit: str) -> float:
    """Return the value of a measurement that has one, in ``unit``."""
    assert m.standard_value is not None
    return convert(m.standard_value, m.standard_units, unit)


def n_runs(m: Measurement) -> int:
    """Return how many runs a measurement is the mean of, as far as anybody says."""
    return m.n_runs or 1


def mean(rows: Sequence[Measurement], unit: str) -> float:
    """Return the mean over all runs; a reported mean of n runs weighs n."""
    return math.fsum(n_runs(m) * number(m, unit) for m in rows) / sum(map(n_runs, rows))


def points(candidate_id: str, rows: list[Measurement], unit: str) -> list[Point]:
    """Return what one candidate's measurements come to."""
    sides: defaultdict[int, list[Measurement]] = defaultdict(list)
    for m in rows:
        sides[_BOUND[m.standard_relation]].append(m)
    if sides[0]:
        distinct = [m for m in sides[0] if not m.status_reason.startswith(COPIED)] or sides[0]
        n = sum(map(n_runs, distinct))
        return [Point(candidate_id=candidate_id, value=mean(distinct, unit), bound=0, n=n)]
    tightest: dict[int, Callable[[list[float]], float]] = {-1: min, 1: max}
    return [
        Point(
            candidate_id=candidate_id,
            value=tightest[bound]([number(m, unit) for m in sides[bound]]),
            bound=bound,
            n=1,
        )
        for bound in (-1, 1)
        if sides[bound]
    ]
