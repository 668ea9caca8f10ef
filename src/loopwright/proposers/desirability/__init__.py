# SPDX-License-Identifier: Apache-2.0
"""Chooses for a profile of goals: the batch whose best is expected to have most of it."""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import ge

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN"]


@frozen(kw_only=True)
class Options:
    """Options of the choice by desirability."""

    draws: int = field(default=256, validator=ge(2))
    """Possible truths over which the desirability is averaged."""

    shortlist: int = field(default=600, validator=ge(2))
    """Candidates that are drawn jointly; they lead for one weighting of the goals at least."""


def _build(options: Options) -> object:
    from loopwright.proposers.desirability.desirability import Desirability

    return Desirability(draws=options.draws, shortlist=options.shortlist)


PLUGIN = Plugin(
    summary="Weighted geometric mean of desirabilities, with doubt, best of the batch.",
    source="doi:10.1080/00224065.1980.11980968",
    options=Options,
    build=_build,
)
