# SPDX-License-Identifier: Apache-2.0
"""Choose a model by cross-validation, calibrate its intervals, say whether it is of use.

It knows models by name and port only. The two baselines are always asked, and a model that
does not beat both is said to be of no use.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from attrs import evolve, frozen

from loopwright.core.errors import NotReadyError
from loopwright.core.ports import FittedModel, Model
from loopwright.core.values import Features, FloatArray, Prediction, Targets
from loopwright.science.intervals import Z_90, conformal_factor
from loopwright.science.metrics import errors, spearman
from loopwright.science.similarity import nearest
from loopwright.training.related import Related
from loopwright.training.validate import HeldOut, Scores, Split, cut, hold_out, score

__all__ = ["BASELINES", "Card", "Trained", "train"]

BASELINES = ("mean", "neighbour")
DOMAIN_SHARE = 0.05
"""The least connected share of the training data marks the edge of the domain."""

LEAST_ROWS = 5
N_DRAWS = 500
HEAVY_SHARE = 0.5
ORDERS_BETTER = "; a few rows carry most of the spread, and it orders the others better than both"
"""Why a model is of use that errs no less than the baselines."""

SURE = 0.95
"""Share of resamples in which a later model must be better to be preferred to the first."""


@frozen(kw_only=True)
class Card:
    """What one training run found: enough to judge the model without it."""

    property: str
    unit: str
    model: str
    """The model that was chosen."""

    why: str
    is_useful: bool
    """Whether it beats both baselines on held-out families: in error or, where a few rows carry
    most of the spread, in order."""

    split: str
    n_families: int
    n_rows: int
    scores: tuple[Scores, ...]
    """Chosen model first, baselines last."""

    noise_std: float
    """Standard deviation of one measurement, as the model sees it, in ``unit``."""

    interval_factor: float
    """Calibrated intervals reach this many stated standard deviations to each side."""

    domain_similarity: float
    """A candidate less similar than this to all training data is out of domain."""

    def calibration(self) -> float:
        """Return what the stated doubt is to be multiplied by for 90 % intervals to hold."""
        return self.interval_factor / Z_90


@frozen(kw_only=True, eq=False)
class Trained:
    """A fitted model with its calibration, its training data and its card."""

    fitted: FittedModel
    card: Card
    features: Features
    """The training rows, n; without families."""

    targets: Targets
    held_out: HeldOut
    """Cross-validated predictions of the training rows, for calibration and pictures."""

    def predict(self, features: Features) -> Prediction:
        """Return predictions with calibrated intervals, each in or out of domain."""
        raw = self.fitted.predict(features)
        half = self.card.interval_factor * np.sqrt(raw.std**2 + raw.noise_std[None, :] ** 2)
        _, alike = nearest(features, self.features, k=1)
        return evolve(
            raw,
            low=raw.mean - half,
            high=raw.mean + half,
            in_domain=alike[:, 0] >= self.card.domain_similarity,
        )


def train(
    models: Mapping[str, Model],
    baselines: Mapping[str, Model],
    features: Features,
    targets: Targets,
    *,
    about: tuple[str, str],
    seed: int,
) -> Trained:
    """Fit every model on the same folds, choose the best, fit it to everything.

    Args:
        models: Candidates for the choice, by name; the first stands unless another is clearly
            better.
        baselines: ``mean`` and ``neighbour``.
        features: n rows, with families where the modality has them.
        targets: One property, n rows.
        about: (property, unit) of the targets.
        seed: Drives folds, fits and bootstraps.

    Raises:
        NotReadyError: Fewer than five rows are known.
    """
    if len(features) < LEAST_ROWS:
        raise NotReadyError(
            f"{len(features)} measured candidates are too few to train on",
            remedy=f"Measure at least {LEAST_ROWS}.",
        )
    split = cut(features, seed=seed)
    features = Features(
        ids=features.ids, blocks={k: b for k, b in features.blocks.items() if k != "family"}
    )
    asked = {**models, **{k: m for k, m in baselines.items() if k not in models}}
    held_out = {
        name: hold_out(model, features, targets, split, seed=seed) for name, model in asked.items()
    }
    error = {name: _error(h, targets) for name, h in held_out.items()}
    chosen = _choice(tuple(models), held_out, targets, seed=seed)
    fitted = asked[chosen].fit(features, targets, seed=seed)
    order = [chosen, *(n for n in models if n != chosen), *(n for n in baselines)]
    errs_less = all(error[chosen] < error[b] for b in baselines)
    orders_better = _is_heavy(targets) and _ranks(chosen, tuple(baselines), held_out, targets)
    card = Card(
        property=about[0],
        unit=about[1],
        model=chosen,
        why=_why(chosen, tuple(models), error, split)
        + (ORDERS_BETTER if orders_better and not errs_less else "")
        + _help(models, held_out, targets, seed=seed),
        is_useful=errs_less or orders_better,
        split=split.name,
        n_families=split.n_families,
        n_rows=len(features),
        scores=tuple(
            score(n, held_out[n], targets, split, seed=seed) for n in dict.fromkeys(order)
        ),
        noise_std=float(fitted.predict(features.take(np.arange(1))).noise_std[0]),
        interval_factor=_factor(held_out[chosen], targets),
        domain_similarity=_edge(features),
    )
    return Trained(
        fitted=fitted, card=card, features=features, targets=targets, held_out=held_out[chosen]
    )


def _choice(
    models: tuple[str, ...], held_out: Mapping[str, HeldOut], targets: Targets, *, seed: int
) -> str:
    """Return the first model, or a later one that is better in nineteen of twenty resamples."""
    chosen = models[0]
    for name in models[1:]:
        if _lead(held_out[name], held_out[chosen], targets, seed=seed) >= SURE:
            chosen = name
    return chosen


def _lead(one: HeldOut, other: HeldOut, targets: Targets, *, seed: int) -> float:
    """Return the share of resamples in which one errs less than the other."""
    truth, bounds = targets.values[:, 0], targets.bounds[:, 0]
    rng = np.random.default_rng([seed, len(truth)])
    rows = rng.integers(len(truth), size=(N_DRAWS, len(truth)))
    square, beside = (errors(truth, h.mean, bounds) ** 2 for h in (one, other))
    return float(((beside - square)[rows].mean(axis=1) > 0).mean())


def _help(
    models: Mapping[str, Model], held_out: Mapping[str, HeldOut], targets: Targets, *, seed: int
) -> str:
    """Say whether what a related series tells helps; blank if no model knows of one."""
    above = next((n for n, m in models.items() if isinstance(m, Related)), None)
    alone = next((n for n in models if n != above), None)
    if above is None or alone is None:
        return ""
    lead = _lead(held_out[above], held_out[alone], targets, seed=seed)
    with_it, without = (_error(held_out[n], targets) for n in (above, alone))
    if lead >= SURE or lead <= 1.0 - SURE:
        told = "helps" if lead >= SURE else "hurts"
    else:
        told = "neither helps nor hurts as far as can be told"
    return f"; what is related {told}: RMSE {with_it:.3g} with it, {without:.3g} without"


def _is_heavy(targets: Targets) -> bool:
    """Return whether a twentieth of the rows carries more than half of the variance.

    Then an error in the unit speaks of these few rows only, and of them mostly of chance.
    """
    exact = targets.values[targets.bounds[:, 0] == 0, 0]
    square = np.sort((exact - exact.mean()) ** 2) if len(exact) else np.zeros(1)
    return bool(square[-max(len(square) // 20, 1) :].sum() > HEAVY_SHARE * square.sum())


def _ranks(
    chosen: str, baselines: tuple[str, ...], held_out: Mapping[str, HeldOut], targets: Targets
) -> bool:
    """Return whether a model orders held-out rows better than chance and than both baselines."""
    exact = targets.bounds[:, 0] == 0
    truth = targets.values[exact, 0]
    order = {n: float(spearman(truth, held_out[n].mean[exact])) for n in (chosen, *baselines)}
    return order[chosen] > max(0.0, *(order[b] for b in baselines))


def _error(held_out: HeldOut, targets: Targets) -> float:
    gaps = errors(targets.values[:, 0], held_out.mean, targets.bounds[:, 0])
    return float(np.round(np.sqrt(np.mean(gaps**2)), 9))


def _factor(held_out: HeldOut, targets: Targets) -> float:
    """Return the conformal factor from measured rows; limits say too little to calibrate on."""
    exact = targets.bounds[:, 0] == 0
    gaps: FloatArray = np.abs(targets.values[:, 0] - held_out.mean)
    return conformal_factor((gaps / held_out.std)[exact])


def _edge(features: Features) -> float:
    """Return the similarity to its nearest fellow that 95 % of the training rows reach."""
    if len(set(features.ids)) < 2:
        return 0.0
    unique = np.unique(np.array(features.ids), return_index=True)[1]
    rows = features.take(unique)
    _, alike = nearest(rows, rows, k=2)
    return float(np.quantile(alike[:, 1], DOMAIN_SHARE))


def _why(chosen: str, asked: tuple[str, ...], error: Mapping[str, float], split: Split) -> str:
    """Say in one sentence what was tried and why this one was taken."""
    others = [f"{n} {error[n]:.3g}" for n in asked if n != chosen]
    bars = [f"{b} {error[b]:.3g}" for b in BASELINES if b in error]
    folds = int(split.fold.max()) + 1
    against = f" against {', '.join(others)}" if others else ""
    return (
        f"{chosen}: RMSE {error[chosen]:.3g}{against}; baselines {', '.join(bars)} "
        f"({folds} folds by {split.name})"
    )
