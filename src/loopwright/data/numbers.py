# SPDX-License-Identifier: Apache-2.0
"""From the text of a cell to a qualified number: relation, value and unit.

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

__all__ = ["Reading", "has_decimal_comma", "read_number", "read_relation"]

NO_VALUE = frozenset({
    "", "n.d.", "n.d", "nd", "n/d", "na", "n/a", "n.a.", "#n/a", "none", "null", "nt", "n.t.",
    "-", "--", "\u2013", "\u2014", "?", "missing", "blank", "not determined", "not tested",
    "not measured", "not available",
})  # fmt: skip
"""Texts, in lower case, which say that there is no value."""

_RELATIONS: dict[str, Relation] = {
    "": "=", "=": "=", "==": "=", ">": ">", ">>": ">", "<": "<", "<<": "<", ">=": ">=",
    "=>": ">=", "≥": ">=", "⩾": ">=", "<=": "<=", "=<": "<=", "≤": "<=", "⩽": "<=", "~": "~",
    "≈": "~", "∼": "~", "ca.": "~", "ca": "~", "circa": "~", "about": "~", "approx.": "~",
}  # fmt: skip

_CELL = re.compile(
    r"(?P<relation>[<>=~≥≤≈∼⩾⩽]*|ca\.?|circa|about|approx\.)\s*"
    r"(?P<number>[+-]?(?:[0-9][0-9.,]*|[.,][0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"\s*(?P<rest>.*)",
    re.DOTALL,
)
_RANGE = re.compile(r"(-|\u2013|\u2014|to\b|\.\.)\s*[0-9.,]")
_PLAIN = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+")
"""``1.234,5``: points part thousands, so that the comma can only be decimal."""

_COMMA = re.compile(r"[+-]?([0-9]*),([0-9]+)(?:[eE][+-]?[0-9]+)?")


@frozen(kw_only=True)
class Reading:
    """What a cell says."""

    relation: Relation = "="
    value: float | None = None
    """None where the cell says that there is no value."""

    unit: str = ""
    """The unit written in the cell; blank if there is none."""


def read_number(text: str, *, decimal_comma: bool = False) -> Reading:
    """Return what the text of a cell says.

    Args:
        text: The cell, verbatim.
        decimal_comma: Whether this column is known to write 1.5 as ``1,5``.

    Raises:
        DataError: The text is no number, is a range, is not finite, or has a comma or point
            that could mean two things.

    Example:
        >>> read_number("> 10 uM")
        Reading(relation='>', value=10.0, unit='uM')
    """
    plain = text.strip().strip("'\"").replace("\u2212", "-").replace("\u00a0", " ").strip()
    if plain.lower() in NO_VALUE:
        return Reading()
    if plain.lower().lstrip("+-<>=~ ") in {"nan", "inf", "infinity"}:
        raise _refusal(text, "is not a finite number", "Leave the cell blank if there is no value.")
    found = _CELL.fullmatch(plain[:200])
    if found is None or len(plain) > 200:
        raise _refusal(
            text, "is not a number", "Write a number; for inactive ones '>' and the highest dose."
        )
    rest = found["rest"].strip()
    if _RANGE.match(rest):
        raise _refusal(text, "is a range", "Give one number, or one bound with '<' or '>'.")
    if rest[:1] in set("±0123456789+-*/^,.()") or len(rest) > 20:
        raise _refusal(text, "is more than one number", "Put one number in each cell.")
    value = _value(found["number"], text, decimal_comma=decimal_comma)
    return Reading(relation=read_relation(found["relation"]), value=value, unit=rest)


def read_relation(text: str) -> Relation:
    """Return the relation that a text stands for; blank means equal.

    Raises:
        DataError: The text is no relation.

    Example:
        >>> read_relation("'>'"), read_relation("≥"), read_relation("")
        ('>', '>=', '=')
    """
    plain = text.strip().strip("'\"").strip().lower()
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
        found = _CELL.fullmatch(cell.strip()[:200])
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


def _value(number: str, text: str, *, decimal_comma: bool) -> float:
    """Return the number, its comma read only where that is beyond doubt."""
    if decimal_comma and _GROUPED.fullmatch(number):
        number = number.replace(".", "").replace(",", ".")
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
    value = float(number)
    if not math.isfinite(value):
        raise _refusal(text, "is not a finite number", "Give a number of a size that can be.")
    return value


def _refusal(text: str, what: str, remedy: str) -> DataError:
    return DataError(f"{text[:60]!r} {what}", where="cell", remedy=remedy)
