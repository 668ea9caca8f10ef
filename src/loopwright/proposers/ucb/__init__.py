# SPDX-License-Identifier: Apache-2.0
"""Chooses by upper confidence bound, each pick shrinking the doubt about its likes."""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import ge

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN"]


@frozen(kw_only=True)
class Options:
    """Options of the upper confidence bound."""

    beta: float = field(default=1.5, validator=ge(0.0))
    """Standard deviations of doubt that count as promise; 0 is greedy with ties by doubt."""

    last_beta: float = field(default=0.0, validator=ge(0.0))
    """The same for the last batch, after which nothing more can be learnt."""


def _build(options: Options) -> object:
    from loopwright.proposers.ucb.ucb import UpperConfidenceBound

    return UpperConfidenceBound(beta=options.beta, last_beta=options.last_beta)


PLUGIN = Plugin(
    summary="Mean plus doubt, one by one, with variance update (GP-BUCB).",
    source="https://jmlr.org/papers/v15/desautels14a.html",
    options=Options,
    build=_build,
)
