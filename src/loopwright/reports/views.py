# SPDX-License-Identifier: Apache-2.0
"""What a report shows, as plain values: the caller fills them, ``charts`` and ``page`` draw them.

Nothing here reads a file or a clock, or draws. Any text may come from a stranger: it is kept as
it is and escaped where it is drawn.
"""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import deep_iterable, ge, in_, min_len

from loopwright.core.errors import DataError
from loopwright.reports.columns import Numbers, check_lengths, finite
from loopwright.reports.front_view import Front
from loopwright.reports.shadow_view import ShadowTable

__all__ = [
    "Batch",
    "Calibration",
    "Curve",
    "Distances",
    "FactRow",
    "IntakeFile",
    "ModelCard",
    "Neighbour",
    "Page",
    "Parity",
    "Pick",
    "Provenance",
    "QuarantineRow",
    "Score",
    "ScoreRow",
    "Spread",
    "Tile",
    "Trace",
]


@frozen(kw_only=True)
class Curve:
    """One strategy's way through the campaign, with a band where it was repeated."""

    label: str
    measured: tuple[int, ...]
    """How many candidates had been measured at each point."""

    mean: Numbers = field(validator=finite)
    low: Numbers = field(default=(), validator=finite)
    """Lower edge of the band; empty, like ``high``, when there is none."""

    high: Numbers = field(default=(), validator=finite)
    is_baseline: bool = False
    """Baselines are drawn muted, so that the loop stands out."""

    def __attrs_post_init__(self) -> None:
        """Check that the columns describe the same points."""
        band = [self.low, self.high] if self.has_band else []
        check_lengths(self, self.measured, self.mean, *band)

    @property
    def has_band(self) -> bool:
        """Whether the curve states its doubt."""
        return bool(self.low or self.high)


@frozen(kw_only=True)
class Trace:
    """How the campaign came forward: one curve per strategy over the number measured."""

    title: str
    y_title: str
    curves: tuple[Curve, ...]
    is_share: bool = False
    """The values are shares between 0 and 1, written as per cent."""

    note: str = ""
    """What the band is and how often each strategy ran: stands in the caption."""

    x_title: str = "Candidates measured"


@frozen(kw_only=True)
class Score:
    """One number by which a model is judged, with its interval."""

    name: str
    value: float
    low: float | None = None
    """Lower end of the 95 % interval; None, like ``high``, when none was computed."""

    high: float | None = None


@frozen(kw_only=True)
class ScoreRow:
    """The scores of one model or baseline on one split."""

    label: str
    scores: tuple[Score, ...]
    is_baseline: bool = False


@frozen(kw_only=True)
class Parity:
    """Predicted against measured values of rows that the model had not seen."""

    property: str
    unit: str = ""
    measured: Numbers = field(validator=finite)
    predicted: Numbers = field(validator=finite)
    low: Numbers = field(default=(), validator=finite)
    """Lower end of each 90 % interval; empty, like ``high``, when there is none."""

    high: Numbers = field(default=(), validator=finite)
    bound: tuple[int, ...] = field(validator=deep_iterable(in_((-1, 0, 1))))
    """0 measured, -1 the truth lies below the value, +1 above it: drawn as arrows."""

    split_name: str
    scores: tuple[Score, ...] = ()
    baselines: tuple[ScoreRow, ...] = ()

    def __attrs_post_init__(self) -> None:
        """Check that the columns describe the same points."""
        intervals = [self.low, self.high] if self.low or self.high else []
        check_lengths(self, self.measured, self.predicted, self.bound, *intervals)


@frozen(kw_only=True)
class Calibration:
    """How often the truth fell inside intervals of each nominal width."""

    property: str
    nominal: Numbers = field(validator=finite)
    """Between 0 and 1, like ``observed``."""

    observed: Numbers = field(validator=finite)
    n: int = field(validator=ge(0))
    coverage_90: float
    """Share of held-out values inside their 90 % interval."""

    split_name: str

    def __attrs_post_init__(self) -> None:
        """Check that the columns describe the same points."""
        check_lengths(self, self.nominal, self.observed)


@frozen(kw_only=True)
class Distances:
    """Error of each held-out row against its likeness to the nearest training row."""

    property: str
    unit: str = ""
    similarity: Numbers = field(validator=finite)
    """Between 0 (nothing alike) and 1 (equal)."""

    error: Numbers = field(validator=finite)
    """Absolute error; censored rows have none and are left out."""

    edge: float | None = None
    """Similarity below which a candidate counts as out of domain."""

    split_name: str

    def __attrs_post_init__(self) -> None:
        """Check that the columns describe the same points."""
        check_lengths(self, self.similarity, self.error)


@frozen(kw_only=True)
class Spread:
    """Where the measured values lie, and where the predictions for the others lie."""

    property: str
    unit: str = ""
    measured: Numbers = field(validator=finite)
    predicted: Numbers = field(validator=finite)
    measured_label: str = "measured"
    predicted_label: str = "predicted"


# ---- models
@frozen(kw_only=True)
class ModelCard:
    """What one model is, why it was chosen, how it was judged, and whether it may be trusted."""

    name: str
    property: str
    unit: str = ""
    why: str = ""
    is_useful: bool
    """Whether it beats the mean and the nearest neighbour on held-out rows."""

    rows: tuple[ScoreRow, ...] = ()
    """The model first, then its rivals and the baselines ``mean`` and ``neighbour``."""

    n: int = field(default=0, validator=ge(0))
    """How many held-out rows the scores rest on."""

    split_name: str = ""
    coverage_90: float | None = None
    noise_std: float | None = None
    """Standard deviation of one measurement, as the model learned it."""

    replicates: str = ""
    """What those that were measured more than once say of it, in a sentence."""

    warnings: tuple[str, ...] = ()
    parity: Parity | None = None
    calibration: Calibration | None = None
    distances: Distances | None = None
    spread: Spread | None = None


