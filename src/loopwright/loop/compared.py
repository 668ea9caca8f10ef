# SPDX-License-Identifier: Apache-2.0
"""Who did better, the loop or people, as an answer: numbers, and what they say in words."""

from __future__ import annotations

from attrs import frozen

__all__ = ["Compared", "Group", "Lead", "Shadow"]


@frozen(kw_only=True)
class Group:
    """Some candidates of one cycle; values in the goal's unit."""

    n: int
    n_measured: int
    mean: float | None
    """Of those that are measured by now, by whomever; None if none is."""

    best: float | None
    n_predicted: int
    """Those without a value that the model speaks of."""

    predicted: float | None
    """The mean of what the last model predicts for these; None if there are none."""


@frozen(kw_only=True)
class Lead:
    """By how much the loop's batch is better than people's; below zero people's is."""

    mean: float
    """Larger is better for the loop, whatever the goal's direction; in its unit."""

    low: float
    """Lower end of the 95 % interval, as ``high`` is the upper one."""

    high: float
    n_cycles: int

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low > 0.0 or self.high < 0.0

    def in_words(self, unit: str) -> str:
        """Return who did better in a sentence; ``unit`` is that of the goal."""
        suffix = "" if unit == "1" else f" {unit}"
        cycles = "one cycle" if self.n_cycles == 1 else f"{self.n_cycles} cycles"
        who = "the loop's picks are better" if self.mean > 0 else "people's picks are better"
        claim = who if self.is_clear else "no difference is proven"
        return (
            f"{claim}: loop less people {self.mean:+.2g}{suffix} a pick "
            f"(95 %: {self.low:.2g} to {self.high:.2g}) over {cycles}"
        )


@frozen(kw_only=True)
class Compared:
    """One cycle: what both picked, and what only one of them did."""

    cycle: int
    both: Group
    people: Group
    """Picked by people alone."""

    loop: Group
    """Picked by the loop alone."""

    n_known: int = 0
    """Picks of people that had a value when they were ordered: no test of who chooses better, and
    left out of all else."""

    lead: Lead | None
    """Of the whole batches, by values and, where there are none, predictions; None where ``why``
    says what is missing, or there is only one number a side."""

    measured: Lead | None
    """The same by measured values alone, which stand for their whole batch; None where one of the
    two has fewer than five."""

    why: str
    """Why it cannot be compared yet, and what is missing; blank if it can."""


@frozen(kw_only=True)
class Shadow:
    """Every cycle in which people chose beside the loop."""

    property: str
    unit: str
    cycles: tuple[Compared, ...]
    lead: Lead | None
    """The mean over cycles; None if none can be compared."""

    measured: Lead | None
    """The same by measured values alone."""

    def in_words(self) -> str:
        """Return who did better over time, and what that rests on."""
        if self.lead is None:
            why = self.cycles[-1].why if self.cycles else "no batch that people chose is ordered"
            return f"No cycle can be compared yet: {why or 'one number a side is too few'}."
        told = self.lead.in_words(self.unit)
        groups = [c.loop for c in self.cycles if not c.why]
        n_predicted = sum(g.n_predicted for g in groups)
        n_out = sum(c.people.n_predicted for c in self.cycles if not c.why)
        basis = (
            f"{sum(g.n_measured for g in groups)} of the {sum(g.n for g in groups)} candidates "
            "that only the loop picked are measured by now"
            + (f"; {n_predicted} count as the last model predicts them" if n_predicted else "")
            + (f"; {n_out} that only people picked count so, too" if n_out else "")
        )
        alone = self.measured.in_words(self.unit) if self.measured else "too few to tell"
        rest = f" By measured values alone: {alone}." if n_predicted or n_out else ""
        return f"{told[0].upper()}{told[1:]}. {basis}.{rest}{self._left_out()}"

    def _left_out(self) -> str:
        """Return a sentence on the cycles that are not in the verdict."""
        left_out = [str(c.cycle) for c in self.cycles if c.why]
        return f" Not compared yet: cycle {', '.join(left_out)}." if left_out else ""
