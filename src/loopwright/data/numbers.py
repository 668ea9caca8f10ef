# SPDX-License-Identifier: Apache-2.0
"""From the text of a cell to a qualified number: relation, value, unit, spread, count, range.

A qualifier is never dropped, and a text that could mean two numbers is refused. Nothing here
converts a unit or knows a column's name.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from attrs import frozen

from loopwright.core.errors import DataError
from loopwright.core.values import Relation
from loopwright.science.signs import plain_signs

__all__ = [
    "NO_VALUE", "Reading", "bare_number", "has_decimal_comma", "read_cell", "read_number",
    "read_relation",
]  # fmt: skip

NO_VALUE = frozenset({
    "", "n.d.", "n.d", "nd", "n/d", "na", "n/a", "n.a.", "#n/a", "none", "null", "nt", "n.t.",
    "-", "--", "\u2013", "\u2014", "?", "missing", "blank", "not determined", "not tested",
    "not measured", "not available", "n.m.", "n/t", "<na>", ".", "pending", "tbd",
})  # fmt: skip
"""Texts, in lower case, which say that there is no value."""

_RELATIONS: dict[str, Relation] = {
    "": "=", "=": "=", "==": "=", ">": ">", ">>": ">", "<": "<", "<<": "<", ">=": ">=",
    "=>": ">=", "≥": ">=", "⩾": ">=", "≧": ">=", "<=": "<=", "=<": "<=", "≤": "<=", "⩽": "<=",
    "≦": "<=", "~": "~", "≈": "~", "∼": "~", "ca.": "~", "ca": "~", "circa": "~", "about": "~",
    "approx.": "~",
}  # fmt: skip

_NUMBER = r"[+-]?(?:[0-9][0-9.,]*|[.,][0-9]+)(?:[eE][+-]?[0-9]+)?"
_RELATION = r"[<>=~≥≤≈∼⩾⩽≧≦]*|ca\.?|circa|about|approx\."
_CELL = re.compile(
    rf"(?P<relation>{_RELATION})\s*(?P<number>{_NUMBER})\s*(?P<rest>.*)", re.DOTALL | re.IGNORECASE
)
_PLAIN = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+")
"""``1.234,5``: points part thousands, so that the comma can only be decimal."""

_PARTED = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+")
"""``1,234.5``: the point is decimal, so that the comma can only part thousands."""

_COMMA = re.compile(r"[+-]?([0-9]*),([0-9]+)(?:[eE][+-]?[0-9]+)?")
_POWER = re.compile(
    rf"(?P<relation>{_RELATION})\s*(?:(?P<number>[+-]?[0-9.,]+)\s*[x*·×⋅]\s*)?"
    r"10\s*(?:\^|\*\*)\s*\(?(?P<power>[+-]?[0-9]{1,3})\)?(?![0-9.,])\s*(?P<rest>.*)",
    re.DOTALL | re.IGNORECASE,
)
"""``1.5 x 10^-6``; ``10-6`` without a sign of power is left to be refused."""

_END = r"(?P<{0}_relation>[<>=~≥≤≈]*)\s*(?=(?P<{0}>[+-]?[0-9.,]*[0-9](?:[eE][+-]?[0-9]+)?))(?P={0})"
_LOW, _HIGH = _END.format("low"), _END.format("high")
_INNER = r"\s*(?P<inner>(?!to\b|and\b)[^\d\s\-–—…+.,]*)"
_REST = r"\s*(?P<rest>[^\d].*)?"
_RANGES = tuple(
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for pattern in (
        rf"{_LOW}{_INNER}(?:\s*(?:-|–|—|…|\.\.\.)\s*|\s*\bto\s+){_HIGH}{_REST}",
        rf"between\s+{_LOW}{_INNER}\s+and\s+{_HIGH}{_REST}",
        rf"\[\s*{_LOW}(?P<inner>)\s*(?:,\s+|;\s*){_HIGH}\s*\]{_REST}",
    )
)
_UNIT = re.compile(
    r"(?:[x*·×]\s*)?10(?:(?:\^|\*\*)?[+-][0-9]|(?:\^|\*\*|\*)[0-9]){1,2}\s*[^\d\s.,]|\(unitless\)$"
)
"""Units that begin like a second number: ``10^-6 cm/s``."""

_DATE = re.compile(r"0[0-9]\s*[-–]\s*[0-9]+|[0-9]{1,2}\s*[-–]\s*(?:19|20)[0-9]{2}")
_SPREAD = re.compile(
    r"(?P<unit>[^\d±+(]*)(?:±|\+/-|\+-)\s*(?P<spread>[0-9.,]*[0-9](?:[eE][+-]?[0-9]+)?)"
    r"\s*(?P<rest>.*)",
    re.DOTALL,
)
_BRACKET = re.compile(r"\(\s*(?P<spread>[0-9]*[.,][0-9]+)\s*\)\s*(?P<rest>.*)", re.DOTALL)
"""``5.2 (0.3)``: without a point it might be a count, so that it is refused."""

_COUNT = re.compile(r"(?P<rest>.*?)[\s(,;]+n\s*=\s*(?P<n>[1-9][0-9]{0,3})\s*\)?", re.I | re.DOTALL)
_NOT_DONE = re.compile(r"(?:n\.?d\.?|n\.?t\.?|not (?:determined|tested|measured))\s*\([^\d()]*\)")
_LIMIT_WORD = re.compile(
    r"(?:(?:weakly |very |completely )?inactive|not active|no(?:n)?[ -]?(?:inhibition|activity|"
    r"effect|binding|binder|response|fit)|n\.?[ib]\.?|b\.?[lq]\.?[ql]\.?|a\.?[lu]\.?[lo]\.?q\.?|"
    r"[<>=≤≥]*\s*(?:lod|lloq|uloq|loq|max|min|top|limit|range)(?: (?:conc|dose).*)?|"
    r"ov(?:e)?rfl(?:o)?w|over|under|overrange|saturated|sat|too (?:high|low)|active|"
    r"(?:above|below|over|under|out of|outside)(?: of)?(?: the)? "
    r"(?:range|limit|lod|loq|lloq|uloq|detection|detection limit|quantification|curve).*|"
    r"(?:not|un)[ -]?(?:detected|detectable|quantifiable)|traces?|insoluble|[<>]+|"
    r">\s*highest.*|complete|full|partial)",
    re.IGNORECASE,
)
"""Words that mean a limit, or something else than "not measured", without a number."""

_SHEET_ERROR = re.compile(r"#(?:div/0!|value!|ref!|name\?|num!|null!|spill!|calc!)|#{2,}", re.I)
LONGEST = 200
LARGEST = 1e30
"""No measured quantity is so large in any unit; the squares of larger ones are no numbers."""


@frozen(kw_only=True)
class Reading:
    """What a cell says."""

    relation: Relation = "="
    value: float | None = None
    """None where the cell says that there is no value; of a range its lower end."""

    unit: str = ""
    """The unit written in the cell; blank if there is none."""

    upper: float | None = None
    """The upper end where the cell is a range; the relation of a range is ``=``."""

    spread: float | None = None
    """What stands behind ``±``, in the unit of the value; the cell does not say of what kind."""

    n: int | None = None
    """How many measurements the cell says that it is made of: ``(n=3)``."""


def read_number(text: str, *, decimal_comma: bool = False) -> Reading:
    """Return the one number of a cell, with its qualifier and unit.

    For places where a range, a spread or a count has no room; ``read_cell`` reads those, too.

    Raises:
        DataError: As ``read_cell``; the cell is a range, or states a spread or a count.

    Example:
        >>> reading = read_number("> 10 uM")
        >>> reading.relation, reading.value, reading.unit
        ('>', 10.0, 'uM')
    """
    reading = read_cell(text, decimal_comma=decimal_comma)
    if reading.upper is not None:
        raise _refusal(text, "is a range", "Give one number, or one bound with '<' or '>'.")
    if reading.spread is not None or reading.n is not None:
        raise _refusal(text, "is more than one number", "Give the number alone.")
    return reading


def read_cell(text: str, *, decimal_comma: bool = False) -> Reading:
    """Return all that the text of a cell says: value or range, unit, spread and count.

    Args:
        text: The cell, verbatim.
        decimal_comma: Whether this column is known to write 1.5 as ``1,5``.

    Raises:
        DataError: The text is no number, is a range that does not ascend, is not finite, means
            a limit without saying which, or has a comma or point that could mean two things.

    Example:
        >>> reading = read_cell("5 to 6 nM")
        >>> reading.value, reading.upper, reading.unit
        (5.0, 6.0, 'nM')
    """
    if _PLAIN.fullmatch(text[:40]) and len(text) <= 40:
        return Reading(value=_finite(float(text), text))
    plain = plain_signs(text.strip().strip("'\"").strip())
    _refuse_words(plain, text)
    if plain.lower() in NO_VALUE or _NOT_DONE.fullmatch(plain.lower()):
        return Reading()
    if len(plain) > LONGEST:
        raise _no_number(text)
    if power := _POWER.fullmatch(plain):
        return _with_power(power, text, decimal_comma=decimal_comma)
    for pattern in _RANGES:
        if found := pattern.fullmatch(plain):
            return _range(found, plain, text, decimal_comma=decimal_comma)
    if (found := _CELL.fullmatch(plain)) is None:
        raise _no_number(text)
    value = _value(found["number"], text, decimal_comma=decimal_comma)
    relation = read_relation(found["relation"])
    return _finished(relation, value, found["rest"], text, decimal_comma=decimal_comma)


def bare_number(text: str, *, decimal_comma: bool = False) -> float:
    """Return the number that a text is, without limit or unit; NaN if it is none.

    Example:
        >>> bare_number("10.5"), bare_number("10,50", decimal_comma=True), bare_number("10,50")
        (10.5, 10.5, nan)
    """
    try:
        return float(text)
    except ValueError:
        if not decimal_comma:
            return math.nan
    try:
        found = read_number(text, decimal_comma=True)
    except DataError:
        return math.nan
    is_bare = found.value is not None and found.relation == "=" and not found.unit
    return float(found.value) if is_bare and found.value is not None else math.nan


def read_relation(text: str) -> Relation:
    """Return the relation that a text stands for; blank means equal.

    Raises:
        DataError: The text is no relation.

    Example:
        >>> read_relation("'>'"), read_relation("≥"), read_relation("")
        ('>', '>=', '=')
    """
    plain = plain_signs(text).strip().strip("'\"").strip().lower().replace(" ", "")
    if plain not in _RELATIONS:
        raise _refusal(text, "is no relation", "Use one of = < > <= >= ~.")
    return _RELATIONS[plain]


def has_decimal_comma(cells: Iterable[str]) -> bool:
    """Return whether a column writes its numbers with a decimal comma, beyond doubt.

    It does if at least one comma cannot part thousands (``1,5`` or ``0,125``) and if no cell
    shows the other use (``1,234.5``), nor a decimal point beside the commas.

    Example:
        >>> has_decimal_comma(["1,5", "2,250"]), has_decimal_comma(["1,250", "2,250"])
        (True, False)
    """
    is_seen = False
    for cell in cells:
        if "," not in cell and "." not in cell:
            continue
        found = _CELL.fullmatch(plain_signs(cell.strip()[:LONGEST]).strip("'\""))
        if found is None:
            continue
        number = found["number"]
        if _GROUPED.fullmatch(number):
            is_seen = True
            continue
        if "." in number or number.count(",") > 1:
            return False
        comma = _COMMA.fullmatch(number)
        if comma and (len(comma[2]) != 3 or comma[1] in {"", "0"} or len(comma[1]) > 3):
            is_seen = True
    return is_seen


# ---- what stands around a number
def _finished(
    relation: Relation, value: float, rest: str, text: str, *, decimal_comma: bool
) -> Reading:
    """Return the reading of a number with what stands behind it: unit, spread and count."""
    rest, n = _count(rest.strip())
    unit, spread = rest, None
    if (found := _SPREAD.fullmatch(rest)) or (found := _BRACKET.fullmatch(rest)):
        before = found.groupdict().get("unit") or ""
        spread = _value(found["spread"], text, decimal_comma=decimal_comma)
        unit = _one_unit(before, found["rest"], text)
    if spread is not None and relation not in {"=", "~"}:
        raise _refusal(text, "is a limit with a spread", "Give a limit or a value with its spread.")
    return Reading(relation=relation, value=value, unit=_unit(unit, text), spread=spread, n=n)


def _range(found: re.Match[str], plain: str, text: str, *, decimal_comma: bool) -> Reading:
    """Return the two ends of an interval in which the truth lies."""
    rest, n = _count((found["rest"] or "").strip())
    if _DATE.fullmatch(plain):
        raise _refusal(text, "may be a date", "Write a range as '5 to 6', a date elsewhere.")
    if found["low_relation"] or found["high_relation"]:
        raise _refusal(text, "is a range with a qualifier", "Write it as '5 to 6', or one bound.")
    low, high = (_value(found[end], text, decimal_comma=decimal_comma) for end in ("low", "high"))
    if not low < high or ("e" in found["low"].lower()) != ("e" in found["high"].lower()):
        raise _refusal(
            text,
            "is no range that ascends",
            "Write a range as '5 to 6', a power of ten as '1e-6'.",
        )
    unit = _unit(_one_unit(found["inner"], rest, text), text)
    return Reading(value=low, upper=high, unit=unit, n=n)


def _with_power(found: re.Match[str], text: str, *, decimal_comma: bool) -> Reading:
    """Return a number written with a power of ten; a range of such numbers is refused."""
    front = found["number"] or "1"
    front = repr(_value(front, text, decimal_comma=decimal_comma))
    if "e" in front:
        raise _no_number(text)
    value = _finite(float(f"{front}e{int(found['power'])}"), text)
    relation = read_relation(found["relation"])
    if found["number"] is None and found["rest"]:
        raise _refusal(text, "may be a unit without a number", "Write the number, as in '1e-6'.")
    return _finished(relation, value, found["rest"], text, decimal_comma=decimal_comma)


def _count(rest: str) -> tuple[str, int | None]:
    """Return the text without ``(n=3)``, and the count."""
    found = _COUNT.fullmatch(f" {rest}") if "=" in rest else None
    return (found["rest"].strip(), int(found["n"])) if found else (rest, None)


def _one_unit(before: str, behind: str, text: str) -> str:
    """Return the unit that stands in one of two places, or alike in both."""
    before, behind = before.strip(), behind.strip()
    if before and behind and before != behind:
        raise _refusal(text, "names two units", "Write one number with one unit.")
    return behind or before


def _unit(rest: str, text: str) -> str:
    """Return the unit behind a number; refuse what may be a second number."""
    rest = rest.strip()
    is_second = rest[:1] in set("±0123456789+-–—…*/^,.()[]<>=~") and not _UNIT.match(rest)
    if is_second or len(rest) > 30:
        raise _refusal(text, "is more than one number", "Put one number in each cell.")
    return rest


def _value(number: str, text: str, *, decimal_comma: bool) -> float:
    """Return the number, its comma read only where that is beyond doubt."""
    if decimal_comma and _GROUPED.fullmatch(number):
        number = number.replace(".", "").replace(",", ".")
    elif not decimal_comma and _PARTED.fullmatch(number):
        number = number.replace(",", "")
    elif "," in number:
        if not decimal_comma or number.count(",") > 1 or "." in number:
            raise _refusal(
                text,
                "has a comma that may be decimal or part thousands",
                "Write numbers with a decimal point and without thousands separators.",
            )
        number = number.replace(",", ".")
    if not _PLAIN.fullmatch(number):
        raise _refusal(text, "is not a number", "Write it as 1.5 or 1.5e-3.")
    return _finite(float(number), text)


def _finite(value: float, text: str) -> float:
    if not math.isfinite(value):
        raise _refusal(text, "is not a finite number", "Give a number of a size that can be.")
    if abs(value) > LARGEST:
        raise _refusal(text, "is larger than anything measured", "Correct the number or its power.")
    return value


# ---- what is refused
def _refuse_words(plain: str, text: str) -> None:
    """Refuse words that look like no value and are none."""
    low = plain.lower()
    if low.lstrip("+-<>=~ ") in {"nan", "inf", "infinity"}:
        raise _refusal(text, "is not a finite number", "Leave the cell blank if there is no value.")
    if _SHEET_ERROR.fullmatch(low):
        raise _refusal(text, "is an error of a spreadsheet", "Mend the formula, or leave it blank.")
    if _LIMIT_WORD.fullmatch(low):
        raise _refusal(
            text,
            "means a limit, but not which",
            "Write the limit: '>' and the highest dose, or '<' and the limit of quantification; "
            "leave the cell blank if nothing was measured.",
        )


def _no_number(text: str) -> DataError:
    return _refusal(
        text, "is not a number", "Write a number; for inactive ones '>' and the highest dose."
    )


def _refusal(text: str, what: str, remedy: str) -> DataError:
    return DataError(f"{text[:60]!r} {what}", where="cell", remedy=remedy)
