# SPDX-License-Identifier: Apache-2.0
"""Columns of any scale for property models, and the reduced graph of a molecule.

Plain numbers, surfaces, charges, simple counts, functional groups, and how varied a molecule is.
They were chosen by what they cost: all together take a sixth of what RDKit's 217 descriptors
take, and are worth about as much (``docs/log``). Columns stand in their own units; what has no
finite value (the partial charges of a metal) is 0.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from rdkit.Chem import (
    rdFingerprintGenerator,
    rdMolDescriptors,
    rdPartialCharges,
    rdReducedGraphs,
)

from loopwright.core.values import FloatArray
from loopwright.modalities.molecules.numbers import DESCRIPTORS

__all__ = ["COLUMNS", "REDUCED", "columns_of", "reduced_of"]

FARTHEST = 1e5

GROUPS = (
    "Al_COO", "Al_OH", "Al_OH_noTert", "ArN", "Ar_COO", "Ar_N", "Ar_NH", "Ar_OH", "COO", "COO2",
    "C_O", "C_O_noCOO", "C_S", "HOCCN", "Imine", "NH0", "NH1", "NH2", "N_O", "Ndealkylation1",
    "Ndealkylation2", "Nhpyrrole", "SH", "aldehyde", "alkyl_carbamate", "alkyl_halide",
    "allylic_oxid", "amide", "amidine", "aniline", "aryl_methyl", "azide", "azo", "barbitur",
    "benzene", "benzodiazepine", "bicyclic", "diazo", "dihydropyridine", "epoxide", "ester",
    "ether", "furan", "guanido", "halogen", "hdrzine", "hdrzone", "imidazole", "imide", "isocyan",
    "isothiocyan", "ketone", "ketone_Topliss", "lactam", "lactone", "methoxy", "morpholine",
    "nitrile", "nitro", "nitro_arom", "nitro_arom_nonortho", "nitroso", "oxazole", "oxime",
    "para_hydroxylation", "phenol", "phenol_noOrthoHbond", "phos_acid", "phos_ester", "piperdine",
    "piperzine", "priamide", "prisulfonamd", "pyridine", "quatN", "sulfide", "sulfonamd",
    "sulfone", "term_acetylene", "tetrazole", "thiazole", "thiocyan", "thiophene",
    "unbrch_alkane", "urea",
)  # fmt: skip
"""Functional groups as RDKit names them, without ``fr_``; the columns stand in this order."""

RADII = (1, 2, 3)
"""Of the environments whose sorts are counted."""


def _surface(mol: Any) -> list[float]:
    parts = (rdMolDescriptors.SlogP_VSA_, rdMolDescriptors.SMR_VSA_, rdMolDescriptors.PEOE_VSA_)
    return [value for part in parts for value in part(mol)]


def _charges(mol: Any) -> list[float]:
    """Return what the partial charges reach, which ``_surface`` has left, and their spread."""
    if not mol.GetAtomWithIdx(0).HasProp("_GasteigerCharge"):
        rdPartialCharges.ComputeGasteigerCharges(mol)
    charge = np.array(
        [
            mol.GetAtomWithIdx(at).GetDoubleProp("_GasteigerCharge")
            for at in range(mol.GetNumAtoms())
        ]
    )
    size = np.abs(charge)
    return [float(v) for v in (charge.max(), charge.min(), charge.std(), size.max(), size.min())]


def _groups(mol: Any) -> list[int]:
    """Return how often the molecule holds each of ``GROUPS``."""
    return [count(mol) for count in _group_counters()]


@cache
def _group_counters() -> tuple[Callable[[Any], int], ...]:
    from rdkit.Chem import Fragments

    return tuple(getattr(Fragments, f"fr_{name}") for name in GROUPS)


def _variety(mol: Any) -> list[float]:
    """Return for each radius how many sorts of environments the molecule has for each atom."""
    n_atoms = max(mol.GetNumHeavyAtoms(), 1)
    sorts = [g.GetSparseCountFingerprint(mol).GetNonzeroElements() for g in _rounds()]
    return [len(found) / n_atoms for found in sorts]


@cache
def _rounds() -> tuple[Any, ...]:
    return tuple(rdFingerprintGenerator.GetMorganGenerator(radius=r) for r in RADII)


FAMILIES: tuple[tuple[str, int, Callable[[Any], Any]], ...] = (
    ("surface", 36, _surface),
    ("charges", 5, _charges),
    ("MQN", 42, rdMolDescriptors.MQNs_),
    ("functional groups", len(GROUPS), _groups),
    ("variety", len(RADII), _variety),
)
"""(name, columns, what computes them), side by side in this order, behind the plain numbers."""

COLUMNS = len(DESCRIPTORS) + sum(width for _, width, _ in FAMILIES)
"""Width of the table."""

REDUCED = 315
"""Columns of the extended reduced graph."""

REDUCED_UNIT = 5.0
"""By this its fuzzy numbers are multiplied before they are rounded to counts.

It gives them about a fifth of the weight of all patterns, the best of 2, 5, 10 and 20: see
``docs/log``.
"""


_DISTANCES = "DistanceMatrix"
"""What atom pairs and scaffolds leave behind; the reduced graph would take it for its own."""


def columns_of(mols: list[Any], numbers: FloatArray) -> npt.NDArray[np.float32]:
    """Return one row of ``COLUMNS`` finite numbers for each molecule.

    Args:
        mols: n molecules.
        numbers: Their plain numbers, as from ``numbers_of``, shape (n, 27).
    """
    table = np.empty((len(mols), COLUMNS))
    table[:, : len(DESCRIPTORS)] = numbers
    for row, mol in zip(table, mols, strict=True):
        start = len(DESCRIPTORS)
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
    for mol in mols:
        mol.ClearProp(_DISTANCES)
    graphs = np.array([rdReducedGraphs.GetErGFingerprint(m) for m in mols], np.float64)
    return np.rint(graphs.reshape(-1, REDUCED) * REDUCED_UNIT).astype(np.int64)
