# SPDX-License-Identifier: Apache-2.0
"""Compare two ways to learn one property of a file, by a paired test over repeated splits."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from attrs import field, frozen
from attrs.validators import ge

from loopwright.api.files import read_file
from loopwright.api.how import How, asked_of
from loopwright.api.learnable import read_learnable
from loopwright.api.matter import matter
from loopwright.api.unreadable import demand_readable
from loopwright.core.errors import SpecError
from loopwright.training.families import regrouped
from loopwright.training.property import kinds_of
from loopwright.training.property_model import Property
from loopwright.training.rivals import RIVALS, Contest, contest

__all__ = ["Compared", "compare"]


@frozen(kw_only=True)
class Compared:
    """What a comparison found."""

    file: str
    property: str
    unit: str
    models: tuple[str, ...]
    contest: Contest
    n_repeats: int = field(validator=ge(1))
    seconds: float
    stand_ins: Mapping[str, str] = MappingProxyType({})
    """"structure" -> the column that was taken for it, where no name says that it is."""


def compare(
    file: Path | str, property: str, models: Sequence[str], *, how: How, n_repeats: int = 5
) -> Compared:
    """Say whether one of two recipes learns a property better than the other.

    Args:
        file: Any file that a reader knows.
        property: The column.
        models: Two of what ``train`` takes as a model, ``stack`` excepted.
        how: Everything else; its split says what is held out together, by time excepted.
        n_repeats: How often the rows are dealt into folds anew.

    Raises:
        DataError: The file cannot be read or lacks the column.
        NotReadyError: Too few rows are known.
        SpecError: The models are no pair, or the split is by time, which has no repeats.
    """
    begun, modality = time.monotonic(), matter()
    if how.split == "time":
        raise SpecError(
            "There is one newest fifth, so a split by time cannot be repeated",
            where="--split",
            remedy="Choose scaffold, cluster or random.",
        )
    (one,) = read_learnable(read_file(file), asked_of((property,), how), modality)
    demand_readable(one)
    kinds = kinds_of(part for name in models for part in RIVALS.get(name, ()))
    features = regrouped(modality.describe(one.candidates, kinds), how.split)
    found = contest(
        features,
        one.targets,
        models,
        about=Property(name=property, unit=one.unit, task=one.task, levels=one.levels),
        n_repeats=n_repeats,
        seed=how.seed,
    )
    return Compared(
        file=Path(file).name,
        property=property,
        unit=one.unit,
        models=tuple(models),
        contest=found,
        n_repeats=n_repeats,
        seconds=round(time.monotonic() - begun, 2),
        stand_ins=one.stand_ins,
    )
