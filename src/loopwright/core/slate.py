# SPDX-License-Identifier: Apache-2.0
"""What a proposer chooses from: candidates, what is thought of them, what they cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.values import Features, FloatArray

__all__ = [
    "OF_ALL_ON_OFFER", "Account", "Accounting", "Outlook", "Parts", "Plan", "Planning", "Reckoning",
    "Redrawing", "Score", "Scoring", "Slate", "Tipping", "Truths",
]  # fmt: skip

OF_ALL_ON_OFFER = "% of what everything on offer is expected to bring"
"""Unit of an account where nothing that is measured counts yet, so that it is part of no whole."""

Truths = Callable[[npt.NDArray[np.intp]], FloatArray]
"""Rows (m,) -> joint covariance of their true values given all data, shape (m, m)."""

Score = Callable[[FloatArray, FloatArray], FloatArray]
"""(mean, std) -> worth of a measurement, of any shape; it falls with neither of the two."""


@frozen(kw_only=True, eq=False)
class Outlook:
    """What is thought of one goal, in the property's own unit."""

    mean: FloatArray
    """Predicted value of each candidate, shape (n,)."""

    std: FloatArray
    """Doubt about the true value, shape (n,), > 0."""

    covariance: Truths
    known: FloatArray
    """What the model believes of the k candidates that are measured, shape (k,); the same k in
    the same order for every goal."""

    worth: Callable[[FloatArray], FloatArray]
    """How good values are, of any shape: larger is better, in the property's unit."""

    floor: float | None = None
    """Worth that a candidate must reach to count; None if none was named."""

    is_limit: bool = False
    """Whether worth is 0 where a limit is kept and below where not, so that none can be won."""

    weight: float = 1.0
    """How much the goal counts beside the others, > 0; not for all proposers."""

    calibration: float = 1.0
    """What the doubt would have to be multiplied by for the 90 % intervals to have held; 1 where
    nobody can tell."""


@frozen(kw_only=True, eq=False)
class Slate:
    """What a proposer chooses from. Signed so that larger is better, whatever the goal says.

    Where a campaign has several goals, ``mean`` to ``best`` speak of the first.
    """

    features: Features
    """The n candidates that may be chosen."""

    mean: FloatArray
    """Predicted value, shape (n,); all zero where no model speaks."""

    std: FloatArray
    """Doubt about the true value, shape (n,), > 0."""

    noise_std: float
    """Standard deviation of one measurement around the true value, >= 0."""

    covariance: Truths
    known: Features
    """Candidates that are measured or on order; may be empty."""

    best: float
    """Best value known so far; -inf when nothing is."""

    cycles_left: int
    """Batches still to come after this one; 0 for the last."""

    batch_size: int = 0
    """Candidates that each of them holds; as many as this one if 0."""

    outlooks: tuple[Outlook, ...] = ()
    """What is thought of each goal, the first one too; empty where no model speaks."""

    cost: FloatArray | None = None
    """Of each candidate, shape (n,), > 0, in the unit of the budget; None if all cost alike."""

    purse: float = np.inf
    """What the batch may cost at most."""

    chance: FloatArray | None = None
    """That a candidate can be made and measured, 0 to 1, shape (n,); None where nothing tells."""

    calibration: float = 1.0
    """What the doubt would have to be multiplied by for the 90 % intervals to have held; 1 where
    nobody can tell."""

    @property
    def typical(self) -> float:
        """Return what the median of the known is worth for the first goal; 0 if none is known.

        It is the yardstick of what a failure costs: a candidate no better than it.
        """
        first = self.goals[0]
        return float(np.median(first.worth(first.known))) if len(first.known) else 0.0

    @property
    def goals(self) -> tuple[Outlook, ...]:
        """Return what is thought of each goal; where none is named, of the values themselves.

        What is known of these is the best value alone.
        """
        if self.outlooks:
            return self.outlooks
        known = np.array([self.best]) if np.isfinite(self.best) else np.empty(0)
        alone = Outlook(
            mean=self.mean,
            std=self.std,
            covariance=self.covariance,
            known=known,
            worth=lambda values: values,
        )
        return (alone,)


