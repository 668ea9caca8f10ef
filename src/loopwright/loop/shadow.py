# SPDX-License-Identifier: Apache-2.0
"""The loop proposes and people choose: who did better, batch by batch.

Only what people order is measured. What the loop alone picked counts with its value where anybody
has measured it since, and otherwise as its last model predicts it; the two are kept apart. Where
they speak of too little of a batch, there is no verdict.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np
from attrs import frozen

from loopwright.core.values import FloatArray
from loopwright.loop.compared import Compared, Group, Lead, Shadow
from loopwright.loop.facts import KINDS, Chosen, Ingested, Ordered, Proposed, read_event
from loopwright.loop.past import failed_of
from loopwright.loop.record import Record
from loopwright.loop.run import Campaign, look
from loopwright.loop.view import View
from loopwright.training.train import Trained

__all__ = ["shadow_of"]

Z_95 = 1.959963984540054
"""Standard deviations to each side that hold 95 % of a normal distribution."""

LEAST = 5
"""Measured candidates that may stand for the whole batch that they are a part of."""

LEAST_ALONE = 2
"""How many of these only one side picked; numbers that each side has over all cycles, at least."""


@frozen(kw_only=True, eq=False)
class _Known:
    """What is known and thought of every candidate that either side picked."""

    values: Mapping[str, float]
    """Measured, in the goal's unit; a limit counts as its number."""

    predicted: Mapping[str, float]
    failed: Collection[str]
    """Measured without a value; they count nowhere."""

    places: Mapping[str, int]
    """Where a candidate stands in ``covariance``."""

    covariance: FloatArray
    """Of the errors of values and predictions."""

    sign: float


@frozen(kw_only=True)
class _Turn:
    """A cycle in which people chose: two batches, less what had a value when one was ordered."""

    cycle: int
    loop: Sequence[str]
    people: Sequence[str]
    n_known: int
    """Picks of people that had a value."""


def shadow_of(campaign: Campaign) -> Shadow:
    """Return who did better, cycle by cycle and over all, by the first goal."""
    view = look(campaign)
    turns = list(_turns(campaign.record, view))
    ids = {c for turn in turns for c in (*turn.loop, *turn.people)}
    known = _known(view, _last_model(campaign, view), ids)
    every = [_contrast(known, turn.loop, turn.people) for turn in turns]
    measured = [_contrast(known, turn.loop, turn.people, is_measured=True) for turn in turns]
    goal = view.spec.goal
    return Shadow(
        property=goal.property,
        unit=goal.unit,
        cycles=tuple(_compared(known, turn) for turn in turns),
        lead=_lead(known, [one for one in every if one is not None]),
        measured=_lead(known, [one for one in measured if one is not None]),
    )


def _turns(record: Record, view: View) -> Iterator[_Turn]:
    """Yield each cycle in which people chose, as the record has it."""
    proposed: Sequence[str] = ()
    is_chosen, read = False, set[str]()
    sources = _sources(view)
    for fact in record.history():
        if fact.kind not in KINDS:
            continue
        match read_event(fact.kind, fact.body):
            case Ingested() as file:
                read.add(file.source_sha256)
            case Proposed(candidates=ids):
                proposed, is_chosen = ids, False
            case Chosen():
                is_chosen = True
            case Ordered(cycle=cycle, candidates=ids) if is_chosen:
                had = {c for c in (*proposed, *ids) if not read.isdisjoint(sources.get(c, ()))}
                yield _Turn(
                    cycle=cycle,
                    loop=[c for c in proposed if c not in had],
                    people=[c for c in ids if c not in had],
                    n_known=len(had.intersection(ids)),
                )
            case _:
                pass


def _sources(view: View) -> Mapping[str, set[str]]:
    """Return candidate -> digests of the files that hold, or once held, a value of it."""
    heirs = {f.source_sha256: f.replaces_sha256 for f in view.state.files if f.replaces_sha256}
    found: dict[str, set[str]] = {}
    for m in view.measurements:
        if m.standard_type == view.spec.goal.property and m.standard_value is not None:
            mine = found.setdefault(m.candidate_id, set())
            mine.update({m.source_sha256, heirs.get(m.source_sha256, m.source_sha256)})
    return found


