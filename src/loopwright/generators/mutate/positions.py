# SPDX-License-Identifier: Apache-2.0
"""Which places of a row its owner lets vary: single positions, ranges, in a chain that is named."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from loopwright.core.errors import DataError
from loopwright.core.ports import Spelled
from loopwright.generators.mutate.chain import Mask
from loopwright.science.chained import chain_named, place_of

__all__ = ["may_vary"]

_POSITION = re.compile(r"(?:([A-Za-z]+):)?([0-9]{1,6})(?:-([0-9]{1,6}))?")


def may_vary(positions: Sequence[int | str], row: str, spelled: Spelled) -> Mask:
    """Return which places of a row may vary, shape (L,); all of them if no position is given.

    A position behind the end of the row says nothing of it.

    Args:
        positions: Counted from 1: ``26``, ``26-35``; ``H:26-35`` where chains have names.
        row: The letters, with what stands between chains.
        spelled: Knows the letters and the names of the chains.

    Raises:
        DataError: A position cannot be read, or names no chain that there is; all at once.
    """
    if not positions:
        return np.ones(len(row), np.bool_)
    mask = np.zeros(len(row), np.bool_)
    faults: list[str] = []
    for text in map(str, positions):
        told = _POSITION.fullmatch(text.strip())
        chain = chain_named(told[1] or "", spelled.chains) if told else ""
        if told is None or bool(chain) != bool(told[1]) or bool(chain) != bool(spelled.chains):
            faults.append(text)
            continue
        last = int(told[3] or told[2])
        places = [
            place_of(row, spelled.letters, spelled.chains, chain, number - 1)
            for number in range(int(told[2]), min(last, len(row) + 1) + 1)
        ]
        mask[[place for place in places if place is not None]] = True
    if faults:
        chains = f"the chains are {', '.join(spelled.chains)}" if spelled.chains else "no chain"
        raise DataError(
            f"Not readable as positions ({chains} by name): {', '.join(faults)}",
            where="generator.options.positions",
            remedy="Write numbers from 1, ranges as 26-35, and the chain in front where chains "
            "have names: H:26-35.",
        )
    return mask
