# SPDX-License-Identifier: Apache-2.0
"""Which needed positions belong together: two of one group are worth another thing than the sum.

What exchanging two positions costs is compared with what exchanging each costs alone, as logarithms
of the value. Where that adds up, they are apart; where it does not, together. Letters that belong
together can be moved together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations, islice

import numpy as np
from attrs import field, frozen

from loopwright.core.values import FloatArray
from loopwright.generators.mutate.chain import Codes, Mask

__all__ = ["Groups", "NO_GROUPS", "found_again", "regrouped"]

Pair = tuple[int, int]
FLOOR = -8.0
"""Logarithm of a share of the value below which nothing is left that could be compared."""

MOST_CLIQUES = 64
"""Of one set; while little is compared there can be endlessly many."""


@frozen(kw_only=True, eq=False)
class Groups:
    """What is known of the needed positions of one row."""

    members: tuple[Codes, ...] = ()
    """Positions that belong together, ascending; a position may be in several groups."""

    alone: Mapping[int, float] = field(factory=dict)
    """Logarithm of what is left of the value when this position is exchanged."""

    together: frozenset[Pair] = frozenset()
    apart: frozenset[Pair] = frozenset()
    between: tuple[tuple[Codes, Codes], ...] = ()
    """Sets of positions that nobody has compared yet."""

    within: tuple[Pair, ...] = ()
    """Pairs of one set that nobody has compared yet."""

    @property
    def is_open(self) -> bool:
        """Whether there is anything left to compare."""
        return bool(self.between or self.within)


NO_GROUPS = Groups()


def found_again(old: Groups, was: Codes, now: Codes) -> Groups:
    """Return what was known of one row (L,), at the places of another that holds its letters.

    A group is looked for where it was, then nearest to it; one position alone only where it was.
    """
    moves: list[dict[int, int]] = []
    for group in sorted(old.members, key=len, reverse=True):
        steps = range(-group[0], len(now) - group[-1]) if len(group) > 1 else range(1)
        for step in sorted(steps, key=abs):
            if (now[group + step] == was[group]).all():
                moves.append({int(p): int(p) + step for p in group})
                break
    where: dict[int, int] = {}
    for move in moves:
        where = {**move, **where}
    together = {
        _pair(m[a], m[b]) for a, b in old.together for m in moves if a in m and b in m
    }  # fmt: skip
    apart = {
        _pair(where[a], where[b])
        for a, b in old.apart
        if a in where and b in where and where[a] != where[b]
    }
    return Groups(
        members=tuple(np.array(sorted(m.values())) for m in moves),
        alone={where[p]: loss for p, loss in old.alone.items() if p in where},
        together=frozenset(together),
        apart=frozenset(apart - together),
    )


def regrouped(
    known: Groups, is_needed: Mask, changed: Mask, left: FloatArray, tolerance: float
) -> Groups:
    """Return what is known of a row's needed positions after all exchanges of them.

    Args:
        known: What was known before.
        is_needed: Shape (L,).
        changed: Where relatives differ from the row, shape (n, L).
        left: Logarithm of what is left of the value in each relative, shape (n,).
        tolerance: Differences up to this one are none.
    """
    clean = ~changed[:, ~is_needed].any(1)
    n_changed = changed.sum(1)
    alone = {p: x for p, x in known.alone.items() if is_needed[p]}
    for place in np.flatnonzero(is_needed).tolist():
        told = left[clean & (n_changed == 1) & changed[:, place]]
        if len(told) > 1:
            alone[place] = float(told.min())
    together, apart = ({q for q in pairs if is_needed[list(q)].all()}
                       for pairs in (known.together, known.apart))  # fmt: skip
    for pair, surplus in _surpluses(changed[clean & (n_changed == 2)],
                                    left[clean & (n_changed == 2)], alone):  # fmt: skip
        if surplus[0] < -tolerance or (len(surplus) > 1 and surplus[-2] > tolerance):
            together.add(pair)
            apart.discard(pair)
        elif len(surplus) > 1 or surplus[0] < tolerance:
            apart.add(pair)
            together.discard(pair)
    return _sorted_out(np.flatnonzero(is_needed), alone, together, apart)


def _surpluses(
    changed: Mask, left: FloatArray, alone: Mapping[int, float]
) -> Iterator[tuple[Pair, list[float]]]:
    """Yield for each pair by how much it departs from the sum of both, ascending."""
    found: dict[Pair, list[float]] = {}
    for row, value in zip(changed, left.tolist(), strict=True):
        a, b = np.flatnonzero(row).tolist()
        if a in alone and b in alone and min(alone[a], alone[b]) > FLOOR:
            found.setdefault((a, b), []).append(value - alone[a] - alone[b])
    yield from ((pair, sorted(values)) for pair, values in found.items())


def _sorted_out(
    needed: Codes, alone: Mapping[int, float], together: set[Pair], apart: set[Pair]
) -> Groups:
    """Return the groups that pairs amount to, and what is still to be compared."""
    label = {int(p): int(p) for p in needed}
    for a, b in sorted(together):
        label = {p: label[a] if x == label[b] else x for p, x in label.items()}
    sets = [[p for p in label if label[p] == name] for name in dict.fromkeys(label.values())]
    compared = {_pair(label[a], label[b]) for a, b in apart}
    between = [
        (np.array(a), np.array(b))
        for b, a in combinations(sets, 2)
        if _pair(label[a[0]], label[b[0]]) not in compared
    ]
    within = [q for s in sets for q in combinations(s, 2) if q not in together | apart]
    members: list[Codes] = []
    for some in sets:
        friends = {a: {b for b in some if b != a and _pair(a, b) not in apart} for a in some}
        cliques = islice(_cliques(set(), set(some), set(), friends), MOST_CLIQUES)
        members += [np.array(sorted(c)) for c in cliques]
    return Groups(
        members=tuple(members),
        alone=alone,
        together=frozenset(together),
        apart=frozenset(apart),
        between=tuple(between),
        within=tuple(within),
    )


def _cliques(
    inside: set[int], open_: set[int], shut: set[int], friends: Mapping[int, set[int]]
) -> Iterator[set[int]]:
    """Yield every largest set of mutual friends (Bron & Kerbosch 1973)."""
    if not open_ and not shut:
        yield inside
        return
    pivot = max(sorted(open_ | shut), key=lambda p: len(friends[p] & open_))
    for p in sorted(open_ - friends[pivot]):
        yield from _cliques(inside | {p}, open_ & friends[p], shut & friends[p], friends)
        open_, shut = open_ - {p}, shut | {p}


def _pair(a: int, b: int) -> Pair:
    return (a, b) if a < b else (b, a)
