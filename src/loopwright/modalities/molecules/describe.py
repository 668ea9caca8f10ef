# SPDX-License-Identifier: Apache-2.0
"""Fingerprints, descriptors and scaffolds of canonical SMILES, on one processor or on many.

The answer does not depend on the number of processes: rows are cut into chunks, and the
chunks are put together in order.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
from rdkit import Chem, rdBase
from rdkit.Chem import rdFingerprintGenerator, rdMolDescriptors
from safetensors.numpy import load, save

from loopwright.core.counts import Counts
from loopwright.core.values import Block, Features, Kind
from loopwright.data.apart import run_module
from loopwright.modalities.molecules.columns import columns_of, reduced_of
from loopwright.modalities.molecules.crippen import crippen
from loopwright.modalities.molecules.lately import (
    chunks,
    fresh_molecules,
    glimpses,
    molecules,
)

__all__ = [
    "DESCRIPTORS", "FINGERPRINTS", "LEAN", "WIDTH", "describe_texts", "generators", "letters_of",
    "numbers_of", "on_scale",
]  # fmt: skip

WIDTH = 1024
"""Columns of each fingerprint; folding to half of it costs about as much as its noise."""

FINGERPRINTS: tuple[tuple[str, Callable[[], Any]], ...] = (
    ("Morgan, radius 2", lambda: rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=WIDTH)),
    ("Morgan, radius 3", lambda: rdFingerprintGenerator.GetMorganGenerator(radius=3, fpSize=WIDTH)),
    (
        "pharmacophoric Morgan, radius 2",
        lambda: rdFingerprintGenerator.GetMorganGenerator(
            radius=2,
            fpSize=WIDTH,
            atomInvariantsGenerator=rdFingerprintGenerator.GetMorganFeatureAtomInvGen(),
        ),
    ),
    ("atom pairs", lambda: rdFingerprintGenerator.GetAtomPairGenerator(fpSize=WIDTH)),
    (
        "topological torsions",
        lambda: rdFingerprintGenerator.GetTopologicalTorsionGenerator(fpSize=WIDTH),
    ),
    (
        "paths of up to 5 bonds",
        lambda: rdFingerprintGenerator.GetRDKitFPGenerator(maxPath=5, fpSize=WIDTH),
    ),
)
"""(what is counted, its generator); the columns stand side by side in this order.

