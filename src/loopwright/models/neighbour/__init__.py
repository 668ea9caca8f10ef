# SPDX-License-Identifier: Apache-2.0
"""Repeats the value of the most similar measured candidate: the second bar to clear."""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import ge

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN"]


@frozen(kw_only=True)
class Options:
    """Options of the nearest neighbour."""

    k: int = field(default=1, validator=ge(1))
    """How many neighbours are averaged, weighted by similarity."""


def _build(options: Options) -> object:
    from loopwright.models.neighbour.neighbour import Neighbour

    return Neighbour(k=options.k)


PLUGIN = Plugin(
    summary="The value of the most similar measured candidate.",
    source="doi:10.1109/TIT.1967.1053964",
    options=Options,
    build=_build,
)
