# SPDX-License-Identifier: Apache-2.0
"""What the plates of a campaign look like: as laid out, as read, over the run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from attrs import evolve, frozen

from loopwright.api.workspace import Workspace
from loopwright.core.errors import NotReadyError
from loopwright.core.values import Measurement
from loopwright.loop.homecoming import read_home, wells_out
from loopwright.loop.readouts import readings_of, readouts_of
from loopwright.loop.run import Campaign, look
from loopwright.loop.view import View
from loopwright.plates.patterns import PlatePattern, RunDrift, pattern_of, run_drift
from loopwright.plates.readings import PlateReading, read_plates

__all__ = ["Plates", "draw_plates", "look_at_plates", "plates_of"]


@frozen(kw_only=True)
class Plates:
    """Plates in run order, what position adds to their wells, and what changes over the run."""

    outstanding: tuple[str, ...]
    """Barcodes that are laid out and of which nothing came home."""

    plates: tuple[PlateReading, ...]
    patterns: tuple[PlatePattern, ...]
    """One for each plate."""

    drift: RunDrift


def look_at_plates(workspace: Workspace, barcode: str = "") -> Plates:
    """Return the plates that came home, in the order in which they did.

    Args:
        workspace: Where the campaign is.
        barcode: One plate alone; all, if blank.

    Raises:
        NotReadyError: Nothing was laid out, or nothing of this plate came home.
    """
    campaign = workspace.reading()
    view = look(campaign)
    if not view.state.layouts:
        raise NotReadyError(
            "No plate was laid out yet",
            where="plates",
            remedy="Lay an order out with `loopwright layout`.",
        )
    found = _readings(campaign, view)
    wanted = barcode.strip().casefold()
    chosen = [r for r in found if not wanted or r.barcode.casefold() == wanted]
    if wanted and not chosen:
        raise NotReadyError(
            f"Nothing of plate {barcode!r} came home",
            where=barcode,
            remedy=f"Name one of: {', '.join(r.barcode for r in found) or 'none so far'}.",
        )
    return plates_of(chosen, outstanding=view.state.plates_out)


def plates_of(readings: Sequence[PlateReading], *, outstanding: Sequence[str] = ()) -> Plates:
    """Return plates that were read with their patterns, in the order given."""
    patterns = tuple(pattern_of(r) for r in readings)
    return Plates(
        outstanding=tuple(outstanding),
        plates=tuple(readings),
        patterns=patterns,
        drift=run_drift(readings, patterns),
    )


def draw_plates(found: Plates, path: Path, *, title: str) -> None:
    """Write plates as one page that opens offline."""
    from loopwright.reports.plate_page import PlatesPage, render_plates

    page = PlatesPage(title=title, plates=found.plates, patterns=found.patterns, drift=found.drift)
    path.write_text(render_plates(page), encoding="utf-8")


def _readings(campaign: Campaign, view: View) -> list[PlateReading]:
    """Return the plates that came home: as they were read out, else as their values say."""
    found: dict[str, PlateReading] = {}
    order: dict[str, None] = {}
    for file in view.state.files:
        order |= dict.fromkeys(b for b in file.plates if b in view.state.plates)
        if file.home_sha256 is None:
            continue
        for reading in read_home(campaign.record, file.home_sha256).readings:
            seen = found.get(reading.barcode)
            if reading.barcode in order and (seen is None or len(seen.wells) < len(reading.wells)):
                found[reading.barcode] = reading
    rest = [b for b in order if b not in found]
    by_plate: dict[str, list[Measurement]] = {b: [] for b in rest}
    for m in view.measurements:
        if m.plate_id in by_plate and m.well and m.standard_type == view.spec.goal.property:
            by_plate[m.plate_id].append(m)
    wells = wells_out(view, campaign.record)
    readouts = readouts_of(view, campaign.record, wells)
    values = {b: evolve(readouts[b], kind="values") for b in rest}
    given = {b: readings_of(by_plate[b], wells[b]) for b in rest}
    sizes = {b: len(wells[b]) for b in rest}
    found |= {r.barcode: r for r in read_plates(given, values, n_wells=sizes) if r.wells}
    return [found[b] for b in order if b in found]
