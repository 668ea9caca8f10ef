# SPDX-License-Identifier: Apache-2.0
"""Crippen's logP and molar refractivity, without drawing the hydrogens.

RDKit adds every hydrogen as an atom and types the whole molecule anew, which takes half of the
time of all descriptors. What a heavy atom contributes does not depend on that, and what a hydrogen
contributes depends on the atom that it sits on, or, at an oxygen, on the one behind it.

Source:
    Wildman & Crippen (1999), doi:10.1021/ci990307l, table 1, in the SMARTS of RDKit's
    ``Crippen.txt``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

__all__ = ["crippen"]

H1, H2, H3 = (0.123, 1.057), (-0.2677, 1.395), (0.2142, 0.9627)
"""(logP, molar refractivity) of a hydrogen of a hydrocarbon, an alcohol, an amine."""

H4, HS = (0.298, 1.805), (0.1125, 1.112)
"""The same of an acid, and of what is left."""

HYDROGEN, CARBON, NITROGEN, OXYGEN, SULFUR = 1, 6, 7, 8, 16
_AT = {HYDROGEN: H1, CARBON: H1, NITROGEN: H3}
_ACID = frozenset({CARBON, NITROGEN, OXYGEN, SULFUR})
_ORDER = (H2, H3, H4)
"""The first that applies."""


def crippen(mol: Any) -> tuple[float, float]:
    """Return logP and molar refractivity, as RDKit's ``CalcCrippenDescriptors`` does."""
    calculate: Any = rdMolDescriptors
    if (
        mol.GetNumHeavyAtoms() < mol.GetNumAtoms()
    ):  # a drawn hydrogen is typed by those that are not
        log_p, refractivity = calculate.CalcCrippenDescriptors(mol)
        return log_p, refractivity
    parts = [*calculate._CalcCrippenContribs(mol), *_hydrogens(mol)]
    return sum(p for p, _ in parts), sum(r for _, r in parts)


def _hydrogens(mol: Any) -> Iterator[tuple[float, float]]:
    """Yield the contribution of each hydrogen that is not drawn."""
    for at in range(mol.GetNumAtoms()):
        atom = mol.GetAtomWithIdx(at)
        n = atom.GetTotalNumHs()
        if n:
            number = atom.GetAtomicNum()
            yield from [_at_oxygen(atom, n) if number == OXYGEN else _AT.get(number, H2)] * n


def _at_oxygen(oxygen: Any, n_hydrogens: int) -> tuple[float, float]:
    """Return what a hydrogen at an oxygen contributes, by what else the oxygen is bound to."""
    kinds = {_behind(atom) for atom in oxygen.GetNeighbors()}
    if n_hydrogens > 1:
        kinds.add(H2)
    return next((kind for kind in _ORDER if kind in kinds), HS)


def _behind(atom: Any) -> tuple[float, float]:
    """Return what an atom makes of the hydrogen of a hydroxyl that it bears."""
    number = atom.GetAtomicNum()
    if number == NITROGEN:
        return H3
    if atom.GetIsAromatic() or number not in _ACID:
        return H2
    if number != CARBON:
        return H4
    if atom.GetTotalDegree() == 4:
        return H2
    doubles = (b for b in atom.GetBonds() if b.GetBondType() == Chem.BondType.DOUBLE)
    return H4 if any(_is_acid(b.GetOtherAtom(atom)) for b in doubles) else HS


def _is_acid(atom: Any) -> bool:
    number = atom.GetAtomicNum()
    is_either = number in {CARBON, NITROGEN}
    return is_either or (number in _ACID and not atom.GetIsAromatic())
