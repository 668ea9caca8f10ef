# SPDX-License-Identifier: Apache-2.0
"""Code 128 barcodes, as the widths of bars and gaps and as the path of an SVG drawing.

Code set B alone, which holds printable ASCII. Knows no plate.

Source: ISO/IEC 15417:2007, Code 128 bar code symbology specification.
"""

from __future__ import annotations

__all__ = ["QUIET", "bars", "code128_path"]

QUIET = 10
"""Modules that must stay white on each side."""

LONGEST = 48
"""Characters that a label has room for."""

_START_B = 104
_STOP = "2331112"
_WIDTHS = (
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 "
    "122132 122231 113222 123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 "
    "321221 312212 322112 322211 212123 212321 232121 111323 131123 131321 112313 132113 132311 "
    "211313 231113 231311 112133 112331 132131 113123 113321 133121 313121 211331 231131 213113 "
    "213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 111422 "
    "121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 "
    "241112 134111 111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 "
    "412121 111143 111341 131141 114113 114311 411113 411311 113141 114131 311141 411131 211412 "
    "211214 211232"
)
"""Bar, gap, bar, gap, bar, gap of each symbol, in modules; 11 in all."""


def bars(text: str) -> tuple[int, ...]:
    r"""Return the widths of bars and gaps in turns, a bar first and last; () if it has no code.

    Args:
        text: Printable ASCII, 1 to 48 characters; anything else has no code.

    Example:
        >>> sum(bars("A")) == 11 + 11 + 11 + 13
        True
        >>> bars("\N{GREEK SMALL LETTER ALPHA}")
        ()
    """
    if not 0 < len(text) <= LONGEST or any(not " " <= c <= "~" for c in text):
        return ()
    values = [ord(c) - 32 for c in text]
    check = (_START_B + sum(i * v for i, v in enumerate(values, start=1))) % 103
    known = _WIDTHS.split()
    symbols = [known[v] for v in (_START_B, *values, check)]
    return tuple(int(width) for width in "".join([*symbols, _STOP]))


def code128_path(text: str, height: float) -> tuple[str, int]:
    """Return the bars of a text as the path of an SVG drawing, and its width in modules.

    The quiet zones are part of the width; a text without a code has no path and no width.

    Args:
        text: As for ``bars``.
        height: Of the bars, in modules.
    """
    widths = bars(text)
    parts, x = [], QUIET
    for i, width in enumerate(widths):
        if i % 2 == 0:
            parts.append(f"M{x},0h{width}v{height:g}h-{width}z")
        x += width
    return "".join(parts), x + QUIET if widths else 0
