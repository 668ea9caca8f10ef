# SPDX-License-Identifier: Apache-2.0
"""Evolves the best measured sequence: learns what it needs, and changes the rest."""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import ge, lt

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN", "Options"]


@frozen(kw_only=True)
class Options:
    """Options of the evolution."""

    parents: tuple[str, ...] = ()
    """Sequences to begin with; the catalogue if blank, and where that is blank, draws."""

    n_offers: int = field(default=500, validator=ge(1))
    """Sequences designed in each cycle. Set it to the batch size where no model chooses."""

    positions: tuple[int | str, ...] = ()
    """Positions that may be changed; all if blank. Also from one to another, ``"26-35"``; where
    chains have names, in the one that is named, ``"H:26-35"``."""

    first_position: int = field(default=1, validator=ge(0))
    """The number of the first letter, and of that of each named chain."""

    max_changes: int = field(default=0, validator=ge(0))
    """Most positions that differ from the nearest parent; 0 is no limit."""

    avoid: tuple[str, ...] = ()
    """Motifs of which no offer has more than its nearest parent: ``n_glycosylation``,
    ``deamidation``, ``isomerisation``, ``acid_cleavage``, ``cysteine``, or patterns as ``RGD``."""

    without: str = ""
    """Letters that are never put in."""

    moves: bool = True
    """Whether what belongs together is tried at other places. For motifs that work anywhere
    (peptides, linear motifs, DNA); of little use for folded proteins."""

    tolerance: float = field(default=1e-9, validator=[ge(0.0), lt(1.0)])
    """Values that differ by less than this share are taken as equal: the noise of the assay."""

    length: int = field(default=32, validator=ge(2))
    """Letters of the first draws, of each named chain, where there is nothing to begin with."""


def _build(options: Options) -> object:
    from loopwright.generators.mutate.mutate import Mutate

    return Mutate.of(options)


PLUGIN = Plugin(
    summary="Evolves the best measured sequence; learns from values and failures what to change.",
    source="own work",
    options=Options,
    build=_build,
)
