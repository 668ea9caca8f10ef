# SPDX-License-Identifier: Apache-2.0
"""The numbers of a table side by side, and a doubt about one of them. Doubts nothing itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from typing import TypeVar

import numpy as np
from attrs import define, field, frozen

from loopwright.core.values import Measurement
from loopwright.data.oddities import Places

_K = TypeVar("_K", bound=Hashable)

__all__ = ["LOOKS", "Doubt", "Seen", "groups"]

LOOKS = "looks "
"""How the reason of a place begins that is only suspicious."""


@frozen
class Doubt:
    """Why a value looks wrong, and what to do about it."""

    reason: str
    remedy: str


@define
class Seen:
    """The numbers of a table as arrays; those of the past stand behind them, with row -1."""

    rows: list[int] = field(factory=list)
    keys: list[tuple[str, str]] = field(factory=list)
    assays: list[str] = field(factory=list)
    subjects: list[str] = field(factory=list)
    names: list[str] = field(factory=list)
    values: list[float] = field(factory=list)
    relations: list[str] = field(factory=list)
    places: list[int] = field(factory=list)
    """Of the measurement among those of the table; -1 for one of the past."""

    def add(self, m: Measurement, place: int) -> None:
        """Take in one measurement that has a number and counts."""
        if m.standard_value is None or m.status != "valid":
            return
        self.rows.append(m.source_row if place >= 0 else -1)
        self.keys.append((m.standard_type, m.standard_units))
        self.assays.append(f"{m.assay_id}@{m.assay_version}")
        self.subjects.append(m.subject)
        self.names.append(m.name)
        self.values.append(m.standard_value)
        self.relations.append(m.standard_relation)
        self.places.append(place)


def groups(keys: Sequence[_K]) -> dict[_K, Places]:
    """Return the places of each key, in order of first appearance."""
    found: dict[_K, list[int]] = defaultdict(list)
    for place, key in enumerate(keys):
        found[key].append(place)
    return {key: np.array(places, np.intp) for key, places in found.items()}
