# SPDX-License-Identifier: Apache-2.0
"""Large pools: a cheap look at everybody, so that only the promising are described and kept.

Where the modality can sketch, a weighted sum of a few counts is learned from what is measured and
asked of every text, read or not; elsewhere the models of the campaign are fitted once more, to a
part of their rows. The pool is looked at in chunks that are dropped again, so that memory grows
with the promising and not with the pool.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias, cast

import numpy as np
import numpy.typing as npt

from loopwright.core.counts import Counts
from loopwright.core.ports import FittedModel, Model, Sketcher
from loopwright.core.values import Candidate, Features, FloatArray
from loopwright.loop.known import Data
from loopwright.loop.screening import learnable, on_screens
from loopwright.loop.studied import Studied
from loopwright.loop.view import Aim, View
from loopwright.registry import build
from loopwright.spec.goal import Goal, wanted

__all__ = ["first_look", "promising"]

Rows: TypeAlias = npt.NDArray[np.intp]

LARGE = 50_000
"""Candidates that are looked at closely; a pool that is no larger is not looked over first."""

KEPT = 20_000
"""Of a pool that is sketched, texts that are looked at closely."""

CHANCE = 0.1
"""Part of those that a sketch lets pass by chance, so that no region is closed for good."""

SKETCHED = 100_000
"""Texts that are sketched at once."""

CHUNK = 20_000
"""Candidates that are described at once."""

ROWS = 600
"""Measured rows that the model of a first look learns from: the best half, and others."""

SKETCHED_ROWS = 10_000
"""The same of a weighted sum."""

HOPE = 2.0
"""Standard deviations of doubt that count as promise: more than any choice gives."""


def promising(view: View, offered: Sequence[Candidate]) -> Sequence[Candidate]:
    """Return the candidates that are worth a close look, in their order; all of a small pool.

    With several goals each one names its part of them.
    """
    if len(offered) <= LARGE:
        return offered
    modality = view.tools.modality
    if "sketch" in modality.offers:
        texts = [c.text for c in offered]
        rows = first_look(cast("Sketcher", modality), _studied(view), texts, seed=view.spec.seed)
        return [offered[row] for row in rows]
    hope = _glanced(view, offered)
    return offered if hope is None else [offered[row] for row in _best(hope, LARGE)]


def first_look(
    modality: Sketcher, studied: Sequence[Studied], texts: Sequence[str], *, seed: int
) -> Rows:
    """Return the rows of texts that are worth a close look, ascending; all of a small pool.

    Those are ``KEPT`` rows, and all that could not be sketched, so that nobody is refused unread.

    Args:
        modality: Sketches; the texts need not be canonical.
        studied: What is measured, one for each goal.
        texts: n of them.
        seed: Of the part that passes by chance.
    """
    if len(texts) <= LARGE:
        return np.arange(len(texts))
    rng = np.random.default_rng(seed)
    models = [_weighted(modality, one, rng) for one in studied]
    goals = [one.goal for one in studied]
    hope = np.empty((len(texts), len(wanted(goals))), np.float32)
    is_blank = np.empty(len(texts), bool)
    for start in range(0, len(texts), SKETCHED):
        rows = slice(start, start + SKETCHED)
        sketch = modality.sketch(texts[rows])
        is_blank[rows] = np.diff(sketch.indptr) == 0
        said = [model.predict(_counted(sketch)) for model in models]
        hope[rows] = _promise(goals, [(s.mean[:, 0], s.std[:, 0]) for s in said], doubt=0.0)
    hope[is_blank] = -np.inf
    best = _best(hope, round((1.0 - CHANCE) * KEPT))
    others = np.setdiff1d(np.flatnonzero(~is_blank), best)
    n_drawn = min(KEPT - len(best), len(others))
    drawn = rng.choice(others, n_drawn, replace=False)
    found: Rows = np.unique(np.concatenate([best, drawn, np.flatnonzero(is_blank)]))
    return found


def _studied(view: View) -> list[Studied]:
    """Return what is measured of each goal; of nothing measured, the screens or related values."""
    if not view.measured and view.screens is not None and on_screens(view) is not None:
        return [_data_of(view, view.screens)]
    if view.tools.related is not None and not view.measured:
        return [view.tools.related()]
    return [_data_of(view, aim.data) for aim in view.aims]


def _data_of(view: View, data: Data) -> Studied:
    return Studied(
        goal=data.goal,
        candidates=view.named(data.ids),
        targets=data.targets,
        source=view.spec.name,
    )


def _weighted(modality: Sketcher, studied: Studied, rng: np.random.Generator) -> FittedModel:
    """Return a weighted sum of what a sketch counts."""
    rows = _part(studied.goal.worth(studied.targets.values[:, 0]), SKETCHED_ROWS, rng)
    sketch = modality.sketch([studied.candidates[row].text for row in rows])
    linear: Model = build("models", "linear", {})
    return linear.fit(_counted(sketch), studied.targets.take(rows), seed=0)


def _counted(sketch: Counts) -> Features:
    return Features(ids=("",) * len(sketch), blocks={"counts": sketch})


def _glanced(view: View, offered: Sequence[Candidate]) -> FloatArray | None:
    """Return what each candidate promises for each goal; None where a goal has no model."""
    goals = [aim.data.goal for aim in view.aims]
    models = [_glance(view, aim) for aim in view.aims]
    hope = np.empty((len(offered), len(wanted(goals))))
    for start in range(0, len(offered), CHUNK):
        rows = slice(start, start + CHUNK)
        features = view.tools.offered.glance(offered[rows])
        said = [model.predict(features) for model in models if model is not None]
        if len(said) < len(models):
            return None
        hope[rows] = _promise(goals, [(s.mean[:, 0], s.std[:, 0]) for s in said], doubt=HOPE)
    return hope


def _promise(
    goals: Sequence[Goal], said: Sequence[tuple[FloatArray, FloatArray]], *, doubt: float
) -> FloatArray:
    """Return what rows are worth to each goal that is no limit, shape (n, number of these).

    Args:
        goals: What is wanted, and limits.
        said: (mean, doubt) of each goal, each of shape (n,).
        doubt: Standard deviations by which things may go well. Who breaks a limit even if they
            go well by ``HOPE`` of them is worth nothing.
    """
    each = list(zip(goals, said, strict=True))
    worth = np.stack([_hope(g, m, doubt * s) for g, (m, s) in each if not g.limit], axis=1)
    for goal, (mean, std) in each:
        if goal.limit:
            worth[_hope(goal, mean, HOPE * std) < 0.0] = -np.inf
    return worth


def _best(hope: npt.NDArray[np.floating], n: int) -> Rows:
    """Return the rows that promise most, an even part of n for each goal, ascending."""
    each = n // hope.shape[1]
    found: Rows = np.unique(np.argsort(-hope, axis=0, kind="stable")[:each])
    return found


def _glance(view: View, aim: Aim) -> FittedModel | None:
    """Return the goal's model, fitted to a part of its rows; None if it has none."""
    trained = aim.model
    models = learnable(view)
    if trained is None or trained.card.model not in models:
        return None
    worth = aim.data.goal.worth(trained.targets.values[:, 0])
    rows = _part(worth, ROWS, np.random.default_rng(view.spec.seed))
    model = models[trained.card.model]
    return model.fit(trained.features.take(rows), trained.targets.take(rows), seed=view.spec.seed)


def _part(worth: FloatArray, most: int, rng: np.random.Generator) -> Rows:
    """Return all rows, or of many the better half of ``most`` and some others, ascending."""
    order: Rows = np.argsort(-worth, kind="stable")
    if len(order) <= most:
        return np.sort(order)
    rest = rng.permutation(order[most // 2 :])
    return np.sort(np.concatenate([order[: most // 2], rest[: most // 2]]))


def _hope(goal: Goal, mean: FloatArray, reach: FloatArray) -> FloatArray:
    """Return the worth of the best value within reach of what is predicted."""
    if goal.match is not None:
        nearest: FloatArray = np.clip(goal.match, mean - reach, mean + reach)
        return goal.worth(nearest)
    return goal.worth(mean + goal.sign() * reach)
