# SPDX-License-Identifier: Apache-2.0
"""What a file holds, as ``check`` prints it, writes it as JSON and draws it as a page.

A value only: knows neither who found it nor who shows it.
"""

from __future__ import annotations

from attrs import frozen

from loopwright.data.collisions import Collision
from loopwright.data.concerns import MATTER, Concern
from loopwright.data.intake import BLANK
from loopwright.data.profile import Profile
from loopwright.data.survey import Column, Place

__all__ = ["Checked"]


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
    collisions: tuple[Collision, ...]
    """Rows that meet though their structures or names differ; nothing was merged in silence."""

    standardiser: str
    """What read the structures, with its version; blank if the modality does not say."""

    concerns: tuple[Concern, ...]
    """What a person should look at, the most serious first."""

    mapping: str
    """How the columns were read, as TOML; edit it and give it with ``--mapping``."""

    @property
    def has_faults(self) -> bool:
        """Whether something in the file could not be used; a blank value is no fault."""
        is_other = any(concern.kind == MATTER for concern in self.concerns)
        return is_other or any(place.what != BLANK for place in self.rows)
