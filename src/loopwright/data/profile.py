# SPDX-License-Identifier: Apache-2.0
"""How the values of a property lie in one assay: spread, limits, noise, habits, drift.

Refuses to correct anything: it counts and compares. What a person should look at is said by
``concerns``; pairs of like candidates are compared by ``cliffs``.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Literal

import numpy as np
from attrs import frozen

from loopwright.core.values import FloatArray, Measurement
from loopwright.data.assays import Assay, assay_of, labels
from loopwright.data.cliffs import Cliffs
from loopwright.data.dates import Dates
from loopwright.data.drift import Drift, Reading, by_date, by_plate
from loopwright.data.intake import COPIED
from loopwright.data.targets import replicate_std

__all__ = ["Gap", "Heap", "Limit", "Pair", "Profile", "Scale", "Series", "profile", "series"]

N_BINS = 24
MOST_PAIRS = 500
MOST_LISTED = 12
FEWEST_FOR_GAP = 20
UNIT_MIX = 100.0
"""Values of one candidate that differ by this factor suggest that two units are mixed."""

LIMITS = ("<", ">", "<=", ">=")
STEPS = (1.0, 0.5, 0.1, 0.05, 0.01)
_P_NAME = re.compile(r"p[A-Z].*|p(ic|ec|ac|xc|ed|gi)50|pk[ib]?|pkd|pa2")

Scale = Literal["p", "log", "linear"]


@frozen(kw_only=True)
class Limit:
    """A limit that occurs, and how often."""

    relation: str
    value: float
    n: int


@frozen(kw_only=True)
class Heap:
    """A value that many rows share."""

    value: float
    n: int


@frozen(kw_only=True)
class Pair:
    """The first two values of one candidate."""

    name: str
    first: float
    second: float
    first_row: int
    second_row: int


@frozen(kw_only=True)
class Gap:
    """An empty stretch that parts the values into two heaps, about 1,000x apart."""

    below: float
    """Largest value under the gap."""

    above: float
    """Smallest value over it."""

    n_below: int
    n_above: int
    factor: float
    """Median over the gap by the median under it."""


@frozen(kw_only=True)
class Profile:
    """The values of one property in one assay."""

    property: str
    unit: str
    assay: str
    n: int
    n_candidates: int
    n_censored: int
    n_without_number: int
    """Failed syntheses and the like."""

    low: float | None
    median: float | None
    high: float | None
    percentiles: tuple[tuple[int, float], ...]
    """(per cent, value) of exact values: 5, 25, 75, 95; empty without any."""

    scale: Scale
    """``log``: positive and over two decades; ``p``: already a negative logarithm."""

    is_log: bool
    """Whether the histogram has a log scale: the values are positive and span two decades."""

    histogram: tuple[int, ...]
    """Counts of exact values in equal bins from ``low`` to ``high``."""

    limits: tuple[Limit, ...]
    """The twelve most frequent limits."""

    replicate_sd: float | None
    """Of one measurement among replicates of a candidate, in ``unit``; None without replicates."""

    noise: float | None
    """The same on ``scale``: in log10 units where that is ``log``."""

    replicate_fold: float | None
    """``noise`` as a factor; None on a linear scale."""

    n_replicated: int
    """Candidates with two values or more; letter for letter repeated rows do not count."""

    pairs: tuple[Pair, ...]
    """The first 500 of them, in file order."""

    n_copies: int
    """Rows that repeat another letter for letter."""

    n_equal_pairs: int
    """Pairs whose two values are the same number: copied rather than measured twice?"""

    n_far_apart: int
    """Candidates whose values differ by 100x or more: two units may be mixed."""

    n_thousand_apart: int
    """Candidates with two values that differ by 1,000x (or 1,000,000x) to within 5 %."""

    gap: Gap | None
    heaps: tuple[Heap, ...]
    """Values that 5 % of the exact rows share, five rows at least; the largest first."""

    step: float | None
    """To what 95 % of the exact values are rounded; None if to none of 1, 0.5, 0.1, 0.05, 0.01."""

    by_date: Drift | None
    by_plate: Drift | None
    n_undated: int
    """Values whose date cannot be read, or could be two."""

    cliffs: Cliffs | None
    """None where nothing could be compared."""

    def label(self) -> str:
        """Return what a person calls it: property, unit, assay."""
        unit = "" if self.unit == "1" else f" ({self.unit})"
        return f"{self.property}{unit}" + (f", {self.assay}" if self.assay else "")


@frozen(kw_only=True)
class Series:
    """The measurements of one property, unit and assay, in file order."""

    key: tuple[str, str, str]
    rows: tuple[Measurement, ...]
    scale: Scale

    def at(self, value: float) -> float:
        """Return where a value lies on the scale."""
        return math.log10(value) if self.scale == "log" else value

    def back(self, place: float) -> float:
        """Return the value that lies there."""
        return float(10**place) if self.scale == "log" else place

    @property
    def exact(self) -> list[Measurement]:
        """Return the rows with a number that is no limit."""
        return [m for m in self.rows if _is_exact(m)]

    @property
    def sound(self) -> list[Measurement]:
        """Return the exact rows that nobody doubts and that repeat no other one."""
        return [
            m for m in self.exact if m.status == "valid" and not m.status_reason.startswith(COPIED)
        ]


def series(measurements: Sequence[Measurement]) -> tuple[Series, ...]:
    """Part measurements by property, unit and assay."""
    groups: dict[tuple[str, str, Assay], list[Measurement]] = defaultdict(list)
    for m in measurements:
        groups[m.standard_type, m.standard_units, assay_of(m)].append(m)
    names = labels(assay for *_, assay in groups)
    named = {(p, unit, names[assay]): rows for (p, unit, assay), rows in groups.items()}
    return tuple(
        Series(key=key, rows=tuple(rows), scale=_scale(key, rows)) for key, rows in named.items()
    )


def profile(one: Series, dates: Dates) -> Profile:
    """Return how the values of one series lie; cliffs are found by ``cliffs.compare``.

    Args:
        one: The series.
        dates: What the dates of the whole file mean.
    """
    exact, sound = one.exact, one.sound
    values = np.array([m.standard_value for m in exact], float)
    readings = [_reading(one, m) for m in sound]
    groups = _by_subject(sound)
    noise = _noise(readings)
    sd = replicate_std(exact, one.key[0], unit=one.key[1])
    counts = np.histogram(_scaled(one, values), bins=N_BINS)[0] if len(values) else np.zeros(0, int)
    return Profile(
        property=one.key[0],
        unit=one.key[1],
        assay=one.key[2],
        n=len(one.rows),
        n_candidates=len({m.subject for m in one.rows}),
        n_censored=sum(m.standard_relation in LIMITS for m in one.rows),
        n_without_number=sum(m.standard_value is None for m in one.rows),
        low=float(values.min()) if len(values) else None,
        median=float(np.median(values)) if len(values) else None,
        high=float(values.max()) if len(values) else None,
        percentiles=_percentiles(values),
        scale=one.scale,
        is_log=one.scale == "log",
        histogram=tuple(int(c) for c in counts),
        limits=_limits(one.rows),
        replicate_sd=None if math.isnan(sd) else sd,
        noise=noise,
        replicate_fold=None if noise is None or one.scale == "linear" else 10**noise,
        n_replicated=sum(len(g) > 1 for g in groups.values()),
        pairs=_pairs(groups),
        n_copies=sum(m.status_reason.startswith(COPIED) for m in one.rows),
        n_equal_pairs=sum(g[0].standard_value == g[1].standard_value for g in _several(groups)),
        gap=_gap(one, values),
        heaps=_heaps(values),
        step=_step(one, values),
        by_date=by_date(readings, dates, noise),
        by_plate=by_plate(readings, dates, noise),
        n_undated=sum(bool(r.measured_at) and r.measured_at not in dates.days for r in readings),
        cliffs=None,
        **_apart(one, exact),
    )


def _is_exact(m: Measurement) -> bool:
    return m.standard_value is not None and m.standard_relation in {"=", "~"}


def _scale(key: tuple[str, str, str], rows: Sequence[Measurement]) -> Scale:
    if key[1] == "1" and _P_NAME.fullmatch(key[0]):
        return "p"
    values = [m.standard_value for m in rows if m.standard_value is not None and _is_exact(m)]
    is_log = bool(values) and min(values) > 0 and max(values) >= 100 * min(values)
    is_positive = all(m.standard_value is None or m.standard_value > 0 for m in rows)
    return "log" if is_log and is_positive else "linear"


def _scaled(one: Series, values: FloatArray) -> FloatArray:
    return np.log10(values) if one.scale == "log" else values


def _reading(one: Series, m: Measurement) -> Reading:
    assert m.standard_value is not None
    return Reading(
        subject=m.subject,
        value=one.at(m.standard_value),
        row=m.source_row,
        sheet=m.source_sheet,
        plate=m.plate_id,
        measured_at=m.measured_at.strip(),
    )


def _by_subject(rows: Sequence[Measurement]) -> dict[str, list[Measurement]]:
    groups: dict[str, list[Measurement]] = defaultdict(list)
    for m in rows:
        groups[m.subject].append(m)
    return groups


def _several(groups: dict[str, list[Measurement]]) -> list[list[Measurement]]:
    return [g for g in groups.values() if len(g) > 1]


def _noise(readings: Sequence[Reading]) -> float | None:
    """Return the standard deviation of one value around its candidate's mean, pooled."""
    groups: dict[str, list[float]] = defaultdict(list)
    for r in readings:
        groups[r.subject].append(r.value)
    n_free = len(readings) - len(groups)
    squares = (
        (v - math.fsum(values) / len(values)) ** 2 for values in groups.values() for v in values
    )
    return math.sqrt(math.fsum(squares) / n_free) if n_free else None


