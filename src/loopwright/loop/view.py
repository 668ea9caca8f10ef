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
class View:
    """A campaign at one moment: what is wanted, at hand, done, known and thought."""

    spec: CampaignSpec
    tools: Tools
    state: State
    candidates: Mapping[str, Candidate]
    """Every candidate that the workspace holds, by id."""

    data: Data
    trained: Trained | None
    """The model to predict with; None while none is of use."""

    unproven: Trained | None
    """A model that beats no baseline: nothing is predicted with it, but a proposer that draws
    truths may ask it how much is possible."""

    by_name: Callable[[], Mapping[str, Candidate]]
    """Candidates by id, and by every name that only one of them bears."""

    measurements: Sequence[Measurement] = ()
    """Every measurement of the workspace, oldest file first."""

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
        return tuple(c for c in keep if batch and c in batch.locked and c not in self.data.ids)

    @property
    def best_first(self) -> list[Candidate]:
        """Measured candidates, best first; ties fall to the earlier id."""
        worth = self.data.sign * self.data.targets.values[:, 0]
        order = np.argsort(-worth, kind="stable")
        return self.named(list(dict.fromkeys(self.data.ids[i] for i in order)))
