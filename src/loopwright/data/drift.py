# SPDX-License-Identifier: Apache-2.0
"""Whether the values of an assay move from run to run: by date, and by plate.

A run that lies higher may only have had better candidates in it. Where candidates were measured
in several runs, each is compared with itself, and what is left is the assay's own movement.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Literal

import numpy as np
from attrs import frozen

from loopwright.core.values import FloatArray
from loopwright.data.dates import Dates
from loopwright.science.trend import kruskal_wallis, mann_kendall

__all__ = ["Drift", "Reading", "Run", "by_date", "by_plate"]

Step = Literal["day", "month", "year", "plate"]

MOST_RUNS = 60
"""Above so many days they are put together by month, and above so many months by year."""

FEWEST_SHARED = 3
"""Runs that hold candidates of other runs; with fewer, the runs are compared as they are."""


@frozen(kw_only=True)
class Reading:
    """One exact value: whose it is, where it stands in the file and in time."""

    subject: str
    value: float
    """On the scale on which the assay is compared: log10 where it spans decades."""

    row: int
    sheet: str
    plate: str
    measured_at: str


@frozen(kw_only=True)
class Run:
    """The values of one day (month, year) or plate; on the drift's scale."""

    label: str
    n: int
    low: float
    """First quartile."""

    median: float
    high: float
    """Third quartile."""

    n_shared: int
    """Values of candidates that other runs hold, too."""

    shift: float | None
    """Median of those, each less its candidate's median over all runs; None without any."""


@frozen(kw_only=True)
class Drift:
    """How the values of one assay go from run to run."""

    by: Step
    runs: tuple[Run, ...]
    """In order of time; plates without dates in file order."""

    n_values: int
    is_matched: bool
    """Whether each candidate was compared with itself; else the runs hold other candidates."""

    tau: float | None
    """Of Mann and Kendall over the runs: 1 rises always, -1 falls always; None below 4 runs."""

    p_trend: float | None
    p_between: float
    """Of Kruskal and Wallis between the runs."""

    share_between: float
    """Share of the variance of the ranks that lies between the runs."""

    last_less_first: float
    """Last run less the first, on the drift's scale."""

    in_noise: float | None
    """The same in standard deviations of one measurement; None without replicates."""


def by_date(readings: Sequence[Reading], dates: Dates, noise: float | None) -> Drift | None:
    """Return how the values go from date to date, or None if there are not two dates.

    Args:
        readings: Exact values, in file order.
        dates: What the texts of the column mean; values without a date are left out.
        noise: Standard deviation of one measurement, on the scale of the readings.
    """
    dated = [(r, day) for r in readings if (day := dates.days.get(r.measured_at.strip()))]
    by, labels = _cut([day.isoformat() for _, day in dated])
    runs: dict[str, list[Reading]] = {label: [] for label in sorted(set(labels))}
    for (reading, _), label in zip(dated, labels, strict=True):
        runs[label].append(reading)
    return _drift(by, runs, noise)


def _cut(days: Sequence[str]) -> tuple[Step, list[str]]:
    """Return the finest step that leaves few enough runs, and the label of each day under it."""
    month, year = [d[:7] for d in days], [d[:4] for d in days]
    if len(set(days)) <= MOST_RUNS:
        return "day", list(days)
    return ("month", month) if len(set(month)) <= MOST_RUNS else ("year", year)


def by_plate(readings: Sequence[Reading], dates: Dates, noise: float | None) -> Drift | None:
    """Return how the values go from plate to plate; arguments as ``by_date``."""
    runs: defaultdict[str, list[Reading]] = defaultdict(list)
    first: dict[str, date] = {}
    for reading in readings:
        if reading.plate:
            runs[reading.plate].append(reading)
            day = dates.days.get(reading.measured_at.strip(), date.max)
            first[reading.plate] = min(day, first.get(reading.plate, date.max))
    return _drift("plate", {p: runs[p] for p in sorted(runs, key=lambda p: first[p])}, noise)


def _drift(
    by: Step,
    runs: dict[str, list[Reading]],
    noise: float | None,
) -> Drift | None:
    """Compare runs that are in order."""
    if len(runs) < 2:
        return None
    shifts = _shifts(runs)
    shared = [np.array(s) for s in shifts.values() if s]
    is_matched = len(shared) >= FEWEST_SHARED
    whole = [np.array([r.value for r in rows]) for rows in runs.values()]
    compared: list[FloatArray] = shared if is_matched else whole
    levels = np.array([float(np.median(c)) for c in compared])
    trend = mann_kendall(levels) if len(levels) >= 4 else None
    apart = kruskal_wallis(compared)
    change = float(levels[-1] - levels[0])
    return Drift(
        by=by,
        runs=tuple(_run(label, rows, shifts[label]) for label, rows in runs.items()),
        n_values=sum(len(rows) for rows in runs.values()),
        is_matched=is_matched,
        tau=trend.tau if trend else None,
        p_trend=trend.p if trend else None,
        p_between=apart.p,
        share_between=apart.share,
        last_less_first=change,
        in_noise=abs(change) / noise if noise else None,
    )


def _shifts(runs: dict[str, list[Reading]]) -> dict[str, list[float]]:
    """Return how far values lie from their candidate's median, where several runs hold it."""
    values: defaultdict[str, list[float]] = defaultdict(list)
    where: defaultdict[str, set[str]] = defaultdict(set)
    for label, rows in runs.items():
        for r in rows:
            values[r.subject].append(r.value)
            where[r.subject].add(label)
    middle = {s: float(np.median(values[s])) for s, labels in where.items() if len(labels) > 1}
    return {
        label: [r.value - middle[r.subject] for r in rows if r.subject in middle]
        for label, rows in runs.items()
    }


def _run(label: str, rows: Sequence[Reading], shifts: Sequence[float]) -> Run:
    low, median, high = np.quantile([r.value for r in rows], (0.25, 0.5, 0.75))
    return Run(
        label=label,
        n=len(rows),
        low=float(low),
        median=float(median),
        high=float(high),
        n_shared=len(shifts),
        shift=float(np.median(shifts)) if shifts else None,
    )