def _last_model(campaign: Campaign, view: View) -> Trained | None:
    """Return the last model, if it is of use; it need not have seen the last results."""
    last = view.state.models[-1] if view.state.models else None
    if last is None or not last.is_useful:
        return None
    return campaign.known.models([last], campaign.record, campaign.tools.models)[0]


def _known(view: View, trained: Trained | None, ids: Collection[str]) -> _Known:
    """Gather what is measured of these candidates, and what is predicted of the others."""
    data = view.data
    found: dict[str, list[float]] = {}
    for candidate, value in zip(data.ids, data.targets.values[:, 0].tolist(), strict=True):
        found.setdefault(candidate, []).append(_off(view, value))
    values = {c: math.fsum(v) / len(v) for c, v in found.items() if c in ids}
    failed = failed_of(view) - set(values)
    others = sorted(set(ids) - set(values) - failed) if trained else []
    order = [*sorted(values), *others]
    covariance = np.zeros((len(order), len(order)))
    predicted: dict[str, float] = {}
    noise = _noise([value for several in found.values() for value in several], trained)
    runs = dict(zip(data.ids, data.targets.n_replicates[:, 0].tolist(), strict=True))
    for i, candidate in enumerate(sorted(values)):
        covariance[i, i] = noise**2 / max(runs[candidate], 1)
    if trained is not None and others:
        features = view.tools.offered.describe(view.named(others))
        doubt = trained.card.calibration() ** 2 * trained.fitted.covariance(features)
        covariance[len(values) :, len(values) :] = doubt
        means = trained.fitted.predict(features).mean[:, 0].tolist()
        predicted = {c: _off(view, m) for c, m in zip(others, means, strict=True)}
    return _Known(
        values=values,
        predicted=predicted,
        failed=failed,
        places={c: i for i, c in enumerate(order)},
        covariance=covariance,
        sign=view.spec.goal.sign() if view.spec.goal.match is None else -1.0,
    )


def _noise(values: Sequence[float], trained: Trained | None) -> float:
    """Return the noise of a value; without a model, all their spread may be."""
    if trained is not None:
        return trained.card.noise_std
    return float(np.std(values, ddof=1)) if len(values) > 1 else 0.0


def _off(view: View, value: float) -> float:
    """Return a value; where one is to be matched, how far it is off."""
    match = view.spec.goal.match
    return value if match is None else abs(value - match)


def _compared(known: _Known, turn: _Turn) -> Compared:
    loop, people = turn.loop, turn.people
    both = set(loop) & set(people)
    every = _contrast(known, loop, people)
    measured = _contrast(known, loop, people, is_measured=True)
    return Compared(
        cycle=turn.cycle,
        both=_group(known, sorted(both)),
        people=_group(known, [c for c in people if c not in both]),
        loop=_group(known, [c for c in loop if c not in both]),
        n_known=turn.n_known,
        lead=_lead(known, [every] if every is not None else []),
        measured=_lead(known, [measured] if measured is not None else []),
        why="" if every is not None else _why_not(known, loop, people),
    )


def _why_not(known: _Known, loop: Sequence[str], people: Sequence[str]) -> str:
    """Say what is missing before the batches of a cycle can be compared."""
    if not people:
        return "all that people chose had been measured before"
    if not any(c in known.values for c in people):
        return "nothing of the batch that people chose has come back"
    told = []
    both = ("the loop's", "it", loop, people), ("people's", "them", people, loop)
    for whose, who, ids, others in both:
        side = _side(known, ids, others)
        alone = f"picked by {who} alone: {side.n_alone} of {len(side.alone)}"
        lack = f" ({alone}; {side.n_missing} more needed)" if side.n_missing else ""
        told.append(f"{len(side.told)} of {whose} {len(side.ids)} picks{lack}")
    return f"too few have a value, or a prediction of a model of use: {', '.join(told)}"


