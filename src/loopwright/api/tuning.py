# SPDX-License-Identifier: Apache-2.0
"""Train on a few own rows on top of a model that is there: a catalogue's, or one's own."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
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
from loopwright.api.model_places import demand_kept
from loopwright.api.property_folder import (
    Opened,
    goldens_of,
    open_folder,
    write_folder,
)
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
from loopwright.core.values import Features
from loopwright.reports.model_card import model_card
from loopwright.science.units import convert
from loopwright.training.families import regrouped
from loopwright.training.onto import Tuning, tune_onto
from loopwright.training.onto_many import tune_onto_many
from loopwright.training.others import Others
from loopwright.training.property import kinds_of
from loopwright.training.property_model import Base, PropertyModel
from loopwright.training.usable import LEAST_ROWS

__all__ = ["Tuned", "Upon", "tune", "upon"]

MANY = 2_000
"""Own rows from which a base has little to add, and four ways take long."""

MANY_FOR_SEVERAL = 20_000
"""Own rows from which five cross-validations take more than an hour."""


@frozen(kw_only=True)
class Tuned:
    """What training on top of other models found."""

    onto: str
    """Which, as it was asked for."""

    onto_sha256: str
    """Digest of the card of their folder; a copy of what is needed lies in the new one."""

    n_known: int
    """Own rows that a single base has learned from; they judge nothing, and were left out."""

    tuning: Tuning
    trained: Trained
    n_below: int = 1
    """Models below."""

    same: tuple[str, ...] = ()
    """Of several below those that were made of the very values, and were left out."""

    @property
    def is_whole(self) -> bool:
        """Return whether every value that the file states could be read."""
        return self.trained.is_whole


@frozen(kw_only=True, eq=False)
class Upon:
    """A model on top of others, and what it was made of."""

    model: PropertyModel
    tuning: Tuning
    digest: str
    """Of the card of what is below."""

    rows: Learnable
    """The own rows that were learned from."""

    described: Features
    n_below: int = 1
    same: tuple[str, ...] = ()


def tune(
    file: Path | str, property: str, *, onto: str, out: Path, how: How, unit: str = ""
) -> Tuned:
    """Try several ways to use own rows and other models together, and keep the best.

    Args:
        file: Any file that a reader knows.
        property: The column of own values.
        onto: ``catalogue:property``, or a folder that ``train`` wrote, with ``:property`` if it
            has several: a model of the same quantity. Without the property a catalogue, or a
            folder of several: what all of them say becomes descriptors.
        out: The folder that is written.
        how: Everything else.
        unit: Of the own values, where the file names none.

    Raises:
        DataError: The file cannot be read or lacks the column, or ``out`` is taken.
        SpecError: There is no such model, levels are to be learned on top of it, or the split is
            by time.
        MismatchError: Task or unit of the two differ.
        NotReadyError: Too few own rows are new to the base.
    """
    begun, file, modality = time.monotonic(), Path(file), matter()
    demand_kept(out, (property,))
    raw = read_file(file)
    (one,) = read_learnable(raw, asked_of((property,), how), modality)
    demand_readable(one)
    if unit and one.unit == "1":
        one = evolve(one, unit=unit)
    made = upon(onto, one, how, modality)
    trained = Trained(
        file=file.name,
        sha256=hashlib.sha256(raw.content).hexdigest(),
        out=str(out),
        seed=how.seed,
        models=(learned_of(one, made.model, budget=_budget(how, begun)),),
        seconds=round(time.monotonic() - begun, 2),
    )
    found = Tuned(
        onto=onto,
        onto_sha256=made.digest,
        n_known=len(one.candidates) - len(made.rows.candidates),
        tuning=made.tuning,
        trained=trained,
        n_below=made.n_below,
        same=made.same,
    )
    parcel = parcel_of(made.rows, made.model)
    goldens = goldens_of(made.model, made.described, parcel.texts)
    card = card_of(trained, [goldens], how, modality)
    told = {k: v for k, v in cattrs.unstructure(found).items() if k != "trained"}
    card["properties"][0]["onto"] = told
    replaced = write_folder(out, [parcel], card, model_card(card))
    return evolve(found, trained=evolve(trained, replaced=replaced))


def upon(onto: str, one: Learnable, how: How, modality: Modality) -> Upon:
    """Return the best model of some rows on top of another one, or of several.

    Args:
        onto: As ``tune`` takes it.
        one: The own rows.
        how: Everything else.
        modality: Describes structures.

    Raises:
        SpecError: There is no such model, levels are to be learned on top of it, or the split is
            by time.
        MismatchError: Task or unit of the two differ.
        NotReadyError: Too few own rows are new to the base.
    """
    _demand_families(how)
    _demand_no_levels(how)
    opened, model = _below(onto, modality)
    if model is None:
        return _upon_all(opened, one, how, modality, onto=onto)
    return _upon_one(opened, model, one, how, modality)


def _upon_one(
    opened: Opened, model: PropertyModel, one: Learnable, how: How, modality: Modality
) -> Upon:
    """Return the best of four ways to use a model of the same quantity."""
    base = _base(model, one)
    known = set(model.known.ids)
    places = [i for i, c in enumerate(one.candidates) if c.id not in known]
    what = "own structures are new to the base"
    _demand_between(len(places), MANY, of=len(one.candidates), what=what)
    fresh = _only(one, places)
    described = modality.describe(fresh.candidates, kinds_of(model.asked))
    features, about = regrouped(described, how.split), about_of(fresh, how)
    made, tuning = tune_onto(base, features, fresh.targets, about=about, seed=how.seed)
    return Upon(model=made, tuning=tuning, digest=opened.digest, rows=fresh, described=described)


def _upon_all(opened: Opened, one: Learnable, how: How, modality: Modality, *, onto: str) -> Upon:
    """Return the better of two ways to use models of other properties."""
    n = len(one.candidates)
    _demand_between(n, MANY_FOR_SEVERAL, of=n, what="own structures have a value")
    every = _standing_alone(opened, onto=onto)
    values = one.targets.values[:, 0]
    others = every.without_same([c.id for c in one.candidates], values, one.task)
    same = tuple(p for p in every.properties if p not in others.properties)
    if not others.kept:
        raise SpecError(
            f"All models of {onto!r} were made of the very values",
            where="--onto",
            remedy="Name models of other properties, or train without it.",
        )
    kinds = kinds_of(name for m in others.models for name in m.asked)
    described = modality.describe(one.candidates, kinds)
    made, tuning = tune_onto_many(
        others,
        regrouped(described, how.split),
        one.targets,
        about=about_of(one, how),
        seed=how.seed,
        recipe=how.model,
    )
    return Upon(
        model=made,
        tuning=tuning,
        digest=opened.digest,
        rows=one,
        described=described,
        n_below=len(others.kept),
        same=same,
    )


def _standing_alone(opened: Opened, *, onto: str) -> Others:
    """Return the models of a folder; where they lean on each other, those of own rows alone."""
    models = [p.model for p in opened.parcels]
    if all(m.stands_alone for m in models):
        return Others.over(opened.file)
    wanted = {m.card.property for m in models}
    for content in next((m.asking.contents for m in models if m.asking is not None), ()):
        below = Others.of(content)
        if {m.card.property for m in below.models} == wanted:
            return below
    raise SpecError(
        f"The models of {onto!r} stand on others themselves",
        where="--onto",
        remedy="Name a catalogue, or a folder of models that stand alone.",
    )


def _budget(how: How, begun: float) -> Budget | None:
    """Return what became of the budget; all four ways are needed, and none is left out."""
    if how.budget_s is None:
        return None
    took = round(time.monotonic() - begun, 2)
    return Budget(asked_s=how.budget_s, took_s=took, left_out=())


def _demand_families(how: How) -> None:
    """Refuse a split by time: ways are weighed on families, held out in turn."""
    if how.split == "time":
        raise SpecError(
            "On top of another model, ways are weighed on held-out families, not on the newest "
            "fifth alone",
            where="--split",
            remedy="Choose scaffold, cluster or random, or train without --onto.",
        )


def _demand_no_levels(how: How) -> None:
    """Refuse levels: what a model below leaves over is no level."""
    if how.task == "ordinal":
        raise SpecError(
            "Levels cannot be learned on top of another model",
            where="--onto",
            remedy="Train them without --onto, or as a number with --task regression.",
        )


def _below(onto: str, modality: Modality) -> tuple[Opened, PropertyModel | None]:
    """Return the folder that is asked for, and its model; None if it is all of several."""
    place, _, name = onto.rpartition(":")
    if not place or Path(onto).is_dir():
        place, name = onto, ""
    opened = open_folder(models_at(place), modality)
    known = {p.model.card.property.name: p.model for p in opened.parcels}
    if not name:
        return opened, next(iter(known.values())) if len(known) == 1 else None
    if name not in known:
        raise SpecError(
            f"{place!r} has no model of {name!r}",
            where="--onto",
            remedy=f"Write {place} for all of them, or {place}:PROPERTY, with one of: "
            f"{', '.join(known)}.",
        )
    return opened, known[name]


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


def _demand_between(n: int, most: int, *, of: int, what: str) -> None:
    """Refuse more or fewer own rows than the ways to use a model below are made for."""
    if not LEAST_ROWS <= n <= most:
        raise NotReadyError(
            f"{n} of {of} {what}",
            where="--onto",
            remedy=f"Give {LEAST_ROWS} to {most:,} of them, or leave --onto away.",
        )


def _only(one: Learnable, places: Sequence[int]) -> Learnable:
    """Return some rows; a base that has learned from a row knows the answer."""
    return evolve(
        one,
        candidates=tuple(one.candidates[i] for i in places),
        targets=one.targets.take(np.array(places, np.intp)),
    )
