# SPDX-License-Identifier: Apache-2.0
"""What can happen in a campaign. Each class is one kind of fact in the ledger.

Bodies are small: what is large lies in the store, and the fact names its digest under a key
that ends in ``_sha256``. A kind, once written, is readable for ever; a changed body is a new
version.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias

import cattrs
from attrs import field, frozen

from loopwright.core.values import Candidate
from loopwright.loop.expected import Gain

__all__ = [
    "KINDS",
    "Chosen",
    "Configured",
    "Corrected",
    "Event",
    "Ingested",
    "Judged",
    "Laid",
    "MappingKept",
    "ModelTrained",
    "ModelWeighed",
    "Ordered",
    "Proposed",
    "Revised",
    "Sheet",
    "WrittenOff",
    "kind_of",
    "read_event",
    "write_event",
]


@frozen(kw_only=True)
class Configured:
    """The campaign file was read for the first time, or had changed."""

    spec_sha256: str


@frozen(kw_only=True)
class Sheet:
    """One table of a file, and how it was read."""

    name: str
    """Sheet of a workbook, member of an archive; blank where a file holds one table."""

    reader: str
    columns: tuple[str, ...]
    """As the file names them; a table with the same columns is read by the same mapping."""

    mapping_sha256: str | None = None
    """None if no meaning was found in the columns; then every row is quarantined."""

    mapping_name: str = ""
    """The name of that mapping, if it has one."""

    how: str = ""
    """How the mapping was found, in words: guessed, as given, by a name, as another file."""


@frozen(kw_only=True)
class Ingested:
    """A file was read; every row of it is accounted for."""

    file: str
    source_sha256: str
    """The file as it came."""

    sheets: tuple[Sheet, ...]
    measurements_sha256: str
    candidates_sha256: str
    quarantine_sha256: str
    n_rows: int
    n_loaded: int
    n_flagged: int
    n_quarantined: int
    answered: tuple[str, ...] = ()
    """Candidates on order that this file reports on: measured, failed or replaced."""

    unexpected: tuple[str, ...] = ()
    """Candidates in a result file that nobody had ordered."""

    n_by_order: int = 0
    """Values that name no assay and count as by that of the order that they answer."""

    collisions_sha256: str | None = None
    """Rows that meet though their structures or names differ; None where none do."""

    standardiser: str = ""
    """What read the structures, with its version; blank in facts from before it was kept."""

    plates: dict[str, str] = field(factory=dict)
    """Barcodes that the file names -> the layout by which it was read; blank if there was none."""

    home_sha256: str | None = None
    """What became of its plates, well by well, and its curves; None if it names no plate."""

    mends_sha256: str | None = None
    """Cells that people have mended, and rows that they have dropped; None if the file was read
    as it came. The fact's reason says why the last of them was done."""

    replaces_sha256: str | None = None
    """The file whose place this one takes; the fact's reason says why."""

    unanswered: tuple[str, ...] = ()
    """Candidates that an earlier reading answered and this one does not: on order again."""

    screened: tuple[str, ...] = ()
    """Candidates whose screen was ordered and of which this file tells."""


@frozen(kw_only=True)
class ModelTrained:
    """A model was chosen, fitted, calibrated and judged."""

    model: str
    why: str
    is_useful: bool
    n_rows: int
    files: tuple[str, ...]
    """The data it has seen, as ``State.data`` named them at this fact."""

    model_sha256: str | None = None
    """None where the data do not suffice for any model."""

    n_rows_at_choice: int = 0
    """Rows when all models of the spec last competed; later ones were only fitted anew."""

    property: str = ""
    """What it predicts; blank in older records: the only goal there was."""

    beside: tuple[ModelTrained, ...] = ()
    """Of several goals, the models of the others, in their order."""

    def each(self) -> tuple[ModelTrained, ...]:
        """Return the models of all goals, in their order."""
        return (self, *self.beside)

    def speaks_of(self, properties: Sequence[str]) -> bool:
        """Return whether these, in this order, are the properties that were learned."""
        told = [m.property for m in self.each()]
        return (told == [""] and len(properties) == 1) or told == list(properties)


@frozen(kw_only=True)
class ModelWeighed:
    """A new version of a property model was weighed against the old; the reason says why."""

    over: str
    """Name of the folder in whose place the old one lies."""

    new: str
    old_digest: str
    """SHA-256 of the card, which names the digests of all else; the files lie elsewhere."""

    new_digest: str
    margin: float
    """Share of the old loss by which the new one must be smaller."""

    is_promoted: bool
    evidence_sha256: str
    """Counts, losses, intervals and reasons of each property."""


@frozen(kw_only=True)
class Proposed:
    """A batch was chosen. Nothing is spent yet."""

    cycle: int
    candidates: tuple[str, ...]
    picks_sha256: str
    """Prediction, neighbours and reason of each pick."""

    proposer: str
    why: str
    model_sha256: str | None = None
    """None where no model had a say."""

    gain: Gain | None = None
    """None where no model is of use."""

    screens: tuple[str, ...] = ()
    """Candidates of which the screen is wanted; of ``candidates`` it is the assay."""

    short: str = ""
    """Why there are fewer than asked for; blank if there are not."""


