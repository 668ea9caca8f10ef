# SPDX-License-Identifier: Apache-2.0
"""How a candidate differs from the parent that its campaign names.

Knows rows of letters, and how the campaign counts them; what a letter means it does not know.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from loopwright.core.ports import Modality, Spelled
from loopwright.science.chained import changed
from loopwright.spec.campaign import Choice

__all__ = ["mutations_from"]

MOST = 24
"""A candidate of more mutations is not told by them: nobody reads them at a glance."""


def mutations_from(choice: Choice, modality: Modality) -> Callable[[str], str]:
    """Return what tells a notation by its mutations, as the modality reads them again.

    ``WT`` is the parent itself; blank is what has another length, takes too many, or has no parent.

    Args:
        choice: What the campaign says of its modality.
        modality: That modality.
    """
    text = str(choice.options.get("parent", ""))
    if not text:
        return lambda _: ""
    parent, first = modality.parse(text).text, int(choice.options.get("first_position", 1))
    spelled = cast("Spelled", modality)

    def told(row: str) -> str:
        changes = changed(row, parent, spelled.letters, chains=spelled.chains, first=first)
        if changes is None or len(changes) > MOST:
            return ""
        return (";" if spelled.chains else ":").join(changes) or "WT"

    return told
