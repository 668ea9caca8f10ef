# SPDX-License-Identifier: Apache-2.0
"""Measurements that were made long ago, handed out as if they were made today."""

from __future__ import annotations

from pathlib import Path

from attrs import frozen

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN"]


@frozen(kw_only=True)
class Options:
    """Options of the replayed lab."""

    file: Path = Path("held_back.csv")
    """CSV with the columns of a result file; several rows of one candidate are replicates."""


def _build(options: Options) -> object:
    from loopwright.labs.replay.replay import Replay

    return Replay(path=options.file)


PLUGIN = Plugin(
    summary="Held-back measurements of a past project, answered at once.",
    source="own work",
    options=Options,
    build=_build,
)
