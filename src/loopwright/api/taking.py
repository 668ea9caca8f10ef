# SPDX-License-Identifier: Apache-2.0
"""Takes a file in: as a new one, as another reading of one that is there, or in one's place."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence

import cattrs
from attrs import evolve

from loopwright.api.answers import Changes, Intaken
from loopwright.api.disagreement import tenfold
from loopwright.api.workspace import need_reason
from loopwright.core.errors import DataError
from loopwright.core.values import Measurement, RawFile
from loopwright.data.assays import assay_of
from loopwright.data.collisions import Collision
from loopwright.data.tables import read_measurements, read_quarantine
from loopwright.loop.asked import asked_of, elsewhere, properties_of
from loopwright.loop.exchange import Reading, is_as_read, take_file
from loopwright.loop.facts import Ingested
from loopwright.loop.homecoming import PlateHome, read_home
from loopwright.loop.mending import Again, read_again, read_mends
from loopwright.loop.record import Record
from loopwright.loop.remembered import is_read_by
from loopwright.loop.rulings import same_rows, told
from loopwright.loop.run import Campaign, look
from loopwright.loop.standing import witnesses
from loopwright.loop.state import State

__all__ = [
    "anew",
    "file_called",
    "intaken",
    "label",
    "read_collisions",
    "read_out_anew",
    "take",
]


def take(
    campaign: Campaign,
    file: RawFile,
    how: Again,
    *,
    replaces: str,
    also: bool,
    reason: str,
) -> Intaken:
    """Take a file in, or say that it is there.

    Args:
        campaign: Where.
        file: The file as it came.
        how: What its columns mean, where a person says so.
        replaces: As ``verbs.ingest``, and the next two.
        also: Take it although its rows came before.
        reason: Why.
    """
    state = campaign.record.state
    digest = hashlib.sha256(file.content).hexdigest()
    before = next((f for f in state.files if f.source_sha256 == digest), None)
    if replaces:
        return _replace(campaign, file, before, how, replaces=replaces, reason=reason)
    if also:
        need_reason(reason, "take a file beside an earlier one")
    if before is None:
        _demand_not_replaced(state, digest, file.name, also=also)
        event = take_file(
            look(campaign),
            campaign.record,
            file,
            mapping=how.mapping,
            mapping_name=how.mapping_name,
            reading=Reading(may_repeat=also),
        )
        campaign.record.add(event, reason=reason)
        return intaken(campaign, event, is_new=True)
    was_set_aside = also and not before.sheets
    is_same = how.mapping is None or is_read_by(campaign.record, before, how.mapping)
    if not was_set_aside and is_same and is_as_read(look(campaign), before):
        return intaken(campaign, before, is_new=False)
    again = evolve(how, mends=read_mends(campaign.record, before))
    return anew(campaign, [before], again, file=file, reason=reason)


def anew(
    campaign: Campaign,
    leaving: Sequence[Ingested],
    how: Again,
    *,
    reason: str,
    file: RawFile | None = None,
    needs_change: bool = False,
) -> Intaken:
    """Read a file in the place of earlier readings, and write it down; say what has changed.

    Args:
        campaign: Where.
        leaving: The readings that it takes the place of, the most telling first.
        how: How to read it.
        reason: Why.
        file: The file; that of the first reading if not given.
        needs_change: Write nothing down if all is as it was.
    """
    record, view, known = campaign.record, look(campaign), campaign.known
    first = leaving[0]
    content = file or RawFile(name=first.file, content=record.store.get(first.source_sha256))
    gone = frozenset(f.source_sha256 for f in leaving)
    event = read_again(
        view,
        record,
        content,
        leaving,
        named=known.named_without(record, view.state, gone),
        how=how,
    )
    if needs_change and _outcome(event) == _outcome(first):
        return intaken(campaign, first, is_new=False)
    lapsed = set(known.lapsed)
    record.add(event, reason=reason)
    look(campaign)
    stale = {barcode for f in leaving for barcode in f.plates} - {*event.plates}
    if event.source_sha256 != first.source_sha256 and record.state.rulings:
        stale |= {*event.plates}  # corrections of the old file's signals were carried over
    read_out_anew(campaign, stale, reason=reason)
    changes = _changes(campaign, leaving, event, lapsed=set(known.lapsed) - lapsed)
    return intaken(campaign, event, is_new=True, changes=changes)


def read_out_anew(
    campaign: Campaign, plates: Collection[str], *, reason: str
) -> tuple[Intaken, ...]:
    """Read plates out anew, because signals of theirs count otherwise than before.

    The last file of a plate is read again, together with the signals of all others; what its
    results say otherwise now supersedes the earlier ones.

    Args:
        campaign: Where.
        plates: Barcodes.
        reason: Why; that of what has changed.

    Returns:
        What became of each file of which something is different now.
    """
    record = campaign.record
    files = [f for f in record.state.files if f.home_sha256 and record.state.layouts]
    last = {barcode: f for f in files for barcode in f.plates if barcode in plates}
    found = []
    for file in {f.source_sha256: f for f in last.values()}.values():
        how = Again(mends=read_mends(record, file))
        found.append(anew(campaign, [file], how, reason=reason, needs_change=True))
    return tuple(one for one in found if one.is_new)


def intaken(
    campaign: Campaign, event: Ingested, *, is_new: bool, changes: Changes | None = None
) -> Intaken:
    """Return what became of a file."""
    store, state = campaign.record.store, campaign.record.state
    replaced = (f.file for f in state.replaced if f.source_sha256 == event.replaces_sha256)
    return Intaken(
        file=event.file,
        reader=", ".join(dict.fromkeys(s.reader for s in event.sheets)) or "none",
        is_new=is_new,
        n_rows=event.n_rows,
        n_loaded=event.n_loaded,
        n_flagged=event.n_flagged,
        n_quarantined=event.n_quarantined,
        mapping_names=tuple(dict.fromkeys(s.mapping_name for s in event.sheets if s.mapping_name)),
        how="; ".join(
            dict.fromkeys(
                " ".join(filter(None, (s.name and f"{s.name}:", s.how)))
                for s in event.sheets
                if s.how
            )
        ),
        mapping="\n".join(
            f"# {s.name}\n" * bool(s.name) + store.get(s.mapping_sha256).decode()
            for s in event.sheets
            if s.mapping_sha256
        ),
        quarantine=tuple(read_quarantine(store.get(event.quarantine_sha256))),
        collisions=read_collisions(campaign.record, event),
        answered=event.answered,
        n_by_order=event.n_by_order,
        unexpected=event.unexpected,
        outstanding=tuple(dict.fromkeys((*state.outstanding, *state.screens_out))),
        screened=event.screened,
        screens_out=state.screens_out,
        assays_out=state.outstanding,
        tenfold=_tenfold(campaign, event),
        other=_other(campaign, event),
        source_sha256=event.source_sha256,
        replaces=next(replaced, ""),
        changes=changes,
        plates=_plates(campaign, event),
    )


def _tenfold(campaign: Campaign, event: Ingested) -> tuple[str, ...]:
    """Return whose repeats in a file of results lie far apart; nothing if it answers no order."""
    if not event.answered:
        return ()
    rows = read_measurements(campaign.record.store.get(event.measurements_sha256))
    return tenfold([m for m in rows if m.standard_type in campaign.spec.units])


def _other(campaign: Campaign, event: Ingested) -> tuple[str, ...]:
    """Return of what a file holds readings that nobody asked for; nothing if nothing is out."""
    state = campaign.record.state
    if not state.outstanding and not state.screens_out and not event.answered:
        return ()
    rows = read_measurements(campaign.record.store.get(event.measurements_sha256))
    of_others = elsewhere(campaign.spec.goals, rows)
    told = {
        f"{m.standard_type} by the assay {assay_of(m).label() or '(no name)'}" for m in of_others
    }
    return tuple(sorted(told | (properties_of(rows) - asked_of(campaign.spec))))


def read_collisions(record: Record, event: Ingested) -> tuple[Collision, ...]:
    """Return the rows of a file that meet though their structures or names differ."""
    kept = record.get_json(event.collisions_sha256) if event.collisions_sha256 else ()
    return tuple(cattrs.structure(plain, Collision) for plain in kept)


def _plates(campaign: Campaign, event: Ingested) -> tuple[PlateHome, ...]:
    """Return what a file said of its plates."""
    if event.home_sha256 is None or not campaign.record.state.layouts:
        return ()
    return tuple(p for p in read_home(campaign.record, event.home_sha256).plates if p.barcode)


def label(state: State, file: Ingested) -> str:
    """Return what a file is called: its name, with a piece of its digest if others share it."""
    alike = [f for f in state.files if f.file == file.file]
    return file.file if len(alike) < 2 else f"{file.file} sha256:{file.source_sha256[:12]}"


def file_called(state: State, text: str) -> Ingested:
    """Return the reading of a file that is called by its name, or by its digest's beginning.

    Raises:
        DataError: No file is called so, or several are.
    """
    name, _, digest = text.rpartition(" sha256:") if " sha256:" in text else (text, "", "")
    found = [
        f
        for f in state.files
        if (f.file == name and f.source_sha256.startswith(digest))
        or (len(text) >= 8 and f.source_sha256.startswith(text.removeprefix("sha256:")))
    ]
    if len(found) == 1:
        return found[0]
    if found:
        ways = ", ".join(f"sha256:{f.source_sha256[:12]}" for f in found)
        raise DataError(
            f"{len(found)} files are called {text!r}",
            where="file",
            remedy=f"Name one by the beginning of its digest: {ways}.",
        )
    known = ", ".join(label(state, f) for f in state.files) or "none"
    raise DataError(
        f"No file that counts is called {text!r}",
        where="file",
        remedy=f"Name one of those that were taken in: {known[:400]}.",
    )


# ---- behind them
def _replace(
    campaign: Campaign,
    file: RawFile,
    before: Ingested | None,
    how: Again,
    *,
    replaces: str,
    reason: str,
) -> Intaken:
    """Take a file in the place of an earlier one."""
    need_reason(reason, "replace a file")
    state = campaign.record.state
    if before is not None and before.replaces_sha256:
        was = next(f for f in state.replaced if f.source_sha256 == before.replaces_sha256)
        if replaces in {was.file, label(state, was)} or was.source_sha256.startswith(replaces):
            return intaken(campaign, before, is_new=False)
    old = file_called(state, replaces)
    if before is not None and old.source_sha256 == before.source_sha256:
        raise DataError(
            "A file cannot take its own place: these are the same bytes",
            where=replaces,
            remedy="Name the earlier file; to mend a cell, use `loopwright quarantine fix`.",
        )
    leaving = [old] if before is None else [old, before]
    mends = read_mends(campaign.record, before) if before else ()
    return anew(campaign, leaving, evolve(how, mends=mends), file=file, reason=reason)


def _demand_not_replaced(state: State, digest: str, name: str, *, also: bool) -> None:
    """Refuse bytes whose place another file has taken, unless a person says otherwise."""
    if also or not any(f.source_sha256 == digest for f in state.replaced):
        return
    by = next(
        (f.file for f in (*state.files, *state.replaced) if f.replaces_sha256 == digest), "another"
    )
    raise DataError(
        f"These bytes were taken in before, and {by} took their place",
        where=name,
        remedy=f"To go back to them: `--replaces {by} --reason ...`; nothing is lost.",
    )


def _outcome(event: Ingested) -> tuple[object, ...]:
    """Return all that a reading of a file says about its rows."""
    return (
        [(s.name, s.columns, s.mapping_sha256) for s in event.sheets],
        event.measurements_sha256,
        event.candidates_sha256,
        event.quarantine_sha256,
        event.mends_sha256,
    )


def _changes(
    campaign: Campaign, leaving: Sequence[Ingested], event: Ingested, *, lapsed: set[str]
) -> Changes:
    """Return what is different now."""
    store = campaign.record.store
    new = read_measurements(store.get(event.measurements_sha256))
    by_id = {m.measurement_id: m for m in new}
    same, changed, gone = 0, list[str](), list[str]()
    for reading in leaving:
        old = read_measurements(store.get(reading.measurements_sha256))
        into = {} if reading.source_sha256 == event.source_sha256 else same_rows(old, new, {})
        for m in old:
            now = by_id.pop(into.get(m.measurement_id, m.measurement_id), None)
            same += _says_same(m, now)
            if now is None:
                gone.append(m.measurement_id)
            elif not _says_same(m, now):
                changed.append(m.measurement_id)
    lost = witnesses(campaign.record, [*changed, *gone], campaign.spec.goal)
    return Changes(
        n_loaded=sum(f.n_loaded for f in leaving),
        n_flagged=sum(f.n_flagged for f in leaving),
        n_quarantined=sum(f.n_quarantined for f in leaving),
        n_same=same,
        n_new=len(by_id),
        changed=tuple(changed),
        gone=tuple(gone),
        lapsed=tuple(sorted(lapsed)),
        models=lost,
    )


def _says_same(old: Measurement, new: Measurement | None) -> bool:
    return new is not None and told(old) == told(new) and old.status == new.status
