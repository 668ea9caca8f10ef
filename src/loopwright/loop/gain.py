# SPDX-License-Identifier: Apache-2.0
"""Is one more batch worth its cost? What it is expected to gain, and what is left to find."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from attrs import evolve

from loopwright.core.ports import FittedModel, Proposer
from loopwright.core.slate import Account, Reckoning, Slate, Truths
from loopwright.core.values import Features, FloatArray
from loopwright.loop.expected import Gain
from loopwright.loop.feasible import feasible
from loopwright.loop.prices import cost_of
from loopwright.loop.state import Proposal
from loopwright.loop.view import View
from loopwright.science.gain import exceedance
from loopwright.spec.goal import is_manifold
from loopwright.training.train import Trained

__all__ = ["account_of", "gain_of", "gain_of_open", "is_accountable", "joint"]

RIVALS = 200
"""Candidates with the best upper bound among which the best of all is looked for."""

HOPE = 3.0
"""Standard deviations of doubt in that bound."""


def gain_of(
    view: View,
    slate: Slate,
    rows: Sequence[int],
    seed: Sequence[int],
    *,
    n_screens: int = 0,
    account: Account | None = None,
) -> Gain | None:
    """Return what a batch is expected to gain; None without a model, or where nobody asks.

    The doubt is stretched as far as the calibrated intervals are, and the best so far is what the
    model believes of it, not the luckiest measurement; of one that is known to be above 8, 8 at
    least.

    Args:
        view: The campaign.
        slate: What the batch was chosen from.
        rows: The batch, as far as it is assayed.
        seed: Of the draws; those of the choice are not touched.
        n_screens: Bought beside it, and part of the cost.
        account: With several goals, what the proposer says of the batch; else None.
    """
    if account is not None:
        gains, left, unit = account.gains, account.left, account.unit
    elif is_manifold(view.spec.goals) or not is_accountable(view, slate, rows):
        return None
    else:
        (gains, left), unit = _exceeding(slate, rows, np.random.default_rng(seed)), ""
    low, high = np.quantile(gains, (0.05, 0.95))
    ids = [slate.features.ids[i] for i in rows]
    return Gain(
        mean=float(gains.mean()),
        low=float(low),
        high=float(high),
        left=float(np.quantile(left, 0.95)),
        cost=cost_of(view.spec, view.tools.prices, ids, n_screens=n_screens),
        unit=unit,
        limit="" if account is not None else _limit(view),
    )


def gain_of_open(view: View) -> Gain | None:
    """Return what the open batch is expected to gain as people have left it.

    What is left to find is as the loop has said. None where nobody can tell: there are several
    goals, no model has seen all data, or nothing was said of the loop's own batch.
    """
    batch = view.state.proposal
    if batch is None or batch.gain is None or view.trained is None:
        return None
    if is_manifold(view.spec.goals):
        return None
    gains = _of_open(view, batch, view.trained) if batch.candidates else np.zeros(1)
    low, high = np.quantile(gains, (0.05, 0.95))
    prices, n_screens = view.tools.prices, len(batch.screens)
    return evolve(
        batch.gain,
        mean=float(gains.mean()),
        low=float(low),
        high=float(high),
        cost=cost_of(view.spec, prices, batch.candidates, n_screens=n_screens),
    )


def _limit(view: View) -> str:
    """Return the limit beyond which the best lies, ``>8``; blank where it has a value."""
    best = view.data.best_of(but=view.barred)
    return f"{best.sign}{best.value:g}" if best and best.sign else ""


def _of_open(view: View, batch: Proposal, trained: Trained) -> FloatArray:
    """Return by how much the open batch exceeds the best known in worlds of its one goal."""
    described, goal = view.tools.offered.describe, view.spec.goal
    features = described(view.named(batch.candidates))
    pending = described(view.named(view.state.outstanding))
    ids = sorted(view.measured)
    known = trained.fitted.predict(described(view.named(ids))).mean[:, 0]
    said, failing = trained.fitted.predict(features), feasible(view)
    truths = joint(trained.fitted, features, pending, float(said.noise_std[0]))
    return exceedance(
        goal.sign() * said.mean[:, 0],
        trained.card.calibration() ** 2 * truths(np.arange(len(features))),
        best=float(goal.worth(view.data.believed(ids, known)).max(initial=-np.inf)),
        rng=np.random.default_rng([view.spec.seed, batch.cycle, len(view.state.data), 1]),
        chance=failing.chance(features) if failing else None,
    )


def account_of(
    view: View, slate: Slate, rows: Sequence[int], proposer: Proposer, rng: np.random.Generator
) -> Account | None:
    """Return what a proposer for several goals says of his batch; None where nobody can tell.

    Args:
        view: The campaign.
        slate: What the batch was chosen from.
        rows: The batch, as far as it is assayed.
        proposer: Who chose.
        rng: As it was when he chose.
    """
    goals = view.spec.goals
    if not is_manifold(goals) or not is_accountable(view, slate, rows):
        return None
    if not isinstance(proposer, Reckoning):
        return None
    return proposer.account(slate, np.array(rows, np.intp), rng)


def is_accountable(view: View, slate: Slate, rows: Sequence[int]) -> bool:
    """Return whether models of use for all goals chose a batch, and somebody wants to know why."""
    is_known = all(aim.trained is not None for aim in view.aims)
    return view.is_told and is_known and bool(slate.outlooks) and bool(rows)


def _exceeding(
    slate: Slate, rows: Sequence[int], rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Return by how much a batch, and all that promise most, exceed the best known in worlds."""
    known = slate.outlooks[0].worth(slate.outlooks[0].known)
    best = float(known.max(initial=-np.inf))
    batch = np.array(rows, np.intp)
    bound = np.round(slate.mean + HOPE * slate.std, 9)
    rivals = np.sort(np.argsort(-bound, kind="stable")[:RIVALS])
    gains, left = (
        exceedance(
            slate.mean[some],
            slate.calibration**2 * slate.covariance(some),
            best=best,
            rng=rng,
            chance=None if slate.chance is None else slate.chance[some],
        )
        for some in (batch, rivals)
    )
    return gains, left


def joint(fitted: FittedModel, features: Features, pending: Features, noise_std: float) -> Truths:
    """Return the joint covariance of candidates, given that the pending ones get measured."""

    def covariance(rows: npt.NDArray[np.intp]) -> FloatArray:
        asked = features.take(rows)
        if not len(pending):
            return fitted.covariance(asked)
        both = fitted.covariance(Features.join([asked, pending]))
        m = len(rows)
        known = both[m:, m:] + (noise_std**2 + 1e-9) * np.eye(len(pending))
        shrink: FloatArray = both[:m, m:] @ np.linalg.solve(known, both[m:, :m])
        return both[:m, :m] - shrink

    return covariance
