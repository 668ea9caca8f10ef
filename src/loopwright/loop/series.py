# SPDX-License-Identifier: Apache-2.0
"""A finished project, read from one plain file: what a replay hides and looks for."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Sequence

from attrs import evolve, frozen

from loopwright.core.errors import DataError
from loopwright.core.ports import Modality
from loopwright.core.values import (
    Candidate,
    Direction,
    Features,
    FloatArray,
    Kind,
    Measurement,
    Quarantined,
    RawFile,
    RawTable,
)
from loopwright.data.guess import guess
from loopwright.data.intake import take_in
from loopwright.data.mapping import ColumnMapping, ValueColumn
from loopwright.data.naming import plain
from loopwright.data.results import to_csv
from loopwright.data.tables import write_candidates, write_measurements, write_quarantine
from loopwright.data.targets import targets
from loopwright.data.vocabulary import SEQUENCE
from loopwright.data.whose import Register
from loopwright.loop.facts import Ingested
from loopwright.loop.record import Record
from loopwright.loop.tabling import SAMPLE_ROWS, only_table
from loopwright.registry import build
from loopwright.spec.campaign import Choice

__all__ = [
    "MOLECULES",
    "PROTEINS",
    "Series",
    "fitting",
    "mapping_of",
    "read_series",
    "why_so_few",
    "written_in",
]

MOLECULES = Choice(name="molecules")
PROTEINS = "proteins"
MOST_RESIDUES = 5_000
"""Length of the longest sequence that a file may hold without saying so."""


@frozen(kw_only=True, eq=False)
class Series:
    """Candidates with their measured values, and how they are described."""

    property: str
    unit: str
    direction: Direction
    modality: Choice
    candidates: tuple[Candidate, ...]
    ids: tuple[str, ...]
    worth: FloatArray
    """Value of each candidate, shape (n,), signed so that larger is better."""

    held_back: bytes
    """All measurements as a result file."""

    quarantine: tuple[Quarantined, ...]
    n_rows: int
    sha256: str
    """Of the file."""

    features: Features
    """Of all candidates, described once, in their order."""

    def best_of(self, ids: Collection[str]) -> float:
        """Return the best value of some candidates, in the property's unit."""
        best = float(self.worth[[i in ids for i in self.ids]].max())
        return best if self.direction == "maximize" else -best

    def catalogue(self, record: Record) -> Ingested:
        """Return the event that brings the candidates, without their values, into a campaign."""
        empty = record.put(b"")
        return Ingested(
            file="catalogue",
            source_sha256=empty,
            sheets=(),
            measurements_sha256=record.put(write_measurements(())),
            candidates_sha256=record.put(write_candidates(self.candidates)),
            quarantine_sha256=record.put(write_quarantine(())),
            n_rows=len(self.candidates),
            n_loaded=len(self.candidates),
            n_flagged=0,
            n_quarantined=0,
        )


