# SPDX-License-Identifier: Apache-2.0
"""Lists of SMILES, one a line, each with a name behind it if it has one."""

from __future__ import annotations

from attrs import frozen

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN"]


@frozen(kw_only=True)
class Options:
    """The SMILES reader has no options."""


def _build(options: Options) -> object:
    from loopwright.readers.smi.smi import SmiReader

    return SmiReader()


PLUGIN = Plugin(
    summary="SMILES files: a structure and a name on each line, with or without a header.",
    source="https://www.daylight.com/dayhtml/doc/theory/theory.smiles.html",
    examples=("CCO ethanol\nc1ccccc1\tbenzene\nCC\n", "smiles name\nCCO my ethanol\n"),
    options=Options,
    build=_build,
)