# ---- picks
@frozen(kw_only=True)
class Neighbour:
    """A measured candidate that is much like a pick."""

    name: str
    similarity: float
    value: str
    """What was measured, as it should be read: ``7.4``, ``> 10 uM``."""


@frozen(kw_only=True)
class Pick:
    """A candidate that was chosen for a batch, with everything that speaks for or against it."""

    rank: int = field(validator=ge(1))
    candidate_id: str
    name: str = ""
    svg: str = field(default="", repr=False)
    """A picture of it as an SVG document; shown as an image, so that it cannot act."""

    mean: float | None = None
    """None, like ``low`` and ``high``, when no model spoke: a first batch, say."""

    low: float | None = None
    high: float | None = None

    in_domain: bool = True
    reason: str = ""
    parts: tuple[tuple[str, float], ...] = ()
    """What lifts its score above that of a typical candidate: (by what, amount)."""

    parts_unit: str = ""
    """Of these amounts; blank if it is the goal's."""

    change: str = ""
    """What would make it lose its place, in a sentence."""

    neighbours: tuple[Neighbour, ...] = ()
    status: str = "ordered"
    """ordered, measured, failed, added by hand ..."""

    measured: str = ""
    """The result as it should be read; empty while there is none."""

    measured_value: float | None = None
    """The result as a number, drawn on the common scale."""

    measured_bound: int = field(default=0, validator=in_((-1, 0, 1)))
    """0 measured, -1 the truth lies below ``measured_value``, +1 above: an arrow."""

    def __attrs_post_init__(self) -> None:
        """Check that a prediction is given whole or not at all."""
        if len({x is None for x in (self.mean, self.low, self.high)}) > 1:
            raise DataError(
                f"Pick {self.candidate_id!r} has a prediction without its interval",
                where="reports",
                remedy="Give mean, low and high together, or none of them.",
            )


@frozen(kw_only=True)
class Batch:
    """The candidates ordered at once in one cycle."""

    cycle: int
    property: str
    unit: str = ""
    picks: tuple[Pick, ...]
    note: str = ""
    """How the batch was chosen, in one line."""

    threshold: float | None = None
    """What the goal asks for, drawn as a mark on the scale."""


# ---- the record
@frozen(kw_only=True)
class Tile:
    """One figure of merit, large enough to be read across a table."""

    label: str
    value: str
    note: str = ""


@frozen(kw_only=True)
class IntakeFile:
    """What became of the rows of one file. Nothing vanishes: the counts must add up."""

    file: str
    n_rows: int = field(validator=ge(0))
    n_loaded: int = field(validator=ge(0))
    n_flagged: int = field(default=0, validator=ge(0))
    n_quarantined: int = field(default=0, validator=ge(0))

    def __attrs_post_init__(self) -> None:
        """Check that rows in = loaded + flagged + quarantined."""
        if self.n_rows != self.n_loaded + self.n_flagged + self.n_quarantined:
            raise DataError(
                f"{self.n_rows} rows came in, but {self.n_loaded} loaded + {self.n_flagged} "
                f"flagged + {self.n_quarantined} quarantined do not add up to them",
                where=self.file,
                remedy="Report this as a bug with the ledger: rows must never vanish.",
            )


@frozen(kw_only=True)
class QuarantineRow:
    """A row that could not be used: what, where, why, and what to do about it."""

    file: str
    row: int
    column: str
    value: str
    reason: str
    remedy: str


@frozen(kw_only=True)
class FactRow:
    """One fact of the ledger, as a reviewer reads it."""

    number: int
    at: str
    actor: str
    kind: str
    summary: str
    reason: str = ""
    digest: str = ""


@frozen(kw_only=True)
class Provenance:
    """What is needed to make the same page again and to check it against the record."""

    head_digest: str = ""
    seed: int | None = None
    versions: tuple[tuple[str, str], ...] = ()
    """(package, version)."""

    inputs: tuple[tuple[str, str], ...] = ()
    """(file, SHA-256)."""

    is_verified: bool | None = None
    """Whether the chain of facts verified when the page was made; None: not asked."""


@frozen(kw_only=True)
class Page:
    """A whole report. Every part may be empty: it is then left out, or says why in one line."""

    title: str = field(validator=min_len(1))
    is_campaign: bool = True
    """Whether it tells of a campaign, whose picks, models and files say so where there are none."""

    subtitle: str = ""
    question: str = ""
    headline: str = ""
    """The answer, in one sentence that can be read aloud."""

    detail: str = ""
    """One or two sentences below it: what it rests on, and what it does not show."""

    tiles: tuple[Tile, ...] = ()
    traces: tuple[Trace | Front, ...] = ()
    batches: tuple[Batch, ...] = ()
    """In any order; the page shows the latest cycle first."""

    shadow: ShadowTable | None = None
    """Who did better, where the loop proposes and people choose."""

    models: tuple[ModelCard, ...] = ()
    intake: tuple[IntakeFile, ...] = ()
    quarantine: tuple[QuarantineRow, ...] = ()
    facts: tuple[FactRow, ...] = ()
    provenance: Provenance = field(factory=Provenance)
    generated_at: str = ""
    """When the page was made, as it should be read; given, never looked up."""
