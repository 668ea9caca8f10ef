# SPDX-License-Identifier: Apache-2.0
"""Draws one possible truth for each pick and takes its best candidate."""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import ge

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN"]


@frozen(kw_only=True)
class Options:
    """Options of Thompson sampling."""

    shortlist: int = field(default=2_000, validator=ge(2))
    """Candidates with the best upper bound that are drawn jointly; 32 MB at 2,000."""


def _build(options: Options) -> object:
    from loopwright.proposers.thompson.thompson import Thompson

    return Thompson(shortlist=options.shortlist)


PLUGIN = Plugin(
    summary="The best candidate of one drawn truth after another.",
    source="doi:10.1093/biomet/25.3-4.285",
    options=Options,
    build=_build,
)
