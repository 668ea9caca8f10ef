# SPDX-License-Identifier: Apache-2.0
"""What one candidate is known to be of one property, from all its measurements that count.

Knows no assay: which measurements may be taken together is decided elsewhere.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

from attrs import frozen

from loopwright.core.values import Measurement
from loopwright.data.intake import COPIED
from loopwright.science.units import convert

__all__ = ["Point", "Weights", "mean", "n_runs", "number", "points", "usable"]

_BOUND = {"=": 0, "~": 0, "<": -1, "<=": -1, ">": 1, ">=": 1}


Weights: TypeAlias = Mapping[str, float]
"""Id of a measurement -> how many it counts as; one that is not named counts as one."""

_EVEN: Weights = MappingProxyType({})


@frozen(kw_only=True)
class Point:
    """What one candidate is known to be: a value or a bound."""

    candidate_id: str
    value: float
    bound: int
    n: float
    """Runs that the value is the mean of, each counted as it is weighted."""


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


def mean(rows: Sequence[Measurement], unit: str, weights: Weights = _EVEN) -> float:
    """Return the mean over all runs; a reported mean of n runs weighs n, times its weight."""
    counted = [_counted(m, weights) for m in rows]
    numbers = [number(m, unit) for m in rows]
    return math.fsum(n * x for n, x in zip(counted, numbers, strict=True)) / sum(counted)


def points(
    candidate_id: str, rows: list[Measurement], unit: str, weights: Weights = _EVEN
) -> list[Point]:
    """Return what one candidate's measurements come to."""
    sides: defaultdict[int, list[Measurement]] = defaultdict(list)
    for m in rows:
        sides[_BOUND[m.standard_relation]].append(m)
    if sides[0]:
        distinct = [m for m in sides[0] if not m.status_reason.startswith(COPIED)] or sides[0]
        n = sum(_counted(m, weights) for m in distinct)
        value = mean(distinct, unit, weights)
        return [Point(candidate_id=candidate_id, value=value, bound=0, n=n)]
    return [
        _limit(candidate_id, sides[bound], bound, unit, weights)
        for bound in (-1, 1)
        if sides[bound]
    ]


def _limit(
    candidate_id: str, rows: list[Measurement], bound: int, unit: str, weights: Weights
) -> Point:
    """Return the tightest of limits on one side; it counts as one, times its weight."""
    m = max(rows, key=lambda m: bound * number(m, unit))
    n = weights.get(m.measurement_id, 1)
    return Point(candidate_id=candidate_id, value=number(m, unit), bound=bound, n=n)


def _counted(m: Measurement, weights: Weights) -> float:
    """Return how many measurements one counts as."""
    return n_runs(m) * weights.get(m.measurement_id, 1)
