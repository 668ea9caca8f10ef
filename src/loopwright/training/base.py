# SPDX-License-Identifier: Apache-2.0
"""A property model that another one stands on: what it says enters as a number for each row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from attrs import evolve, frozen

from loopwright.core.values import Features, FloatArray
from loopwright.training.doubt import Scale, to_scale

if TYPE_CHECKING:
    from loopwright.training.property import PropertyModel

__all__ = ["Base", "Way", "lifted"]

Way: TypeAlias = Literal["catalogue", "own", "residual", "column"]
"""How a base enters: alone, not at all, with what it leaves over, as one more descriptor."""

LEAST = 1e-9


@frozen(kw_only=True, eq=False)
class Base:
    """A model below another, whole, and how what it says enters."""

    model: PropertyModel
    factor: float = 1.0
    """From its unit to the unit of the model above."""

    offset: float = 0.0
    """Added after the factor."""

    way: Way = "catalogue"
    level: float = 0.0
    slope: float = 1.0

    def ask(self, features: Features, scale: Scale) -> tuple[FloatArray, FloatArray]:
        """Return what it says on the scale of the model above, and how far its parts are apart.

        Args:
            features: n rows.
            scale: On which the model above has learned.
        """
        said = self.model.predict(features).mean[:, 0] * self.factor + self.offset
        parts = [p.predict(features).mean[:, 0] for p in self.model.parts.values()]
        apart = np.ptp(parts, axis=0) if parts else np.zeros(len(features))
        return to_scale(np.maximum(said, LEAST) if scale == "log" else said, scale), apart


def lifted(features: Features, said: FloatArray) -> Features:
    """Return the rows with what a base says as their last descriptor."""
    known = features.blocks.get("descriptors")
    column = said.astype(np.float32)[:, None]
    table = np.hstack([known, column]) if isinstance(known, np.ndarray) else column
    return evolve(features, blocks={**features.blocks, "descriptors": table})
