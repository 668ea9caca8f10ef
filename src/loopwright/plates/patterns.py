# SPDX-License-Identifier: Apache-2.0
"""What a plate that was read shows beside its results: z-scores, edge, rows, columns, window."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from attrs import field, frozen

from loopwright.core.errors import DataError
from loopwright.core.values import FloatArray
from loopwright.plates.readings import PlateReading, UsedWell
from loopwright.science.plate_patterns import (
    Drift,
    EdgeEffect,
    drift,
    edge_effect,
    group_effect,
    leftover,
    signal_window,
)
from loopwright.science.plate_quality import z_scores
from loopwright.science.wells import is_edge, place_of

__all__ = ["PlatePattern", "RunDrift", "pattern_of", "run_drift"]


@frozen(kw_only=True)
class PlatePattern:
    """One plate, well by well and as a whole."""

    z_scores: tuple[float | None, ...] = field(repr=False)
    """Of each well's signal among the negative wells, robust; None where they have no spread."""

    leftovers: tuple[float | None, ...] = field(repr=False)
    """What is left of each well once that is taken off which its content should read: its fitted
    curve, or the median of wells with the same content; in percent of effect, or in the unit of
    the signal where there is none. None for a curve that was not fitted, and for content that
    stands in fewer than three wells."""

    is_percent: bool
    """Whether leftovers are percent of effect."""

    edge: EdgeEffect | None
    """None where too few wells lie on one side."""

    p_rows: float | None
    """That rows differ by chance; None where too few wells are comparable."""

    p_columns: float | None
    signal_window: float | None
    """None without two wells of each control."""

    negative_median: float | None
    positive_median: float | None


@frozen(kw_only=True)
class RunDrift:
    """Trends over the plates, in the order in which they were read; None for fewer than four."""

    z_prime: Drift | None
    negative: Drift | None
    positive: Drift | None


def pattern_of(plate: PlateReading) -> PlatePattern:
    """Return what a plate shows beside its results.

    Wells that may not be used have no part in it.
    """
    used = [w for w in plate.wells if _counts(w)]
    is_percent = any(w.percent is not None for w in used)
    left = _leftovers(plate, is_percent=is_percent)
    places = [place_of(w.well, plate.n_wells) for w in plate.wells]
    at_edge = np.array([is_edge(w.well, plate.n_wells) for w in plate.wells], bool)
    zero, full = (_signals(used, r) for r in (plate.readout.zero, plate.readout.full))
    return PlatePattern(
        z_scores=_optional(_z_scores(plate.wells, zero)),
        leftovers=_optional(left),
        is_percent=is_percent,
        edge=edge_effect(left, at_edge),
        p_rows=group_effect(left, np.array([r for r, _ in places], np.intp)),
        p_columns=group_effect(left, np.array([c for _, c in places], np.intp)),
        signal_window=_finite(signal_window(zero, full)) if min(len(zero), len(full)) > 1 else None,
        negative_median=float(np.median(zero)) if len(zero) else None,
        positive_median=float(np.median(full)) if len(full) else None,
    )


def _leftovers(plate: PlateReading, *, is_percent: bool) -> FloatArray:
    """Return each well minus its curve, or minus the median of wells with the same content."""
    values = np.array([_value(w, is_percent=is_percent) for w in plate.wells])
    left = leftover(values, [(w.role, _dose(w)) for w in plate.wells])
    if plate.readout.kind != "curves":
        return left
    place = {w.well: i for i, w in enumerate(plate.wells)}
    for outcome in plate.outcomes:
        for well in outcome.wells:
            i = place[well.well]
            fitted = outcome.fitted_percent(well.concentration_M)
            left[i] = values[i] - fitted if fitted is not None and well.is_used else math.nan
    return left


def run_drift(plates: Sequence[PlateReading], patterns: Sequence[PlatePattern]) -> RunDrift:
    """Return the trends of Z' and of both controls over the plates, in the order given."""
    quality = [p.quality.z_prime if p.quality else math.nan for p in plates]
    negative = [_or_nan(p.negative_median) for p in patterns]
    positive = [_or_nan(p.positive_median) for p in patterns]
    return RunDrift(z_prime=drift(quality), negative=drift(negative), positive=drift(positive))


def _counts(well: UsedWell) -> bool:
    """Return whether a well's signal may be used, whatever became of its curve."""
    return well.signal is not None and (well.is_used or well.percent is not None)


def _value(well: UsedWell, *, is_percent: bool) -> float:
    if not _counts(well):
        return math.nan
    return _or_nan(well.percent if is_percent else well.signal)


def _dose(well: UsedWell) -> str:
    """Return a concentration as a label, so that rounding parts no wells."""
    return f"{well.concentration_M:.4g}" if well.role in {"sample", "reference"} else ""


def _signals(wells: Sequence[UsedWell], role: str) -> FloatArray:
    return np.array([w.signal for w in wells if w.role == role and w.signal is not None], float)


def _z_scores(wells: Sequence[UsedWell], negative: FloatArray) -> FloatArray:
    signals = np.array([_or_nan(w.signal) for w in wells])
    try:
        return z_scores(signals, reference=negative)
    except DataError:
        return np.full(len(wells), math.nan)


def _optional(values: FloatArray) -> tuple[float | None, ...]:
    return tuple(_finite(float(v)) for v in values)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value
