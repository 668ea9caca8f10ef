# SPDX-License-Identifier: Apache-2.0
"""Order and collect: what goes out to a lab, and what comes home from anywhere.

Every file goes through one door, ``take_file``: the first data of a campaign, the results of a
lab, a correction from a colleague. The same bytes a second time add nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import PurePath

from loopwright.core.errors import DataError, MismatchError
from loopwright.core.ports import Reader
from loopwright.core.values import Measurement, Order, Quarantined, RawFile, RawTable
from loopwright.data.guess import guess
from loopwright.data.intake import Intake, take_in
from loopwright.data.mapping import ColumnMapping, mapping_from_toml, mapping_to_toml
from loopwright.data.tables import (
    write_candidates,
    write_measurements,
    write_quarantine,
)
from loopwright.loop.facts import Ingested, Ordered
from loopwright.loop.record import Record
from loopwright.loop.view import View
from loopwright.registry import build, names

__all__ = ["collect", "order_of", "read_table", "release", "take_file"]

SAMPLE_ROWS = 200
"""Rows that a guess of the columns' meaning looks at."""


def release(view: View) -> Ordered:
    """Return the order of the open batch; nothing is handed over before it is a fact."""
    batch = view.state.proposal
    assert batch is not None, "only an open batch can be released"
    return Ordered(
        order_id=f"{view.spec.name}-{batch.cycle:03d}-{len(view.state.orders):03d}",
        cycle=batch.cycle,
        candidates=batch.candidates,
        cost=view.spec.cost * len(batch.candidates),
    )


def order_of(view: View, ordered: Ordered) -> Order:
    """Return the order as the lab sees it."""
    return Order(
        id=ordered.order_id,
        candidates=tuple(view.named(ordered.candidates)),
        properties=(view.spec.goal.property,),
        unit=view.spec.goal.unit,
    )


def collect(view: View, record: Record, ordered: Ordered) -> Ingested | None:
    """Tell the lab, ask it, and take in the first file that is new; None while nothing is there.

    One file at a time: the next one is read in the light of this one, as it would be after a
    crash between the two, and of two files with the same bytes the second is not new. A file
    that cannot be read at all is kept and quarantined whole, so that it neither stops the run
    nor vanishes.
    """
    order = order_of(view, ordered)
    view.tools.lab.submit(order)
    record.watch("after hand-over")
    seen = {f.source_sha256 for f in view.state.files}
    file = next((f for f in view.tools.lab.collect(order) if _sha256(f) not in seen), None)
    if file is None:
        return None
    try:
        return take_file(view, record, file)
    except (DataError, MismatchError) as ex:
        return _set_aside(view, record, file, ex)


def take_file(
    view: View, record: Record, file: RawFile, *, mapping: ColumnMapping | None = None
) -> Ingested:
    """Read a file, keep it and all that was made of it; return what became of it.

    Args:
        view: The campaign; its candidates may be named by the file.
        record: Keeps the artefacts.
        file: Any file that a reader knows.
        mapping: What the columns mean; without it, what was used for the same columns
            before, or else a guess.

    Raises:
        DataError: No reader knows the file, it is empty, or its columns make no sense.
    """
    reader_name, table = read_table(file)
    used = mapping or _remembered(view, record, table) or _guessed(view, table)
    intake = take_in(
        file,
        table,
        used,
        view.spec.modality.name,
        view.tools.modality,
        campaign=record.campaign,
        known=view.by_name(),
    )
    return _kept(view, record, file, reader_name, table=table, mapping=used, intake=intake)


def read_table(file: RawFile) -> tuple[str, RawTable]:
    """Return the name of the reader that knows this file's ending, and the table it read.

    Raises:
        DataError: No reader knows the ending, or the reader refuses the file.
    """
    endings: dict[str, str] = {}
    name = file.name.lower()
    for reader_name in names("readers"):
        reader: Reader = build("readers", reader_name, {})
        endings.update(dict.fromkeys(reader.suffixes, reader_name))
        if name.endswith(reader.suffixes):
            return reader_name, reader.read(file)
    raise DataError(
        f"No reader knows the ending {PurePath(file.name).suffix!r}",
        where=file.name,
        remedy=f"Save it as one of: {', '.join(sorted(endings))}.",
    )


def _remembered(view: View, record: Record, table: RawTable) -> ColumnMapping | None:
    """Return the mapping of the last file that had the same columns."""
    for file in reversed(view.state.files):
        if file.columns == table.columns and file.columns:
            return mapping_from_toml(record.store.get(file.mapping_sha256).decode())
    return None


def _guessed(view: View, table: RawTable) -> ColumnMapping:
    rows = [cells for _, cells in zip(range(SAMPLE_ROWS), (c for _, c in table), strict=False)]
    return guess(table.columns, rows, properties=(view.spec.goal.property,), needs_values=False)


def _kept(
    view: View,
    record: Record,
    file: RawFile,
    reader_name: str,
    *,
    table: RawTable,
    mapping: ColumnMapping,
    intake: Intake,
) -> Ingested:
    """Put file, mapping and tables into the store; say which orders this file answers."""
    told = _told(view, mapping, intake.measurements)
    outstanding = set(view.state.outstanding)
    ever = {c for o in view.state.orders for c in o.candidates}
    return Ingested(
        file=PurePath(file.name).name,
        reader=reader_name,
        source_sha256=record.put(file.content),
        columns=table.columns,
        mapping_sha256=record.put(mapping_to_toml(mapping).encode()),
        measurements_sha256=record.put(write_measurements(intake.measurements)),
        candidates_sha256=record.put(write_candidates(intake.candidates)),
        quarantine_sha256=record.put(write_quarantine(intake.quarantine)),
        n_rows=intake.n_rows,
        n_loaded=intake.n_loaded,
        n_flagged=intake.n_flagged,
        n_quarantined=intake.n_quarantined,
        answered=tuple(c for c in view.state.outstanding if c in told & outstanding),
        unexpected=tuple(sorted(told - ever)) if ever else (),
    )


def _told(
    view: View, mapping: ColumnMapping, measurements: Iterable[Measurement]
) -> frozenset[str]:
    """Return the candidates that these rows speak of: what was measured and what was asked for."""
    named = view.by_name()
    found = set()
    for m in measurements:
        found.add(m.candidate_id)
        cells = json.loads(m.raw)
        if not mapping.made or not cells.get(mapping.made, "").strip():
            continue
        for column in (mapping.candidate_id, mapping.name):
            asked = named.get(cells.get(column, "").strip()) if column else None
            if asked is not None:
                found.add(asked.id)
        if drawn := cells.get(mapping.structure, "").strip():
            found.add(view.tools.modality.parse(drawn).id)
    return frozenset(found)


def _set_aside(
    view: View, record: Record, file: RawFile, ex: DataError | MismatchError
) -> Ingested:
    """Keep a file that cannot be read, with the reason, as one quarantined row."""
    whole = Quarantined(row=0, column="", value="", reason=ex.what, remedy=ex.remedy)
    intake = Intake(
        measurements=(),
        candidates=(),
        quarantine=(whole,),
        n_rows=1,
        n_loaded=0,
        n_flagged=0,
        n_quarantined=1,
    )
    mapping = ColumnMapping(candidate_id="candidate_id")
    table = RawTable(columns=(), rows=())
    return _kept(view, record, file, "none", table=table, mapping=mapping, intake=intake)


def _sha256(file: RawFile) -> str:
    return hashlib.sha256(file.content).hexdigest()
