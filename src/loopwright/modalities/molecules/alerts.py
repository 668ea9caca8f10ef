# SPDX-License-Identifier: Apache-2.0
"""Structural alerts with the atoms that raise them: PAINS, Brenk's list, mutagenic substructures.

A molecule is matched only against patterns whose bits its own fingerprint holds, so that hundreds
of patterns cost about as much as a few.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import frozen
from rdkit import Chem, RDConfig
from rdkit.Chem.FilterCatalog import FilterCatalog, FilterCatalogParams

from loopwright.core.readings import Alert
from loopwright.modalities.molecules.lately import chunks, molecules
from loopwright.modalities.molecules.toxicophores import TOXICOPHORES

__all__ = ["alerts_of"]

N_BITS = 2_048
_PAINS = Path(RDConfig.RDDataDir, "Pains", "wehi_pains.csv")


def alerts_of(texts: Sequence[str]) -> tuple[tuple[Alert, ...], ...]:
    """Return the alerts of each canonical SMILES, by catalogue and name.

    Atoms are counted as the SMILES writes them, from 0.

    Raises:
        DataError: A text is no SMILES.

    Source:
        PAINS: Baell and Holloway (2010), doi:10.1021/jm901137j, as distributed with RDKit.
        Brenk: Brenk et al. (2008), doi:10.1002/cmdc.200700139, likewise.
    """
    return tuple(_alerts(mol) for chunk in chunks(texts) for mol in molecules(chunk))


def _alerts(mol: Any) -> tuple[Alert, ...]:
    bits = _bits(mol)
    found = [
        Alert(catalogue=screen.name, name=name, atoms=_atoms(mol, pattern))
        for screen in _screens()
        for name, pattern in screen.likely(bits)
        if mol.HasSubstructMatch(pattern)
    ]
    for entry in _brenk().GetMatches(mol):
        atoms = {int(at) for hit in entry.GetFilterMatches(mol) for _, at in hit.atomPairs}
        name = entry.GetDescription().replace("_", " ")
        found.append(Alert(catalogue="Brenk", name=name, atoms=tuple(sorted(atoms))))
    return tuple(sorted(set(found), key=lambda a: (a.catalogue, a.name, a.atoms)))


def _atoms(mol: Any, pattern: Any) -> tuple[int, ...]:
    """Return every atom that some match of the pattern covers."""
    return tuple(sorted({at for match in mol.GetSubstructMatches(pattern) for at in match}))


# ---- the catalogues
@frozen(kw_only=True, eq=False)
class _Screen:
    """Patterns of one catalogue with the bits that a molecule must hold for each."""

    name: str
    patterns: tuple[tuple[str, Any], ...]
    bits: npt.NDArray[np.uint8]

    def likely(self, bits: npt.NDArray[np.uint8]) -> list[tuple[str, Any]]:
        """Return the patterns that a molecule of these bits may hold."""
        lacks = (self.bits & ~bits).any(axis=1)
        return [self.patterns[i] for i in np.flatnonzero(~lacks)]


@cache
def _screens() -> tuple[_Screen, ...]:
    return _screen("mutagenicity", TOXICOPHORES), _screen("PAINS", _pains())


def _screen(name: str, named: Sequence[tuple[str, str]]) -> _Screen:
    patterns = tuple((label, _pattern(smarts)) for label, smarts in named)
    return _Screen(
        name=name, patterns=patterns, bits=np.stack([_bits(pattern) for _, pattern in patterns])
    )


def _pattern(smarts: str) -> Any:
    pattern = Chem.MolFromSmarts(smarts)
    assert pattern is not None, f"not a SMARTS: {smarts}"
    return Chem.MergeQueryHs(pattern)


def _pains() -> tuple[tuple[str, str], ...]:
    """Return (name, SMARTS) of each PAINS class as RDKit distributes them."""
    with _PAINS.open(newline="") as lines:
        rows = list(csv.reader(lines))
    return tuple((label.split("=")[1].split("(")[0], smarts) for smarts, label in rows)


@cache
def _brenk() -> Any:
    wanted = FilterCatalogParams()
    wanted.AddCatalog(FilterCatalogParams.FilterCatalogs.BRENK)
    return FilterCatalog(wanted)


def _bits(mol: Any) -> npt.NDArray[np.uint8]:
    packed: bytes = Chem.PatternFingerprint(mol, fpSize=N_BITS).ToBitString().encode()
    return np.packbits(np.frombuffer(packed, np.uint8) - ord("0"))
