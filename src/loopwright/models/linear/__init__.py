# SPDX-License-Identifier: Apache-2.0
"""A weighted sum of everything that was counted: hard to beat on little data, easy to read."""

from __future__ import annotations

from attrs import frozen

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN"]


@frozen(kw_only=True)
class Options:
    """The linear model has no options: its penalty follows from the data."""


def _build(_: Options) -> object:
    from loopwright.models.linear.linear import Linear

    return Linear()


PLUGIN = Plugin(
    summary="Ridge regression of a number, logistic regression of a class.",
    source="doi:10.1080/00401706.1970.10488634",
    options=Options,
    build=_build,
)
