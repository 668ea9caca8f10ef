# SPDX-License-Identifier: Apache-2.0
"""Offer, predict, propose: from a model, or none, to the rows of a batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.ports import Curator, FittedModel, Proposer
from loopwright.core.values import Candidate, Features, FloatArray, Slate
from loopwright.loop.explain import explain
from loopwright.loop.facts import Proposed
from loopwright.loop.past import past_of
from loopwright.loop.record import Record
from loopwright.loop.state import Propose
from loopwright.loop.view import View

__all__ = ["choose"]

Joint = Callable[[npt.NDArray[np.intp]], FloatArray]


@frozen(kw_only=True)
class _Chooser:
    """Who chooses, and why he."""

    name: str
    proposer: Proposer
    why: str
    is_guided: bool


def choose(view: View, record: Record, step: Propose) -> Proposed | None:
    """Choose the next batch around what people have locked; None if nothing is left to offer."""
    rng = np.random.default_rng([view.spec.seed, step.cycle, len(view.state.data)])
    offered = _offer(view, rng)
    if not offered and not view.locked:
        return None
    chooser = _chooser(view, step)
    slate = _slate(view, step, offered, is_guided=chooser.is_guided)
    n_open = max(step.batch_size - len(view.locked), 0)
    rows = chooser.proposer.propose(slate, n_open, rng).tolist() if offered else []
    batch = [*view.named(view.locked), *(offered[i] for i in rows)]
    picks = explain(view, batch, why=chooser.why, offered=slate)
    model = view.state.fresh_model if chooser.is_guided else None
    return Proposed(
        cycle=step.cycle,
        candidates=tuple(c.id for c in batch),
        picks_sha256=record.put_json(picks),
        proposer=chooser.name,
        why=chooser.why,
        model_sha256=model.model_sha256 if model else None,
    )


def _offer(view: View, rng: np.random.Generator) -> Sequence[Candidate]:
    """Ask the generator; take out what is measured, ordered, locked, dropped or in doubt."""
    offered = view.tools.generator.offer(
        view.tools.modality, tuple(view.candidates.values()), past_of(view), rng
    )
    closed = view.state.taken.union(view.data.ids, view.locked)
    free = [c for c in offered if c.id not in closed]
    if "curation" not in view.tools.modality.offers:
        return free
    doubts = cast("Curator", view.tools.modality).doubts(free)
    return [c for c, doubt in zip(free, doubts, strict=True) if not doubt]


def _chooser(view: View, step: Propose) -> _Chooser:
    """Return the proposer of the spec, or the one that stands in while no model is of use."""
    name = view.spec.proposer.name
    asked, unguided = view.tools.proposer, view.tools.unguided
    if not asked.is_guided:
        return _Chooser(name=name, proposer=asked, why=f"{name}, as configured", is_guided=False)
    if view.data.n_measured == 0:
        start = view.spec.start.design
        why = f"{start} start: nothing is measured yet"
        return _Chooser(name=start, proposer=unguided[start], why=why, is_guided=False)
    told = view.state.models[-1].why if view.state.models else "none is trained"
    if view.unproven is not None and getattr(asked, "hedges", False):
        why = f"{name} on {view.unproven.card.model}, which is not proven ({told})"
        return _Chooser(name=name, proposer=asked, why=why, is_guided=True)
    if view.trained is None:
        why = f"diverse: no model is of use yet ({told})"
        return _Chooser(name="diverse", proposer=unguided["diverse"], why=why, is_guided=False)
    why = f"{name} on {view.trained.card.model}"
    return _Chooser(name=name, proposer=asked, why=why, is_guided=True)


def _slate(view: View, step: Propose, offered: Sequence[Candidate], *, is_guided: bool) -> Slate:
    """Return what the proposer sees, signed so that larger is better."""
    n = len(offered)
    features = view.tools.offered.describe(offered)
    waiting = (*view.state.outstanding, *view.locked)
    mean, std, noise_std = np.zeros(n), np.ones(n), 0.0
    covariance: Joint = _independent
    model = view.trained or view.unproven
    if model is not None and is_guided and n:
        said = model.fitted.predict(features)
        mean, std = view.data.sign * said.mean[:, 0], said.std[:, 0]
        noise_std = float(said.noise_std[0])
        pending = view.tools.offered.describe(view.named(waiting))
        covariance = _joint(model.fitted, features, pending, noise_std)
    return Slate(
        features=features,
        mean=mean,
        std=std,
        noise_std=noise_std,
        covariance=covariance,
        known=view.tools.offered.describe(view.named(list({*view.data.ids, *waiting}))),
        best=view.data.best,
        cycles_left=view.spec.stop.cycles - step.cycle,
    )


def _independent(rows: npt.NDArray[np.intp]) -> FloatArray:
    return np.eye(len(rows))


def _joint(fitted: FittedModel, features: Features, pending: Features, noise_std: float) -> Joint:
    """Return the joint covariance of candidates, given that the pending ones get measured."""

    def covariance(rows: npt.NDArray[np.intp]) -> FloatArray:
        asked = features.take(rows)
        if not len(pending):
            return fitted.covariance(asked)
        both = fitted.covariance(Features.join([asked, pending]))
        m = len(rows)
        known = both[m:, m:] + (noise_std**2 + 1e-9) * np.eye(len(pending))
        shrink: FloatArray = both[:m, m:] @ np.linalg.solve(known, both[m:, :m])
        return both[:m, :m] - shrink

    return covariance
