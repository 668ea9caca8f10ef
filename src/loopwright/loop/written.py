# SPDX-License-Identifier: Apache-2.0
"""Which columns of a plain table write its proteins, and what the modality has to know of them.

One column holds sequences or mutations; two or more hold the chains of each candidate.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from attrs import evolve

from loopwright.core.errors import DataError
from loopwright.core.values import RawTable
from loopwright.data.naming import plain
from loopwright.data.numbers import NO_VALUE
from loopwright.data.vocabulary import PAIRS, SEQUENCE
from loopwright.science.chained import PAIR, chain_named
from loopwright.spec.campaign import Choice

__all__ = ["PROTEINS", "chained", "chained_in", "fitting", "written_in"]

PROTEINS = "proteins"
MOST_RESIDUES = 5_000
"""Length of the longest sequence that a file may hold without saying so."""

_PAIR = re.compile(r"[A-Za-z]+\*?[:/|][A-Za-z]+\*?")


def written_in(table: RawTable, modality: str, asked: str = "") -> tuple[str, ...]:
    """Return the columns that write the candidates; none where nobody can tell.

    Args:
        table: Any table.
        modality: Its kind of matter.
        asked: A column; of proteins also several with commas between them.
    """
    if asked:
        is_one = modality != PROTEINS or asked in table.columns
        return (asked,) if is_one else tuple(c.strip() for c in asked.split(",") if c.strip())
    if modality != PROTEINS:
        return ()
    known = {plain(c): c for c in reversed(table.columns)}
    pair = next((p for p in PAIRS if set(p) <= known.keys()), ())
    alone = next(((n,) for n in SEQUENCE if n in known), ())
    return tuple(known[name] for name in pair or alone)


def chained(modality: Choice, table: RawTable, columns: Sequence[str]) -> Choice:
    """Return the modality with a name for each chain, if the table writes several.

    They stand in a column each; or most texts of one column are two rows of letters.

    Raises:
        DataError: Nobody can tell which chain a column holds.
    """
    if modality.name != PROTEINS or "chains" in modality.options:
        return modality
    if len(columns) < 2:
        return _with_chains(modality, PAIR) if _holds_pairs(table, columns) else modality
    pair = sorted(chain_named(c, PAIR) for c in columns)
    is_pair = tuple(pair) == PAIR
    if not is_pair and not (len(set(columns)) == len(columns) and all(map(str.isalpha, columns))):
        raise DataError(
            f"Which chain does each of the columns {', '.join(columns)} hold?",
            where="--sequence",
            remedy="Call one of them heavy (or VH, HC) and the other light (or VL, LC), or each "
            "by letters only: alpha, beta.",
        )
    return _with_chains(modality, PAIR if is_pair else columns)


def chained_in(tables: Iterable[tuple[object, RawTable]], modality: Choice) -> Choice:
    """Return the modality with a name for each chain that the first table of proteins writes.

    Args:
        tables: Of a file, each behind its reader.
        modality: Proteins, with their options.
    """
    for _, table in tables:
        if columns := written_in(table, modality.name):
            return chained(modality, table, columns)
    return modality


def _with_chains(modality: Choice, chains: Sequence[str]) -> Choice:
    return evolve(modality, options={**modality.options, "chains": tuple(chains)})


def _holds_pairs(table: RawTable, columns: Sequence[str]) -> bool:
    """Return whether most texts of a column are two chains with a sign between them."""
    places = [table.columns.index(c) for c in columns if c in table.columns]
    texts = [cells[p].strip() for _, cells in table.rows for p in places]
    told = [text for text in texts if text.lower() not in NO_VALUE]
    return 2 * sum(_PAIR.fullmatch(text) is not None for text in told) > len(told)


def fitting(modality: Choice, columns: Sequence[tuple[RawTable, str]]) -> Choice:
    """Return proteins as wide as the longest sequence of these columns, so that nothing is cut."""
    if modality.name != PROTEINS or "max_length" in modality.options:
        return modality
    longest = max((len(cells[c]) for table, c in columns for _, cells in table), default=1)
    width = min(max(longest, len(modality.options.get("parent", ""))), MOST_RESIDUES)
    return evolve(modality, options={**modality.options, "max_length": max(width, 1)})
