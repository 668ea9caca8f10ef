# SPDX-License-Identifier: Apache-2.0
"""Activity cliffs of an assay: like candidates with unlike values, by name and row.

A cliff is the most that a series can teach, or a mistake in a structure or a value. Candidates
are described by their modality; where it offers no counts, nothing is compared.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from attrs import frozen

from loopwright.core.counts import Counts
from loopwright.core.ports import Modality
from loopwright.core.values import Candidate, Measurement
from loopwright.data.intake import COPIED
from loopwright.science.cliffs import Edge, find_cliffs, usual_difference

__all__ = ["Cliff", "Cliffs", "Compared", "End", "compare"]

SIMILARITY = 0.9
LOG_UNITS = 2.0
"""The difference that makes a cliff on a logarithmic scale: 100x."""

BEYOND_NOISE = 2.77
"""Two measurements of one thing differ by more than this many deviations in 5 % of all cases."""

MOST_CANDIDATES = 3_000
"""Candidates that one file has described for this; the largest assays first."""

FEWEST = 3
_SIDE = {"<": -1, "<=": -1, ">": 1, ">=": 1}


@frozen(kw_only=True)
class End:
    """One candidate of a pair."""

    candidate_id: str
    name: str
    value: float
    """In the unit of the assay; the mean of its values on the scale of the assay."""

    relation: str
    """``=``, or that of a limit."""

    rows: tuple[str, ...]
    """Its first rows in the file, as ``sheet row``, or the number alone."""


@frozen(kw_only=True)
class Cliff:
    """Two like candidates with unlike values."""

    low: End
    high: End
    similarity: float
    difference: float
    """On the scale of the assay; at least, where one end is a limit."""

    sali: float
    """Difference over distance."""


@frozen(kw_only=True)
class Cliffs:
    """What a comparison of the candidates of one assay found."""

    n_candidates: int
    """Those that could be compared."""

    n_compared: int
    """Those that were: the lowest and the highest values, if not all."""

    similarity: float
    difference: float
    """Pairs count from here on, on the scale of the assay."""

    n: int
    """Pairs that are cliffs."""

    worst: tuple[Cliff, ...]
    """The twenty with the largest SALI."""


@frozen(kw_only=True)
class Compared:
    """The measurements of one assay, as they are compared."""

    rows: Sequence[Measurement]
    at: Callable[[float], float]
    """From a value to its place on the scale of the assay."""

    back: Callable[[float], float]
    """And back."""

    is_log: bool
    noise: float | None


@frozen(kw_only=True)
class _Point:
    """One candidate: where it lies, and whether that is a limit."""

    id: str
    place: float
    bound: int
    rows: tuple[Measurement, ...]


def compare(
    assays: Sequence[Compared],
    candidates: Sequence[Candidate],
    modality: Modality,
    *,
    most: int = MOST_CANDIDATES,
) -> tuple[Cliffs | None, ...]:
    """Return the cliffs of each assay; None for one in which nothing can be compared.

    Args:
        assays: Each by itself: values of two assays are never compared.
        candidates: Those that the measurements name by their ids.
        modality: Describes them; asked once.
        most: Candidates that are described; of the rest, only what was left out is told.
    """
    if "counts" not in modality.offers:
        return tuple(None for _ in assays)
    known = {c.id: c for c in candidates}
    points = [_points(a, known) for a in assays]
    chosen: dict[str, int] = {}
    kept: dict[int, list[_Point]] = {}
    for i in sorted(range(len(assays)), key=lambda i: -len(points[i])):
        if len(points[i]) >= FEWEST:
            kept[i] = _within(points[i], most - len(chosen), chosen)
            for p in kept[i]:
                chosen.setdefault(p.id, len(chosen))
    if not chosen:
        return tuple(None for _ in assays)
    described = modality.describe([known[c] for c in chosen], frozenset({"counts"}))
    counts = described.blocks["counts"]
    assert isinstance(counts, Counts)
    return tuple(
        _cliffs(
            a,
            kept[i],
            counts.take(np.array([chosen[p.id] for p in kept[i]], np.intp)),
            n_all=len(points[i]),
            known=known,
        )
        if kept.get(i)
        else None
        for i, a in enumerate(assays)
    )


def _within(points: list[_Point], room: int, chosen: Mapping[str, int]) -> list[_Point]:
    """Return the points that are described already, and of the others the most extreme."""
    fresh = [p for p in points if p.id not in chosen]
    if len(fresh) > room:
        ranked = sorted(fresh, key=lambda p: (p.place, p.id))
        n_low = (room + 1) // 2
        fresh = ranked[:n_low] + ranked[len(ranked) - (room - n_low) :] if room > 0 else []
    wanted = {p.id for p in fresh}
    return [p for p in points if p.id in wanted or p.id in chosen]


def _points(assay: Compared, known: Mapping[str, Candidate]) -> list[_Point]:
    """Return where each candidate lies: the mean of its values, else a limit on one side."""
    groups: defaultdict[str, list[Measurement]] = defaultdict(list)
    for m in assay.rows:
        if m.status == "valid" and m.standard_value is not None and m.candidate_id in known:
            groups[m.candidate_id].append(m)
    points = []
    for id, rows in groups.items():
        exact = [m for m in rows if m.standard_relation not in _SIDE]
        exact = [m for m in exact if not m.status_reason.startswith(COPIED)] or exact
        sides = {_SIDE[m.standard_relation] for m in rows if m.standard_relation in _SIDE}
        if not exact and len(sides) > 1:
            continue
        places = [assay.at(m.standard_value) for m in exact or rows if m.standard_value is not None]
        side = 0 if exact else sides.pop()
        tightest = {0: math.fsum(places) / len(places), -1: min(places), 1: max(places)}
        told = tuple(exact or rows)
        points.append(_Point(id=id, place=tightest[side], bound=side, rows=told))
    return points


def _cliffs(
    assay: Compared,
    points: Sequence[_Point],
    counts: Counts,
    *,
    n_all: int,
    known: Mapping[str, Candidate],
) -> Cliffs:
    values = np.array([p.place for p in points])
    bar = LOG_UNITS if assay.is_log else usual_difference(values)
    bar = max(bar, BEYOND_NOISE * (assay.noise or 0.0))
    n, edges = 0, tuple[Edge, ...]()
    if bar > 0 and values.max() - values.min() >= bar - 1e-9:
        n, edges = find_cliffs(
            counts,
            values,
            np.array([p.bound for p in points], np.int8),
            difference=bar,
            similarity=SIMILARITY,
        )
    ends = [_end(p, assay, known) for p in (points[i] for e in edges for i in (e.low, e.high))]
    return Cliffs(
        n_candidates=n_all,
        n_compared=len(points),
        similarity=SIMILARITY,
        difference=bar,
        n=n,
        worst=tuple(
            Cliff(
                low=ends[2 * k],
                high=ends[2 * k + 1],
                similarity=e.similarity,
                difference=e.difference,
                sali=e.sali,
            )
            for k, e in enumerate(edges)
        ),
    )


def _end(point: _Point, assay: Compared, known: Mapping[str, Candidate]) -> End:
    value = point.rows[0].standard_value
    return End(
        candidate_id=point.id,
        name=known[point.id].name or point.rows[0].name,
        value=value if len(point.rows) == 1 and value is not None else assay.back(point.place),
        relation={0: "=", -1: "<", 1: ">"}[point.bound],
        rows=tuple(f"{m.source_sheet} {m.source_row}".strip() for m in point.rows[:3]),
    )
