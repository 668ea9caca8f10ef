# SPDX-License-Identifier: Apache-2.0
"""How likely a candidate is to measure up to every threshold that a campaign names."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from loopwright.core.values import FloatArray, Prediction
from loopwright.loop.view import Aim
from loopwright.science.intervals import Z_90, chance_between
from loopwright.science.probability import corrected
from loopwright.training.train import Trained

__all__ = ["chance_to_meet"]


def chance_to_meet(aims: Sequence[Aim], told: Sequence[Prediction | None]) -> FloatArray | None:
    """Return how likely new measurements of each candidate reach every threshold.

    Each goal has a model of its own, so the chances of the goals multiply. Goals may pull apart all
    the same: what came true of measured candidates that were held out corrects the product.

    Args:
        aims: The goals; one without a threshold is met by any value.
        told: What is predicted of each, n rows; None where no model is of use.

    Returns:
        Shape (n,); None if no goal names a threshold, or one that does has no model of use.
    """
    asked = [(a, p) for a, p in zip(aims, told, strict=True) if a.data.goal.threshold is not None]
    if not asked:
        return None
    each = []
    for aim, said in asked:
        if said is None:
            return None
        spread = (said.high[:, 0] - said.low[:, 0]) / (2.0 * Z_90)
        each.append(chance_between(said.mean[:, 0], spread, *aim.data.goal.accepted()))
    chance = np.asarray(np.prod(each, axis=0))
    return corrected(chance, *_seen([aim for aim, _ in asked]))


def _seen(aims: Sequence[Aim]) -> tuple[FloatArray, FloatArray]:
    """Return what would have been said of measured candidates, held out, and whether they met all.

    Of those with a value, and no mere limit, for every goal.
    """
    each = [_held_out(aim, aim.trained) for aim in aims if aim.trained is not None]
    both = sorted(set.intersection(*(set(one) for one in each)))
    table = np.array([[one[id] for one in each] for id in both]).reshape(len(both), len(each), 2)
    return table[:, :, 0].prod(axis=1), table[:, :, 1].prod(axis=1)


def _held_out(aim: Aim, trained: Trained) -> dict[str, tuple[float, float]]:
    """Return candidate id -> the chance that was said of it, and 1 if it reached the threshold."""
    low, high = aim.data.goal.accepted()
    spread = trained.card.calibration() * trained.held_out.std
    said = chance_between(trained.held_out.mean, spread, low, high)
    value, bound = trained.targets.values[:, 0], trained.targets.bounds[:, 0]
    met = (value >= low) & (value <= high)
    rows = zip(trained.features.ids, said.tolist(), met.tolist(), bound.tolist(), strict=True)
    return {id: (chance, float(came)) for id, chance, came, kind in rows if kind == 0}
