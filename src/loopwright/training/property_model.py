# SPDX-License-Identifier: Apache-2.0
"""A property model as a value: its parts, its card, what turns answers into intervals.

It may stand on another property model, whole, whose answer enters as a number for each row. How
any of it is learned is told elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Literal, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
from attrs import evolve, field, frozen
from attrs.validators import in_, min_len

from loopwright.core.ports import FittedModel
from loopwright.core.values import Features, FloatArray, Prediction, Task
from loopwright.science.intervals import Z_90
from loopwright.science.ordinal import Borders, median_level, shortest_range
from loopwright.science.probability import Calibrator
from loopwright.science.similarity import nearest
from loopwright.training.doubt import Doubt, Scale, from_scale, to_scale
from loopwright.training.property_scores import PropertyScores

__all__ = [
    "Asking", "Base", "Property", "PropertyCard", "PropertyModel", "Unseen", "Way", "lifted",
]  # fmt: skip


Way: TypeAlias = Literal["catalogue", "own", "residual", "column", "columns"]
"""How models below enter: one alone, not at all, with what it leaves over, as one more descriptor;
all of several as one more descriptor each."""

LEAST = 1e-9


@frozen(kw_only=True)
class Property:
    """What is learned."""

    name: str = field(validator=min_len(1))
    unit: str = "1"
    task: Task = field(
        default="regression", validator=in_(("regression", "classification", "ordinal"))
    )
    low: float | None = None
    """No answer is below this, in ``unit``."""

    high: float | None = None
    """No answer is above this."""

    levels: tuple[str, ...] = ()
    """Of an ordinal property, from the lowest; its values are their places, from 0."""


@frozen(kw_only=True)
class PropertyCard:
    """What one training run found: enough to judge the model without it."""

    property: Property
    recipe: tuple[str, ...]
    """The models whose weighted average answers."""

    why: str
    is_useful: bool
    """Whether it beats both baselines on held-out families."""

    scale: Scale
    """Whether a number was learned as it is or as its logarithm."""

    split: str
    n_folds: int
    n_families: int
    n_rows: int
    scores: tuple[PropertyScores, ...]
    """What answers first, then its parts, baselines last; on held-out families."""

    domain_similarity: float
    """A candidate less similar than this to all training rows is out of domain."""

    seconds: float
    model: str = "auto"
    """What was asked for: one of ``RECIPES``."""

    weights: tuple[float, ...] = ()
    """Of the models in ``recipe``; equal if none are given."""


@frozen(kw_only=True, eq=False)
class Unseen:
    """What was said of each training row by models that knew no row of its family."""

    said: FloatArray
    """In the property's unit; of a class its calibrated probability, of levels the median one.
    Shape (n,)."""

    bounds: npt.NDArray[np.int8]
    """0 measured, -1 or +1 a limit. Shape (n,)."""

    fold: npt.NDArray[np.intp]
    """Which rows were held out together. Shape (n,)."""


class Asking(Protocol):
    """Models of other properties that answer together; ``training.others`` has them."""

    @property
    def contents(self) -> tuple[bytes, ...]:
        """Return the files that hold them."""
        ...

    @property
    def kept(self) -> tuple[str, ...]:
        """Return their names in those files."""
        ...

    @property
    def models(self) -> Sequence[PropertyModel]:
        """Return them."""
        ...

    def only(self, names: Collection[str]) -> Asking:
        """Return those of some names."""
        ...

    def ask(self, features: Features) -> FloatArray:
        """Return what each says of n rows, shape (n, models)."""
        ...


@frozen(kw_only=True, eq=False)
class PropertyModel:
    """Fitted models with what turns their answers into intervals and probabilities."""

    parts: Mapping[str, FittedModel]
    card: PropertyCard
    doubt: Doubt | None
    """Of a number."""

    calibrator: Calibrator | None
    """Of a class."""

    known: Features
    """The training rows, for neighbours and domain."""

    values: FloatArray
    """Their values, shape (n,), in the property's unit."""

    unseen: Unseen | None = None
    """None where it was not kept."""

    base: Base | None = None
    """The model below this one; most have none."""

    borders: Borders | None = None
    """Of levels."""

    others: Asking | None = None
    """Models of other properties whose answers are descriptors here; most have none."""

    @property
    def stands_alone(self) -> bool:
        """Return whether no other property model has to be asked first."""
        return self.base is None and self.others is None

    @property
    def asking(self) -> Asking | None:
        """Return the models of other properties that this one, or one below it, asks."""
        return self.base.model.asking if self.base else self.others

    @property
    def asked(self) -> tuple[str, ...]:
        """Names of the models that answer, those of the models below last."""
        below = (self.base.model,) if self.base else self.others.models if self.others else ()
        return (*self.parts, *(name for model in below for name in model.asked))

    def predict(self, features: Features) -> Prediction:
        """Return numbers with 90 % intervals, probabilities with their range, or levels.

        The mean of a number learned as its logarithm is a median. ``std`` of a number is its
        half interval over 1.645; of a class it is that of one draw.
        """
        return self.predict_near(features, self.nearest(features, k=1)[1][:, 0])

    def predict_near(self, features: Features, similarity: FloatArray) -> Prediction:
        """Return what ``predict`` does, given the similarity to the nearest training row.

        Args:
            features: Rows to predict.
            similarity: Of each to its nearest training row, shape (n,), from 0 to 1.
        """
        if self.base is not None:
            return self._told(*self._upon(self.base, features), similarity)
        return self.blended(self._said(features), similarity)

    def blended(self, said: FloatArray, similarity: FloatArray) -> Prediction:
        """Return the prediction that follows from what the parts say; not where there is a base.

        Args:
            said: Mean of each part for each row, in the order of ``parts``, shape (parts, n).
            similarity: Of each row to its nearest training row, shape (n,), from 0 to 1.
        """
        mean = np.average(said, axis=0, weights=self.card.weights or None)
        return self._told(mean, np.ptp(said, axis=0), similarity)

    def apart(self, features: Features) -> FloatArray:
        """Return how far the parts are apart on each of n rows, on the scale of learning."""
        if self.base is not None:
            return self._upon(self.base, features)[1]
        return np.asarray(np.ptp(self._said(features), axis=0))

    def _said(self, features: Features) -> FloatArray:
        """Return what each part says of n rows where there is no base, shape (parts, n)."""
        if self.others is not None:
            features = lifted(features, self.others.ask(features))
        return np.stack([p.predict(features).mean[:, 0] for p in self.parts.values()])

    def _told(self, mean: FloatArray, apart: FloatArray, similarity: FloatArray) -> Prediction:
        """Return the prediction of an answer on the scale of learning."""
        in_domain = np.asarray(similarity >= self.card.domain_similarity)
        if self.calibrator is not None:
            low, high = self.calibrator.interval(mean)
            p = self.calibrator.probability(mean)
            std = np.sqrt(np.maximum(p * (1.0 - p), 1e-9))
            return _prediction(p, std, (np.minimum(low, p), np.maximum(high, p)), in_domain)
        if self.borders is not None:
            return _levels(self.borders.probabilities(mean), in_domain)
        assert self.doubt is not None, "a number has a doubt"
        half = self.doubt.half_width(np.stack([mean, apart, similarity]))
        scale, bounds = self.card.scale, (self.card.property.low, self.card.property.high)
        low, middle, high = (
            _within(from_scale(v, scale), bounds) for v in (mean - half, mean, mean + half)
        )
        return _prediction(
            middle, np.maximum(high - low, 1e-9) / (2 * Z_90), (low, high), in_domain
        )

    def _upon(self, base: Base, features: Features) -> tuple[FloatArray, FloatArray]:
        """Return the answer on top of a base, on the scale of learning, and how far apart it is."""
        below, apart = base.ask(features, self.card.scale)
        asked = lifted(features, below) if base.way == "column" else features
        said = [p.predict(asked).mean[:, 0] for p in self.parts.values()]
        mean = np.mean(said, axis=0) if said else np.zeros(len(features))
        if base.way != "column":
            mean = mean + base.level + base.slope * below
        is_class = self.card.property.task == "classification"
        apart = np.ptp(said, axis=0) if said else apart
        return np.clip(mean, 0.0, 1.0) if is_class else mean, apart

    def nearest(self, features: Features, *, k: int) -> tuple[npt.NDArray[np.intp], FloatArray]:
        """Return the k most similar training rows of each row and how similar, shape (n, k)."""
        rows, alike = nearest(features, self.known, k=k)
        return rows, alike.astype(float)


