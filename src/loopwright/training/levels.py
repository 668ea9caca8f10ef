# SPDX-License-Identifier: Apache-2.0
"""What a held-out score comes to once it is calibrated, and which levels can be learned."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from loopwright.core.errors import NotReadyError
from loopwright.core.values import FloatArray
from loopwright.science.ordinal import borders_of, median_level, nearest_level
from loopwright.training.doubt import across
from loopwright.training.property_model import Property

__all__ = ["LEAST_OF_LEVEL", "demand_levels", "levels_across", "told_across"]

LEAST_OF_LEVEL = 2

Folds = npt.NDArray[np.intp]


def demand_levels(values: FloatArray, about: Property) -> None:
    """Refuse levels that nobody could learn.

    Args:
        values: Levels of the usable rows, shape (n,).
        about: The property; one that is not ordinal passes.

    Raises:
        NotReadyError: A level has fewer than two rows.
    """
    for place, level in enumerate(about.levels):
        n = int(np.sum(nearest_level(values) == place))
        if n < LEAST_OF_LEVEL:
            raise NotReadyError(
                f"{n} structures of {about.name!r} are of level {level!r}",
                where="--levels",
                remedy=f"Give at least {LEAST_OF_LEVEL} of each level, or leave the level out.",
            )


def levels_across(blend: FloatArray, truth: FloatArray, fold: Folds, n_levels: int) -> FloatArray:
    """Return the probability of each level, each fold calibrated by the others; shape (n, k).

    Args:
        blend: What was said of held-out rows, shape (n,).
        truth: Their levels, shape (n,).
        fold: Which rows were held out together, shape (n,).
        n_levels: How many there are.
    """
    said = np.empty((len(blend), n_levels))
    for one in np.unique(fold):
        mine = fold == one
        said[mine] = borders_of(blend[~mine], truth[~mine], n_levels).probabilities(blend[mine])
    return said


def told_across(blend: FloatArray, truth: FloatArray, fold: Folds, about: Property) -> FloatArray:
    """Return what held-out rows would have been told: a number, a probability or a level, (n,).

    Args:
        blend: What was said of held-out rows, on the scale of learning, shape (n,).
        truth: What is true, on the same scale, shape (n,).
        fold: Which rows were held out together, shape (n,); each is calibrated by the others.
        about: What was learned.
    """
    match about.task:
        case "regression":
            return blend
        case "classification":
            return across(blend, truth, fold)
        case "ordinal":
            said = levels_across(blend, truth, fold, len(about.levels))
            return median_level(said).astype(float)
