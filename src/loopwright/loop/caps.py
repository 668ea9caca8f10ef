# SPDX-License-Identifier: Apache-2.0
"""No more of one kind in a batch than the campaign file allows, of families or of clusters.

A family is what the modality says (of molecules the scaffold); who has none is his own. A cluster
is made as the batch grows: a pick that is as similar to an earlier one as the file says belongs to
him whom it is most similar to, any other begins a cluster. What people have locked counts, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt
from attrs import define, field

from loopwright.core.ports import Proposer
from loopwright.core.slate import Slate
from loopwright.core.values import Candidate, Features, Kind
from loopwright.loop.view import View
from loopwright.science.similarity import similarity

__all__ = ["capped", "has_caps"]

FAMILY: frozenset[Kind] = frozenset({"family"})


def has_caps(view: View) -> bool:
    """Return whether a batch may hold only so many of one kind."""
    return view.spec.max_per_family is not None or view.spec.max_per_cluster is not None


def capped(
    view: View,
    proposer: Proposer,
    slate: Slate,
    offered: Sequence[Candidate],
    *,
    n_open: int,
    rng: np.random.Generator,
) -> npt.NDArray[np.intp]:
    """Return what is proposed, with no more of one kind than the campaign file allows.

    Args:
        view: The campaign.
        proposer: Who is asked; for more, where caps leave too few.
        slate: What he chooses from.
        offered: The candidates of the slate.
        n_open: Places of the batch that are free.
        rng: His generator; it is asked with the same draws each time.
    """
    state, n_asked = rng.bit_generator.state, n_open
    while offered:
        rng.bit_generator.state = state
        rows = proposer.propose(slate, n_asked, rng)
        if not has_caps(view):
            return rows
        kept = _kept(view, slate, offered, rows.tolist(), n_open)
        if len(kept) == n_open or n_asked >= len(offered):
            return np.array(kept, np.intp)
        n_asked *= 2
    return np.empty(0, np.intp)


class _Cap(Protocol):
    """What limits how many of one kind there are; places are those of all that are asked about."""

    def has_room(self, place: int) -> bool: ...

    def take(self, place: int) -> None: ...


def _kept(
    view: View, slate: Slate, offered: Sequence[Candidate], rows: Sequence[int], n_open: int
) -> list[int]:
    """Return the first rows that every cap has room for."""
    locked = view.named(view.locked)
    caps = _caps(view, slate, [*locked, *(offered[i] for i in rows)], rows)
    kept: list[int] = []
    for place in range(len(locked)):
        _take(caps, place)
    for place, row in enumerate(rows, start=len(locked)):
        if len(kept) == n_open:
            break
        if all(cap.has_room(place) for cap in caps):
            _take(caps, place)
            kept.append(row)
    return kept


def _take(caps: Sequence[_Cap], place: int) -> None:
    for cap in caps:
        cap.take(place)


def _caps(view: View, slate: Slate, asked: Sequence[Candidate], rows: Sequence[int]) -> list[_Cap]:
    """Return the caps of the campaign file on the locked candidates and then some rows."""
    spec, caps = view.spec, list[_Cap]()
    if spec.max_per_family is not None:
        modality = view.tools.modality
        family = modality.describe(asked, FAMILY & modality.offers).blocks.get("family")
        names = family.tolist() if isinstance(family, np.ndarray) else [""] * len(asked)
        caps.append(_Families(names=names, most=spec.max_per_family))
    if spec.max_per_cluster is not None:
        features = slate.features.take(np.array(rows, np.intp))
        if locked := asked[: len(asked) - len(rows)]:
            features = Features.join([view.tools.offered.describe(locked), features])
        most, at_least = spec.max_per_cluster, spec.cluster_similarity
        caps.append(_Clusters(features=features, most=most, at_least=at_least))
    return caps


@define(kw_only=True, eq=False)
class _Families:
    names: Sequence[str]
    most: int
    _size: Counter[str] = field(factory=Counter, init=False)

    def has_room(self, place: int) -> bool:
        name = self.names[place]
        return not name or self._size[name] < self.most

    def take(self, place: int) -> None:
        self._size[self.names[place]] += 1


@define(kw_only=True, eq=False)
class _Clusters:
    features: Features
    most: int
    at_least: float
    _first: list[int] = field(factory=list, init=False)
    _size: Counter[int] = field(factory=Counter, init=False)

    def has_room(self, place: int) -> bool:
        return self._size[self._of(place)] < self.most

    def take(self, place: int) -> None:
        first = self._of(place)
        self._first += [place] if first == place else []
        self._size[first] += 1

    def _of(self, place: int) -> int:
        """Return the first member of a candidate's cluster; itself if it begins one."""
        if not self._first:
            return place
        own, firsts = np.array([place]), np.array(self._first)
        alike = similarity(self.features.take(own), self.features.take(firsts))[0]
        nearest = int(np.argmax(alike))
        return self._first[nearest] if alike[nearest] >= self.at_least else place
