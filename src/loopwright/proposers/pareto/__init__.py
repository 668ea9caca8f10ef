# SPDX-License-Identifier: Apache-2.0
"""Chooses for several goals at once: the batch that promises the largest hypervolume."""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import ge

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN"]


@frozen(kw_only=True)
class Options:
    """Options of the choice for several goals."""

    draws: int = field(default=64, validator=ge(2))
    """Possible truths over which the gain is averaged."""

    shortlist: int = field(default=600, validator=ge(2))
    """Candidates that are drawn jointly; they lead for one weighting of the goals at least."""


def _build(options: Options) -> object:
    from loopwright.proposers.pareto.pareto import Pareto

    return Pareto(draws=options.draws, shortlist=options.shortlist)


PLUGIN = Plugin(
    summary="Largest expected gain in hypervolume over all goals, by joint draws.",
    source="doi:10.1109/TEVC.2005.859463",
    options=Options,
    build=_build,
)
