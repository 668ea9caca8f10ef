# SPDX-License-Identifier: Apache-2.0
"""A bench behind two folders: an order file goes out, result files come in days later."""

from __future__ import annotations

from pathlib import Path

from attrs import frozen

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN"]


@frozen(kw_only=True)
class Options:
    """Options of the folder lab."""

    orders: Path = Path("orders")
    """Where order files are put; relative to the workspace."""

    results: Path = Path("results")
    """Where people or instruments put result files; relative to the workspace."""


def _build(options: Options) -> object:
    from loopwright.labs.folder.folder import Folder

    return Folder(orders=options.orders, results=options.results)


PLUGIN = Plugin(
    summary="A real bench: order files out, result files in, days apart.",
    source="own work",
    options=Options,
    build=_build,
)
