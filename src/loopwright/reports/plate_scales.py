# SPDX-License-Identifier: Apache-2.0
"""Colour scales of plate maps: one for how much, one for how far to which side.

Both keep their order in every common colour blindness and in a grey print of one side.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import evolve, frozen

__all__ = ["DIVERGING", "SEQUENTIAL", "Scale", "ink_on"]


@frozen(kw_only=True)
class Scale:
    """Colours from a lowest to a highest value; what lies beyond takes the colour of the end."""

    stops: tuple[str, ...]
    low: float = 0.0
    high: float = 1.0

    def over(
        self, values: Sequence[float | None], *, fixed: tuple[float, float] | None = None
    ) -> Scale:
        """Return the scale over the values, or over fixed ends if any value is there."""
        known = [v for v in values if v is not None]
        low, high = fixed or (min(known, default=0.0), max(known, default=1.0))
        return evolve(self, low=low, high=high if high > low else low + 1.0)

    def around(self, values: Sequence[float | None]) -> Scale:
        """Return the scale around zero, to the 98th percentile of what lies farthest."""
        known = [abs(v) for v in values if v is not None]
        reach = float(np.percentile(known, 98)) if known else 1.0
        return evolve(self, low=-(reach or 1.0), high=reach or 1.0)

    def colour(self, value: float) -> str:
        """Return the colour of a value."""
        share = min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)
        at = share * (len(self.stops) - 1)
        i = min(int(at), len(self.stops) - 2)
        one, other = (_parts(self.stops[j]) for j in (i, i + 1))
        mixed = (round(a + (b - a) * (at - i)) for a, b in zip(one, other, strict=True))
        return "#" + "".join(f"{part:02x}" for part in mixed)

    def ticks(self) -> tuple[tuple[float, str], ...]:
        """Return (share, label) at both ends and in the middle."""
        middle = (self.low + self.high) / 2
        return tuple(
            (share, f"{value:.4g}")
            for share, value in ((0.0, self.low), (0.5, middle), (1.0, self.high))
        )


SEQUENTIAL = Scale(
    stops=("#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369",
           "#e1cc55", "#fee838"),
)  # fmt: skip
"""Cividis, Nuñez, Anderton & Renslow (2018), doi:10.1371/journal.pone.0199239."""

DIVERGING = Scale(
    stops=("#0b5cad", "#6fa3d6", "#c9dbee", "#f7f7f7", "#f2d3bd", "#dd935f", "#b3470b")
)
"""From blue over near white to vermilion."""


def ink_on(colour: str) -> str:
    """Return black or white, whichever is read better on a colour (WCAG 2.1 luminance).

    Example:
        >>> ink_on("#fee838"), ink_on("#00224e"), ink_on("none")
        ('#18212b', '#ffffff', '#18212b')
    """
    if colour == "none":
        return "#18212b"
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (p / 255 for p in _parts(colour))
    ]
    light = sum(w * part for w, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return "#18212b" if light > 0.18 else "#ffffff"


def _parts(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))
