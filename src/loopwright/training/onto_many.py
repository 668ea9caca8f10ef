# SPDX-License-Identifier: Apache-2.0
"""A few own rows on top of many models, each of another property.

What a catalogue says of solubility, binding and clearance tells something of a property that nobody
has a model of. Two ways are tried on the same held-out families: own rows by the usual recipe, and
the same with what the models below say as descriptors.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from attrs import evolve

from loopwright.core.values import Features, FloatArray, Targets
from loopwright.training.onto import N_REPEATS, Tuning, weighed, why_of
from loopwright.training.others import Others, standing
from loopwright.training.property import held_out_errors, learn_property
from loopwright.training.property_model import Property, PropertyModel, Way, lifted
from loopwright.training.usable import usable_rows
from loopwright.training.validate import Split

__all__ = ["tune_onto_many"]

WAYS: tuple[Way, ...] = ("own", "columns")


def tune_onto_many(
    others: Others,
    features: Features,
    targets: Targets,
    *,
    about: Property,
    seed: int,
    recipe: str = "auto",
) -> tuple[PropertyModel, Tuning]:
    """Try both ways, keep the better one, and say what it gains.

    Args:
        others: The models below.
        features: The n own rows, with families.
        targets: Their values.
        about: What is learned.
        seed: Drives folds and fits.
        recipe: One of ``RECIPES``.

    Raises:
        NotReadyError: Too few rows are known, or too alike.
    """
    rows = usable_rows(targets, name=about.name, task=about.task)
    features, targets = features.take(rows), targets.take(rows)
    described = {"own": features, "columns": lifted(features, others.ask(features))}
    losses, splits = [], []
    for repeat in range(N_REPEATS):
        lost: dict[str, FloatArray] = {}
        for way, some in described.items():
            gaps, split = held_out_errors(
                some, targets, about=about, seed=seed + repeat, recipe=recipe
            )
            lost[way] = np.square(gaps)
        losses.append({**lost, "choice": _blind(lost, split)})
        splits.append(split)
    tuning = weighed(losses, splits, WAYS)
    model = learn_property(described[tuning.way], targets, about=about, seed=seed, recipe=recipe)
    model = evolve(model, card=evolve(model.card, why=why_of(tuning)))
    return standing(model, others) if tuning.way == "columns" else model, tuning


def _blind(lost: Mapping[str, FloatArray], split: Split) -> FloatArray:
    """Return what is lost where each fold is answered by the way that the others prefer."""
    choice = np.empty(len(split.fold))
    for fold in np.unique(split.fold):
        is_new = split.fold == fold
        best = min(lost, key=lambda way: float(lost[way][~is_new].mean()))
        choice[is_new] = lost[best][is_new]
    return choice
