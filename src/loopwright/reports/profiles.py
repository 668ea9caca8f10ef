# SPDX-License-Identifier: Apache-2.0
"""The charts of a checked file: how values lie, how far replicates scatter, how runs drift.

Each function turns a profile into a drawing plus the numbers behind it; none computes a
statistic. Limits are never drawn as values: they hang below the axis, with an arrow each.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from loopwright.data.drift import Drift
from loopwright.data.profile import Profile
from loopwright.reports.charts import ARROW_LEFT, ARROW_RIGHT
from loopwright.reports.drawing import (
    GUIDE_PEN,
    INK,
    LIMIT_PEN,
    LOOP_PENS,
    Picture,
    layer,
    picture,
    table,
)
from loopwright.reports.wording import captioned, clipped, fixed, with_unit

__all__ = ["drift", "histogram", "replicates"]

WIDE, HALF = (400, 210), (400, 250)
MOST_RUNS = 60
LONGEST_TITLE = 32
"""Characters of a property on an axis; the heading above has all of them."""

DEPTH = 0.55
"""How deep the most frequent limit hangs, by the height of the tallest bar."""

MOST_NUMBERS = 3
ROOM = 0.04
Row = dict[str, Any]


def histogram(found: Profile) -> Picture:
    """Draw how the values lie; limits hang below the axis and point to where the truth lies.

    Args:
        found: Has one exact value at least.

    Returns:
        The picture; its data has one row per bin and one per limit.
    """
    edges = _edges(found)
    bins: list[Row] = [
        {"x": a, "x2": b, "y": n, "zero": 0}
        for a, b, n in zip(edges[:-1], edges[1:], found.histogram, strict=True)
    ]
    tallest = max(found.histogram)
    limits = _hanging(found, DEPTH * tallest)
    deepest = DEPTH * tallest if limits else 0.0
    x = _axis("X", "x", [*edges, *(r["x"] for r in limits)], found, is_log=found.is_log)
    air = 0.16 * (tallest + deepest)
    y = _count_axis(-deepest - (air if limits else 0), tallest + air, tallest)
    bars = layer(bins, "bin").mark_rect(color=LOOP_PENS[0], opacity=0.78, stroke="white")
    layers = [bars.encode(x=x, x2="x2:Q", y=y, y2="zero:Q")]
    if limits:
        stems = layer(limits, "stem").mark_rule(color=LIMIT_PEN, strokeWidth=2.4)
        layers.append(stems.encode(x=x, y=y, y2="zero:Q"))
        layers += _heads(limits, x, y)
    layers += _middle(found, tallest + 0.9 * air, x, y)
    rows: list[tuple[object, ...]] = [("bin", "", r["x"], r["x2"], r["y"]) for r in bins]
    rows += [("limit", o.relation, o.value, "", o.n) for o in found.limits]
    return picture(
        layers,
        name="histogram",
        title="How the values lie",
        caption=captioned(
            f"{fixed(sum(found.histogram), 0)} exact values{', log scale' if found.is_log else ''}",
            _limit_words(found),
        ),
        size=WIDE,
        csv=table(("what", "relation", "from", "to", "n"), rows),
    )


def _heads(limits: Sequence[Row], x: Any, y: Any) -> list[Any]:
    """Return an arrow for each limit, with numbers beside the most frequent ones."""
    layers = []
    for side, arrow in (("<", ARROW_LEFT), (">", ARROW_RIGHT)):
        ends = [r for r in limits if r["side"] == side]
        if ends:
            heads = layer(ends, "limit").mark_point(
                shape=arrow, size=170, color=LIMIT_PEN, strokeWidth=1.8, opacity=1
            )
            layers += [heads.encode(x=x, y=y), _numbers(ends, side, x, y)]
    return layers


def _hanging(found: Profile, deepest: float) -> list[Row]:
    """Return the limits as they hang: by a depth of their own, so that values are not flattened."""
    return [
        {
            "x": one.value,
            "y": -deepest * one.n / found.limits[0].n,
            "n": one.n,
            "zero": 0,
            "side": one.relation[0],
        }
        for one in found.limits
        if not found.is_log or one.value > 0
    ]


def _numbers(ends: Sequence[Row], side: str, x: Any, y: Any) -> Any:
    """Return how often the most frequent limits occur, beside their arrows, on the free side."""
    told = [{**r, "text": fixed(r["n"], 0)} for r in ends[:MOST_NUMBERS]]
    align, dx = ("right", -6) if side == ">" else ("left", 6)
    words = layer(told, "count").mark_text(align=align, dx=dx, color=LIMIT_PEN, fontSize=12)
    return words.encode(x=x, y=y, text="text:N")


def _limit_words(found: Profile) -> str:
    if not found.n_censored:
        return ""
    shown = sum(o.n for o in found.limits)
    more = "" if shown == found.n_censored else f", of which {fixed(shown, 0)} are drawn"
    return (
        f"Below the axis: {fixed(found.n_censored, 0)} limits{more}; "
        "the arrows point to where the truth lies"
    )


def _middle(found: Profile, top: float, x: Any, y: Any) -> list[Any]:
    """Return the line of the median, with its label above the bars."""
    ends = [{"x": found.median, "y": 0}, {"x": found.median, "y": top}]
    words = [{"x": found.median, "y": top, "text": f"median {found.median:.4g}"}]
    line = layer(ends, "median").mark_line(color=INK, strokeWidth=1.3, strokeDash=[4, 3])
    text = layer(words, "label").mark_text(align="left", baseline="top", dx=5, fontSize=12)
    return [line.encode(x, y), text.encode(x=x, y=y, text="text:N")]


def replicates(found: Profile) -> Picture:
    """Draw the first two values of each candidate that was measured more than once.

    Args:
        found: Has pairs.

    Returns:
        The picture; its data has one row per pair.
    """
    rows: list[Row] = [{"x": p.first, "y": p.second} for p in found.pairs]
    both = [p.first for p in found.pairs] + [p.second for p in found.pairs]
    is_log = found.is_log and min(both) > 0
    x = _axis("X", "x", both, found, is_log=is_log, title="First value")
    y = _axis("Y", "y", both, found, is_log=is_log, title="Second value")
    low, high = min(both), max(both)
    corners = [{"x": low, "y": low}, {"x": high, "y": high}]
    layers = [layer(corners, "diagonal").mark_line(color=GUIDE_PEN, strokeWidth=1.2).encode(x, y)]
    points = layer(rows, "pair").mark_circle(size=38, opacity=0.7, color=LOOP_PENS[0])
    layers.append(points.encode(x, y))
    if found.replicate_fold is not None:
        noise = f"Replicates scatter by a factor of {found.replicate_fold:.2f} (one deviation)"
    else:
        noise = f"One measurement scatters by {found.replicate_sd or 0.0:.3g} (one deviation)"
    n = found.n_replicated
    more = f", the first {len(rows)} are drawn" if len(rows) < n else ""
    return picture(
        layers,
        name="replicates",
        title="The same candidate twice",
        caption=captioned(
            f"{fixed(n, 0)} candidate{'s' if n > 1 else ''} measured more than once{more}", noise
        ),
        size=HALF,
        csv=table(
            ("name", "first", "second", "first_row", "second_row"),
            ([p.name, p.first, p.second, p.first_row, p.second_row] for p in found.pairs),
        ),
    )


def drift(found: Profile, view: Drift) -> Picture:
    """Draw the values run by run: medians with quartiles, or each candidate against itself.

    Args:
        found: The assay.
        view: Its runs, by date or by plate.

    Returns:
        The picture; its data has one row per run.
    """
    runs = [r for r in view.runs if r.shift is not None] if view.is_matched else list(view.runs)
    runs, n_all = runs[:MOST_RUNS], len(runs)
    rows = [_run_row(found, r, is_matched=view.is_matched) for r in runs]
    heading = "Against its own median" if view.is_matched else _titled(found)
    spots = [v for r in rows for v in r.values() if isinstance(v, float)]
    y = _axis("Y", "y", spots, found, is_log=found.is_log, title=heading)
    x = _run_axis([r.label for r in runs], view.by)
    layers = []
    if not view.is_matched:
        bars = layer(rows, "quartiles").mark_rule(color=LOOP_PENS[0], strokeWidth=5, opacity=0.25)
        low = _axis("Y", "low", spots, found, is_log=found.is_log, title=heading)
        layers.append(bars.encode(x=x, y=low, y2="high:Q"))
    points = layer(rows, "run")
    if view.by != "plate":
        layers.append(points.mark_line(color=LOOP_PENS[0], strokeWidth=1.4).encode(x, y))
    layers.append(points.mark_circle(color=LOOP_PENS[0], size=46, opacity=1).encode(x, y))
    header = ("run", "n", "first_quartile", "median", "third_quartile", "n_shared", "shift")
    more = f"The first {MOST_RUNS} of {n_all} are drawn" if n_all > MOST_RUNS else ""
    return picture(
        layers,
        name=f"drift-{'plate' if view.by == 'plate' else 'date'}",
        title="From plate to plate" if view.by == "plate" else "In time",
        caption=captioned(_drift_words(view), more),
        size=WIDE,
        csv=table(
            header,
            ((r.label, r.n, r.low, r.median, r.high, r.n_shared, r.shift) for r in view.runs),
        ),
    )


def _drift_words(view: Drift) -> str:
    what = (
        "Each candidate against its own median over all runs"
        if view.is_matched
        else "Medians with quartiles; the runs hold different candidates"
    )
    trend = "" if view.p_trend is None else f"trend p = {view.p_trend:.2g}, "
    return (
        f"{what}: {trend}between runs p = {view.p_between:.2g}; {fixed(len(view.runs), 0)} "
        f"{view.by}s, {fixed(view.n_values, 0)} values"
    )


def _run_row(found: Profile, run: Any, *, is_matched: bool) -> Row:
    def back(place: float) -> float:
        return float(10**place) if found.is_log else place

    if is_matched:
        return {"label": run.label, "y": back(run.shift)}
    return {
        "label": run.label,
        "y": back(run.median),
        "low": back(run.low),
        "high": back(run.high),
    }


def _run_axis(labels: Sequence[str], by: str) -> Any:
    import altair as alt

    angle = 0 if len(labels) <= 4 or max(map(len, labels)) <= 4 else -45
    axis = alt.Axis(title=None, labelAngle=angle, labelOverlap="greedy", labelLimit=90, grid=False)
    return alt.X("label:N", sort=list(labels), axis=axis)


def _edges(found: Profile) -> list[float]:
    """Return the edges of the bins, in the unit of the assay."""
    low, high, n = float(found.low or 0.0), float(found.high or 0.0), len(found.histogram)
    if found.is_log:
        a, b = math.log10(low), math.log10(high)
        return [float(10 ** (a + (b - a) * k / n)) for k in range(n + 1)]
    if high <= low:  # as numpy does, a lone value gets a bin around it
        low, high = low - 0.5, high + 0.5
    return [low + (high - low) * k / n for k in range(n + 1)]


def _axis(
    way: str, name: str, values: Sequence[float], found: Profile, *, is_log: bool, title: str = ""
) -> Any:
    """Return a scale that holds the values with some air, logarithmic where they span decades."""
    import altair as alt

    low, high = min(values), max(values)
    if is_log:
        air = max(ROOM * math.log10(high / low), 0.05)
        span, kind = [low / 10**air, high * 10**air], "log"
    else:
        air = ROOM * (high - low) or abs(low) * ROOM or 0.5
        span, kind = [low - air, high + air], "linear"
    scale = alt.Scale(type=kind, domain=span, nice=False, zero=False)
    options = {"format": "~g", "labelOverlap": "greedy"} if is_log else {"labelOverlap": "greedy"}
    axis = alt.Axis(
        title=title or _titled(found),
        grid=way == "Y" and not is_log,
        tickCount=5 if is_log else 6,
        **options,
    )
    return getattr(alt, way)(f"{name}:Q", scale=scale, axis=axis)


def _ticks(tallest: int) -> list[int]:
    """Return round counts from 0 to the tallest bar, six at most."""
    size = 10 ** max(0, math.floor(math.log10(max(tallest, 1))) - 1)
    step = next(k * size for k in (1, 2, 5, 10, 20, 50) if k * size * 5 >= tallest)
    return list(range(0, tallest + 1, step))


def _count_axis(low: float, high: float, tallest: int) -> Any:
    import altair as alt

    axis = alt.Axis(
        title="Values",
        values=_ticks(tallest),
        format=",d",
    )
    scale = alt.Scale(domain=[low, high], nice=False)
    return alt.Y("y:Q", scale=scale, axis=axis)


def _titled(found: Profile) -> str:
    return with_unit(clipped(found.property, LONGEST_TITLE), _u(found))


def _u(found: Profile) -> str:
    return "" if found.unit == "1" else found.unit
