# SPDX-License-Identifier: Apache-2.0
"""A Gaussian process on sequences: two are alike as far as the letters at each place are alike."""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import ge

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN"]


@frozen(kw_only=True)
class Options:
    """Options of the process on sequences."""

    max_rows: int = field(default=3_000, validator=ge(10))
    """Most rows that are used; beyond, a drawn subset. Memory grows with its square."""

    search_rows: int = field(default=600, validator=ge(10))
    """Most rows on which noise, weights of positions and likeness of letters are searched."""


def _build(options: Options) -> object:
    from loopwright.models.sequence.sequence import SequenceProcess

    return SequenceProcess(max_rows=options.max_rows, search_rows=options.search_rows)


PLUGIN = Plugin(
    summary="Gaussian process on aligned sequences, with a learned weight for every position.",
    source="https://gaussianprocess.org/gpml/",
    options=Options,
    build=_build,
)
