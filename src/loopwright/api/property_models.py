# SPDX-License-Identifier: Apache-2.0
"""Train property models on a file, ask them everything, and write them with their card."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cattrs
import numpy as np
from attrs import evolve, field, frozen

from loopwright import __version__
from loopwright.api.answer_bounds import demand_bounds, n_beyond
from loopwright.api.beneath import Below, Beneath, below_of, beneath, unasked, whom
from loopwright.api.budgets import Budget, budget_of
from loopwright.api.by_time import by_time, newest, told_of_older
from loopwright.api.files import read_file
from loopwright.api.how import How, asked_of
from loopwright.api.in_workspace import is_workspace, learnables_in
from loopwright.api.judging import judged
from loopwright.api.learnable import Learnable, is_fault, read_learnable
from loopwright.api.matter import matter
from loopwright.api.model_places import Replaced, demand_kept
from loopwright.api.property_folder import (
    Golden,
    Parcel,
    goldens_of,
    write_folder,
)
from loopwright.api.unreadable import demand_enough
from loopwright.api.untrained import Tried, Untrained
from loopwright.core.ports import Modality
from loopwright.core.values import Features, Quarantined, Targets, Task
from loopwright.loop.tabling import standardiser_of
from loopwright.reports.evaluation import evaluation_picture
from loopwright.reports.model_card import model_card
from loopwright.training.families import regrouped, told_of
from loopwright.training.honest import Case, Evaluation, evaluation_of
from loopwright.training.others import Others
from loopwright.training.property import demand_learnable, kinds_of, learn_property
from loopwright.training.property_model import Property, PropertyModel
from loopwright.training.property_scores import PropertyScores
from loopwright.training.trial import BASELINES, RECIPES

__all__ = [
    "Learned",
    "Trained",
    "about_of",
    "alone_of",
    "beneath_of",
    "card_of",
    "learned_of",
    "model_of",
    "parcel_of",
    "train",
]

_LOSS = {"regression": "rmse", "classification": "log_loss", "ordinal": "mae"}


@frozen(kw_only=True)
class Learned:
    """What training found of one property."""

    property: str
    unit: str
    task: Task
    n_rows: int
    """Rows of the file; ``n_rows = n_used + `` the distinct rows of ``left_out``."""

    n_used: int
    n_structures: int
    n_repeats: int
    """Used rows that share their structure with an earlier one; their values were averaged."""

    n_disagree: int
    """Structures whose rows are not all of one class or level, or whose numbers are farther apart
    than the property spreads over all structures."""

    n_limits: int
    left_out: tuple[Quarantined, ...]
    recipe: tuple[str, ...]
    why: str
    is_useful: bool
    """Whether it beats both baselines on what was held out."""

    scale: str
    split: str
    scores: tuple[PropertyScores, ...]
    """``auto`` is what answers, whatever was asked for; then its parts and the baselines."""

    coverage: float | None
    """Share of held-out values inside their 90 % interval; None of a class."""

    domain_similarity: float
    evaluation: Evaluation | None
    """The recipe asked in every way; None where that was not wanted."""

    seconds: float
    levels: tuple[str, ...] = ()
    """Of an ordinal property, from the lowest."""

    n_beyond: int = 0
    """Measured structures beyond the bounds of the property; answers about them are cut."""

    budget: Budget | None = None
    """None where no budget was given."""

    below: tuple[Below, ...] = ()
    """Models that ``auto`` keeps as descriptors; the folder holds copies of them."""


@frozen(kw_only=True)
class Trained:
    """What ``train`` made."""

    file: str
    sha256: str
    out: str
    seed: int
    models: tuple[Learned, ...]
    seconds: float
    untrained: tuple[Untrained, ...] = ()
    """Properties that were asked for beside these, and have nothing to learn from."""

    stand_ins: dict[str, str] = field(factory=dict)
    """"structure" -> the column that was taken for it, where no name says that it is."""

    replaced: Replaced | None = None
    """The earlier model in the folder, which is no more; None if there was none."""

    @property
    def is_whole(self) -> bool:
        """Return whether every property was trained, and every value that the file states used."""
        return not self.untrained and not any(is_fault(q) for m in self.models for q in m.left_out)


def train(file: Path | str, properties: Sequence[str], *, out: Path, how: How) -> Trained:
    """Train one model for each property of a file, and write them with their card.

    Of several, one that nothing can be learned from is left out and told; the others are trained.

    Args:
        file: Any file that a reader knows, or a workspace.
        properties: Columns, or what the columns are taken for.
        out: The folder that is written.
        how: Everything else.

    Raises:
        DataError: The file cannot be read, lacks a column, or ``out`` is taken, or holds a model
            of a property that is not made anew.
        NotReadyError: Too few rows are known, of each property.
        MismatchError: Values of different assays would be pooled.
    """
    begun, file = time.monotonic(), Path(file)
    modality, asked = matter(), asked_of(properties, how)
    demand_kept(out, asked.properties)
    if is_workspace(file):
        digest, found = learnables_in(file, asked)
    else:
        raw = read_file(file)
        found = read_learnable(raw, asked, modality)
        digest = hashlib.sha256(raw.content).hexdigest()
    tried = Tried()
    usable = list(tried.each(found, lambda one: demand_enough(one, how.split)))
    for one in usable:
        about_of(one, how)
    rows = dict(zip(usable, _described(usable, modality, how), strict=True))
    usable = list(tried.each(usable, lambda one: _demand_apart(one, rows[one], how)))
    demand_kept(out, [one.property for one in usable], tried.reasons)
    alone = {one: alone_of(one, rows[one], how) for one in usable}
    others = whom(list(alone.values()), how)
    learned, parcels, goldens = [], [], []
    for one, own in alone.items():
        below = beneath_of(one, rows[one], own, others, how)
        left_out = unasked(own, how, n_properties=len(alone))
        model, evaluation, budget = _learned(one, rows[one], below, how, left_out=left_out)
        parcels.append(parcel_of(one, model))
        goldens.append(goldens_of(model, regrouped(rows[one], how.split), parcels[-1].texts))
        learned.append(evolve(learned_of(one, model, evaluation, budget), below=below_of(model)))
    told = Trained(
        file=file.name,
        sha256=digest,
        out=str(out),
        seed=how.seed,
        models=tuple(learned),
        seconds=round(time.monotonic() - begun, 2),
        untrained=tuple(tried.untrained),
        stand_ins=dict(found[0].stand_ins),
    )
    card = card_of(told, goldens, how, modality)
    pictures = _with_pictures(card["properties"])
    replaced = write_folder(out, parcels, card, model_card(card), pictures=pictures)
    return evolve(told, replaced=replaced)


# ---- learning
def _described(found: Sequence[Learnable], modality: Modality, how: How) -> list[Features]:
    """Return the rows of each property; what several share is described once."""
    everybody = {c.id: c for one in found for c in one.candidates}
    place = {id_: row for row, id_ in enumerate(everybody)}
    features = modality.describe(list(everybody.values()), kinds_of(RECIPES[how.model]))
    rows = ([place[c.id] for c in one.candidates] for one in found)
    return [features.take(np.array(some, np.intp)) for some in rows]


def _demand_apart(one: Learnable, described: Features, how: How) -> None:
    """Refuse a property that no part can be held out of, before any is fitted.

    Raises:
        NotReadyError: Its rows, or the older ones of a split by time, are of one family, or a
            level is rare among them.
    """
    features, about = regrouped(described, how.split), about_of(one, how)
    demand_learnable(features, one.targets, about=about)
    if how.split != "time":
        return
    older, _ = by_time(one)
    with told_of_older(one):
        demand_learnable(features.take(older), one.targets.take(older), about=about)


def about_of(one: Learnable, how: How) -> Property:
    """Return what a property is, with its bounds if it is a number.

    Raises:
        DataError: Many of its values lie beyond the bounds.
    """
    low, high = (how.low, how.high) if one.task == "regression" else (None, None)
    about = Property(
        name=one.property, unit=one.unit, task=one.task, low=low, high=high, levels=one.levels
    )
    demand_bounds(one, about)
    return about


def model_of(features: Features, targets: Targets, one: Learnable, how: How) -> PropertyModel:
    """Return a model of some rows of a property; its card names the split."""
    model = learn_property(
        features, targets, about=about_of(one, how), seed=how.seed, budget_s=how.budget_s,
        recipe=how.model,
    )  # fmt: skip
    if how.split in {"cluster", "random"}:
        return evolve(model, card=evolve(model.card, split=told_of(how.split)))
    return model


def alone_of(one: Learnable, described: Features, how: How) -> PropertyModel:
    """Return the model of all rows as they are described."""
    return model_of(regrouped(described, how.split), one.targets, one, how)


def beneath_of(
    one: Learnable, described: Features, own: PropertyModel, others: Others | None, how: How
) -> Beneath:
    """Return the model of all rows, on top of others where there are any and it helps."""
    return beneath(own, others, described, one.targets, fit=lambda rows: alone_of(one, rows, how))


def _learned(
    one: Learnable, described: Features, below: Beneath, how: How, *, left_out: tuple[str, ...]
) -> tuple[PropertyModel, Evaluation | None, Budget | None]:
    """Return the model of all rows, what is asked of it, and what became of the budget."""
    model, described = below.model, below.features
    begun = time.monotonic() - model.card.seconds
    evaluation = None
    if not how.is_quick:
        case = Case(
            model=model,
            features=described,
            targets=one.targets,
            split=how.split,
            newest=newest(one),
            seed=how.seed,
        )
        most, took = how.budget_s, model.card.seconds
        evaluation = evaluation_of(
            case,
            has_time=lambda share: most is None or time.monotonic() - begun + share * took < most,
        )
    if how.split == "time":
        model = _judgedby_time(one, model, described, how)
    model = evolve(below, model=model).standing
    took_s = time.monotonic() - begun
    return model, evaluation, budget_of(how, model, evaluation, took_s=took_s, unasked=left_out)


def _judgedby_time(
    one: Learnable, model: PropertyModel, features: Features, how: How
) -> PropertyModel:
    """Return the model with the scores of one that knew the older rows alone."""
    older, newer = by_time(one)
    before = model_of(features.take(older), one.targets.take(older), one, how)
    late = evolve(
        one,
        candidates=tuple(one.candidates[i] for i in newer),
        rows=tuple(m for m in one.rows if m.candidate_id in {one.candidates[i].id for i in newer}),
    )
    scores = judged(before, features.take(newer), late, seed=how.seed).scores
    loss = {s.model: s.values[_LOSS[one.task]] for s in scores}
    is_useful = all(loss["auto"].value < loss[b].value for b in BASELINES)
    why = f"on {model.card.split}, {model.card.why}"
    card = evolve(model.card, scores=scores, is_useful=is_useful, split=told_of("time"), why=why)
    return evolve(model, card=card)


# ---- telling
def parcel_of(one: Learnable, model: PropertyModel) -> Parcel:
    """Return a model with who its rows are; how long it took is no part of it."""
    return Parcel(
        model=evolve(model, card=evolve(model.card, seconds=0.0)),
        texts=tuple(c.text for c in one.candidates),
        names=tuple(c.name for c in one.candidates),
    )


def learned_of(
    one: Learnable,
    model: PropertyModel,
    evaluation: Evaluation | None = None,
    budget: Budget | None = None,
) -> Learned:
    """Return what training found."""
    card = model.card
    first = card.scores[0].values.get("coverage")
    return Learned(
        property=one.property,
        unit=one.unit,
        task=one.task,
        n_rows=one.n_rows,
        n_used=one.n_used,
        n_structures=len({c.id for c in one.candidates}),
        n_repeats=one.n_repeats,
        n_disagree=one.n_disagree,
        n_limits=int((one.targets.bounds != 0).sum()),
        left_out=one.left_out,
        recipe=card.recipe,
        why=card.why,
        is_useful=card.is_useful,
        scale=card.scale,
        split=card.split,
        scores=card.scores,
        coverage=first.value if first else None,
        domain_similarity=card.domain_similarity,
        evaluation=evaluation,
        seconds=card.seconds,
        levels=one.levels,
        n_beyond=n_beyond(one, card.property),
        budget=budget,
    )


def _with_pictures(properties: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Name in each property its picture; return the pictures by name."""
    found = {}
    for place, one in enumerate(properties):
        if one["evaluation"]:
            one["picture"] = f"evaluation-{place + 1}.svg"
            found[one["picture"]] = evaluation_picture(one).svg
    return found


def card_of(
    told: Trained, goldens: Sequence[Sequence[Golden]], how: How, modality: Modality
) -> dict[str, Any]:
    """Return what ``card.json`` says; the rows that were left out are counted, not repeated."""
    plain = cattrs.unstructure(told)
    properties = [
        {**_counted(one), "goldens": cattrs.unstructure(examples)}
        for one, examples in zip(plain["models"], goldens, strict=True)
    ]
    return {
        "loopwright": __version__,
        "standardiser": standardiser_of(modality),
        "data": {"file": told.file, "sha256": told.sha256, "licence": how.licence},
        "seed": how.seed,
        "asked": {"model": how.model, "split": how.split, "task": how.task or "guessed"},
        "seconds": told.seconds,
        "properties": properties,
        "stand_ins": told.stand_ins,
        "untrained": [_counted(one) for one in plain["untrained"]],
    }


def _counted(one: dict[str, Any]) -> dict[str, Any]:
    """Return what is told of a property with the number of rows left out in their place."""
    rows = {(q["sheet"], q["row"]) for q in one["left_out"]}
    kept = {name: value for name, value in one.items() if name != "left_out"}
    return {**kept, "n_left_out": len(rows)}