Six kinds together find more of the best than any one or four of them: see ``docs/log``.
"""

LEAN = (0, 3, 4)
"""Places of the fingerprints that ``patterns`` counts: a quarter of the time of all six."""

PLAIN = ("NumHeavyAtoms", "NumRings", "NumAromaticRings")
"""What ``sketch`` counts beside the smallest Morgan fingerprint, as RDKit names it."""

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

PARALLEL_FROM = 4_000
"""Fewer rows than this are described faster in this very process."""


def describe_texts(
    texts: Sequence[str], kinds: frozenset[Kind], *, n_workers: int = 0
) -> Mapping[Kind, Block]:
    """Return one block per kind, one row per text.

    Args:
        texts: Canonical SMILES.
        kinds: Some of counts, patterns, vector, descriptors, graph and family; or ``sketch``
            alone, for which the texts may be any.
        n_workers: At most so many processes; 0 for one per processor.

    Raises:
        DataError: A text is no SMILES.
    """
    n_cpu = os.cpu_count() or 1
    n_processes = min(n_workers or n_cpu, n_cpu)
    if len(texts) > PARALLEL_FROM and n_processes > 1:
        size = -(-len(texts) // n_processes)
        shares = [texts[i : i + size] for i in range(0, len(texts), size)]
        with ThreadPoolExecutor(len(shares)) as threads:
            parts = list(threads.map(lambda share: _elsewhere(share, kinds), shares))
    else:
        parts = [_here(texts, kinds)]
    return Features.join(parts).blocks


def _elsewhere(texts: Sequence[str], kinds: frozenset[Kind]) -> Features:
    """Describe in a process of its own; where none can be started, or it fails, in this one."""
    asked = json.dumps([list(texts), sorted(kinds)]).encode()
    try:
        run = run_module("loopwright.modalities.molecules.describe", given=asked)
    except OSError:
        return _here(texts, kinds)
    return _here(texts, kinds) if run.returncode else _unpacked(run.stdout)


def _main() -> None:
    """Describe what standard input asks for; answer on standard output."""
    texts, kinds = json.loads(sys.stdin.buffer.read())
    sys.stdout.buffer.write(_packed(_here(texts, frozenset(kinds))))


def _packed(features: Features) -> bytes:
    arrays = features.flat()
    if "family" in features.blocks:
        families = "\n".join(features.blocks["family"])  # type: ignore[arg-type]
        arrays["family"] = np.frombuffer(families.encode(), np.uint8)
    content: bytes = save(arrays)
    return content


def _unpacked(content: bytes) -> Features:
    arrays = load(content)
    features = Features.unflat(arrays)
    if "family" not in arrays:
        return features
    families = np.array(arrays["family"].tobytes().decode().split("\n"), np.str_)
    return Features(ids=features.ids, blocks={**features.blocks, "family": families})


def _here(texts: Sequence[str], kinds: frozenset[Kind]) -> Features:
    """Describe in this process, some rows at a time."""
    return Features.join([_chunk(chunk, kinds) for chunk in chunks(texts)])


def _chunk(texts: tuple[str, ...], kinds: frozenset[Kind]) -> Features:
    with rdBase.BlockLogs():
        # Scaffolds last: finding one leaves a molecule whose reduced graph differs from run to run.
        mols = list(_reader_for(kinds)(texts))
        order = sorted(kinds & _BLOCKS.keys(), key=lambda kind: (kind == "family", kind))
        blocks = {kind: _BLOCKS[kind](mols, list(texts)) for kind in order}
    return Features(ids=("",) * len(texts), blocks=blocks)


def _reader_for(kinds: frozenset[Kind]) -> Callable[[tuple[str, ...]], tuple[Any, ...]]:
    """Return what reads texts so that they can be described as these kinds."""
    if "sketch" in kinds:
        return glimpses
    return fresh_molecules if "family" in kinds else molecules


def _sketch(mols: list[Any], _texts: list[str]) -> Counts:
    """Count what is fastest to count; of an empty molecule, nothing."""
    calculate = _plain().ComputeProperties
    plain = np.array([list(calculate(mol)) for mol in mols], np.int64).reshape(-1, len(PLAIN))
    return _counted(mols, generators()[:1], beside=plain)


def _counts(mols: list[Any], _texts: list[str]) -> Counts:
    """Count substructures of all kinds."""
    return _counted(mols, generators())


def _patterns(mols: list[Any], _texts: list[str]) -> Counts:
    """Count substructures of the kinds that are fast to count, and the reduced graph."""
    lean = tuple(generators()[i] for i in LEAN)
    return _counted(mols, lean, beside=reduced_of(mols))


def _counted(
    mols: list[Any], generators: tuple[Any, ...], beside: npt.NDArray[np.int64] | None = None
) -> Counts:
    """Count substructures; each fingerprint in columns of its own, other counts behind them."""
    rows: list[npt.NDArray[np.int64]] = []
    columns: list[npt.NDArray[np.int64]] = []
    values: list[npt.NDArray[np.int64]] = []
    offset = 0
    for generator in generators:
        found = [f.GetNonzeroElements() for f in generator.GetCountFingerprints(mols)]
        rows.append(np.repeat(np.arange(len(mols)), [len(f) for f in found]))
        columns.append(np.fromiter(chain.from_iterable(found), np.int64) + offset)
        values.append(np.fromiter(chain.from_iterable(f.values() for f in found), np.int64))
        offset += WIDTH
    if beside is not None:
        where = beside.nonzero()
        rows.append(where[0])
        columns.append(where[1] + offset)
        values.append(beside[where])
        offset += beside.shape[1]
    row, column, value = (np.concatenate(part) for part in (rows, columns, values))
    return Counts.of(row, column, value, shape=(len(mols), offset))


@cache
def generators() -> tuple[Any, ...]:
    """Return what counts each of ``FINGERPRINTS``."""
    return tuple(make() for _, make in FINGERPRINTS)


def _vector(mols: list[Any], _texts: list[str]) -> npt.NDArray[np.float32]:
    """Return standardised descriptors; what has no finite value (an ion's charge) is average."""
    return numbers_of(mols)


def numbers_of(mols: list[Any]) -> npt.NDArray[np.float32]:
    """Return the columns of ``vector`` of each molecule."""
    properties = _properties()
    rows = []
    for mol in mols:
        row = list(properties.ComputeProperties(mol))
        row[CRIPPEN:CRIPPEN] = crippen(mol)
        rows.append(row)
    return on_scale(rows)


def on_scale(rows: list[list[float]]) -> npt.NDArray[np.float32]:
    """Return descriptors in their own units on the fixed scale of ``DESCRIPTORS``."""
    centre, spread = (np.array(c) for c in list(zip(*DESCRIPTORS, strict=True))[1:])
    table = np.array(rows, np.float64)
    table = (table.reshape(-1, len(DESCRIPTORS)) - centre) / spread
    table = np.nan_to_num(table, nan=0.0, posinf=FARTHEST, neginf=-FARTHEST)
    cut: npt.NDArray[np.float32] = np.clip(table, -FARTHEST, FARTHEST).astype(np.float32)
    return cut


def _descriptors(mols: list[Any], _texts: list[str]) -> npt.NDArray[np.float32]:
    return columns_of(mols)


@cache
def _plain() -> Any:
    return rdMolDescriptors.Properties(list(PLAIN))


@cache
def _properties() -> Any:
    names = [name for name, _, _ in DESCRIPTORS]
    return rdMolDescriptors.Properties(names[:CRIPPEN] + names[CRIPPEN + 2 :])


def _family(mols: list[Any], texts: list[str]) -> npt.NDArray[Any]:
    """Return the Murcko scaffold of each, or a family of its own for what has no ring."""
    return np.array(list(_scaffolds(mols, texts)), dtype=np.str_)


def _scaffolds(mols: list[Any], texts: list[str]) -> Iterator[str]:
    from rdkit.Chem.Scaffolds import MurckoScaffold  # loads half of RDKit

    scaffold_of: Any = MurckoScaffold.GetScaffoldForMol
    for mol, text in zip(mols, texts, strict=True):
        found = Chem.MolToSmiles(scaffold_of(mol), isomericSmiles=False)
        yield found or f"acyclic:M-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def letters_of(texts: Sequence[str]) -> npt.NDArray[np.uint8]:
    """Return the letters of each SMILES, from which a network reads its own graph."""
    letters = np.array(list(texts) or [""], np.bytes_)
    return letters.view(np.uint8).reshape(len(letters), -1)[: len(texts)]


def _graph(_mols: list[Any], texts: list[str]) -> npt.NDArray[np.uint8]:
    return letters_of(texts)


_BLOCKS: Mapping[Kind, Callable[[list[Any], list[str]], Any]] = {
    "graph": _graph,
    "sketch": _sketch,
    "counts": _counts,
    "patterns": _patterns,
    "descriptors": _descriptors,
    "vector": _vector,
    "family": _family,
}


if __name__ == "__main__":
    _main()
