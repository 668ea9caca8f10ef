# SPDX-License-Identifier: Apache-2.0
"""Whether cells read like SMILES; knows no chemistry, only how such text is spelled."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["looks_drawn"]

_SMILES = re.compile(
    r"(?:Cl|Br|[BCNOPSFIbcnops]|\[[^\[\]\s]{1,40}\]|[-=#$:/\\().~@]|%[0-9]{2}|[0-9])+"
)
_TELLING = re.compile(r"[()=#\[]|[a-zA-Z][0-9]")


def looks_drawn(column: Sequence[str]) -> bool:
    """Return whether a column reads like SMILES from top to bottom; two cells at least.

    Example:
        >>> looks_drawn(["CCO", "c1ccccc1"]), looks_drawn(["CCO", "ethanol"])
        (True, False)
    """
    filled = [cell.strip() for cell in column if cell.strip()]
    are_smiles = all(len(c) < 2000 and _SMILES.fullmatch(c) for c in filled)
    return len(filled) >= 2 and are_smiles and any(_TELLING.search(c) for c in filled)
