# SPDX-License-Identifier: Apache-2.0
"""Predicts the level of what it has seen: the bar that every other model must clear."""

from __future__ import annotations

from attrs import frozen

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN"]


@frozen(kw_only=True)
class Options:
    """The mean has no options."""


def _build(_: Options) -> object:
    from loopwright.models.mean.mean import Mean

    return Mean()


PLUGIN = Plugin(
    summary="The mean of what was measured, for every candidate.",
    source="own work",
    options=Options,
    build=_build,
)
