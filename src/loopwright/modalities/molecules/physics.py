# SPDX-License-Identifier: Apache-2.0
"""What can be computed of a molecule and needs no model: sizes, counts, surfaces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from loopwright.modalities.molecules.crippen import crippen
from loopwright.modalities.molecules.lately import chunks, molecules
from loopwright.modalities.molecules.weigh import mass_g_per_mol

__all__ = ["COMPUTED", "computed_of"]

COMPUTED = (
    "molar_mass_g_per_mol", "heavy_atoms", "clogp_crippen", "tpsa_A2", "h_bond_donors",
    "h_bond_acceptors", "rotatable_bonds", "aromatic_rings", "fraction_sp3", "formal_charge",
    "rule_of_five_violations",
)  # fmt: skip
"""Names and order of what is computed."""


def computed_of(texts: Sequence[str]) -> tuple[Mapping[str, float], ...]:
    """Return what is computed of each canonical SMILES, by the names of ``COMPUTED``.

    Raises:
        DataError: A text is no SMILES.

    Source:
        Crippen logP: Wildman and Crippen (1999), doi:10.1021/ci990307l; TPSA: Ertl et al. (2000),
        doi:10.1021/jm000942e; rule of five: Lipinski et al. (1997).
    """
    return tuple(_computed(mol) for chunk in chunks(texts) for mol in molecules(chunk))


def _computed(mol: Any) -> Mapping[str, float]:
    mass = mass_g_per_mol(mol)
    logp, _ = crippen(mol)
    donors, acceptors = rdMolDescriptors.CalcNumHBD(mol), rdMolDescriptors.CalcNumHBA(mol)
    lipinski = (
        mass > 500.0,
        logp > 5.0,
        rdMolDescriptors.CalcNumLipinskiHBD(mol) > 5,
        rdMolDescriptors.CalcNumLipinskiHBA(mol) > 10,
    )
    values = (
        mass,
        mol.GetNumHeavyAtoms(),
        logp,
        rdMolDescriptors.CalcTPSA(mol),
        donors,
        acceptors,
        rdMolDescriptors.CalcNumRotatableBonds(mol),
        rdMolDescriptors.CalcNumAromaticRings(mol),
        rdMolDescriptors.CalcFractionCSP3(mol),
        Chem.GetFormalCharge(mol),
        sum(lipinski),
    )
    return dict(zip(COMPUTED, map(float, values), strict=True))
