# SPDX-License-Identifier: Apache-2.0
"""What the measured rows tell of the best one: which positions it needs, and what would better it.

The rows that were the best in their time are gone through in order, so that what was learned of
one is where the next begins. Shapes: n rows, L positions, v letters.
"""

from __future__ import annotations

from functools import reduce

import numpy as np
from attrs import frozen

from loopwright.core.values import FloatArray
from loopwright.generators.mutate.chain import Codes, Mask, events
from loopwright.generators.mutate.groups import NO_GROUPS, Groups, found_again, regrouped
from loopwright.science.blame import blame

__all__ = ["Evidence", "Focus", "study"]

DRIFT = 800
"""Rows measured without a better one, after which an equally good row takes its place."""

N_FOCI = 6
"""So many of the last best rows are looked at again."""

N_NEAR = 1_500
"""So many of the rows most like a focus speak for it."""

FEW_NEEDED = 8
"""Positions that a row is thought to need before anything is known."""

INHERITED = 3.0
"""How many measurements what was known of the last best row is worth."""


@frozen(kw_only=True, eq=False)
class Evidence:
    """Rows that were measured, oldest first, and what they are worth."""

    rows: Codes
    """Shape (n, L)."""

    worth: FloatArray
    """Shape (n,), >= 0; a ratio means something."""

    n_letters: int
    tolerance: float
    """Values that differ by less than this share are equal."""

    def is_worse(self, worth: FloatArray, than: float) -> Mask:
        """Return which values are worse than one of them."""
        return np.asarray(worth < than * (1.0 - self.tolerance))

    def is_better(self, worth: FloatArray, than: float) -> Mask:
        """Return which values are better than one of them."""
        return np.asarray(worth > than * (1.0 + self.tolerance))


@frozen(kw_only=True, eq=False)
class Focus:
    """The best row, and what is known of it."""

    row: Codes
    """Shape (L,)."""

    place: int
    """Which of the measured rows it is."""

    need: FloatArray
    """Probability that exchanging the letter at a position makes it worse, shape (L,)."""

    gain: FloatArray
    """Probability that a letter at a position makes it better, shape (L, v)."""

    groups: Groups
    n_since: int
    """Rows measured since one was better than all before."""


def study(evidence: Evidence) -> Focus:
    """Return what is known of the best row; at least one row is measured."""
    foci, n_since = _foci(evidence)
    first = _unknown(evidence, foci[-N_FOCI:][0], n_since)
    return reduce(lambda focus, place: _next(evidence, focus, place), foci[-N_FOCI:], first)


def _foci(evidence: Evidence) -> tuple[list[int], int]:
    """Return the rows that were the best in their time, and how many came after the last gain.

    Where nothing better comes for long, the equally good row that differs most takes over.
    """
    worth, rows = evidence.worth, evidence.rows
    foci, best, last, gained = [0], float(worth[0]), 0, 0
    for i in range(1, len(worth)):
        if evidence.is_better(worth[i : i + 1], best)[0]:
            foci.append(i)
            best, last, gained = float(worth[i]), i, i
        elif i - last >= DRIFT:
            later = np.arange(last + 1, i + 1)
            equal = later[~evidence.is_worse(worth[later], best)]
            if len(equal):
                foci.append(int(equal[(rows[equal] != rows[foci[-1]]).sum(1).argmax()]))
            last = i
    return foci, len(worth) - gained


def _unknown(evidence: Evidence, place: int, n_since: int) -> Focus:
    """Return a row of which nothing is known."""
    length = evidence.rows.shape[1]
    return Focus(
        row=evidence.rows[place],
        place=place,
        need=np.full(length, min(0.25, FEW_NEEDED / length)),
        gain=np.zeros((length, evidence.n_letters)),
        groups=NO_GROUPS,
        n_since=n_since,
    )


def _next(evidence: Evidence, before: Focus, place: int) -> Focus:
    """Return what is known of a row, given what was known of the one before."""
    row, value = evidence.rows[place], float(evidence.worth[place])
    is_equal = not evidence.is_better(evidence.worth[[place]], evidence.worth[before.place])[0]
    known = found_again(before.groups, before.row, row)
    if not is_equal:  # what an exchange costs is another share of a better value
        known = Groups(members=known.members, together=known.together, apart=known.apart)
    prior, strength = _prior(before, row, is_equal=is_equal)
    for group in known.members:
        prior[group], strength[group] = 0.9, INHERITED
    near = np.argsort((evidence.rows != row).sum(1), kind="stable")[:N_NEAR]
    near = near[near != place]
    rows, worth = evidence.rows[near], evidence.worth[near]
    changed = rows != row
    is_worse = evidence.is_worse(worth, value)
    need = blame(
        _there(_missing(changed, rows, row, known.members)),
        is_worse,
        prior=prior,
        strength=strength,
    )
    return Focus(
        row=row,
        place=place,
        need=need,
        gain=np.maximum(0.9 * before.gain, _gains(evidence, rows, changed, worth, value)),
        groups=regrouped(
            known,
            need > 0.5,
            changed,
            np.log(np.maximum(worth / max(value, 1e-300), 1e-6)),
            max(0.01, 3.0 * evidence.tolerance),
        ),
        n_since=before.n_since,
    )


def _prior(before: Focus, row: Codes, *, is_equal: bool) -> tuple[FloatArray, FloatArray]:
    """Return how likely each position is needed before its own relatives speak, and its weight."""
    changed = row != before.row
    n_changed = max(int(changed.sum()), 1)
    if is_equal and changed.any():
        inherited = np.clip(before.need, 0.02, 0.98)
        return np.where(changed, 0.05, inherited), np.where(changed, 1.0, INHERITED)
    usual = float(np.clip(before.need.mean(), 2.0 / len(row), 0.5))
    n_lost = int((changed & (before.need > 0.5)).sum())
    kept = np.full(len(row), usual) if n_lost else 0.5 * usual + 0.5 * before.need
    fresh = float(np.clip((1.5 + n_lost) / n_changed, 0.02, 0.5))
    return np.where(changed, fresh, kept), np.ones(len(row))


def _missing(changed: Mask, rows: Codes, row: Codes, groups: tuple[Codes, ...]) -> Mask:
    """Return what relatives lack of a row: a group that stands elsewhere in them is not lacking."""
    lacks, length = changed.copy(), len(row)
    for group in groups:
        if len(group) > 1:
            steps = range(-int(group[0]), length - int(group[-1]))
            has = np.any([(rows[:, group + s] == row[group]).all(1) for s in steps], axis=0)
            lacks[np.ix_(has, group)] = False
    return lacks


def _there(changed: Mask) -> object:
    """Return changed positions as causes."""
    length = changed.shape[1]
    return events(np.broadcast_to(np.arange(length), changed.shape), changed, length)


def _gains(
    evidence: Evidence, rows: Codes, changed: Mask, worth: FloatArray, value: float
) -> FloatArray:
    """Return how likely each new letter at each position was what made relatives better."""
    length, n_letters = rows.shape[1], evidence.n_letters
    kept = ~evidence.is_worse(worth, value)
    numbers = np.arange(length) * n_letters + rows[kept]
    n_causes = length * n_letters
    causes = events(numbers, changed[kept], n_causes)
    happened = evidence.is_better(worth[kept], value)
    guilt = blame(causes, happened, prior=np.full(n_causes, 0.005 + 1.0 / n_causes))
    return np.asarray(guilt.reshape(length, n_letters))
