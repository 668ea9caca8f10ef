# SPDX-License-Identifier: Apache-2.0
"""Excel workbooks."""

from __future__ import annotations

from attrs import frozen

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN"]


@frozen(kw_only=True)
class Options:
    """The workbook reader has no options."""


def _build(options: Options) -> object:
    from loopwright.readers.xlsx.xlsx import XlsxReader

    return XlsxReader()


PLUGIN = Plugin(
    summary="Excel workbooks: every sheet, headers in any of the first rows; no macros are run.",
    source="https://ecma-international.org/publications-and-standards/standards/ecma-376/",
    examples=(),
    options=Options,
    build=_build,
)
