# SPDX-License-Identifier: Apache-2.0
"""A sequence as a picture: lines of letters, chain by chain, with what is new in bold."""

from __future__ import annotations

from collections.abc import Sequence

from loopwright.modalities.proteins.parent import Parent
from loopwright.science.chained import CHAIN

__all__ = ["picture"]

LETTERS_A_LINE = 24
LETTER_PX, LINE_PX = 9, 16
MOST_LINES = 12
"""A picture shows so many lines; what comes behind is counted."""


def picture(sequence: str, parent: Parent | None, names: Sequence[str]) -> str:
    """Return a sequence as SVG: what differs from the parent in words, then every chain.

    Args:
        sequence: Chains joined by a break.
        parent: What it is compared with, if anything.
        names: Of the chains; blank if they have none.
    """
    chains = sequence.split(CHAIN)
    olds = parent.sequence.split(CHAIN) if parent else chains
    lines: list[str] = []
    if parent and (told := parent.told(sequence)):
        lines += [_words(one, y) for y, one in enumerate(_wrapped(told))]
    n_left = 0
    for i, chain in enumerate(chains):
        old = olds[i] if len(olds) == len(chains) and len(olds[i]) == len(chain) else chain
        if len(chains) > 1 and len(lines) < MOST_LINES:
            name = names[i] if len(names) == len(chains) else str(i + 1)
            lines.append(_words(f"chain {name}, {len(chain)} residues", len(lines)))
        for start in range(0, len(chain), LETTERS_A_LINE):
            piece = chain[start : start + LETTERS_A_LINE]
            if len(lines) < MOST_LINES:
                lines.append(_letters(piece, old[start:], len(lines)))
            else:
                n_left += len(piece)
    if n_left:
        lines.append(_words(f"and {n_left} more", len(lines)))
    height = LINE_PX * len(lines) + 8
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="220" height="{height}" '
        f'viewBox="0 0 220 {height}" font-family="monospace" font-size="12" '
        f'fill="currentColor">{"".join(lines)}</svg>'
    )


def _letters(piece: str, old: str, y: int) -> str:
    """Return one line of residues; a new one is bold and underlined."""
    return "".join(
        f'<text x="{4 + LETTER_PX * x}" y="{LINE_PX * (y + 1)}"'
        + (' font-weight="bold" text-decoration="underline"' if letter != old[x] else "")
        + f">{letter}</text>"
        for x, letter in enumerate(piece)
    )


def _words(text: str, y: int) -> str:
    return f'<text x="4" y="{LINE_PX * (y + 1)}" font-style="italic">{text}</text>'


def _wrapped(told: str) -> list[str]:
    """Return what differs in lines that fit the width."""
    mark = ";" if ";" in told else ":"
    lines = [""]
    for one in told.split(mark):
        longer = f"{lines[-1]}{mark if lines[-1] else ''}{one}"
        if len(longer) <= LETTERS_A_LINE + 4:
            lines[-1] = longer
        else:
            lines.append(one)
    return lines
