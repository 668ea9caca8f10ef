# SPDX-License-Identifier: Apache-2.0
"""What some atoms of a molecule amount to without the others.

An atom that is left out takes with it every counted environment that contains it; those that
remain keep their meaning, since what an atom is (its neighbours, rings and hydrogens) is read
from the whole molecule. Descriptors and the reduced graph cannot be divided among atoms: they are
computed of the atoms that remain, with the hydrogens, charges and aromaticity that these had.
Who reads the graph reads that of the atoms that remain, with single and double bonds as one Kekulé
structure has them. No atoms at all are described by zeros, and by a blank.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import frozen
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator
from rdkit.Chem.Draw import rdMolDraw2D

from loopwright.core.counts import Counts
from loopwright.core.errors import DataError
from loopwright.core.readings import Part
from loopwright.core.values import Block, Candidate, Features, FloatArray, Kind
from loopwright.modalities.molecules.columns import COLUMNS, REDUCED, columns_of, reduced_of
from loopwright.modalities.molecules.describe import (
    FINGERPRINTS,
    LEAN,
    WIDTH,
    generators,
    letters_of,
)
from loopwright.modalities.molecules.numbers import DESCRIPTORS, numbers_of, on_scale
from loopwright.modalities.molecules.quiet import quiet

__all__ = ["Atoms"]

PX_PER_BOND = 30
"""The picture is as large as the molecule."""

MOST_CELLS = 4_000_000
"""Environments times rows that are looked at at once: 16 MB."""

Table = npt.NDArray[np.float32]
Present = npt.NDArray[np.bool_]


@frozen
class Atoms:
    """Heavy atoms, counted as the canonical SMILES writes them."""

    def parts(self, candidate: Candidate) -> tuple[Part, ...]:
        """Return the atoms; mirror images do not tell two of them apart."""
        mol = _read(candidate)
        alike = Chem.CanonicalRankAtoms(mol, breakTies=False, includeChirality=False)
        return tuple(
            Part(name=f"{a.GetSymbol()}{a.GetIdx() + 1}", alike=rank)
            for a, rank in zip(mol.GetAtoms(), alike, strict=True)
        )

    def describe_parts(
        self, candidate: Candidate, present: Present, kinds: frozenset[Kind]
    ) -> Features:
        """Return one row for each row of ``present`` (m, V)."""
        mol = _read(candidate)
        rests = _Rests.of(mol, present)
        blocks: dict[Kind, Block] = {}
        with quiet():
            for kind in sorted(kinds):
                match kind:
                    case "counts":
                        blocks[kind] = _counted(mol, present, range(len(FINGERPRINTS)), None)
                    case "patterns":
                        reduced = rests.table(reduced_of, np.zeros(REDUCED)).astype(np.int64)
                        blocks[kind] = _counted(mol, present, LEAN, reduced)
                    case "vector":
                        nothing = on_scale(np.zeros((1, len(DESCRIPTORS))))[0]
                        blocks[kind] = rests.table(lambda _: on_scale(rests.numbers), nothing)
                    case "descriptors":
                        blocks[kind] = rests.table(
                            lambda mols: columns_of(mols, rests.numbers), np.zeros(COLUMNS)
                        )
                    case "graph":
                        blocks[kind] = letters_of(_written(mol, present, candidate.text))
        return Features(ids=("",) * len(present), blocks=blocks)

    def depict_parts(
        self, candidate: Candidate, colours: Sequence[str], notes: Sequence[str]
    ) -> str:
        """Return the skeletal formula, each atom on a disc of its colour."""
        mol = _read(candidate)
        discs = {i: _rgb(colour) for i, colour in enumerate(colours) if colour}
        with quiet():
            drawer = rdMolDraw2D.MolDraw2DSVG(-1, -1)
            options: Any = drawer.drawOptions()
            options.clearBackground = False
            options.useBWAtomPalette()
            options.highlightRadius = 0.42
            options.scalingFactor = PX_PER_BOND
            options.annotationFontScale = 0.7
            options.padding = 0.03
            for atom, note in zip(mol.GetAtoms(), notes, strict=True):
                if note:
                    atom.SetProp("atomNote", note)
            rdMolDraw2D.PrepareAndDrawMolecule(
                drawer, mol, highlightAtoms=list(discs), highlightBonds=[],
                highlightAtomColors=discs,
            )  # fmt: skip
            drawer.FinishDrawing()
        svg = str(drawer.GetDrawingText())
        body = svg[svg.index("<svg") :].replace("<!-- END OF HEADER -->\n", "")
        return body.replace("<svg ", '<svg role="img" ', 1).strip()


@frozen(kw_only=True, eq=False)
class _Rests:
    """What remains of a molecule, once for each row; nothing may remain."""

    mols: tuple[Any, ...]
    rows: npt.NDArray[np.intp]
    """Rows that have atoms, in the order of ``mols``."""

    n: int

    @staticmethod
    def of(mol: Any, present: Present) -> _Rests:
        base = Chem.RWMol(mol)
        for atom in base.GetAtoms():
            n_hydrogens = atom.GetTotalNumHs()
            atom.SetNoImplicit(True)
            atom.SetNumExplicitHs(n_hydrogens)
        rows = np.flatnonzero(present.any(axis=1))
        mols = tuple(mol if present[i].all() else _rest(base, present[i]) for i in rows)
        return _Rests(mols=mols, rows=rows, n=len(present))

    @cached_property
    def numbers(self) -> FloatArray:
        """The plain numbers of each rest, which two kinds hold, in their own units."""
        return numbers_of(self.mols)

    def table(self, compute: Any, nothing: npt.NDArray[Any]) -> Table:
        """Return what ``compute`` says of the rests, and ``nothing`` where nothing remains."""
        out = np.tile(nothing.astype(np.float32), (self.n, 1))
        if len(self.rows):
            out[self.rows] = compute(list(self.mols))
        return out


def _written(mol: Any, present: Present, whole: str) -> list[str]:
    """Return each rest as SMILES; what lost a neighbour has no more hydrogens than before."""
    kekule = Chem.Mol(mol)
    Chem.Kekulize(kekule, clearAromaticFlags=True)
    rests = _Rests.of(kekule, present)
    texts = [""] * len(present)
    for row, rest in zip(rests.rows, rests.mols, strict=True):
        texts[row] = whole if present[row].all() else Chem.MolToSmiles(rest)
    return texts


def _rest(base: Any, present: Present) -> Any:
    """Return the atoms that are present, as they are."""
    rest = Chem.RWMol(base)
    rest.BeginBatchEdit()
    for i in np.flatnonzero(~present):
        rest.RemoveAtom(int(i))
    rest.CommitBatchEdit()
    rest.UpdatePropertyCache(strict=False)
    Chem.FastFindRings(rest)
    return rest


def _counted(
    mol: Any, present: Present, which: Sequence[int], beside: npt.NDArray[np.int64] | None
) -> Counts:
    """Count the environments that are whole; other counts behind them."""
    columns, members = [], []
    for offset, place in enumerate(which):
        for column, atoms in _environments(mol, generators()[place], FINGERPRINTS[place][0]):
            columns.append(column + offset * WIDTH)
            members.append(atoms)
    kept, table = _whole(columns, members, present)
    width = len(which) * WIDTH
    if beside is not None:
        table = np.hstack([table, beside])
        kept = np.concatenate([kept, np.arange(beside.shape[1]) + width])
        width += beside.shape[1]
    rows, places = table.nonzero()
    return Counts.of(rows, kept[places], table[rows, places], shape=(len(table), width))


def _whole(
    columns: Sequence[int], members: Sequence[tuple[int, ...]], present: Present
) -> tuple[npt.NDArray[np.int64], Table]:
    """Return distinct columns (k), and how many environments of each are whole, shape (m, k)."""
    from scipy.sparse import csr_matrix

    kept, where = np.unique(np.array(columns, np.int64), return_inverse=True)
    ends = np.cumsum([0, *map(len, members)])
    atoms = np.array([a for group in members for a in group], np.int64)
    n, k = len(members), len(kept)
    inside = csr_matrix((np.ones(ends[-1], np.float32), atoms, ends), (n, present.shape[1]))
    bundle = csr_matrix((np.ones(n, np.float32), (where, np.arange(n))), (k, n))
    table = np.empty((len(present), k), np.float32)
    size = max(1, MOST_CELLS // max(n, 1))
    for start in range(0, len(present), size):
        missing = inside @ (~present[start : start + size]).T.astype(np.float32)
        table[start : start + size] = (bundle @ (missing == 0).astype(np.float32)).T
    return kept, table


def _environments(mol: Any, generator: Any, name: str) -> list[tuple[int, tuple[int, ...]]]:
    """Return (column, its atoms) once for each time that the generator counts."""
    seen = rdFingerprintGenerator.AdditionalOutput()
    seen.AllocateBitInfoMap()
    seen.AllocateBitPaths()
    generator.GetCountFingerprint(mol, additionalOutput=seen)
    if "Morgan" in name:
        balls = seen.GetBitInfoMap()
        return [(c, _ball(mol, *at)) for c in sorted(balls) for at in balls[c]]
    if name == "atom pairs":
        pairs = seen.GetBitInfoMap()
        return [(c, tuple(pair)) for c in sorted(pairs) for pair in pairs[c]]
    paths = seen.GetBitPaths()
    is_of_bonds = name.startswith("paths")
    return [
        (c, _ends(mol, path) if is_of_bonds else tuple(path))
        for c in sorted(paths)
        for path in paths[c]
    ]


def _ends(mol: Any, bonds: Sequence[int]) -> tuple[int, ...]:
    """Return the atoms of some bonds."""
    found = [mol.GetBondWithIdx(b) for b in bonds]
    return tuple(sorted({end for b in found for end in (b.GetBeginAtomIdx(), b.GetEndAtomIdx())}))


def _ball(mol: Any, atom: int, radius: int) -> tuple[int, ...]:
    """Return all atoms within some bonds of one."""
    ball = {atom}
    edge = {atom}
    for _ in range(radius):
        edge = {n.GetIdx() for i in edge for n in mol.GetAtomWithIdx(i).GetNeighbors()} - ball
        ball |= edge
    return tuple(sorted(ball))


def _rgb(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return (red, green, blue)


def _read(candidate: Candidate) -> Any:
    with quiet():
        mol = Chem.MolFromSmiles(candidate.text)
    if mol is None:
        raise DataError(
            "This candidate has no readable SMILES",
            where="candidate",
            remedy="Make candidates with this modality's parse.",
        )
    return mol
