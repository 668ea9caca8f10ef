# SPDX-License-Identifier: Apache-2.0
"""The nouns that every room shares. Frozen, checked once at birth, with the unit in the name.

Shapes use one alphabet: n candidates, m other candidates, d features, t properties.
Nothing here knows a plugin, a file format or a campaign.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from attrs import field, frozen
from attrs.validators import ge, in_, min_len, optional

from loopwright.core.counts import Counts

__all__ = [
    "Candidate",
    "Direction",
    "Dump",
    "Features",
    "FloatArray",
    "Kind",
    "Measurement",
    "Order",
    "Prediction",
    "Quarantined",
    "RawFile",
    "RawTable",
    "Relation",
    "Spread",
    "Status",
    "Targets",
    "Task",
]

FloatArray: TypeAlias = npt.NDArray[np.float64]
Direction: TypeAlias = Literal["maximize", "minimize"]
Relation: TypeAlias = Literal["=", "<", ">", "<=", ">=", "~"]
Status: TypeAlias = Literal["valid", "flagged", "excluded"]
Spread: TypeAlias = Literal["", "sd", "sem", "ci95", "range"]
Task: TypeAlias = Literal["regression", "classification", "ordinal"]
"""What a property is: a number, a class that a candidate is in (1) or not (0), or one of several
levels in an order, told by its place from 0."""

Kind: TypeAlias = Literal[
    "vector", "counts", "patterns", "descriptors", "settings", "graph", "tokens", "bag", "family",
    "space", "curation", "sketch",
]  # fmt: skip
"""How a modality and a model (or generator) meet.

