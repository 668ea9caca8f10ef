# SPDX-License-Identifier: Apache-2.0
"""A condition on a column of a table: ``mw<500``. Who does not meet it is told why."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

from attrs import evolve, frozen

from loopwright.core.errors import SpecError
from loopwright.core.values import Quarantined, RawTable
from loopwright.data.numbers import bare_number, has_decimal_comma
from loopwright.data.text import fault

__all__ = ["NO_NUMBER", "Where", "as_conditions", "within"]

NO_NUMBER = "no number"
"""How the reason begins where a cell says something that cannot be compared."""

_SIGNS: Mapping[str, Callable[[float, float], bool]] = MappingProxyType(
    {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
)
_TEXT = re.compile(
    r"(?P<column>[^<>]+)(?P<sign>[<>]=?)\s*(?P<value>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*"
)


@frozen(kw_only=True)
class Where:
    """What the number in a column must be."""

    column: str
    sign: str
    """``<``, ``<=``, ``>`` or ``>=``."""

    value: float
    decimal_comma: bool = False
    """Whether the column writes 1.5 as ``1,5``."""

    def seen_in(self, cells: Iterable[str]) -> Where:
        """Return the condition as it is asked of a column with these cells, or such as these."""
        return evolve(self, decimal_comma=has_decimal_comma(cells))

    def unmet(self, row: int, cells: Mapping[str, str]) -> Quarantined | None:
        """Return why a row does not meet it; None if it does."""
        cell = cells[self.column].strip()
        told = f"{self.column} {self.sign} {self.value:g}"
        number = bare_number(cell, decimal_comma=self.decimal_comma)
        if _SIGNS[self.sign](number, self.value):
            return None
        if not math.isnan(number):
            why, remedy = f"not {told}", "Nothing to do, or loosen the condition."
        elif cell:
            why, remedy = f"{NO_NUMBER}, so not known to be {told}", "Correct the cell."
        else:
            why, remedy = f"blank, so not known to be {told}", "Fill in the cell."
        return fault(row, cell, why, remedy, column=self.column)


def as_conditions(told: Iterable[Where | str]) -> tuple[Where, ...]:
    """Return conditions, each given as one or as a text.

    Raises:
        SpecError: A text is not written as a condition.

    Example:
        >>> as_conditions(["mw<500"])[0].value
        500.0
    """
    return tuple(_read(one) if isinstance(one, str) else one for one in told)


def within(
    table: RawTable, conditions: Sequence[Where]
) -> tuple[RawTable, tuple[Quarantined, ...]]:
    """Return a table without the rows that do not meet all conditions, and why each does not.

    Every column that is asked about must be there.
    """
    if not conditions:
        return table, ()
    conditions = [c.seen_in(cells[c.column] for _, cells in table) for c in conditions]
    kept, barred = [], []
    for row, (number, cells) in zip(table.rows, table, strict=True):
        told = (condition.unmet(number, cells) for condition in conditions)
        why = next((one for one in told if one is not None), None)
        if why is None:
            kept.append(row)
        else:
            barred.append(why)
    return evolve(table, rows=kept), tuple(barred)


def _read(text: str) -> Where:
    found = _TEXT.fullmatch(text)
    if found is None or not found["column"].strip():
        raise SpecError(
            f"{text!r} is no condition",
            where="--where",
            remedy="Write COLUMN<500, COLUMN<=500, COLUMN>2 or COLUMN>=2.",
        )
    return Where(column=found["column"].strip(), sign=found["sign"], value=float(found["value"]))