def _percentiles(values: FloatArray) -> tuple[tuple[int, float], ...]:
    if not len(values):
        return ()
    asked = (5, 25, 75, 95)
    return tuple(zip(asked, (float(v) for v in np.percentile(values, asked)), strict=True))


def _limits(rows: Sequence[Measurement]) -> tuple[Limit, ...]:
    counts = Counter(
        (m.standard_relation, m.standard_value)
        for m in rows
        if m.standard_relation in LIMITS and m.standard_value is not None
    )
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(Limit(relation=r, value=v, n=n) for (r, v), n in ranked[:MOST_LISTED])


def _pairs(groups: dict[str, list[Measurement]]) -> tuple[Pair, ...]:
    return tuple(
        Pair(
            name=g[0].name or g[0].subject,
            first=float(g[0].standard_value or 0.0),
            second=float(g[1].standard_value or 0.0),
            first_row=g[0].source_row,
            second_row=g[1].source_row,
        )
        for g in _several(groups)[:MOST_PAIRS]
    )


def _apart(one: Series, exact: Sequence[Measurement]) -> dict[str, int]:
    """Count the candidates whose own values differ as two units would."""
    n_far = n_thousand = 0
    for group in _several(_by_subject(exact)):
        values = [m.standard_value for m in group if m.standard_value is not None]
        if one.scale == "p":
            decades = max(values) - min(values)
        elif min(values) > 0:
            decades = math.log10(max(values) / min(values))
        else:
            continue
        n_far += decades >= math.log10(UNIT_MIX) - 1e-9
        n_thousand += any(abs(decades - k) <= 0.0212 for k in (3, 6))
    return {"n_far_apart": n_far, "n_thousand_apart": n_thousand}


