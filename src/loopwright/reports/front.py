# SPDX-License-Identifier: Apache-2.0
"""The Pareto front: two goals against each other, with what is measured and what is proposed."""

from __future__ import annotations

from loopwright.reports.drawing import (
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
from loopwright.reports.front_view import Front
from loopwright.reports.wording import captioned, fixed

__all__ = ["front"]


def front(view: Front) -> Picture:
    """Draw measured candidates, those on the front joined in order, and the proposed ones.

    Args:
        view: The points; all finite.

    Returns:
        The picture; its data has one row per measured candidate.
    """
    every = (*view.measured, *view.proposed)
    x = across("x", domain(p[0] for p in every), view.x_title)
    y = upward("y", domain(p[1] for p in every), view.y_title)
    rows = [{"x": p[0], "y": p[1]} for p in view.measured]
    best = [row for row, leads in zip(rows, view.is_on_front, strict=True) if leads]
    lead = layer(sorted(best, key=lambda row: row["x"]), "front")
    layers = [
        layer(rows, "measured").mark_circle(color=MUTED_INK, size=26, opacity=0.5).encode(x, y),
        lead.mark_line(color=LOOP_PENS[0], strokeWidth=1.6).encode(x, y),
        lead.mark_circle(color=LOOP_PENS[0], size=60, opacity=1).encode(x, y),
    ]
    if view.proposed:
        open_ = layer([{"x": p[0], "y": p[1]} for p in view.proposed], "proposed")
        layers.append(
            open_.mark_point(color=LOOP_PENS[1], shape="diamond", size=70, strokeWidth=1.6).encode(
                x, y
            )
        )
    return picture(
        layers,
        name="front",
        title="Two goals against each other",
        caption=captioned(
            f"{fixed(len(rows), 0)} measured; {fixed(len(best), 0)} of them beaten by nobody: blue",
            "Diamonds: what is predicted for the open batch" if view.proposed else "",
        ),
        size=(640, 400),
        csv=table(
            ("name", view.x_title, view.y_title, "on the front"),
            [
                (name, *point, int(leads))
                for name, point, leads in zip(
                    view.names, view.measured, view.is_on_front, strict=True
                )
            ],
        ),
    )
