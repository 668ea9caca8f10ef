# SPDX-License-Identifier: Apache-2.0
"""An exact Gaussian process: a smooth guess that knows how far it is from what was measured."""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import ge

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN"]


@frozen(kw_only=True)
class Options:
    """Options of the Gaussian process."""

    max_rows: int = field(default=5_000, validator=ge(10))
    """Most rows that are used; beyond, a drawn subset. Memory grows with its square."""

    search_rows: int = field(default=500, validator=ge(10))
    """Most rows on which noise, weights and length scale are searched."""


def _build(options: Options) -> object:
    from loopwright.models.gp.gp import GaussianProcess

    return GaussianProcess(max_rows=options.max_rows, search_rows=options.search_rows)


PLUGIN = Plugin(
    summary="Exact Gaussian process on count fingerprints and vectors; censored values included.",
    source="https://gaussianprocess.org/gpml/",
    options=Options,
    build=_build,
)
