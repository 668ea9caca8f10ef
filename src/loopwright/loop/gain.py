# SPDX-License-Identifier: Apache-2.0
"""Is one more batch worth its cost? What it is expected to gain, and what is left to find."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from loopwright.core.slate import Slate
from loopwright.loop.facts import Gain
from loopwright.loop.prices import cost_of
from loopwright.loop.view import View
from loopwright.science.gain import exceedance
from loopwright.spec.goal import is_manifold

__all__ = ["gain_of"]

RIVALS = 200
"""Candidates with the best upper bound among which the best of all is looked for."""

HOPE = 3.0
"""Standard deviations of doubt in that bound."""


def gain_of(
    view: View, slate: Slate, rows: Sequence[int], seed: Sequence[int], *, n_screens: int = 0
) -> Gain | None:
    """Return what a batch is expected to gain; None with several goals, or without a model.

    The doubt is stretched as far as the calibrated intervals are, and the best so far is what the
    model believes of it, not the luckiest measurement.

    Args:
        view: The campaign.
        slate: What the batch was chosen from.
        rows: The batch, as far as it is assayed.
        seed: Of the draws; those of the choice are not touched.
        n_screens: Bought beside it, and part of the cost.
    """
    trained = view.trained
    if trained is None or not slate.outlooks or is_manifold(view.spec.goals) or not rows:
        return None
    known = slate.outlooks[0].worth(slate.outlooks[0].known)
    best = float(known.max(initial=-np.inf))
    rng = np.random.default_rng(seed)
    batch, ids = np.array(rows, np.intp), [slate.features.ids[i] for i in rows]
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
    low, high = np.quantile(gains, (0.05, 0.95))
    return Gain(
        mean=float(gains.mean()),
        low=float(low),
        high=float(high),
        left=float(np.quantile(left, 0.95)),
        cost=cost_of(view.spec, view.tools.prices, ids, n_screens=n_screens),
    )
