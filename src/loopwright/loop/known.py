# SPDX-License-Identifier: Apache-2.0
"""What a campaign knows: its candidates, measurements and model, read from the store.

A cache of what the facts name, extended as files come in; it may be dropped at any time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from attrs import evolve, frozen

from loopwright.core.ports import Model
from loopwright.core.values import Candidate, FloatArray, Measurement, Relation, Targets
from loopwright.data.tables import read_candidates, read_measurements
from loopwright.data.targets import targets
from loopwright.loop.facts import Ingested, ModelTrained
from loopwright.loop.record import Record
from loopwright.loop.standing import standing
from loopwright.loop.state import State
from loopwright.spec.campaign import CampaignSpec
from loopwright.spec.goal import Goal
from loopwright.training.artefact import unpack
from loopwright.training.train import Trained

__all__ = ["Best", "Data", "Known", "Names", "bearers"]

Names: TypeAlias = Mapping[str, Candidate]


@frozen(kw_only=True, eq=False)
class Data:
    """The measured data of one goal: one row per candidate and kind of bound."""

    goal: Goal
    ids: tuple[str, ...]
    targets: Targets
    hits: frozenset[str]
    """Candidates that reach the threshold; all measured ones if none is named. A limit that does
    not reach it is none."""

    @property
    def worth(self) -> FloatArray:
        """How good each row is, larger is better, shape (n,)."""
        return self.goal.worth(self.targets.values[:, 0])

    @property
    def n_measured(self) -> int:
        """Candidates with a value or a limit."""
        return len(set(self.ids))

    @property
    def counts(self) -> npt.NDArray[np.bool_]:
        """Which rows say how good a candidate is, or how good at least, shape (n,).

        Of a candidate with a value and a limit the value counts.
        """
        bounds, exact = self.targets.bounds[:, 0], self._exact
        is_alone = np.array([i not in exact for i in self.ids], bool)
        is_least = is_alone & (self.goal.match is None) & (self.goal.sign() * bounds > 0)
        return np.asarray((bounds == 0) | is_least)

    @property
    def _exact(self) -> set[str]:
        """Candidates with a value that is no limit."""
        bounds = self.targets.bounds[:, 0]
        return {i for i, bound in zip(self.ids, bounds, strict=True) if bound == 0}

    @property
    def best(self) -> float:
        """The best measured value, signed so that larger is better; -inf when there is none."""
        return float(self.worth[self.counts].max(initial=-np.inf))

    def best_of(self, *, but: Collection[str] = ()) -> Best | None:
        """Return who is best and its value, or its limit; None where nothing says how good any is.

        What is known to lie above 8 is better than 8.

        Args:
            but: Candidates that do not count.
        """
        worth, bounds = self.worth, self.targets.bounds[:, 0]
        rows = [i for i in np.flatnonzero(self.counts).tolist() if self.ids[i] not in but]
        if not rows:
            return None
        row = max(rows, key=lambda i: (worth[i], bounds[i] != 0))
        signs: dict[int, Relation] = {-1: "<", 0: "=", 1: ">"}
        return Best(
            candidate=self.ids[row],
            value=float(self.targets.values[row, 0]),
            relation=signs[int(bounds[row])],
        )

    def believed(self, ids: Sequence[str], mean: FloatArray) -> FloatArray:
        """Return what a model believes of candidates, within the limits that were measured.

        Args:
            ids: Candidates, measured or not.
            mean: What the model says of each, in the goal's unit, shape (m,).
        """
        places = {id: i for i, id in enumerate(ids)}
        low, high = np.full(len(mean), -np.inf), np.full(len(mean), np.inf)
        values, bounds = self.targets.values[:, 0], self.targets.bounds[:, 0]
        exact = self._exact
        for id, value, bound in zip(self.ids, values, bounds, strict=True):
            if id not in places or id in exact:
                continue
            at = places[id]
            if bound > 0:
                low[at] = max(low[at], value)
            else:
                high[at] = min(high[at], value)
        return np.where(low <= high, np.clip(mean, low, high), mean)


@frozen(kw_only=True)
class Best:
    """The best that was measured of a goal."""

    candidate: str
    value: float
    """In the goal's unit."""

    relation: Relation
    """``=``, or the sign of a limit beyond which the value lies."""

    @property
    def sign(self) -> str:
        """Return the sign of a limit; blank before a value."""
        return "" if self.relation == "=" else self.relation


