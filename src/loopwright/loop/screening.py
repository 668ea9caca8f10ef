# SPDX-License-Identifier: Apache-2.0
"""A cheap screen beside the assay: what it has to tell, and what of a batch is spent on it.

Nobody knows what a screen tells before some candidates have both values; until then whatever is
assayed is screened, too. From then on each of both is bought where it brings most for its cost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import cast

import numpy as np
from attrs import evolve, frozen

from loopwright.core.ports import Model
from loopwright.core.slate import Slate
from loopwright.core.values import Features, FloatArray, Targets
from loopwright.loop.explain import Pick, explain
from loopwright.loop.known import Data
from loopwright.loop.related import SCREENED
from loopwright.loop.view import View
from loopwright.science.screening import Basket, Terms, screens_and_assays
from loopwright.training.related import FittedRelated, Related

__all__ = ["Screens", "learnable", "needs_pairs", "on_screens", "screened_picks", "with_screens"]

PAIRS = 10
"""Candidates with both values without which nobody knows what a screen tells."""


@frozen(kw_only=True)
class Screens:
    """Which rows of a slate are assayed and which are screened, and why."""

    rows: list[int]
    """To be assayed, first pick first."""

    screens: list[int]
    """To be screened, likewise."""

    why: Mapping[int, str]
    """Of each row to be screened."""


def on_screens(view: View) -> Related | None:
    """Return a model on top of what was screened; None where that is too little."""
    model, screens = view.tools.models.get(SCREENED), view.screens
    if not isinstance(model, Related) or screens is None or len(screens.ids) < PAIRS:
        return None
    return Related(model=model.model, series=cache(partial(_series, view, screens)))


def learnable(view: View) -> Mapping[str, Model]:
    """Return the models that can learn of the first goal now, on top of what was screened."""
    others = {name: model for name, model in view.tools.models.items() if name != SCREENED}
    model = None if needs_pairs(view) else on_screens(view)
    return others if model is None else {SCREENED: cast("Model", model), **others}


def needs_pairs(view: View) -> bool:
    """Return whether too few candidates have both values, or will have, for a screen to tell."""
    if view.screens is None:
        return False
    screened = {*view.screens.ids, *view.state.screens_out}
    return len(screened.intersection((*view.data.ids, *view.state.outstanding))) < PAIRS


def with_screens(view: View, slate: Slate, rows: Sequence[int], *, later: float) -> Screens:
    """Return what a batch of assays becomes if it may be spent on screens, too.

    Args:
        view: The campaign; where its file names no screen, the batch stays as it is.
        slate: What the batch was chosen from.
        rows: The assays that were chosen.
        later: What all later batches may cost.
    """
    free = [row for row in rows if slate.features.ids[row] not in view.screened]
    alone = Screens(rows=list(rows), screens=[], why={})
    if view.spec.screen is None or later <= 0.0:
        return alone
    if needs_pairs(view):
        why = "screened beside the assay: few have both values, so nobody knows what a screen tells"
        return evolve(alone, screens=free, why=dict.fromkeys(free, why))
    trained = view.aims[0].model
    if not rows or not slate.outlooks or trained is None or trained.card.model != SCREENED:
        return alone
    bought = _bought(view, slate, cast("FittedRelated", trained.fitted), rows, later)
    if not bought.is_screen.any():
        return alone
    screens = bought.rows[bought.is_screen].tolist()
    return Screens(
        rows=bought.rows[~bought.is_screen].tolist(),
        screens=screens,
        why=dict(zip(screens, _reasons(view, bought), strict=True)),
    )


def screened_picks(view: View, bought: Screens, slate: Slate) -> list[Pick]:
    """Return one pick for each candidate to be screened, with what is thought of it."""
    batch = view.named([slate.features.ids[row] for row in bought.screens])
    return [
        evolve(pick, reason=f"{bought.why[row]}{pick.reason}", is_screen=True)
        for row, pick in zip(bought.screens, explain(view, batch, why=""), strict=True)
    ]


def _bought(
    view: View, slate: Slate, fitted: FittedRelated, rows: Sequence[int], later: float
) -> Basket:
    """Return what the purse buys of both."""
    assert view.spec.screen is not None and slate.cost is not None, "a screen has its price"
    taught, noise_std = fitted.taught(slate.features)
    is_told = np.array([id in view.screened for id in slate.features.ids])
    return screens_and_assays(
        slate.mean,
        slate.std,
        np.where(is_told, 0.0, taught),
        lambda some: _joint(view, fitted, slate.features.take(some), (slate.noise_std, noise_std)),
        wanted=np.array(rows, np.intp),
        terms=Terms(
            cost=slate.cost,
            screen_cost=view.spec.screen.cost,
            purse=slate.purse,
            later=later,
            noise_std=slate.noise_std,
            screen_noise_std=noise_std,
        ),
        chance=slate.chance,
    )


def _joint(
    view: View, fitted: FittedRelated, asked: Features, noise_std: tuple[float, float]
) -> FloatArray:
    """Return the joint covariance of n values and n screens, once all that is out has come home."""
    waiting = ((*view.state.outstanding, *view.locked), view.state.screens_out)
    describe = view.tools.offered.describe
    both = Features.join([asked, *(describe(view.named(ids)) for ids in waiting)])
    n, total = len(asked), len(both)
    joint = fitted.joint(both)
    split = n + len(waiting[0])
    known = np.concatenate([np.arange(n, split), np.arange(total + split, 2 * total)])
    mine = np.concatenate([np.arange(n), np.arange(total, total + n)])
    noise = np.repeat(np.square(noise_std), [len(ids) for ids in waiting])
    told = joint[np.ix_(known, known)] + np.diag(noise + 1e-9)
    cross = joint[np.ix_(mine, known)]
    shrunk: FloatArray = joint[np.ix_(mine, mine)] - cross @ np.linalg.solve(told, cross.T)
    return shrunk


def _reasons(view: View, bought: Basket) -> list[str]:
    """Say of each screen what it was expected to bring, in the order of the basket."""
    assays = bought.rate[~bought.is_screen]
    unit = "" if view.spec.goal.unit == "1" else f" {view.spec.goal.unit}"
    least = f"; the last assay of the batch brings {assays[-1]:.2g}" if len(assays) else ""
    return [
        f"screened first: what it tells is worth {rate:.2g}{unit} for each unit of cost{least}"
        for rate in bought.rate[bought.is_screen].tolist()
    ]


def _series(view: View, data: Data) -> tuple[Features, Targets]:
    """Return who was screened, and the values, turned so that they rise with those of the goal."""
    sign, known = data.goal.sign() * view.spec.goal.sign(), data.targets
    bounds = known.bounds if sign > 0 else -known.bounds
    features = view.tools.offered.describe(view.named(data.ids))
    return features, evolve(known, values=sign * known.values, bounds=bounds)
