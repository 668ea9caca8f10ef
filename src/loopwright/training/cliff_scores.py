# SPDX-License-Identifier: Apache-2.0
"""How well a model does where like candidates have unlike values: on activity cliffs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from attrs import frozen

from loopwright.core.values import FloatArray, Task
from loopwright.training.doubt import from_scale, to_scale
from loopwright.training.property_model import PropertyModel
from loopwright.training.property_scores import Held, PropertyScores, score_property
from loopwright.training.trial import neighbours
from loopwright.training.unseen import baselines_of, unseen_of

__all__ = ["Cliffs", "cliffs_of"]

SIMILARITY = 0.8
"""Of patterns; on three sets of MoleculeACE it marks as many rows as the marks of their authors."""

BARS: Mapping[Task, float] = {"regression": 1.0, "classification": 0.5, "ordinal": 2.0}
"""Least difference of two ends; of a number tenfold, of levels so many of them."""

FEWEST = 10


@frozen(kw_only=True)
class Cliffs:
    """The rows that are one end of a cliff, and what was said of them unseen."""

    similarity: float
    difference: float
    """Least difference of the two ends: on the scale of learning, in levels, between classes."""

    n_pairs: int
    ordered: float
    """Share of the pairs whose higher end was predicted higher."""

    scores: tuple[PropertyScores, ...]
    """Of ``auto``, ``mean`` and ``neighbour``, on these rows alone."""


def cliffs_of(model: PropertyModel, *, seed: int) -> Cliffs | None:
    """Return the scores on activity cliffs; None if fewer than ten rows are on one.

    Two rows make a cliff if they are alike by 0.8 or more and their values differ tenfold (by one
    standard deviation, where they were not learned as logarithms; by two levels) or their classes
    do. Looked at
    are the sixteen nearest rows of each; limits take no part.

    Args:
        model: As ``learn_property`` made it.
        seed: Draws the resamples.

    Source:
        van Tilborg et al. (2022), doi:10.1021/acs.jcim.2c01073 (tenfold, rows of cliffs).
    """
    about, scale, unseen = model.card.property, model.card.scale, unseen_of(model)
    values = to_scale(model.values, scale)
    bar = BARS[about.task]
    if about.task == "regression" and scale == "plain":
        bar = float(values.std())
    near, alike = neighbours(model.known)
    gap = values[near] - values[:, None]
    exact = unseen.bounds == 0
    is_cliff = (alike >= SIMILARITY) & (np.abs(gap) >= bar) & (bar > 0)
    is_cliff &= exact[near] & exact[:, None]
    one, place = np.nonzero(is_cliff)
    other = near[one, place]
    rows = np.unique(np.concatenate([one, other]))
    if len(rows) < FEWEST:
        return None
    said: Mapping[str, FloatArray] = {
        "auto": unseen.said,
        **{n: from_scale(s, scale) for n, s in baselines_of(model).items()},
    }
    ends = np.unique(np.sort(np.stack([one, other], axis=1), axis=1), axis=0)
    rise = model.values[ends[:, 1]] - model.values[ends[:, 0]]
    told = unseen.said[ends[:, 1]] - unseen.said[ends[:, 0]]
    return Cliffs(
        similarity=SIMILARITY,
        difference=bar,
        n_pairs=len(ends),
        ordered=float(np.mean(rise * told > 0)),
        scores=tuple(
            score_property(
                n,
                Held(model.values[rows], s[rows], unseen.bounds[rows]),
                task=about.task,
                seed=seed,
            )
            for n, s in said.items()
        ),
    )
