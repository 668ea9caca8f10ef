# SPDX-License-Identifier: Apache-2.0
"""What the api answers: plain frozen values that every face can print."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from loopwright.core.values import Quarantined
from loopwright.data.collisions import Collision
from loopwright.data.intake import BLANK
from loopwright.loop.explain import Pick
from loopwright.loop.homecoming import PlateHome
from loopwright.plates.readings import UsedWell

__all__ = ["Answer", "Batch", "Event", "Finding", "Intaken", "Measured", "Released", "Status"]


@frozen(kw_only=True)
class Intaken:
    """What became of a file."""

    file: str
    reader: str
    is_new: bool
    """False when exactly these bytes were read before; then nothing was added."""

    n_rows: int
    n_loaded: int
    n_flagged: int
    n_quarantined: int
    mapping: str
    """The meaning of the columns, as TOML."""

    mapping_names: tuple[str, ...] = ()
    """Names of the mappings by which it was read, where they have one."""

    how: str = ""
    """How the mapping was found, in words."""

    quarantine: tuple[Quarantined, ...]
    collisions: tuple[Collision, ...] = ()
    """Rows that meet though their structures or names differ; nothing was merged in silence."""

    answered: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    outstanding: tuple[str, ...] = ()
    """Still on order after this file."""

    plates: tuple[PlateHome, ...] = ()
    """What the file says of each plate that it names."""

    @property
    def has_faults(self) -> bool:
        """Whether something in the file could not be used; a blank value is no fault."""
        return any(q.reason != BLANK for q in self.quarantine)


@frozen(kw_only=True)
class Batch:
    """The open batch."""

    campaign: str
    cycle: int
    property: str
    unit: str
    why: str
    locked: tuple[str, ...]
    picks: tuple[Pick, ...]
    model: str
    """The model that had a say, and what it is worth; blank if none had."""

    note: str = ""
    """What else happened, where a batch is not the whole answer."""


@frozen(kw_only=True)
class Released:
    """An order that was written down and handed over."""

    order_id: str
    cycle: int
    n_candidates: int
    cost: float
    file: str
    """The order file, where the lab has one."""


@frozen(kw_only=True)
class Status:
    """Where a campaign stands."""

    campaign: str
    cycle: int | None
    """Of the last order; None before the first."""

    next: str
    """What would happen next, in words."""

    n_candidates: int
    n_measured: int
    n_outstanding: int
    n_hits: int
    n_quarantined: int
    best: float | None
    """Best measured value, in the goal's unit."""

    property: str
    unit: str
    spent: float
    budget: float | None
    model: str
    model_is_useful: bool | None
    open_batch: tuple[str, ...]
    facts: int
    state: str
    """Hash of the whole state: equal campaigns, equal hash."""


@frozen(kw_only=True)
class Measured:
    """One measured value, traced to its source."""

    property: str
    relation: str
    value: float | None
    unit: str
    status: str
    status_reason: str
    file: str
    sheet: str
    """Which table of the file; blank if it has one."""

    row: int
    source_sha256: str
    plate: str = ""
    well: str = ""
    """As it was laid out; blank for a result that rests upon several."""

    low: float | None = None
    """Lower end of the 95 % interval of a fitted value; None where there is none or it is open."""

    high: float | None = None
    wells: tuple[UsedWell, ...] = ()
    """The wells of a curve, used or not."""


@frozen(kw_only=True)
class Event:
    """One fact in which a candidate plays a part."""

    number: int
    at: str
    actor: str
    kind: str
    what: str
    reason: str


@frozen(kw_only=True)
class Finding:
    """Everything that is known and was thought of one candidate."""

    candidate_id: str
    name: str
    text: str
    measured: tuple[Measured, ...]
    picked: tuple[Pick, ...]
    """As it was thought of in each batch that it was in, oldest first."""

    now: Pick | None
    """As it is thought of today; None when it is measured."""

    events: tuple[Event, ...]


Answer = Intaken | Batch | Released | Status | Finding | dict[str, Any]
