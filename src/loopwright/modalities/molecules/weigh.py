# SPDX-License-Identifier: Apache-2.0
"""What a mole of a drawn substance weighs: all of it, its salt and solvent too."""

from __future__ import annotations

from typing import Any

from rdkit.Chem import rdMolDescriptors

__all__ = ["mass_g_per_mol"]


def mass_g_per_mol(mol: Any) -> float:
    """Return the average molar mass of all fragments that are drawn.

    Source:
        Standard atomic weights of IUPAC, as RDKit has them.
    """
    descriptors: Any = rdMolDescriptors
    return float(descriptors._CalcMolWt(mol))
