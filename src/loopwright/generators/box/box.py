# SPDX-License-Identifier: Apache-2.0
"""Offers draws from the whole of a space, and neighbours of the best."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
from attrs import frozen

from loopwright.core.past import Past
from loopwright.core.ports import Modality, Space
from loopwright.core.values import Candidate, Kind

__all__ = ["Box"]


@frozen(kw_only=True)
class Box:
    """The generator of a space; the modality offers the kind ``space``."""

    n_draws: int = 2_000
    n_near: int = 128
    n_parents: int = 8
    accepts: frozenset[Kind] = frozenset({"space"})

    def offer(
        self,
        modality: Modality,
        catalogue: Sequence[Candidate],
        past: Past,
        rng: np.random.Generator,
    ) -> tuple[Candidate, ...]:
        """Return distinct draws, then neighbours of the first few of the best."""
        space = cast("Space", modality)
        found = {c.id: c for c in space.draw(self.n_draws, rng)}
        for parent in past.best[: self.n_parents]:
            for candidate in space.near(parent, self.n_near, rng):
                found.setdefault(candidate.id, candidate)
        return tuple(found.values())
