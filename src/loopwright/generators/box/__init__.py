# SPDX-License-Identifier: Apache-2.0
"""A space without a list: fresh draws from all of it, and neighbours of the best so far."""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import ge

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN"]


@frozen(kw_only=True)
class Options:
    """Options of the box."""

    n_draws: int = field(default=2_000, validator=ge(1))
    """Candidates drawn from the whole space in each cycle."""

    n_near: int = field(default=128, validator=ge(0))
    """Neighbours of each parent."""

    n_parents: int = field(default=8, validator=ge(0))
    """How many of the best measured candidates become parents."""


def _build(options: Options) -> object:
    from loopwright.generators.box.box import Box

    return Box(n_draws=options.n_draws, n_near=options.n_near, n_parents=options.n_parents)


PLUGIN = Plugin(
    summary="Random draws from a space and neighbours of the best few measured so far.",
    source="own work",
    options=Options,
    build=_build,
)
