# SPDX-License-Identifier: Apache-2.0
"""From the signals of a plate to results: percent of effect, quality, one curve for each sample.

Every well that was read stays tied to the result that it went into, used or not. Knows no file
and no campaign.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from attrs import evolve, field, frozen

from loopwright.core.errors import DataError
from loopwright.core.values import FloatArray, Relation, Status
from loopwright.plates.fitting import Task, fit_curves
from loopwright.plates.layout import Well
from loopwright.plates.readout import Readout
from loopwright.science.curves import Curve
from loopwright.science.plate_quality import PlateQuality, percent_effect, plate_quality
from loopwright.science.units import convert, flip

__all__ = ["Outcome", "PlateReading", "Reading", "UsedWell", "read_plates"]

OF_BELL = "bell shape"


@frozen(kw_only=True)
class Reading:
    """The signal of one well."""

    well: Well
    signal: float
    """NaN where there is none."""

    source: str = ""
    """What it can be traced by: the id of a measurement."""

    reason: str = ""
    """Why it may not be used; blank if it may."""


@frozen(kw_only=True)
class UsedWell:
    """One well of a result, and what became of it."""

    well: str
    role: str
    candidate_id: str
    lot: str
    concentration_M: float
    signal: float | None
    percent: float | None
    """Of effect; None where the plate could not be normalised or the well may not be used."""

    source: str
    is_used: bool = True
    reason: str = ""


@frozen(kw_only=True)
class Outcome:
    """What the wells of one sample on one plate bear out: a value, a limit, or why neither."""

    plate: str
    role: str
    candidate_id: str
    lot: str
    name: str
    property: str
    relation: Relation = "="
    value: float | None = None
    unit: str
    low: float | None = None
    """Lower end of the 95 % interval, in the same unit; None where there is none or it is open."""

    high: float | None = None
    measurement_id: str = ""
    """Of the measurement that it became; blank where it became none."""

    status: Status = "valid"
    reasons: tuple[str, ...] = ()
    log10_ec50: float | None = None
    """Of the fitted curve, like the next five; None where none was fitted."""

    bottom_percent: float | None = None
    top_percent: float | None = None
    hill: float | None = None
    residual_sd: float | None = None
    r_squared: float | None = None
    wells: tuple[UsedWell, ...] = ()

    def fitted_percent(self, concentration_M: float) -> float | None:
        """Return the fitted curve at a concentration in mol/L, > 0; None without a curve."""
        parts = (self.bottom_percent, self.top_percent, self.log10_ec50, self.hill)
        if concentration_M <= 0.0 or any(p is None for p in parts):
            return None
        bottom, top, middle, hill = (float(p) for p in parts if p is not None)
        away = min(hill * (middle - math.log10(concentration_M)), 300.0)
        return float(bottom + (top - bottom) / (1.0 + 10.0**away))


@frozen(kw_only=True)
class PlateReading:
    """One plate: how well its controls stand apart, its wells, its results."""

    barcode: str
    n_wells: int
    readout: Readout
    quality: PlateQuality | None
    flags: tuple[str, ...]
    """Why its results are flagged; blank if they are not."""

    wells: tuple[UsedWell, ...] = field(repr=False)
    """Every well that was read, row by row."""

    outcomes: tuple[Outcome, ...] = field(repr=False)


def read_plates(
    readings: Mapping[str, Sequence[Reading]],
    readouts: Mapping[str, Readout],
    *,
    n_wells: Mapping[str, int],
    n_workers: int = 0,
) -> tuple[PlateReading, ...]:
    """Return what the signals of plates come to, plate by plate.

    Args:
        readings: By barcode; one for each well that was read.
        readouts: By barcode; nothing in them is left blank.
        n_wells: By barcode; the format of the plate.
        n_workers: Processes that fit curves; 0 for one per processor.
    """
    drafts = {b: _draft(b, found, readouts[b], n_wells[b]) for b, found in readings.items()}
    tasks: list[Task] = []
    for draft in drafts.values():
        if draft.readout.kind == "curves":
            tasks += [_task(o, draft.readout) for o in draft.outcomes]
    fitted = iter(fit_curves(tasks, n_workers=n_workers))
    return tuple(_finished(draft, fitted) for draft in drafts.values())


def _draft(
    barcode: str, readings: Sequence[Reading], readout: Readout, n_wells: int
) -> PlateReading:
    """Return a plate with percents and quality, its samples not judged yet."""
    usable = {r.well.well: r.signal for r in readings if not r.reason}
    zero, full = (
        np.array([usable[r.well.well] for r in readings if r.well.role == role and not r.reason])
        for role in (readout.zero, readout.full)
    )
    signals = np.array([r.signal for r in readings], float)
    percents, why_not = _percents(signals, zero, full, readout)
    quality, doubt = _quality(zero, full, readout) if readout.normalise else (None, "")
    is_plain = readout.kind == "values"
    wells = tuple(
        UsedWell(
            well=r.well.well,
            role=r.well.role,
            candidate_id=r.well.candidate_id,
            lot=r.well.lot,
            concentration_M=r.well.concentration_M,
            signal=None if math.isnan(r.signal) else float(r.signal),
            percent=None if r.reason or is_plain or math.isnan(p) else float(p),
            source=r.source,
            is_used=not r.reason and not math.isnan(r.signal if is_plain else p),
            reason=r.reason
            or ("" if is_plain else why_not)
            or ("no signal" if math.isnan(r.signal) else ""),
        )
        for r, p in zip(readings, percents, strict=True)
    )
    draft = PlateReading(
        barcode=barcode,
        n_wells=n_wells,
        readout=readout,
        quality=quality,
        flags=() if is_plain else tuple(filter(None, (why_not, doubt))),
        wells=wells,
        outcomes=(),
    )
    if is_plain:
        return draft
    return evolve(draft, outcomes=tuple(_samples(draft, readings)))


def _percents(
    signals: FloatArray, zero: FloatArray, full: FloatArray, readout: Readout
) -> tuple[FloatArray, str]:
    """Return the percent of effect of each well, or NaN and why there is none."""
    if not readout.normalise:
        return signals, ""
    try:
        return percent_effect(signals, negative=zero, positive=full), ""
    except DataError as ex:
        roles = f"0 % are the {readout.zero}, 100 % the {readout.full} wells"
        return np.full(len(signals), math.nan), f"no percent of effect: {ex.what} ({roles})"


def _quality(
    zero: FloatArray, full: FloatArray, readout: Readout
) -> tuple[PlateQuality | None, str]:
    """Return how well the controls stand apart, and what speaks against the plate."""
    try:
        quality = plate_quality(zero, full)
    except DataError as ex:
        return None, f"no Z': {ex.what}"
    if quality.z_prime < readout.min_z_prime:
        return quality, f"Z' is {quality.z_prime:.2f}, below {readout.min_z_prime:g}"
    return quality, ""


def _samples(draft: PlateReading, readings: Sequence[Reading]) -> list[Outcome]:
    """Return one result for each sample and reference, its wells beside it, not judged yet."""
    held: dict[tuple[str, ...], list[UsedWell]] = {}
    names: dict[tuple[str, ...], str] = {}
    for reading, well in zip(readings, draft.wells, strict=True):
        if well.role not in {"sample", "reference"}:
            continue
        single = well.well if draft.readout.kind == "percent" else ""
        key = (well.role, well.candidate_id, well.lot, single)
        held.setdefault(key, []).append(well)
        names[key] = reading.well.name
    return [
        Outcome(
            plate=draft.barcode,
            role=key[0],
            candidate_id=key[1],
            lot=key[2],
            name=names[key],
            property=draft.readout.property,
            unit=draft.readout.unit,
            wells=tuple(wells),
        )
        for key, wells in held.items()
    ]


def _task(outcome: Outcome, readout: Readout) -> Task:
    """Return the curve that is to be fitted; wells without a concentration have no place on it."""
    wells = [w for w in outcome.wells if w.concentration_M > 0.0]
    return Task(
        concentration_molar=tuple(w.concentration_M for w in wells),
        response_percent=tuple(math.nan if w.percent is None else w.percent for w in wells),
        names=tuple(w.well for w in wells),
        direction=readout.direction,
        bounds=readout.bounds,
    )


def _finished(draft: PlateReading, fitted: Iterator[Curve]) -> PlateReading:
    """Return a plate with its results judged; a reference that is off flags all of them."""
    is_curves = draft.readout.kind == "curves"
    outcomes = [
        _of_curve(o, next(fitted), draft.readout) if is_curves else _of_percent(o)
        for o in draft.outcomes
    ]
    flags = (*draft.flags, *(t for o in outcomes if (t := _off(o, draft.readout))))
    if flags:
        outcomes = [evolve(o, status=_flagged(o), reasons=(*flags, *o.reasons)) for o in outcomes]
    return evolve(draft, flags=flags, outcomes=tuple(outcomes))


def _of_percent(outcome: Outcome) -> Outcome:
    """Return the percent of one well as its result."""
    (well,) = outcome.wells
    if well.percent is None:
        return evolve(outcome, status="excluded", reasons=(well.reason,))
    return evolve(outcome, value=convert(well.percent, "%", outcome.unit))


def _of_curve(outcome: Outcome, curve: Curve, readout: Readout) -> Outcome:
    """Return what a curve bears out, in the unit of the result."""
    by_name = {w.name: w for w in curve.wells}
    wells = tuple(
        evolve(w, is_used=by_name[w.well].is_used, reason=w.reason or by_name[w.well].reason)
        if w.well in by_name
        else evolve(w, is_used=False, reason="no concentration")
        for w in outcome.wells
    )
    found = evolve(outcome, wells=wells, reasons=curve.flags)
    if curve.relation is None:
        return evolve(found, status="excluded")
    assert curve.ec50_molar is not None, "a relation stands before a number"
    is_p = readout.unit == "1"
    value = _in_unit(curve.ec50_molar, readout.unit)
    relation = flip(curve.relation) if is_p else curve.relation
    found = evolve(found, relation=relation, value=value)
    if curve.fit is None or curve.interval_molar is None:
        return found
    ends = [_in_unit(m, readout.unit) for m in curve.interval_molar]
    low, high = (e if math.isfinite(e) else None for e in (reversed(ends) if is_p else ends))
    is_open = not all(0.0 < m < math.inf for m in curve.interval_molar)
    is_doubtful = is_open or any(f.startswith(OF_BELL) for f in curve.flags)
    fit = curve.fit
    return evolve(
        found,
        low=low,
        high=high,
        status="flagged" if is_doubtful else "valid",
        log10_ec50=fit.log10_ec50.value,
        bottom_percent=fit.bottom.value,
        top_percent=fit.top.value,
        hill=fit.hill.value,
        residual_sd=fit.residual_sd,
        r_squared=fit.r_squared,
    )


def _in_unit(molar: float, unit: str) -> float:
    """Return a concentration in a unit, ``1`` being minus its log10."""
    if unit == "1":
        return -math.log10(molar) if 0.0 < molar < math.inf else math.copysign(math.inf, 1 - molar)
    return convert(molar, "M", unit) if math.isfinite(molar) else molar


def _off(outcome: Outcome, readout: Readout) -> str:
    """Return how far a reference lies from its known result; blank if near enough or unknown."""
    known = readout.known.get(outcome.candidate_id, readout.known.get(outcome.name))
    if outcome.role != "reference" or known is None:
        return ""
    who = outcome.name or outcome.candidate_id
    if outcome.value is None or outcome.relation != "=":
        return f"reference {who} has no value on this plate, where {known:g} is known"
    is_molar = readout.kind == "curves" and readout.unit != "1"
    away = math.log10(outcome.value / known) if is_molar else outcome.value - known
    if abs(away) <= readout.known_within:
        return ""
    return f"reference {who} is {outcome.value:.3g} on this plate, where {known:g} is known"


def _flagged(outcome: Outcome) -> Status:
    return "flagged" if outcome.status == "valid" else outcome.status
