# SPDX-License-Identifier: Apache-2.0
"""All that a step may look at, gathered once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from attrs import frozen

from loopwright.core.errors import DataError
from loopwright.core.values import Candidate, Measurement
from loopwright.loop.known import Data
from loopwright.loop.state import State
from loopwright.loop.tools import Tools
from loopwright.spec.campaign import CampaignSpec
from loopwright.training.train import Trained

__all__ = ["View"]


@frozen(kw_only=True, eq=False)
class Aim:
    """One goal: what is measured of its property, and what is thought of it."""

    data: Data
    trained: Trained | None
    """The model to predict with; None while none is of use."""

    unproven: Trained | None
    """A model that beats no baseline: nothing is predicted with it, but a proposer that draws
    truths may ask it how much is possible."""

    @property
    def model(self) -> Trained | None:
        """The model, of use or not."""
        return self.trained or self.unproven


@frozen(kw_only=True, eq=False)
class View:
    """A campaign at one moment: what is wanted, at hand, done, known and thought."""

    spec: CampaignSpec
    tools: Tools
    state: State
    candidates: Mapping[str, Candidate]
    """Every candidate that the workspace holds, by id."""

    aims: tuple[Aim, ...]
    """One for each goal, in the order of the campaign file."""

    by_name: Callable[[], Mapping[str, Candidate]]
    """Candidates by id, and by every name that only one of them bears."""

    measurements: Sequence[Measurement] = ()
    """Every measurement of the workspace, oldest file first."""

    screens: Data | None = None
    """What the screen of the campaign file has measured; None if it names none."""

    is_told: bool = True
    """Whether a batch says what it is expected to gain, and what each pick owes its place to."""

    @property
    def data(self) -> Data:
        """What is measured of the first goal."""
        return self.aims[0].data

    @property
    def trained(self) -> Trained | None:
        """The model of the first goal; None while none is of use."""
        return self.aims[0].trained

    @property
    def measured(self) -> frozenset[str]:
        """Candidates with a value or a limit of any goal."""
        return frozenset().union(*(aim.data.ids for aim in self.aims))

    @property
    def free(self) -> frozenset[str]:
        """Candidates of the workspace that could still be ordered."""
        return frozenset(self.candidates) - self.measured - self.state.taken

    @property
    def hits(self) -> frozenset[str]:
        """Candidates that reach the threshold of every goal; none if no goal names one."""
        if all(aim.data.goal.threshold is None for aim in self.aims):
            return frozenset()
        return frozenset.intersection(*(aim.data.hits for aim in self.aims))

    @property
    def barred(self) -> frozenset[str]:
        """Candidates that are measured and do not keep a limit."""
        limits = [aim.data for aim in self.aims if aim.data.goal.limit]
        return frozenset().union(*(set(data.ids) - data.hits for data in limits))

    @property
    def screened(self) -> frozenset[str]:
        """Candidates with a value of the screen, or whose screen was ordered."""
        return frozenset(self.state.screened).union(self.screens.ids if self.screens else ())

    @property
    def waits_for(self) -> tuple[str, ...]:
        """Candidates on order, to be assayed or screened, that nothing was heard of yet."""
        return tuple(dict.fromkeys((*self.state.outstanding, *self.state.screens_out)))

    def named(self, ids: Sequence[str]) -> list[Candidate]:
        """Return the candidates of these ids, in this order."""
        return [self.candidates[i] for i in ids]

    def find(self, text: str) -> Candidate:
        """Return the candidate of an id, a name or a notation; a notation may be a new one.

        Raises:
            DataError: The text is none of these.
        """
        known = self.by_name().get(text)
        if known is not None:
            return known
        try:
            return self.tools.modality.parse(text)
        except DataError as ex:
            raise DataError(
                f"{text!r} is no candidate's id or name, nor can it be read: {ex.what}",
                where="candidate",
                remedy="Give an id or a name as the batch prints it; a shared name needs the id.",
            ) from ex

    @property
    def locked(self) -> tuple[str, ...]:
        """Picks that a person has locked and that are not measured by now."""
        batch = self.state.proposal
        keep = batch.candidates if batch else ()
        return tuple(c for c in keep if batch and c in batch.locked and c not in self.measured)

    @property
    def best_first(self) -> list[Candidate]:
        """Measured candidates that keep the limits, best first; ties fall to the earlier id.

        Last come those of which nothing says how good they are at least.
        """
        order = np.lexsort((-self.data.worth, ~self.data.counts))
        ids = dict.fromkeys(self.data.ids[i] for i in order)
        barred = self.barred
        return self.named([i for i in ids if i not in barred])
