# SPDX-License-Identifier: Apache-2.0
"""What a file in the workspace holds, told as ``check`` tells it of a file outside; for scripts."""

from __future__ import annotations

from typing import Any

import cattrs

from loopwright.api.answers import Intaken
from loopwright.api.check import Checked, describe
from loopwright.api.taking import read_collisions
from loopwright.api.workspace import Workspace
from loopwright.core.ports import Modality
from loopwright.core.values import RawFile
from loopwright.data.intake import Intake
from loopwright.data.mapping import mapping_from_toml
from loopwright.data.tables import read_candidates, read_measurements, read_quarantine
from loopwright.loop.facts import Ingested
from loopwright.loop.mending import apply_mends, read_mends
from loopwright.loop.record import Record
from loopwright.loop.tabling import Taken, read_tables

__all__ = ["in_full"]


def in_full(workspace: Workspace, found: Intaken) -> dict[str, Any]:
    """Return what became of a file as plain values: the keys of ``check``, and what is new.

    Args:
        workspace: Where it was taken in.
        found: What taking it in has answered.

    Returns:
        The fields of ``Checked``; of ``found`` whether it is new, what it answers and leaves out,
        what it replaces and changes, and its plates; and ``digests`` of all that was kept.
    """
    campaign = workspace.reading()
    record = campaign.record
    event = next(f for f in record.state.files if f.source_sha256 == found.source_sha256)
    told: dict[str, Any] = cattrs.unstructure(_described(record, event, campaign.tools.modality))
    more = (
        "is_new",
        "mapping_names",
        "how",
        "answered",
        "n_by_order",
        "unexpected",
        "outstanding",
        "screened",
        "screens_out",
        "assays_out",
        "tenfold",
        "other",
        "replaces",
        "changes",
        "plates",
    )
    answered: dict[str, Any] = cattrs.unstructure(found)
    return {**told, **{key: answered[key] for key in more}, "digests": _digests(event)}


def _described(record: Record, event: Ingested, matter: Modality) -> Checked:
    """Return what the present reading of a stored file holds."""
    store = record.store
    taken: list[Taken] = []
    if event.sheets:  # a file that was set aside whole has none, and cannot be read
        mends = read_mends(record, event)
        kept = {s.name: s.mapping_sha256 for s in event.sheets}
        raw = RawFile(name=event.file, content=store.get(event.source_sha256))
        for reader, table in read_tables(raw):
            digest = kept.get(table.sheet)
            mapping = mapping_from_toml(store.get(digest).decode()) if digest else None
            mended = apply_mends(table, mends)
            taken.append(Taken(reader=reader, table=mended, mapping=mapping))
    intake = Intake(
        measurements=read_measurements(store.get(event.measurements_sha256)),
        candidates=tuple(read_candidates(store.get(event.candidates_sha256))),
        quarantine=tuple(read_quarantine(store.get(event.quarantine_sha256))),
        n_rows=event.n_rows,
        n_loaded=event.n_loaded,
        n_flagged=event.n_flagged,
        n_quarantined=event.n_quarantined,
    )
    met = read_collisions(record, event)
    return describe(event.file, taken, intake, matter, collisions=met)


def _digests(event: Ingested) -> dict[str, Any]:
    return {
        "source": event.source_sha256,
        "measurements": event.measurements_sha256,
        "candidates": event.candidates_sha256,
        "quarantine": event.quarantine_sha256,
        "mends": event.mends_sha256,
        "mappings": {s.name: s.mapping_sha256 for s in event.sheets},
    }
