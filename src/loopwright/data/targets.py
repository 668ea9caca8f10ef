# SPDX-License-Identifier: Apache-2.0
"""From measurements to what a model learns: one number per candidate, in one unit, of one assay.

Refuses to pool assays in silence. Knows no model.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

import numpy as np
from attrs import frozen

from loopwright.core.errors import DataError, MismatchError
from loopwright.core.values import Measurement, Targets
from loopwright.data.intake import COPIED
from loopwright.science.units import convert

__all__ = ["replicate_std", "targets"]

_BOUND = {"=": 0, "~": 0, "<": -1, "<=": -1, ">": 1, ">=": 1}


@frozen(kw_only=True)
class _Point:
    """What one candidate is known to be: a value or a bound."""

    candidate_id: str
    value: float
    bound: int
    n: int


def targets(
    measurements: Sequence[Measurement],
    property: str,
    *,
    unit: str,
    assays: tuple[str, ...] = (),
    pool_reason: str = "",
) -> tuple[tuple[str, ...], Targets]:
    """Return what was measured of one property, ready to learn from.

    Only valid measurements count, and none that another one supersedes. Exact values (``=`` and
    ``~``) of a candidate are averaged; a row that repeats another letter for letter is no
    replicate. Bounds are used only for candidates without an exact value, so an exact value
    wins over a bound that contradicts it: the bound is mostly the first, coarse reading. Of
    several bounds on one side the tightest is kept; a candidate with bounds on both sides gets
    two rows, one for each, even where the two contradict.

    Args:
        measurements: In any order; the answer does not depend on it.
        property: The ``standard_type`` that is wanted.
        unit: The unit of the answer.
        assays: The assays to use, as ``id`` or ``id@version``; all if empty.
        pool_reason: Why different assays may be taken together, by a person's word.

    Returns:
        Candidate ids, sorted, and the targets in the same order, with one property.

    Raises:
        MismatchError: More than one assay and no reason to pool them, an assay that does not
            occur, or a unit that cannot be converted.
    """
    used = _of_assays(_used(measurements, property), assays, property, pool_reason)
    _demand_units(used, property, unit)
    by_candidate: defaultdict[str, list[Measurement]] = defaultdict(list)
    for m in used:
        by_candidate[m.candidate_id].append(m)
    points = [p for cid in sorted(by_candidate) for p in _points(cid, by_candidate[cid], unit)]
    return tuple(p.candidate_id for p in points), Targets(
        values=np.array([[p.value] for p in points], np.float64).reshape(-1, 1),
        bounds=np.array([[p.bound] for p in points], np.int8).reshape(-1, 1),
        n_replicates=np.array([[p.n] for p in points], np.int64).reshape(-1, 1),
    )


def replicate_std(measurements: Sequence[Measurement], property: str, unit: str) -> float:
    """Return the standard deviation of one measurement around its subject's mean.

    Pooled over subjects within each assay and version, from valid exact values only.

    Args:
        measurements: In any order.
        property: The ``standard_type`` that is wanted.
        unit: The unit of the answer.

    Returns:
        Standard deviation in ``unit``; nan if nothing was measured twice.

    Raises:
        MismatchError: A unit cannot be converted.
    """
    used = [m for m in _used(measurements, property) if m.standard_relation == "="]
    _demand_units(used, property, unit)
    groups: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    for m in used:
        if not m.status_reason.startswith(COPIED):
            groups[m.subject, _label(m)].append(_number(m, unit))
    squares: list[float] = []
    n_free = 0
    for values in groups.values():
        mean = math.fsum(values) / len(values)
        squares += [(v - mean) ** 2 for v in values]
        n_free += len(values) - 1
    return math.sqrt(math.fsum(squares) / n_free) if n_free else math.nan


def _used(measurements: Sequence[Measurement], property: str) -> list[Measurement]:
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


def _of_assays(
    used: list[Measurement], assays: tuple[str, ...], property: str, pool_reason: str
) -> list[Measurement]:
    """Return those of the named assays, and refuse to mix what nobody allowed to be mixed."""
    counts = Counter(_label(m) for m in used)
    absent = [a for a in assays if not any(a in {m.assay_id, _label(m)} for m in used)]
    if absent and used:
        raise MismatchError(
            f"No measurement of {property!r} comes from {', '.join(map(repr, absent))}; "
            f"there are {_listed(counts)}",
            where="assays",
            remedy="Name an assay that occurs, as id or id@version.",
        )
    if assays:
        used = [m for m in used if m.assay_id in assays or _label(m) in assays]
        counts = Counter(_label(m) for m in used)
    if len(counts) > 1 and not pool_reason.strip():
        raise MismatchError(
            f"{property!r} comes from {len(counts)} assays: {_listed(counts)}",
            where="assays",
            remedy="Name one assay, or state in pool_reason why their values may be pooled.",
        )
    return used


def _listed(counts: Counter[str]) -> str:
    """Return assays with their counts, the largest first."""
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    rest = f" and {len(ranked) - 12} more" if len(ranked) > 12 else ""
    return ", ".join(f"{name or '(no name)'}: {n}" for name, n in ranked[:12]) + rest


def _label(m: Measurement) -> str:
    return f"{m.assay_id}@{m.assay_version}" if m.assay_version else m.assay_id


def _demand_units(used: list[Measurement], property: str, unit: str) -> None:
    """Refuse values that are not in the unit asked for and cannot be converted to it."""
    counts = Counter(m.standard_units for m in used)
    for given in sorted(counts):
        try:
            convert(1.0, given, unit)
        except DataError as ex:
            raise MismatchError(
                f"{counts[given]} measurements of {property!r} are in {given!r}, not {unit!r}: "
                f"{ex.what}",
                where="unit",
                remedy="State the goal in the unit of its measurements, or correct the mapping.",
            ) from ex


def _number(m: Measurement, unit: str) -> float:
    assert m.standard_value is not None
    return convert(m.standard_value, m.standard_units, unit)


def _points(candidate_id: str, rows: list[Measurement], unit: str) -> list[_Point]:
    """Return what one candidate's measurements come to."""
    sides: defaultdict[int, list[Measurement]] = defaultdict(list)
    for m in rows:
        sides[_BOUND[m.standard_relation]].append(m)
    if sides[0]:
        distinct = [m for m in sides[0] if not m.status_reason.startswith(COPIED)] or sides[0]
        values = [_number(m, unit) for m in distinct]
        mean = math.fsum(values) / len(values)
        return [_Point(candidate_id=candidate_id, value=mean, bound=0, n=len(values))]
    tightest: dict[int, Callable[[list[float]], float]] = {-1: min, 1: max}
    return [
        _Point(
            candidate_id=candidate_id,
            value=tightest[bound]([_number(m, unit) for m in sides[bound]]),
            bound=bound,
            n=1,
        )
        for bound in (-1, 1)
        if sides[bound]
    ]
