# SPDX-License-Identifier: Apache-2.0
"""Where a campaign stands and what was set right, as text: quarantine, verdicts, corrections."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from loopwright.api.answers import Changes, Intaken, Status, UnaskedScreens
from loopwright.api.corrections import Amended
from loopwright.api.measured import Looked
from loopwright.api.quarantine import Quarantine
from loopwright.api.verdicts import Verdict
from loopwright.cli.show import console, not_used, table
from loopwright.data.intake import BLANK
from loopwright.loop.mending import DROPPED
from loopwright.loop.standing import Witness

__all__ = ["amended", "changes", "looked", "parked", "reread", "status", "verdict", "witnesses"]

SHOWN = 200
"""Places that are printed; ``--json`` and ``--csv`` have all."""


def status(found: Status) -> None:
    """Print where a campaign stands."""
    unit = "" if found.unit == "1" else f" {found.unit}"
    sign = found.best_relation.strip("=")
    best = "none yet" if found.best is None else f"{sign}{found.best:.4g}{unit}"
    budget = "" if found.budget is None else f" of {found.budget:g}"
    rows = [
        ("campaign", found.campaign),
        ("cycle", "not begun" if found.cycle is None else str(found.cycle)),
        ("candidates", str(found.n_candidates)),
        ("measured", f"{found.n_measured}, {found.n_outstanding} on order"),
        ("screened", f"{found.n_screened}, {found.n_screens_out} on order"),
        (f"best {found.property}", best),
        ("hits", str(found.n_hits)),
        ("spent", f"{found.spent:g}{budget}"),
        ("rows", _rows(found)),
        ("to look at", f"{found.n_to_look_at} flagged measurements"),
        ("model", found.model or "none yet"),
        ("open batch", _open(found)),
        *([("", found.short)] if found.short else []),
        ("next", found.next),
    ]
    if found.warning:
        rows.append(("note", found.warning))
    if found.lapsed:
        rows.append(("look again", ", ".join(found.lapsed)))
    rows += [("not asked for", _unasked(one)) for one in found.unasked_screens]
    is_screening = found.n_screened or found.n_screens_out
    table(("", ""), [row for row in rows if row[0] != "screened" or is_screening])


def _unasked(one: UnaskedScreens) -> str:
    """Say which order waits for a screen that is not asked for, and how to end that."""
    told = [f"{one.order_id} waits for a screen that the campaign file no longer asks for"]
    if one.candidates:
        told.append(
            f"write off each of {', '.join(one.candidates)} by `loopwright drop ID --reason WHY`"
        )
    if one.also_assayed:
        told.append(
            f"{', '.join(one.also_assayed)} wait for the assay, too, and `drop` writes off both: "
            "read its results first"
        )
    return "; ".join(told)


def _open(found: Status) -> str:
    """Say what the open batch holds."""
    told = [f"{len(found.open_batch)} picks"] if found.open_batch else []
    told += [f"{len(found.open_screens)} screens"] if found.open_screens else []
    return ", ".join(told) or "none"


def _rows(found: Status) -> str:
    return (
        f"{found.n_rows} = {found.n_loaded} loaded + {found.n_flagged} flagged + "
        f"{found.n_quarantined} quarantined"
    )


def parked(found: Quarantine) -> None:
    """Print what was not used."""
    _line(
        f"{found.rows_in} rows = {found.loaded} loaded + {found.flagged} flagged + "
        f"{found.quarantined} quarantined"
    )
    if found.n_blank:
        _line(f"{found.n_blank} of the flagged rows name a candidate without a value")
    if found.n_dropped:
        _line(f"{found.n_dropped} of the quarantined rows were dropped by a person")
    if not found.rows:
        _line("nothing waits for a person")
        return
    has_sheets = any(p.sheet for p in found.rows)
    sheet = ["sheet"] if has_sheets else []
    table(
        ["file", *sheet, ">row", "column", "value", "reason", "remedy"],
        [
            [
                p.file,
                *([p.sheet] if has_sheets else []),
                *(str(p.row), p.column, p.value[:60], p.reason, p.remedy),
            ]
            for p in found.rows[:SHOWN]
        ],
    )
    if len(found.rows) > SHOWN:
        _line(f"... and {len(found.rows) - SHOWN} more (--csv and --json have all)")


def reread(found: Sequence[Intaken]) -> None:
    """Print what became of files that were read again."""
    if not found:
        _line("no file has quarantined rows, or nothing was asked for")
    for one in found:
        was = one.changes
        if not one.is_new or was is None:
            _line(f"{one.file}: nothing is different; {_counts(one)}")
        else:
            _line(
                f"{one.file}: {was.n_loaded} -> {one.n_loaded} loaded, {was.n_flagged} -> "
                f"{one.n_flagged} flagged, {was.n_quarantined} -> {one.n_quarantined} quarantined "
                f"of {one.n_rows} rows"
            )
            changes(was)
        left = [q for q in one.quarantine if not q.reason.startswith((BLANK, DROPPED))]
        if left:
            not_used(left)


def changes(found: Changes) -> None:
    """Print what another reading has changed."""
    _line(
        f"{found.n_same} measurements as before, {found.n_new} new, {len(found.changed)} changed, "
        f"{len(found.gone)} gone"
    )
    if found.lapsed:
        ids = ", ".join(found.lapsed[:5]) + (" ..." if len(found.lapsed) > 5 else "")
        _line(
            f"look again: {len(found.lapsed)} that a person had ruled on say something else now, "
            f"or are gone ({ids})"
        )
    witnesses(found.models)


def looked(found: Sequence[Looked]) -> None:
    """Print measurements to look at, one a line, so that an id can be copied whole."""
    if not found:
        _line("no measurement is flagged")
    for m in found[:SHOWN]:
        place = " ".join(filter(None, (m.file, m.sheet, f"row {m.row}")))
        value = " ".join(filter(None, (m.property, _value(m), _unit(m))))
        _line(f"{m.measurement_id}  {place}  {m.name or m.candidate_id}  {value}  {m.why}")
    if len(found) > SHOWN:
        _line(f"... and {len(found) - SHOWN} more (--json has all)")


def verdict(found: Verdict) -> None:
    """Print what a person has said of measurements."""
    n = len(found.measurements)
    if not n:
        _line(f"nothing to {found.verdict}: no such measurement is left")
    else:
        now = ", ".join(sorted({m.status for m in found.measurements}))
        _line(f"{found.verdict}: {n} measurement{'s' * (n != 1)}, now {now}")
    _read_out(found.read_out)
    _line(f"{found.n_flagged} flagged are left to look at")
    witnesses(found.models)


def amended(found: Amended) -> None:
    """Print a value that was stated anew."""
    new = found.new
    name = new.name or new.candidate_id
    _line(
        f"{name}, {new.property}: {_value(found.old)} {_unit(found.old)} -> "
        f"{_value(new)} {_unit(new)}".replace("  ", " ").rstrip()
    )
    _line(f"{new.measurement_id} supersedes {found.old.measurement_id}")
    _read_out(found.read_out)
    witnesses(found.models)
    _line(found.next)


def _read_out(found: Sequence[Looked]) -> None:
    """Print what plates say otherwise now."""
    for m in found[:SHOWN]:
        why = f", {m.status}: {m.why}" if m.status != "valid" else ""
        value = f"{m.property} {_value(m)} {_unit(m)}".rstrip()
        _line(f"read out anew: {m.measurement_id}  {m.name or m.candidate_id}  {value}{why}")
    if len(found) > SHOWN:
        _line(f"... and {len(found) - SHOWN} more (--json has all)")


def witnesses(found: Sequence[Witness]) -> None:
    """Print the models that have learned from something that counts no longer."""
    for w in found:
        use = "in use" if w.is_in_use else "no longer in use"
        then = f"; it proposed: {', '.join(w.batches)}" if w.batches else ""
        _line(f"learned by: {w.model} of cycle {w.cycle} ({w.model_sha256[:12]}, {use}){then}")


def _counts(found: Intaken) -> str:
    return (
        f"{found.n_rows} rows = {found.n_loaded} loaded + {found.n_flagged} flagged + "
        f"{found.n_quarantined} quarantined"
    )


def _value(m: Looked) -> str:
    number = "none" if m.value is None else f"{m.value:.4g}"
    return f"{'' if m.relation == '=' else m.relation + ' '}{number}"


def _unit(m: Looked) -> str:
    return "" if m.unit == "1" else m.unit


def _line(text: str) -> None:
    console().print(Text(text), soft_wrap=True)
