# SPDX-License-Identifier: Apache-2.0
"""How every chart looks, and how a chart becomes an accessible SVG text with its data beside it.

Knows pens, axes and files of text; knows nothing of what a chart is about.
"""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import frozen

from loopwright.data.text import harmless
from loopwright.reports.wording import captioned

__all__ = [
    "BAND_PEN",
    "BASELINE_DASHES",
    "BASELINE_PENS",
    "GUIDE_PEN",
    "INK",
    "LIMIT_PEN",
    "LOOP_PENS",
    "MUTED_INK",
    "Picture",
    "across",
    "domain",
    "layer",
    "panels",
    "picture",
    "spread_out",
    "table",
    "upward",
]

FONT = 'system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif'
INK = "#18212b"
MUTED_INK = "#55606d"
LOOP_PENS = ("#0b5cad", "#b3470b", "#00705a")
"""Blue, vermilion and green of equal strength, told apart by every common colour blindness."""

BASELINE_PENS = ("#6b7684", "#929ca9")
BASELINE_DASHES = ((6, 4), (2, 3), (9, 3, 2, 3))
LIMIT_PEN = "#b3470b"
BAND_PEN = "#e3e8ee"
GUIDE_PEN = "#8792a0"


@frozen(kw_only=True)
class Picture:
    """A chart, ready to be shown or saved: the drawing and the numbers behind it."""

    name: str
    """A word for file names: ``trace``, ``parity`` ..."""

    title: str
    caption: str
    svg: str
    """A complete SVG document, with its title inside; no ids, so that many fit on one page."""

    csv: str
    """One row per point, header first; text cells that could act as formulas are defused."""


def across(name: str, span: Sequence[float], title: str, **options: Any) -> Any:
    """Return a horizontal scale for the column ``name``, with a quiet axis."""
    import altair as alt

    scale = alt.Scale(domain=list(span), nice=False, zero=False)
    return alt.X(f"{name}:Q", scale=scale, axis=alt.Axis(title=title, **options))


def upward(name: str, span: Sequence[float], title: str, **options: Any) -> Any:
    """Return a vertical scale for the column ``name``, with a quiet axis."""
    import altair as alt

    scale = alt.Scale(domain=list(span), nice=False, zero=False)
    return alt.Y(f"{name}:Q", scale=scale, axis=alt.Axis(title=title, **options))


def layer(rows: Sequence[Mapping[str, Any]], name: str) -> Any:
    """Return a chart of plain rows; its marks carry ``name`` and a number in the SVG."""
    import altair as alt

    return alt.Chart(alt.Data(values=[dict(r) for r in rows]), name=name)


def domain(numbers: Iterable[float], pad: float = 0.04) -> list[float]:
    """Return the span that an axis must cover, with some air at both ends."""
    known = list(numbers)
    if not known:
        return [0.0, 1.0]
    low, high = min(known), max(known)
    air = pad * (high - low) or abs(low) * pad or 0.5
    return [low - air, high + air]


def spread_out(heights: Sequence[float], gap: float) -> list[float]:
    """Move labels apart until each has ``gap`` to the next, keeping their order and middle.

    Example:
        >>> spread_out([0.0, 1.0, 5.0], gap=2.0)
        [-0.5, 1.5, 5.0]
    """
    order = sorted(range(len(heights)), key=lambda i: (heights[i], i))
    clusters: list[tuple[list[int], float]] = []
    for i in order:
        members, middle = [i], heights[i]
        while clusters:
            before, below = clusters[-1]
            if middle - below >= gap * (len(before) + len(members)) / 2:
                break
            clusters.pop()
            members = before + members
            middle = sum(heights[j] for j in members) / len(members)
        clusters.append((members, middle))
    placed = [0.0] * len(heights)
    for members, middle in clusters:
        for k, i in enumerate(members):
            placed[i] = middle + gap * (k - (len(members) - 1) / 2)
    return placed


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return rows as CSV text; a text cell that a spreadsheet would run gets an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(map(harmless, header))
    for row in rows:
        writer.writerow(harmless(cell) if isinstance(cell, str) else cell for cell in row)
    return out.getvalue()


def picture(
    layers: Sequence[Any], *, name: str, title: str, caption: str, size: tuple[int, int], csv: str
) -> Picture:
    """Draw the layers over each other as one SVG document that a screen reader can announce.

    Args:
        layers: Altair charts, the lowest first.
        name: A word for file names.
        title: Stands in the document's title, not in the drawing.
        caption: What the reader must know to read it; also told to screen readers.
        size: Width and height of the plot without its axes, in px.
        csv: The numbers behind the drawing.
    """
    return _picture(_plot(layers, size), name=name, title=title, caption=caption, csv=csv)


def panels(
    parts: Sequence[tuple[Sequence[Any], tuple[int, int]]],
    *,
    name: str,
    title: str,
    caption: str,
    csv: str,
) -> Picture:
    """Draw several plots beside each other as one picture.

    Args:
        parts: The layers of each plot, and its width and height without axes, in px.
        name: A word for file names.
        title: Stands in the document's title, not in the drawing.
        caption: What the reader must know to read it; also told to screen readers.
        csv: The numbers behind the drawing.
    """
    import altair as alt

    plots = [_plot(layers, size, f"_{i}") for i, (layers, size) in enumerate(parts)]
    chart = alt.hconcat(*plots, spacing=36)
    return _picture(chart, name=name, title=title, caption=caption, csv=csv)


def _plot(layers: Sequence[Any], size: tuple[int, int], which: str = "") -> Any:
    """Return the layers over each other; marks are numbered, so that none has another's name."""
    import altair as alt

    named = [part.properties(name=f"{part.name}{which}_{i}") for i, part in enumerate(layers)]
    return alt.layer(*named).properties(width=size[0], height=size[1])


def _picture(chart: Any, *, name: str, title: str, caption: str, csv: str) -> Picture:
    """Draw a chart as SVG."""
    import vl_convert

    chart = chart.configure(**_config())
    drawing = vl_convert.vegalite_to_svg(chart.to_dict(), allowed_base_urls=[])
    head = f'<svg role="img" aria-label="{html.escape(captioned(title, caption))}" '
    root, body = drawing.replace("<svg ", head, 1).split(">", 1)
    return Picture(
        name=name,
        title=title,
        caption=caption,
        svg=f"{root}><title>{html.escape(title)}</title>{body}",
        csv=csv,
    )


def _config() -> dict[str, Any]:
    """Return the look that all charts share: white, quiet grid, dark text."""
    return {
        "aria": False,
        "background": "white",
        "font": FONT,
        "padding": {"left": 4, "top": 4, "right": 18, "bottom": 4},
        "view": {"stroke": None},
        "axis": {
            "domainColor": GUIDE_PEN,
            "gridColor": "#edf0f3",
            "labelColor": MUTED_INK,
            "labelFlush": False,
            "labelFontSize": 12,
            "labelPadding": 5,
            "tickColor": GUIDE_PEN,
            "tickCount": 6,
            "tickSize": 4,
            "titleColor": INK,
            "titleFontSize": 12.5,
            "titleFontWeight": 500,
            "titlePadding": 10,
        },
        "text": {"fontSize": 12.5, "color": INK},
    }
