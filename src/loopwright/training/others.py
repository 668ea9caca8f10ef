# SPDX-License-Identifier: Apache-2.0
"""Models of other properties, asked together, whose answers are descriptors of a model above."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property

import numpy as np
from attrs import evolve, field, frozen

from loopwright.core.values import Features, FloatArray, Task
from loopwright.science.metrics import spearman
from loopwright.training.doubt import to_scale
from loopwright.training.panel import Panel
from loopwright.training.property_file import Unpacked, unpack_properties
from loopwright.training.property_model import PropertyModel
from loopwright.training.unseen import unseen_of

__all__ = ["Others", "standing"]

LEAST_CHANCE = 0.01
"""A probability counts by its log odds, and never as less than this."""

LEAST_SHARED = 10
"""Structures in common from which it is looked whether two properties have the same values."""

SAME = 0.95
"""Rank correlation of the values, or share of classes in common, from which they have."""

EQUAL = 0.5
"""Share of numbers that are equal from which they have, whatever became of the others."""


@frozen(kw_only=True, eq=False)
class Others:
    """Models that answer together: one descriptor each."""

    content: bytes = field(repr=False)
    """Of the file that holds them."""

    kept: tuple[str, ...]
    """Their names in that file."""

    unpacked: Unpacked = field(repr=False)

    @classmethod
    def of(cls, content: bytes) -> Others:
        """Return all models of a file of property models.

        Raises:
            DataError: It is none.
        """
        unpacked = unpack_properties(content)
        return cls(content=content, kept=tuple(unpacked.models), unpacked=unpacked)

    def only(self, names: Collection[str]) -> Others:
        """Return those of some names, in their order here."""
        return evolve(self, kept=tuple(name for name in self.kept if name in names))

    @property
    def models(self) -> tuple[PropertyModel, ...]:
        """Return the models that answer."""
        return tuple(self.unpacked.models[name] for name in self.kept)

    @property
    def properties(self) -> tuple[str, ...]:
        """Return what each of them predicts."""
        return tuple(model.card.property.name for model in self.models)

    def ask(self, features: Features) -> FloatArray:
        """Return what each says of n rows on its scale of learning, shape (n, models).

        Of a row from which a model has learned it is what was said before it had: so rows that are
        known and rows that are new are told alike.
        """
        answers = self._panel.answers(features)
        columns = []
        for model, before, answer in zip(self.models, self._before, answers, strict=True):
            now = answer.prediction.mean[:, 0].tolist()
            said = [before.get(i, x) for i, x in zip(features.ids, now, strict=True)]
            columns.append(_as_learned(np.array(said), model))
        return np.stack(columns, axis=1)

    def without_same(self, ids: Sequence[str], values: FloatArray, task: Task) -> Others:
        """Return those that were not made of the same values: they would know the answers.

        Args:
            ids: n candidates.
            values: What is measured of them, shape (n,).
            task: What the values are.
        """
        own = dict(zip(ids, values.tolist(), strict=True))
        is_same = [_is_same(model, own, task) for model in self.models]
        return self.only([n for n, same in zip(self.kept, is_same, strict=True) if not same])

    def n_known(self, ids: Collection[str]) -> int:
        """Return how many of some candidates any of the models has learned from."""
        return len(set(ids) & {i for m in self.models for i in m.known.ids})

    @cached_property
    def _panel(self) -> Panel:
        return self.unpacked.panel(self.kept)

    @cached_property
    def _before(self) -> tuple[dict[str, float], ...]:
        """Return of each model what it said of its training rows before it had seen them."""
        return tuple(
            dict(zip(m.known.ids, unseen_of(m).said.tolist(), strict=True)) for m in self.models
        )


def standing(model: PropertyModel, others: Others) -> PropertyModel:
    """Return a model that has learned from rows with the answers of others, as one that asks them.

    Args:
        model: Trained on rows that ``lifted`` by what the others say.
        others: Those.
    """
    table = model.known.blocks["descriptors"]
    assert isinstance(table, np.ndarray), "descriptors are a table"
    blocks = {**model.known.blocks, "descriptors": table[:, : -len(others.kept)]}
    return evolve(model, known=evolve(model.known, blocks=blocks), others=others)


def _as_learned(said: FloatArray, model: PropertyModel) -> FloatArray:
    """Return answers on the scale of learning, and probabilities as log odds."""
    if model.card.property.task == "classification":
        chance = np.clip(said, LEAST_CHANCE, 1.0 - LEAST_CHANCE)
        return np.asarray(np.log(chance / (1.0 - chance)))
    scale = model.card.scale
    return to_scale(np.maximum(said, model.values.min()) if scale == "log" else said, scale)


def _is_same(model: PropertyModel, own: dict[str, float], task: Task) -> bool:
    """Return whether a model has learned from the very values."""
    if model.card.property.task != task:
        return False
    pairs = [
        (own[candidate], value)
        for candidate, value in zip(model.known.ids, model.values.tolist(), strict=True)
        if candidate in own
    ]
    if len(pairs) < LEAST_SHARED:
        return False
    mine, theirs = np.array(pairs).T
    if task == "classification":
        return float(np.mean(np.round(mine) == np.round(theirs))) >= SAME
    are_equal = float(np.mean(np.isclose(mine, theirs, rtol=1e-3))) >= EQUAL
    return are_equal or abs(float(spearman(mine, theirs))) >= SAME