@runtime_checkable
class Scoring(Protocol):
    """A proposer that takes the best by a score, one by one, each shrinking the doubt."""

    def score(self, slate: Slate) -> Score:
        """Return the score; ``science.acquisition.sequential_batch`` by it is the batch."""
        ...


@frozen(kw_only=True, eq=False)
class Parts:
    """What lifts each of k scores above that of a typical candidate; the four add up to it."""

    value: FloatArray
    """By the predicted value, shape (k,), in the unit of the score; so are the next three."""

    doubt: FloatArray
    diversity: FloatArray
    """What the doubt about it has lost to earlier picks that are like it; <= 0."""

    cost: FloatArray
    """By being cheaper (> 0) or dearer (< 0) than a typical candidate."""

    def times(self, amount: float) -> Parts:
        """Return the same in another unit."""
        return Parts(
            value=amount * self.value,
            doubt=amount * self.doubt,
            diversity=amount * self.diversity,
            cost=amount * self.cost,
        )


@frozen(kw_only=True, eq=False)
class Tipping:
    """How much would have to change for each of k picks to leave the batch."""

    mean: FloatArray
    """It stays while its mean is at least this, shape (k,); -inf if it stays in any case."""

    doubt: FloatArray
    """It stays while its doubt is at least this part of what it is, shape (k,); 0 if it would
    stay without any."""

    successor: npt.NDArray[np.intp]
    """Row that comes in without it, shape (k,); -1 if there is none."""

    goal: npt.NDArray[np.intp] | None = None
    """Of which goal ``mean`` is a value, in its own unit, shape (k,): of that which would make it
    drop out soonest, by its doubt. None if there is but one, and ``mean`` is signed."""

    won: npt.NDArray[np.intp] | None = None
    """In how many of the k possible worlds that were drawn it is the best of all, shape (k,). None
    if the picks are not taken from one world each."""


@runtime_checkable
class Redrawing(Protocol):
    """A proposer that takes each pick from one possible world, and can draw these again."""

    def tipping(self, slate: Slate, rows: npt.NDArray[np.intp]) -> Tipping | None:
        """Return how much each of its picks could lose; None where nobody can tell."""
        ...


@runtime_checkable
class Accounting(Protocol):
    """A proposer that accounts for its picks by itself."""

    def parts(self, slate: Slate, rows: npt.NDArray[np.intp]) -> Parts:
        """Return what each of its picks owes its place to; ``rows`` come first pick first."""
        ...

    def tipping(self, slate: Slate, rows: npt.NDArray[np.intp]) -> Tipping:
        """Return how much each of them could lose."""
        ...


@frozen(kw_only=True, eq=False)
class Account:
    """What a batch of k wins in s possible worlds, and what each pick owes its place to."""

    parts: Parts
    """In ``unit``, as is all else."""

    gains: FloatArray
    """What the batch wins beyond what is known, shape (s,), >= 0."""

    left: FloatArray
    """What those that promise most on the whole slate would win together, shape (s,), >= 0."""

    unit: str
    """As it stands behind a number; blank if it is that of the first goal."""

    tipping: Callable[[], Tipping]
    """How much each pick could lose, if nothing but what they win had a say in the choice."""


@runtime_checkable
class Reckoning(Protocol):
    """A proposer for several goals, that accounts for a batch in a unit of his own."""

    def account(
        self, slate: Slate, rows: npt.NDArray[np.intp], rng: np.random.Generator
    ) -> Account:
        """Return what his batch wins; ``rows`` come first pick first.

        ``rng`` is as it was when he chose, so that he finds the same worlds again.
        """
        ...


class Choosing(Protocol):
    """What a plan names: as ``ports.Proposer``."""

    def propose(
        self, slate: Slate, batch_size: int, rng: np.random.Generator
    ) -> npt.NDArray[np.intp]:
        """Return distinct rows, most wanted first."""
        ...


@frozen(kw_only=True)
class Plan:
    """Who chooses a batch."""

    proposer: Choosing
    why: str
    """What speaks for him, to stand behind his name."""


@runtime_checkable
class Planning(Protocol):
    """A proposer that makes up its mind anew for each batch."""

    def plan(self, slate: Slate, batch_size: int, rng: np.random.Generator) -> Plan:
        """Return who chooses this batch."""
        ...
