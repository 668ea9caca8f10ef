# SPDX-License-Identifier: Apache-2.0
"""Tables whose rows name their property, as ChEMBL's do: each that is asked for gets a column.

What is asked for by the name of a property can then be found as in any other table. No row is
lost: one of another property is blank in the new column.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from attrs import evolve

from loopwright.core.errors import DataError
from loopwright.core.values import RawTable
from loopwright.data.naming import plain
from loopwright.data.vocabulary import PROPERTY, QUALIFIER, UNIT, VALUE

__all__ = ["said_in", "widened"]

BESIDE = {"unit": UNIT, "relation": ("standard relation", *QUALIFIER)}
"""What stands beside a value, and how its column may be called."""


def widened(table: RawTable, properties: Iterable[str]) -> RawTable:
    """Return a table with a column for each property that its rows name and that is asked for.

    A property on the p-scale is asked of the rows of its concentration. A table whose rows name
    none that is asked for is returned as it is.

    Args:
        table: Any table.
        properties: What is asked for; what is a column of the table is left alone.

    Raises:
        DataError: The column of values itself is asked for, and its rows speak of several things.
    """
    value, kind = (_column(table, names) for names in (VALUE, PROPERTY))
    if not (value and kind):
        return table
    said = said_in(table)
    if value in properties and len(said) > 1:
        raise DataError(
            f"The rows of {value!r} speak of {len(said)} properties, as {kind!r} says: "
            f"{', '.join(said)}"[:400],
            where="--property",
            remedy="Name one of them.",
        )
    asked = [_asked(name, said) for name in properties if name not in table.columns]
    kinds = [name for name in dict.fromkeys(asked) if name and name not in table.columns]
    if not kinds:
        return table
    beside = {word: _column(table, names) for word, names in BESIDE.items()}
    sources = {"": value, **{f" {word}": column for word, column in beside.items() if column}}
    old = {kind, *sources.values()}
    kept = [c for c in table.columns if c not in old]
    new = [(f"{k}{end}", plain(k), column) for k in kinds for end, column in sources.items()]
    rows = tuple(
        (
            number,
            (
                *(cells[c] for c in kept),
                *(cells[column] if plain(cells[kind]) == k else "" for _, k, column in new),
            ),
        )
        for number, cells in table
    )
    return evolve(table, columns=(*kept, *(name for name, _, _ in new)), rows=rows)


def said_in(table: RawTable) -> Mapping[str, int]:
    """Return the properties that rows with a value name, the commonest first; none elsewhere."""
    value, kind = (_column(table, names) for names in (VALUE, PROPERTY))
    if not (value and kind):
        return {}
    told = Counter(c[kind].strip() for _, c in table if c[kind].strip() and c[value].strip())
    found: dict[str, int] = {}
    spelt: dict[str, str] = {}
    for name, n in told.most_common():
        first = spelt.setdefault(plain(name), name)
        found[first] = found.get(first, 0) + n
    return found


def _column(table: RawTable, names: Sequence[str]) -> str:
    """Return the first column that bears one of the names, the best name first."""
    known = {plain(c): c for c in reversed(table.columns)}
    return next((known[n] for n in names if n in known), "")


def _asked(name: str, said: Iterable[str]) -> str:
    """Return what the rows call a property that is asked for; blank if none names it."""
    words = {plain(one): one for one in said}
    return words.get(plain(name)) or words.get(plain(name).removeprefix("p").lstrip(" "), "")
