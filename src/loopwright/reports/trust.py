# SPDX-License-Identifier: Apache-2.0
"""Charts that say how far a model may be trusted: calibration, distance, spread.

They stand beside ``charts.parity``: an error alone does not say whether the model knows it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

from loopwright.reports.drawing import (
    BAND_PEN,
    GUIDE_PEN,
    LIMIT_PEN,
    LOOP_PENS,
    MUTED_INK,
    Picture,
    across,
    domain,
    layer,
    picture,
    table,
    upward,
)
from loopwright.reports.views import Calibration, Distances, Spread
from loopwright.reports.wording import captioned, fixed, share, with_unit
from loopwright.science.intervals import Z_90

__all__ = ["calibration", "distances", "spread"]

LARGEST_N_GROUPS = 8
SMALLEST_GROUP = 10
N_BINS = 24
Row = dict[str, float]


# ---- calibration
def calibration(view: Calibration) -> Picture:
    """Draw how often the truth fell inside intervals of each nominal width.

    Args:
        view: Nominal and observed shares. The grey band is where a perfectly calibrated model
            lies in 9 of 10 cases with this many rows (normal approximation of the binomial).

    Returns:
        The picture; its data has one row per nominal width.
    """
    pairs = list(zip(view.nominal, view.observed, strict=True))
    x = across("x", (0, 1), "Nominal coverage of the interval", format="%")

    def y(name: str) -> Any:
        return upward(name, (0, 1), "Observed coverage", format="%")

    corners = [{"x": p, "y": p} for p in (0.0, 1.0)]
    diagonal = layer(corners, "diagonal").mark_line(color=GUIDE_PEN, strokeWidth=1.2)
    points = layer([{"x": p, "y": o} for p, o in pairs], "value")
    band = layer(_chance_band(view.n), "band").mark_area(color=BAND_PEN)
    layers = [
        band.encode(x=x, y=y("low"), y2="high:Q"),
        diagonal.encode(x, y("y")),
        points.mark_line(color=LOOP_PENS[0], strokeWidth=2.4).encode(x, y("y")),
        points.mark_circle(color=LOOP_PENS[0], size=44, opacity=1).encode(x, y("y")),
    ]
    return picture(
        layers,
        name="calibration",
        title=f"Calibration for {view.property}",
        caption=captioned(
            f"n = {fixed(view.n, 0)}, split by {view.split_name}",
            f"90 % intervals hold {share(view.coverage_90)} of the values",
            "Below the diagonal the model is too sure of itself, above it too careful",
            "Grey: where a perfect model would lie in 9 of 10 cases",
        ),
        size=(400, 400),
        csv=table(("nominal", "observed"), pairs),
    )


def _chance_band(n: int) -> list[Row]:
    """Return where the observed coverage of a perfect model lies by chance alone."""
    rows = []
    for p in (k / 50 for k in range(51)):
        doubt = Z_90 * math.sqrt(p * (1 - p) / max(n, 1))
        rows.append({"x": p, "low": max(0.0, p - doubt), "high": min(1.0, p + doubt)})
    return rows


# ---- error against distance
def distances(view: Distances) -> Picture:
    """Draw the error of each held-out row against its likeness to the training rows.

    Args:
        view: One similarity and one absolute error per row. With 20 rows or more the mean error
            of equally large groups is drawn over them, with its 90 % interval.

    Returns:
        The picture; its data has one row per point.
    """
    pairs = list(zip(view.similarity, view.error, strict=True))
    top = max(view.error, default=1.0) * 1.1 or 1.0
    x = across("x", (0, 1), "Similarity to the nearest training row (1 = equal)", grid=False)
    heading = f"Absolute error of {with_unit(view.property, view.unit)}"

    def y(name: str) -> Any:
        return upward(name, (0, top), heading)

    points = layer([{"x": s, "y": e} for s, e in pairs], "value")
    groups = _groups(pairs)
    means = layer(groups, "mean")
    layers = [points.mark_circle(color=MUTED_INK, size=18, opacity=0.4).encode(x, y("y"))]
    if groups:
        bars = means.mark_rule(color=LOOP_PENS[0], strokeWidth=1.6)
        layers += [
            bars.encode(x=x, y=y("low"), y2="high:Q"),
            means.mark_line(color=LOOP_PENS[0], strokeWidth=2.4).encode(x, y("y")),
            means.mark_circle(color=LOOP_PENS[0], size=44, opacity=1).encode(x, y("y")),
        ]
    layers += _edge(view.edge, top, x, y("y"))
    line = f"Line: mean of {len(groups)} equally large groups, with its 90 % interval"
    n_text = f"n = {fixed(len(pairs), 0)}, split by {view.split_name}"
    return picture(
        layers,
        name="distances",
        title=f"Error against distance to training, {view.property}",
        caption=captioned(n_text, line if groups else ""),
        size=(400, 260),
        csv=table(("similarity", "absolute_error"), pairs),
    )


def _groups(pairs: Sequence[tuple[float, float]]) -> list[Row]:
    """Return the mean error, with its 90 % interval, of equally large groups by similarity."""
    n_groups = min(LARGEST_N_GROUPS, len(pairs) // SMALLEST_GROUP)
    if n_groups < 2:
        return []
    ordered, rows = sorted(pairs), []
    cuts = [round(k * len(ordered) / n_groups) for k in range(n_groups + 1)]
    for start, stop in itertools.pairwise(cuts):
        errors = [e for _, e in ordered[start:stop]]
        n, mean = len(errors), sum(errors) / len(errors)
        doubt = Z_90 * math.sqrt(sum((e - mean) ** 2 for e in errors) / (n - 1) / n)
        x = sum(s for s, _ in ordered[start:stop]) / n
        rows.append({"x": x, "y": mean, "low": max(0.0, mean - doubt), "high": mean + doubt})
    return rows


def _edge(edge: float | None, top: float, x: Any, y: Any) -> list[Any]:
    """Return the line below whose similarity a candidate counts as out of domain."""
    if edge is None:
        return []
    foot = layer([{"x": edge, "y": 0.0}, {"x": edge, "y": top}], "edge")
    layers = [foot.mark_line(color=LIMIT_PEN, strokeWidth=1.4, strokeDash=[5, 4]).encode(x, y)]
    for text, align, dx in (("out of domain", "right", -7), ("in domain", "left", 7)):
        words = layer([{"x": edge, "y": top, "text": text}], "label").mark_text(
            align=align, baseline="top", dx=dx, dy=2, color=LIMIT_PEN
        )
        layers.append(words.encode(x=x, y=y, text="text:N"))
    return layers


# ---- distribution
def spread(view: Spread) -> Picture:
    """Draw where measured values lie and where the predictions for other candidates lie.

    Args:
        view: The two sets of values; each is drawn as shares of its own number, so that a
            handful of measurements can be compared with thousands of predictions.

    Returns:
        The picture; its data has one row per value.
    """
    low, high = domain([*view.measured, *view.predicted])
    edges = [low + (high - low) * k / N_BINS for k in range(N_BINS + 1)]
    measured, predicted = _shares(view.measured, edges), _shares(view.predicted, edges)
    top = max([r["y"] for r in (*measured, *predicted)], default=0.0) * 1.08 or 1.0
    x = across("x", (low, high), with_unit(view.property, view.unit), grid=False)
    y = upward("y", (0, top), "Share of each group", format="%")
    bars = layer(measured, "measured").mark_rect(color="#c3ccd6")
    line = layer(predicted, "predicted").mark_line(
        color=LOOP_PENS[0], strokeWidth=2.4, interpolate="step-after"
    )
    keys = ((f"■ {view.measured_label}", MUTED_INK), (f"━ {view.predicted_label}", LOOP_PENS[0]))
    counts = (
        f"n = {fixed(len(view.measured), 0)} {view.measured_label}, "
        f"{fixed(len(view.predicted), 0)} {view.predicted_label}"
    )
    rows = [*((view.measured_label, v) for v in view.measured)]
    rows += [(view.predicted_label, v) for v in view.predicted]
    return picture(
        [bars.encode(x=x, x2="x2:Q", y=y, y2="zero:Q"), line.encode(x, y), *_keys(keys)],
        name="spread",
        title=f"Measured and predicted values of {view.property}",
        caption=captioned(
            counts, "Predictions spread less than single measurements: they carry no noise"
        ),
        size=(400, 260),
        csv=table(("group", "value"), rows),
    )


def _shares(values: Sequence[float], edges: Sequence[float]) -> list[Row]:
    """Return which share of the values lies in each bin; the last row closes the outline."""
    low, width = edges[0], edges[1] - edges[0]
    counts = [0] * N_BINS
    for value in values:
        counts[min(N_BINS - 1, int((value - low) / width))] += 1
    n = max(len(values), 1)
    rows = [
        {"x": a, "x2": b, "y": count / n, "zero": 0.0}
        for (a, b), count in zip(itertools.pairwise(edges), counts, strict=True)
    ]
    return [*rows, {"x": edges[-1], "x2": edges[-1], "y": 0.0, "zero": 0.0}]


def _keys(keys: Sequence[tuple[str, str]]) -> list[Any]:
    """Return one line of text per group, above the plot, in the group's colour."""
    import altair as alt

    return [
        layer([{"text": text}], "key")
        .mark_text(align="left", baseline="bottom", color=pen, fontWeight=600)
        .encode(x=alt.value(4), y=alt.value(-8 - 18 * (len(keys) - 1 - i)), text="text:N")
        for i, (text, pen) in enumerate(keys)
    ]
