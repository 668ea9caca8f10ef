# SPDX-License-Identifier: Apache-2.0
"""Which columns of a plain table write its proteins, and what the modality has to know of them.

One column holds sequences or mutations; two or more hold the chains of each candidate.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice

from attrs import evolve

from loopwright.core.errors import DataError
from loopwright.core.values import RawTable
from loopwright.data.mapping import ColumnMapping
from loopwright.data.naming import plain
from loopwright.data.numbers import NO_VALUE
from loopwright.data.vocabulary import LONE, PAIRS, SEQUENCE
from loopwright.science.amino_acids import LETTERS, is_sequence
from loopwright.science.chained import PAIR, chain_named
from loopwright.spec.campaign import Choice

__all__ = [
    "AS_PROTEINS",
    "MOLECULES",
    "PROTEINS",
    "SAMPLE_ROWS",
    "are_sequences",
    "chained",
    "chained_in",
    "demand_matter",
    "fitting",
    "proteins_told",
    "written_in",
]

MOLECULES, PROTEINS = "molecules", "proteins"
AS_PROTEINS = (
    "Add `--modality proteins`; mutations also need the sequence that they are counted from."
)
MOST_RESIDUES = 5_000
"""Length of the longest sequence that a file may hold without saying so."""

_PAIR = re.compile(r"[A-Za-z]+\*?[:/|][A-Za-z]+\*?")
_MUTATION = r"[A-Z][a-z]{0,2}[0-9]+(?:[A-Z][a-z]{0,2}|=)"
_MUTATIONS = re.compile(rf"(?:p\.)?\[?{_MUTATION}(?:[:;,/_ +]+{_MUTATION})*\]?")
_LETTERS = re.compile(rf"[{LETTERS}]{{8,}}\*?")
"""What tells a sequence where the column is called one: a peptide, a gene."""

SAMPLE_ROWS = 200
"""Rows that a guess of the columns' meaning looks at."""


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
    for pair in PAIRS:
        if set(pair) <= known.keys() and all(_is_filled(table, known[name]) for name in pair):
            return tuple(known[name] for name in pair)
    named = [known[name] for name in SEQUENCE if name in known]
    if alone := next((c for c in named if _holds(table, c)), "") or next(iter(named), ""):
        return (alone,)
    like = [c for c in table.columns if _holds(table, c, strictly=True)]
    alone = next((known[name] for name in LONE if known.get(name) in like), "")
    chains = {chain_named(column, PAIR): column for column in like}
    if len(like) == 2 and set(chains) == set(PAIR):
        return tuple(chains[chain] for chain in PAIR)
    return (alone,) if alone else tuple(like) if len(like) == 1 else ()


def are_sequences(table: RawTable, column: str) -> bool:
    """Return whether a column holds what can hardly be anything but proteins."""
    return column in table.columns and _holds(table, column, strictly=True)


def proteins_told(table: RawTable) -> str:
    """Return in words which columns of a table hold proteins; blank if none does.

    What a column is called decides nothing alone: ``variant`` may be that of an assay.
    """
    found = written_in(table, PROTEINS)
    if not (found and all(_holds(table, c) for c in found)):
        found = tuple(c for c in table.columns if _holds(table, c, strictly=True))
    if not found:
        return ""
    are_whole = any(_LETTERS.fullmatch(t) for c in found for t in _sample(table, c))
    what = "protein sequences" if are_whole else "mutations of a protein"
    one = len(found) == 1
    return (
        f"the column{'' if one else 's'} {' and '.join(map(repr, found))} "
        f"read{'s' if one else ''} like {what}"
    )


def demand_matter(table: RawTable, mapping: ColumnMapping, modality: str, file: str) -> None:
    """Refuse a table that holds proteins, and no structures, where molecules are expected.

    Args:
        table: Any table.
        mapping: What its columns mean.
        modality: Kind of matter that is expected.
        file: Its name.
    """
    is_drawn = bool(mapping.structure) and not are_sequences(table, mapping.structure)
    is_drawn = is_drawn or bool(mapping.parts)
    if modality == MOLECULES and not is_drawn and (found := proteins_told(table)):
        raise DataError(
            f"No column holds structures of molecules; {found}", where=file, remedy=AS_PROTEINS
        )


def _sample(table: RawTable, column: str) -> list[str]:
    """Return what the first rows of a column say, without the rows that say nothing."""
    place = table.columns.index(column)
    texts = ("".join(cells[place].split()) for _, cells in islice(table.rows, SAMPLE_ROWS))
    return [text for text in texts if text.lower() not in NO_VALUE]


def _is_filled(table: RawTable, column: str) -> bool:
    """Return whether any of the first rows of a column says something, or there is no row."""
    return bool(_sample(table, column)) or not len(table.rows)


def _holds(table: RawTable, column: str, *, strictly: bool = False) -> bool:
    """Return whether most cells of a column are sequences; or mutations, if not strictly."""
    texts = _sample(table, column)
    if strictly:
        return 2 * sum(map(is_sequence, texts)) > len(texts)
    known = (_LETTERS.fullmatch(t) or _MUTATIONS.fullmatch(t) or is_sequence(t) for t in texts)
    return 2 * sum(map(bool, known)) > len(texts)


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


def chained_in(
    tables: Iterable[tuple[object, RawTable]], modality: Choice, asked: str = ""
) -> Choice:
    """Return the modality with a name for each chain that the first table of proteins writes.

    Args:
        tables: Of a file, each behind its reader.
        modality: Proteins, with their options.
        asked: Their columns, if somebody named them.
    """
    for _, table in tables:
        if columns := written_in(table, modality.name, asked):
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