def _group(known: _Known, ids: Sequence[str]) -> Group:
    values = [known.values[c] for c in ids if c in known.values]
    predicted = [known.predicted[c] for c in ids if c in known.predicted]
    return Group(
        n=len(ids),
        n_measured=len(values),
        mean=math.fsum(values) / len(values) if values else None,
        best=known.sign * max(known.sign * v for v in values) if values else None,
        n_predicted=len(predicted),
        predicted=math.fsum(predicted) / len(predicted) if predicted else None,
    )


@frozen(kw_only=True, eq=False)
class _Side:
    """A batch, less what failed."""

    ids: Sequence[str]
    told: Sequence[str]
    """Those that have a number."""

    alone: Collection[str]
    """Those that the other side did not pick."""

    @property
    def is_part(self) -> bool:
        """Whether those that have a number stand for others that have none."""
        return len(self.told) < len(self.ids)

    @property
    def n_alone(self) -> int:
        """How many have a number and were not picked by the other side."""
        return sum(c in self.alone for c in self.told)

    @property
    def n_missing(self) -> int:
        """How many more must have a number before they may stand for the batch."""
        alone = min(LEAST_ALONE, len(self.alone)) - self.n_alone
        return max(min(LEAST, len(self.ids)) - len(self.told), alone, 0)


def _side(
    known: _Known, ids: Sequence[str], others: Sequence[str], *, is_measured: bool = False
) -> _Side:
    left = [c for c in ids if c not in known.failed]
    said = [c for c in left if c in known.predicted and not is_measured]
    return _Side(
        ids=left,
        told=[c for c in left if c in known.values or c in said],
        alone=set(left) - set(others),
    )


@frozen(kw_only=True, eq=False)
class _Contrast:
    """The mean of the loop's batch less that of people's."""

    weights: FloatArray
    """What it takes of each candidate."""

    sampling: float
    """Half a 95 % interval, squared: only some of a batch have a number."""

    n_least: int
    """Numbers that it rests on, on the side that has fewer."""


def _contrast(
    known: _Known,
    loop: Sequence[str],
    people: Sequence[str],
    *,
    is_measured: bool = False,
) -> _Contrast | None:
    """Return the contrast of two batches by what has a number; None if that is too little.

    Where only some of a batch have one, they stand for all of it; that takes some.
    """
    from scipy.stats import t

    if not any(c in known.values for c in people):
        return None
    sides = [
        _side(known, ids, others, is_measured=is_measured)
        for ids, others in ((loop, people), (people, loop))
    ]
    weights, sampling = np.zeros(len(known.places)), 0.0
    for side, sign in zip(sides, (known.sign, -known.sign), strict=True):
        n = len(side.told)
        if n == 0 or side.n_missing:
            return None
        for candidate in side.told:
            weights[known.places[candidate]] += sign / n
        if side.is_part:
            numbers = [known.values[c] for c in side.told]
            spread = float(np.var(numbers, ddof=1)) / n * (1.0 - n / len(side.ids))
            sampling += float(t.ppf(0.975, n - 1)) ** 2 * spread
    return _Contrast(
        weights=weights, sampling=sampling, n_least=min(len(side.told) for side in sides)
    )


def _lead(known: _Known, contrasts: Sequence[_Contrast]) -> Lead | None:
    """Return the mean lead over cycles, with the doubt of numbers and the spread of cycles."""
    from scipy.stats import t

    if sum(c.n_least for c in contrasts) < LEAST_ALONE:
        return None
    numbers = np.array([known.values.get(c, known.predicted.get(c)) for c in known.places], float)
    leads = np.array([float(c.weights @ numbers) for c in contrasts])
    n, mean = len(leads), np.mean([c.weights for c in contrasts], axis=0)
    doubt = float(mean @ known.covariance @ mean)
    sampling = sum(c.sampling for c in contrasts) / n**2
    spread = float(t.ppf(0.975, n - 1)) ** 2 * float(leads.var(ddof=1)) / n if n > 1 else 0.0
    half = math.sqrt(Z_95**2 * max(doubt, 0.0) + sampling + spread)
    middle = float(leads.mean())
    return Lead(mean=middle, low=middle - half, high=middle + half, n_cycles=n)
