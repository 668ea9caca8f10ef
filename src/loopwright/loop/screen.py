# SPDX-License-Identifier: Apache-2.0
"""Large pools: a cheap look at everybody, so that only the promising are described and kept.

The models of the campaign are fitted once more, to a part of their rows; what these think of a
candidate at best decides whether it is looked at closely. The pool is described in chunks that are
dropped again, so that memory grows with the promising and not with the pool.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from loopwright.core.ports import FittedModel
from loopwright.core.values import Candidate, FloatArray
from loopwright.loop.view import Aim, View

__all__ = ["LARGE", "promising"]

LARGE = 50_000
"""Candidates that are looked at closely; a pool that is no larger is not screened."""

CHUNK = 20_000
"""Candidates that are described at once."""

ROWS = 600
"""Measured rows that a screening model learns from: the best half, and others."""

HOPE = 2.0
"""Standard deviations of doubt that count as promise: more than any choice gives."""


def promising(view: View, offered: Sequence[Candidate]) -> Sequence[Candidate]:
    """Return the candidates that are worth a close look, in their order; all of a small pool.

    With several goals each one names its part of them.
    """
    if len(offered) <= LARGE:
        return offered
    models = [_screen(view, aim) for aim in view.aims]
    if any(model is None for model in models):
        return offered
    hope = np.empty((len(offered), len(view.aims)), np.float32)
    for start in range(0, len(offered), CHUNK):
        rows = slice(start, start + CHUNK)
        features = view.tools.offered.glance(offered[rows])
        for j, (aim, model) in enumerate(zip(view.aims, models, strict=True)):
            assert model is not None, "asked above"
            said = model.predict(features)
            hope[rows, j] = _hope(aim, said.mean[:, 0], said.std[:, 0])
    each = LARGE // len(view.aims)
    best = np.argsort(-hope, axis=0, kind="stable")[:each]
    return [offered[row] for row in np.unique(best)]


def _screen(view: View, aim: Aim) -> FittedModel | None:
    """Return the goal's model, fitted to a part of its rows; None if it has none."""
    trained = aim.model
    if trained is None or trained.card.model not in view.tools.models:
        return None
    n = len(trained.features)
    order = np.argsort(-aim.data.goal.worth(trained.targets.values[:, 0]), kind="stable")
    rest = np.random.default_rng(view.spec.seed).permutation(order[ROWS // 2 :])
    rows = np.sort(np.concatenate([order[: ROWS // 2], rest[: ROWS // 2]])) if n > ROWS else order
    model = view.tools.models[trained.card.model]
    return model.fit(trained.features.take(rows), trained.targets.take(rows), seed=view.spec.seed)


def _hope(aim: Aim, mean: FloatArray, std: FloatArray) -> FloatArray:
    """Return what each candidate is worth if things go well."""
    goal = aim.data.goal
    if goal.match is not None:
        return -np.maximum(np.abs(mean - goal.match) - HOPE * std, 0.0)
    return goal.worth(mean) + HOPE * std
