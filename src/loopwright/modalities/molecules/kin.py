# SPDX-License-Identifier: Apache-2.0
"""Which molecules could be one compound drawn otherwise: equal in the first block of the InChIKey.

An InChI costs more than reading the molecule. So a cheap key that kin must share is computed for
all, and InChIs only where two molecules share it. Large lists are spread over processes.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice
from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import define, field, frozen
from rdkit import Chem

from loopwright.core.errors import DataError
from loopwright.core.readings import Kin
from loopwright.core.values import Candidate
from loopwright.data.apart import run_module
from loopwright.modalities.molecules.parts import METALS
from loopwright.modalities.molecules.quiet import quiet

__all__ = ["KinFinder", "graph_keys", "skeletons"]

PARALLEL_FROM = 20_000
"""Fewer molecules than this are done faster in this very process."""

REMEMBERED = 100_000
"""Keys of so many at most are kept for the next time; longer lists are done in such blocks."""

CHUNK = 5_000

ROUNDS = 3
"""Bonds across which an atom sees its neighbours in the cheap key."""


@define(kw_only=True)
class KinFinder:
    """Finds kin; computes each key of a small list once."""

    n_workers: int = 0
    """At most so many processes; 0 for one per processor."""

    _graphs: dict[str, int] = field(factory=dict, init=False, repr=False)
    _skeletons: dict[str, str] = field(factory=dict, init=False, repr=False)

    def find(self, candidates: Sequence[Candidate], others: Sequence[Candidate]) -> tuple[Kin, ...]:
        """Return groups of one skeleton with one of ``candidates`` in each, sorted by skeleton."""
        near = self._near(candidates, others)
        asked = {c.text for c in near if c.is_new}
        ids = {c.text: c.id for c in near}
        texts = sorted(ids)
        new = [t for t in texts if t not in self._skeletons]
        self._skeletons.update(zip(new, _keys("skeleton", new, self.n_workers), strict=True))
        groups: dict[str, list[str]] = {}
        for text in texts:
            if key := self._skeletons[text]:
                groups.setdefault(key, []).append(text)
        return tuple(
            Kin(key=key, ids=tuple(ids[t] for t in found), what=_difference(found))
            for key, found in sorted(groups.items())
            if len(found) > 1 and not asked.isdisjoint(found)
        )

    def _near(self, candidates: Sequence[Candidate], others: Sequence[Candidate]) -> list[_Near]:
        """Return those that share their graph with another; one of the two is asked for."""
        graphs = np.concatenate([self._keyed(candidates), self._keyed(others)])
        values, counts = np.unique(graphs, return_counts=True)
        asked = graphs[: len(candidates)]
        wanted = np.intersect1d(values[counts > 1], asked)
        is_near = np.isin(graphs, wanted).tolist()
        both = enumerate(chain(candidates, others))
        return [
            _Near(id=c.id, text=c.text, is_new=place < len(candidates))
            for place, c in both
            if is_near[place]
        ]

    def _keyed(self, candidates: Sequence[Candidate]) -> npt.NDArray[np.uint64]:
        """Return the graph's key of each candidate."""
        if len(candidates) > REMEMBERED:
            blocks = _blocks(c.text for c in candidates)
            parts = (_keys("graph", block, self.n_workers) for block in blocks)
            return np.concatenate([np.array(part, np.uint64) for part in parts])
        texts = [c.text for c in candidates]
        new = list(dict.fromkeys(t for t in texts if t not in self._graphs))
        self._graphs.update(zip(new, _keys("graph", new, self.n_workers), strict=True))
        return np.array([self._graphs[t] for t in texts], np.uint64)


@frozen(kw_only=True)
class _Near:
    """A candidate that may have kin."""

    id: str
    text: str
    is_new: bool


