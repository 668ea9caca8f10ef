# SPDX-License-Identifier: Apache-2.0
"""Values as text for people and as JSON for programs. Results on stdout, the rest on stderr."""

from __future__ import annotations

import json
import math
import os
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import cattrs
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from loopwright.core.errors import LoopwrightError
from loopwright.core.values import Quarantined

if TYPE_CHECKING:
    from loopwright.api.answers import Intaken
    from loopwright.api.check import Checked, Column, Place, Profile
    from loopwright.data.collisions import Collision
    from loopwright.loop.homecoming import PlateHome

__all__ = [
    "answer",
    "as_json",
    "checked",
    "console",
    "done",
    "error",
    "intaken",
    "not_used",
    "number",
    "table",
]

WIDEST = 1_000
"""Columns of a table that nobody looks at in a terminal."""

Found = TypeVar("Found")
"""What a command prints."""

_OUT = Console(highlight=False)
_ERR = Console(stderr=True, highlight=False)

SHOWN_ASSAYS = 4
"""Assays that ``check`` prints, the largest first."""

SHOWN = 12
"""Quarantined places that are printed; ``--json`` and the report have all."""


def console(*, is_error: bool = False) -> Console:
    """Return the console for results, or the one for everything else."""
    return _ERR if is_error else _OUT


def as_json(value: Any) -> None:
    """Print a value as one JSON object."""
    sys.stdout.write(json.dumps(_finite(cattrs.unstructure(value)), ensure_ascii=False) + "\n")


def answer(found: Found, as_text: Callable[[Found], None], *, json: bool) -> None:
    """Print what was found, as one JSON object or as text."""
    if json:
        as_json(found)
    else:
        as_text(found)


def error(ex: LoopwrightError, *, as_json: bool) -> None:
    """Print what went wrong, where, and the remedy."""
    if as_json:
        told = {"kind": type(ex).__name__, "what": ex.what, "where": ex.where, "remedy": ex.remedy}
        sys.stdout.write(json.dumps({"error": told}, ensure_ascii=False) + "\n")
    _ERR.print(Text(f"loopwright: {ex.what}", style="bold red"), soft_wrap=True)
    if ex.where:
        _ERR.print(Text(f"  where:  {ex.where}"), soft_wrap=True)
    _ERR.print(Text(f"  remedy: {ex.remedy}"), soft_wrap=True)


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, title: str = "") -> None:
    """Print a table; columns whose name starts with ``>`` are aligned to the right."""
    made = Table(
        title=Text(title) if title else None, title_justify="left", box=None, pad_edge=False
    )
    for column in columns:
        name = column.removeprefix(">")
        made.add_column(name, justify="right" if name != column else "left", overflow="fold")
    for row in rows:
        made.add_row(*(Text(cell) for cell in row))
    _as_wide_as(made).print(made)


def _as_wide_as(made: Table) -> Console:
    """Return the console for a table: into a file it goes as wide as it is."""
    if _OUT.is_terminal or "COLUMNS" in os.environ:
        return _OUT
    wide = Console(highlight=False, width=WIDEST)
    wide.width = Measurement.get(wide, wide.options, made).maximum
    return wide


def intaken(found: Intaken) -> None:
    """Print what became of a file."""
    from loopwright.data.intake import BLANK
    from loopwright.loop.mending import DROPPED

    if not found.is_new:
        _OUT.print(Text(f"{found.file}: these very bytes were read before; nothing was added"))
    if not found.is_new and found.n_quarantined:
        told = "`loopwright quarantine retry` reads them again, under the campaign file of today"
        _OUT.print(Text(told), soft_wrap=True)
    _OUT.print(
        Text(
            f"{found.file}: {found.n_rows} rows = {found.n_loaded} loaded + {found.n_flagged} "
            f"flagged + {found.n_quarantined} quarantined"
        )
    )
    if found.is_new and found.mapping:
        how = f" ({found.how})" if found.how else ""
        _OUT.print(Text(f"columns were read{how}:", style="dim"), soft_wrap=True)
        _OUT.print(Text(found.mapping.strip(), style="dim"))
    _answers(found)
    if found.unexpected:
        names = ", ".join(found.unexpected[:SHOWN])
        _OUT.print(Text(f"{len(found.unexpected)} that nobody had ordered are kept: {names}"))
    for plate in found.plates:
        _OUT.print(Text(_plate(plate)), soft_wrap=True)
    _still_out(found)
    _blank([q for q in found.quarantine if q.reason == BLANK], is_awaited=bool(found.outstanding))
    _collisions(found.collisions)
    if found.replaces:
        _OUT.print(Text(f"it took the place of {found.replaces}"))
    if found.has_faults:
        not_used([q for q in found.quarantine if not q.reason.startswith((BLANK, DROPPED))])


def done(why: str) -> None:
    """Print why a campaign has ended, and what a person may do about it."""
    _OUT.print(Text(f"done: {why}"), soft_wrap=True)
    remedy = "change `[stop]` or `budget` in the campaign file, or bring in candidates"
    _OUT.print(Text(f"to go on: {remedy}"), soft_wrap=True)


