# SPDX-License-Identifier: Apache-2.0
"""A few own rows on top of a model that others made from many.

Four ways are tried: the base alone, brought to the level of the own rows; the own rows alone; what
the base leaves over; and the base as one more descriptor. Families that neither the fit nor the
choice has seen say what the chosen one is worth, and what it gains over the first two.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from attrs import evolve, frozen

from loopwright.core.ports import FittedModel
from loopwright.core.values import Features, FloatArray, Targets
from loopwright.science.metrics import errors
from loopwright.science.paired import Paired, corrected_t
from loopwright.training.doubt import Scale, scale_of, to_scale
from loopwright.training.property import assembled
from loopwright.training.property_model import Base, Property, PropertyModel, Way, lifted
from loopwright.training.trial import RECIPES, Trial, made
from loopwright.training.usable import usable_rows
from loopwright.training.validate import Split, deal

__all__ = ["Gain", "N_REPEATS", "Tuning", "WAYS", "tune_onto", "weighed", "why_of"]

WAYS: tuple[Way, ...] = ("catalogue", "own", "residual", "column")
"""To use one model below."""

N_FOLDS, N_INNER, N_REPEATS = 5, 3, 2
Rows: TypeAlias = npt.NDArray[np.intp]


@frozen(kw_only=True)
class Gain:
    """By how much the choice errs less than one way alone, on held-out families."""

    over: Literal["catalogue", "own"]
    paired: Paired
    """Of mean squared errors, that way minus the choice; above 0 the choice is better."""

    verdict: str


@frozen(kw_only=True)
class Tuning:
    """What was tried, what was kept, and why."""

    way: Way
    errors: Mapping[str, float]
    """Way -> root mean square error on held-out families, on the scale of learning."""

    nested_error: float
    """The same of the choice, when it is made anew without the rows that judge it."""

    gains: tuple[Gain, ...]


@frozen(kw_only=True, eq=False)
class _Rows:
    """The own rows, and what the base says of them."""

    features: Features
    targets: Targets
    base: FloatArray
    apart: FloatArray
    """How far the parts of the base are apart, shape (n,)."""


def tune_onto(
    base: Base,
    features: Features,
    targets: Targets,
    *,
    about: Property,
    seed: int,
    ways: Sequence[Way] = WAYS,
    n_repeats: int = N_REPEATS,
) -> tuple[PropertyModel, Tuning]:
    """Try the four ways, keep the best, and say what it gains.

    Args:
        base: The model below, asked in the unit of ``about``.
        features: The n own rows, with families; none that the base has learned from.
        targets: Their values.
        about: What is learned.
        seed: Drives folds and fits.
        ways: Those that are tried.
        n_repeats: How often families are dealt into folds anew.

    Raises:
        NotReadyError: Too few rows are known, or too alike.
    """
    begun = time.monotonic()
    kept = usable_rows(targets, name=about.name, task=about.task)
    features, targets = features.take(kept), targets.take(kept)
    values = targets.values[:, 0]
    scale: Scale = scale_of(values) if about.task == "regression" else "plain"
    learned = evolve(targets, values=to_scale(targets.values, scale), tasks=(about.task,))
    plain = Features(
        ids=features.ids, blocks={k: b for k, b in features.blocks.items() if k != "family"}
    )
    said, apart = base.ask(plain, scale)
    own = _Rows(features=plain, targets=learned, base=said, apart=apart)
    splits = [deal(features, n_folds=N_FOLDS, seed=seed + r) for r in range(n_repeats)]
    outer = [_outer(own, features, s, ways, seed=seed + r) for r, s in enumerate(splits)]
    losses = [{w: answer[1] for w, answer in answers.items()} for answers in outer]
    tuning = weighed(losses, splits, ways)
    way = tuning.way
    everything = np.arange(len(values))
    parts, level, slope = _fit(way, own, everything, seed=seed)
    trial = Trial(
        features=plain, targets=learned, split=splits[0], seed=seed, begun=begun, budget_s=None
    )
    choice = outer[0]["choice"]
    held = {**evolve(trial, recipe="mean").hold_out(), **{str(w): outer[0][w][0] for w in ways}}
    model = assembled(
        trial, held, parts, (choice[0], choice[2]),
        about=about, scale=scale, values=values, why=why_of(tuning),
    )  # fmt: skip
    lift = None if way == "own" else evolve(base, way=way, level=level, slope=slope)
    return evolve(model, base=lift), tuning


def weighed(
    losses: Sequence[Mapping[str, FloatArray]], splits: Sequence[Split], ways: Sequence[Way]
) -> Tuning:
    """Return the way that loses least, and what the blind choice gains over the plain ways.

    Args:
        losses: Squared errors of each held-out row by way, and by ``choice``, for each split.
        splits: How the rows were dealt.
        ways: Those among which is chosen.
    """
    loss = {w: float(np.mean([o[w].mean() for o in losses])) for w in losses[0]}
    plain: tuple[Way, ...] = ("catalogue", "own")
    return Tuning(
        way=min(ways, key=lambda w: loss[w]),
        errors={str(w): float(np.sqrt(loss[w])) for w in ways},
        nested_error=float(np.sqrt(loss["choice"])),
        gains=tuple(_gain(name, losses, splits) for name in plain if name in ways),
    )


_Answer: TypeAlias = tuple[FloatArray, FloatArray, FloatArray]
"""What was said, what each row loses, and how far the parts were apart; shape (n,) each."""


def _outer(
    own: _Rows, features: Features, split: Split, ways: Sequence[Way], *, seed: int
) -> Mapping[str, _Answer]:
    """Return what each way says of held-out families, and a choice that was blind to them."""
    n = len(own.base)
    names: tuple[str, ...] = (*ways, "choice")
    answers = {w: (np.empty(n), np.empty(n), np.empty(n)) for w in names}
    for fold in np.unique(split.fold):
        seen, new = np.flatnonzero(split.fold != fold), np.flatnonzero(split.fold == fold)
        found: dict[str, _Answer] = {w: _said(w, own, seen, new, seed=seed) for w in ways}
        inner = _inner_loss(own, features, seen, ways, seed=seed)
        found["choice"] = found[min(ways, key=lambda w: inner[w])]
        for name, columns in found.items():
            for place, column in zip(answers[name], columns, strict=True):
                place[new] = column
    return answers


def _inner_loss(
    own: _Rows, features: Features, seen: Rows, ways: Sequence[Way], *, seed: int
) -> Mapping[Way, float]:
    """Return what each way loses on families inside of some rows."""
    split = deal(features.take(seen), n_folds=N_INNER, seed=seed)
    total = dict.fromkeys(ways, 0.0)
    for fold in np.unique(split.fold):
        inside, outside = seen[split.fold != fold], seen[split.fold == fold]
        for way in ways:
            total[way] += float(_said(way, own, inside, outside, seed=seed)[1].sum())
    return total


def _said(way: Way, own: _Rows, seen: Rows, new: Rows, *, seed: int) -> _Answer:
    """Fit a way to some rows; return its answer to others, their loss, and its disagreement."""
    parts, level, slope = _fit(way, own, seen, seed=seed)
    asked = (
        lifted(own.features.take(new), own.base[new])
        if way == "column"
        else (own.features.take(new))
    )
    told = [p.predict(asked).mean[:, 0] for p in parts.values()]
    said = np.mean(told, axis=0) if told else np.zeros(len(new))
    apart = np.ptp(told, axis=0) if told else own.apart[new]
    if way in {"catalogue", "residual"}:
        said = said + level + slope * own.base[new]
    if own.targets.is_class(0):
        said = np.clip(said, 0.0, 1.0)
    gaps = errors(own.targets.values[new, 0], said, own.targets.bounds[new, 0])
    return said, np.square(gaps), apart


def _fit(
    way: Way, own: _Rows, seen: Rows, *, seed: int
) -> tuple[dict[str, FittedModel], float, float]:
    """Return the fitted parts of a way, and the line by which the base enters."""
    base, targets = own.base[seen], own.targets.take(seen)
    features = own.features.take(seen)
    level, slope = _line(base, targets.values[:, 0])
    if way == "catalogue":
        return {}, level, slope
    if way == "residual":
        rest = targets.values - (level + slope * base)[:, None]
        targets = evolve(targets, values=rest, tasks=("regression",))
    if way == "column":
        features = lifted(features, base)
    return {n: made(n).fit(features, targets, seed=seed) for n in RECIPES["auto"]}, level, slope


PRIOR_ROWS = 10.0
"""The base's own slope, one, counts as much as so many rows."""


