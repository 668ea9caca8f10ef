# SPDX-License-Identifier: Apache-2.0
"""Proteins: sequences, mutations of a parent, and chains that belong together."""

from __future__ import annotations

from pathlib import Path

from attrs import field, frozen
from attrs.validators import ge, gt

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN", "Options"]


@frozen(kw_only=True)
class Options:
    """Options of the protein modality."""

    parent: str = ""
    """The sequence that mutations such as ``A23G:K45R`` are counted from; none if blank."""

    first_position: int = field(default=1, validator=ge(0))
    """The number that a mutation gives to the first residue of the parent."""

    chains: tuple[str, ...] = field(default=())
    """Names of the chains that every candidate has, in their order: ``["H", "L"]``. A parent of
    two chains has these names if blank; otherwise any number of chains is taken."""

    max_length: int = field(default=1_000, validator=gt(0))
    """Residues of each chain where chains have names, else of all together, a break counted as
    one; a longer one is refused. Also the columns of the table that models see, for each named
    chain its own, one byte each."""

    embeddings: Path | None = None
    """A folder with the weights of a protein language model (ESM-2 or its kin, as Hugging Face lays
    them out: config.json, vocab.txt, model.safetensors). ``vector`` is then what that model makes
    of each chain, in place of a profile. Needs ``pip install 'loopwright[language]'``."""

    @chains.validator
    def _check_chains(self, _: object, value: tuple[str, ...]) -> None:
        names = [name.lower() for name in value]
        if len(set(names)) < len(names) or not all(n.isalpha() for n in names):
            raise ValueError("each chain needs a name of its own, of letters only")


def _build(options: Options) -> object:
    from loopwright.modalities.proteins.proteins import Proteins

    return Proteins.of(options)


PLUGIN = Plugin(
    summary="Proteins, written as sequences, FASTA records or mutations of a parent (A23G:K45R).",
    source="own work",
    examples=(
        "MQYKLILNGKTLKGETTTEAVDAATAEKVFKQYANDNGVDGEWTYDDATKTFTVTE",
        ">GB1 V39A\nMQYKLILNGKTLKGETTTEAVDAATAEKVFKQYANDNG\nADGEWTYDDATKTFTVTE*",
        "fwaa",
        "VDGV",
        "EVQLVESGGGLVQPGGSLRLSCAAS:DIQMTQSPSSLSASVGDRVTITC",
    ),
    options=Options,
    build=_build,
)
