# SPDX-License-Identifier: Apache-2.0
"""What a report shows of the loop against people, as plain values."""

from __future__ import annotations

from attrs import frozen

__all__ = ["ShadowRow", "ShadowTable"]


@frozen(kw_only=True)
class ShadowRow:
    """One cycle; cells as they should be read."""

    cycle: int
    n_both: int
    """Candidates that both picked."""

    people: str
    """What people alone picked: number, mean and best of what is measured."""

    loop: str
    """The same of what the loop alone picked."""

    predicted: str
    """Of the latter, what is not measured: number and mean prediction."""

    lead: str
    """Loop less people with its interval, by values and predictions; blank if not known."""

    measured: str
    """The same by measured values alone."""


@frozen(kw_only=True)
class ShadowTable:
    """Who did better over time."""

    property: str
    unit: str
    verdict: str
    rows: tuple[ShadowRow, ...]
