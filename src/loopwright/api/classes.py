# SPDX-License-Identifier: Apache-2.0
"""Which cells are the two classes of a property, in numbers and in the words of five languages."""

from __future__ import annotations

from collections.abc import Iterable

from loopwright.core.values import Task
from loopwright.data.numbers import NO_VALUE

__all__ = ["ONES", "ZEROS", "one_or_zero", "task_of"]

ONES = frozenset({
    "1", "1.0", "yes", "y", "true", "t", "active", "positive", "pos", "ja", "j", "wahr", "aktiv",
    "positiv", "oui", "vrai", "actif", "positif", "sí", "si", "sì", "activo", "attivo", "positivo",
})  # fmt: skip
ZEROS = frozenset({
    "0", "0.0", "no", "n", "false", "f", "inactive", "negative", "neg", "nein", "falsch", "inaktiv",
    "negativ", "non", "faux", "inactif", "négatif", "inactivo", "inattivo", "negativo",
})  # fmt: skip
_ONE, _ZERO = frozenset({"1", "1.0"}), frozenset({"0", "0.0"})


def task_of(cells: Iterable[str]) -> Task:
    """Return a class if every cell that says something is a word, or a 0 or 1, of a class.

    Beside zeros and ones other words may stand, which are left out; no other number does.

    Args:
        cells: Of one column, without blanks at their ends and in small letters.

    Example:
        >>> task_of(["yes", "no", ""]), task_of(["0", "1", "unclear"]), task_of(["0", "1", "2"])
        ('classification', 'classification', 'regression')
    """
    told = {cell for cell in cells if cell not in NO_VALUE}
    others = told - ONES - ZEROS
    has_both = bool(told & _ONE) and bool(told & _ZERO)
    has_number = any(letter.isdigit() for cell in others for letter in cell)
    is_class = bool(told) and (not others or (has_both and not has_number))
    return "classification" if is_class else "regression"


def one_or_zero(cell: str) -> str:
    """Return the word of a class as 1 or 0; another cell as it is."""
    word = cell.strip().lower()
    return "1" if word in ONES else "0" if word in ZEROS else cell
