# SPDX-License-Identifier: Apache-2.0
"""Describe, fit, calibrate, gate: from the goal's data to a model that knows its worth."""

from __future__ import annotations

from collections.abc import Mapping

from loopwright.core.errors import NotReadyError
from loopwright.core.ports import Model
from loopwright.loop.facts import ModelTrained
from loopwright.loop.record import Record
from loopwright.loop.view import View
from loopwright.training.artefact import pack
from loopwright.training.train import train

__all__ = ["learn"]

GROWTH = 2.0
"""All models compete again once the data have grown by this factor."""


def learn(view: View, record: Record) -> ModelTrained:
    """Train on everything that is known; keep the model; return what was found.

    All models of the spec compete when the data have doubled since they last did;
    in between, the one that was chosen is fitted, calibrated and judged anew. Too few or too
    similar rows are no error: the event then says that no model is of use.
    """
    goal, n_rows = view.spec.goal, len(view.data.ids)
    models, n_rows_at_choice = _competitors(view)
    try:
        trained = train(
            models,
            view.tools.baselines,
            view.tools.measured.describe(view.named(view.data.ids)),
            view.data.targets,
            about=(goal.property, goal.unit),
            seed=view.spec.seed,
        )
    except NotReadyError as ex:
        return ModelTrained(
            model="none", why=ex.what, is_useful=False, n_rows=n_rows, files=view.state.data
        )
    return ModelTrained(
        model_sha256=record.put(pack(trained)),
        model=trained.card.model,
        why=trained.card.why,
        is_useful=trained.card.is_useful,
        n_rows=n_rows,
        n_rows_at_choice=n_rows_at_choice,
        files=view.state.data,
    )


def _competitors(view: View) -> tuple[Mapping[str, Model], int]:
    """Return the models to try, and the number of rows at which all of them last competed."""
    n_rows, models = len(view.data.ids), view.tools.models
    last = view.state.models[-1] if view.state.models else None
    if last is None or last.model not in models or not last.is_useful:
        return models, n_rows
    if n_rows >= GROWTH * last.n_rows_at_choice:
        return models, n_rows
    return {last.model: models[last.model]}, last.n_rows_at_choice
