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
from attrs import frozen
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator, rdMolDescriptors
from safetensors.numpy import load, save

from loopwright.core.counts import Counts
from loopwright.core.values import Block, Features, Kind
from loopwright.data.apart import run_module
from loopwright.modalities.molecules.columns import columns_of, reduced_of
from loopwright.modalities.molecules.lately import (
    chunks,
    glimpses,
    molecules,
)
from loopwright.modalities.molecules.numbers import numbers_of_texts, on_scale
from loopwright.modalities.molecules.quiet import quiet

__all__ = [
    "FINGERPRINTS", "LEAN", "WIDTH", "describe_texts", "generators", "letters_of",
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
    with quiet():
        read = glimpses if "sketch" in kinds else molecules
        rows = _Rows(mols=list(read(texts)), texts=texts)
        blocks = {kind: _BLOCKS[kind](rows) for kind in sorted(kinds & _BLOCKS.keys())}
    return Features(ids=("",) * len(texts), blocks=blocks)


@frozen(kw_only=True, eq=False)
class _Rows:
    """Some rows as they are read."""

    mols: list[Any]
    texts: tuple[str, ...]


def _sketch(rows: _Rows) -> Counts:
    """Count what is fastest to count; of an empty molecule, nothing."""
    calculate = _plain().ComputeProperties
    plain = [list(calculate(mol)) for mol in rows.mols]
    beside = np.array(plain, np.int64).reshape(-1, len(PLAIN))
    return _counted(rows.mols, generators()[:1], beside=beside)


def _counts(rows: _Rows) -> Counts:
    """Count substructures of all kinds."""
    return _counted(rows.mols, generators())


def _patterns(rows: _Rows) -> Counts:
    """Count substructures of the kinds that are fast to count, and the reduced graph."""
    lean = tuple(generators()[i] for i in LEAN)
    return _counted(rows.mols, lean, beside=reduced_of(rows.mols))


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


@cache
def _plain() -> Any:
    return rdMolDescriptors.Properties(list(PLAIN))


def _family(rows: _Rows) -> npt.NDArray[Any]:
    """Return the Murcko scaffold of each, or a family of its own for what has no ring."""
    return np.array(list(_scaffolds(rows)), dtype=np.str_)


def _scaffolds(rows: _Rows) -> Iterator[str]:
    from rdkit.Chem.Scaffolds import MurckoScaffold  # loads half of RDKit

    scaffold_of: Any = MurckoScaffold.GetScaffoldForMol
    for mol, text in zip(rows.mols, rows.texts, strict=True):
        found = Chem.MolToSmiles(scaffold_of(mol), isomericSmiles=False)
        yield found or f"acyclic:M-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def letters_of(texts: Sequence[str]) -> npt.NDArray[np.uint8]:
    """Return the letters of each SMILES, from which a network reads its own graph."""
    letters = np.array(list(texts) or [""], np.bytes_)
    return letters.view(np.uint8).reshape(len(letters), -1)[: len(texts)]


_BLOCKS: Mapping[Kind, Callable[[_Rows], Any]] = {
    "graph": lambda rows: letters_of(rows.texts),
    "sketch": _sketch,
    "counts": _counts,
    "patterns": _patterns,
    "descriptors": lambda rows: columns_of(rows.mols, numbers_of_texts(rows.texts)),
    "vector": lambda rows: on_scale(numbers_of_texts(rows.texts)),
    "family": _family,
}


if __name__ == "__main__":
    _main()
