# SPDX-License-Identifier: Apache-2.0
"""Explained predictions as one page that opens without a network.

Atoms are coloured from blue (they lower the prediction) over white to orange (they raise it), two
colours that every common colour blindness tells apart; the strongest carry their number, too, and
a table has them all. It shows what was found and computes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from loopwright.reports.page import image
from loopwright.reports.templates import fill
from loopwright.reports.wording import fixed

__all__ = ["GREY", "atom_colours", "atom_notes", "render_explained"]

BLUE, ORANGE = (0x2B, 0x6C, 0xB8), (0xE8, 0x7A, 0x0C)
GREY = "#c3ccd5"
"""Marks what a training row has and the structure lacks."""

NOTED_SHARE = 0.3
"""Atoms with at least this share of the largest contribution carry their number."""

MOST_NOTED = 8
FEWEST_COLOURED = 0.04
"""Below this share of the largest contribution an atom stays white."""

BESIDE = ("page.css", "explain.css")


def atom_colours(values: Sequence[float]) -> list[str]:
    """Return the colour of each atom, blank where it hardly counts.

    Example:
        >>> atom_colours([1.0, 0.0, -1.0])
        ['#e87a0c', '', '#2b6cb8']
    """
    most = max((abs(v) for v in values), default=0.0)
    return [_colour(v / most) if most > 0 else "" for v in values]


def _colour(share: float) -> str:
    if abs(share) < FEWEST_COLOURED:
        return ""
    end = ORANGE if share > 0 else BLUE
    return "#" + "".join(f"{round(255 + abs(share) * (e - 255)):02x}" for e in end)


def atom_notes(values: Sequence[float]) -> list[str]:
    """Return what is written beside each atom: its number if it is among the strongest."""
    most = max((abs(v) for v in values), default=0.0)
    ranked = sorted(range(len(values)), key=lambda i: (-abs(values[i]), i))[:MOST_NOTED]
    noted = {i for i in ranked if most > 0 and abs(values[i]) >= NOTED_SHARE * most}
    return [f"{v:+.2f}" if i in noted else "" for i, v in enumerate(values)]


def _signed(value: float) -> str:
    text = fixed(value)
    return text if value < 0 else f"+{text}"


def render_explained(explained: Mapping[str, Any], pictures: Mapping[str, str]) -> str:
    """Return the page as one self-contained HTML document; equal answers give equal text.

    Args:
        explained: What ``explain`` found, as plain values.
        pictures: SVG by name: ``atoms ROW PROPERTY`` for a coloured structure, ``like ROW TEXT``
            for a training row or an analogue.

    Returns:
        HTML, to be written as UTF-8.
    """
    values = {
        "page": explained,
        "views": [_view(one) for one in explained["answers"]],
        "images": {name: image(svg) for name, svg in pictures.items()},
        "signed": _signed,
    }
    return fill("explain.html.j2", values, beside=BESIDE)


def _view(one: Mapping[str, Any]) -> dict[str, Any]:
    """Return an answer with what the template cannot work out by itself."""
    atoms = one["shared"]["atoms"]
    ranked = sorted(atoms, key=lambda a: (-abs(a["value"]), a["name"]))
    strongest = [f"{a['name']} {_signed(a['value'])}" for a in ranked[:6]]
    return {
        **one,
        "most": max((abs(a["value"]) for a in atoms), default=0.0),
        "ranked": ranked,
        "alternative": "Atoms by contribution: " + ", ".join(strongest),
        "is_log": one["shared"]["scale"] == "log",
        "is_class": one["task"] == "classification",
        "unit_text": "" if one["unit"] in {"", "1"} else one["unit"],
    }