def read_series(
    file: RawFile,
    *,
    property: str,
    direction: Direction = "maximize",
    structure: str = "",
    modality: Choice = MOLECULES,
    kinds: frozenset[Kind] = frozenset({"counts", "vector", "tokens"}),
) -> Series:
    """Read a plain table of structures and values.

    Args:
        file: CSV, TSV, SMI or SDF, also gzipped.
        property: Column or property to replay.
        direction: Whether larger or smaller is better.
        structure: The column of structures or sequences; guessed if blank.
        modality: Kind of matter, with its options.
        kinds: How candidates are described.

    Raises:
        DataError: The file cannot be read, has no such column, or has fewer than ten
            candidates with a value.
    """
    table = only_table(file)
    mapping = mapping_of(
        table, property=property, structure=structure or written_in(table, modality)
    )
    choice = fitting(modality, [(table, mapping.structure)])
    reader: Modality = build("modalities", choice.name, choice.options)
    intake = take_in(
        file, table, mapping, choice.name, reader, campaign="replay", register=Register()
    )
    value = mapping.values[0]
    name, unit = value.property, ("1" if value.as_p else value.unit or "1")
    ids, known = targets(intake.measurements, name, unit=unit, pool_reason="one file, one series")
    if len(set(ids)) < 10:
        raise DataError(
            f"{len(set(ids))} candidates have a value of {name!r}{why_so_few(intake.quarantine)}",
            where=file.name,
            remedy="Give a file with at least ten; check --property and --structure.",
        )
    sign = 1.0 if direction == "maximize" else -1.0
    first = {i: row for row, i in reversed(list(enumerate(ids)))}
    candidates = tuple(c for c in intake.candidates if c.id in first)
    return Series(
        property=name,
        unit=unit,
        direction=direction,
        modality=choice,
        candidates=candidates,
        ids=tuple(c.id for c in candidates),
        worth=sign * known.values[[first[c.id] for c in candidates], 0],
        held_back=to_csv(_held_back(intake.measurements, name)),
        quarantine=intake.quarantine,
        n_rows=intake.n_rows,
        sha256=hashlib.sha256(file.content).hexdigest(),
        features=reader.describe(candidates, kinds & reader.offers),
    )


def written_in(table: RawTable, modality: Choice) -> str:
    """Return the column of sequences by its name; blank where the modality has none, or no such."""
    if modality.name != PROTEINS:
        return ""
    known = {plain(c): c for c in reversed(table.columns)}
    return next((known[n] for n in SEQUENCE if n in known), "")


def fitting(modality: Choice, columns: Sequence[tuple[RawTable, str]]) -> Choice:
    """Return proteins as wide as the longest sequence of these columns, so that nothing is cut."""
    if modality.name != PROTEINS or "max_length" in modality.options:
        return modality
    longest = max((len(cells[c]) for table, c in columns for _, cells in table), default=1)
    width = min(max(longest, len(modality.options.get("parent", ""))), MOST_RESIDUES)
    return evolve(modality, options={**modality.options, "max_length": max(width, 1)})


def why_so_few(quarantine: Sequence[Quarantined]) -> str:
    """Return the commonest reason why rows were not used, to end a sentence."""
    if not quarantine:
        return ""
    reason, n = Counter(q.reason for q in quarantine).most_common(1)[0]
    return f"; {n} of {len(quarantine)} rows that were not used say: {reason}"


def mapping_of(table: RawTable, *, property: str, structure: str) -> ColumnMapping:
    """Return the columns of structure and value: as asked for, or as their names tell."""
    rows = [cells for _, (_, cells) in zip(range(SAMPLE_ROWS), table, strict=False)]
    for column in (structure,) if structure else ():
        _demand(column, table, "--structure")
    try:
        found = guess(table.columns, rows, properties=(property,), needs_values=False)
    except DataError:
        if not structure:
            raise
        found = ColumnMapping(structure=structure)
    values = found.values
    if not values:
        _demand(property, table, "--property")
        values = (ValueColumn(column=property, property=property, unit="1"),)
    return ColumnMapping(
        structure=structure or found.structure,
        name=found.name if found.name not in {structure, values[0].column} else "",
        values=values[:1],
    )


def _demand(column: str, table: RawTable, where: str) -> None:
    if column not in table.columns:
        raise DataError(
            f"There is no column {column!r}",
            where=where,
            remedy=f"Choose one of: {', '.join(table.columns)}.",
        )


def _held_back(measurements: Sequence[Measurement], property: str) -> list[dict[str, str]]:
    """Return every usable measurement as a row of a result file."""
    return [
        {
            "candidate_id": m.candidate_id,
            "property": m.standard_type,
            "relation": m.standard_relation,
            "value": repr(m.standard_value),
            "unit": m.standard_units,
            "status": "ok",
        }
        for m in measurements
        if m.standard_type == property and m.status == "valid" and m.standard_value is not None
    ]
