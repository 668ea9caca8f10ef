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


def may_vary(
    positions: Sequence[int | str],
    rows: Sequence[str],
    spelled: Spelled,
    *,
    first: int = 1,
) -> Mask:
    """Return which places of a row may vary, shape (L,); all of them if no position is given.

    A position behind its end says nothing of it where another row has it.

    Args:
        positions: ``26``, ``26-35``; ``H:26-35`` where chains have names.
        rows: The letters of that row, with what stands between chains, and of others.
        spelled: Knows the letters and the names of the chains.
        first: The number of the first letter, and of that of each named chain.

    Raises:
        DataError: A position cannot be read, names no chain that there is, or one that no row
            has; all at once.
    """
    row = rows[0]
    if not positions:
        return np.ones(len(row), np.bool_)
    mask = np.zeros(len(row), np.bool_)
    faults: list[str] = []
    beyond: list[str] = []

    def has(chain: str, number: int, text: str = row) -> int | None:
        return place_of(text, spelled.letters, spelled.chains, chain, number - first)

    for text in map(str, positions):
        told = _POSITION.fullmatch(text.strip())
        chain = chain_named(told[1] or "", spelled.chains) if told else ""
        if told is None or bool(chain) != bool(told[1]) or bool(chain) != bool(spelled.chains):
            faults.append(text)
            continue
        start, last = int(told[2]), int(told[3] or told[2])
        if last < start or any(all(has(chain, n, r) is None for r in rows) for n in (start, last)):
            beyond.append(text)
            continue
        places = [has(chain, number) for number in range(start, last + 1)]
        mask[[place for place in places if place is not None]] = True
    _demand(faults, beyond, spelled, first)
    return mask


def _demand(faults: Sequence[str], beyond: Sequence[str], spelled: Spelled, first: int) -> None:
    """Refuse positions that cannot be read, or that no row has, all at once."""
    chains = f"the chains are {', '.join(spelled.chains)}" if spelled.chains else "no chain"
    told = [
        *[f"Not readable as positions ({chains} by name): {', '.join(faults)}"] * bool(faults),
        *[f"No sequence has the positions {', '.join(beyond)}"] * bool(beyond),
    ]
    if told:
        raise DataError(
            "; ".join(told),
            where="generator.options.positions",
            remedy=f"Write numbers from {first} (first_position of the generator), ranges as "
            "26-35, and the chain in front where chains have names: H:26-35.",
        )