vector, counts, graph, tokens and bag are representations. ``patterns`` are counts of fewer kinds,
cheap enough for millions of rows; ``descriptors`` columns of any scale, for models that measure
no distance; ``settings`` places one by one, for models that weigh each. ``family`` is one label a
row: rows of one family (a scaffold, say) never straddle a split. ``space`` is no table: it says
that the modality can also be drawn from without a list, as ``core.ports.Space`` describes.
``curation`` is none either: the modality tells what it did to a text (``core.ports.Curator``);
nor is ``sketch``: it counts a little in any text, fast (``core.ports.Sketcher``).
"""


# ---- matter
@frozen(kw_only=True)
class Candidate:
    """Something that could be made, in the canonical notation of its modality."""

    id: str = field(validator=min_len(1))
    """Computed from the canonical notation alone: equal matter, equal id, in every workspace."""

    text: str = field(validator=min_len(1))
    """Canonical notation: standardised SMILES, ``temperature_C=80;time_h=2`` and so on."""

    name: str = ""
    """What its owner calls it; a label, never a key."""


Block: TypeAlias = "npt.NDArray[Any] | Counts"
_LETTERS: tuple[Kind, ...] = ("tokens", "graph")
_TABLES: tuple[Kind, ...] = ("vector", "descriptors", "settings", *_LETTERS)
_COUNTS: tuple[Kind, ...] = ("counts", "patterns", "sketch")


class _Taken(Mapping[Kind, Block]):
    """Some rows of some blocks; a block is taken when it is first asked for."""

    def __init__(self, blocks: Mapping[Kind, Block], rows: npt.NDArray[np.intp]) -> None:
        self._blocks, self._rows = blocks, rows
        self._taken: dict[Kind, Block] = {}

    def __getitem__(self, kind: Kind) -> Block:
        if kind not in self._taken:
            block = self._blocks[kind]
            rows = self._rows
            self._taken[kind] = block.take(rows) if isinstance(block, Counts) else block[rows]
        return self._taken[kind]

    def __iter__(self) -> Iterator[Kind]:
        return iter(self._blocks)

    def __len__(self) -> int:
        return len(self._blocks)


@frozen(kw_only=True, eq=False)
class Features:
    """One row for each candidate, in every representation that was asked for."""

    ids: tuple[str, ...]
    """Candidate ids, length n; the key by which anything is joined to these rows."""

    blocks: Mapping[Kind, Block]
    """``vector``, ``descriptors``: float32 (n, d); ``counts``: ``Counts`` of n rows; ``tokens``,
    ``graph``: uint8 (n, L), one letter of a notation a position, 0 behind the end;
    ``settings``: float32 (n, k, w), where each of k settings lies, 0 behind its own coordinates;
    ``family``: str (n,)."""

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: npt.NDArray[np.intp]) -> Features:
        """Return the rows asked for, in the order asked for."""
        return Features(
            ids=tuple(self.ids[i] for i in rows),
            blocks=_Taken(self.blocks, rows),
        )

    @staticmethod
    def join(parts: Sequence[Features]) -> Features:
        """Return all rows of ``parts`` under each other; all have the same kinds."""
        blocks: dict[Kind, Block] = {}
        for kind, first in parts[0].blocks.items():
            column: list[Any] = [p.blocks[kind] for p in parts]
            if kind in _LETTERS:
                width = max(c.shape[1] for c in column)
                column = [np.pad(c, ((0, 0), (0, width - c.shape[1]))) for c in column]
            blocks[kind] = (
                Counts.join(column) if isinstance(first, Counts) else np.concatenate(column)
            )
        return Features(ids=tuple(i for p in parts for i in p.ids), blocks=blocks)

    def flat(self) -> dict[str, npt.NDArray[Any]]:
        """Return ids, tables and counts as plain named arrays; ``unflat`` turns them back."""
        arrays: dict[str, npt.NDArray[Any]] = {
            "ids": np.frombuffer("\n".join(self.ids).encode(), np.uint8).copy()
        }
        for kind, block in self.blocks.items():
            if isinstance(block, Counts):
                arrays[f"{kind}_indptr"] = block.indptr
                arrays[f"{kind}_indices"] = block.indices
                arrays[f"{kind}_values"] = block.values
                arrays[f"{kind}_width"] = np.array([block.width])
            elif kind in _TABLES:
                arrays[kind] = block
        return arrays

    @staticmethod
    def unflat(arrays: Mapping[str, npt.NDArray[Any]]) -> Features:
        """Return the features that ``flat`` wrote down."""
        blocks: dict[Kind, Block] = {kind: arrays[kind] for kind in _TABLES if kind in arrays}
        for kind in _COUNTS:
            if f"{kind}_indptr" in arrays:
                blocks[kind] = Counts(
                    indptr=arrays[f"{kind}_indptr"],
                    indices=arrays[f"{kind}_indices"],
                    values=arrays[f"{kind}_values"],
                    width=int(arrays[f"{kind}_width"][0]),
                )
        return Features(ids=tuple(arrays["ids"].tobytes().decode().split("\n")), blocks=blocks)


# ---- what is known and what is thought
@frozen(kw_only=True, eq=False)
class Targets:
    """What was measured, ready to learn from: one row per candidate and kind of bound."""

    values: FloatArray
    """Shape (n, t), in the goal's unit; NaN where that property was not measured."""

    bounds: npt.NDArray[np.int8]
    """Shape (n, t): 0 measured, -1 the truth lies below the value, +1 above it (censored)."""

    n_replicates: npt.NDArray[np.int64] | FloatArray
    """Shape (n, t), > 0: how many measurements the value is the mean of; no whole number where
    somebody weighted them."""

    tasks: tuple[Task, ...] = ()
    """What each property is, length t; empty where all are numbers."""

    def take(self, rows: npt.NDArray[np.intp]) -> Targets:
        """Return the rows asked for, in the order asked for."""
        return Targets(
            values=self.values[rows],
            bounds=self.bounds[rows],
            n_replicates=self.n_replicates[rows],
            tasks=self.tasks,
        )

    def is_class(self, j: int) -> bool:
        """Return whether property ``j`` is a class: its values are shares of ones, 0 to 1."""
        return bool(self.tasks) and self.tasks[j] == "classification"


@frozen(kw_only=True, eq=False)
class Prediction:
    """The distribution that a model states for each candidate and property."""

    mean: FloatArray
    """Shape (n, t), in the goal's unit; of a class, its probability."""

    std: FloatArray
    """Shape (n, t), > 0: doubt about the true value; without the assay's noise."""

    noise_std: FloatArray
    """Shape (t,), >= 0: standard deviation of one measurement around the true value."""

    low: FloatArray
    """Shape (n, t): lower end of the 90 % interval of a new measurement."""

    high: FloatArray
    """Shape (n, t): upper end of that interval."""

    in_domain: npt.NDArray[np.bool_]
    """Shape (n,): near enough to the training data for the interval to be trusted."""

    levels: FloatArray | None = None
    """Of one ordinal property the probability of each level, shape (n, k); ``mean`` is then the
    median level. None of anything else."""


@frozen(kw_only=True, eq=False)
class Dump:
    """The outer form of a fitted model: arrays, texts and plain settings. Never code."""

    arrays: Mapping[str, npt.NDArray[Any]]
    texts: Mapping[str, str] = field(factory=dict)
    settings: Mapping[str, Any] = field(factory=dict)
    """Plain JSON values."""


