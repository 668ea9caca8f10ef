# SPDX-License-Identifier: Apache-2.0
"""Rows of letters made of several chains: what a chain is called, and where a residue stands.

Whatever is no letter of the alphabet parts two chains. Knows no chemistry.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from types import MappingProxyType

__all__ = [
    "CHAIN", "PAIR", "chain_named", "chains_of", "changed", "place_of", "without_chain",
]  # fmt: skip

CHAIN = ":"
"""Stands between the chains of one candidate."""

PAIR = ("H", "L")
"""The chains of an antibody: heavy and light."""

_CALLED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "H": frozenset({"vh", "hc", "heavy", "heavychain", "igh", "ighv"}),
        "L": frozenset(
            {"vl", "lc", "light", "lightchain", "vk", "kappa", "lambda", "igk", "igl", "igkv"}
        ),
    }
)
"""What people call the two, beside their letters."""


def chain_named(label: str, chains: Sequence[str]) -> str:
    """Return which chain a label means: a prefix, a header, a column; blank if none or several.

    Example:
        >>> chain_named("vh_protein_sequence", PAIR), chain_named("Light chain of H. s.", PAIR)
        ('H', 'L')
    """
    words = set(re.findall(r"[a-z0-9]+", label.lower()))
    for meant in (
        [c for c in chains if words & _CALLED.get(c, frozenset())],
        [c for c in chains if c.lower() == label.strip().lower() or c.lower() in words],
    ):
        if meant:
            return meant[0] if len(meant) == 1 else ""
    return ""


def without_chain(name: str) -> str:
    """Return a name without what it says of the chain of an antibody: that of the whole one.

    Example:
        >>> [without_chain(name) for name in ("ab1_VH", "ab1|light", "L-ab 1", "ab1")]
        ['ab1', 'ab1', 'ab_1', 'ab1']
    """
    chain = chain_named(name, PAIR)
    words = re.findall(r"[A-Za-z0-9]+", name)
    called = {w for w in words if w.lower() in _CALLED.get(chain, frozenset())}
    said = {w for w in called or words if called or w.lower() == chain.lower()}
    said |= {w for w in words if chain and w.lower() == "chain"}
    return "_".join(w for w in words if w not in said) if said else name


def chains_of(text: str, letters: str) -> tuple[tuple[int, ...], ...]:
    """Return for each chain of a row the places of its letters, from 0.

    Example:
        >>> chains_of("AC:G", "ACGT")
        ((0, 1), (3,))
    """
    runs = groupby(enumerate(text), key=lambda one: one[1] in letters)
    return tuple(tuple(i for i, _ in run) for is_chain, run in runs if is_chain)


def place_of(text: str, letters: str, chains: Sequence[str], chain: str, index: int) -> int | None:
    """Return where a residue of a row stands, from 0; None if there is no such residue.

    Args:
        text: The row.
        letters: The alphabet.
        chains: Names of the row's chains, in order.
        chain: The one that is meant; blank to count through all of them.
        index: Of the residue, from 0.
    """
    found = chains_of(text, letters)
    if chain:
        at = chains.index(chain) if chain in chains else len(found)
        found = found[at : at + 1]
    places = [place for run in found for place in run]
    return places[index] if 0 <= index < len(places) else None


def changed(
    row: str, parent: str, letters: str, *, chains: Sequence[str] = (), first: int = 1
) -> tuple[str, ...] | None:
    """Return how a row differs from its parent, letter by letter; None if it is not as long.

    Args:
        row: The row.
        parent: What it is compared with; its chains must be as long, each.
        letters: The alphabet.
        chains: Names of the chains, if they have any; each is then counted by itself.
        first: The number of the first letter, and of that of each named chain.

    Example:
        >>> changed("AG", "AC", "ACGT"), changed("AC:T", "AC:G", "ACGT", chains=PAIR, first=5)
        (('C2G',), ('L:G5T',))
    """
    mine = chains_of(row, letters)
    if mine != chains_of(parent, letters):
        return None
    is_named = len(chains) == len(mine)
    changes: list[str] = []
    n_before = 0
    for i, places in enumerate(mine):
        name = f"{chains[i]}:" if is_named else ""
        start = first + (0 if is_named else n_before)
        both = [(n, parent[p], row[p]) for n, p in enumerate(places, start)]
        changes += [f"{name}{old}{n}{new}" for n, old, new in both if old != new]
        n_before += len(places)
    return tuple(changes)
