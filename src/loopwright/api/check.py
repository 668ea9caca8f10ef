# SPDX-License-Identifier: Apache-2.0
"""What a file holds, before anybody takes it in: needs no workspace and changes nothing."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from attrs import frozen

from loopwright.api.files import read_file, read_mapping
from loopwright.core.ports import Modality
from loopwright.core.values import Measurement, Quarantined, RawTable
from loopwright.data.intake import BLANK, Intake
from loopwright.data.mapping import ColumnMapping, mapping_to_toml
from loopwright.data.targets import replicate_std
from loopwright.data.whose import CLASH, Register
from loopwright.loop.tabling import Taken, guessed, take_tables
from loopwright.registry import build

__all__ = ["Checked", "Column", "Place", "Profile", "check", "describe"]

N_BINS = 24
UNIT_MIX = 100.0
"""Values of one candidate that differ by this factor suggest that two units are mixed."""


@frozen(kw_only=True)
class Column:
    """What one column was taken for."""

    sheet: str
    column: str
    role: str
    """structure, name, value ...; ``not read`` if the mapping passes it over."""

    property: str = ""
    unit: str = ""
    n_filled: int


@frozen(kw_only=True)
class Place:
    """A row that was flagged or quarantined, and the cell that is to blame."""

    sheet: str
    row: int
    column: str
    status: str
    """``flagged`` or ``quarantined``."""

    value: str
    what: str
    remedy: str


@frozen(kw_only=True)
class Profile:
    """The values of one property in one assay."""

    property: str
    unit: str
    assay: str
    n: int
    n_candidates: int
    n_censored: int
    n_without_number: int
    """Failed syntheses and the like."""

    low: float | None
    median: float | None
    high: float | None
    is_log: bool
    """Whether the histogram has a log scale: the values are positive and span two decades."""

    histogram: tuple[int, ...]
    """Counts of exact values in equal bins from ``low`` to ``high``."""

    replicate_sd: float | None
    """Of one measurement among replicates of a candidate, in ``unit``; None without replicates."""

    n_far_apart: int
    """Candidates whose values differ by 100x or more: two units may be mixed."""


@frozen(kw_only=True)
class Checked:
    """What a file holds; ``rows_in = loaded + flagged + quarantined``."""

    file: str
    format: str
    rows_in: int
    loaded: int
    flagged: int
    quarantined: int
    n_candidates: int
    columns: tuple[Column, ...]
    rows: tuple[Place, ...]
    """Every row that was flagged or quarantined; the counts of the two agree with those above."""

    notes: tuple[str, ...]
    """Lines above the header."""

    profiles: tuple[Profile, ...]
    mapping: str
    """How the columns were read, as TOML; edit it and give it with ``--mapping``."""

    @property
    def has_faults(self) -> bool:
        """Whether something in the file could not be used; a blank value is no fault."""
        return any(place.what != BLANK for place in self.rows)


def check(path: Path | str, *, mapping: Path | None = None, modality: str = "molecules") -> Checked:
    """Return what became of every row of a file, and what its values look like.

    Args:
        path: Any file that a reader knows.
        mapping: What the columns mean; guessed if not given.
        modality: Kind of matter.

    Raises:
        DataError: The file cannot be read, or no table of it names a candidate.
    """
    file = read_file(path)
    given = read_mapping(mapping) if mapping else None
    matter: Modality = build("modalities", modality, {})

    def meaning(table: RawTable) -> ColumnMapping:
        return (given.of(table.sheet) if given else None) or guessed(table)

    taken, intake = take_tables(
        file, meaning, modality, matter, campaign="check", register=Register(is_open=True)
    )
    return describe(file.name, taken, intake)


def describe(file: str, taken: Sequence[Taken], intake: Intake) -> Checked:
    """Return what a file holds, from its tables and what became of their rows."""
    found = Checked(
        file=file,
        format=", ".join(dict.fromkeys(t.reader for t in taken)),
        rows_in=intake.n_rows,
        loaded=intake.n_loaded,
        flagged=intake.n_flagged,
        quarantined=intake.n_quarantined,
        n_candidates=len(intake.candidates),
        columns=tuple(column for one in taken for column in _columns(one)),
        rows=_places(intake),
        notes=tuple(
            f"{t.table.sheet} row {number}: {text}".strip()
            for t in taken
            for number, text in t.table.notes
        ),
        profiles=_profiles(intake.measurements),
        mapping="\n".join(
            f"# {t.table.sheet}\n" * bool(t.table.sheet) + mapping_to_toml(t.mapping)
            for t in taken
            if t.mapping
        ),
    )
    for status, n in (("flagged", found.flagged), ("quarantined", found.quarantined)):
        listed = {(p.sheet, p.row) for p in found.rows if p.status == status}
        assert len(listed) == n, f"{len(listed)} rows are listed as {status}, {n} were counted"
    return found


def _columns(one: Taken) -> list[Column]:
    """Return what each column of a table was taken for."""
    roles: dict[str, Column] = {}
    filled = [0] * len(one.table.columns)
    for _, cells in one.table.rows:
        for place, cell in enumerate(cells):
            filled[place] += bool(cell.strip())
    n_filled = dict(zip(one.table.columns, filled, strict=True))
    sheet = one.table.sheet

    def put(column: str, role: str, property: str = "", unit: str = "") -> None:
        if column and column not in roles:
            roles[column] = Column(
                sheet=sheet,
                column=column,
                role=role,
                property=property,
                unit=unit,
                n_filled=n_filled[column],
            )

    if one.mapping is not None:
        for value in one.mapping.values:
            stated = value.property or f"as {value.property_column} says"
            unit = value.unit or f"as {value.unit_column or 'the cell'} says"
            put(value.column, "value", stated, f"{unit}, kept as p" if value.as_p else unit)
            put(value.property_column, "property")
            put(value.unit_column, "unit")
            put(value.relation_column, "relation")
            for further in value.replicate_columns:
                put(further, "replicate", stated, unit)
            put(value.spread_column, f"spread {value.spread_kind}".strip(), stated)
            put(value.n_column, "number of runs", stated)
        for part in one.mapping.parts:
            put(part, "part of the structure")
        for condition in one.mapping.conditions:
            put(condition, "condition of the assay")
        for role in ROLES:
            put(getattr(one.mapping, role), role.replace("_", " "))
    for column in one.table.columns:
        put(column, "not read")
    return [roles[column] for column in one.table.columns]


KEPT = (BLANK, CLASH)
"""How reasons begin of rows that gave no value, and yet a candidate: flagged, not quarantined."""

ROLES = (
    "candidate_id", "structure", "name", "made", "sample", "assay", "assay_version", "species",
    "cell_line", "target", "status", "plate", "well", "measured_at", "measured_by", "order",
)  # fmt: skip


def _places(intake: Intake) -> tuple[Place, ...]:
    """Return every row that is not simply loaded: in file order, each cell to blame once."""
    measured = {(m.source_sheet, m.source_row) for m in intake.measurements}
    places = [
        _place(q, (q.sheet, q.row) in measured or q.reason.startswith(KEPT))
        for q in intake.quarantine
    ]
    listed = {(p.sheet, p.row) for p in places}
    doubted = {
        (m.source_sheet, m.source_row): m.status_reason
        for m in intake.measurements
        if m.status == "flagged"
    }
    places += [
        Place(
            sheet=sheet,
            row=row,
            column="",
            status="flagged",
            value="",
            what=reason,
            remedy="Look at the row, then correct it or leave it out.",
        )
        for (sheet, row), reason in doubted.items()
        if (sheet, row) not in listed
    ]
    return tuple(sorted(places, key=lambda p: (p.sheet, p.row)))


def _place(q: Quarantined, is_used: bool) -> Place:
    return Place(
        sheet=q.sheet,
        row=q.row,
        column=q.column,
        status="flagged" if is_used else "quarantined",
        value=q.value,
        what=q.reason,
        remedy=q.remedy,
    )


def _profiles(measurements: Sequence[Measurement]) -> tuple[Profile, ...]:
    """Return one profile for each property, unit and assay."""
    groups: dict[tuple[str, str, str], list[Measurement]] = defaultdict(list)
    for m in measurements:
        assay = "@".join(filter(None, (m.assay_id, m.assay_version)))
        groups[m.standard_type, m.standard_units, assay].append(m)
    return tuple(_profile(key, rows) for key, rows in groups.items())


def _profile(key: tuple[str, str, str], rows: Sequence[Measurement]) -> Profile:
    exact = [m for m in rows if m.standard_value is not None and m.standard_relation in "=~"]
    values = np.array([m.standard_value for m in exact], float)
    is_log = bool(len(values) and values.min() > 0 and values.max() >= 100 * values.min())
    scale = np.log10(values) if is_log else values
    counts = np.histogram(scale, bins=N_BINS)[0] if len(values) else np.zeros(0, int)
    by_candidate: dict[str, list[float]] = defaultdict(list)
    for m in exact:
        if m.standard_value is not None:
            by_candidate[m.subject].append(m.standard_value)
    return Profile(
        property=key[0],
        unit=key[1],
        assay=key[2],
        n=len(rows),
        n_candidates=len({m.subject for m in rows}),
        n_censored=sum(m.standard_relation in {"<", ">", "<=", ">="} for m in rows),
        n_without_number=sum(m.standard_value is None for m in rows),
        low=float(values.min()) if len(values) else None,
        median=float(np.median(values)) if len(values) else None,
        high=float(values.max()) if len(values) else None,
        histogram=tuple(int(c) for c in counts),
        is_log=is_log,
        replicate_sd=_sd(exact, key),
        n_far_apart=sum(_are_far_apart(v, key) for v in by_candidate.values()),
    )


def _sd(exact: Sequence[Measurement], key: tuple[str, str, str]) -> float | None:
    sd = replicate_std(exact, key[0], unit=key[1])
    return None if math.isnan(sd) else sd


def _are_far_apart(values: Sequence[float], key: tuple[str, str, str]) -> bool:
    """Return whether values of one candidate differ by 100x: by 2 on a p-scale."""
    if key[0].startswith("p") and key[1] == "1":
        return max(values) - min(values) >= math.log10(UNIT_MIX)
    return bool(min(values) > 0 and max(values) >= UNIT_MIX * min(values))
