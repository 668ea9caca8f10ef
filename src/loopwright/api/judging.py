# SPDX-License-Identifier: Apache-2.0
"""What a property model says of rows that it has not seen, beside its baselines and the truth."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.api.learnable import Learnable
from loopwright.core.values import Features, FloatArray, Task
from loopwright.science.units import convert
from loopwright.training.board import score_board
from loopwright.training.property_model import PropertyModel
from loopwright.training.property_scores import Held, PropertyScores, middle_of

__all__ = ["Judged", "judged"]


@frozen(kw_only=True, eq=False)
class Judged:
    """What was said of rows, beside their truth; all of shape (n,)."""

    task: Task
    seed: int
    truth: FloatArray
    bounds: npt.NDArray[np.int8]
    said: dict[str, FloatArray]
    inside: FloatArray | None
    """Whether a value is in its interval, for measured rows; None of a class."""

    in_domain: float

    @property
    def scores(self) -> tuple[PropertyScores, ...]:
        """Return the scores of everybody who was asked."""
        everything = np.ones(len(self.truth), bool)
        return tuple(self.of(name, everything) for name in self.said)

    @property
    def coverage(self) -> float | None:
        """Return the share of measured rows inside their interval."""
        return float(self.inside.mean()) if self.inside is not None and len(self.inside) else None

    def of(self, name: str, rows: npt.NDArray[np.bool_]) -> PropertyScores:
        """Return the scores of one model on some rows."""
        exact = self.bounds == 0
        is_stated = name == "auto" and self.inside is not None
        return score_board(
            name,
            Held(self.truth[rows], self.said[name][rows], self.bounds[rows]),
            task=self.task,
            inside=self.inside[rows[exact]] if is_stated and self.inside is not None else None,
            seed=self.seed,
        )


_BOUND = {"=": 0, "~": 0, "<": -1, "<=": -1, ">": 1, ">=": 1}


def judged(model: PropertyModel, features: Features, new: Learnable, *, seed: int) -> Judged:
    """Ask a model and its baselines about every row of a file.

    Args:
        model: Has not seen the rows.
        features: Of the candidates of ``new``, some of them twice.
        new: The rows.
        seed: Draws the resamples of the scores.
    """
    said = model.predict(features)
    near, _ = model.nearest(features, k=1)
    place = {c.id: i for i, c in enumerate(new.candidates)}
    at = np.array([place[m.candidate_id] for m in new.rows])
    truth = np.array([_value(m.standard_value, m.standard_units, new.unit) for m in new.rows])
    bounds = np.array([_BOUND[m.standard_relation] for m in new.rows], np.int8)
    exact = bounds == 0
    low, high = said.low[at, 0], said.high[at, 0]
    is_in = ((truth >= low) & (truth <= high))[exact].astype(float)
    return Judged(
        task=new.task,
        seed=seed,
        truth=truth,
        bounds=bounds,
        said={
            "auto": said.mean[at, 0],
            "mean": np.full(len(at), middle_of(model.values, new.task)),
            "neighbour": model.values[near[at, 0]],
        },
        inside=None if new.task == "classification" else is_in,
        in_domain=float(said.in_domain[at].mean()),
    )


def _value(value: float | None, given: str, unit: str) -> float:
    assert value is not None, "a usable row has a number"
    return convert(value, given, unit)
