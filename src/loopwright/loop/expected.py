# SPDX-License-Identifier: Apache-2.0
"""What a batch is expected to gain, as it stands in the ledger and in words."""

from __future__ import annotations

from attrs import frozen

from loopwright.core.slate import OF_ALL_ON_OFFER

__all__ = ["Gain"]


@frozen(kw_only=True)
class Gain:
    """By how much a batch is expected to exceed the best so far; with several goals, all known."""

    mean: float
    low: float
    """Lower end of the 90 % interval, as ``high`` is the upper one."""

    high: float
    left: float
    """With 95 % probability, by the model, nothing that is offered gains more."""

    cost: float
    """Of the batch, in the unit of the budget."""

    unit: str = ""
    """Of all but the cost, as it stands behind a number; blank if it is the goal's."""

    limit: str = ""
    """Beyond which the best so far lies, ``>8``, where no value of it is known: the gain is then
    over that limit, or over what the model believes. Blank where its value is known."""

    def in_words(self, goal_unit: str) -> str:
        """Return it in a sentence; ``goal_unit`` is that of the goal, ``"1"`` if it has none."""
        mean, low, high, left = map(self._said, (self.mean, self.low, self.high, self.left))
        if self.unit == OF_ALL_ON_OFFER:
            return self._from_nothing(mean, low, high)
        suffix = self._suffix(goal_unit)
        best = f"the best (measured {self.limit})" if self.limit else "the best"
        over, most = best, "nothing on offer exceeds it by more than"
        if self.unit:
            over, most = "what is known", "all on offer together gain no more than"
        return (
            f"expected gain over {over}: {mean}{suffix} (90 %: {low} to {high}) for "
            f"{self.cost:g}; with 95 % probability {most} {left}{suffix}"
        )

    def too_little(self, least: float, goal_unit: str) -> str:
        """Return why what is left is not worth a batch; blank if it is ``least`` or more."""
        if self.left >= least:
            return ""
        most = "nothing on offer exceeds the best by more than"
        if self.unit:
            most = "all on offer together gain no more than"
        suffix = self._suffix(goal_unit)
        return (
            f"with 95 % probability {most} {self.left:.3g}{suffix}, less than the "
            f"{least:g}{suffix} asked for"
        )

    def _suffix(self, goal_unit: str) -> str:
        """Return the unit as it stands behind a number; ``goal_unit`` is ``"1"`` for none."""
        unit = self.unit or ("" if goal_unit == "1" else goal_unit)
        return f" {unit}" if unit else ""

    def _from_nothing(self, mean: str, low: str, high: str) -> str:
        """Return it in a sentence where nothing that is measured counts for every goal."""
        so_far = "no measured candidate is good enough in every goal yet"
        if not self.mean and not self.left:
            return f"{so_far}, and with 95 % probability nothing on offer is, either"
        return (
            f"{so_far}; of what everything on offer is expected to bring, this batch brings "
            f"{mean} % (90 %: {low} to {high}) for {self.cost:g}"
        )

    def _said(self, value: float) -> str:
        """Return a number as it is told: shares above 100 % without a power of ten."""
        return f"{value:.0f}" if self.unit and value >= 100.0 else f"{value:.2g}"