def _answers(found: Intaken) -> None:
    """Print which orders a file answers, and what answers none."""
    if found.answered:
        _OUT.print(Text(f"answers {len(found.answered)} that were on order"))
    if found.n_by_order:
        what = "values name no assay: taken to be by that of their order"
        _OUT.print(Text(f"{found.n_by_order} {what}"))
    if found.tenfold:
        told = "; ".join(found.tenfold[:SHOWN])
        what = "repeats that lie tenfold apart or more, their mean counts"
        _OUT.print(Text(f"{what}: {told}"), soft_wrap=True)
    if found.screened:
        _OUT.print(Text(f"answers {len(found.screened)} that were to be screened"))
    if not found.answered and not found.screened and found.outstanding:
        _OUT.print(Text("answers nothing that is on order"))
    if found.other:
        names = ", ".join(found.other[:SHOWN])
        _OUT.print(Text(f"readings of {names} are kept and answer no order: nobody asked for them"))


def _blank(places: Sequence[Quarantined], *, is_awaited: bool) -> None:
    """Print how many rows have no value; which cell says so, and in what word, where one does."""
    if not places:
        return
    _OUT.print(Text(f"{len(places)} of the flagged rows name a candidate without a value"))
    words: dict[tuple[str, str], list[Quarantined]] = {}
    for place in places:
        if place.value.strip():
            words.setdefault((place.column, place.value), []).append(place)
    if not words:
        return
    for (column, word), found in list(words.items())[:SHOWN]:
        rows = ", ".join(str(q.row) for q in found[:5]) + (" ..." if len(found) > 5 else "")
        told = f"no value: {len(found)} x {word[:60]!r} in {column} (row {rows})"
        _OUT.print(Text(told), soft_wrap=True)
    if is_awaited:
        _OUT.print(Text("  what was on order stays on order"))
    remedy = next(q.remedy for q in places if q.value.strip())
    _OUT.print(Text(f"  remedy: {remedy}", style="dim"), soft_wrap=True)


def _still_out(found: Intaken) -> None:
    """Print how many are still awaited, by assay and by screen where there is one."""
    n, n_screens = len(found.assays_out), len(found.screens_out)
    if n:
        _OUT.print(Text(f"{n} {'is' if n == 1 else 'are'} still on order"))
    if n_screens:
        _OUT.print(Text(f"{n_screens} {'is' if n_screens == 1 else 'are'} still to be screened"))


def _plate(found: PlateHome) -> str:
    """Return what a file said of one plate, its mismatches by name."""
    if not found.is_laid_out:
        return f"plate {found.barcode}: never laid out; {len(found.unexpected)} wells named"
    parts = [f"plate {found.barcode}: {found.n_read} of {found.n_laid} wells read"]
    for wells, words in (
        (found.missing, "missing"),
        (found.failed, "without a number"),
        (found.unexpected, "laid out empty"),
        (found.another, "laid out with another compound"),
        (found.repeated, "read before"),
    ):
        if wells:
            more = f" and {len(wells) - SHOWN} more" if len(wells) > SHOWN else ""
            parts.append(f"{len(wells)} {words} ({', '.join(wells[:SHOWN])}{more})")
    if found.z_prime is not None:
        parts.append(f"Z' {found.z_prime:.2f}")
    if found.n_values or found.n_limits or found.without:
        parts.append(f"{found.n_values} values, {found.n_limits} limits")
    if found.without:
        parts.append(f"{len(found.without)} without a result ({found.without[0]} ...)")
    if found.flags:
        parts.append(f"all flagged: {', '.join(found.flags)}")
    return "; ".join([*parts, *filter(None, (found.note,))])


def checked(found: Checked) -> None:
    """Print what a file holds."""
    from loopwright.data.intake import BLANK

    _OUT.print(
        Text(
            f"{found.file} ({found.format}): {found.rows_in} rows = {found.loaded} loaded + "
            f"{found.flagged} flagged + {found.quarantined} quarantined; "
            f"{found.n_candidates} candidates"
        )
    )
    for note in found.notes[:SHOWN]:
        _OUT.print(Text(f"above the table: {note[:120]}", style="dim"))
    _OUT.print()
    _columns(found.columns)
    largest = sorted(found.profiles, key=lambda p: -p.n)
    for profile in largest[:SHOWN_ASSAYS]:
        _profile(profile)
    if len(largest) > SHOWN_ASSAYS:
        n = len(largest) - SHOWN_ASSAYS
        _OUT.print(Text(f"\n... and {n} smaller assays (--json and --html have all)"))
    for i, concern in enumerate(found.concerns):
        told = f"{'' if i else chr(10)}{_MARKS[concern.level]} {concern.what}"
        _OUT.print(Text(told), soft_wrap=True)
        _OUT.print(Text(f"  {concern.remedy}", style="dim"), soft_wrap=True)
    blank = sum(p.what == BLANK for p in found.rows)
    if blank:
        _OUT.print(Text(f"\n{blank} of the flagged rows name a candidate without a value"))
    _collisions(found.collisions)
    if found.has_faults:
        _OUT.print()
        not_used([_as_quarantined(p) for p in found.rows if p.what != BLANK])


