# SPDX-License-Identifier: Apache-2.0
"""From measurements to what a model learns: one number per candidate, in one unit, of one assay.

Refuses to pool assays in silence. Knows no model.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from types import MappingProxyType

import numpy as np

from loopwright.core.errors import DataError, MismatchError
from loopwright.core.values import Measurement, Targets
from loopwright.data.assays import Assay, assay_of, listed
from loopwright.data.comparison import compare, in_a_line
from loopwright.data.intake import COPIED
from loopwright.data.points import Weights, mean, n_runs, number, points, usable
from loopwright.data.spread import run_sd
from loopwright.science.units import convert

__all__ = ["of_assays", "replicate_scatter", "replicate_std", "targets"]


def targets(
    measurements: Sequence[Measurement],
    property: str,
    *,
    unit: str,
    assays: tuple[str, ...] = (),
    pool_reason: str = "",
    weights: Weights = MappingProxyType({}),
) -> tuple[tuple[str, ...], Targets]:
    """Return what was measured of one property, ready to learn from.

    Only valid measurements count, and none that another one supersedes. Exact values (``=`` and
    ``~``) of a candidate are averaged, a reported mean of n runs as n of them; a row that
    repeats another letter for letter is no replicate. Bounds are used only for candidates
    without an exact value, so an exact value wins over a bound that contradicts it: the bound is
    mostly the first, coarse reading. Of several bounds on one side the tightest is kept; a
    candidate with bounds on both sides gets two rows, one for each, even where the two
    contradict.

    Args:
        measurements: In any order; the answer does not depend on it.
        property: The ``standard_type`` that is wanted.
        unit: The unit of the answer.
        assays: The assays to use, as ``id``, ``id@version`` or ``id [species=...]``; all if
            empty.
        pool_reason: Why different assays may be taken together, by a person's word.
        weights: Id of a measurement -> how many it counts as, > 0; 1 if it is not named.

    Returns:
        Candidate ids, sorted, and the targets in the same order, with one property.

    Raises:
        MismatchError: More than one assay and no reason to pool them, an assay that does not
            occur, or a unit that cannot be converted.
    """
    used = of_assays(usable(measurements, property), assays, property, pool_reason)
    _demand_units(used, property, unit)
    by_candidate: defaultdict[str, list[Measurement]] = defaultdict(list)
    for m in used:
        by_candidate[m.candidate_id].append(m)
    found = [
        p for cid in sorted(by_candidate) for p in points(cid, by_candidate[cid], unit, weights)
    ]
    return tuple(p.candidate_id for p in found), Targets(
        values=np.array([[p.value] for p in found], np.float64).reshape(-1, 1),
        bounds=np.array([[p.bound] for p in found], np.int8).reshape(-1, 1),
        n_replicates=np.array([[p.n] for p in found], float if weights else np.int64).reshape(
            -1, 1
        ),
    )


def replicate_std(measurements: Sequence[Measurement], property: str, unit: str) -> float:
    """Return the standard deviation of one run around its candidate's mean; nan if unknown.

    The arguments, and what is pooled, are those of ``replicate_scatter``.
    """
    squares, n_free = replicate_scatter(measurements, property, unit)
    return math.sqrt(squares / n_free) if n_free else math.nan


def replicate_scatter(
    measurements: Sequence[Measurement], property: str, unit: str
) -> tuple[float, int]:
    """Return the squared scatter of runs around their candidates' means.

    Pooled over candidates within each assay, from valid exact values only. A reported mean of n
    runs counts as n, and where its file states their standard deviation, or standard error, on
    the scale of ``unit``, their scatter is pooled with the rest: all of it estimates one
    variance. A spread in nM says nothing exact about one on the p-scale, and is left out.

    Args:
        measurements: In any order.
        property: The ``standard_type`` that is wanted.
        unit: The unit of the answer.

    Returns:
        Sum of squares in ``unit`` squared, and its degrees of freedom; 0 of them if nothing was
        measured twice.

    Raises:
        MismatchError: A unit cannot be converted.
    """
    used = [m for m in usable(measurements, property) if m.standard_relation == "="]
    _demand_units(used, property, unit)
    groups: defaultdict[tuple[str, Assay], list[Measurement]] = defaultdict(list)
    for m in used:
        if not m.status_reason.startswith(COPIED):
            groups[m.subject, assay_of(m)].append(m)
    squares: list[float] = []
    n_free = 0
    for rows in groups.values():
        middle = mean(rows, unit)
        squares += [n_runs(m) * (number(m, unit) - middle) ** 2 for m in rows]
        n_free += len(rows) - 1
        for m in rows:
            sd = _stated_sd(m, unit)
            if sd is not None:
                squares.append((n_runs(m) - 1) * sd**2)
                n_free += n_runs(m) - 1
    return math.fsum(squares), n_free


def of_assays(
    used: list[Measurement], assays: tuple[str, ...], property: str, pool_reason: str
) -> list[Measurement]:
    """Return those of the named assays, and refuse to mix what nobody allowed to be mixed.

    Args:
        used: Measurements of one property.
        assays: Labels, as ``targets`` takes them; all if empty.
        property: Its name.
        pool_reason: Why different assays may be taken together.

    Raises:
        MismatchError: As ``targets``.
    """
    counts = Counter(map(assay_of, used))
    absent = [entry for entry in assays if not any(a.is_meant(entry) for a in counts)]
    if absent and used:
        raise MismatchError(
            f"No measurement of {property!r} comes from {', '.join(map(repr, absent))}; "
            f"there are {listed(counts)}",
            where="assays",
            remedy="Name an assay that occurs, as id, id@version or id [species=...].",
        )
    if assays:
        meant = {a for a in counts if any(a.is_meant(entry) for entry in assays)}
        used = [m for m in used if assay_of(m) in meant]
        counts = Counter(map(assay_of, used))
    if len(counts) > 1 and not pool_reason.strip():
        raise MismatchError(
            f"{property!r} comes from {len(counts)} assays: {listed(counts)}; "
            f"{in_a_line(compare(used))}",
            where="assays",
            remedy="See `loopwright assays` for how well they agree; then name one in the goal's "
            "assays, or state in its pool_reason why their values may be pooled. Values that name "
            "no assay can be read anew, with it in a column: `ingest FILE --replaces OLD`.",
        )
    return used


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


def _stated_sd(m: Measurement, unit: str) -> float | None:
    """Return the standard deviation of one run in ``unit``, where its file states it."""
    sd = run_sd(m.spread, m.spread_kind, m.n_runs)
    try:
        return None if sd is None else convert(sd, m.spread_units, unit)
    except DataError:
        return None  # a spread of concentrations, and a value on the p-scale