# ---- the lab
@frozen(kw_only=True)
class RawFile:
    """A file as it came, byte for byte."""

    name: str = field(validator=min_len(1))
    content: bytes = field(repr=False)


@frozen(kw_only=True)
class RawTable:
    """The cells of a file as text, before anyone has read a meaning into them."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[int, tuple[str, ...]]] = field(repr=False)
    """(row number in the file as a person would count it, one text per column)."""

    faults: tuple[Quarantined, ...] = ()
    """Places of the file that could not even be read as a row."""

    sheet: str = ""
    """Which table of the file: sheet of a workbook, member of an archive; blank if it has one."""

    notes: tuple[tuple[int, str], ...] = ()
    """(row number, text) of lines above the header: title, date, protocol."""

    read_as: str = ""
    """Column that says how an instrument read, and names no assay; blank if there is none."""

    def __iter__(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Yield (row number, cells by column)."""
        return ((n, dict(zip(self.columns, cells, strict=True))) for n, cells in self.rows)


@frozen(kw_only=True)
class Quarantined:
    """A row that could not be used: what, where, why, and what to do about it."""

    row: int
    """As a person counts it in the file; the header of a CSV file is row 1."""

    column: str
    value: str
    """The offending text, cut at 200 characters."""

    reason: str
    remedy: str
    sheet: str = ""
    """Which table of the file; blank if it has one."""


@frozen(kw_only=True)
class Order:
    """Candidates that a lab is told to make and measure. Handing it over twice is harmless."""

    id: str = field(validator=min_len(1))
    candidates: tuple[Candidate, ...]
    properties: tuple[str, ...]
    units: tuple[str, ...]
    """In which the values of each property are wanted; ``"1"`` for a number without a unit."""

    assays: tuple[Mapping[str, str], ...] = ()
    """Of each property, what its rows say of the assay: column -> words; none if all is left to
    the lab."""

    controls: frozenset[str] = frozenset()
    """Ids of those that are in every order, whatever the batch."""

    repeats: frozenset[str] = frozenset()
    """Ids of those that are measured once more, to show the noise."""

    mutations: Mapping[str, str] = field(factory=dict)
    """Candidate id -> how it differs from its parent, of those that can be told so."""


@frozen(kw_only=True)
class Measurement:
    """One measured value of one sample: the row that every room shares. Names follow ChEMBL."""

    measurement_id: str
    """Computed from source, row and property, so that reading a file twice adds nothing."""

    campaign_id: str
    modality: str
    candidate_id: str
    """Blank where the file names somebody whom nobody knows yet; never in a campaign."""

    name: str = ""
    """What the file calls it: a name, else a sample, else plate and well."""

    sample_id: str = ""
    """Batch or lot; what was really in the tube."""

    assay_id: str = ""
    assay_version: str = ""
    species: str = ""
    cell_line: str = ""
    target: str = ""
    conditions: str = ""
    """What else tells its assay from others: ``name=value; name=value``, sorted by name."""

    standard_type: str
    """The property: IC50, pIC50, yield ..."""

    standard_relation: Relation = field(
        default="=", validator=in_(("=", "<", ">", "<=", ">=", "~"))
    )
    standard_value: float | None
    """In ``standard_units``; None when there is no number (a failed synthesis, say)."""

    standard_units: str
    replicate_n: int = 1
    spread: float | None = None
    """How far the runs of a reported mean scatter, as the file states it, in ``spread_units``."""

    spread_kind: Spread = field(default="", validator=in_(("", "sd", "sem", "ci95", "range")))
    """``ci95`` and ``range``: half of the width; blank: the file does not say."""

    spread_units: str = ""
    n_runs: int | None = field(default=None, validator=optional(ge(1)))
    """How many runs the value is the mean of; None where the file does not say."""

    plate_id: str = ""
    well: str = ""
    measured_at: str = ""
    measured_by: str = ""
    source_sha256: str
    source_row: int
    source_sheet: str = ""
    """Which table of the source; blank if it has one."""

    status: Status = field(default="valid", validator=in_(("valid", "flagged", "excluded")))
    status_reason: str = ""
    supersedes: str = ""
    raw: str = ""
    """What the file or the person said, verbatim: the row's cells as JSON."""

    @property
    def subject(self) -> str:
        """Return what was measured: the candidate, or what the file calls it."""
        return self.candidate_id or self.name
