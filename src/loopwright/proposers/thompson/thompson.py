# SPDX-License-Identifier: Apache-2.0
"""Thompson sampling from the joint distribution of a shortlist."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import evolve, frozen

from loopwright.core.slate import Plan, Slate, Tipping
from loopwright.core.values import FloatArray
from loopwright.science.drawn import tipping_when_drawn
from loopwright.science.draws import symmetric_root
from loopwright.science.failing import lottery

__all__ = ["Thompson"]

Rows = npt.NDArray[np.intp]


@frozen(kw_only=True)
class Thompson:
    """Chooses each candidate as often as it is likely to be the best."""

    shortlist: int = 2_000
    is_guided: bool = True
    hedges: bool = True
    """Where a model knows nothing its draws are anyone's, so that it need not be proven first."""

    def plan(self, slate: Slate, batch_size: int, rng: np.random.Generator) -> Plan:
        """Return himself, with the worlds of this batch, to say what would change it."""
        drawn = _Drawn(thompson=self, state=rng.bit_generator.state)
        return Plan(proposer=drawn, why="each pick the best left in one possible world")

    def propose(self, slate: Slate, batch_size: int, rng: np.random.Generator) -> Rows:
        """Return distinct rows, each the best of its own draw among those still open."""
        rows = self.competing(slate, batch_size)[0]
        picks = np.empty(min(batch_size, len(rows)), np.intp)
        open_ = np.ones(len(rows), bool)
        for i, draw in enumerate(islice(self.worlds(slate, rows, rng), len(picks))):
            picks[i] = np.argmax(np.where(open_, draw, -np.inf))
            open_[picks[i]] = False
        return rows[picks]

    def worlds(self, slate: Slate, rows: Rows, rng: np.random.Generator) -> Iterator[FloatArray]:
        """Return possible true values of some rows, shape (m,), one after the other."""
        root = symmetric_root(slate.covariance(rows))
        while True:
            draw = slate.mean[rows] + root @ rng.standard_normal(len(rows))
            if slate.chance is not None:  # who fails in this world is behind all who do not
                fails = rng.random(len(rows)) >= slate.chance[rows]
                draw -= fails * (1.0 + 2.0 * np.ptp(draw))
            yield draw

    def competing(self, slate: Slate, batch_size: int) -> tuple[Rows, float]:
        """Return the rows that are drawn, and the upper bound below which nobody is."""
        bound = np.round(slate.mean + 3.0 * slate.std, 9)
        size = min(len(bound), max(self.shortlist, 2 * batch_size))
        if slate.chance is not None and size < len(bound):
            bound = lottery(bound - bound.min(), slate.chance)
        order = np.argsort(-bound, kind="stable")
        left_out = bound[order[size]] if size < len(bound) else -np.inf
        return np.sort(order[:size]), float(left_out)


@frozen(kw_only=True)
class _Drawn:
    """The same, in worlds that can be drawn again."""

    thompson: Thompson
    state: Any
    """Of the generator, before they are drawn."""

    def propose(self, slate: Slate, batch_size: int, rng: np.random.Generator) -> Rows:
        """Return the rows of the batch."""
        return self.thompson.propose(slate, batch_size, rng)

    def tipping(self, slate: Slate, rows: Rows) -> Tipping | None:
        """Return how much each pick could lose in the same worlds.

        None where one that loses so much would not be drawn any more, and all worlds be others.
        """
        shortlist, least = self.thompson.competing(slate, len(rows))
        rng = np.random.default_rng()
        rng.bit_generator.state = self.state
        worlds = islice(self.thompson.worlds(slate, shortlist, rng), len(rows))
        told = tipping_when_drawn(
            np.array(list(worlds)).reshape(len(rows), len(shortlist)),
            slate.mean[shortlist],
            np.searchsorted(shortlist, rows),
        )
        own, std = slate.mean[rows], slate.std[rows]
        lowest = np.minimum(told.mean + 3.0 * std, own + 3.0 * told.doubt * std)
        if (lowest < least).any():
            return None
        there = told.successor >= 0
        return evolve(told, successor=np.where(there, shortlist[told.successor], -1))
