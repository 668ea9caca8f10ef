# SPDX-License-Identifier: Apache-2.0
"""The 27 plain numbers of a molecule: in their own units, and as the columns of ``vector``."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from rdkit.Chem import rdMolDescriptors

from loopwright.core.values import FloatArray
from loopwright.modalities.molecules.crippen import crippen
from loopwright.modalities.molecules.lately import KEPT, molecules

__all__ = ["DESCRIPTORS", "numbers_of", "numbers_of_texts", "on_scale"]

DESCRIPTORS: tuple[tuple[str, float, float], ...] = (
    ("amw", 332.9, 62.16),
    ("NumHeavyAtoms", 23.19, 4.52),
    ("NumHeteroatoms", 6.101, 1.842),
    ("NumHBD", 1.235, 0.8683),
    ("NumHBA", 3.726, 1.538),
    ("lipinskiHBD", 1.436, 1.06),
    ("lipinskiHBA", 5.137, 1.677),
    ("NumRotatableBonds", 4.562, 1.575),
    ("NumAmideBonds", 0.9772, 0.9053),
    ("FractionCSP3", 0.4086, 0.2193),
    ("NumRings", 2.769, 1.008),
    ("NumAromaticRings", 1.86, 0.9598),
    ("NumAliphaticRings", 0.909, 0.8567),
    ("NumSaturatedRings", 0.6792, 0.7802),
    ("NumAromaticHeterocycles", 0.7824, 0.7992),
    ("NumAliphaticHeterocycles", 0.6668, 0.7232),
    ("NumSpiroAtoms", 0.021, 0.5),
    ("NumBridgeheadAtoms", 0.0256, 0.5),
    ("NumAtomStereoCenters", 0.9506, 1.034),
    ("labuteASA", 138.7, 25.58),
    ("tpsa", 64.82, 22.56),
    ("CrippenClogP", 2.472, 1.433),
    ("CrippenMR", 89.3, 17.16),
    ("chi0v", 13.92, 2.486),
    ("chi1v", 8.352, 1.663),
    ("hallKierAlpha", -2.093, 0.8733),
    ("kappa1", 16.36, 2.912),
)
"""(RDKit's name, mean, standard deviation) of each column of ``vector``.

The columns are standardised by these fixed numbers, measured on 5,000 molecules drawn from
ZINC250k, so that a molecule is described the same way in every data set. Rare counts get a
standard deviation of 0.5, so that one spiro atom does not drown the rest.
"""

CRIPPEN = [name for name, _, _ in DESCRIPTORS].index("CrippenClogP")
"""Place of Crippen's two numbers, which are computed apart."""

FARTHEST = 4.0
"""Standard deviations at which a descriptor is cut."""


def numbers_of(mols: Sequence[Any]) -> FloatArray:
    """Return ``DESCRIPTORS`` of each molecule in their own units, shape (n, 27).

    What has no finite value, such as the charge of an ion, is not a number.
    """
    properties = _properties()
    rows = []
    for mol in mols:
        row = list(properties.ComputeProperties(mol))
        row[CRIPPEN:CRIPPEN] = crippen(mol)
        rows.append(row)
    return np.array(rows, np.float64).reshape(-1, len(DESCRIPTORS))


@lru_cache(maxsize=KEPT)
def numbers_of_texts(texts: tuple[str, ...]) -> FloatArray:
    """Return the same of canonical SMILES, kept for whoever asks next; it cannot be changed.

    Raises:
        DataError: A text is no SMILES.
    """
    table = numbers_of(molecules(texts))
    table.setflags(write=False)
    return table


def on_scale(numbers: FloatArray) -> npt.NDArray[np.float32]:
    """Return numbers in their own units on the fixed scale of ``DESCRIPTORS``, cut.

    What is not finite is average.
    """
    centre, spread = (np.array(c) for c in list(zip(*DESCRIPTORS, strict=True))[1:])
    table = np.nan_to_num((numbers - centre) / spread, nan=0.0, posinf=FARTHEST, neginf=-FARTHEST)
    cut: npt.NDArray[np.float32] = np.clip(table, -FARTHEST, FARTHEST).astype(np.float32)
    return cut


@cache
def _properties() -> Any:
    names = [name for name, _, _ in DESCRIPTORS]
    return rdMolDescriptors.Properties(names[:CRIPPEN] + names[CRIPPEN + 2 :])
