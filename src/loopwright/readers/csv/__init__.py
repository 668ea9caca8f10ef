# SPDX-License-Identifier: Apache-2.0
"""Tables of text with a separator: CSV, TSV and what spreadsheets call CSV."""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import in_

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN"]


@frozen(kw_only=True)
class Options:
    """Options of the CSV reader."""

    delimiter: str = field(default="", validator=in_(("", ",", ";", "\t", "|")))
    """The separator; blank finds it from the first rows."""


def _build(options: Options) -> object:
    from loopwright.readers.csv.csv import CsvReader

    return CsvReader(delimiter=options.delimiter)


PLUGIN = Plugin(
    summary="Comma, semicolon, tab or bar separated tables with a header, also gzipped.",
    source="https://www.rfc-editor.org/rfc/rfc4180",
    examples=(
        "smiles,name,pIC50\nCCO,ethanol,4.1\nCCN,007,>5\n",
        'id;note;"IC50 (nM)"\na;"two\nlines";1,5\nb;"said ""no""";1E5\n',
        "id\tyield\nx\t80\n",
    ),
    options=Options,
    build=_build,
)