class Known:
    """Candidates and measurements of one campaign, as far as its state goes."""

    def __init__(self) -> None:
        self.candidates: dict[str, Candidate] = {}
        self.measurements: Sequence[Measurement] = ()
        """As they count: what the files say, under what people said."""

        self.screens: Data | None = None
        """What the screen of the spec has measured, if it names one."""

        self.lapsed: tuple[str, ...] = ()
        """Measurements that a person ruled on and that are gone, or say something else now."""

        self.judged: frozenset[str] = frozenset()
        """Measurements on which a verdict of a person is in force."""

        self._said: list[Measurement] = []
        self._n_rulings = 0
        self._filed: dict[str, Candidate] = {}
        self._picked: dict[str, Candidate] = {}
        self._files: tuple[Ingested, ...] = ()
        self._n_picks = 0
        self._sizes = (0, 0, 0)
        self._data: tuple[Data, ...] | None = None
        self._trained: dict[str, Trained] = {}

    def update(self, record: Record, state: State, spec: CampaignSpec) -> tuple[Data, ...]:
        """Read what is new in the state; return the data of each goal.

        Raises:
            MismatchError: The data hold assays that do not match, and nobody chose.
        """
        if state.files[: len(self._files)] != self._files:
            self._forget()
        for file in state.files[len(self._files) :]:
            for candidate in read_candidates(record.store.get(file.candidates_sha256)):
                self._filed.setdefault(candidate.id, candidate)
            self._said += read_measurements(record.store.get(file.measurements_sha256))
            self._data = None
        self._files = state.files
        self._gather(record, state)
        if self._data is None or self._n_rulings != len(state.rulings):
            ruled = standing(
                record, state, self._said, lambda d: read_measurements(record.store.get(d))
            )
            self.measurements = ruled.measurements
            self.lapsed, self.judged = ruled.lapsed, ruled.judged
            self._n_rulings = len(state.rulings)
            self._data = tuple(_data(self.measurements, goal) for goal in spec.goals)
            screen = spec.screen.beside(spec.goal) if spec.screen else None
            self.screens = _data(self.measurements, screen) if screen else None
        return self._data

    def _gather(self, record: Record, state: State) -> None:
        """Collect the candidates of files, picks and people."""
        for digest in state.picks[self._n_picks :]:
            for pick in record.get_json(digest):
                made = Candidate(**pick["candidate"])
                self._picked.setdefault(made.id, made)
        self._n_picks = len(state.picks)
        sizes = (len(state.files), len(state.picks), len(state.added))
        if sizes != self._sizes:
            # Files first, however the facts came: a campaign opened anew must see the same.
            others = {**state.added, **self._picked}
            new = {i: c for i, c in others.items() if i not in self._filed}
            self.candidates = {**self._filed, **new}
            self._sizes = sizes

    def _forget(self) -> None:
        """Drop what was read: a file has been read anew."""
        self.candidates, self._filed, self._picked = {}, {}, {}
        self._said = []
        self._files, self._n_picks, self._sizes, self._data = (), 0, (0, 0, 0), None

    def models(
        self, events: Sequence[ModelTrained | None], record: Record, models: Mapping[str, Model]
    ) -> tuple[Trained | None, ...]:
        """Return the trained model of each event, of use or not; None where there is none."""
        digests = [event.model_sha256 if event else None for event in events]
        held = {d: self._trained.get(d) for d in digests if d is not None}
        self._trained = {d: t or unpack(record.store.get(d), models) for d, t in held.items()}
        return tuple(None if d is None else self._trained[d] for d in digests)

    def by_name(self) -> Names:
        """Return candidates by id and by name; a name that two of them bear is left out."""
        return bearers(self.candidates.values())

    def named_without(self, record: Record, state: State, sources: frozenset[str]) -> Names:
        """Return the same as if these files had never come in.

        Args:
            record: Keeps the tables.
            state: The campaign.
            sources: Digests of files that are about to be read anew, or replaced.
        """
        others = (f for f in state.files if f.source_sha256 not in sources)
        found: dict[str, Candidate] = {}
        for file in others:
            for candidate in read_candidates(record.store.get(file.candidates_sha256)):
                found.setdefault(candidate.id, candidate)
        for candidate in (*self._picked.values(), *state.added.values()):
            found.setdefault(candidate.id, candidate)
        return bearers(found.values())


def bearers(candidates: Iterable[Candidate]) -> Names:
    """Return candidates by id and by name; a name that two of them bear is left out."""
    held = tuple(candidates)
    found: dict[str, Candidate] = {c.id: c for c in held}
    shared: set[str] = set()
    for candidate in held:
        if candidate.name and found.setdefault(candidate.name, candidate) != candidate:
            shared.add(candidate.name)
    return {k: c for k, c in found.items() if k not in shared}


def _data(measurements: Sequence[Measurement], goal: Goal) -> Data:
    ids, known = targets(
        measurements,
        goal.property,
        unit=goal.unit,
        assays=goal.assays,
        pool_reason=goal.pool_reason,
    )
    data = Data(goal=goal, ids=ids, targets=known, hits=frozenset(ids))
    floor = goal.floor()
    if floor is None:
        return data
    bounds = known.bounds[:, 0]
    counts = bounds == 0 if goal.match is not None else goal.sign() * bounds >= 0
    reached = (data.worth >= floor) & counts
    return evolve(data, hits=frozenset(i for i, hit in zip(ids, reached, strict=True) if hit))
