# SPDX-License-Identifier: Apache-2.0
"""Offer, predict, propose: from a model, or none, to the rows of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import cast

import numpy as np
import numpy.typing as npt
from attrs import evolve, frozen

from loopwright.core.ports import Curator, FittedModel, Proposer
from loopwright.core.slate import Outlook, Planning, Slate
from loopwright.core.values import Candidate, Features, FloatArray
from loopwright.loop.caps import capped
from loopwright.loop.expected import Gain
from loopwright.loop.explain import explain
from loopwright.loop.facts import Proposed, Stopped
from loopwright.loop.feasible import feasible
from loopwright.loop.first_look import promising
from loopwright.loop.gain import account_of, gain_of, joint
from loopwright.loop.past import past_of
from loopwright.loop.prices import cost_of, later, purse
from loopwright.loop.reasons import reasons_of
from loopwright.loop.record import Record
from loopwright.loop.related import RELATED
from loopwright.loop.repeats import controls_of
from loopwright.loop.screening import needs_pairs, on_screens, screened_picks, with_screens
from loopwright.loop.short import why_short
from loopwright.loop.state import Done, Propose
from loopwright.loop.view import Aim, View
from loopwright.science.acquisition import within_purse
from loopwright.spec.goal import is_manifold
from loopwright.training.related import Related

__all__ = ["choose"]


NOTHING_LEFT = (
    "no candidate is left to offer: take in more with `loopwright ingest FILE`, or widen the "
    "generator in the campaign file"
)


@frozen(kw_only=True)
class _Chooser:
    """Who chooses, and why he."""

    name: str
    proposer: Proposer
    why: str
    is_guided: bool


def choose(view: View, record: Record, step: Propose) -> Proposed | Stopped | Done:
    """Choose the next batch around what people have locked, or say why there is none."""
    seeds = [view.spec.seed, step.cycle, len(view.state.data)]
    rng = np.random.default_rng(seeds)
    offered = _offer(view, rng)
    if not offered and not view.locked:
        return Stopped(cycle=step.cycle, why=NOTHING_LEFT)
    n_offered, chooser = len(offered), _chooser(view, step)
    offered = promising(view, offered) if chooser.is_guided else offered
    slate = _slate(view, step, offered, is_guided=chooser.is_guided)
    known = feasible(view)
    slate = evolve(slate, chance=known.chance(slate.features) if known else None)
    n_open = max(step.batch_size - len(view.locked), 0)
    chooser = _planned(chooser, slate, n_open, rng)
    proposer, before = chooser.proposer, deepcopy(rng)
    wanted = capped(view, proposer, slate, offered, n_open=n_open, rng=rng)
    bought = with_screens(view, slate, _affordable(slate, wanted), later=_later(view, slate))
    rows, screens = bought.rows, tuple(slate.features.ids[row] for row in bought.screens)
    batch = [*view.named(view.locked), *(offered[i] for i in rows)]
    if not batch and not screens:
        return Done(why=f"what is left to spend pays for none of {n_offered} candidates on offer")
    account = account_of(view, slate, rows, proposer, before)
    gain = gain_of(view, slate, rows, [*seeds, 1], n_screens=len(screens), account=account)
    if stopped := _too_little(view, step, gain):
        return stopped
    reasons = reasons_of(
        view, slate, proposer, offered=offered, wanted=wanted.tolist(), rows=rows, account=account
    )
    picks = explain(view, batch, why=chooser.why, offered=slate, reasons=reasons, feasible=known)
    picks += screened_picks(view, bought, slate)
    model = view.state.fresh_model if chooser.is_guided else None
    return Proposed(
        cycle=step.cycle,
        candidates=tuple(c.id for c in batch),
        picks_sha256=record.put_json(picks),
        proposer=chooser.name,
        why=f"{chooser.why}; {known.why}" if known else chooser.why,
        model_sha256=model.model_sha256 if model else None,
        gain=gain,
        screens=screens,
        short=_short(view, step, (*screens, *(c.id for c in batch)), n_offered),
    )


def _short(view: View, step: Propose, ids: Sequence[str], n_offered: int) -> str:
    """Say why a batch holds fewer than asked for; blank if it does not."""
    wanted = view.spec.size_of(step.cycle)
    all_offered = n_offered + len(view.locked)
    return why_short(view.spec, len(set(ids)), wanted=wanted, n_offered=all_offered)


def _too_little(view: View, step: Propose, gain: Gain | None) -> Stopped | None:
    """Return why the campaign ends, if nothing on offer is worth another batch.

    While people have locked picks it does not: they want that batch, whatever it gains.
    """
    least = None if view.locked else view.spec.stop.gain
    if least is None or gain is None or not (why := gain.too_little(least, view.spec.goal.unit)):
        return None
    return Stopped(cycle=step.cycle, why=why, gain=gain)


def _offer(view: View, rng: np.random.Generator) -> Sequence[Candidate]:
    """Ask the generator; take out who is measured, failed, ordered, locked, dropped or in doubt.

    Who is only screened is offered again once the screen has come home.
    """
    past = past_of(view)
    offered = view.tools.generator.offer(
        view.tools.modality, tuple(view.candidates.values()), past, rng
    )
    failed = [c.id for c in past.failed]
    out = (view.locked, view.state.screens_out, failed, controls_of(view))
    closed = view.state.taken.union(view.measured, *out)
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
    if view.aims[0].model is None and (source := _foretold_by(view)):
        known = f"{len(view.measured)} own values are too few to learn from"
        known = known if view.measured else "nothing else is measured yet"
        why = f"{name} on {source}: {known}"
        return _Chooser(name=name, proposer=asked, why=why, is_guided=True)
    if not view.measured:
        start = view.spec.start.design
        why = f"{start} start: nothing is measured yet"
        return _Chooser(name=start, proposer=unguided[start], why=why, is_guided=False)
    told = view.state.models[-1].why if view.state.models else "none is trained"
    models = [aim.model for aim in view.aims]
    unproven = [aim.data.goal.property for aim in view.aims if aim.trained is None]
    if all(models) and (not unproven or getattr(asked, "hedges", False)):
        spoke = ", ".join(dict.fromkeys(m.card.model for m in models if m))
        what = "" if len(models) == 1 else f" for {', '.join(unproven)}"
        doubt = f", which is not proven{what} ({told})" if unproven else ""
        why = f"{name} on {spoke}{doubt}"
        return _Chooser(name=name, proposer=asked, why=why, is_guided=True)
    why = f"diverse: no model is of use yet ({told})"
    return _Chooser(name="diverse", proposer=unguided["diverse"], why=why, is_guided=False)


def _foretold_by(view: View) -> str:
    """Return what speaks before enough is measured to learn from; blank if nothing does."""
    if is_manifold(view.spec.goals):
        return ""
    if view.screens is not None and on_screens(view) is not None:
        return f"{len(view.screens.ids)} screens of {view.screens.goal.property}"
    return view.tools.related().source if view.tools.related is not None else ""


def _planned(chooser: _Chooser, slate: Slate, n_open: int, rng: np.random.Generator) -> _Chooser:
    """Return the chooser as he has made up his mind for this batch."""
    if not isinstance(chooser.proposer, Planning):
        return chooser
    plan = chooser.proposer.plan(slate, n_open, rng)
    proposer = cast("Proposer", plan.proposer)
    return evolve(chooser, proposer=proposer, why=f"{chooser.why}, {plan.why}")


def _slate(view: View, step: Propose, offered: Sequence[Candidate], *, is_guided: bool) -> Slate:
    """Return what the proposer sees, signed so that larger is better."""
    n = len(offered)
    features = view.tools.offered.describe(offered)
    waiting = (*view.state.outstanding, *view.locked)
    outlooks = _outlooks(view, features, waiting) if is_guided and n else ()
    first = outlooks[0] if outlooks else None
    model, costs = view.aims[0].model, _costs(view, offered)
    return Slate(
        features=features,
        mean=view.spec.goal.sign() * first.mean if first else np.zeros(n),
        std=first.std if first else np.ones(n),
        noise_std=model.card.noise_std if first and model else 0.0,
        covariance=first.covariance if first else _independent,
        known=view.tools.offered.describe(view.named(sorted({*view.measured, *waiting}))),
        best=view.data.best,
        cycles_left=view.spec.stop.cycles - step.cycle,
        batch_size=view.spec.batch_size,
        outlooks=outlooks,
        cost=costs,
        purse=_purse(view, step, costs),
        calibration=model.card.calibration() if first and model else 1.0,
    )


def _costs(view: View, offered: Sequence[Candidate]) -> FloatArray | None:
    """Return what each candidate costs, with its screen where it needs one; None if all alike."""
    prices, usual, screen = view.tools.prices, view.spec.cost, view.spec.screen
    if not prices and screen is None:
        return None
    more = screen.cost if screen and needs_pairs(view) else 0.0
    known = view.screened
    return np.array([prices.get(c.id, usual) + more * (c.id not in known) for c in offered])


def _purse(view: View, step: Propose, costs: FloatArray | None) -> float:
    """Return what may be spent on new candidates, what people have locked being paid for.

    Where there is a screen, a batch costs no more than so many assays.
    """
    spec = view.spec
    if costs is None:
        return np.inf
    least = float(costs.min(initial=spec.cost if not len(costs) else np.inf))
    most = purse(spec, view.state, cycles_left=spec.stop.cycles - step.cycle, least=least)
    if spec.screen is not None and len(costs):
        most = min(most, step.batch_size * float(costs.mean()))
    return most - cost_of(spec, view.tools.prices, view.locked)


def _later(view: View, slate: Slate) -> float:
    """Return what all later batches may cost; no matter without a screen."""
    if slate.cost is None or not len(slate.cost):
        return np.inf
    return later(
        view.spec,
        view.state,
        now=slate.purse + cost_of(view.spec, view.tools.prices, view.locked),
        each=view.spec.batch_size * float(slate.cost.mean()),
        cycles_left=slate.cycles_left,
    )


def _affordable(slate: Slate, wanted: npt.NDArray[np.intp]) -> list[int]:
    """Return a batch; if it costs more than the purse holds, one that does not."""
    if slate.cost is None or float(slate.cost[wanted].sum()) <= slate.purse:
        return [int(row) for row in wanted]
    if len(slate.outlooks) != 1 or np.ptp(slate.cost) == 0.0:
        return _while_it_lasts(slate.cost, slate.purse, wanted)
    rows = within_purse(
        slate.mean,
        slate.std,
        slate.covariance,
        cost=slate.cost,
        purse=slate.purse,
        wanted=wanted,
        noise_std=slate.noise_std,
        chance=slate.chance,
    )
    return [int(row) for row in rows]


def _while_it_lasts(cost: FloatArray, purse: float, wanted: npt.NDArray[np.intp]) -> list[int]:
    """Return the wanted rows that can be paid for, one after another; else the cheapest row."""
    taken: list[int] = []
    for row in wanted.tolist():
        if cost[row] <= purse:
            taken.append(row)
            purse -= float(cost[row])
    return taken or [int(row) for row in np.argsort(cost, kind="stable")[:1] if cost[row] <= purse]


def _outlooks(view: View, features: Features, waiting: Sequence[str]) -> tuple[Outlook, ...]:
    """Return what is thought of each goal; nothing if a goal has no model at all."""
    pending = view.tools.offered.describe(view.named(waiting))
    ids = sorted(view.measured)
    measured = view.tools.offered.describe(view.named(ids))
    found = []
    for aim in view.aims:
        fitted, goal = _asked(view, aim), aim.data.goal
        if fitted is None:
            return ()
        said = fitted.predict(features)
        found.append(
            Outlook(
                mean=said.mean[:, 0],
                std=said.std[:, 0],
                covariance=joint(fitted, features, pending, float(said.noise_std[0])),
                known=aim.data.believed(ids, fitted.predict(measured).mean[:, 0]),
                worth=goal.worth,
                floor=goal.floor(),
                is_limit=goal.limit,
                weight=goal.weight,
                calibration=aim.model.card.calibration() if aim.model else 1.0,
            )
        )
    return tuple(found)


def _asked(view: View, aim: Aim) -> FittedModel | None:
    """Return the model of a goal; before one can be learned, that of screens or related values."""
    below = on_screens(view) or view.tools.models.get(RELATED)
    if aim.model is None and isinstance(below, Related):
        return below.below(view.spec.seed)
    return aim.model.fitted if aim.model else None


def _independent(rows: npt.NDArray[np.intp]) -> FloatArray:
    return np.eye(len(rows))
