# SPDX-License-Identifier: Apache-2.0
"""What the api answers: plain frozen values that every face can print."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from loopwright.core.values import Quarantined, Relation
from loopwright.data.collisions import Collision
from loopwright.data.intake import BLANK
from loopwright.loop.expected import Gain
from loopwright.loop.explain import Pick
from loopwright.loop.homecoming import PlateHome
from loopwright.loop.mending import DROPPED
from loopwright.loop.standing import Witness
from loopwright.plates.readings import UsedWell

__all__ = [
    "Answer",
    "Batch",
    "Changes",
    "Event",
    "Finding",
    "Intaken",
    "Measured",
    "Released",
    "Status",
]


@frozen(kw_only=True)
class Changes:
    """What another reading of a file, or another file in its place, has changed."""

    n_loaded: int
    """Rows before, as the next two."""

    n_flagged: int
    n_quarantined: int
    n_same: int
    """Measurements that say what they said."""

    n_new: int
    changed: tuple[str, ...]
    """Ids of measurements that say something else now."""

    gone: tuple[str, ...]
    """Ids of measurements that are no longer there."""

    lapsed: tuple[str, ...]
    """Those of the two on which a person had ruled: look at them again."""

    models: tuple[Witness, ...]
    """Models that have learned from what changed or is gone."""


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
    n_by_order: int = 0
    """Values that name no assay and count as by that of the order that they answer."""

    unexpected: tuple[str, ...] = ()
    outstanding: tuple[str, ...] = ()
    """Still on order after this file, to be assayed or to be screened."""

    screened: tuple[str, ...] = ()
    """Whose screen came home with it."""

    screens_out: tuple[str, ...] = ()
    """Of those still on order, whose screen is."""

    assays_out: tuple[str, ...] = ()
    """Of those still on order, whose assay is."""

    tenfold: tuple[str, ...] = ()
    """Whose repeats in it lie a factor of ten apart or more, with their values; their mean counts.
    Looked at where it answers an order."""

    other: tuple[str, ...] = ()
    """What it holds readings of that the campaign does not ask for, while something is on order;
    these are kept, and answer nothing."""

    source_sha256: str = ""
    """The file as it came."""

    replaces: str = ""
    """The file whose place this one took."""

    changes: Changes | None = None
    """Against what was read before; None where the file is new, or nothing was read."""
    plates: tuple[PlateHome, ...] = ()
    """What the file says of each plate that it names."""

    @property
    def has_faults(self) -> bool:
        """Whether something could not be used; a blank value or a dropped row is no fault."""
        return any(not q.reason.startswith((BLANK, DROPPED)) for q in self.quarantine)


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

    gain: Gain | None = None
    """What the batch is expected to gain, as it stands."""

    gain_is_as_proposed: bool = False
    """Whether people have changed the batch, and ``gain`` is that of the loop's own: with several
    goals, or after new data, nobody can tell anew."""

    cost: float | None = None
    """Of the batch as it stands, without controls and repeats; None if there is neither a budget
    nor a price."""

    left: float | None = None
    """Of the budget; None if there is none."""

    short: str = ""
    """Why there are fewer picks than asked for; blank if there are not, or people changed how
    many."""

    note: str = ""
    """What else happened, where a batch is not the whole answer."""

    warning: str = ""
    """What to think of before the batch is made, with the remedy; blank if there is nothing."""


@frozen(kw_only=True)
class Released:
    """An order that was written down and handed over."""

    order_id: str
    cycle: int
    n_candidates: int
    cost: float
    file: str
    """The order file, where the lab has one; blank where nobody is to be assayed."""

    again: tuple[str, ...] = ()
    """Controls and repeats that go with them."""

    n_screens: int = 0
    """Candidates to be screened beside them."""

    screen_file: str = ""
    """The order file of these, where the lab has one."""


@frozen(kw_only=True)
class UnaskedScreens:
    """An order of screens that is out, though the campaign file asks for no screen any more."""

    order_id: str
    """As the lab knows it."""

    candidates: tuple[str, ...]
    """Who waits for the screen alone."""

    also_assayed: tuple[str, ...]
    """Who waits for the assay, too, and would be written off there as well."""


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
    n_screens_out: int
    """Candidates whose screen is on order."""

    n_screened: int
    """Candidates with a value of the screen."""

    n_hits: int
    n_rows: int
    """Rows of all files; the sum of the next three."""

    n_loaded: int
    n_flagged: int
    n_quarantined: int
    n_to_look_at: int
    """Flagged measurements: used only after somebody accepts them."""

    best: float | None
    """Best measured value, in the goal's unit."""

    best_relation: Relation
    """``=``, or the sign of a limit beyond which the best lies."""

    property: str
    unit: str
    spent: float
    budget: float | None
    model: str
    model_is_useful: bool | None
    open_batch: tuple[str, ...]
    open_screens: tuple[str, ...]
    """Candidates of the open batch to be screened."""

    short: str
    """Why the open batch holds fewer than asked for; blank if it does not."""

    facts: int
    state: str
    """Hash of the whole state: equal campaigns, equal hash."""

    lapsed: tuple[str, ...]
    """Measurements on which a person ruled and that say something else now: look again."""

    warning: str
    """What to know before trusting the model in use; blank if there is nothing."""

    unasked_screens: tuple[UnaskedScreens, ...] = ()
    """Orders that wait for a screen which was taken out of the campaign file."""


@frozen(kw_only=True)
class Measured:
    """One measured value, traced to its source."""

    measurement_id: str
    property: str
    relation: str
    value: float | None
    unit: str
    status: str
    status_reason: str
    supersedes: str
    """Id of the measurement that this one corrects; blank if none."""

    is_superseded: bool
    """Whether a correction counts instead."""

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
    models: tuple[Witness, ...]
    """Models that have learned from a value of it that counts no longer."""

    warning: str
    """What to know before trusting the model in use; blank if there is nothing."""

    mutations: str = ""
    """Of proteins, how it differs from the parent, as the campaign counts."""


Answer = Intaken | Batch | Released | Status | Finding | dict[str, Any]
