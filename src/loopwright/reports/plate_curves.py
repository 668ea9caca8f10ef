# SPDX-License-Identifier: Apache-2.0
"""One dose-response curve as a small drawing: wells, curve, value with its interval, limits.

Wells that were not used stay visible as crosses. Fits nothing.
"""

from __future__ import annotations

import math

import numpy as np
from attrs import frozen

from loopwright.plates.readings import Outcome, UsedWell
from loopwright.science.units import convert

__all__ = ["CurveChart", "curve_chart"]

WIDTH, HEIGHT = 240.0, 150.0
LEFT, RIGHT, TOP, BOTTOM = 30.0, 6.0, 8.0, 24.0


@frozen(kw_only=True)
class Dot:
    """One well."""

    x: float
    y: float
    is_used: bool
    hint: str


@frozen(kw_only=True)
class CurveChart:
    """One curve as it is drawn; coordinates in a frame of 240 by 150."""

    name: str
    lot: str
    role: str
    status: str
    value: str
    interval: str
    notes: tuple[str, ...]
    dots: tuple[Dot, ...]
    path: str
    """Points of the fitted curve; blank if none was fitted."""

    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    value_x: float | None
    """Where the fitted value or the limit stands."""

    band: tuple[float, float] | None
    """Ends of its interval; an open end lies at the edge of the frame."""

    arrow: int
    """Of a limit: 1 if the truth lies at higher concentrations, -1 at lower, 0 if it is none."""


def curve_chart(outcome: Outcome) -> CurveChart:
    """Return the drawing of one result."""
    wells = [w for w in outcome.wells if w.concentration_M > 0.0 and w.percent is not None]
    logs = [math.log10(w.concentration_M) for w in outcome.wells if w.concentration_M > 0.0]
    first, last = min(logs, default=-9.0) - 0.3, max(logs, default=-4.0) + 0.3
    percents = [w.percent for w in wells if w.percent is not None]
    low, high = min([-10.0, *percents]), max([110.0, *percents])

    def x(log10_molar: float) -> float:
        share = (log10_molar - first) / (last - first)
        return round(LEFT + (WIDTH - LEFT - RIGHT) * min(max(share, 0.0), 1.0), 2)

    def y(percent: float) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (high - percent) / (high - low), 2)

    at, band, arrow = _told(outcome, logs)
    reason = outcome.reasons if outcome.status != "valid" or outcome.value is None else ()
    return CurveChart(
        name=outcome.name or outcome.candidate_id,
        lot=outcome.lot,
        role=outcome.role,
        status=outcome.status,
        value=_value(outcome),
        interval=_interval(outcome),
        notes=reason or outcome.reasons,
        dots=tuple(_dot(w, x(math.log10(w.concentration_M)), y(w.percent or 0.0)) for w in wells),
        path=" ".join(f"{x(a)},{y(b)}" for a, b in _line(outcome, first, last)),
        x_ticks=tuple((x(n), _molar(n)) for n in range(math.ceil(first), math.floor(last) + 1)),
        y_ticks=tuple((y(v), f"{v:g}") for v in (0.0, 50.0, 100.0)),
        value_x=None if at is None else x(at),
        band=None if band is None else (x(band[0]), x(band[1])),
        arrow=arrow,
    )


def _told(
    outcome: Outcome, logs: list[float]
) -> tuple[float | None, tuple[float, float] | None, int]:
    """Return where the value stands in log10 of mol/L, its interval, and where a limit points."""
    if outcome.log10_ec50 is not None:
        ends = [_log(outcome.low, outcome.unit), _log(outcome.high, outcome.unit)]
        if outcome.unit == "1":
            ends.reverse()
        band = (-99.0 if ends[0] is None else ends[0], 99.0 if ends[1] is None else ends[1])
        return outcome.log10_ec50, band, 0
    if outcome.value is None or not logs:
        return None, None, 0
    is_above = outcome.relation == ("<" if outcome.unit == "1" else ">")
    return (max(logs), None, 1) if is_above else (min(logs), None, -1)


def _log(value: float | None, unit: str) -> float | None:
    """Return a result as log10 of mol/L; None where it is open."""
    if value is None:
        return None
    return -value if unit == "1" else math.log10(convert(value, unit, "M"))


def _line(outcome: Outcome, first: float, last: float) -> list[tuple[float, float]]:
    """Return points along the fitted curve."""
    points = ((float(at), outcome.fitted_percent(10.0**at)) for at in np.linspace(first, last, 61))
    return [(at, percent) for at, percent in points if percent is not None]


def _dot(well: UsedWell, x: float, y: float) -> Dot:
    hint = f"{well.well}, {well.concentration_M:.3g} mol/L, {well.percent:.3g} %"
    return Dot(x=x, y=y, is_used=well.is_used, hint=f"{hint}, {well.reason}".rstrip(", "))


def _value(outcome: Outcome) -> str:
    if outcome.value is None:
        return f"{outcome.property}: none"
    unit = "" if outcome.unit == "1" else f" {outcome.unit}"
    relation = "" if outcome.relation == "=" else f"{outcome.relation} "
    return f"{outcome.property} {relation}{_number(outcome.value, outcome.unit)}{unit}"


def _interval(outcome: Outcome) -> str:
    if outcome.log10_ec50 is None:
        return ""
    ends = (outcome.low, outcome.high)
    return " to ".join("open" if e is None else _number(e, outcome.unit) for e in ends)


def _number(value: float, unit: str) -> str:
    return f"{value:.2f}" if unit == "1" else f"{value:.3g}"


def _molar(exponent: int) -> str:
    """Return a power of ten of mol/L as chemists say it."""
    name, at = next((n, e) for n, e in (("M", 0), ("mM", -3), ("µM", -6), ("nM", -9), ("pM", -12))
                    if exponent >= e or e == -12)  # fmt: skip
    return f"{10 ** (exponent - at):g} {name}"
