# SPDX-License-Identifier: Apache-2.0
"""A related series: what another campaign, species or cheaper assay says of a property."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from loopwright.core.errors import DataError
from loopwright.core.ports import Modality
from loopwright.core.values import Quarantined, RawFile
from loopwright.data.intake import Intake, take_in
from loopwright.data.long import widened
from loopwright.data.suspicion import looked_at
from loopwright.data.targets import targets
from loopwright.data.whose import Register
from loopwright.loop.columns import mapping_of
from loopwright.loop.series import named_in, why_so_few, with_theirs
from loopwright.loop.studied import Studied
from loopwright.loop.tabling import only_table
from loopwright.loop.written import written_in
from loopwright.registry import build
from loopwright.spec.campaign import Choice
from loopwright.spec.goal import Goal

__all__ = ["RELATED", "SCREENED", "Told", "read_related", "related_of", "studied"]

RELATED = "related"
"""Name of the model that learns on top of a related series."""

SCREENED = "screened"
"""Name of the model that learns on top of what the campaign has screened."""

LEAST = 10
"""Values without which a related series tells nothing."""


@frozen(kw_only=True, eq=False)
class Told:
    """A related series, and what became of every row of its file."""

    studied: Studied
    intake: Intake


def studied(goal: Goal, intake: Intake, file: str) -> Studied:
    """Return who has a value of a goal, and the values.

    Raises:
        DataError: Nobody has one.
    """
    ids, values = targets(
        intake.measurements, goal.property, unit=goal.unit, pool_reason="one file, one series"
    )
    if not ids:
        raise _too_few(0, goal, intake.quarantine, file)
    by_id = {c.id: c for c in intake.candidates}
    return Studied(goal=goal, candidates=[by_id[id] for id in ids], targets=values, source=file)


def read_related(
    file: RawFile, goal: Goal, choice: Choice, *, property: str = "", root: Path | None = None
) -> Studied:
    """Return what a file says of a property of a related series, as it is written.

    Args:
        file: As ``related_of`` takes it; this and the rest.
        goal: What the campaign wants.
        choice: The modality.
        property: What the file calls it.
        root: The folder that relative paths start from.

    Raises:
        DataError: The file cannot be read, has no such column, or fewer than ten values.
    """
    told = related_of(file, goal, choice, property=property, root=root, as_written=True)
    return told.studied


def related_of(
    file: RawFile,
    goal: Goal,
    choice: Choice,
    *,
    property: str = "",
    root: Path | None = None,
    as_written: bool = False,
) -> Told:
    """Return what a file says of a property of a related series, and what became of its rows.

    Args:
        file: A table of structures or sequences, or of settings, and values.
        goal: What the campaign wants; the unit may be another one here.
        choice: The modality.
        property: What the file calls it; as the goal does if blank.
        root: The folder that relative paths among the options of the modality start from.
        as_written: Whether values that look wrong are learned from as they are.

    Raises:
        DataError: The file cannot be read, has no such column, or fewer than ten values.
    """
    goal = Goal(property=property or goal.property, direction=goal.direction)
    table = widened(only_table(file), [goal.property])
    names = [p["name"] for p in choice.options.get("parameters", ())]
    mapping = mapping_of(
        table,
        properties=[goal.property],
        written=() if names else written_in(table, choice.name),
        settings=names,
    )
    modality: Modality = build("modalities", choice.name, choice.options, root=root)
    intake = take_in(
        file, table, mapping, choice.name, modality, campaign=RELATED, register=Register()
    )
    if not as_written:
        intake = looked_at(intake, table, mapping)
    (named,) = named_in(mapping, [goal], intake.measurements)
    digest = hashlib.sha256(file.content).hexdigest()[:12]
    found = studied(named, intake, f"{file.name}, sha256 {digest}")
    if len(found.candidates) < LEAST:
        raise _too_few(len(found.candidates), goal, intake.quarantine, file.name)
    return Told(studied=found, intake=intake)


def _too_few(n: int, goal: Goal, out: Sequence[Quarantined], file: str) -> DataError:
    who = "No candidate has" if not n else f"{n} candidates have"
    return DataError(
        f"{who} a value of {goal.property!r}{why_so_few(out)}",
        where=file,
        remedy=with_theirs(
            "Give measured values; check --property, --goal and --structure or --sequence.", out
        ),
    )
