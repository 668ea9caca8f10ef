# SPDX-License-Identifier: Apache-2.0
"""``auto`` tries what the catalogue says of a structure as descriptors, and keeps what helps."""

from __future__ import annotations

from functools import cache

import numpy as np
from attrs import evolve, frozen

from loopwright.api.catalogues import catalogue_folder
from loopwright.api.how import How
from loopwright.api.learnable import Learnable
from loopwright.api.property_folder import MODELS
from loopwright.core.values import Features
from loopwright.training.families import regrouped
from loopwright.training.others import Others, standing
from loopwright.training.property import held_out_errors
from loopwright.training.property_model import Property, PropertyModel, lifted

__all__ = ["Beneath", "beneath"]

CATALOGUE = "admet"
LEAST_ROWS, MOST_ROWS = 30, 4_000
"""Own structures for which it is tried: fewer cannot tell, more have little to gain."""

LEAST_GAIN = 0.01
"""Share of the squared error on held-out families that it must save."""


@frozen(kw_only=True, eq=False)
class Beneath:
    """The rows to learn from, and the models that were asked about them."""

    features: Features
    others: Others | None
    told: str
    """What came of it, to stand behind the reasons of a model; blank where it was not tried."""

    def under(self, model: PropertyModel) -> PropertyModel:
        """Return a model of these rows as one that asks others first, where it does."""
        why = "; ".join(filter(None, (model.card.why, self.told)))
        model = evolve(model, card=evolve(model.card, why=why))
        return model if self.others is None else standing(model, self.others)


def beneath(one: Learnable, described: Features, about: Property, how: How) -> Beneath:
    """Return the rows as they are, or with what the catalogue says of them if that saves errors.

    Args:
        one: The own rows.
        described: The same, with families.
        about: What is learned.
        how: Asked for with ``is_upon_catalogue``, by the recipe ``auto`` and without a budget.
    """
    alone = Beneath(features=described, others=None, told="")
    n, is_asked = len(described), how.is_upon_catalogue and how.model == "auto"
    if not is_asked or how.budget_s is not None or about.task == "ordinal":
        return alone
    if not LEAST_ROWS <= n <= MOST_ROWS:
        return alone
    others = _catalogue().without_same(described.ids, one.targets.values[:, 0], one.task)
    upon = lifted(described, others.ask(described))
    own, with_it = (
        float(np.mean(np.square(_errors(rows, one, about, how)))) for rows in (described, upon)
    )
    if with_it > (1.0 - LEAST_GAIN) * own:
        return evolve(alone, told=f"what {CATALOGUE} says of the structures saves nothing")
    told = (
        f"on top of what {len(others.kept)} models of {CATALOGUE} say, which saves "
        f"{1.0 - with_it / own:.0%} of the squared error"
    )
    return Beneath(features=upon, others=others, told=told)


def _errors(rows: Features, one: Learnable, about: Property, how: How) -> np.ndarray:
    """Return the errors of the recipe on held-out families."""
    dealt = regrouped(rows, how.split)
    return held_out_errors(dealt, one.targets, about=about, seed=how.seed, recipe=how.model)[0]


@cache
def _catalogue() -> Others:
    return Others.of((catalogue_folder(CATALOGUE) / MODELS).read_bytes())