def _line(base: FloatArray, truth: FloatArray) -> tuple[float, float]:
    """Return level and slope of the truth over the base, the slope drawn towards one."""
    away = base - base.mean()
    prior = PRIOR_ROWS * float(away.var()) + 1e-12
    slope = (float(away @ (truth - truth.mean())) + prior) / (float(away @ away) + prior)
    return float(truth.mean() - slope * base.mean()), slope


def _gain(name: Way, losses: Sequence[Mapping[str, FloatArray]], splits: Sequence[Split]) -> Gain:
    """Test the choice, made blindly, against one way alone."""
    rises = [
        float((lost[name] - lost["choice"])[split.fold == fold].mean())
        for lost, split in zip(losses, splits, strict=True)
        for fold in np.unique(split.fold)
    ]
    n_folds = len(rises) // len(splits)
    paired = corrected_t(np.array(rises), test_over_train=1.0 / (n_folds - 1))
    told = f"the {name} alone" if name == "catalogue" else "own rows alone"
    if not paired.is_clear:
        verdict = f"no gain or loss against {told} can be shown (p = {paired.p:.2g})"
    else:
        better = "better" if paired.difference > 0 else "worse"
        verdict = f"{better} than {told} (p = {paired.p:.2g})"
    return Gain(over="own" if name == "own" else "catalogue", paired=paired, verdict=verdict)


_TOLD: Mapping[Way, str] = {
    "catalogue": "the base alone, brought to the level of the own rows",
    "own": "the own rows alone",
    "residual": "the base, and what it leaves over learned from the own rows",
    "column": "the own rows, with the base as one more descriptor",
    "columns": "the own rows, with what the models below say as descriptors",
}


def why_of(tuning: Tuning) -> str:
    """Return in a sentence which way was kept, and what each of them errs."""
    told = ", ".join(f"{w} {e:.4g}" for w, e in tuning.errors.items())
    return (
        f"{_TOLD[tuning.way]}: error {tuning.errors[tuning.way]:.4g} on held-out families "
        f"({told}); chosen blindly {tuning.nested_error:.4g}"
    )
