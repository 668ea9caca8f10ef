# SPDX-License-Identifier: Apache-2.0
"""What is measured of one property, and of whom."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from loopwright.core.values import Candidate, Targets
from loopwright.spec.goal import Goal

__all__ = ["Studied"]


@frozen(kw_only=True, eq=False)
class Studied:
    """What is measured of one property."""

    goal: Goal
    candidates: Sequence[Candidate]
    """One for each row of ``targets``."""

    targets: Targets
    source: str
    """Where it stands, in words: the file, and its digest."""
