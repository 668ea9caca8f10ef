# SPDX-License-Identifier: Apache-2.0
"""Draws the batch: the bar that every other proposer must clear."""

from __future__ import annotations

from attrs import frozen

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN"]


@frozen(kw_only=True)
class Options:
    """This proposer has no options."""


def _build(_: Options) -> object:
    from loopwright.proposers.random.random import Random

    return Random()


PLUGIN = Plugin(summary="A random batch.", source="own work", options=Options, build=_build)
