# SPDX-License-Identifier: Apache-2.0
"""Bounds that no answer passes, beside the values that were measured: do the two go together?"""

from __future__ import annotations

import numpy as np

from loopwright.api.learnable import Learnable
from loopwright.core.errors import DataError, SpecError
from loopwright.training.property_model import Property

__all__ = ["check_bounds", "demand_bounds", "n_beyond"]

MOST_BEYOND = 0.1
"""Share of the measured structures beyond the bounds from which the bounds are wrong."""


def check_bounds(low: float | None, high: float | None) -> None:
    """Refuse bounds with nothing between them.

    Raises:
        SpecError: The lower one is not below the upper one.
    """
    if low is not None and high is not None and not low < high:
        raise SpecError(
            f"Nothing lies between {low:g} and {high:g}",
            where="--low",
            remedy="Give the lower bound with --low and the upper one with --high.",
        )


def n_beyond(one: Learnable, about: Property) -> int:
    """Return how many measured structures lie beyond the bounds of a property."""
    values = one.targets.values[one.targets.bounds[:, 0] == 0, 0]
    low = -np.inf if about.low is None else about.low
    high = np.inf if about.high is None else about.high
    return int(np.sum((values < low) | (values > high)))


def demand_bounds(one: Learnable, about: Property) -> None:
    """Refuse bounds that many measured values contradict: every such answer would be cut.

    Raises:
        DataError: More than a tenth of the measured structures lie beyond them.
    """
    n, n_measured = n_beyond(one, about), int(np.sum(one.targets.bounds[:, 0] == 0))
    if n > MOST_BEYOND * n_measured:
        raise DataError(
            f"{n} of {n_measured} measured structures of {about.name!r} lie beyond --low or --high",
            where="--low, --high",
            remedy="Give bounds that no value can pass, or leave them out; correct the values if "
            "they are wrong.",
        )
