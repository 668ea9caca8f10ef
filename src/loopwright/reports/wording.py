# SPDX-License-Identifier: Apache-2.0
"""Numbers and captions as a person reads them. Knows nothing of pictures or pages."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from loopwright.reports.views import Score, ScoreRow

__all__ = [
    "captioned",
    "clipped",
    "decimals",
    "digits_of",
    "fixed",
    "score_text",
    "scores_text",
    "share",
    "short",
    "with_unit",
]

MINUS = "\N{MINUS SIGN}"
NO_BREAK = "\N{NO-BREAK SPACE}"


def decimals(numbers: Sequence[float]) -> int:
    """Return how many decimals tell the numbers apart: three digits over their span.

    Example:
        >>> decimals([4.0, 9.0]), decimals([0.0, 250.0]), decimals([])
        (2, 0, 2)
    """
    span = max(numbers) - min(numbers) if numbers else 0.0
    return 2 if span <= 0 else min(8, max(0, 2 - math.floor(math.log10(span))))


def digits_of(value: float) -> int:
    """Return how many decimals a lone number needs: three digits, two for a small one.

    Example:
        >>> digits_of(0.41), digits_of(4.1), digits_of(410.0), digits_of(0.0041)
        (2, 2, 0, 4)
    """
    if value == 0 or not math.isfinite(value):
        return 2
    power = math.floor(math.log10(abs(value)))
    return max(0, 2 - power) if power >= 0 else min(8, 1 - power)


def fixed(value: float, digits: int = 2) -> str:
    """Return the number with thousands separated and a true minus sign.

    Example:
        >>> fixed(1017, 0), fixed(7.456)
        ('1,017', '7.46')
    """
    text = f"{value:,.{digits}f}"
    return MINUS + text[1:] if text.startswith("-") else text


def short(value: float | None) -> str:
    """Return the number with four digits that count, whatever its size; blank if there is none.

    Example:
        >>> short(0.00012345), short(27300.0), short(2417000.0), short(None)
        ('0.0001234', '27,300', '2.417e+06', '')
    """
    if value is None:
        return ""
    text = f"{value:.4g}" if not 1e4 <= abs(value) < 1e6 else f"{float(f'{value:.4g}'):,.0f}"
    return MINUS + text[1:] if text.startswith("-") else text


def share(value: float) -> str:
    """Return a share as per cent.

    Example:
        >>> share(0.884).replace(NO_BREAK, " ")
        '88 %'
    """
    return f"{fixed(100 * value, 0)}{NO_BREAK}%"


def glued(text: str) -> str:
    """Return the text with each per cent sign bound to its number, so that no line parts them.

    Example:
        >>> glued("the top 5 % of all").replace(NO_BREAK, "_")
        'the top 5_% of all'
    """
    return re.sub(r"(?<=\d) %", f"{NO_BREAK}%", text)


def clipped(text: str, most: int) -> str:
    """Return a text of so many characters at most; where it was longer, its end says so.

    Example:
        >>> clipped("hERG", 8), clipped("hERG channel", 8)
        ('hERG', 'hERG ch…')
    """
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def with_unit(name: str, unit: str) -> str:
    """Return a property with its unit, as an axis is labelled.

    Example:
        >>> with_unit("IC50", "nM"), with_unit("pIC50", "")
        ('IC50 (nM)', 'pIC50')
    """
    return f"{name} ({unit})" if unit else name


def score_text(score: Score) -> str:
    """Return a score with its 95 % interval, where it has one.

    Example:
        >>> score_text(Score(name="MAE", value=0.41, low=0.36, high=0.47))
        'MAE 0.41 [0.36, 0.47]'
    """
    digits = digits_of(score.value)
    if score.low is None or score.high is None:
        return f"{score.name} {fixed(score.value, digits)}"
    interval = f"[{fixed(score.low, digits)}, {fixed(score.high, digits)}]"
    return f"{score.name} {fixed(score.value, digits)} {interval}"


def scores_text(scores: Sequence[Score], baselines: Sequence[ScoreRow]) -> str:
    """Return the scores, each followed by what the baselines reach on the same rows."""
    texts = []
    for score in scores:
        rivals = [
            f"{row.label} {fixed(rival.value, digits_of(score.value))}"
            for row in baselines
            for rival in row.scores
            if rival.name == score.name
        ]
        texts.append(score_text(score) + (f" ({', '.join(rivals)})" if rivals else ""))
    return "; ".join(texts)


def captioned(*parts: str) -> str:
    """Return the parts that say something as sentences behind each other."""
    return " ".join(p if p.endswith((".", "!", "?")) else f"{p}." for p in parts if p)
