# SPDX-License-Identifier: Apache-2.0
"""FASTA: a header behind ``>``, then the sequence on one line or on many."""

from __future__ import annotations

from attrs import frozen

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN"]


@frozen(kw_only=True)
class Options:
    """The FASTA reader has no options."""


def _build(options: Options) -> object:
    from loopwright.readers.fasta.fasta import FastaReader

    return FastaReader()


PLUGIN = Plugin(
    summary="FASTA files: each record becomes a row of sequence, name and description.",
    source="https://www.ncbi.nlm.nih.gov/genbank/fastaformat/",
    examples=(
        ">wt parent of all\nMQYKLILN\nGKTLKGET\n>v1\nMQFKLILNGKTLKGET\n",
        ">sp|P06654|SPG1 protein G\nMEKEKKVKYF*\n",
    ),
    options=Options,
    build=_build,
)
