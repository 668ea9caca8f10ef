# SPDX-License-Identifier: Apache-2.0
"""What speaks against a structure: doubts, which a person can accept, and refusals."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from attrs import frozen
from rdkit import Chem

from loopwright.core.errors import DataError

__all__ = ["DOUBTS", "LARGE", "Doubt", "demand_one_structure"]

LARGE = 150
"""Heavy atoms of about 2 kDa, above which nothing is a small molecule."""


@frozen(kw_only=True)
class Doubt:
    """A reason not to learn from a structure, until a person has accepted it."""

    what: str
    remedy: str


_ACCEPT = "or accept such structures with accept = [{!r}] among the modality's options."

DOUBTS: Mapping[str, Doubt] = MappingProxyType(
    {
        word: Doubt(what=what, remedy=f"{remedy}, {_ACCEPT.format(word)}")
        for word, what, remedy in (
            (
                "mixture",
                "a mixture: several parts, each of which could be the compound",
                "Give the structure of the one that was meant",
            ),
            ("inorganic", "inorganic: no organic part", "Take the row out"),
            (
                "metal",
                "holds a metal that is no plain counterion: a complex or an organometallic",
                "Take the row out, or draw the compound without it",
            ),
            (
                "radical",
                "has an unpaired electron, or lacks a hydrogen",
                "Draw the missing hydrogen or bond",
            ),
            ("tiny", "a single heavy atom: a piece of a compound", "Draw the whole compound"),
            (
                "large",
                f"more than {LARGE} heavy atoms: no small molecule",
                "Take the row out",
            ),
            (
                "relative",
                "drawn with relative stereo of several centres, which is not kept",
                "Give one stereoisomer, or draw the centres open",
            ),
        )
    }
)
"""Word -> why a structure is doubted, and what to do about it."""


def demand_one_structure(mol: Any) -> None:
    """Refuse what a mol block or extended SMILES can say, and no single compound is.

    Raises:
        DataError: A polymer, an attachment point, or a query that stands for many structures.
    """
    if any(g.GetProp("TYPE") in _POLYMERS for g in Chem.GetMolSubstanceGroups(mol)):
        raise _no_compound("A structure is a polymer: it has a repeating unit")
    if any(a.HasProp("molAttchpt") for a in mol.GetAtoms()):
        raise _no_compound("A structure has an attachment point")
    is_open = mol.HasProp("_molLinkNodes") or any(
        b.HasQuery() or b.HasProp("_MolFileBondEndPts") for b in mol.GetBonds()
    )
    if is_open or any(a.HasQuery() and a.GetAtomicNum() > 0 for a in mol.GetAtoms()):
        raise _no_compound("A structure is a query: an atom, bond or place of it is left open")


_POLYMERS = frozenset(["SRU", "MON", "MER", "COP", "CRO", "MOD", "GRA", "ANY"])


def _no_compound(what: str) -> DataError:
    return DataError(
        what,
        where="structure",
        remedy="Draw one complete molecule; what stands for many cannot be a candidate.",
    )
