# SPDX-License-Identifier: Apache-2.0
"""What a generator may look back on: who was measured, how good it was, and who failed."""

from __future__ import annotations

import numpy as np
from attrs import field, frozen

from loopwright.core.values import Candidate, FloatArray

__all__ = ["Past"]


@frozen(kw_only=True, eq=False)
class Past:
    """Every candidate that was measured, in the order in which the results came."""

    measured: tuple[Candidate, ...] = ()
    worth: FloatArray = field(factory=lambda: np.zeros(0))
    """Shape (n,): the measured value of the goal, signed so that larger is better."""

    failed: tuple[Candidate, ...] = ()
    """Candidates that came back without any number: not made, or not measurable."""

    @property
    def best(self) -> tuple[Candidate, ...]:
        """The measured ones, best first; ties fall to the earlier one."""
        return tuple(self.measured[i] for i in np.argsort(-self.worth, kind="stable"))
