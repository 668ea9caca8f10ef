# SPDX-License-Identifier: Apache-2.0
"""Offers the workspace's catalogue, then its own list, each in its order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import define, field

from loopwright.core.errors import DataError
from loopwright.core.past import Past
from loopwright.core.ports import Modality
from loopwright.core.values import Candidate, Kind

__all__ = ["Pool"]


@define(kw_only=True)
class Pool:
    """The generator of a catalogue; reads it once for each modality."""

    texts: tuple[str, ...] = field(default=(), repr=False)
    accepts: frozenset[Kind] = frozenset()
    _read: tuple[Modality, tuple[Candidate, ...]] | None = field(
        default=None, init=False, repr=False, eq=False
    )

    def offer(
        self,
        modality: Modality,
        catalogue: Sequence[Candidate],
        past: Past,
        rng: np.random.Generator,
    ) -> tuple[Candidate, ...]:
        """Return every candidate of the workspace's catalogue and of the list, each once.

        Raises:
            DataError: An entry of the list is no candidate; the message names its place.
        """
        if self._read is None or self._read[0] is not modality:
            found: dict[str, Candidate] = {}
            for place, text in enumerate(self.texts, start=1):
                try:
                    candidate = modality.parse(text)
                except DataError as ex:
                    where = f"generator.texts, entry {place}"
                    raise DataError(ex.what, where=where, remedy=ex.remedy) from ex
                found.setdefault(candidate.id, candidate)
            self._read = (modality, tuple(found.values()))
        return tuple({c.id: c for c in (*catalogue, *self._read[1])}.values())
