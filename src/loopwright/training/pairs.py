# SPDX-License-Identifier: Apache-2.0
"""Matched pairs: candidates that differ in one fragment, and what the exchange did to a property.

Pairs of one exchange are averaged. Few pairs that agree by luck would look certain, so the
scatter of an exchange is drawn towards that of all: as if it had been seen in some more pairs.
Pairs that share a candidate are not independent; intervals are too narrow by that.

Source:
    Griffen et al. (2011), doi:10.1021/jm200452d; the moderated variance: Smyth (2004),
    doi:10.2202/1544-6115.1027, with a fixed number of prior pairs.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import frozen

from loopwright.core.readings import Cut
from loopwright.core.values import FloatArray

__all__ = ["Exchange", "exchanges", "reversed_exchange"]

LEAST_PAIRS = 3
PRIOR_PAIRS = 3
"""The scatter of all exchanges counts as so many pairs."""

MOST_PER_CORE = 60
"""Fragments on one core that are compared with each other: 1,770 pairs."""


@frozen(kw_only=True)
class Exchange:
    """One fragment for another, and what it did."""

    before: str
    after: str
    n: int
    """Pairs of candidates."""

    mean: float
    """Change of the property, ``after`` minus ``before``, on the scale that was learned."""

    low: float
    """Lower end of the 95 % interval of ``mean``."""

    high: float

    @property
    def strength(self) -> float:
        """Return the change in units of half its interval: over 1, the interval leaves out 0."""
        half = (self.high - self.low) / 2
        return abs(self.mean) / half if half > 0 else 0.0


def exchanges(cuts: Sequence[Sequence[Cut]], values: FloatArray) -> tuple[Exchange, ...]:
    """Return all exchanges of at least three pairs, the strongest first.

    Args:
        cuts: Of each candidate, length n.
        values: Its property on the scale that was learned, shape (n,).
    """
    changes = _changes(cuts, values)
    usable = {key: np.array(list(c.values())) for key, c in changes.items() if len(c) > 1}
    n_free = sum(len(c) - 1 for c in usable.values())
    common = sum(float(((c - c.mean()) ** 2).sum()) for c in usable.values()) / max(n_free, 1)
    found = [
        _exchange(before, after, c, common)
        for (before, after), c in usable.items()
        if len(c) >= LEAST_PAIRS
    ]
    return tuple(sorted(found, key=lambda e: (-e.strength, e.before, e.after)))


def reversed_exchange(exchange: Exchange) -> Exchange:
    """Return the exchange read the other way."""
    return Exchange(
        before=exchange.after,
        after=exchange.before,
        n=exchange.n,
        mean=-exchange.mean,
        low=-exchange.high,
        high=-exchange.low,
    )


def _exchange(before: str, after: str, changes: FloatArray, common: float) -> Exchange:
    """Return the mean of the changes with its moderated interval."""
    from scipy.stats import t

    n = len(changes)
    freedom = n - 1 + PRIOR_PAIRS
    variance = (float(((changes - changes.mean()) ** 2).sum()) + PRIOR_PAIRS * common) / freedom
    half = float(t.ppf(0.975, freedom)) * float(np.sqrt(variance / n))
    mean = float(changes.mean())
    return Exchange(before=before, after=after, n=n, mean=mean, low=mean - half, high=mean + half)


def _changes(
    cuts: Sequence[Sequence[Cut]], values: FloatArray
) -> dict[tuple[str, str], dict[tuple[int, int], float]]:
    """Return (before, after) -> pair of rows -> change; the alphabet says which comes before."""
    on_core: dict[str, list[tuple[str, int]]] = {}
    for row, found in enumerate(cuts):
        for cut in found:
            on_core.setdefault(cut.core, []).append((cut.fragment, row))
    changes: dict[tuple[str, str], dict[tuple[int, int], float]] = {}
    for core in sorted(on_core):
        ends = sorted(on_core[core])[:MOST_PER_CORE]
        for i, (before, a) in enumerate(ends):
            for after, b in ends[i + 1 :]:
                if before != after and a != b:
                    change = float(values[b] - values[a])
                    changes.setdefault((before, after), {})[(a, b)] = change
    return changes
