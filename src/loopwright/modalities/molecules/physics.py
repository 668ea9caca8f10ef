# SPDX-License-Identifier: Apache-2.0
"""What can be computed of a molecule and needs no model: sizes, counts, surfaces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rdkit import Chem

from loopwright.modalities.molecules.lately import chunks, molecules
from loopwright.modalities.molecules.numbers import DESCRIPTORS, numbers_of_texts

__all__ = ["COMPUTED", "computed_of"]

COMPUTED = (
    "molar_mass_g_per_mol", "heavy_atoms", "clogp_crippen", "tpsa_A2", "h_bond_donors",
    "h_bond_acceptors", "rotatable_bonds", "aromatic_rings", "fraction_sp3", "formal_charge",
    "rule_of_five_violations",
)  # fmt: skip
"""Names and order of what is computed."""

_PLAIN = (
    "amw", "NumHeavyAtoms", "CrippenClogP", "tpsa", "NumHBD", "NumHBA", "NumRotatableBonds",
    "NumAromaticRings", "FractionCSP3",
)  # fmt: skip
"""What the first of these are called among the plain numbers."""


def computed_of(texts: Sequence[str]) -> tuple[Mapping[str, float], ...]:
    """Return what is computed of each canonical SMILES, by the names of ``COMPUTED``.

    Raises:
        DataError: A text is no SMILES.

    Source:
        Crippen logP: Wildman and Crippen (1999), doi:10.1021/ci990307l; TPSA: Ertl et al. (2000),
        doi:10.1021/jm000942e; rule of five: Lipinski et al. (1997).
    """
    return tuple(told for chunk in chunks(texts) for told in _computed(chunk))


def _computed(texts: tuple[str, ...]) -> Iterator[Mapping[str, float]]:
    names = [name for name, _, _ in DESCRIPTORS]
    for mol, numbers in zip(molecules(texts), numbers_of_texts(texts).tolist(), strict=True):
        known = dict(zip(names, numbers, strict=True))
        lipinski = (
            known["amw"] > 500.0,
            known["CrippenClogP"] > 5.0,
            known["lipinskiHBD"] > 5,
            known["lipinskiHBA"] > 10,
        )
        values = (
            *(known[name] for name in _PLAIN),
            float(Chem.GetFormalCharge(mol)),
            float(sum(lipinski)),
        )
        yield dict(zip(COMPUTED, values, strict=True))
