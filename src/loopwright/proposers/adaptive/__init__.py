# SPDX-License-Identifier: Apache-2.0
"""Chooses by the upper confidence bound that finds most in the batches left, played ahead."""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import ge, min_len

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN"]


@frozen(kw_only=True)
class Options:
    """Options of the adaptive upper confidence bound."""

    betas: tuple[float, ...] = field(default=(0.0, 0.5, 1.0, 1.5, 2.0), validator=min_len(1))
    """Degrees of exploring that compete: standard deviations of doubt that count as promise."""

    worlds: int = field(default=16, validator=ge(1))
    """Possible truths in which they compete."""


def _build(options: Options) -> object:
    from loopwright.proposers.adaptive.adaptive import Adaptive

    return Adaptive(betas=options.betas, n_worlds=options.worlds)


PLUGIN = Plugin(
    summary="Upper confidence bound that finds most in the batches left, played in drawn worlds.",
    source="https://papers.nips.cc/paper/6188",
    options=Options,
    build=_build,
)
