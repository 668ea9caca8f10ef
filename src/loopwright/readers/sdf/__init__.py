# SPDX-License-Identifier: Apache-2.0
"""Structure-data files: mol blocks with data fields, V2000 and V3000."""

from __future__ import annotations

from attrs import frozen

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN"]

_RECORD = """ethanol
  own work

  3  2  0  0  0  0            999 V2000
    0.0000    0.0000    0.0000 C   0  0
    1.5000    0.0000    0.0000 C   0  0
    2.2500    1.3000    0.0000 O   0  0
  1  2  1  0
  2  3  1  0
M  END
> <pIC50>
>4.1

$$$$
"""


@frozen(kw_only=True)
class Options:
    """The SDF reader has no options."""


def _build(options: Options) -> object:
    from loopwright.readers.sdf.sdf import SdfReader

    return SdfReader()


PLUGIN = Plugin(
    summary="SDF files: each mol block and data field as text, also gzipped.",
    source="https://discover.3ds.com/ctfile-documentation-request-form",
    examples=(_RECORD,),
    options=Options,
    build=_build,
)
