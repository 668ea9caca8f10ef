# SPDX-License-Identifier: Apache-2.0
"""Molecules of canonical SMILES, read once for all who ask of the same rows one after the other.

RDKit keeps with a molecule what it has found out of it (rings, contributions of atoms), so that
who comes second waits less. Nobody may change a molecule that comes from here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from rdkit import Chem

from loopwright.core.errors import DataError

__all__ = ["CHUNK", "chunks", "glimpses", "molecules"]

CHUNK = 500
"""Rows that are read, and kept, together."""

KEPT = 4
"""Chunks that are kept: one block of a file that is predicted."""


def chunks(texts: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield the texts of each chunk; of no texts, one that is empty."""
    for start in range(0, max(len(texts), 1), CHUNK):
        yield tuple(texts[start : start + CHUNK])


@lru_cache(maxsize=KEPT)
def molecules(texts: tuple[str, ...]) -> tuple[Any, ...]:
    """Return the molecule of each text, kept for whoever asks next; it is not to be changed.

    Raises:
        DataError: A text is no SMILES.
    """
    mols = tuple(Chem.MolFromSmiles(text) for text in texts)
    if any(mol is None for mol in mols):
        raise DataError(
            "A candidate has no readable SMILES",
            where="candidate",
            remedy="Make candidates with this modality's parse.",
        )
    return mols


def glimpses(texts: Sequence[str]) -> tuple[Any, ...]:
    """Return what can be counted of each text; an empty one if it is no SMILES or mol block.

    A ring that may be aromatic and is drawn with double bonds is worked out; any other molecule is
    left as it is drawn, without its stereo centres and valences, in less than half of the time.
    """
    as_drawn: Any = Chem.SmilesParserParams()
    as_drawn.sanitize = as_drawn.removeHs = False
    found = []
    for text in texts:
        if "M  END" in text:
            mol = Chem.MolFromMolBlock(text)
        elif _KEKULE.search(text):
            mol = Chem.MolFromSmiles(text)
        elif (mol := Chem.MolFromSmiles(text, as_drawn)) is not None:
            mol.UpdatePropertyCache(strict=False)
            Chem.FastFindRings(mol)
        found.append(Chem.MolFromSmiles("") if mol is None else mol)
    return tuple(found)


_KEKULE = re.compile("(?<![OS])=[^O]")
"""A double bond that is not, as it is written, one of a carbonyl or a sulfonyl."""
