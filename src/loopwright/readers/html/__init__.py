# SPDX-License-Identifier: Apache-2.0
"""Tables of web pages, as older systems save them under the name of a workbook."""

from __future__ import annotations

from attrs import frozen

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN"]


@frozen(kw_only=True)
class Options:
    """The HTML reader has no options."""


def _build(options: Options) -> object:
    from loopwright.readers.html.html import HtmlReader

    return HtmlReader()


PLUGIN = Plugin(
    summary="Tables of HTML pages, every table of the page; nothing of a page is run or loaded.",
    source="https://html.spec.whatwg.org/multipage/tables.html",
    examples=(
        "<table><tr><th>smiles</th><th>pIC50</th></tr>\n"
        "<tr><td>CCO</td><td>&gt;4.1</td></tr>\n"
        "<tr><td>CCN</td><td>5</td></tr></table>\n",
    ),
    options=Options,
    build=_build,
)
