# SPDX-License-Identifier: Apache-2.0
"""What a picture of two goals shows, as plain values."""

from __future__ import annotations

from attrs import frozen

__all__ = ["Front"]

Points = tuple[tuple[float, float], ...]


@frozen(kw_only=True)
class Front:
    """Two goals of a campaign; every point has a value for both, in their units."""

    x_title: str
    y_title: str
    names: tuple[str, ...]
    """Of the measured candidates, as of ``measured``."""

    measured: Points
    is_on_front: tuple[bool, ...]
    """Which measured candidates no other one beats in both goals."""

    proposed: Points
    """Predictions for the open batch; empty if there is none."""
