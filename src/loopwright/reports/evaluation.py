# SPDX-License-Identifier: Apache-2.0
"""A property model asked in every way: one table and one picture for its card.

Reads the plain form of an evaluation, as ``card.json`` has it; computes no score.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import frozen

from loopwright.reports.drawing import (
    BASELINE_PENS,
    LOOP_PENS,
    MUTED_INK,
    Picture,
    domain,
    layer,
    panels,
    table,
    upward,
)
from loopwright.reports.wording import captioned, clipped, fixed, share, short, with_unit

__all__ = ["TableRow", "evaluation_picture", "evaluation_rows", "evaluation_text"]

Plain = Mapping[str, Any]
HEADLINE = {"regression": "rmse", "classification": "auroc", "ordinal": "kappa"}
_NAMES = {"rmse": "RMSE", "auroc": "AUROC", "kappa": "Weighted kappa"}
SHORT = {
    "cliffs": "activity cliffs",
    "scaffold": "scaffolds",
    "cluster": "clusters",
    "newest": "newest fifth",
    "random": "random rows",
}
PENS = {"auto": LOOP_PENS[0], "mean": BASELINE_PENS[0], "neighbour": BASELINE_PENS[1]}
DOTS_SIZE, CURVE_SIZE = (330, 250), (330, 250)


@frozen(kw_only=True)
class TableRow:
    """One line of the table: who was asked about what."""

    held_out: str
    model: str
    n: int
    """Rows that were scored; of a step of the learning curve, rows that were learned from."""

    values: Mapping[str, Plain]
    """Score -> value, low, high."""


def evaluation_rows(one: Plain) -> list[TableRow]:
    """Return the lines of the table of one property, in the order in which they are read.

    Args:
        one: An entry of the properties of ``card.json`` that has an evaluation.
    """
    found = one["evaluation"]
    rows = []
    for name, scores in _asked(found):
        rows += [
            TableRow(held_out=name, model=s["model"], n=s["n"], values=s["values"]) for s in scores
        ]
    curve = found["curve"]
    if curve is None:
        return rows
    own, steps = found["parted"][0]["split"], curve["steps"]
    measure = _column(curve["measure"])
    for step in steps[:-1]:
        told = f"{own}, learned from {fixed(step['n_rows'], 0)} rows"
        n = found["parted"][0]["scores"][0]["n"]
        rows.append(TableRow(held_out=told, model="auto", n=n, values={measure: step["error"]}))
    last = steps[-1]
    if measure not in rows[0].values:
        rows[0] = TableRow(
            held_out=rows[0].held_out,
            model="auto",
            n=rows[0].n,
            values={**rows[0].values, measure: last["error"]},
        )
    if (twice := curve["twice"]) is not None:
        told = f"{own}, with {fixed(twice['n_rows'], 0)} rows (extrapolated)"
        rows.append(TableRow(held_out=told, model="auto", n=0, values={measure: twice["error"]}))
    return rows


def evaluation_text(one: Plain) -> Iterator[str]:
    """Yield what the table cannot say: twice the rows, cliffs, and what was not asked."""
    found = one["evaluation"]
    curve, cliffs = found["curve"], found["cliffs"]
    if curve is not None:
        yield _twice(curve)
    if cliffs is not None:
        yield (
            f"Activity cliffs: {cliffs['n_pairs']} pairs that are alike by "
            f"{cliffs['similarity']:g} or more and differ by {_differ(one, cliffs)}; which end is "
            f"higher was predicted right in {share(cliffs['ordered'])} of them."
        )
    elif not any(m.startswith("activity cliffs: ") for m in found["missing"]):
        yield "Activity cliffs: fewer than ten rows are on one."
    if bands := found.get("by_distance"):
        yield _by_distance(one, bands)
    if found["missing"]:
        yield f"Not asked: {'; '.join(found['missing'])}."


def _by_distance(one: Plain, bands: Sequence[Plain]) -> str:
    """Say how large the error was at which similarity to what the model had seen."""
    task = one["task"]
    what = "share called wrong" if task == "classification" else "mean absolute error"
    unit = {"regression": one["unit"], "ordinal": "levels"}.get(task, "")
    steps = [
        f"{b['error']:.3g} at {b['low']:.2f} to {b['high']:.2f} ({b['n']} rows)" for b in bands
    ]
    return (
        "By similarity to the nearest structure that the model had seen, "
        f"{with_unit(what, '' if unit == '1' else unit)}: {', '.join(steps)}."
    )


def evaluation_picture(one: Plain) -> Picture:
    """Draw the scores by what was held out, and the learning curve beside them.

    Args:
        one: As ``evaluation_rows`` takes it.
    """
    headline = HEADLINE[one["task"]]
    unit = "" if one["unit"] in {"", "1"} or headline != "rmse" else one["unit"]
    found, name = one["evaluation"], clipped(one["property"], 28)
    parts = [(_dots(found, headline, with_unit(f"{_NAMES[headline]} of {name}", unit)), DOTS_SIZE)]
    if _is_drawn(found["curve"]):
        parts.append((_curve(found["curve"], _unit_of(found["curve"], unit)), CURVE_SIZE))
    rows = evaluation_rows(one)
    names = list(dict.fromkeys(n for r in rows for n in r.values))
    cells = (
        (r.held_out, r.model, r.n, n, *(r.values[n][k] for k in ("value", "low", "high")))
        for r in rows
        for n in names
        if n in r.values
    )
    return panels(
        parts,
        name="evaluation",
        title=f"What the model of {one['property']} is worth",
        caption=captioned(
            "Left: score on rows held out in each way, with 95 % intervals",
            "Right: error against the rows that were learned from"
            if _is_drawn(found["curve"])
            else "",
        ),
        csv=table(("held_out", "model", "n", "score", "value", "low", "high"), cells),
    )


def _asked(found: Plain) -> Iterator[tuple[str, Sequence[Plain]]]:
    """Yield what was held out, with the scores on it; cliffs are a part of the first."""
    first, *others = found["parted"]
    yield first["split"], first["scores"]
    if found["cliffs"] is not None:
        yield f"{first['split']}, activity cliffs alone", found["cliffs"]["scores"]
    for part in others:
        yield part["split"], part["scores"]


def _differ(one: Plain, cliffs: Plain) -> str:
    if one["task"] == "classification":
        return "class"
    if one["task"] == "ordinal":
        return f"{cliffs['difference']:g} levels or more"
    if one["scale"] == "log":
        return f"{10 ** cliffs['difference']:.3g}x or more"
    unit = "" if one["unit"] in {"", "1"} else f" {one['unit']}"
    return f"{short(cliffs['difference'])}{unit} (one standard deviation) or more"


def _twice(curve: Plain) -> str:
    twice, measure = curve["twice"], curve["measure"]
    now = curve["steps"][-1]["error"]["value"]
    if twice is None:
        return f"What twice the rows would bring cannot be told: {_why_no_line(curve['steps'])}."
    told = (
        f"Twice the rows would change the {measure} from {short(now)} to about "
        f"{short(twice['error']['value'])} ({short(twice['error']['low'])} to "
        f"{short(twice['error']['high'])}, 95 %)"
    )
    if not twice["is_clear"]:
        return f"{told}: it may as well stay what it is."
    change = twice["change"]
    ends = sorted(abs(change[k]) for k in ("low", "high"))
    return (
        f"{told}: {share(abs(change['value']))} "
        f"{'less' if change['value'] < 0 else 'more'} ({share(ends[0])} to {share(ends[1])})."
    )


def _is_drawn(curve: Plain | None) -> bool:
    """Return whether there is a curve to see: one point is none."""
    return curve is not None and len(curve["steps"]) > 1


def _why_no_line(steps: Sequence[Plain]) -> str:
    """Say why the learning curve cannot be drawn further."""
    if len(steps) == 1:
        return "the rows are too few for a learning curve"
    if len(steps) == 2:
        return "the rows are too few for more than two steps of a learning curve"
    if not all(step["error"]["value"] for step in steps):
        return "a step of the learning curve has no error at all"
    return "all steps of the learning curve have learned from as many rows"


def _column(measure: str) -> str:
    return {"RMSE": "rmse"}.get(measure, measure)


def _unit_of(curve: Plain, unit: str) -> str:
    return with_unit(curve["measure"], unit if curve["measure"] == "RMSE" else "")


# ---- left: by what was held out
def _dots(found: Plain, headline: str, title: str) -> list[Any]:
    """Return one dot with its interval for each model and way of holding out."""
    import altair as alt

    rows = [
        {"held out": _short(name), "model": s["model"], **s["values"][headline]}
        for name, scores in _asked(found)
        for s in scores
        if s["values"][headline]["value"] is not None
    ]
    order = list(dict.fromkeys(r["held out"] for r in rows))
    y = alt.Y("held out:N", sort=order, title=None, axis=alt.Axis(ticks=False, minExtent=110))
    offset = alt.YOffset("model:N", sort=list(PENS))
    colours = alt.Scale(domain=list(PENS), range=list(PENS.values()))
    colour = alt.Color(
        "model:N",
        scale=colours,
        legend=alt.Legend(title=None, orient="top", symbolType="circle", labelFontSize=12),
    )
    span = domain([r[k] for r in rows for k in ("low", "high")])
    scale = alt.Scale(domain=span, nice=False, zero=False)
    x = alt.X("value:Q", scale=scale, axis=alt.Axis(title=title, grid=True))
    bars = layer(rows, "spread").mark_rule(strokeWidth=1.6)
    dots = layer(rows, "score").mark_circle(size=58, opacity=1)
    low = alt.X("low:Q", scale=scale, axis=alt.Axis(title=title, grid=True))
    return [
        bars.encode(x=low, x2="high:Q", y=y, yOffset=offset, color=colour),
        dots.encode(x=x, y=y, yOffset=offset, color=colour),
    ]


def _short(name: str) -> str:
    """Return what was held out in a word or two."""
    return next((short for start, short in SHORT.items() if start in name), name)


# ---- right: the learning curve
def _curve(curve: Plain, title: str) -> list[Any]:
    """Return the steps with their intervals, the next one hollow, and the baselines as lines."""
    import altair as alt

    steps = [{"rows": s["n_rows"], "kind": "seen", **s["error"]} for s in curve["steps"]]
    twice = curve["twice"]
    ahead = [{"rows": twice["n_rows"], "kind": "ahead", **twice["error"]}] if twice else []
    bars = [{"name": n, "value": v} for n, v in curve["baselines"].items()]
    ends = [r["rows"] for r in (*steps, *ahead)]
    known = [r[k] for r in (*steps, *ahead) for k in ("low", "high")]
    span = domain([*known, *(b["value"] for b in bars)])
    scale = alt.Scale(type="log", domain=[min(ends) / 1.25, max(ends) * 1.25], nice=False)
    axis = alt.Axis(title="Rows learned from", values=ends, format=",d", grid=False)
    x = alt.X("rows:Q", scale=scale, axis=axis)
    y, low = upward("value", span, title), upward("low", span, title)
    line = layer(steps, "curve").mark_line(color=LOOP_PENS[0], strokeWidth=2.6)
    lines = [line.encode(x, y)]
    if ahead:
        on = layer([steps[-1], *ahead], "ahead").mark_line(color=LOOP_PENS[0], strokeDash=[5, 4])
        lines.append(on.encode(x, y))
    spread = layer([*steps, *ahead], "interval").mark_rule(color=LOOP_PENS[0], strokeWidth=1.6)
    fill = alt.condition("datum.kind == 'seen'", alt.value(LOOP_PENS[0]), alt.value("white"))
    point = layer([*steps, *ahead], "step").mark_point(
        size=58, opacity=1, filled=True, stroke=LOOP_PENS[0], strokeWidth=1.8
    )
    rule = layer(bars, "baseline").mark_rule(strokeDash=[6, 4], color=MUTED_INK)
    label = layer(bars, "label").mark_text(align="left", dx=6, dy=-7, color=MUTED_INK)
    return [
        rule.encode(y=y),
        label.encode(y=y, x=alt.value(0), text="name:N"),
        *lines,
        spread.encode(x=x, y=low, y2="high:Q"),
        point.encode(x=x, y=y, fill=fill),
    ]
