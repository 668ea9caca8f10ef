# SPDX-License-Identifier: Apache-2.0
"""Brings the many signs of print to the plain ones of a keyboard, without changing a meaning.

A superscript becomes a power (``10⁻⁶`` is ``10^-6``), never a digit in a row (``5²`` is not 52).
Knows no number and no unit.
"""

from __future__ import annotations

import re

__all__ = ["plain_signs"]

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_MINUS = dict.fromkeys(map(ord, "\u2212\u2010\u2011\ufe63"), "-")
_BLANKS = dict.fromkeys(map(ord, "\u00a0\u2007\u2009\u200a\u202f\u2002\u2003\u3000\t"), " ")
_OTHERS = {0xFE65: ">", 0xFE64: "<", 0xFEFF: None, 0x200B: None, 0x2044: "/"}
_PLAIN = {**_FULL_WIDTH, **_MINUS, **_BLANKS, **_OTHERS}

_RAISED = re.compile("[⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_LOWERED = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+-0123456789")
_GROUPS = re.compile(
    r"(?<![0-9.,])([0-9]{1,3})(?:[\u00a0\u2007\u2009\u202f'\u2019][0-9]{3})+(?![0-9])"
)
"""Thousands parted by a blank of print or an apostrophe; a plain blank may part two numbers."""


def plain_signs(text: str) -> str:
    """Return a text in keyboard signs.

    Full-width signs become plain ones, every minus a hyphen, every blank of print a blank,
    superscripts ``^`` and plain digits. Thousands that are parted by an apostrophe or a
    no-break or thin space are closed up.

    Example:
        >>> plain_signs("＞１０ µM"), plain_signs("1.5×10⁻⁶ cm s⁻¹"), plain_signs("1'250")
        ('>10 µM', '1.5×10^-6 cm s^-1', '1250')
    """
    if text.isascii() and "'" not in text:
        return text
    text = _GROUPS.sub(lambda m: re.sub("[^0-9]", "", m[0]), text)
    text = _RAISED.sub(lambda m: f"^{m[0].translate(_LOWERED)}", text)
    return text.translate(_PLAIN)
