# SPDX-License-Identifier: Apache-2.0
"""Values as the process sees them: standardised, and with the unwanted tail drawn in.

Where the wanted side is known, values on the other side of the median count by their logarithm:
how bad the bad ones are should not bend the process where the good ones lie. On the wanted
side the scale stays linear.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.values import FloatArray
from loopwright.science.censored import censored_normal

__all__ = ["Warp", "fit_warp"]


@frozen(kw_only=True)
class Warp:
    """A monotone map from the property's unit to mean 0 and variance 1, and back."""

    sign: float
    """+1 if larger values are wanted, -1 if smaller; 0 keeps the whole scale linear."""

    centre: float
    """Median of the values, in the property's unit."""

    spread: float
    """Robust standard deviation of the values, in the property's unit."""

    shift: float
    """Mean of what comes out before it is standardised."""

    scale: float
    """Standard deviation of the same."""

    def forward(self, values: FloatArray) -> FloatArray:
        """Return values (n,) as the process sees them."""
        return (self._bend(values) - self.shift) / self.scale

    def backward(self, seen: FloatArray) -> FloatArray:
        """Return values (n,) in the property's unit."""
        bent = self.shift + self.scale * seen
        if self.sign:
            bent = np.where(bent < 0, -np.expm1(np.minimum(-bent, _FARTHEST)), bent)
        return np.asarray(self.centre + (self.sign or 1.0) * self.spread * bent)

    def doubt(self, seen: FloatArray, std: FloatArray) -> FloatArray:
        """Return standard deviations (n,) in the property's unit, towards the wanted side.

        That is how far one standard deviation reaches up from the mean: what an upper
        confidence bound asks. Towards the unwanted tail doubt is larger than this.
        """
        return np.abs(self.backward(seen + std) - self.backward(seen))

    @property
    def unit(self) -> float:
        """What 1 of the process is on the wanted side, in the property's unit."""
        return self.spread * self.scale

    def _bend(self, values: FloatArray) -> FloatArray:
        straight = (self.sign or 1.0) * (values - self.centre) / self.spread
        if not self.sign:
            return straight
        return np.where(straight < 0, -np.log1p(np.maximum(-straight, 0.0)), straight)


_FARTHEST = 5.0
"""Logarithm of how far the tail may reach: far below all data, values stay finite."""


def fit_warp(values: FloatArray, bounds: npt.NDArray[np.int8], *, better: int) -> Warp:
    """Return the warp of values and limits (n,); ``better`` is +1, -1, or 0 for unknown."""
    centre = float(np.median(values))
    spread = 1.4826 * float(np.median(np.abs(values - centre))) or float(values.std()) or 1.0
    bare = Warp(sign=float(better), centre=centre, spread=spread, shift=0.0, scale=1.0)
    facing = (bounds * (better or 1)).astype(np.int8)
    shift, scale = censored_normal(bare.forward(values), facing)
    return Warp(sign=bare.sign, centre=centre, spread=spread, shift=shift, scale=scale)
