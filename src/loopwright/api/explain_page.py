# SPDX-License-Identifier: Apache-2.0
"""Explained predictions as one HTML page."""

from __future__ import annotations

from pathlib import Path

import cattrs

from loopwright.api.explaining import Explained, Explanation
from loopwright.api.files import write_page
from loopwright.api.matter import matter
from loopwright.core.ports import Dissector, Modality
from loopwright.core.values import Candidate
from loopwright.reports.explain_page import GREY, atom_colours, atom_notes, render_explained

__all__ = ["write_explained"]


def write_explained(explained: Explained, out: Path) -> Path:
    """Write a page with coloured structures that opens offline, and return where it is.

    It names the model's folder without the path: pages are passed on.

    Args:
        explained: What ``explain`` found.
        out: The file to write.

    Raises:
        DataError: It cannot be written.
    """
    modality = matter(n_workers=1)
    pictures: dict[str, str] = {}
    for one in explained.answers:
        pictures |= _pictures(one, modality)
    plain = {**cattrs.unstructure(explained), "model": Path(explained.model).name}
    return write_page(render_explained(plain, pictures), out)


def _pictures(one: Explanation, modality: Modality) -> dict[str, str]:
    """Return the structure with its atoms coloured, and all that it is compared with."""
    assert isinstance(modality, Dissector), "property models are of molecules"
    asked = Candidate(id=one.text, text=one.text)
    values = [a.value for a in one.shared.atoms]
    draw = modality.anatomy.depict_parts
    found = {
        f"atoms {one.row} {one.property}": draw(asked, atom_colours(values), atom_notes(values))
    }
    likes = {row.text for row in (*one.nearest, *one.otherwise) if row.text}
    for text in sorted(likes | {a.text for a in one.analogues}):
        other = Candidate(id=text, text=text)
        common = set(modality.cutter.common(other, asked))
        n = len(modality.anatomy.parts(other))
        colours = ["" if i in common else GREY for i in range(n)]
        found[f"like {one.row} {text}"] = draw(other, colours, [""] * n)
    return found