def _as_quarantined(place: Place) -> Quarantined:
    return Quarantined(
        sheet=place.sheet,
        row=place.row,
        column=place.column,
        value=place.value,
        reason=place.what,
        remedy=place.remedy,
    )


def _columns(columns: Sequence[Column]) -> None:
    """Print what each column was taken for."""
    read = [c for c in columns if c.role != "not read"]
    has_sheets = any(c.sheet for c in columns)
    table(
        [*(["sheet"] if has_sheets else []), "column", "taken for", "property", "unit", ">filled"],
        [
            [
                *([c.sheet] if has_sheets else []),
                *(c.column, c.role, c.property, c.unit, f"{c.n_filled}"),
            ]
            for c in read
        ],
    )
    if passed_over := [c.column for c in columns if c.role == "not read"]:
        _OUT.print(Text(f"not read: {', '.join(passed_over)[:400]}", style="dim"))


def _profile(found: Profile) -> None:
    """Print how the values of one property lie."""
    unit = "" if found.unit == "1" else f" ({found.unit})"
    assay = f", {found.assay}" if found.assay else ""
    parts = [f"{found.n} values of {found.n_candidates} candidates"]
    if found.n_censored:
        parts.append(f"{found.n_censored} censored")
    if found.n_without_number:
        parts.append(f"{found.n_without_number} without a number")
    if found.replicate_fold is not None:
        parts.append(f"replicates scatter by x{found.replicate_fold:.2f}")
    elif found.replicate_sd is not None:
        parts.append(f"replicates scatter by {found.replicate_sd:.3g}")
    _OUT.print(Text(f"\n{found.property}{unit}{assay}: {'; '.join(parts)}"))
    if found.low is not None and found.high is not None and found.median is not None:
        highest = max(found.histogram)
        bars = "".join(_BARS[-(-c * (len(_BARS) - 1) // highest)] for c in found.histogram)
        scale = ", log scale" if found.is_log else ""
        told = f"  {found.low:.4g} {bars} {found.high:.4g} (median {found.median:.4g}{scale})"
        _OUT.print(Text(told))


_MARKS = {"serious": "!!", "look": "! ", "note": "  "}
_BARS = " ▁▂▃▄▅▆▇█"


def _collisions(collisions: Sequence[Collision]) -> None:
    """Print rows that meet though their structures or names differ, the first of each kind."""
    kinds = Counter(c.kind for c in collisions)
    shown = [c for kind in kinds for c in [c for c in collisions if c.kind == kind][:4]]
    for one in shown:
        rows = ", ".join(
            " ".join(filter(None, (b.sheet, str(b.row) if b.row else "known before", b.name)))
            for b in one.rows[:5]
        ) + (" ..." if len(one.rows) > 5 else "")
        _OUT.print(Text(f"meets: {one.shared}: {one.what} (row {rows})"), soft_wrap=True)
    if len(collisions) > len(shown):
        rest = len(collisions) - len(shown)
        _OUT.print(Text(f"... and {rest} more such meetings (--json has all)"))


def not_used(places: Sequence[Quarantined]) -> None:
    """Print what was not used, once for each reason, with the first few rows of each."""
    groups: dict[tuple[str, str, str, str], list[Quarantined]] = {}
    for place in places:
        key = (place.sheet, place.column, place.reason, place.remedy)
        groups.setdefault(key, []).append(place)
    for (_, column, reason, remedy), found in list(groups.items())[:SHOWN]:
        rows = ", ".join(str(q.row) for q in found[:5]) + (" ..." if len(found) > 5 else "")
        value = f" {found[0].value[:60]!r}" if found[0].value.strip() else ""
        sheet = f" of {found[0].sheet}" if found[0].sheet else ""
        where = f" in {column}{sheet}" if column else sheet
        told = f"not used: {len(found)} x{where}{value}: {reason} (row {rows})"
        _OUT.print(Text(told), soft_wrap=True)
        _OUT.print(Text(f"  remedy: {remedy}", style="dim"), soft_wrap=True)
    if len(groups) > SHOWN:
        _OUT.print(Text(f"... and {len(groups) - SHOWN} more reasons (--json has all)"))


def number(value: float | None) -> str:
    """Return a number in four digits; blank for none."""
    return "" if value is None else f"{value:.4g}"


def _finite(value: Any) -> Any:
    """Replace what JSON cannot say (NaN, infinity) by null."""
    match value:
        case float():
            return value if math.isfinite(value) else None
        case dict():
            return {str(k): _finite(v) for k, v in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_finite(v) for v in value]
        case _:
            return value
