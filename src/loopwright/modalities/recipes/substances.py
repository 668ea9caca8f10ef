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
LEAST = 1e-6
"""Part of the main direction's size below which a direction is rounding."""

MOST_ALIKE = 0.7
"""Correlation from which a descriptor says what an earlier one has said."""

LARGEST = 1e9
"""Value at which a descriptor is cut: some grow beyond all bounds with the molecule."""


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
    """Return coordinates of substances, shape (n, d), each column centred.

    One half is what they are built of (square roots of circular fingerprint counts), one half
    what they are like (RDKit's descriptors: size, shape, polarity, charge), each as its principal
    components, all of them, so that no distance is lost; the mean squared length is 1.

    Args:
        levels: SMILES, salts and metals included.
    """
    mols = [Chem.MolFromSmiles(level) for level in levels]
    parts = [_components(part) for part in (_counts(mols), _descriptors(mols))]
    return np.asarray(np.sqrt(1.0 / len(parts)) * np.hstack(parts))


def _counts(mols: Sequence[Chem.Mol]) -> FloatArray:
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=RADIUS)
    counts = [generator.GetCountFingerprintAsNumPy(mol) for mol in mols]
    return np.asarray(np.sqrt(np.array(counts, float)))


def _descriptors(mols: Sequence[Chem.Mol]) -> FloatArray:
    """Return descriptors scaled to 0..1, without those that repeat an earlier one."""
    with rdBase.BlockLogs():
        rows = [[describe(mol) for _, describe in Descriptors.descList] for mol in mols]
    values = np.clip(np.nan_to_num(np.array(rows, float)), -LARGEST, LARGEST)
    width = np.ptp(values, axis=0)
    values = values[:, width > 0.0] / width[width > 0.0]
    apart = values - values.mean(0)
    apart /= np.linalg.norm(apart, axis=0)
    kept = list[int]()
    for i, column in enumerate(apart.T):
        if not kept or np.abs(apart[:, kept].T @ column).max() < MOST_ALIKE:
            kept.append(i)
    return np.asarray(values[:, kept])


def _components(columns: FloatArray) -> FloatArray:
    """Return principal components, the mean squared length 1; none where all rows are equal."""
    if not columns.shape[1]:
        return np.empty((len(columns), 0))
    left, size, _ = np.linalg.svd(columns - columns.mean(0), full_matrices=False)
    some = size > LEAST * max(float(size[0]), LEAST)
    scores = left[:, some] * size[some]
    # The sign of a direction is anybody's choice: the largest coordinate is positive.
    signs = np.sign(scores[np.abs(scores).argmax(0), np.arange(scores.shape[1])])
    scale = np.sqrt(max(float((scores**2).sum(1).mean()), LEAST))
    return np.asarray(scores * signs / scale)
