# SPDX-License-Identifier: Apache-2.0
"""What could not be used: to look at, as a table to fill in, and to be read once more."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from loopwright.api.answers import Intaken
from loopwright.api.taking import anew, file_called, intaken, label
from loopwright.api.workspace import Workspace
from loopwright.core.errors import DataError
from loopwright.core.values import Quarantined
from loopwright.data.intake import BLANK
from loopwright.data.tables import quarantine_csv, read_quarantine
from loopwright.loop.facts import Ingested
from loopwright.loop.mending import DROPPED, Again, read_mends
from loopwright.loop.record import Record
from loopwright.loop.run import Campaign

__all__ = ["Parked", "Quarantine", "quarantine", "retry", "write_quarantine_csv"]


@frozen(kw_only=True)
class Parked:
    """A place that was not used."""

    file: str
    sheet: str
    row: int
    column: str
    value: str
    reason: str
    remedy: str


@frozen(kw_only=True)
class Quarantine:
    """All that waits for a person; ``rows_in = loaded + flagged + quarantined``."""

    rows_in: int
    loaded: int
    flagged: int
    quarantined: int
    n_dropped: int
    """Quarantined rows that a person has dropped; they ask for nothing more."""

    n_blank: int
    """Flagged rows that name a candidate without a value; no fault."""

    rows: tuple[Parked, ...]
    """Every other place, file by file; of a flagged row, the part that was not used."""


# ---- to look
def quarantine(workspace: Workspace, *, file: str = "") -> Quarantine:
    """Return what was not used, of the present reading of every file.

    Args:
        workspace: Where.
        file: Name or digest of one file; all if blank.

    Raises:
        DataError: No file is called so.
    """
    record = workspace.reading().record
    state = record.state
    files = (file_called(state, file),) if file else state.files
    places = [(label(state, f), q) for f in files for q in _places(record, f)]
    return Quarantine(
        rows_in=sum(f.n_rows for f in files),
        loaded=sum(f.n_loaded for f in files),
        flagged=sum(f.n_flagged for f in files),
        quarantined=sum(f.n_quarantined for f in files),
        n_dropped=sum(q.reason.startswith(DROPPED) for _, q in places),
        n_blank=sum(q.reason == BLANK for _, q in places),
        rows=tuple(
            Parked(
                file=name,
                sheet=q.sheet,
                row=q.row,
                column=q.column,
                value=q.value,
                reason=q.reason,
                remedy=q.remedy,
            )
            for name, q in places
            if not q.reason.startswith((BLANK, DROPPED))
        ),
    )


def write_quarantine_csv(found: Quarantine, path: Path) -> Path:
    """Write places with two empty columns, ``corrected`` and ``drop``, for ``fix_from``."""
    places = [
        (
            p.file,
            Quarantined(
                sheet=p.sheet,
                row=p.row,
                column=p.column,
                value=p.value,
                reason=p.reason,
                remedy=p.remedy,
            ),
        )
        for p in found.rows
    ]
    path.write_text(quarantine_csv(places), encoding="utf-8")
    return path


def retry(workspace: Workspace, *, reason: str = "") -> tuple[Intaken, ...]:
    """Read every file again that has quarantined rows, under what is known by now.

    Names may be known that were not, and the meaning of columns may have been said with a later
    file. A file of which nothing changes is left as it is.

    Returns:
        One answer for each file with quarantined rows.
    """
    with workspace.writing() as campaign:
        parked = [f for f in campaign.record.state.files if f.n_quarantined]
        return tuple(_retried(campaign, f, reason) for f in parked)


# ---- behind them
def _retried(campaign: Campaign, file: Ingested, reason: str) -> Intaken:
    try:
        return anew(
            campaign,
            [file],
            Again(
                mends=read_mends(campaign.record, file),
                keeps_mapping=False,
                may_repeat=bool(file.sheets),
            ),
            needs_change=True,
            reason=reason or "read again under what is known by now",
        )
    except DataError:
        # It was set aside whole because it cannot be read, and it still cannot: its reason stands.
        if file.sheets:
            raise
        return intaken(campaign, file, is_new=False)


def _places(record: Record, file: Ingested) -> Sequence[Quarantined]:
    return read_quarantine(record.store.get(file.quarantine_sha256))
