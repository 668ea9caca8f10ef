# SPDX-License-Identifier: Apache-2.0
"""How likely a candidate can be made and measured at all, learned from those that could not.

Whoever has a value of any goal is a success; whoever came back without a number, a failure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from attrs import frozen

from loopwright.core.errors import NotReadyError
from loopwright.core.ports import FittedModel, Model
from loopwright.core.values import Candidate, Features, FloatArray, Targets
from loopwright.loop.past import past_of
from loopwright.loop.view import View
from loopwright.science.probability import Calibrator, calibrate
from loopwright.training.validate import Split, cut, hold_out

__all__ = ["Feasible", "feasible"]

LEAST = 10
"""Failures, and successes, without which nothing is learned of them."""

MOST = 2_000
"""Candidates that are learned from; of more, a part that is drawn."""

N_DRAWS = 500
SURE = 0.95
"""Share of resamples in which a model must be better than the base rate to be used."""


@frozen(kw_only=True, eq=False)
class Feasible:
    """What is known of failing."""

    n_failed: int
    judged: str
    """What the best model was worth on held-out families, as a clause."""

    fitted: FittedModel | None
    """None if no model beats the base rate."""

    calibrator: Calibrator
    """From what the model says to the chance, by held-out candidates."""

    def chance(self, features: Features) -> FloatArray | None:
        """Return how likely each candidate succeeds, shape (n,); None if nobody can tell."""
        if self.fitted is None or not len(features):
            return None
        return self.calibrator.probability(self.fitted.predict(features).mean[:, 0])

    @property
    def why(self) -> str:
        """Say in a clause what failures teach."""
        what = "teach" if self.fitted else "do not teach"
        return f"{self.n_failed} failures {what} who fails ({self.judged})"

    def in_words(self, chance: float | None) -> str:
        """Return a chance in a clause; of None, why nobody can tell."""
        if chance is None:
            return self.why
        return f"chance to succeed {chance:.2f} (learned from {self.n_failed} failures)"


def feasible(view: View) -> Feasible | None:
    """Learn who fails, with the models of the campaign alone; None while too few have.

    The best of the models by held-out families is used if its squared error (Brier) is below that
    of the base rate in nineteen of twenty resamples of the candidates.
    """
    failed = [c for c in past_of(view).failed if c.id not in view.measured]
    made = view.named(sorted(view.measured))
    if min(len(failed), len(made)) < LEAST:
        return None
    rng = np.random.default_rng([view.spec.seed, len(failed), len(made)])
    tried, truth = _part([*failed, *made], len(failed), rng)
    features = view.tools.described(tried)
    targets = _as_class(truth)
    try:
        split = cut(features, seed=view.spec.seed)
    except NotReadyError:
        return None
    plain = Features(
        ids=features.ids, blocks={k: b for k, b in features.blocks.items() if k != "family"}
    )
    said = _held_out(view.tools.own, plain, targets, split, seed=view.spec.seed)
    loss = {name: np.square(one - truth) for name, one in said.items()}
    best = min(loss, key=lambda name: round(float(loss[name].mean()), 9))
    usual = np.square(truth.mean() - truth)
    rows = rng.integers(len(truth), size=(N_DRAWS, len(truth)))
    is_better = ((usual - loss[best])[rows].mean(axis=1) > 0.0).mean() >= SURE
    model = view.tools.own[best]
    return Feasible(
        n_failed=len(failed),
        judged=f"{best}: Brier {loss[best].mean():.3g}, base rate {usual.mean():.3g}",
        fitted=model.fit(plain, targets, seed=view.spec.seed) if is_better else None,
        calibrator=calibrate(said[best], truth),
    )


def _part(
    tried: Sequence[Candidate], n_failed: int, rng: np.random.Generator
) -> tuple[list[Candidate], FloatArray]:
    """Return the candidates to learn from, and 1 for each that succeeded; failures come first."""
    truth = (np.arange(len(tried)) >= n_failed).astype(float)
    rows = np.arange(len(tried))
    if len(rows) > MOST:
        rows = np.sort(rng.permutation(rows)[:MOST])
    return [tried[row] for row in rows.tolist()], truth[rows]


def _as_class(truth: FloatArray) -> Targets:
    n = len(truth)
    return Targets(
        values=truth[:, None],
        bounds=np.zeros((n, 1), np.int8),
        n_replicates=np.ones((n, 1), np.int64),
        tasks=("classification",),
    )


def _held_out(
    models: Mapping[str, Model], features: Features, targets: Targets, split: Split, *, seed: int
) -> dict[str, FloatArray]:
    """Return what each model says of candidates that it has not seen, 0 to 1, shape (n,) each."""
    return {
        name: np.clip(hold_out(model, features, targets, split, seed=seed).mean, 0.0, 1.0)
        for name, model in models.items()
    }
