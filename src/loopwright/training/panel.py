# SPDX-License-Identifier: Apache-2.0
"""Property models that are asked together: what they have in common is worked out once.

New rows are compared once with all training rows of all models; neighbours, domains and whatever
part of a model lives of similarity take their columns from there. The answers are those of the
models, up to the rounding of sums. A model that stands on another is asked by itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from attrs import evolve, frozen

from loopwright.core.counts import Counts
from loopwright.core.ports import FittedModel, Pooling
from loopwright.core.values import Features, FloatArray, Prediction
from loopwright.science.reference import Reference
from loopwright.training.property_model import PropertyModel
from loopwright.training.trial import made

__all__ = ["Answer", "Panel"]

Float32 = npt.NDArray[np.float32]

BLOCK_ROWS = 256
"""Rows that are compared with all training rows at once."""


@frozen(kw_only=True, eq=False)
class Answer:
    """What one model says of n rows."""

    prediction: Prediction
    nearest: npt.NDArray[np.intp]
    """Place of the most similar training row among those of the model, shape (n,)."""

    similarity: FloatArray
    """How similar it is, shape (n,), from 0 to 1."""


class Panel:
    """Models that are asked together; all were trained on patterns."""

    def __init__(
        self,
        models: Sequence[PropertyModel],
        known: Features,
        rows: Sequence[npt.NDArray[np.intp]],
    ) -> None:
        """Bring together what the models have in common.

        Args:
            models: In the order in which they answer.
            known: Every training row of any of them, once.
            rows: Places of the training rows of each model among those.
        """
        self._models, self._rows = tuple(models), tuple(rows)
        self._reference = Reference(_patterns(known))
        alone = [m if m.stands_alone else evolve(m, parts={}) for m in models]
        names = dict.fromkeys(name for m in alone for name in m.parts)
        self._parts = tuple(_Part(name, alone, known.ids) for name in names)

    def answers(self, features: Features) -> tuple[Answer, ...]:
        """Return what each model says of n rows.

        Args:
            features: What the models were trained on: their kinds, of n rows.
        """
        n, t = len(features), len(self._models)
        nearest, similarity = np.empty((t, n), np.intp), np.empty((t, n))
        said: list[list[FloatArray]] = [[np.empty(n) for _ in m.parts] for m in self._models]
        for start in range(0, n, BLOCK_ROWS):
            block = slice(start, min(start + BLOCK_ROWS, n))
            some = features.take(np.arange(block.start, block.stop))
            alike = self._reference.tanimoto(_patterns(some))
            for j, rows in enumerate(self._rows):
                own = alike.take(rows, axis=1)
                nearest[j, block] = own.argmax(axis=1)
                similarity[j, block] = own[np.arange(len(own)), nearest[j, block]]
            for part in self._parts:
                part.write(said, block, some, alike)
        return tuple(
            Answer(
                prediction=model.blended(np.stack(said[j]), similarity[j])
                if model.stands_alone
                else model.predict_near(features, similarity[j]),
                nearest=nearest[j],
                similarity=similarity[j],
            )
            for j, model in enumerate(self._models)
        )


class _Part:
    """A part of the recipe, in all models that have it."""

    def __init__(self, name: str, models: Sequence[PropertyModel], known: Sequence[str]) -> None:
        places = [(j, list(m.parts).index(name)) for j, m in enumerate(models) if name in m.parts]
        fitted = [models[j].parts[name] for j, _ in places]
        model = made(name)
        self._places = places
        self._pool = model.pool(fitted, known) if isinstance(model, Pooling) else _Single(fitted)

    def write(
        self, said: list[list[FloatArray]], block: slice, features: Features, alike: Float32
    ) -> None:
        """Write what this part of each model says of some rows."""
        means = self._pool.means(features, alike)
        for (model, part), mean in zip(self._places, means.T, strict=True):
            said[model][part][block] = mean


class _Single:
    """Models that have nothing in common."""

    def __init__(self, fitted: Sequence[FittedModel]) -> None:
        self._fitted = fitted

    def means(self, features: Features, alike: Float32) -> FloatArray:
        """Return the mean that each model states of each row."""
        return np.stack([one.predict(features).mean[:, 0] for one in self._fitted], axis=1)


def _patterns(features: Features) -> Counts:
    found = features.blocks["patterns"]
    assert isinstance(found, Counts), "patterns are counts"
    return found
