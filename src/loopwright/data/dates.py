# SPDX-License-Identifier: Apache-2.0
"""Dates as a column writes them, read strictly: what could be two days is none.

``2026-03-04`` is one day. ``3/4/2026`` is two, until another cell of the column shows which of
the two numbers is the month. Numbers that a spreadsheet would show as days are not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date

from attrs import frozen

__all__ = ["Dates", "read_dates"]

_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[T ]\s*\d{1,2}:\d\d.*)?")
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?:[T ]\s*\d{1,2}:\d\d.*)?")
_COMPACT = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)")
_YEAR = re.compile(r"((?:19|20)\d\d)(?:-(\d\d))?")
_DAY_NAMED = re.compile(r"(\d{1,2})[-. ]+([A-Za-z]{3,9})[-.,]* *-?(\d{4})")
_NAMED_DAY = re.compile(r"([A-Za-z]{3,9})\.? +(\d{1,2}),? +(\d{4})")
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip


@frozen(kw_only=True)
class Dates:
    """What the texts of a column mean as days."""

    days: Mapping[str, date]
    """Text -> day, for each that is one without doubt; a lone year or month is its first day."""

    unread: tuple[str, ...]
    """Texts that are no day, or could be two, in order of appearance."""

    is_ambiguous: bool
    """Whether day and month cannot be told apart, in any cell."""


def read_dates(texts: Iterable[str]) -> Dates:
    """Read the dates of one column; all its cells are taken to be written in one way.

    Args:
        texts: The cells; blank ones are passed over.

    Example:
        >>> str(read_dates(["3/4/2026", "3/25/2026"]).days["3/4/2026"])
        '2026-03-04'
        >>> read_dates(["3/4/2026", "5/6/2026"]).is_ambiguous
        True
    """
    cells = list(dict.fromkeys(t.strip() for t in texts if t.strip()))
    turned = [m for m in (_YEAR_LAST.fullmatch(c) for c in cells) if m and m[2] != "."]
    is_day_first = any(int(m[1]) > 12 for m in turned)
    is_month_first = any(int(m[3]) > 12 for m in turned)
    is_known = is_day_first != is_month_first
    days: dict[str, date] = {}
    for cell in cells:
        match = _YEAR_LAST.fullmatch(cell)
        if match is None:
            found = _plain(cell)
        elif match[2] == "." or (is_known and is_day_first):
            found = _day(match[4], match[3], match[1])
        else:
            found = _day(match[4], match[1], match[3]) if is_known else None
        if found is not None:
            days[cell] = found
    return Dates(
        days=days,
        unread=tuple(c for c in cells if c not in days),
        is_ambiguous=bool(turned) and not is_known,
    )


def _plain(cell: str) -> date | None:
    """Return the day of a text that can be read without its neighbours."""
    if m := _YEAR_FIRST.fullmatch(cell):
        return _day(m[1], m[3], m[4])
    if m := _COMPACT.fullmatch(cell):
        return _day(m[1], m[2], m[3])
    if m := _YEAR.fullmatch(cell):
        return _day(m[1], m[2] or "1", "1")
    if m := _DAY_NAMED.fullmatch(cell):
        return _day(m[3], _month(m[2]), m[1])
    if m := _NAMED_DAY.fullmatch(cell):
        return _day(m[3], _month(m[1]), m[2])
    return None


def _month(name: str) -> str:
    """Return the number of a month that is named by three letters or more; 0 if there is none."""
    found = [i for i, m in enumerate(_MONTHS, start=1) if m.startswith(name.lower())]
    return str(found[0]) if len(found) == 1 else "0"


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
