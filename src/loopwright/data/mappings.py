# SPDX-License-Identifier: Apache-2.0
"""The mappings of a whole file: one for all of its sheets, or one for each.

As TOML, a mapping for all sheets is written as itself; mappings for single sheets stand under
``[sheets."name of the sheet"]``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping

from attrs import field, frozen

from loopwright.core.errors import DataError
from loopwright.data.mapping import (
    ColumnMapping,
    mapping_from_plain,
    mapping_from_toml,
    mapping_to_toml,
)

__all__ = ["Mappings", "mappings_from_toml", "mappings_to_toml"]

SHEETS = "sheets"


@frozen(kw_only=True)
class Mappings:
    """What the columns of each sheet of a file mean."""

    by_sheet: Mapping[str, ColumnMapping] = field()
    """By name of the sheet; the blank name stands for every sheet that is not named."""

    @by_sheet.validator
    def _check_some(self, _: object, value: Mapping[str, ColumnMapping]) -> None:
        if not value:
            raise DataError(
                "No sheet has a mapping",
                where="mapping.sheets",
                remedy='Write a mapping, or one for each sheet under [sheets."name"].',
            )

    def of(self, sheet: str) -> ColumnMapping | None:
        """Return the mapping of a sheet; None if it has none."""
        return self.by_sheet.get(sheet) or self.by_sheet.get("")


def mappings_to_toml(mappings: Mappings) -> str:
    """Return mappings as TOML; ``mappings_from_toml`` of it are the same mappings."""
    if mappings.by_sheet.keys() == {""}:
        return mapping_to_toml(mappings.by_sheet[""])
    return "\n".join(
        mapping_to_toml(mapping, under=(SHEETS, sheet))
        for sheet, mapping in mappings.by_sheet.items()
    )


def mappings_from_toml(text: str, *, where: str = "mapping") -> Mappings:
    """Return the mappings that a TOML text describes.

    Raises:
        DataError: It is no TOML, has an unknown key or a wrong type, or mixes a mapping for all
            sheets with some for single ones.
    """
    try:
        plain = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        plain = {}
    sheets = plain.get(SHEETS)
    if not isinstance(sheets, dict):
        return Mappings(by_sheet={"": mapping_from_toml(text, where=where)})
    if len(plain) > 1:
        raise DataError(
            f"Keys beside [sheets]: {', '.join(k for k in plain if k != SHEETS)}",
            where=where,
            remedy='Move them under [sheets."name"]; [sheets.""] stands for every other sheet.',
        )
    return Mappings(
        by_sheet={
            name: mapping_from_plain(inner, where=f"{where}.sheets.{name}")
            for name, inner in sheets.items()
        }
    )
