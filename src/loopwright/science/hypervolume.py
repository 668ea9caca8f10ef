# SPDX-License-Identifier: Apache-2.0
"""Several goals at once: who is beaten by nobody, and how much a set of candidates covers.

All goals are worths: larger is better. A point covers the box between the reference and itself;
the hypervolume of a set is the volume of the union of its boxes.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.values import FloatArray
from loopwright.science.purse import Rate, best_basket

__all__ = ["Sounding", "best_together", "growth", "hypervolume", "is_on_front", "sounding"]

POINTS = 2_048
"""Points by which volumes are compared."""

TRIED = 1 << 15
"""Points drawn for them; those that say nothing are left out."""

Rows = npt.NDArray[np.intp]
Words = npt.NDArray[np.uint64]


def is_on_front(worth: FloatArray) -> npt.NDArray[np.bool_]:
    """Return which candidates no other one beats: as good in every goal, better in one.

    Args:
        worth: Shape (n, t).

    Returns:
        Shape (n,); equal candidates are all on the front, or none is.

    Example:
        >>> is_on_front(np.array([[2.0, 1.0], [1.0, 2.0], [1.0, 1.0]]))
        array([ True,  True, False])
    """
    on_front = np.zeros(len(worth), bool)
    left = np.argsort(-worth.sum(axis=1), kind="stable")
    while len(left):
        first, others = worth[left[0]], worth[left]
        equal = (others == first).all(axis=1)
        on_front[left[equal]] = True
        left = left[(others > first).any(axis=1)]
    return on_front


def hypervolume(worth: FloatArray, reference: FloatArray) -> float:
    """Return the volume between a reference and a set of candidates, exactly.

    Args:
        worth: Shape (n, t).
        reference: What a candidate must exceed in every goal to count, shape (t,).

    Returns:
        In the product of the units of the goals, >= 0.

    Source:
        Zitzler & Thiele (1998), doi:10.1007/BFb0056872, by slices along the last goal.

    Example:
        >>> hypervolume(np.array([[2.0, 1.0], [1.0, 3.0]]), np.zeros(2))
        4.0
    """
    inside = worth[(worth > reference).all(axis=1)]
    if not len(inside):
        return 0.0
    if inside.shape[1] == 1:
        return float(inside.max() - reference[0])
    front = inside[is_on_front(inside)]
    front = front[np.argsort(-front[:, -1], kind="stable")]
    below = np.append(front[1:, -1], reference[-1])
    return sum(
        float(top - bottom) * hypervolume(front[: i + 1, :-1], reference[:-1])
        for i, (top, bottom) in enumerate(zip(front[:, -1], below, strict=True))
        if top > bottom
    )


def best_together(
    draws: FloatArray,
    front: FloatArray,
    reference: FloatArray,
    *,
    batch_size: int,
    rng: np.random.Generator,
    cost: FloatArray | None = None,
    purse: float = np.inf,
) -> Rows:
    """Choose the batch whose hypervolume, beyond what is known, is expected to grow most.

    Greedy: each pick is the one that adds most to those before it, on average over the draws.
    Volumes are counted in points between the reference and the best that was drawn, so that any
    number of goals costs alike.

    Args:
        draws: Possible truths of the candidates, drawn jointly, shape (s, m, t).
        front: Worths of what is measured, shape (f, t).
        reference: Shape (t,).
        batch_size: Rows wanted; all, if there are fewer.
        rng: Shifts the points.
        cost: Of each row, shape (m,), > 0; counts as far as money is short.
        purse: What the batch may cost.

    Returns:
        Distinct rows, most wanted first; fewer than wanted where no other one could add anything.

    Source:
        Emmerich, Giannakoglou & Naujoks (2006), doi:10.1109/TEVC.2005.859463, by Monte Carlo.
    """
    covers = _covers(draws, sounding(draws, front, reference, rng).points)
    price = np.zeros(draws.shape[1]) if cost is None else cost

    def buy(rate: Rate) -> tuple[Rows, float]:
        covered = np.zeros((covers.shape[0], covers.shape[2]), np.uint64)
        left, total, picks = purse, 0.0, list[int]()
        while len(picks) < min(batch_size, draws.shape[1]):
            gain = np.bitwise_count(covers & ~covered[:, None]).sum(axis=(0, 2), dtype=float)
            is_open = (gain > 0.0) & (price <= left)
            if not is_open.any():
                break
            pick = int(np.argmax(np.where(is_open, rate(gain), -np.inf)))
            picks.append(pick)
            left, total = left - float(price[pick]), total + float(gain[pick])
            covered |= covers[:, pick]
        return np.array(picks, np.intp), total

    alone = np.bitwise_count(covers).sum(axis=(0, 2), dtype=float)
    return best_basket(buy, gain=alone, cost=cost, purse=purse)


@frozen(kw_only=True, eq=False)
class Sounding:
    """Points that stand for the volume that some draw covers and nothing known does."""

    points: FloatArray
    """Shape (p, t); where there is no such volume, one that nothing covers."""

    volume: float
    """Of all of them together."""

    def covered(self, draws: FloatArray) -> npt.NDArray[np.bool_]:
        """Return which points each candidate covers in each draw, shape (s, p, m)."""
        under = np.ones((len(draws), len(self.points), draws.shape[1]), bool)
        for goal in range(draws.shape[2]):
            under &= draws[:, None, :, goal] >= self.points[None, :, None, goal]
        return under


def sounding(
    draws: FloatArray, front: FloatArray, reference: FloatArray, rng: np.random.Generator
) -> Sounding:
    """Return points that fill the volume between what is known and the best that was drawn.

    Args:
        draws: Possible truths of the candidates, shape (s, m, t).
        front: Worths of what is measured, shape (f, t).
        reference: Shape (t,).
        rng: Shifts the points.
    """
    from scipy.stats import qmc

    t = draws.shape[2]
    every = draws.reshape(-1, t)
    every = every[(every > reference).all(axis=1)]
    nothing = Sounding(points=np.full((1, t), np.inf), volume=0.0)
    if not len(every):
        return nothing
    tops = every[is_on_front(every)]
    span = tops.max(axis=0) - reference
    points = reference + span * qmc.Sobol(t, seed=rng).random(TRIED)
    points = points[~_under(points, front)]
    useful = points[_under(points, tops)]
    volume = float(np.prod(span)) * len(useful) / TRIED
    return Sounding(points=useful[:POINTS], volume=volume) if len(useful) else nothing


def growth(draws: FloatArray, found: Sounding, some: Rows | slice = slice(None)) -> FloatArray:
    """Return by how much candidates together widen what is known, in each draw, shape (s,).

    Args:
        draws: Possible truths of the candidates, drawn jointly, shape (s, m, t).
        found: What ``sounding`` returned for them, or for more.
        some: Which of them; all by default.

    Returns:
        In the product of the units of the goals, >= 0.
    """
    inside = [one[(one >= found.points.min(axis=0)).all(axis=1)] for one in draws[:, some]]
    tops = [one[is_on_front(one)] for one in inside]
    return found.volume * np.array([_under(found.points, one).mean() for one in tops])


def _under(points: FloatArray, tops: FloatArray) -> npt.NDArray[np.bool_]:
    """Return which points some top is at least as good as in every goal, shape (p,)."""
    found, by_goal = np.zeros(len(points), bool), np.ascontiguousarray(points.T)
    for top in tops:
        is_under = by_goal[0] <= top[0]
        for column, most in zip(by_goal[1:], top[1:], strict=True):
            is_under &= column <= most
        found |= is_under
    return found


def _covers(draws: FloatArray, points: FloatArray) -> Words:
    """Return which points each candidate covers in each draw, as bits, shape (s, m, words)."""
    s, m, t = draws.shape
    n_words = -(-len(points) // 64)
    covers = np.zeros((s, m, n_words), np.uint64)
    for one in range(s):
        under = np.ones((m, 64 * n_words), bool)
        under[:, len(points) :] = False
        for goal in range(t):
            under[:, : len(points)] &= draws[one, :, goal, None] >= points[None, :, goal]
        covers[one] = np.packbits(under, axis=1).view(np.uint64)
    return covers
