# SPDX-License-Identifier: Apache-2.0
"""Rows to try next: exchanges where they may be had for nothing, comparisons, moves.

An *exchange* puts new letters at positions that are hardly needed, up to a risk that is drawn;
where little is known it is a test of few positions, where much is known a whole new background.
A *comparison* exchanges needed positions, one or two. A *move* puts groups elsewhere. The latter
two begin when nothing better has come for a while.
"""

from __future__ import annotations

import numpy as np
from attrs import frozen

from loopwright.core.values import FloatArray
from loopwright.generators.mutate.chain import Codes, Mask, drawn, risk_of
from loopwright.generators.mutate.groups import Groups
from loopwright.generators.mutate.study import Focus

__all__ = ["Designer"]

PATIENCE = 150
"""Rows measured without a better one, after which positions are compared and groups moved."""

AVERSION = 4.0
"""Power of a pair's chance of being feasible with which it is drawn."""

STEADY = 0.02
"""Weight of the old letter where a new one is wanted."""

SAFE = (0.55,) * 5 + (0.8,) * 5 + (1.0,) * 5
"""Highest risk of failing that is taken, in turn, until enough rows are found."""


@frozen(kw_only=True, eq=False)
class Designer:
    """Draws rows from what is known."""

    focus: Focus
    risk: FloatArray
    """Of neighbours, shape (v, v)."""

    may_change: Mask
    """Positions that may be touched, shape (L,)."""

    letters: FloatArray
    """Which letters may be put in (1) and which not (0), shape (v,)."""

    may_move: bool = True

    def rows(self, n: int, rng: np.random.Generator, *, safest: float) -> Codes:
        """Return n rows or fewer, none of which is likelier to fail than ``safest``."""
        plans = [self._plan(rng) for _ in range(n)]
        bases = np.stack([base for base, _ in plans])
        held = np.stack([kept for _, kept in plans])
        rows = drawn(self._weights(bases, held, rng), (1.0 - self.risk) ** AVERSION, rng)
        return rows[risk_of(rows, self.risk) <= safest]

    def _plan(self, rng: np.random.Generator) -> tuple[Codes, Mask]:
        """Return the row to begin with, and which of its letters stay."""
        focus = self.focus
        if focus.n_since > PATIENCE and len(focus.groups.members):
            luck = rng.random()
            if luck < (0.15 if focus.groups.is_open else 0.5) and self.may_move:
                moved = self._move(rng)
                if moved is not None:
                    return moved
            elif luck > (0.5 if focus.groups.is_open else 0.9):
                return focus.row, self._comparison(rng)
        return focus.row, self._exchange(rng)

    def _exchange(self, rng: np.random.Generator) -> Mask:
        """Return which letters stay when others are exchanged up to a risk."""
        need = self.focus.need
        is_unsure = bool(((need > 0.1) & (need <= 0.5)).any())
        most = rng.choice([0.3, 0.7, 1.2] if is_unsure else [0.3, 0.7])
        share = rng.choice(
            [1.0, 0.5, 0.2, 0.08], p=[0.4, 0.3, 0.2, 0.1] if is_unsure else [0.7, 0.15, 0.1, 0.05]
        )
        order = rng.permutation(np.flatnonzero(self.may_change))
        n_safe = int((need[order].cumsum() <= most).sum())
        stays = np.ones(len(need), bool)
        stays[order[: max(int(n_safe * share), 1)]] = False
        return stays

    def _comparison(self, rng: np.random.Generator) -> Mask:
        """Return which letters stay when one or two needed positions are exchanged."""
        stays = np.ones(len(self.focus.need), bool)
        chosen = _to_compare(self.focus.groups, np.flatnonzero(self.focus.need > 0.5), rng)
        unknown = [p for p in chosen if p not in self.focus.groups.alone]
        stays[[unknown[rng.integers(len(unknown))]] if unknown else chosen] = False
        return np.asarray(stays | ~self.may_change)

    def _move(self, rng: np.random.Generator) -> tuple[Codes, Mask] | None:
        """Return a row with one group, or all, at places drawn; None if they find none."""
        groups, row = self.focus.groups.members, self.focus.row
        order = rng.permutation(len(groups))
        n_moved = 1 if rng.random() < 0.5 else len(groups)
        for _ in range(10):
            base = row.copy()
            stays: Mask = ~self.may_change
            for still in order[n_moved:]:
                stays[groups[still]] = True
            for group in (groups[i] for i in order[:n_moved]):
                reach = np.arange(-int(group[0]), len(row) - int(group[-1]))
                steps = reach[~stays[group + reach[:, None]].any(1)]
                if not len(steps):
                    break
                place = group + steps[rng.integers(len(steps))]
                base[place], stays[place] = row[group], True
            else:
                return base, stays
        return None

    def _weights(self, bases: Codes, stays: Mask, rng: np.random.Generator) -> FloatArray:
        """Return the weight of each letter at each position of each row, shape (n, L, v)."""
        gain = self.focus.gain / max(float(self.focus.gain.max()), 0.1)
        eager = (rng.random(len(bases)) < 0.7)[:, None, None]
        weights = (1.0 + len(self.letters) * gain * eager) * self.letters
        rows, places = np.nonzero(~stays)
        weights[rows, places, bases[rows, places]] *= STEADY
        rows, places = np.nonzero(stays)
        weights[rows, places] = 1e-12
        weights[rows, places, bases[rows, places]] = 1.0
        return np.asarray(weights)


def _to_compare(groups: Groups, needed: Codes, rng: np.random.Generator) -> list[int]:
    """Return two needed positions of which it is least known whether they belong together."""
    if groups.between:
        sizes = [-max(len(a), len(b)) + rng.random() for a, b in groups.between]
        rank = min(int(rng.exponential(len(sizes) / 3)), len(sizes) - 1)
        pair = groups.between[int(np.argsort(sizes)[rank])]
        return [int(rng.choice(some)) for some in pair]
    if groups.within:
        return list(groups.within[rng.integers(len(groups.within))])
    if groups.together and rng.random() < 0.5:
        return list(sorted(groups.together)[rng.integers(len(groups.together))])
    return [int(p) for p in rng.choice(needed, min(2, len(needed)), replace=False)]