def _blocks(texts: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(texts)
    return iter(lambda: list(islice(rest, REMEMBERED)), [])


def graph_keys(texts: Sequence[str]) -> list[int]:
    """Return hashes of elements and connections: equal for all that share a skeleton.

    Bond orders, hydrogens, charges, stereo, isotopes and bonds to metals do not count, because
    the InChI's first block leaves them open or derives them. The texts are taken for canonical
    SMILES; no molecule is made of them.
    """
    keys: list[int] = []
    for start in range(0, len(texts), CHUNK):
        graphs = [_graph(text) for text in texts[start : start + CHUNK]]
        ends = np.cumsum([0, *(len(numbers) for numbers, _ in graphs)])
        numbers = np.array([n for one, _ in graphs for n in one], np.uint64)
        shifted = [np.array(e, np.int64).reshape(-1, 2) + at
                   for (_, e), at in zip(graphs, ends, strict=False)]  # fmt: skip
        bonds = np.concatenate(shifted)
        bonds = bonds[~_LOOSE[numbers[bonds]].any(axis=1)]
        keys += _hashes(numbers, bonds, ends[:-1]).tolist()
    return keys


def _hashes(
    numbers: npt.NDArray[np.uint64], bonds: npt.NDArray[np.int64], starts: npt.NDArray[np.int64]
) -> npt.NDArray[np.uint64]:
    """Return one hash for each molecule: the sum over atoms of what each sees around it."""
    seen = _mixed(numbers)
    for _ in range(ROUNDS):
        around = np.zeros_like(seen)
        np.add.at(around, bonds[:, 0], seen[bonds[:, 1]])
        np.add.at(around, bonds[:, 1], seen[bonds[:, 0]])
        seen = _mixed(seen * np.uint64(3) + around)
    seen[numbers == HYDROGEN] = 0
    sums: npt.NDArray[np.uint64] = np.add.reduceat(seen, starts)
    return sums


_TOKEN = re.compile(
    r"\[\d*([A-Z][a-z]?|[a-z]{1,2})[^]]*\]|(Cl|Br|[BCNOPSFIbcnops])|([().])|%(\d\d)|%\((\d+)\)|(\d)"
)
HYDROGEN = 0
"""Code of an atom that does not count."""

_CODES = {
    written: number
    for number in range(2, 119)
    for symbol in [Chem.GetPeriodicTable().GetElementSymbol(number)]
    for written in (symbol, symbol.lower())
}


_LOOSE = np.array([n < 2 or Chem.GetPeriodicTable().GetElementSymbol(n) in METALS
                   for n in range(119)])  # fmt: skip


def _graph(text: str) -> tuple[list[int], list[tuple[int, int]]]:
    """Return code of each atom, and the bonds as pairs of places, as a SMILES text has them."""
    codes: list[int] = []
    bonds: list[tuple[int, int]] = []
    branches: list[int] = []
    rings: dict[str, int] = {}
    last = -1
    for token in _TOKEN.finditer(text):
        kind = token.lastindex or 0
        said = token[kind]
        if kind <= 2:
            if last >= 0:
                bonds.append((last, len(codes)))
            last = len(codes)
            codes.append(_CODES.get(said, HYDROGEN))
        elif said == "(":
            branches.append(last)
        elif said == ")":
            last = branches.pop()
        elif said == ".":
            last = -1
        elif said in rings:
            bonds.append((rings.pop(said), last))
        else:
            rings[said] = last
    return codes, bonds


def _mixed(codes: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Scatter whole numbers over 64 bits (the finaliser of SplitMix64)."""
    codes = (codes ^ (codes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    codes = (codes ^ (codes >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: npt.NDArray[np.uint64] = codes ^ (codes >> np.uint64(31))
    return mixed


def skeletons(texts: Sequence[str]) -> list[str]:
    """Return first blocks of standard InChIKeys; blank where a molecule has no InChI."""
    to_key: Any = Chem.MolToInchiKey
    return [str(to_key(Chem.MolFromSmiles(t), options="-W1")).partition("-")[0] for t in texts]


_KEYS: Mapping[str, Callable[[Sequence[str]], list[Any]]] = {
    "graph": graph_keys,
    "skeleton": skeletons,
}


def _keys(what: str, texts: Sequence[str], n_workers: int) -> list[Any]:
    """Return one key for each text, in order."""
    n_cpu = os.cpu_count() or 1
    n_processes = min(n_workers or n_cpu, n_cpu)
    if len(texts) < PARALLEL_FROM or n_processes < 2:
        return _here(what, texts)
    size = -(-len(texts) // n_processes)
    shares = [texts[i : i + size] for i in range(0, len(texts), size)]
    with ThreadPoolExecutor(len(shares)) as threads:
        parts = list(threads.map(lambda share: _elsewhere(what, share), shares))
    return [key for part in parts for key in part]


def _elsewhere(what: str, texts: Sequence[str]) -> list[Any]:
    """Answer in a process of its own; where none can be started, or it fails, in this one."""
    asked = json.dumps([what, list(texts)]).encode()
    try:
        run = run_module("loopwright.modalities.molecules.kin", given=asked)
    except OSError:
        return _here(what, texts)
    if run.returncode:
        return _here(what, texts)
    keys: list[Any] = json.loads(run.stdout)
    return keys


def _here(what: str, texts: Sequence[str]) -> list[Any]:
    try:
        with quiet():
            return _KEYS[what](texts)
    except (AttributeError, ValueError, RuntimeError) as ex:
        raise DataError(
            "A candidate to be compared is no readable SMILES",
            where="candidate",
            remedy="Make candidates with this modality's parse.",
        ) from ex


# ---- how they differ
def _difference(texts: Sequence[str]) -> str:
    """Return in words how molecules of one skeleton differ."""
    found = [_Drawn(text) for text in texts]
    words: list[str] = []
    by_flat: dict[str, list[_Drawn]] = {}
    for one in found:
        by_flat.setdefault(one.flat, []).append(one)
    for same in by_flat.values():
        if len({d.unlabelled for d in same}) > 1:
            is_open = any(d.unlabelled == d.flat for d in same)
            words.append("stereo, left open in one of them" if is_open else "stereo")
        if any(d.is_labelled for d in same) and len(same) > len({d.unlabelled for d in same}):
            words.append("isotopes")
    if len({d.charge for d in found}) > 1:
        words.append("charge")
    if len({d.flat for d in found}) > len({d.charge for d in found}):
        words.append("place of hydrogens and double bonds (tautomers)")
    return "; ".join(dict.fromkeys(words)) or "the way a bond is drawn"


class _Drawn:
    """One molecule with what tells it from its kin."""

    def __init__(self, text: str) -> None:
        mol = Chem.MolFromSmiles(text)
        self.charge = Chem.GetFormalCharge(mol)
        self.is_labelled = any(a.GetIsotope() for a in mol.GetAtoms())
        for atom in mol.GetAtoms():
            atom.SetIsotope(0)
        mol = Chem.RemoveHs(mol)
        self.unlabelled = str(Chem.MolToSmiles(mol))
        self.flat = str(Chem.MolToSmiles(mol, isomericSmiles=False))


def _main() -> None:
    """Answer what standard input asks for, on standard output."""
    what, texts = json.loads(sys.stdin.buffer.read())
    sys.stdout.write(json.dumps(_here(what, texts)))


if __name__ == "__main__":
    _main()
