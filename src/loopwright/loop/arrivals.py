# SPDX-License-Identifier: Apache-2.0
"""What is odd about a file that has come: orders that nobody gave, rows that came before.

Neither is taken in silence: the one is flagged by name, the other is for a person to say.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Sequence

from attrs import evolve

from loopwright.core.errors import DataError
from loopwright.core.values import Measurement, Quarantined, RawFile
from loopwright.data.cells import cell_of
from loopwright.data.intake import Intake
from loopwright.data.text import fault
from loopwright.loop.tabling import Taken
from loopwright.loop.view import View

__all__ = ["demand_no_copy", "doubt_orders"]

FEWEST = 3
"""Equal rows from which on a file is held for a copy of an earlier one; fewer may be chance."""

NO_ORDER = "no order is called "
"""How the reason of a row begins that answers an order which this campaign never gave."""


def doubt_orders(intake: Intake, taken: Sequence[Taken], orders: Collection[str]) -> Intake:
    """Flag every row that answers an order which does not exist.

    Args:
        intake: What became of the file.
        taken: Its tables; their mappings name the column of the order.
        orders: Ids of all orders so far; while there is none, nothing is flagged.
    """
    columns = {t.table.sheet: t.mapping.order for t in taken if t.mapping and t.mapping.order}
    if not columns or not orders:
        return intake
    strange: dict[tuple[str, int], str] = {}
    for m in intake.measurements:
        stated = cell_of(json.loads(m.raw), columns.get(m.source_sheet, ""))
        if stated and stated not in orders:
            strange[m.source_sheet, m.source_row] = stated
    if not strange:
        return intake
    doubted = {(m.source_sheet, m.source_row) for m in intake.measurements if m.status == "flagged"}
    doubted |= {(q.sheet, q.row) for q in intake.quarantine}
    n_new = len(strange.keys() - doubted)
    places = [_strange(place, columns[place[0]], said) for place, said in strange.items()]
    rank = {t.table.sheet: i for i, t in enumerate(taken)}
    return evolve(
        intake,
        measurements=tuple(
            _flagged(m, strange.get((m.source_sheet, m.source_row), ""))
            for m in intake.measurements
        ),
        quarantine=tuple(
            sorted((*intake.quarantine, *places), key=lambda q: (rank[q.sheet], q.row))
        ),
        n_loaded=intake.n_loaded - n_new,
        n_flagged=intake.n_flagged + n_new,
    )


def demand_no_copy(view: View, file: RawFile, measurements: Sequence[Measurement]) -> None:
    """Refuse a file most rows of which came before, in one earlier file.

    Rows are equal if all their cells are, under the same column names. They would count as
    replicates, although nobody has measured anything twice.

    Raises:
        DataError: At least half of the rows of this file, or of the earlier one, are equal.
    """
    if not view.state.files:
        return
    mine = Counter(m.raw for m in measurements if m.standard_value is not None)
    if sum(mine.values()) < FEWEST:
        return
    equal: Counter[str] = Counter()
    n_rows: Counter[str] = Counter()
    left: dict[str, Counter[str]] = {}
    for m in view.measurements:
        if m.standard_value is None or m.supersedes:
            continue
        source = m.source_sha256
        n_rows[source] += 1
        rest = left.setdefault(source, mine.copy())
        if rest[m.raw] > 0:
            rest[m.raw] -= 1
            equal[source] += 1
    n_mine = sum(mine.values())
    for source, n in equal.most_common(1):
        if n >= FEWEST and 2 * n >= min(n_mine, n_rows[source]):
            earlier = next(f.file for f in view.state.files if f.source_sha256 == source)
            raise _copy(file.name, earlier, n, n_mine)


def _copy(name: str, earlier: str, n: int, n_mine: int) -> DataError:
    new = " and nothing else" if n == n_mine else ""
    return DataError(
        f"{n} of {n_mine} values{new} came before, in {earlier}: they would count twice",
        where=name,
        remedy=f"If it corrects or extends that file: `loopwright ingest {name} --replaces "
        f"{earlier} --reason ...`. If the same values were really measured again: `--also "
        "--reason ...`.",
    )


def _flagged(m: Measurement, order: str) -> Measurement:
    """Return a measurement of an order that does not exist; what is excluded stays so."""
    if not order:
        return m
    reason = "; ".join(r for r in (m.status_reason, f"{NO_ORDER}{order[:80]!r}") if r)
    status = "flagged" if m.status == "valid" else m.status
    return evolve(m, status=status, status_reason=reason)


def _strange(place: tuple[str, int], column: str, said: str) -> Quarantined:
    return fault(
        place[1],
        said,
        f"{NO_ORDER}{said[:80]!r}",
        "Find out what it answers; then accept the value, or correct the order.",
        column=column,
        sheet=place[0],
    )
