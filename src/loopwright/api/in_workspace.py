# SPDX-License-Identifier: Apache-2.0
"""What a property model learns from in a workspace: its measurements as they count now."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from attrs import evolve

from loopwright.api.learnable import Asked, Learnable, learnable_of
from loopwright.api.levels import are_words, with_places
from loopwright.api.workspace import Workspace
from loopwright.core.errors import DataError, SpecError
from loopwright.core.values import Candidate, Measurement, Quarantined, Task
from loopwright.data.points import usable
from loopwright.data.tables import read_candidates, read_measurements
from loopwright.data.targets import of_assays
from loopwright.data.text import fault
from loopwright.loop.record import Record
from loopwright.loop.standing import standing
from loopwright.spec.goal import Goal

__all__ = ["is_workspace", "learnables_in"]


def is_workspace(path: Path) -> bool:
    """Return whether a path is a workspace rather than a file."""
    return (path / "campaigns").is_dir()


def learnables_in(root: Path, asked: Asked) -> tuple[str, tuple[Learnable, ...]]:
    """Return what a workspace says of each property, as its people have judged it.

    Corrections, verdicts and exclusions count. Of the campaign's own goal, its assays and its
    reason to pool them hold where nothing else is asked for.

    Args:
        root: The workspace.
        asked: What is to be learned; a column of structures has no meaning here.

    Returns:
        The digest of the files it stands on, and the properties in the order asked for.

    Raises:
        DataError: A property was not measured.
        MismatchError: Values of different assays would be pooled.
        SpecError: The campaign is not of molecules, or words or weights are asked for, which
            it does not keep.
    """
    if asked.weight:
        raise SpecError(
            "A workspace has no columns; a reported mean of n runs counts as n of them",
            where="--weight",
            remedy="Leave it out, or train on the file.",
        )
    if are_words(asked.levels):
        raise SpecError(
            "A workspace keeps numbers, no words",
            where="--levels",
            remedy="Train on the file, or name levels that are whole numbers.",
        )
    campaign = Workspace(root=root).reading()
    if campaign.spec.modality.name != "molecules":
        raise SpecError(
            f"Property models are of molecules; this campaign is of {campaign.spec.modality.name}",
            where=str(root),
            remedy="Train on a workspace of molecules.",
        )
    record = campaign.record
    candidates, measured = _known(record)
    files = sorted(f.source_sha256 for f in record.state.files)
    digest = hashlib.sha256("\n".join(files).encode()).hexdigest()
    return digest, tuple(
        _learnable(name, measured, candidates, _meant(asked, name, campaign.spec.goal))
        for name in asked.properties
    )


def _known(record: Record) -> tuple[Sequence[Candidate], Sequence[Measurement]]:
    """Return candidates, and measurements as they count; a sheet is named with its file."""
    candidates: dict[str, Candidate] = {}
    said: list[Measurement] = []
    file_of: dict[str, str] = {}
    for file in record.state.files:
        for candidate in read_candidates(record.store.get(file.candidates_sha256)):
            candidates.setdefault(candidate.id, candidate)
        rows = read_measurements(record.store.get(file.measurements_sha256))
        file_of |= {m.measurement_id: file.file for m in rows}
        said += rows
    ruled = standing(record, record.state, said, lambda d: read_measurements(record.store.get(d)))
    placed = [
        evolve(m, source_sheet=f"{file_of.get(m.measurement_id, '')} {m.source_sheet}".strip())
        for m in ruled.measurements
    ]
    return tuple(candidates.values()), placed


def _meant(asked: Asked, name: str, goal: Goal) -> Asked:
    """Return what is asked for, with what the campaign's goal says of its own property."""
    if name != goal.property or asked.assays or asked.pool:
        return asked
    return evolve(asked, assays=goal.assays, pool=goal.pool_reason)


def _learnable(
    name: str, measured: Sequence[Measurement], candidates: Sequence[Candidate], asked: Asked
) -> Learnable:
    """Return one property; every measurement of it is used or told."""
    own, levels = [m for m in measured if m.standard_type == name], asked.levels
    if not own:
        there = ", ".join(sorted({repr(m.standard_type) for m in measured})) or "nothing"
        raise DataError(
            f"The workspace has no measurement of {name!r}; there is {there}",
            where="--property",
            remedy="Name a property as `loopwright assays` shows it.",
        )
    if asked.task == "ordinal":
        placed, levels = with_places(own, name, levels)
        own = list(placed)
    used = of_assays(
        [m for m in usable(own, name) if m.candidate_id], asked.assays, name, asked.pool
    )
    kept = {m.measurement_id for m in used}
    left_out = [_told(m) for m in own if m.measurement_id not in kept]
    values = {m.standard_value for m in used}
    task: Task = asked.task or ("classification" if values == {0.0, 1.0} else "regression")
    found = learnable_of(
        used, candidates, asked, name=name, task=task,
        n_rows=len({(m.source_sheet, m.source_row) for m in own}), left_out=tuple(left_out),
    )  # fmt: skip
    return evolve(found, levels=levels)


def _told(m: Measurement) -> Quarantined:
    """Return why a measurement is not used."""
    reason = m.status_reason or (
        "another assay, or replaced by a later value" if m.status == "valid" else m.status
    )
    remedy = "See `loopwright flagged` and `loopwright assays`."
    return fault(m.source_row, m.raw, reason, remedy, sheet=m.source_sheet)
