# SPDX-License-Identifier: Apache-2.0
"""What instruments write: Allotrope documents, and the exports of their own software."""

from __future__ import annotations

from attrs import frozen

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN"]

_DOCUMENT = """{
  "$asm.manifest": "http://purl.allotrope.org/manifests/plate-reader/REC/2025/03/plate-reader.manifest",
  "plate reader aggregate document": {
    "plate reader document": [
      {
        "measurement aggregate document": {
          "measurement time": "2026-03-04T10:00:00+00:00",
          "measurement document": [
            {
              "device control aggregate document": {
                "device control document": [
                  {"detector wavelength setting": {"value": 450.0, "unit": "nm"}}
                ]
              },
              "sample document": {
                "location identifier": "A01",
                "sample identifier": "S-1",
                "well plate identifier": "P-1"
              },
              "absorbance": {"value": 0.5, "unit": "mAU"}
            }
          ]
        }
      }
    ]
  }
}
"""


@frozen(kw_only=True)
class Options:
    """The reader of instrument files has no options."""


def _build(options: Options) -> object:
    from loopwright.readers.instruments.instruments import InstrumentReader

    return InstrumentReader()


PLUGIN = Plugin(
    summary="Allotrope (ASM) JSON, and the exports of 53 instruments' software.",
    source="https://github.com/Benchling-Open-Source/allotropy",
    examples=(_DOCUMENT,),
    options=Options,
    build=_build,
    extra="instruments",
)
