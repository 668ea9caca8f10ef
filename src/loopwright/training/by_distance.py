# SPDX-License-Identifier: Apache-2.0
"""How large the error was at which distance from what the model had seen."""

from __future__ import annotations

import numpy as np
from attrs import frozen

from loopwright.training.property_model import PropertyModel
from loopwright.training.property_scores import loss_of
from loopwright.training.unseen import trial_of, unseen_of

__all__ = ["Band", "bands_of"]

MOST_BANDS = 5
LEAST_ROWS = 20
"""Of a band; fewer say little of a mean."""


@frozen(kw_only=True)
class Band:
    """Held-out rows that were about as similar to the nearest row that the model had seen."""

    low: float
    """Similarity from which on, 0 to 1."""

    high: float
    n: int
    error: float
    """Mean absolute error in the property's unit; of a class the share that is called wrong, of
    levels how many they are off."""


def bands_of(model: PropertyModel) -> tuple[Band, ...]:
    """Return the error on held-out rows by their similarity, the least similar first.

    Bands hold about as many rows each; limits are left out, since they have no error.

    Raises:
        NotReadyError: The model was made before it was kept what it said of held-out rows.
    """
    unseen, task = unseen_of(model), model.card.property.task
    exact = np.flatnonzero(unseen.bounds == 0)
    near = trial_of(model).foreign()[1][exact]
    said, truth = unseen.said[exact], model.values[exact]
    if task == "classification":
        error = (np.abs(said - truth) > 0.5).astype(float)
    else:
        error = loss_of(said, truth, "ordinal") if task == "ordinal" else np.abs(said - truth)
    n_bands = min(MOST_BANDS, len(exact) // LEAST_ROWS)
    rows = np.array_split(np.argsort(near, kind="stable"), max(n_bands, 1)) if n_bands else []
    return tuple(
        Band(
            low=round(float(near[some].min()), 6),
            high=round(float(near[some].max()), 6),
            n=len(some),
            error=float(error[some].mean()),
        )
        for some in rows
    )
