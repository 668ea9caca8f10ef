# SPDX-License-Identifier: Apache-2.0
"""A survey of what a file holds: a profile of each assay, and what a person should look at.

Changes nothing and refuses nothing. Whose values they are was decided at the intake.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve, frozen

from loopwright.core.ports import Modality
from loopwright.core.values import Candidate, Measurement
from loopwright.data.cliffs import Compared, compare
from loopwright.data.concerns import Concern, concerns
from loopwright.data.dates import read_dates
from loopwright.data.profile import Profile, profile, series

__all__ = ["Column", "Place", "Survey", "survey"]


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
    samples: tuple[str, ...] = ()
    """Its first three different cells, each cut at 60 characters."""


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
class Survey:
    """What the values of a file look like."""

    profiles: tuple[Profile, ...]
    """One for each property, unit and assay, in order of appearance."""

    concerns: tuple[Concern, ...]
    """The most serious first."""


def survey(
    measurements: Sequence[Measurement], candidates: Sequence[Candidate], modality: Modality
) -> Survey:
    """Return a profile of each assay, and what a person should look at.

    Args:
        measurements: Of one file, in its order.
        candidates: Those that they name by their ids.
        modality: Describes them, so that like candidates can be compared.
    """
    parts = series(measurements)
    dates = read_dates(m.measured_at for m in measurements)
    plain = [profile(part, dates) for part in parts]
    cliffs = compare(
        [
            Compared(
                rows=part.rows,
                at=part.at,
                back=part.back,
                is_log=part.scale != "linear",
                noise=found.noise,
            )
            for part, found in zip(parts, plain, strict=True)
        ],
        candidates,
        modality,
    )
    found = tuple(evolve(p, cliffs=c) for p, c in zip(plain, cliffs, strict=True))
    return Survey(profiles=found, concerns=concerns(found, dates))
