# SPDX-License-Identifier: Apache-2.0
"""Columns for trees, surfaces, charges and simple counts, and the reduced graph of a molecule.

They were chosen by what they cost: all together take about as long as reading the SMILES three
times, a tenth of what RDKit's 217 descriptors take. Columns stand in their own units; what has
no finite value (the partial charges of a metal) is 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from rdkit.Chem import rdMolDescriptors, rdPartialCharges, rdReducedGraphs

__all__ = ["COLUMNS", "REDUCED", "columns_of", "reduced_of"]

FARTHEST = 1e5


def _surface(mol: Any) -> list[float]:
    parts = (rdMolDescriptors.SlogP_VSA_, rdMolDescriptors.SMR_VSA_, rdMolDescriptors.PEOE_VSA_)
    return [value for part in parts for value in part(mol)]


def _charges(mol: Any) -> list[float]:
    """Return largest, smallest and spread of the partial charges, which ``_surface`` has left."""
    if not mol.GetAtomWithIdx(0).HasProp("_GasteigerCharge"):
        rdPartialCharges.ComputeGasteigerCharges(mol)
    charge = np.array(
        [
            mol.GetAtomWithIdx(at).GetDoubleProp("_GasteigerCharge")
            for at in range(mol.GetNumAtoms())
        ]
    )
    return [float(charge.max()), float(charge.min()), float(charge.std())]


FAMILIES: tuple[tuple[str, int, Callable[[Any], Any]], ...] = (
    ("surface", 36, _surface),
    ("charges", 3, _charges),
    ("MQN", 42, rdMolDescriptors.MQNs_),
)
"""(name, columns, what computes them), side by side in this order."""

COLUMNS = sum(width for _, width, _ in FAMILIES)
"""Width of the table."""

REDUCED = 315
"""Columns of the extended reduced graph."""

REDUCED_UNIT = 5.0
"""By this its fuzzy numbers are multiplied before they are rounded to counts.

It gives them about a fifth of the weight of all patterns, the best of 2, 5, 10 and 20: see
``docs/log``.
"""


def columns_of(mols: list[Any]) -> npt.NDArray[np.float32]:
    """Return one row of ``COLUMNS`` finite numbers for each molecule."""
    table = np.empty((len(mols), COLUMNS))
    for row, mol in zip(table, mols, strict=True):
        start = 0
        for _, width, compute in FAMILIES:
            row[start : start + width] = compute(mol)
            start += width
    table = np.nan_to_num(table, nan=0.0, posinf=FARTHEST, neginf=-FARTHEST)
    return np.clip(table, -FARTHEST, FARTHEST).astype(np.float32)


def reduced_of(mols: list[Any]) -> npt.NDArray[np.int64]:
    """Return the extended reduced graph of each molecule as counts, shape (n, ``REDUCED``).

    Source:
        Stiefl et al. (2006), doi:10.1021/ci050457y.
    """
    graphs = np.array([rdReducedGraphs.GetErGFingerprint(m) for m in mols], np.float64)
    return np.rint(graphs.reshape(-1, REDUCED) * REDUCED_UNIT).astype(np.int64)
