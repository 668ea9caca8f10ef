# SPDX-License-Identifier: Apache-2.0
"""Fingerprints, descriptors and scaffolds of canonical SMILES, on one processor or on many.

The answer does not depend on the number of processes: rows are cut into chunks, and the
chunks are put together in order.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache, partial
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
from rdkit import Chem, rdBase
from rdkit.Chem import rdFingerprintGenerator, rdMolDescriptors
from rdkit.Chem.Scaffolds import MurckoScaffold

from loopwright.core.errors import DataError
from loopwright.core.values import Block, Counts, Features, Kind

__all__ = ["DESCRIPTORS", "FINGERPRINTS", "describe_texts"]

FINGERPRINTS: tuple[tuple[str, int, Callable[[int], Any]], ...] = (
    (
        "Morgan, radius 2",
        2048,
        lambda width: rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=width),
    ),
    (
        "atom pairs",
        2048,
        lambda width: rdFingerprintGenerator.GetAtomPairGenerator(fpSize=width),
    ),
    (
        "topological torsions",
        1024,
        lambda width: rdFingerprintGenerator.GetTopologicalTorsionGenerator(fpSize=width),
    ),
)
"""(what is counted, columns, its generator); the columns stand side by side in this order."""

DESCRIPTORS = (
    "amw", "NumHeavyAtoms", "NumHeteroatoms", "NumHBD", "NumHBA", "lipinskiHBD", "lipinskiHBA",
    "NumRotatableBonds", "NumAmideBonds", "FractionCSP3", "NumRings", "NumAromaticRings",
    "NumAliphaticRings", "NumSaturatedRings", "NumAromaticHeterocycles",
    "NumAliphaticHeterocycles", "NumSpiroAtoms", "NumBridgeheadAtoms", "NumAtomStereoCenters",
    "labuteASA", "tpsa", "CrippenClogP", "CrippenMR", "chi0v", "chi1v", "hallKierAlpha",
    "kappa1",
)  # fmt: skip
"""RDKit's names; the columns of ``vector``."""

PARALLEL_FROM = 4_000
"""Fewer rows than this are described faster in this very process."""

CHUNK = 500

_Part = dict[Kind, Any]


def describe_texts(
    texts: Sequence[str], kinds: frozenset[Kind], *, n_workers: int = 0
) -> Mapping[Kind, Block]:
    """Return one block per kind, one row per text.

    Args:
        texts: Canonical SMILES.
        kinds: Some of counts, vector and family.
        n_workers: At most so many processes; 0 for one per processor.

    Raises:
        DataError: A text is no SMILES.
    """
    chunks = [list(texts[i : i + CHUNK]) for i in range(0, len(texts), CHUNK)] or [[]]
    n_cpu = os.cpu_count() or 1
    n_processes = min(n_workers or n_cpu, n_cpu, len(chunks))
    work = partial(_describe_chunk, kinds=kinds)
    if len(texts) > PARALLEL_FROM and n_processes > 1:
        parts = _on_many(work, chunks, n_processes)
    else:
        parts = [work(chunk) for chunk in chunks]
    if any(part is None for part in parts):
        raise DataError(
            "A candidate to be described is no readable SMILES",
            where="candidate",
            remedy="Make candidates with this modality's parse.",
        )
    return Features.join(
        [Features(ids=("",) * len(c), blocks=p or {}) for c, p in zip(chunks, parts, strict=True)]
    ).blocks


def _on_many(
    work: Callable[[list[str]], _Part | None], chunks: list[list[str]], n_processes: int
) -> list[_Part | None]:
    """Spread chunks over fresh processes; where none can be started, work in this one."""
    try:
        with ProcessPoolExecutor(
            n_processes, mp_context=multiprocessing.get_context("spawn")
        ) as pool:
            return list(pool.map(work, chunks))
    except (BrokenProcessPool, OSError):
        return [work(chunk) for chunk in chunks]


def _describe_chunk(texts: list[str], *, kinds: frozenset[Kind]) -> _Part | None:
    """Return the blocks of some rows; None if a text cannot be read (errors do not travel)."""
    with rdBase.BlockLogs():
        mols = [Chem.MolFromSmiles(t) for t in texts]
        if any(m is None for m in mols):
            return None
        part: _Part = {}
        for kind in sorted(kinds):
            part[kind] = _BLOCKS[kind](mols, texts)
        return part


def _counts(mols: list[Any], _texts: list[str]) -> Counts:
    """Count substructures; each fingerprint in columns of its own."""
    rows: list[npt.NDArray[np.int64]] = []
    columns: list[npt.NDArray[np.int64]] = []
    values: list[npt.NDArray[np.int64]] = []
    offset = 0
    for generator, (_, width, _) in zip(_generators(), FINGERPRINTS, strict=True):
        found = [f.GetNonzeroElements() for f in generator.GetCountFingerprints(mols)]
        rows.append(np.repeat(np.arange(len(mols)), [len(f) for f in found]))
        columns.append(np.fromiter(chain.from_iterable(found), np.int64) + offset)
        values.append(np.fromiter(chain.from_iterable(f.values() for f in found), np.int64))
        offset += width
    row, column, value = (np.concatenate(part) for part in (rows, columns, values))
    order = np.lexsort((column, row))
    return Counts(
        indptr=np.searchsorted(row[order], np.arange(len(mols) + 1)).astype(np.int64),
        indices=column[order].astype(np.int32),
        values=np.minimum(value[order], np.iinfo(np.uint16).max).astype(np.uint16),
        width=offset,
    )


@cache
def _generators() -> tuple[Any, ...]:
    return tuple(make(width) for _, width, make in FINGERPRINTS)


def _vector(mols: list[Any], _texts: list[str]) -> npt.NDArray[np.float32]:
    """Return descriptors; what has no finite value (an ion's charge, say) is zero."""
    properties = _properties()
    limit = float(np.finfo(np.float32).max)
    table = np.array([list(properties.ComputeProperties(m)) for m in mols], np.float64)
    table = np.nan_to_num(table.reshape(-1, len(DESCRIPTORS)), posinf=0.0, neginf=0.0)
    return np.clip(table, -limit, limit).astype(np.float32)


@cache
def _properties() -> Any:
    return rdMolDescriptors.Properties(list(DESCRIPTORS))


def _family(mols: list[Any], texts: list[str]) -> npt.NDArray[Any]:
    """Return the Murcko scaffold of each, or a family of its own for what has no ring."""
    return np.array(list(_scaffolds(mols, texts)), dtype=np.str_)


def _scaffolds(mols: list[Any], texts: list[str]) -> Iterator[str]:
    scaffold_of: Any = MurckoScaffold.GetScaffoldForMol
    for mol, text in zip(mols, texts, strict=True):
        found = Chem.MolToSmiles(scaffold_of(mol), isomericSmiles=False)
        yield found or f"acyclic:M-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


_BLOCKS: Mapping[Kind, Callable[[list[Any], list[str]], Any]] = {
    "counts": _counts,
    "vector": _vector,
    "family": _family,
}
