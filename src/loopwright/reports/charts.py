# SPDX-License-Identifier: Apache-2.0
"""The charts of a report: how the campaign went, and how well its model predicts.

Each function turns a value of ``views`` into a drawing plus the numbers behind it; none computes
a score or chooses what is shown. Altair and vl-convert are imported when the first chart is
drawn; no data frame library is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from loopwright.reports.drawing import (
    BASELINE_DASHES,
    BASELINE_PENS,
    GUIDE_PEN,
    LIMIT_PEN,
    LOOP_PENS,
    MUTED_INK,
    Picture,
    across,
    domain,
    layer,
    picture,
    spread_out,
    table,
    upward,
)
from loopwright.reports.views import Curve, Parity, Trace
from loopwright.reports.wording import captioned, decimals, fixed, scores_text, share, with_unit

__all__ = ["parity", "trace"]

TRACE_SIZE = (840, 330)
LABEL_GAP_PX = 17
MOST_TICKS = 8
ARROW_LEFT = "M0,-0.5L0,0.5M0,0L-1.2,0M-0.75,-0.4L-1.2,0L-0.75,0.4"
ARROW_RIGHT = "M0,-0.5L0,0.5M0,0L1.2,0M0.75,-0.4L1.2,0L0.75,0.4"
Row = dict[str, Any]
Pen = tuple[Curve, str, tuple[int, ...]]


# ---- optimisation trace
def trace(view: Trace) -> Picture:
    """Draw how far each strategy had come after how many measurements.

    Args:
        view: The curves; a band is drawn where a curve has one. The loop's curves are drawn
            strong, baselines muted and dashed; each is labelled at its end.

    Returns:
        The picture; its data has one row per point of each curve.
    """
    values = [y for c in view.curves for y in (*c.mean, *c.low, *c.high)]
    counts = [x for c in view.curves for x in c.measured]
    span = [0.0, 1.0] if view.is_share else domain(values)
    ends = _ends(counts)
    x = across("x", ends, view.x_title, format=",d", grid=False, **_whole(ends))
    form = {"format": "%"} if view.is_share else {}

    def y(name: str) -> Any:
        return upward(name, span, view.y_title, **form)

    pens = _pens(view.curves)
    layers = [part for pen in pens for part in _curve_layers(pen, x, y("mean"), y("low"))]
    gap = (span[1] - span[0]) * LABEL_GAP_PX / TRACE_SIZE[1]
    layers += _end_labels(pens, is_share=view.is_share, gap=gap, x=x, y=y("mean"))
    header = ("strategy", "measured", "mean", "low", "high")
    return picture(
        layers,
        name="trace",
        title=view.title,
        caption=captioned(view.note),
        size=TRACE_SIZE,
        csv=table(header, (row for c in view.curves for row in _curve_table(c))),
    )


def _ends(counts: Sequence[int]) -> list[float]:
    """Return the first and last count; a lone one gets room on its right."""
    first, last = min(counts, default=0), max(counts, default=1)
    return [float(first), float(last if last > first else first + 1)]


def _whole(ends: Sequence[float]) -> Row:
    """Return ticks at whole counts; left to itself, a short axis halves them and rounds."""
    first, last = map(int, ends)
    if last - first <= MOST_TICKS:
        return {"values": list(range(first, last + 1))}
    return {"tickCount": MOST_TICKS, "tickMinStep": 1}


def _pens(curves: Sequence[Curve]) -> list[Pen]:
    """Give each curve its colour and dash; baselines first, so that the loop lies on top."""
    baselines = [c for c in curves if c.is_baseline]
    loops = [c for c in curves if not c.is_baseline]
    return [
        *(
            (c, BASELINE_PENS[i % 2], BASELINE_DASHES[i % len(BASELINE_DASHES)])
            for i, c in enumerate(baselines)
        ),
        *((c, LOOP_PENS[i % len(LOOP_PENS)], ()) for i, c in enumerate(loops)),
    ]


def _curve_layers(given: Pen, x: Any, y: Any, low: Any) -> list[Any]:
    """Return band, line and points of one curve."""
    curve, pen, dash = given
    rows: list[Row] = [{"x": n, "mean": m} for n, m in zip(curve.measured, curve.mean, strict=True)]
    layers = []
    if curve.has_band:
        for row, a, b in zip(rows, curve.low, curve.high, strict=True):
            row |= {"low": a, "high": b}
        opacity = 0.10 if curve.is_baseline else 0.18
        band = layer(rows, "band").mark_area(color=pen, opacity=opacity)
        layers.append(band.encode(x=x, y=low, y2="high:Q"))
    width = 1.8 if curve.is_baseline else 3
    line = layer(rows, "curve").mark_line(color=pen, strokeWidth=width, strokeDash=list(dash))
    layers.append(line.encode(x, y))
    if not curve.is_baseline:
        layers.append(layer(rows, "point").mark_circle(color=pen, size=38, opacity=1).encode(x, y))
    return layers


def _end_labels(pens: Sequence[Pen], *, is_share: bool, gap: float, x: Any, y: Any) -> list[Any]:
    """Return the name and last value of each curve, beside its end and clear of the others."""
    drawn = [(c, pen) for c, pen, _ in pens if c.mean]
    digits = decimals([m for c, _ in drawn for m in c.mean])
    heights = spread_out([c.mean[-1] for c, _ in drawn], gap)
    labels = []
    for (curve, pen), height in zip(drawn, heights, strict=True):
        last = share(curve.mean[-1]) if is_share else fixed(curve.mean[-1], digits)
        row = {"x": curve.measured[-1], "mean": height, "text": f"{curve.label}  {last}"}
        mark = layer([row], "label").mark_text(
            align="left",
            baseline="middle",
            dx=9,
            limit=230,
            color=MUTED_INK if curve.is_baseline else pen,
            fontWeight=400 if curve.is_baseline else 600,
        )
        labels.append(mark.encode(x=x, y=y, text="text:N"))
    return labels


def _curve_table(curve: Curve) -> list[tuple[object, ...]]:
    """Return one row per point of the curve."""
    empty = ("",) * len(curve.mean)
    low, high = (curve.low, curve.high) if curve.has_band else (empty, empty)
    labels = (curve.label,) * len(curve.mean)
    return list(zip(labels, curve.measured, curve.mean, low, high, strict=True))


# ---- parity
def parity(view: Parity) -> Picture:
    """Draw predicted against measured values, with intervals, and limits as arrows.

    Args:
        view: Held-out rows; a point whose ``bound`` is not 0 is drawn as an arrow that starts
            at the limit and points to where the truth lies.

    Returns:
        The picture; its data has one row per point.
    """
    rows = _parity_rows(view)
    span = domain([*view.measured, *view.predicted, *view.low, *view.high])
    name = with_unit(view.property, view.unit)
    x = across("measured", span, f"Measured {name}")

    def y(column: str) -> Any:
        return upward(column, span, f"Predicted {name}")

    corners = [{"measured": s, "predicted": s} for s in span]
    diagonal = layer(corners, "diagonal").mark_line(color=GUIDE_PEN, strokeWidth=1.2)
    values = [r for r in rows if r["bound"] == 0]
    points = layer(values, "value").mark_circle(size=28, opacity=0.8, color=LOOP_PENS[0])
    layers = [diagonal.encode(x, y("predicted"))]
    if view.low:
        bars = layer(rows, "interval").mark_rule(strokeWidth=1, opacity=0.3)
        layers.append(bars.encode(x=x, y=y("low"), y2="high:Q", color=_bar_pen()))
    layers += [points.encode(x, y("predicted")), *_limits(rows, x, y("predicted"))]
    header = ("measured", "predicted", "bound", *(("low", "high") if view.low else ()))
    return picture(
        layers,
        name="parity",
        title=f"Predicted against measured {view.property}",
        caption=_parity_caption(view),
        size=(400, 400),
        csv=table(header, ([r[h] for h in header] for r in rows)),
    )


def _bar_pen() -> Any:
    """Return the colour of a bar: that of its point or of its arrow."""
    import altair as alt

    return alt.condition("datum.bound == 0", alt.value(LOOP_PENS[0]), alt.value(LIMIT_PEN))


def _limits(rows: Sequence[Row], x: Any, y: Any) -> list[Any]:
    """Return the censored points as arrows, one layer per direction."""
    layers = []
    for bound, arrow, name in ((-1, ARROW_LEFT, "limit_below"), (1, ARROW_RIGHT, "limit_above")):
        censored = [r for r in rows if r["bound"] == bound]
        if censored:
            mark = layer(censored, name).mark_point(
                shape=arrow, size=190, color=LIMIT_PEN, strokeWidth=1.7, opacity=1
            )
            layers.append(mark.encode(x, y))
    return layers


def _parity_rows(view: Parity) -> list[Row]:
    """Return one row per point."""
    columns: dict[str, Sequence[float]] = {
        "measured": view.measured,
        "predicted": view.predicted,
        "bound": view.bound,
    }
    if view.low:
        columns |= {"low": view.low, "high": view.high}
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def _parity_caption(view: Parity) -> str:
    """Return what the picture shows: rows, split, bars, arrows, scores."""
    n_censored = sum(b != 0 for b in view.bound)
    arrows = f"Arrows: {n_censored} limits, pointing to where the truth lies"
    return captioned(
        f"n = {fixed(len(view.measured), 0)}, split by {view.split_name}",
        "Bars: 90 % interval of a new measurement" if view.low else "",
        arrows if n_censored else "",
        scores_text(view.scores, view.baselines),
    )
