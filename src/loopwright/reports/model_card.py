# SPDX-License-Identifier: Apache-2.0
"""The card of trained property models as one Markdown document.

It begins with the header that Hugging Face reads, and follows the sections of the QSAR model
reporting format. It says what the plain card says; it computes nothing.

Source:
    OECD (2007), Guidance document on the validation of (Q)SAR models, No. 69, annex (QMRF).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from loopwright.reports.evaluation import evaluation_rows, evaluation_text

__all__ = ["model_card"]

Plain = Mapping[str, Any]

_HUB = {
    "regression": "regression",
    "classification": "classification",
    "ordinal": "classification",
}
_KINDS = {"regression": "number", "classification": "class", "ordinal": "level"}

_LIMITS = """\
- It was learned from the structures of one file. Far from them an answer says little: trust
  `in_domain`, the nearest training structure and the interval more than the number.
- Intervals and probabilities were calibrated on what was held out, as the split above says; a new
  series, assay or laboratory can be further off.
{below}- It has not been validated for any regulatory, clinical or safety decision."""


_BELOW = """\
- It leans on models of other properties, learned from other structures or values; where they err,
  it may err with them.
"""


def model_card(card: Plain) -> str:
    """Return the document.

    Args:
        card: As ``card.json`` has it: data, seed, asked, standardiser and one entry for each
            property with its scores, coverage and golden predictions.
    """
    names = ", ".join(one["property"] for one in card["properties"])
    untrained = card.get("untrained", ())
    read_from = card.get("stand_ins", {}).items()
    lines = [
        *_header(card),
        f"# Property model: {_inline(names)}",
        "",
        "## 1 Identifier and software",
        "",
        f"Loopwright {card['loopwright']}; structures were written by {card['standardiser']}. "
        f"Trained in {card['seconds']:.0f} s from seed {card['seed']}.",
        "",
        "## 2 Data",
        "",
        f"- file: `{_inline(card['data']['file'])}`",
        f"- SHA-256: `{card['data']['sha256']}`",
        f"- licence: {_inline(card['data']['licence']) or 'not stated'}",
        *(f"- {of}: read from `{_inline(column)}`, which no name says" for of, column in read_from),
        *(f"- not trained: {_inline(o['property'])}. {_inline(o['why'])}" for o in untrained),
        "",
    ]
    for place, one in enumerate(card["properties"], start=3):
        lines += _property(place, one)
    limits = _LIMITS.format(below=_BELOW if any(map(_is_upon, card["properties"])) else "")
    lines += [f"## {len(card['properties']) + 3} Limits of use", "", limits, ""]
    return "\n".join(lines)


def _header(card: Plain) -> list[str]:
    """Return the YAML header of a model page; JSON texts are YAML texts."""
    tasks = {name: f"tabular-{kind}" for name, kind in _HUB.items()}
    used = sorted({tasks[one["task"]] for one in card["properties"]})
    lines = ["---", "library_name: loopwright", f"pipeline_tag: {used[0]}"]
    lines += [f"license: {json.dumps(card['data']['licence'] or 'unknown')}", "tags:"]
    lines += ["- chemistry", "- qsar", "model-index:"]
    for one in card["properties"]:
        lines += [f"- name: {json.dumps(one['property'])}", "  results:"]
        lines += ["  - task:", f"      type: {tasks[one['task']]}", "    dataset:"]
        lines += [f"      name: {json.dumps(card['data']['file'])}"]
        lines += [f"      type: {json.dumps(one['split'])}", "    metrics:"]
        for name, value in one["scores"][0]["values"].items():
            lines += [f"    - type: {name}", f"      value: {_number(value['value'])}"]
    return [*lines, "---", ""]


def _property(place: int, one: Plain) -> list[str]:
    """Return the section of one property."""
    useful = (
        "It beats both baselines on what was held out."
        if one["is_useful"]
        else "**It does not beat both baselines on what was held out: do not use it.**"
    )
    return [
        f"## {place} {_with_unit(one)}",
        "",
        f"### {place}.1 Endpoint and rows",
        "",
        f"A {_KINDS[one['task']]}{_named(one)}; "
        f"{one['n_rows']} rows = {one['n_used']} used + {one['n_left_out']} left out; "
        f"{one['n_structures']} structures; {one['n_repeats']} rows repeat a structure and were "
        f"averaged; of {one['n_disagree']} structures they disagree; {one['n_limits']} limits.",
        "",
        f"### {place}.2 Algorithm",
        "",
        f"{' and '.join(one['recipe']) or 'the model below alone'}; "
        f"learned on the {one['scale']} scale. {_inline(one['why'])}.",
        *_below(one),
        f"### {place}.3 Goodness of fit and predictivity",
        "",
        f"Held out: {_inline(one['split'])}. {useful} {_units(one)}",
        "",
        *_table(one["scores"]),
        "",
        *_onto(one),
        *_evaluation(one),
        f"### {place}.4 Doubt and applicability domain",
        "",
        _doubt(one),
        "",
        f"### {place}.5 Golden predictions",
        "",
        "They are predicted again whenever the model is opened; if they differ, it is refused. "
        f"{_ENDS[one['task']]}",
        "",
        *_goldens(one["goldens"], one.get("levels", ())),
        "",
    ]


_ENDS = {
    "regression": "Low and high are the ends of the 90 % interval.",
    "classification": "Low and high say how far the probability could move.",
    "ordinal": "Low and high are the ends of the levels that hold 90 %.",
}


def _units(one: Plain) -> str:
    """Return what stands in brackets, and in which unit the errors of a number are."""
    told = "95 % bootstrap intervals in brackets."
    if one["task"] != "regression":
        return told
    if one["unit"] in {"", "1"}:
        return f"{told} `rmse` and `mae` are in the unit of the values; the file names none."
    return f"{told} `rmse` and `mae` are in {_inline(one['unit'])}."


def _with_unit(one: Plain) -> str:
    """Return the name of a property with its unit, which the name may say itself."""
    unit, name = _inline(one["unit"]), _inline(one["property"])
    return name if unit in {"", "1"} or name.endswith(f"({unit})") else f"{name} ({unit})"


def _is_upon(one: Plain) -> bool:
    """Return whether a model asks others."""
    onto = one.get("onto")
    return bool(one.get("below")) or (onto is not None and onto["tuning"]["way"] != "own")


def _below(one: Plain) -> Iterable[str]:
    """Yield a blank line, and which models are asked first, where ``auto`` kept any."""
    yield ""
    for told in one.get("below", ()):
        names = ", ".join(map(_inline, told["properties"]))
        yield f"- asked first, models of {told['of']}: {names}"
    if one.get("below"):
        yield ""
        yield "What each says of a structure is one more descriptor; the folder holds copies."
        yield ""


def _onto(one: Plain) -> Iterable[str]:
    """Yield what it stands on, and what that gains."""
    if (told := one.get("onto")) is None:
        return
    yield f"{_stands_on(told)}. SHA-256 of its card: `{told['onto_sha256']}`."
    yield ""
    for gain in told["tuning"]["gains"]:
        low, high = (_number(gain["paired"][k]) for k in ("low", "high"))
        yield (
            f"- {gain['verdict']}; mean squared error {_number(gain['paired']['difference'])} less "
            f"[{low}, {high}] (corrected resampled t-test, 95 %)"
        )
    yield ""


def _stands_on(told: Plain) -> str:
    """Return in words what a model stands on."""
    below, way = f"`{_inline(told['onto'])}`", told["tuning"]["way"]
    if way == "own":
        return f"It was tried on top of {below}, which brought nothing, and stands alone"
    if told.get("n_below", 1) == 1:
        return (
            f"It stands on {below} and holds a copy of it; {told['n_known']} own structures that "
            "this had learned from were left out"
        )
    same = told["same"]
    left = f", without {', '.join(map(_inline, same))}, made of the very values" if same else ""
    return (
        f"What {told['n_below']} models of {below} say are descriptors of it{left}; it holds a "
        "copy of them"
    )


def _evaluation(one: Plain) -> Iterable[str]:
    """Yield the table, the sentences and the picture of everything that was asked."""
    if not one.get("evaluation"):
        return
    rows = evaluation_rows(one)
    names = list(dict.fromkeys(n for r in rows for n in r.values))
    yield "Asked in every way, by the same recipe on the same rows:"
    yield ""
    yield f"| held out | model | n | {' | '.join(names)} |"
    yield f"| --- | --- | --- |{' --- |' * len(names)}"
    for row in rows:
        cells = [_estimate(row.values.get(name)) for name in names]
        n = f"{row.n}" if row.n else ""
        yield f"| {_inline(row.held_out)} | {row.model} | {n} | {' | '.join(cells)} |"
    yield ""
    for sentence in evaluation_text(one):
        yield f"- {_inline(sentence)}"
    yield ""
    yield f"![{_inline(one['property'])}: scores by what was held out]({one['picture']})"
    yield ""


def _named(one: Plain) -> str:
    """Return the levels in words; nothing of what has none."""
    levels = one.get("levels", ())
    return f" of {', '.join(map(_inline, levels))}, the lowest first" if levels else ""


def _goldens(goldens: Sequence[Plain], levels: Sequence[str]) -> Iterable[str]:
    """Yield one row for each golden prediction."""
    yield "| structure | predicted | low | high |"
    yield "| --- | --- | --- | --- |"
    for g in goldens:
        cells = [
            _cell(_inline(levels[int(g[k])])) if levels else _number(g[k])
            for k in ("mean", "low", "high")
        ]
        yield f"| `{_cell(g['text'])}` | {' | '.join(cells)} |"


def _doubt(one: Plain) -> str:
    domain = (
        f"A structure is in the domain if it is at least {one['domain_similarity']:.2f} similar "
        "to a training structure (Tanimoto on square-rooted counts)."
    )
    if one["coverage"] is None:
        return f"Probabilities are calibrated (Venn-Abers). {domain}"
    share = 100 * one["coverage"]
    told = f"Of the held-out values {share:.1f} % lie inside their 90 % interval. {domain}"
    if one["task"] == "ordinal":
        return f"Probabilities of levels are calibrated at every border (Venn-Abers). {told}"
    return told


def _table(scores: Sequence[Plain]) -> Iterable[str]:
    """Yield one row for each model, one column for each score."""
    names = list(dict.fromkeys(n for s in scores for n in s["values"]))
    yield f"| model | n | {' | '.join(names)} |"
    yield f"| --- | --- |{' --- |' * len(names)}"
    for one in scores:
        cells = [_estimate(one["values"].get(name)) for name in names]
        yield f"| {one['model']} | {one['n']} | {' | '.join(cells)} |"


def _estimate(found: Plain | None) -> str:
    if found is None:
        return ""
    return f"{_number(found['value'])} [{_number(found['low'])}, {_number(found['high'])}]"


def _number(value: float | None) -> str:
    return ".nan" if value is None or math.isnan(value) else f"{value:.4g}"


def _inline(text: str) -> str:
    return " ".join(text.split()).replace("<", "&lt;")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
