# SPDX-License-Identifier: Apache-2.0
"""Records in JSON: one object a line, or a list of objects."""

from __future__ import annotations

from attrs import frozen

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN"]


@frozen(kw_only=True)
class Options:
    """The JSON reader has no options."""


def _build(options: Options) -> object:
    from loopwright.readers.records.records import RecordReader

    return RecordReader()


PLUGIN = Plugin(
    summary="JSON: a list of objects, or one object on each line; their keys are the columns.",
    source="https://www.rfc-editor.org/rfc/rfc8259",
    examples=(
        '[{"smiles": "CCO", "pIC50": 4.10}, {"smiles": "CCN", "pIC50": ">5", "n": null}]\n',
        '{"smiles": "CCO", "pIC50": 4.1}\n{"smiles": "CCN", "pIC50": 5}\n',
    ),
    options=Options,
    build=_build,
)
