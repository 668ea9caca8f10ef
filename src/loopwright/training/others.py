# SPDX-License-Identifier: Apache-2.0
"""Models of other properties, asked together, whose answers are descriptors of a model above."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property

import numpy as np
from attrs import evolve, field, frozen

from loopwright.core.values import Features, FloatArray, Task
from loopwright.science.metrics import spearman
from loopwright.training.doubt import to_scale
from loopwright.training.panel import Answer, Panel
from loopwright.training.property_file import Unpacked, unpack_properties
from loopwright.training.property_model import PropertyModel
from loopwright.training.unseen import unseen_of

__all__ = ["File", "Others", "standing"]

LEAST_CHANCE = 0.01
"""A probability counts by its log odds, and never as less than this."""

LEAST_SHARED = 10
"""Structures in common from which it is looked whether two properties have the same values."""

SAME = 0.95
"""Rank correlation of the values, or share of classes in common, from which they have."""

MORE = 0.2
"""Structures that another model knows beside the own ones, as a share of these, from which it may
be of the same quantity."""

EQUAL = 0.5
"""Share of numbers that are equal from which they have, whatever became of the others."""


@frozen(kw_only=True, eq=False)
class File:
    """The models of one file, which are always asked together."""

    content: bytes = field(repr=False)
    unpacked: Unpacked = field(repr=False)
    _latest: dict[int, tuple[Features, dict[str, FloatArray]]] = field(
        factory=dict, init=False, repr=False
    )

    def said(self, features: Features) -> dict[str, FloatArray]:
        """Return what each says of n rows on its scale of learning, by name.

        It is kept until other rows are asked about, since several models may stand on one file.
        """
        if (found := self._latest.get(id(features))) is None:
            answers = self._panel.answers(features)
            columns = {
                name: _as_learned(self._unseen(name, features, answer), model)
                for (name, model), answer in zip(self._models.items(), answers, strict=True)
            }
            found = features, columns
            self._latest.clear()
            self._latest[id(features)] = found
        return found[1]

    def _unseen(self, name: str, features: Features, answer: Answer) -> FloatArray:
        """Return an answer; of rows from which the model has learned, that of before it had."""
        before, now = self._before[name], answer.prediction.mean[:, 0].tolist()
        return np.array([before.get(i, x) for i, x in zip(features.ids, now, strict=True)])

    @property
    def _models(self) -> dict[str, PropertyModel]:
        return self.unpacked.models

    @cached_property
    def _panel(self) -> Panel:
        return self.unpacked.panel(tuple(self._models))

    @cached_property
    def _before(self) -> dict[str, dict[str, float]]:
        """Return of each model what it said of its training rows before it had seen them."""
        return {
            name: dict(zip(m.known.ids, unseen_of(m).said.tolist(), strict=True))
            for name, m in self._models.items()
        }


@frozen(kw_only=True, eq=False)
class Others:
    """Models of one file or of two that answer together: one descriptor each."""

    files: tuple[File, ...]
    kept: tuple[str, ...]
    """Names of the models that answer; none stands in two files."""

    @classmethod
    def of(cls, *contents: bytes) -> Others:
        """Return all models of files of property models.

        Raises:
            DataError: One is no such file.
        """
        return cls.over(*(File(content=c, unpacked=unpack_properties(c)) for c in contents))

    @classmethod
    def over(cls, *files: File) -> Others:
        """Return all models of files that are unpacked."""
        return cls(files=files, kept=tuple(name for f in files for name in f.unpacked.models))

    def beside(self, more: Others) -> Others:
        """Return these and more of them."""
        return Others(files=(*self.files, *more.files), kept=(*self.kept, *more.kept))

    def only(self, names: Collection[str]) -> Others:
        """Return those of some names, in their order here."""
        return evolve(self, kept=tuple(name for name in self.kept if name in names))

    @property
    def contents(self) -> tuple[bytes, ...]:
        """Return the bytes of the files."""
        return tuple(file.content for file in self.files)

    @property
    def models(self) -> tuple[PropertyModel, ...]:
        """Return the models that answer."""
        known = {name: m for file in self.files for name, m in file.unpacked.models.items()}
        return tuple(known[name] for name in self.kept)

    @property
    def properties(self) -> tuple[str, ...]:
        """Return what each of them predicts."""
        return tuple(model.card.property.name for model in self.models)

    def ask(self, features: Features) -> FloatArray:
        """Return what each says of n rows on its scale of learning, shape (n, models).

        Of a row from which a model has learned it is what was said before it had: so rows that are
        known and rows that are new are told alike.
        """
        said = {n: column for file in self.files for n, column in file.said(features).items()}
        return np.stack([said[name] for name in self.kept], axis=1)

    def without_same(
        self, ids: Sequence[str], values: FloatArray, task: Task, *, beside: Collection[str] = ()
    ) -> Others:
        """Return those that were not made of the same values: they would know the answers.

        Args:
            ids: n candidates.
            values: What is measured of them, shape (n,).
            task: What the values are.
            beside: Names of those that stand in one file with the values. They may be of the
                same quantity if they know structures that are not among ``ids``.
        """
        own = dict(zip(ids, values.tolist(), strict=True))
        return self.only(
            [
                name
                for name, model in zip(self.kept, self.models, strict=True)
                if not _is_same(model, own, task) or (name in beside and _knows_more(model, own))
            ]
        )

    def n_known(self, ids: Collection[str]) -> int:
        """Return how many of some candidates any of the models has learned from."""
        return len(set(ids) & {i for m in self.models for i in m.known.ids})


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


def _knows_more(model: PropertyModel, own: Mapping[str, float]) -> bool:
    """Return whether a model has learned from enough structures that are not known here."""
    new = sum(candidate not in own for candidate in model.known.ids)
    return new >= MORE * len(own)


def _is_same(model: PropertyModel, own: Mapping[str, float], task: Task) -> bool:
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
    are_equal = float(np.mean(np.isclose(mine, theirs, rtol=1e-3, atol=0.0))) >= EQUAL
    return are_equal or abs(float(spearman(mine, theirs))) >= SAME
