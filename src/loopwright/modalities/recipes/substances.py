# SPDX-License-Identifier: Apache-2.0
"""Levels that are structures, placed by their chemistry: like substances lie near each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rdkit import Chem, rdBase
from rdkit.Chem import rdFingerprintGenerator

from loopwright.core.values import FloatArray

__all__ = ["chemistry", "unreadable"]

RADIUS = 2
LEAST = 1e-6
"""Part of the main direction's size below which a direction is rounding."""


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

    They are the principal components of the square roots of circular fingerprint counts, all of
    them, so that no distance is lost; the mean squared length is 1.

    Args:
        levels: SMILES, salts and metals included.
    """
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=RADIUS)
    mols = [Chem.MolFromSmiles(level) for level in levels]
    counts = np.sqrt([generator.GetCountFingerprintAsNumPy(mol) for mol in mols])
    left, size, _ = np.linalg.svd(counts - counts.mean(0), full_matrices=False)
    some = size > LEAST * max(float(size[0]), LEAST)
    scores = left[:, some] * size[some]
    # The sign of a direction is anybody's choice: the largest coordinate is positive.
    signs = np.sign(scores[np.abs(scores).argmax(0), np.arange(scores.shape[1])])
    scale = np.sqrt(max(float((scores**2).sum(1).mean()), LEAST))
    return np.asarray(scores * signs / scale)
