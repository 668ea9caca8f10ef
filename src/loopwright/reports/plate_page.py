# SPDX-License-Identifier: Apache-2.0
"""Plates that were read, as one page: maps of wells, quality, patterns, curves.

One HTML file without script or network, made for screen and A4. A value is told by a colour scale
that every common colour blindness keeps in order, a role by a sign. Computes no statistic.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from attrs import frozen

from loopwright.plates.patterns import PlatePattern, RunDrift
from loopwright.plates.readings import PlateReading, UsedWell
from loopwright.reports.plate_curves import CurveChart, curve_chart
from loopwright.reports.plate_scales import DIVERGING, SEQUENTIAL, Scale, ink_on
from loopwright.reports.templates import fill
from loopwright.science.wells import place_of, shape_of, well_at

__all__ = ["PlatesPage", "render_plates"]

CELL = 10.0
SIGNS = {"positive": "+", "negative": "\N{MINUS SIGN}", "reference": "R", "blank": "B"}
WORDS = {
    "sample": "sample",
    "reference": "reference compound",
    "positive": "positive control",
    "negative": "negative control",
    "blank": "blank",
}
SIGNIFICANT = 0.01
"""P value below which a pattern is spoken of."""


@frozen(kw_only=True)
class PlatesPage:
    """Everything that the page shows; texts may come from strangers."""

    title: str
    plates: tuple[PlateReading, ...]
    """In run order."""

    patterns: tuple[PlatePattern, ...]
    """One for each plate."""

    drift: RunDrift


@frozen(kw_only=True)
class Cell:
    """A well as it is drawn."""

    x: float
    y: float
    fill: str
    ink: str
    sign: str
    hint: str
    is_used: bool


@frozen(kw_only=True)
class Map:
    """A plate as it is drawn, with the scale of its colours."""

    title: str
    note: str
    n_wells: int
    width: float
    height: float
    rows: tuple[tuple[str, float], ...]
    columns: tuple[tuple[str, float], ...]
    cells: tuple[Cell, ...]
    stops: tuple[str, ...]
    ticks: tuple[tuple[float, str], ...]
    """(share of the scale, label)."""


@frozen(kw_only=True)
class PlateView:
    """One plate of the page."""

    barcode: str
    subtitle: str
    tiles: tuple[tuple[str, str, str], ...]
    """(name, value, note)."""

    sentences: tuple[str, ...]
    """What the patterns say, in words."""

    flags: tuple[str, ...]
    maps: tuple[Map, ...]
    roles: tuple[tuple[str, str, int], ...]
    """(sign, words, number of wells)."""

    curves: tuple[CurveChart, ...]


@frozen(kw_only=True)
class RunPoint:
    """One plate of the chart over the run."""

    x: float
    y: float
    hint: str


@frozen(kw_only=True)
class RunChart:
    """One number over the plates in run order."""

    title: str
    note: str
    points: tuple[RunPoint, ...]
    line: str
    top: str
    bottom: str
    limit_y: float | None


def render_plates(page: PlatesPage) -> str:
    """Return the page as one self-contained HTML document; equal pages give equal text."""
    views = [_view(p, pattern) for p, pattern in zip(page.plates, page.patterns, strict=True)]
    quality = sorted(p.quality.z_prime for p in page.plates if p.quality)
    outcomes = [o for p in page.plates for o in p.outcomes if o.role == "sample"]
    values = {
        "title": page.title,
        "plates": views,
        "n_read": sum(len(p.wells) for p in page.plates),
        "median_z": f"{quality[len(quality) // 2]:.2f}" if quality else "",
        "n_values": sum(o.value is not None for o in outcomes),
        "n_outcomes": len(outcomes),
        "runs": _runs(page),
        "significant": SIGNIFICANT,
    }
    return fill("plates.html.j2", values, beside=("page.css", "sheet.css", "plates.css"))


def _view(plate: PlateReading, pattern: PlatePattern) -> PlateView:
    """Return one plate of the page."""
    counts = Counter(w.role for w in plate.wells)
    what = "percent of effect" if pattern.is_percent else "value"
    values = [w.percent if pattern.is_percent else w.signal for w in plate.wells]
    shape = SEQUENTIAL.over(values, fixed=(0.0, 100.0) if pattern.is_percent else None)
    left = DIVERGING.around(pattern.leftovers)
    maps = (
        _map(plate, values, shape, title=what.capitalize(), note=f"Colour: {what} of each well."),
        _map(
            plate,
            pattern.leftovers,
            left,
            title="What position adds",
            note="Each well minus what its content should read: its fitted curve, or the median of "
            "the wells with the same content.",
        ),
    )
    return PlateView(
        barcode=plate.barcode,
        subtitle=f"{len(plate.wells)} wells read of a plate of {plate.n_wells}",
        tiles=_tiles(plate, pattern),
        sentences=_sentences(pattern),
        flags=plate.flags,
        maps=maps if any(v is not None for v in pattern.leftovers) else maps[:1],
        roles=tuple((SIGNS.get(r, ""), w, counts[r]) for r, w in WORDS.items() if counts[r]),
        curves=tuple(curve_chart(o) for o in plate.outcomes if plate.readout.kind == "curves"),
    )


def _tiles(plate: PlateReading, pattern: PlatePattern) -> tuple[tuple[str, str, str], ...]:
    """Return the numbers on top of a plate."""
    q = plate.quality
    edge = pattern.edge
    unit = " %" if pattern.is_percent else ""
    lines = [
        ("Z'", q and f"{q.z_prime:.2f}", q and f"robust {q.robust_z_prime:.2f}"),
        ("Signal window", _text(pattern.signal_window), "standard deviations"),
        ("Signal to background", q and _text(q.signal_to_background), "means of the controls"),
        ("Edge against inside", edge and f"{edge.shift:+.2g}{unit}", edge and _p(edge.p_value)),
        ("Rows differ", _p(pattern.p_rows), "Kruskal-Wallis"),
        ("Columns differ", _p(pattern.p_columns), "Kruskal-Wallis"),
    ]
    return tuple((name, value, note or "") for name, value, note in lines if value)


def _sentences(pattern: PlatePattern) -> tuple[str, ...]:
    """Return what the patterns say, where chance would rarely say it."""
    told = []
    unit = " %" if pattern.is_percent else ""
    if pattern.edge and pattern.edge.p_value < SIGNIFICANT:
        side = "higher" if pattern.edge.shift > 0 else "lower"
        away = abs(pattern.edge.shift)
        told.append(f"Wells at the edge read {away:.2g}{unit} {side} than those inside.")
    for p, name in ((pattern.p_rows, "Rows"), (pattern.p_columns, "Columns")):
        if p is not None and p < SIGNIFICANT:
            told.append(f"{name} differ more than chance explains ({_p(p)}).")
    return tuple(told)


def _map(
    plate: PlateReading,
    values: Sequence[float | None],
    scale: Scale,
    *,
    title: str,
    note: str,
) -> Map:
    """Return a plate with each well coloured by a value."""
    rows, columns = shape_of(plate.n_wells)
    by_well = {w.well: (w, v) for w, v in zip(plate.wells, values, strict=True)}
    names = [well_at(r, c) for r in range(rows) for c in range(columns)]
    return Map(
        title=title,
        note=note,
        n_wells=plate.n_wells,
        width=(columns + 1) * CELL,
        height=(rows + 1) * CELL,
        rows=tuple((well_at(r, 0)[:-1], (r + 1.5) * CELL) for r in range(rows)),
        columns=tuple((str(c + 1), (c + 1.5) * CELL) for c in range(columns)),
        cells=tuple(_cell(n, plate.n_wells, by_well.get(n), scale) for n in names),
        stops=scale.stops,
        ticks=scale.ticks(),
    )


def _cell(
    name: str, n_wells: int, held: tuple[UsedWell, float | None] | None, scale: Scale
) -> Cell:
    """Return one well as it is drawn."""
    row, column = place_of(name, n_wells)
    well, value = held or (None, None)
    fill_with = "none" if value is None else scale.colour(value)
    sign, hint = "", f"{name}, not read"
    if well is not None:
        used = well.is_used or not well.reason
        sign = SIGNS.get(well.role, "") if used else "\N{MULTIPLICATION SIGN}"
        dose = f"{well.concentration_M * 1e6:.3g} µM" if well.concentration_M else ""
        signal = "" if well.signal is None else f"signal {well.signal:.4g}"
        shown = "" if value is None else f"{value:.3g}"
        parts = (name, WORDS.get(well.role, well.role), well.candidate_id, dose, signal, shown)
        hint = ", ".join(filter(None, (*parts, well.reason)))
    return Cell(
        x=(column + 1) * CELL,
        y=(row + 1) * CELL,
        fill=fill_with,
        ink=ink_on(fill_with),
        sign=sign,
        hint=hint,
        is_used=well is not None,
    )


def _runs(page: PlatesPage) -> tuple[RunChart, ...]:
    """Return the charts over the run, for two plates or more."""
    if len(page.plates) < 2:
        return ()
    quality = [p.quality.z_prime if p.quality else None for p in page.plates]
    limits = {p.readout.min_z_prime for p in page.plates}
    limit = min(limits) if len(limits) == 1 else None
    lines = (
        ("Z'", quality, page.drift.z_prime, limit),
        ("Negative control, median", [p.negative_median for p in page.patterns],
         page.drift.negative, None),
        ("Positive control, median", [p.positive_median for p in page.patterns],
         page.drift.positive, None),
    )  # fmt: skip
    charts = []
    for title, values, trend, at in lines:
        note = "too few plates for a trend"
        if trend is not None:
            rises = "rises" if trend.tau > 0 else "falls"
            is_trend = trend.p_value < SIGNIFICANT
            note = f"{rises if is_trend else 'no trend'} over the run ({_p(trend.p_value)})"
        if any(v is not None for v in values):
            charts.append(_run(page, title, values, note=note, limit=at))
    return tuple(charts)


def _run(
    page: PlatesPage,
    title: str,
    values: Sequence[float | None],
    *,
    note: str,
    limit: float | None,
) -> RunChart:
    """Return one number over the run, in a frame of 300 by 80."""
    known = [v for v in values if v is not None]
    low, high = min([*known, *([] if limit is None else [limit])]), max(known)
    span = (high - low) or abs(high) or 1.0
    step = 300.0 / max(len(values) - 1, 1)

    def y(value: float) -> float:
        return round(75.0 - 65.0 * (value - low) / span, 2)

    points = tuple(
        RunPoint(x=round(i * step, 2), y=y(v), hint=f"{p.barcode}: {v:.4g}")
        for i, (p, v) in enumerate(zip(page.plates, values, strict=True))
        if v is not None
    )
    return RunChart(
        title=title,
        note=note,
        points=points,
        line=" ".join(f"{p.x},{p.y}" for p in points),
        top=f"{high:.4g}",
        bottom=f"{low:.4g}",
        limit_y=None if limit is None else y(limit),
    )


def _text(value: float | None) -> str:
    return "" if value is None or not math.isfinite(value) else f"{value:.3g}"


def _p(value: float | None) -> str:
    if value is None:
        return ""
    return "p < 0.0001" if value < 1e-4 else f"p = {value:.2g}"
