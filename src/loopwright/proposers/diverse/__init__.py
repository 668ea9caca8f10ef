# SPDX-License-Identifier: Apache-2.0
"""Spreads the batch: the choice to make while no model is of use."""

from __future__ import annotations

from attrs import frozen

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN"]


@frozen(kw_only=True)
class Options:
    """This proposer has no options."""


def _build(_: Options) -> object:
    from loopwright.proposers.diverse.diverse import Diverse

    return Diverse()


PLUGIN = Plugin(
    summary="Candidates as unlike each other and the measured ones as possible.",
    source="doi:10.1080/00401706.1969.10490666",
    options=Options,
    build=_build,
)
