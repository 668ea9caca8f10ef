# SPDX-License-Identifier: Apache-2.0
"""A combinatorial library: every combination of the letters allowed at a few sites of a parent."""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import ge

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN", "Options"]


@frozen(kw_only=True)
class Options:
    """Options of the library."""

    parent: str = ""
    """The sequence whose sites vary; of proteins ``WT`` is the parent of the modality."""

    sites: tuple[str, ...] = ()
    """Each as its letter, its position, and the letters allowed there: ``V39AVF``; ``V39*`` allows
    every letter. Where chains have names, in the chain that is named: ``H:S52STA``. They are
    letters of the sequence, not codons: ``V39NDT`` allows N, D and T."""

    first_position: int = field(default=1, validator=ge(0))
    """The number of the first letter of the parent, and of each named chain of it."""

    most: int = field(default=20_000, validator=ge(1))
    """Sequences offered in a cycle; of a larger library so many are drawn anew each time."""

    avoid: tuple[str, ...] = ()
    """Motifs of which no offer has more than the parent: ``n_glycosylation``, ``deamidation``,
    ``isomerisation``, ``acid_cleavage``, ``cysteine``, or patterns such as ``RGD``."""


def _build(options: Options) -> object:
    from loopwright.generators.site_library.library import SiteLibrary

    return SiteLibrary.of(options)


PLUGIN = Plugin(
    summary="All combinations of the letters allowed at a few sites of a parent, or a sample.",
    source="own work",
    options=Options,
    build=_build,
)
