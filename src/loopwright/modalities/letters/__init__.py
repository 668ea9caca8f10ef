# SPDX-License-Identifier: Apache-2.0
"""Rows of letters of any alphabet: DNA, peptides with residues of one's own, test functions."""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import gt, matches_re

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN", "Options"]


@frozen(kw_only=True)
class Options:
    """Options of the letters."""

    letters: str = field(default="ACGT", validator=matches_re(r"[!-~]{2,42}"))
    """The alphabet: 2 to 42 different printable characters; a and A are two letters."""

    max_length: int = field(default=200, validator=gt(0))
    """A longer row is refused. Also the columns of the table that models see, one byte each."""


def _build(options: Options) -> object:
    from loopwright.modalities.letters.letters import Letters

    return Letters.of(options)


PLUGIN = Plugin(
    summary="Rows of letters of any alphabet (DNA, unnatural residues), compared place by place.",
    source="own work",
    examples=("GATTACA", "ACGTTGCATT", "TTTT"),
    options=Options,
    build=_build,
)
