# SPDX-License-Identifier: Apache-2.0
"""Judge a recipe on a split that somebody else made: train on one file, score another."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
from attrs import evolve, frozen

from loopwright.api.beneath import unasked, whom
from loopwright.api.budgets import Budget, budget_of
from loopwright.api.files import read_file
from loopwright.api.how import How, asked_of
from loopwright.api.judging import judged
from loopwright.api.learnable import Asked, Learnable, read_learnable
from loopwright.api.matter import matter
from loopwright.api.property_models import alone_of, beneath_of
from loopwright.api.tuning import upon
from loopwright.api.unreadable import demand_readable
from loopwright.core.errors import DataError, SpecError
from loopwright.core.ports import Modality
from loopwright.core.values import Quarantined, RawFile, Task
from loopwright.training.property import kinds_of
from loopwright.training.property_model import PropertyModel
from loopwright.training.property_scores import PropertyScores
from loopwright.training.trial import RECIPES

__all__ = ["Evaluated", "evaluate"]


@frozen(kw_only=True)
class Evaluated:
    """What a recipe, trained on one file, is worth on another."""

    property: str
    unit: str
    task: Task
    train: str
    test: str
    n_train: int
    """Structures that were learned from."""

    n_test: int
    """Rows that were scored."""

    n_left_out: int
    """Rows of the test file that were not scored; each is in ``left_out``."""

    n_leaked: int
    """Scored rows whose structure is in the training file, too."""

    leaked: tuple[int, ...]
    """Those rows, as a person counts them in the test file."""

    recipe: tuple[str, ...]
    why: str
    scores: tuple[PropertyScores, ...]
    """``auto``, then the baselines ``mean`` and ``neighbour``."""

    without_leaks: PropertyScores | None
    """``auto`` on the rows whose structure was not learned from; None if none was."""

    coverage: float | None
    in_domain: float
    """Share of the scored rows."""

    left_out: tuple[Quarantined, ...]
    left_out_train: tuple[Quarantined, ...]
    seconds: float
    budget: Budget | None = None
    """Of the fits; None where none was given."""

    same: tuple[str, ...] = ()
    """Models below that were made of the very values, and were left out."""

    stand_ins: Mapping[str, str] = MappingProxyType({})
    """"structure" -> the column that was taken for it in the test file, where no name says so."""

    stand_ins_train: Mapping[str, str] = MappingProxyType({})
    """The same of the training file."""


def evaluate(
    train: Path | str, test: Path | str, property: str, *, how: How, onto: str = ""
) -> Evaluated:
    """Train on one file, predict another, and score every row of it that can be read.

    Args:
        train: What is learned from.
        test: What is predicted; nothing is chosen or calibrated by it.
        property: The column, in both files.
        how: Everything else; its split deals the folds inside the training file.
        onto: Models below, as ``tune`` takes them; none if blank.

    Raises:
        DataError: A file cannot be read or lacks the column.
        NotReadyError: Too few rows are known.
        MismatchError: The test file holds other assays or units.
        SpecError: The split is by time, by which no folds can be dealt.
    """
    begun, modality = time.monotonic(), matter()
    _demand_dealt(how)
    files = read_file(train), read_file(test)
    seen, new = _read(files, asked_of((property,), how), modality)
    started = time.monotonic()
    made = upon(onto, seen, how, modality) if onto else None
    model = made.model if made else _alone(seen, how, modality)
    took_s = time.monotonic() - started
    left_out = () if onto else unasked(model, how, n_properties=1)
    described = modality.describe(new.candidates, kinds_of(model.asked))
    found = judged(model, described, new, seed=how.seed)
    ids = {c.id for c in seen.candidates}
    leaked = np.array([m.candidate_id in ids for m in new.rows])
    return Evaluated(
        property=property,
        unit=seen.unit,
        task=seen.task,
        train=files[0].name,
        test=files[1].name,
        n_train=len(ids),
        n_test=len(new.rows),
        n_left_out=new.n_rows - new.n_used,
        n_leaked=int(leaked.sum()),
        leaked=tuple(m.source_row for m, is_in in zip(new.rows, leaked, strict=True) if is_in),
        recipe=model.card.recipe,
        why=model.card.why,
        scores=found.scores,
        without_leaks=found.of("auto", ~leaked) if leaked.any() and not leaked.all() else None,
        coverage=found.coverage,
        in_domain=found.in_domain,
        left_out=new.left_out,
        left_out_train=seen.left_out,
        seconds=round(time.monotonic() - begun, 2),
        budget=budget_of(how, model, None, took_s=took_s, unasked=left_out),
        same=made.same if made else (),
        stand_ins=new.stand_ins,
        stand_ins_train=seen.stand_ins,
    )


def _demand_dealt(how: How) -> None:
    """Refuse a split by time, which is one split and deals no folds."""
    if how.split == "time":
        raise SpecError(
            "Folds inside the training file cannot be dealt by time",
            where="--split",
            remedy="Choose scaffold, cluster or random; the newest rows can be the test file.",
        )


def _alone(seen: Learnable, how: How, modality: Modality) -> PropertyModel:
    """Return the model of some rows."""
    described = modality.describe(seen.candidates, kinds_of(RECIPES[how.model]))
    own = alone_of(seen, described, how)
    return beneath_of(seen, described, own, whom([own], how), how).standing


def _read(
    files: tuple[RawFile, RawFile], asked: Asked, modality: Modality
) -> tuple[Learnable, Learnable]:
    """Return what both files say of a property; the second is read as the first was."""
    (seen,) = read_learnable(files[0], asked, modality)
    demand_readable(seen)
    (name,) = asked.properties
    asked = evolve(asked, task=seen.task, units={name: seen.unit}, levels=seen.levels, weight="")
    (new,) = read_learnable(files[1], asked, modality)
    if not new.rows:
        raise DataError(
            f"No row of the test file has a structure and a value of {name!r}",
            where=files[1].name,
            remedy="Give a file with both.",
        )
    return seen, new
