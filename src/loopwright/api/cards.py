# SPDX-License-Identifier: Apache-2.0
"""A trained model as a card with its pictures."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from loopwright.core.values import Measurement
from loopwright.data.targets import replicate_scatter
from loopwright.reports import views
from loopwright.science.intervals import COVERAGE, std_interval
from loopwright.spec.goal import Goal
from loopwright.training.train import BASELINES, Trained
from loopwright.training.validate import Estimate, Scores

__all__ = ["model_card", "named_unit", "replicate_noise"]

_LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def named_unit(unit: str) -> str:
    """Return a unit as a page shows it: nothing for a dimensionless property."""
    return "" if unit == "1" else unit


def model_card(trained: Trained) -> views.ModelCard:
    """Return the card of a trained model with its pictures."""
    card, own = trained.card, trained.card.scores[0]
    coverage = None if math.isnan(own.coverage.value) else own.coverage.value
    warnings = []
    if own.n_censored:
        warnings.append(
            f"{own.n_censored} of {own.n} held-out rows are limits: they count as an error only "
            "where the prediction breaks them, and they do not calibrate the intervals."
        )
    if not card.is_useful:
        warnings.append("This model does not beat its baselines: batches are spread instead.")
    return views.ModelCard(
        name=card.model,
        property=card.property,
        unit=named_unit(card.unit),
        why=card.why,
        is_useful=card.is_useful,
        rows=tuple(_score_row(s) for s in card.scores),
        n=own.n,
        split_name=card.split,
        coverage_90=coverage,
        noise_std=card.noise_std,
        warnings=tuple(warnings),
        parity=_parity(trained),
        calibration=_calibration(trained, coverage),
        distances=_distances(trained),
    )


def replicate_noise(measurements: Sequence[Measurement], goal: Goal) -> str:
    """Say how much one measurement scatters, by what was measured more than once; blank if none."""
    squares, n_free = replicate_scatter(measurements, goal.property, goal.unit)
    if not n_free:
        return ""
    std, low, high = std_interval(squares, n_free)
    unit = f" {named_unit(goal.unit)}".rstrip()
    return (
        f"Noise by what was measured more than once: {std:.2g}{unit} (95 %: {low:.2g} to "
        f"{high:.2g}, {n_free} degrees of freedom)."
    )


def _score_row(scores: Scores) -> views.ScoreRow:
    named = (
        ("RMSE", scores.rmse),
        ("MAE", scores.mae),
        ("Spearman", scores.spearman),
        ("coverage", scores.coverage),
    )
    return views.ScoreRow(
        label=scores.model,
        scores=tuple(_score(n, e) for n, e in named if not math.isnan(e.value)),
        is_baseline=scores.model in BASELINES,
    )


def _score(name: str, estimate: Estimate) -> views.Score:
    return views.Score(name=name, value=estimate.value, low=estimate.low, high=estimate.high)


def _parity(trained: Trained) -> views.Parity:
    held_out, targets, card = trained.held_out, trained.targets, trained.card
    half = card.interval_factor * held_out.std
    return views.Parity(
        property=card.property,
        unit=named_unit(card.unit),
        measured=tuple(targets.values[:, 0].tolist()),
        predicted=tuple(held_out.mean.tolist()),
        low=tuple((held_out.mean - half).tolist()),
        high=tuple((held_out.mean + half).tolist()),
        bound=tuple(targets.bounds[:, 0].tolist()),
        split_name=card.split,
        scores=_score_row(card.scores[0]).scores,
        baselines=tuple(_score_row(s) for s in card.scores if s.model in BASELINES),
    )


def _calibration(trained: Trained, coverage: float | None) -> views.Calibration | None:
    """Return how often intervals of each width, scaled as for 90 %, held the truth."""
    from scipy.special import ndtri

    exact = trained.targets.bounds[:, 0] == 0
    if coverage is None or not exact.any():
        return None
    gap = np.abs(trained.targets.values[:, 0] - trained.held_out.mean)[exact]
    width = trained.card.interval_factor * trained.held_out.std[exact]
    scale = [float(ndtri(0.5 + p / 2) / ndtri(0.5 + COVERAGE / 2)) for p in _LEVELS]
    return views.Calibration(
        property=trained.card.property,
        nominal=_LEVELS,
        observed=tuple(float((gap <= width * s).mean()) for s in scale),
        n=int(exact.sum()),
        coverage_90=coverage,
        split_name=trained.card.split,
    )


def _distances(trained: Trained) -> views.Distances | None:
    """Return each held-out error against the likeness to the nearest row of another fold."""
    exact = np.flatnonzero(trained.targets.bounds[:, 0] == 0)
    if len(exact) < 3:
        return None
    held_out = trained.held_out
    gap = np.abs(trained.targets.values[exact, 0] - held_out.mean[exact])
    return views.Distances(
        property=trained.card.property,
        unit=named_unit(trained.card.unit),
        similarity=tuple(np.clip(held_out.similarity[exact], 0.0, 1.0).tolist()),
        error=tuple(gap.tolist()),
        edge=trained.card.domain_similarity,
        split_name=trained.card.split,
    )
