# SPDX-License-Identifier: Apache-2.0
"""Parquet tables."""

from __future__ import annotations

from attrs import frozen

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN"]


@frozen(kw_only=True)
class Options:
    """The Parquet reader has no options."""


def _build(options: Options) -> object:
    from loopwright.readers.parquet.parquet import ParquetReader

    return ParquetReader()


PLUGIN = Plugin(
    summary="Parquet tables: every column as text, digits kept.",
    source="https://parquet.apache.org/docs/file-format/",
    examples=(),
    options=Options,
    build=_build,
)
