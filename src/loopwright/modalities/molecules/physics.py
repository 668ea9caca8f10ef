# SPDX-License-Identifier: Apache-2.0
"""What can be computed of a molecule and needs no model: sizes, counts, surfaces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from loopwright.core.errors import DataError
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
    return tuple(_computed(text) for text in texts)


def _computed(text: str) -> Mapping[str, float]:
    mol = Chem.MolFromSmiles(text)
    if mol is None:
        raise DataError(
            "A candidate has no readable SMILES",
            where="candidate",
            remedy="Make candidates with this modality's parse.",
        )
    mass = mass_g_per_mol(mol)
    logp, _ = rdMolDescriptors.CalcCrippenDescriptors(mol)
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
