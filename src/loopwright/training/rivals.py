# SPDX-License-Identifier: Apache-2.0
"""Two ways to learn one property, tried on the same repeated splits by family.

What is compared are recipes, not two fitted models: each split fits both anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from attrs import evolve, frozen

from loopwright.core.errors import SpecError
from loopwright.core.values import Features, FloatArray, Targets, Task
from loopwright.science.metrics import errors
from loopwright.science.paired import Paired, corrected_t
from loopwright.training.doubt import scale_of, to_scale
from loopwright.training.property_model import Property
from loopwright.training.trial import RECIPES
from loopwright.training.unseen import said_of
from loopwright.training.usable import usable_rows
from loopwright.training.validate import deal

__all__ = ["RIVALS", "Contest", "contest"]

RIVALS: Mapping[str, tuple[str, ...]] = {n: r for n, r in RECIPES.items() if n != "stack"}
"""What can be compared, and whose average it is."""

N_FOLDS = 5
_MEASURES: Mapping[Task, str] = {
    "regression": "RMSE",
    "classification": "RMSE of the probability",
    "ordinal": "RMSE in levels",
}


@frozen(kw_only=True)
class Contest:
    """What the splits showed."""

    split: str
    n_rows: int
    n_splits: int
    """Held-out parts: folds times repeats."""

    measure: str
    errors: Mapping[str, float]
    """Name -> its error over all held-out rows of all repeats."""

    paired: Paired
    """Of the mean squared errors, the first minus the second; above 0 the second is better."""

    verdict: str
    """In words."""


def contest(
    features: Features,
    targets: Targets,
    names: Sequence[str],
    *,
    about: Property,
    n_repeats: int,
    seed: int,
) -> Contest:
    """Try two recipes on the same repeated splits, and test their difference.

    Args:
        features: n rows, with families.
        targets: One property, n rows, in its unit.
        names: Two of ``RIVALS``.
        about: What is learned.
        n_repeats: How often the families are dealt into folds anew.
        seed: Drives deals and fits.

    Raises:
        SpecError: There are not two names, or one is unknown.
        NotReadyError: Too few rows are known, or too alike.
    """
    if len(set(names)) != 2 or set(names) - set(RIVALS):
        raise SpecError(
            f"{', '.join(names) or 'nothing'} is no pair that can be compared",
            where="--model",
            remedy=f"Name two of: {', '.join(RIVALS)}.",
        )
    rows = usable_rows(targets, name=about.name, task=about.task)
    features, targets = features.take(rows), targets.take(rows)
    scale = scale_of(targets.values[:, 0]) if about.task == "regression" else "plain"
    targets = evolve(targets, values=to_scale(targets.values, scale), tasks=(about.task,))
    squares: dict[str, list[FloatArray]] = {name: [] for name in names}
    for repeat in range(n_repeats):
        split = deal(features, n_folds=N_FOLDS, seed=seed + repeat)
        for fold in np.unique(split.fold):
            found = _squares(features, targets, names, split.fold == fold, seed=seed + repeat)
            for name in names:
                squares[name].append(found[name])
    first, second = (np.array([s.mean() for s in squares[name]]) for name in names)
    n_folds = len(first) // n_repeats
    paired = corrected_t(first - second, test_over_train=1.0 / (n_folds - 1))
    return Contest(
        split=split.name,
        n_rows=len(rows),
        n_splits=len(first),
        measure="RMSE of log10" if scale == "log" else _MEASURES[about.task],
        errors={n: float(np.sqrt(np.concatenate(s).mean())) for n, s in squares.items()},
        paired=paired,
        verdict=_verdict(names, paired),
    )


def _squares(
    features: Features,
    targets: Targets,
    names: Sequence[str],
    is_new: np.ndarray,
    *,
    seed: int,
) -> Mapping[str, FloatArray]:
    """Return the squared errors of both on one held-out part; shared parts are fitted once."""
    seen, new = np.flatnonzero(~is_new), np.flatnonzero(is_new)
    plain = Features(
        ids=features.ids, blocks={k: b for k, b in features.blocks.items() if k != "family"}
    )
    parts = dict.fromkeys(part for name in names for part in RIVALS[name])
    said = {p: said_of((p,), plain, targets, seen=seen, new=new, seed=seed) for p in parts}
    truth, bounds = targets.values[new, 0], targets.bounds[new, 0]
    return {
        n: np.square(errors(truth, np.mean([said[p] for p in RIVALS[n]], axis=0), bounds))
        for n in names
    }


def _verdict(names: Sequence[str], paired: Paired) -> str:
    if not paired.is_clear:
        return f"no difference between {names[0]} and {names[1]} can be shown (p = {paired.p:.2g})"
    better, worse = names[::-1] if paired.difference > 0 else names
    return f"{better} is better than {worse} (p = {paired.p:.2g})"