def _gap(one: Series, values: FloatArray) -> Gap | None:
    """Return the widest empty stretch of a decade or more between heaps 3 or 6 decades apart."""
    if one.scale == "linear" or len(values) < FEWEST_FOR_GAP:
        return None
    ordered = np.sort(_scaled(one, values))
    fewest = max(5, math.ceil(0.05 * len(ordered)))
    widths = np.diff(ordered)
    for i in np.argsort(-widths, kind="stable"):
        if widths[i] < 1.0:
            return None
        under, over = ordered[: i + 1], ordered[i + 1 :]
        decades = float(np.median(over) - np.median(under))
        is_unit = min(abs(decades - 3), abs(decades - 6)) <= 0.7
        if min(len(under), len(over)) >= fewest and is_unit:
            raw = np.sort(values)
            return Gap(
                below=float(raw[i]),
                above=float(raw[i + 1]),
                n_below=len(under),
                n_above=len(over),
                factor=10**decades,
            )
    return None


def _heaps(values: FloatArray) -> tuple[Heap, ...]:
    fewest = max(5, math.ceil(0.05 * len(values)))
    found = [
        (float(v), int(n)) for v, n in zip(*np.unique(values, return_counts=True), strict=True)
    ]
    ranked = sorted((h for h in found if h[1] >= fewest), key=lambda h: (-h[1], h[0]))
    return tuple(Heap(value=v, n=n) for v, n in ranked[:MOST_LISTED])


def _step(one: Series, values: FloatArray) -> float | None:
    if one.scale == "log" or len(values) < 10:
        return None
    for step in STEPS:
        is_round = np.abs(values / step - np.round(values / step)) < 1e-6
        if is_round.mean() >= 0.95:
            return step
    return None
