# SPDX-License-Identifier: Apache-2.0
"""What became of every row of plain files; the parts add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from attrs import evolve, frozen

from loopwright.core.values import Quarantined
from loopwright.data.intake import BLANK, Intake
from loopwright.data.seen import LOOKS
from loopwright.data.where import NO_NUMBER
from loopwright.loop.plain import Chosen

__all__ = ["Rows", "has_faults", "pool_rows", "value_rows"]


@frozen(kw_only=True)
class Rows:
    """What became of the rows of a file; the parts add up."""

    file: str
    n_rows: int
    n_used: int
    """Of the pool, offered; of what is measured, learned from."""

    n_left_out: int
    n_passed_over: int
    """Of a pool of more than 50,000: looked at in passing, and not promising enough to be read."""

    why: dict[str, int]
    """Reason -> rows left out for it, the commonest first."""

    left_out: tuple[Quarantined, ...]
    """Each row left out, with its reason and remedy; of a file that is read row by row because it
    is too large to be held, the first thousand of each reason."""


def has_faults(chosen: Chosen) -> bool:
    """Return whether a row of any file could not be used, though it has something to say."""
    related = chosen.related.quarantine if chosen.related else ()
    return (
        bool(chosen.pool.left_out)
        or any(q.reason.startswith(NO_NUMBER) for q in chosen.sifted.barred)
        or any(q.reason != BLANK for q in (*chosen.measured.quarantine, *related))
    )


_TOLD = {
    "measured": ("it is measured already", "Nothing to do."),
    "failed": (
        "it failed before",
        "Nothing to do; take its row out of the measured file to retry.",
    ),
    "unclear": (
        "it came back with something that is no value",
        "Write the value, or leave it blank and write failed in a status column.",
    ),
    "repeated": ("an earlier row is the same candidate", "Nothing to do."),
}


def pool_rows(file: str, chosen: Chosen) -> Rows:
    """Return what became of the pool: offered, or told why not."""
    twins = [
        Quarantined(row=r.row, column="", value=r.candidate.text[:200], reason=why, remedy=remedy)
        for r in chosen.pool.rows
        if r.fate != "offered"
        for why, remedy in (_TOLD[r.fate],)
    ]
    out = [*chosen.pool.left_out, *chosen.sifted.barred, *twins]
    return _rows(
        file,
        len(chosen.pool.rows) - len(twins),
        sorted(out, key=lambda q: q.row),
        unlisted=chosen.sifted.unlisted,
        n_passed_over=chosen.sifted.n_passed_over,
    )


def value_rows(file: str, intake: Intake) -> Rows:
    """Return what became of the rows of a file of values: learned from, or told why not."""
    used = {m.source_row for m in intake.measurements if m.status == "valid"}
    told: dict[int, Quarantined] = {}
    for q in intake.quarantine:
        if q.row not in used:
            told.setdefault(q.row, _asked_of_a_file(q))
    for m in intake.measurements:
        if m.source_row not in used and m.source_row not in told:
            told[m.source_row] = Quarantined(
                row=m.source_row,
                column="",
                value=m.raw[:200],
                reason=m.status_reason or m.status,
                remedy="Correct the row, and give the file again.",
            )
    return _rows(file, intake.n_rows - len(told), [told[r] for r in sorted(told)])


def _asked_of_a_file(row: Quarantined) -> Quarantined:
    """Return a row with a remedy that needs no workspace."""
    if not row.reason.startswith(LOOKS):
        return row
    return evolve(row, remedy="Correct the row; or learn from it as it is, with --as-written.")


def _rows(
    file: str,
    n_used: int,
    left_out: Sequence[Quarantined],
    *,
    unlisted: Mapping[str, int] = MappingProxyType({}),
    n_passed_over: int = 0,
) -> Rows:
    why = Counter(q.reason for q in left_out)
    why.update(unlisted)
    return Rows(
        file=file,
        n_rows=n_used + why.total() + n_passed_over,
        n_used=n_used,
        n_left_out=why.total(),
        n_passed_over=n_passed_over,
        why=dict(why.most_common()),
        left_out=tuple(left_out),
    )