@frozen(kw_only=True)
class Revised:
    """A person changed the open batch; the fact's reason says why."""

    action: str
    """lock, drop, add or swap."""

    candidate: Candidate
    replacement: Candidate | None = None
    """What a swap brings in."""

    picks_sha256: str | None = None
    """What was thought of who came in; None if nobody did, and in older records."""


@frozen(kw_only=True)
class Chosen:
    """A person put a whole batch in the place of the open one."""

    cycle: int
    candidates: tuple[str, ...]
    file: str
    source_sha256: str
    """The file that names them, as it came."""

    added: tuple[Candidate, ...] = ()
    """Those of them that the workspace did not hold."""

    picks_sha256: str | None = None
    """What was thought of those that the loop had not picked; None if there are none, and in older
    records."""


@frozen(kw_only=True)
class Ordered:
    """The open batch was released. The lab is told after this fact, never before."""

    order_id: str
    cycle: int
    candidates: tuple[str, ...]
    cost: float
    """Of everything that is ordered, ``again`` too."""

    again: tuple[str, ...] = ()
    """Controls, and measured candidates that are measured once more; nobody waits for them."""

    screens: tuple[str, ...] = ()
    """Candidates to be screened, in an order of their own; the others are to be assayed."""


@frozen(kw_only=True)
class Laid:
    """Plates were laid out, here or elsewhere; from now on their wells say what they hold."""

    plates: tuple[str, ...]
    """Barcodes."""

    layout_sha256: str
    """The layout as tidy CSV."""

    design_sha256: str
    """The plate file: design, rules and how the plates are read out, as canonical JSON."""

    n_wells: int
    seed: int
    order_id: str = ""
    """Blank where the plates belong to no order."""

    file: str = ""
    """The file that the layout was taken from; blank where it was made here."""

    replaces: tuple[str, ...] = ()
    """Barcodes whose former layout no longer holds; the fact's reason says why."""

    @property
    def version(self) -> str:
        """Return what a reading of these plates rests upon."""
        return f"{self.layout_sha256}/{self.design_sha256}"


@frozen(kw_only=True)
class WrittenOff:
    """A person gave up waiting for these candidates; the fact's reason says why."""

    candidates: tuple[str, ...]


@frozen(kw_only=True)
class Stopped:
    """No batch was proposed: nobody is left to offer, or too little is left to find to go on.

    It holds until something happens that may change that: data, an order, the campaign file.
    """

    cycle: int
    why: str
    gain: Gain | None = None
    """What the batch would have been expected to gain; None where nobody is left to offer."""


@frozen(kw_only=True)
class Judged:
    """A person looked at measurements; from now on they count, or do not."""

    verdict: str
    """accept, exclude or reconsider; the last takes back what was said before."""

    n_measurements: int
    ruling_sha256: str
    """Which measurements, what each of them said, who and why."""


@frozen(kw_only=True)
class Corrected:
    """A person stated a value anew; a new measurement supersedes the old one."""

    measurement: str
    """Id of the one that no longer counts; it stays readable."""

    correction: str
    """Id of the one that counts from now on."""

    was: str
    """What the old one says: relation, number and unit."""

    now: str
    """What the new one says."""

    ruling_sha256: str
    """What the old one said, what the new one says, who and why."""


@frozen(kw_only=True)
class MappingKept:
    """The mappings by which a file was read got a name; a later one of the name goes before."""

    name: str
    mapping_sha256: str
    """TOML, of one mapping or of one for each sheet."""

    sheets: tuple[Sheet, ...]
    """The tables that it was made for."""


Event: TypeAlias = (
    Configured
    | Ingested
    | Judged
    | Corrected
    | MappingKept
    | ModelTrained
    | ModelWeighed
    | Proposed
    | Revised
    | Chosen
    | Ordered
    | Laid
    | WrittenOff
    | Stopped
)

KINDS: Mapping[str, type[Any]] = MappingProxyType(
    {
        "campaign.configured": Configured,
        "file.ingested": Ingested,
        "measurement.judged": Judged,
        "measurement.corrected": Corrected,
        "mapping.kept": MappingKept,
        "model.trained": ModelTrained,
        "model.weighed": ModelWeighed,
        "batch.proposed": Proposed,
        "batch.revised": Revised,
        "batch.chosen": Chosen,
        "batch.ordered": Ordered,
        "plate.laid_out": Laid,
        "order.written_off": WrittenOff,
        "campaign.stopped": Stopped,
    }
)

_NAMES = {cls: kind for kind, cls in KINDS.items()}
_converter = cattrs.Converter(forbid_extra_keys=True)


def kind_of(event: Event) -> str:
    """Return the ledger's name for this kind of event."""
    return _NAMES[type(event)]


def write_event(event: Event, *, campaign: str) -> dict[str, Any]:
    """Return the body of a fact."""
    body: dict[str, Any] = {"campaign": campaign, **_converter.unstructure(event)}
    return {key: value for key, value in body.items() if value is not None}


def read_event(kind: str, body: Mapping[str, Any]) -> Event:
    """Return the event that a fact tells of."""
    event: Event = _converter.structure(
        {key: value for key, value in body.items() if key != "campaign"}, KINDS[kind]
    )
    return event
