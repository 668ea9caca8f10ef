# SPDX-License-Identifier: Apache-2.0
"""Chooses by what a pick finds and by what it tells the batches that are still to come."""

from __future__ import annotations

from attrs import frozen

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN"]


@frozen(kw_only=True)
class Options:
    """There is nothing to set: calibration and the batches left do."""


def _build(_: Options) -> object:
    from loopwright.proposers.knowledge.knowledge import Knowledge

    return Knowledge()


PLUGIN = Plugin(
    summary="What a pick is expected to find, and what it tells the batches still to come.",
    source="doi:10.1287/ijoc.1080.0314",
    options=Options,
    build=_build,
)
