# SPDX-License-Identifier: Apache-2.0
"""Train on a few own rows on top of a model that is there: a catalogue's, or one's own."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import cattrs
import numpy as np
from attrs import evolve, frozen

from loopwright.api.budgets import Budget
from loopwright.api.catalogues import models_at
from loopwright.api.files import read_file
from loopwright.api.how import How, asked_of
from loopwright.api.learnable import Learnable, read_learnable
from loopwright.api.matter import matter
from loopwright.api.property_folder import demand_free, goldens_of, open_folder, write_folder
from loopwright.api.property_models import (
    Trained,
    about_of,
    card_of,
    learned_of,
    parcel_of,
)
from loopwright.api.unreadable import demand_readable
from loopwright.core.errors import DataError, MismatchError, NotReadyError, SpecError
from loopwright.core.ports import Modality
from loopwright.reports.model_card import model_card
from loopwright.science.units import convert
from loopwright.training.families import regrouped
from loopwright.training.onto import Tuning, tune_onto
from loopwright.training.property import kinds_of
from loopwright.training.property_model import Base, PropertyModel
from loopwright.training.usable import LEAST_ROWS

__all__ = ["Tuned", "tune"]

MANY = 2_000
"""Own rows from which a base has little to add, and four ways take long."""


@frozen(kw_only=True)
class Tuned:
    """What training on top of another model found."""

    onto: str
    """Which model, as it was asked for."""

    onto_sha256: str
    """Digest of the card of its folder; a copy of the model lies in the new one."""

    n_known: int
    """Own rows that the base has learned from; they judge nothing, and were left out."""

    tuning: Tuning
    trained: Trained

    @property
    def is_whole(self) -> bool:
        """Return whether every value that the file states could be read."""
        return self.trained.is_whole


def tune(
    file: Path | str, property: str, *, onto: str, out: Path, how: How, unit: str = ""
) -> Tuned:
    """Try four ways to use own rows and another model together, and keep the best.

    Args:
        file: Any file that a reader knows.
        property: The column of own values.
        onto: ``catalogue:property``, or a folder that ``train`` wrote, with ``:property`` if it
            has several.
        out: The folder that is written.
        how: Everything else.
        unit: Of the own values, where the file names none.

    Raises:
        DataError: The file cannot be read or lacks the column, or ``out`` is taken.
        SpecError: There is no such model, or levels are to be learned on top of it.
        MismatchError: Task or unit of the two differ.
        NotReadyError: Too few own rows are new to the base.
    """
    begun, file, modality = time.monotonic(), Path(file), matter()
    _demand_no_levels(how)
    demand_free(out)
    raw = read_file(file)
    (one,) = read_learnable(raw, asked_of((property,), how), modality)
    demand_readable(one)
    if unit and one.unit == "1":
        one = evolve(one, unit=unit)
    model, digest = _below(onto, modality)
    base = _base(model, one)
    fresh = _fresh(one, model)
    described = modality.describe(fresh.candidates, kinds_of(model.asked))
    features, about = regrouped(described, how.split), about_of(fresh, how)
    made, tuning = tune_onto(base, features, fresh.targets, about=about, seed=how.seed)
    trained = Trained(
        file=file.name,
        sha256=hashlib.sha256(raw.content).hexdigest(),
        out=str(out),
        seed=how.seed,
        models=(learned_of(one, made, budget=_budget(how, begun)),),
        seconds=round(time.monotonic() - begun, 2),
    )
    found = Tuned(
        onto=onto,
        onto_sha256=digest,
        n_known=len(one.candidates) - len(fresh.candidates),
        tuning=tuning,
        trained=trained,
    )
    parcel = parcel_of(fresh, made)
    card = card_of(trained, [goldens_of(made, described, parcel.texts)], how, modality)
    told = {k: v for k, v in cattrs.unstructure(found).items() if k != "trained"}
    card["properties"][0]["onto"] = told
    replaced = write_folder(out, [parcel], card, model_card(card))
    return evolve(found, trained=evolve(trained, replaced=replaced))


def _budget(how: How, begun: float) -> Budget | None:
    """Return what became of the budget; all four ways are needed, and none is left out."""
    if how.budget_s is None:
        return None
    took = round(time.monotonic() - begun, 2)
    return Budget(asked_s=how.budget_s, took_s=took, left_out=())


def _demand_no_levels(how: How) -> None:
    """Refuse levels: what a model below leaves over is no level."""
    if how.task == "ordinal":
        raise SpecError(
            "Levels cannot be learned on top of another model",
            where="--onto",
            remedy="Train them without --onto, or as a number with --task regression.",
        )


def _below(onto: str, modality: Modality) -> tuple[PropertyModel, str]:
    """Return the model that is asked for, and the digest of its folder's card."""
    place, _, name = onto.rpartition(":")
    if not place or Path(onto).is_dir():
        place, name = onto, ""
    opened = open_folder(models_at(place), modality)
    known = {p.model.card.property.name: p.model for p in opened.parcels}
    if not name and len(known) == 1:
        (name,) = known
    if name not in known:
        raise SpecError(
            f"{place!r} has no model of {name!r}",
            where="--onto",
            remedy=f"Write {place}:PROPERTY, with one of: {', '.join(known)}.",
        )
    return known[name], opened.digest


def _base(model: PropertyModel, one: Learnable) -> Base:
    """Return the model below, asked in the unit of the own values."""
    about = model.card.property
    if about.task != one.task:
        raise MismatchError(
            f"The base states a {about.task}, and {one.property!r} is a {one.task}",
            where="--onto",
            remedy="Choose a base of the same task, or say with --task what the values are.",
        )
    try:
        offset = convert(0.0, about.unit, one.unit)
        return Base(model=model, offset=offset, factor=convert(1.0, about.unit, one.unit) - offset)
    except DataError as ex:
        raise MismatchError(
            f"The base answers in {about.unit!r}, and {one.property!r} is in {one.unit!r}: "
            f"{ex.what}",
            where="--unit",
            remedy="Give values in a unit of the same quantity; name it with --unit if the file "
            "does not.",
        ) from ex


def _fresh(one: Learnable, model: PropertyModel) -> Learnable:
    """Return the rows that the base has not learned from: of the others it knows the answer."""
    known = set(model.known.ids)
    rows = np.array([i for i, c in enumerate(one.candidates) if c.id not in known], np.intp)
    if not LEAST_ROWS <= len(rows) <= MANY:
        raise NotReadyError(
            f"{len(rows)} of {len(one.candidates)} own structures are new to the base",
            where="--onto",
            remedy=f"Give {LEAST_ROWS} to {MANY} that are, or train without it.",
        )
    return evolve(
        one,
        candidates=tuple(one.candidates[i] for i in rows),
        targets=one.targets.take(rows),
    )