@frozen(kw_only=True, eq=False)
class Base:
    """A model below another, whole, and how what it says enters."""

    model: PropertyModel
    factor: float = 1.0
    """From its unit to the unit of the model above."""

    offset: float = 0.0
    """Added after the factor."""

    way: Way = "catalogue"
    level: float = 0.0
    slope: float = 1.0

    def ask(self, features: Features, scale: Scale) -> tuple[FloatArray, FloatArray]:
        """Return what it says on the scale of the model above, and how far its parts are apart.

        Args:
            features: n rows.
            scale: On which the model above has learned.
        """
        said = self.model.predict(features).mean[:, 0] * self.factor + self.offset
        apart = self.model.apart(features)
        return to_scale(np.maximum(said, LEAST) if scale == "log" else said, scale), apart


def lifted(features: Features, said: FloatArray) -> Features:
    """Return the rows with what models below say as their last descriptors.

    Args:
        features: n rows.
        said: Of each row, shape (n,), or by each of k models, shape (n, k).
    """
    known = features.blocks.get("descriptors")
    columns = said.astype(np.float32).reshape(len(features), -1)
    table = np.hstack([known, columns]) if isinstance(known, np.ndarray) else columns
    return evolve(features, blocks={**features.blocks, "descriptors": table})


def _within(values: FloatArray, bounds: tuple[float | None, float | None]) -> FloatArray:
    return np.asarray(np.clip(values, *bounds)) if bounds != (None, None) else values


def _levels(chances: FloatArray, in_domain: npt.NDArray[np.bool_]) -> Prediction:
    """Return the median level and the shortest range of levels that holds 90 %."""
    places = np.arange(chances.shape[1])
    away = np.square(places - (chances @ places)[:, None])
    std = np.sqrt(np.maximum((chances * away).sum(axis=1), 1e-9))
    low, high = shortest_range(chances)
    said = _prediction(
        median_level(chances).astype(float), std, (low.astype(float), high.astype(float)), in_domain
    )
    return evolve(said, levels=chances)


def _prediction(
    mean: FloatArray,
    std: FloatArray,
    interval: tuple[FloatArray, FloatArray],
    in_domain: npt.NDArray[np.bool_],
) -> Prediction:
    return Prediction(
        mean=mean[:, None],
        std=std[:, None],
        noise_std=np.zeros(1),
        low=interval[0][:, None],
        high=interval[1][:, None],
        in_domain=in_domain,
    )
