# SPDX-License-Identifier: Apache-2.0
"""Which column holds the structures where no name says so: the only one that reads like SMILES."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from types import MappingProxyType

from attrs import evolve

from loopwright.core.errors import DataError
from loopwright.core.values import RawTable
from loopwright.data.guess import drawn_columns
from loopwright.data.mapping import ColumnMapping
from loopwright.data.vocabulary import bears
from loopwright.loop.tabling import SAMPLE_ROWS

__all__ = ["structure_told", "with_structure"]


def with_structure(table: RawTable, base: ColumnMapping) -> ColumnMapping:
    """Return what columns mean with the structures in the only column that reads like SMILES.

    Args:
        table: The table.
        base: What its columns mean; what names its structures, or has parts, stays as it is.

    Raises:
        DataError: Several columns read like SMILES.
    """
    if base.parts or bears(base.structure, "structure"):
        return base
    found = drawn_columns(table.columns, [cells for _, cells in islice(table, SAMPLE_ROWS)])
    if base.structure and base.structure not in found:
        return base
    if len(found) > 1:
        raise DataError(
            f"No column is named as structures, and {len(found)} read like them: "
            f"{', '.join(map(repr, found[:9]))}",
            where="--structure",
            remedy="Name one of them with --structure.",
        )
    return evolve(base, structure="".join(found))


def structure_told(mappings: Sequence[ColumnMapping], asked: str) -> Mapping[str, str]:
    """Return "structure" -> the column whose cells were taken for structures, whatever its name.

    Args:
        mappings: What the columns of each table mean.
        asked: The column of structures that somebody asked for; blank if nobody did.
    """
    found = next((m.structure for m in mappings if not _says_so(m.structure)), "")
    return MappingProxyType({"structure": found} if found and not asked else {})


def _says_so(column: str) -> bool:
    return not column or bears(column, "structure")
