# SPDX-License-Identifier: Apache-2.0
"""Trusts the mean and ignores the doubt."""

from __future__ import annotations

from attrs import frozen

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN"]


@frozen(kw_only=True)
class Options:
    """This proposer has no options."""


def _build(_: Options) -> object:
    from loopwright.proposers.greedy.greedy import Greedy

    return Greedy()


PLUGIN = Plugin(
    summary="The best predicted values.", source="own work", options=Options, build=_build
)
