# SPDX-License-Identifier: Apache-2.0
"""Describe, fit, calibrate, gate: from the goal's data to a model that knows its worth."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from loopwright.core.errors import NotReadyError
from loopwright.core.ports import Model
from loopwright.loop.facts import ModelTrained
from loopwright.loop.known import Data
from loopwright.loop.record import Record
from loopwright.loop.screening import learnable
from loopwright.loop.view import View
from loopwright.training.artefact import pack
from loopwright.training.train import train

__all__ = ["learn"]

GROWTH = 2.0
"""All models compete again once the data have grown by this factor."""


def learn(view: View, record: Record) -> ModelTrained:
    """Train on everything that is known, goal by goal; keep the models; return what was found.

    All models of the spec compete when the data have doubled since they last did;
    in between, the one that was chosen is fitted, calibrated and judged anew. Too few or too
    similar rows are no error: the event then says that no model is of use.
    """
    last = view.state.models[-1] if view.state.models else None
    before = {m.property or view.spec.goal.property: m for m in (last.each() if last else ())}
    first, *others = [
        _learn(view, record, aim.data, before.get(aim.data.goal.property)) for aim in view.aims
    ]
    return evolve(first, beside=tuple(others))


def _learn(view: View, record: Record, data: Data, last: ModelTrained | None) -> ModelTrained:
    """Train on the data of one goal."""
    n_rows = len(data.ids)
    models, n_rows_at_choice = _competitors(view, data, last)
    try:
        trained = train(
            models,
            view.tools.baselines,
            view.tools.described(view.named(data.ids)),
            data.targets,
            about=(data.goal.property, data.goal.unit),
            seed=view.spec.seed,
        )
    except NotReadyError as ex:
        return ModelTrained(
            model="none",
            why=ex.what,
            is_useful=False,
            n_rows=n_rows,
            files=view.state.data,
            property=data.goal.property,
        )
    return ModelTrained(
        model_sha256=record.put(pack(trained)),
        model=trained.card.model,
        why=trained.card.why if trained.card.is_useful else _alike(data) or trained.card.why,
        is_useful=trained.card.is_useful,
        n_rows=n_rows,
        n_rows_at_choice=n_rows_at_choice,
        files=view.state.data,
        property=data.goal.property,
    )


def _alike(data: Data) -> str:
    """Say that no value differs from another; blank if one does."""
    values, bounds = data.targets.values[:, 0], data.targets.bounds[:, 0]
    if len(set(bounds.tolist())) > 1:
        return ""
    if bounds[0] != 0:
        sign = "<" if bounds[0] < 0 else ">"
        return f"all {len(values)} values are limits ({sign}), which nothing can be learned from"
    if len(set(values.tolist())) > 1:
        return ""
    return f"all {len(values)} values are {values[0]:g}, which nothing can be learned from"


def _competitors(
    view: View, data: Data, last: ModelTrained | None
) -> tuple[Mapping[str, Model], int]:
    """Return the models to try, and the number of rows at which all of them last competed.

    What is known of a related series, or of screens, is about the first goal.
    """
    n_rows, is_first = len(data.ids), data.goal == view.spec.goal
    models = learnable(view) if is_first else view.tools.own
    if last is None or last.model not in models or not last.is_useful:
        return models, n_rows
    if n_rows >= GROWTH * last.n_rows_at_choice:
        return models, n_rows
    return {last.model: models[last.model]}, last.n_rows_at_choice
