# SPDX-License-Identifier: Apache-2.0
"""What a file holds, before anybody takes it in: needs no workspace and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from attrs import evolve, frozen

from loopwright.api.files import read_file, read_mapping
from loopwright.api.modality import modality_of
from loopwright.core.ports import Modality
from loopwright.core.values import Candidate, Quarantined, RawFile, RawTable
from loopwright.data.checked import Checked
from loopwright.data.collisions import Collision
from loopwright.data.concerns import MATTER, Concern
from loopwright.data.intake import BLANK, Intake
from loopwright.data.mapping import ColumnMapping, mapping_to_toml
from loopwright.data.mappings import Mappings
from loopwright.data.profile import Profile
from loopwright.data.survey import Column, Place, survey
from loopwright.data.whose import CLASH, DOUBTFUL, Register
from loopwright.loop.tabling import (
    Taken,
    collisions_of,
    guessed,
    read_tables,
    standardiser_of,
    take_tables,
)
from loopwright.loop.written import AS_PROTEINS, MOLECULES, PROTEINS, chained_in, proteins_told
from loopwright.registry import build
from loopwright.spec.campaign import Choice

__all__ = [
    "Checked",
    "Column",
    "Looked",
    "Place",
    "Profile",
    "check",
    "describe",
    "look_at",
    "looked_at",
]

N_SAMPLES, SAMPLE_LENGTH = 3, 60


@frozen(kw_only=True)
class Looked:
    """What a file holds, and what is needed to draw it."""

    found: Checked
    candidates: Sequence[Candidate]
    modality: Modality


def check(
    path: Path | str,
    *,
    mapping: Path | None = None,
    modality: str = "molecules",
    sequence: str = "",
    parent: str = "",
    first_position: int = 1,
) -> Checked:
    """Return what became of every row of a file, and what its values look like.

    Args:
        path: Any file that a reader knows.
        mapping: What the columns mean; guessed if not given.
        modality: Kind of matter; of proteins, two columns of chains say how these are called.
        sequence: Of proteins, their column; of chains several with commas between them; guessed
            if blank.
        parent: Of proteins, the sequence that mutations are counted from.
        first_position: The number of its first residue.

    Raises:
        DataError: The file cannot be read, or no table of it names a candidate.
        SpecError: There is no such modality, or the parent is none.
    """
    return look_at(
        path,
        mapping=mapping,
        modality=modality,
        sequence=sequence,
        parent=parent,
        first_position=first_position,
    ).found


def look_at(
    path: Path | str,
    *,
    mapping: Path | None = None,
    modality: str = "molecules",
    sequence: str = "",
    parent: str = "",
    first_position: int = 1,
) -> Looked:
    """Return what ``check`` does, with the candidates; arguments and errors are the same."""
    file = read_file(path)
    given = read_mapping(mapping) if mapping else None
    choice = Choice(name=modality)
    if parent or first_position != 1:
        choice = modality_of(modality, parent, first_position=first_position)
    if modality == PROTEINS and given is None:
        choice = chained_in(read_tables(file), choice, sequence)
    matter: Modality = build("modalities", choice.name, choice.options)
    taken, intake = _taken(file, given, choice.name, matter, sequence)
    met = collisions_of(taken, intake, matter, known={})
    found = describe(file.name, taken, intake, matter, collisions=met)
    if modality == MOLECULES:
        found = evolve(found, concerns=(*_of_other_matter(taken), *found.concerns))
    return Looked(found=found, candidates=intake.candidates, modality=matter)


def describe(
    file: str,
    taken: Sequence[Taken],
    intake: Intake,
    matter: Modality,
    *,
    collisions: tuple[Collision, ...],
) -> Checked:
    """Return what a file holds.

    Args:
        file: Its name.
        taken: Its tables.
        intake: What became of their rows.
        matter: Read its structures.
        collisions: Its rows that meet.
    """
    told = survey(intake.measurements, intake.candidates, matter)
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
            f"{t.table.sheet}{f' row {number}' * bool(number)}: {text}".strip(": ")
            for t in taken
            for number, text in t.table.notes
        ),
        profiles=told.profiles,
        concerns=told.concerns,
        collisions=collisions,
        standardiser=standardiser_of(matter),
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


def _of_other_matter(taken: Sequence[Taken]) -> Iterator[Concern]:
    """Yield what is to be said of tables that hold proteins where molecules were looked for."""
    for one in taken:
        is_drawn = one.mapping is not None and (one.mapping.structure or one.mapping.parts)
        if not is_drawn and (found := proteins_told(one.table)):
            sheet = f"{one.table.sheet}: " if one.table.sheet else ""
            what = f"{sheet}no column holds structures of molecules; {found}"
            yield Concern(level="serious", kind=MATTER, what=what, remedy=AS_PROTEINS, assays=())


def looked_at(
    file: RawFile, *, mapping: Mappings | None = None, modality: str = "molecules"
) -> tuple[tuple[Taken, ...], Intake]:
    """Return the tables of a file and what becomes of their rows where nobody can be asked.

    Args:
        file: Any file that a reader knows.
        mapping: What the columns mean; guessed if not given.
        modality: Kind of matter.

    Raises:
        DataError: The file cannot be read, or no table of it names a candidate.
    """
    return _taken(file, mapping, modality, build("modalities", modality, {}))


def _taken(
    file: RawFile, mapping: Mappings | None, modality: str, matter: Modality, sequence: str = ""
) -> tuple[tuple[Taken, ...], Intake]:
    """Return the tables of a file, and their rows as a modality reads them."""

    def meaning(table: RawTable) -> ColumnMapping:
        given = mapping.of(table.sheet) if mapping else None
        return given or guessed(table, modality=modality, asked=sequence)

    return take_tables(
        file, meaning, modality, matter, campaign="check", register=Register(is_open=True)
    )


def _columns(one: Taken) -> list[Column]:
    """Return what each column of a table was taken for."""
    roles: dict[str, Column] = {}
    filled, samples = _contents(one.table)
    places = {column: i for i, column in enumerate(one.table.columns)}
    sheet = one.table.sheet

    def put(column: str, role: str, property: str = "", unit: str = "") -> None:
        if column and column not in roles:
            roles[column] = Column(
                sheet=sheet,
                column=column,
                role=role,
                property=property,
                unit=unit,
                n_filled=filled[places[column]],
                samples=tuple(samples[places[column]]),
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
            for end, name in zip(("lower", "upper"), value.interval_columns, strict=False):
                put(name, f"{end} end, {value.spread_kind or 'interval'}", stated)
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


def _contents(table: RawTable) -> tuple[list[int], list[dict[str, None]]]:
    """Return how many cells of each column say something, and the first few that differ."""
    filled = [0] * len(table.columns)
    samples: list[dict[str, None]] = [{} for _ in table.columns]
    for _, cells in table.rows:
        for place, cell in enumerate(cells):
            if text := cell.strip():
                filled[place] += 1
                if len(samples[place]) < N_SAMPLES:
                    samples[place][text[:SAMPLE_LENGTH]] = None
    return filled, samples


KEPT = (BLANK, CLASH, DOUBTFUL)
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
