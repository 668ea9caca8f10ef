# SPDX-License-Identifier: Apache-2.0
"""Describe, fit, calibrate, gate: from the goal's data to a model that knows its worth."""

from __future__ import annotations

from loopwright.core.errors import NotReadyError
from loopwright.loop.facts import ModelTrained
from loopwright.loop.record import Record
from loopwright.loop.view import View
from loopwright.training.artefact import pack
from loopwright.training.train import train

__all__ = ["learn"]


def learn(view: View, record: Record) -> ModelTrained:
    """Train on everything that is known; keep the model; return what was found.

    Too few or too similar rows are no error: the event then says that no model is of use.
    """
    goal = view.spec.goal
    try:
        trained = train(
            view.tools.models,
            view.tools.baselines,
            view.tools.measured.describe(view.named(view.data.ids)),
            view.data.targets,
            about=(goal.property, goal.unit),
            seed=view.spec.seed,
        )
    except NotReadyError as ex:
        return ModelTrained(
            model="none",
            why=ex.what,
            is_useful=False,
            n_rows=len(view.data.ids),
            files=view.state.data,
        )
    return ModelTrained(
        model_sha256=record.put(pack(trained)),
        model=trained.card.model,
        why=trained.card.why,
        is_useful=trained.card.is_useful,
        n_rows=trained.card.n_rows,
        files=view.state.data,
    )
