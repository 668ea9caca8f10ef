# SPDX-License-Identifier: Apache-2.0
"""A small simulated coupling reaction with a known optimum; for lessons, tests and benchmarks."""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import ge

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN"]


@frozen(kw_only=True)
class Options:
    """Options of the reactor."""

    noise_percent: float = field(default=0.0, validator=ge(0.0))
    """Standard deviation of one yield, in percent points; drawn from recipe and order alone."""


def _build(options: Options) -> object:
    from loopwright.labs.reactor.reactor import Reactor

    return Reactor(noise_percent=options.noise_percent)


PLUGIN = Plugin(
    summary="A simulated reaction on the example recipe, with a known best yield.",
    source="own work",
    options=Options,
    build=_build,
)
