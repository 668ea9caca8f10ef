# SPDX-License-Identifier: Apache-2.0
"""A catalogue: the candidates of a given list, whatever has been learned."""

from __future__ import annotations

from attrs import frozen

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN"]


@frozen(kw_only=True)
class Options:
    """Options of the pool."""

    texts: tuple[str, ...] = ()
    """More candidates beside those that were ingested, in the notation of the modality."""


def _build(options: Options) -> object:
    from loopwright.generators.pool.pool import Pool

    return Pool(texts=options.texts)


PLUGIN = Plugin(
    summary="Every candidate that was ingested, offered whole in every cycle.",
    source="own work",
    options=Options,
    build=_build,
)
