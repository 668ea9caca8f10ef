# SPDX-License-Identifier: Apache-2.0
"""Chooses by expected improvement over the best value known, each pick informing the next."""

from __future__ import annotations

from attrs import frozen

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN"]


@frozen(kw_only=True)
class Options:
    """This proposer has no options."""


def _build(_: Options) -> object:
    from loopwright.proposers.ei.ei import ExpectedImprovement

    return ExpectedImprovement()


PLUGIN = Plugin(
    summary="Largest expected improvement, one by one, with variance update.",
    source="doi:10.1023/A:1008306431147",
    options=Options,
    build=_build,
)
