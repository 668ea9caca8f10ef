# SPDX-License-Identifier: Apache-2.0
"""Levels that are structures, placed by their chemistry: like substances lie near each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rdkit import Chem, rdBase
from rdkit.Chem import Descriptors, rdFingerprintGenerator

from loopwright.core.values import FloatArray

__all__ = ["chemistry", "unreadable"]

RADIUS = 2
MOST = 1e6
"""Size to which a descriptor is cut; some overflow."""


def unreadable(levels: Sequence[str]) -> list[str]:
    """Return the levels that are no SMILES, or an empty one."""
    with rdBase.BlockLogs():
        mols = [Chem.MolFromSmiles(level) for level in levels]
    return [
        level
        for level, mol in zip(levels, mols, strict=True)
        if mol is None or not mol.GetNumAtoms()
    ]


def chemistry(levels: Sequence[str]) -> FloatArray:
    """Return coordinates of substances, shape (n, d), d < n, each column centred.

    Their squared distances are those of all RDKit descriptors, each of unit variance among the
    levels, and of the roots of circular fingerprint counts, half and half; the mean squared
    length is 1. The main directions come first.

    Args:
        levels: SMILES, salts and metals included.
    """
    with rdBase.BlockLogs():
        mols = [Chem.MolFromSmiles(level) for level in levels]
        said = np.array([[f(mol) for _, f in Descriptors.descList] for mol in mols], np.float64)
        generator = rdFingerprintGenerator.GetMorganGenerator(radius=RADIUS)
        counts = np.array([generator.GetCountFingerprintAsNumPy(mol) for mol in mols], np.float64)
    said = np.clip(np.nan_to_num(said), -MOST, MOST)
    spread = said.std(0)
    varied = spread > 1e-9 * (1.0 + np.abs(said).max(0))
    return _main(np.hstack([_main(said[:, varied] / spread[varied]), _main(np.sqrt(counts))]))


def _main(x: FloatArray) -> FloatArray:
    """Return principal coordinates of rows, of mean squared length 1; no columns if all agree."""
    left, size, _ = np.linalg.svd(x - x.mean(0), full_matrices=False)
    some = size > 1e-6 * max(float(size.max(initial=0.0)), 1e-9)
    scores = left[:, some] * size[some]
    # The sign of a direction is anybody's choice: the largest coordinate is positive.
    signs = np.sign(scores[np.abs(scores).argmax(0), np.arange(scores.shape[1])])
    return np.asarray(scores * signs / max(np.sqrt((scores**2).sum(1).mean()), 1e-9))
