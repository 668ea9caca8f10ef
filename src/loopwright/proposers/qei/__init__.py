# SPDX-License-Identifier: Apache-2.0
"""Chooses the batch whose best is expected to beat the best known by most."""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import ge

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN"]


@frozen(kw_only=True)
class Options:
    """Options of the joint expected improvement."""

    draws: int = field(default=1024, validator=ge(2))
    """Possible truths over which the improvement is averaged."""

    shortlist: int = field(default=400, validator=ge(2))
    """Candidates that are drawn jointly, those of the largest expected improvement alone."""


def _build(options: Options) -> object:
    from loopwright.proposers.qei.qei import JointImprovement

    return JointImprovement(draws=options.draws, shortlist=options.shortlist)


PLUGIN = Plugin(
    summary="Expected improvement of the batch as a whole (q-EI), over joint draws.",
    source="doi:10.1007/978-3-642-10701-6_6",
    options=Options,
    build=_build,
)
