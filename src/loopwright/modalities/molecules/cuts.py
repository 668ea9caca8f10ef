# SPDX-License-Identifier: Apache-2.0
"""Molecules cut in two at one bond, so that those with the same core can be compared.

Source:
    Hussain & Rea (2010), doi:10.1021/ci900450m, as RDKit's rdMMPA implements it; hydrogen as a
    fragment after Dalke, Hert & Kramer (2018), doi:10.1021/acs.jcim.8b00173.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from attrs import frozen
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator, rdMMPA

from loopwright.core.errors import DataError
from loopwright.core.readings import Cut
from loopwright.core.values import Candidate
from loopwright.modalities.molecules.quiet import quiet

__all__ = ["HYDROGEN", "Scissors"]

HYDROGEN = "[H][*:1]"
OPEN_END = "[*:1]"

MOST_ATOMS = 10
"""Heavy atoms of a fragment at most; its core has no fewer than it."""

MOST_CUTS = 60

_ATOM = re.compile(r"\[[^\]]*\]|Br|Cl|[BCNOSPFIbcnosp]")
"""One heavy atom of a canonical SMILES."""


@frozen(kw_only=True)
class Scissors:
    """Cuts single bonds outside of rings, one end of which is carbon."""

    parse: Callable[[str], Candidate]
    """Makes a candidate of what was put together."""

    def cuts(self, candidates: Sequence[Candidate]) -> tuple[tuple[Cut, ...], ...]:
        """Return the cuts of each; hydrogen is a fragment where another candidate has the core."""
        with quiet():
            found = [set(_cuts(c.text)) for c in candidates]
            places = {c.text: i for i, c in enumerate(candidates)}
            sizes = {_elements(text) for text in places}
            for core in sorted({cut.core for cuts in found for cut in cuts}):
                if _elements(core) in sizes:
                    place = places.get(_closed(core))
                    if place is not None:
                        found[place].add(Cut(core=core, fragment=HYDROGEN))
        return tuple(tuple(sorted(cuts)) for cuts in found)

    def joined(self, cut: Cut) -> Candidate:
        """Return the molecule of a core and a fragment.

        Raises:
            DataError: One of them is no readable part, or both make no valid molecule.
        """
        with quiet():
            if cut.fragment == HYDROGEN:
                return self.parse(_closed(cut.core))
            parts = Chem.MolFromSmiles(f"{cut.core}.{cut.fragment}")
            try:
                whole = Chem.MolToSmiles(Chem.molzip(parts)) if parts is not None else ""
            except (RuntimeError, ValueError) as ex:
                raise _no_whole() from ex
        if not whole or "*" in whole:
            raise _no_whole()
        return self.parse(whole)

    def common(self, candidate: Candidate, other: Candidate) -> tuple[int, ...]:
        """Return the atoms that have, with their neighbours, a counterpart in the other."""
        with quiet():
            mine, theirs = _environments(candidate.text), _environments(other.text)
        known = set(theirs.values())
        return tuple(sorted(atom for atom, key in mine.items() if key in known))


def _cuts(text: str) -> Iterator[Cut]:
    mol = Chem.MolFromSmiles(text)
    if mol is None or "." in text:
        return
    made: Any = rdMMPA.FragmentMol(mol, maxCuts=1, maxCutBonds=MOST_CUTS, resultsAsMols=False)
    for _, both in made:
        left, right = both.split(".")
        for core, fragment in ((left, right), (right, left)):
            n = _n_atoms(fragment)
            if n <= MOST_ATOMS and n <= _n_atoms(core):
                yield Cut(core=core, fragment=fragment)


def _elements(text: str) -> str:
    """Return the elements of a SMILES in order, hydrogens and open ends apart."""
    letters = (mark for mark in text.upper() if mark.isalpha() and mark != "H")
    return "".join(sorted(letters))


def _n_atoms(text: str) -> int:
    """Return the number of heavy atoms of a part with an open end."""
    return len(_ATOM.findall(text)) - 1


def _closed(core: str) -> str:
    """Return the canonical SMILES of a core whose open end is a hydrogen; blank if none."""
    mol = Chem.MolFromSmiles(core.replace(OPEN_END, "[H]"))
    return Chem.MolToSmiles(mol) if mol is not None else ""


def _environments(text: str) -> dict[int, int]:
    """Return the identifier of each atom with its neighbours."""
    mol = Chem.MolFromSmiles(text)
    seen = rdFingerprintGenerator.AdditionalOutput()
    seen.AllocateBitInfoMap()
    maker = rdFingerprintGenerator.GetMorganGenerator(radius=1, includeRedundantEnvironments=True)
    maker.GetSparseCountFingerprint(mol, additionalOutput=seen)
    return {
        atom: key
        for key, places in seen.GetBitInfoMap().items()
        for atom, radius in places
        if radius == 1
    }


def _no_whole() -> DataError:
    return DataError(
        "A core and a fragment make no valid molecule",
        where="cut",
        remedy="Take both from cuts of valid molecules.",
    )
