# SPDX-License-Identifier: Apache-2.0
"""Small organic molecules, told apart by their standardised SMILES."""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import deep_iterable, ge, gt, in_

from loopwright.core.plugin import Plugin

__all__ = ["DOUBT_WORDS", "PLUGIN"]

DOUBT_WORDS = ("mixture", "inorganic", "metal", "radical", "tiny", "large", "relative")
"""Why a structure can be doubted."""


@frozen(kw_only=True)
class Options:
    """Options of the molecule modality."""

    max_smiles_length: int = field(default=2_000, validator=gt(0))
    """Characters; a longer SMILES is refused before anything reads it."""

    max_atoms: int = field(default=500, validator=gt(0))
    """Heavy atoms; a larger molecule is refused."""

    n_workers: int = field(default=0, validator=ge(0))
    """Processes that describe large pools; 0 takes one for each processor, 1 takes none."""

    accept: tuple[str, ...] = field(default=(), validator=deep_iterable(in_(DOUBT_WORDS)))
    """Doubts about structures that a person has accepted: mixture, inorganic, metal, radical,
    tiny, large, relative (see ``docs/structures.md``). Such rows are loaded and learned from."""


def _build(options: Options) -> object:
    from loopwright.modalities.molecules.molecules import Molecules

    return Molecules(
        max_smiles_length=options.max_smiles_length,
        max_atoms=options.max_atoms,
        n_workers=options.n_workers,
        accept=options.accept,
    )


PLUGIN = Plugin(
    summary="Small molecules, written as SMILES or mol blocks; salts and charges are taken off.",
    source="https://www.rdkit.org",
    examples=(
        "CCO",
        "CC(=O)Oc1ccccc1C(=O)[O-].[Na+]",
        "C[C@H](N)C(=O)O",
        "c1ccc2c(c1)[nH]c1ccccc12",
        "[O-][N+](=O)c1ccc(Cl)cc1",
    ),
    options=Options,
    build=_build,
)
