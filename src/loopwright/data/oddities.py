# SPDX-License-Identifier: Apache-2.0
"""Rules by which a legal number looks wrong beside its neighbours: pure, on arrays.

Each rule returns the places that it doubts, in numpy's order. None costs more than a sort. What
to say about a place, and what becomes of it, is for ``suspicion``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from loopwright.core.values import FloatArray
from loopwright.science.units import convert, is_mass_per_volume, is_molar

__all__ = [
    "ENOUGH", "Places", "apart_from_replicates", "beyond_the_rest", "capped", "decades",
    "impossible", "is_p_scale", "number_of_name", "rare", "shifted_block", "twin_offset",
]  # fmt: skip

Places = npt.NDArray[np.intp]

ENOUGH = 20
"""Values from which a group says what is usual in it."""

DECADE = 1.0
AROUND_ZERO = 0.1
"""Share of negative values from which on zero is but a place among others."""

DENSEST_M = 100.0
"""More than any liquid holds; water is 55 mol/L."""

THOUSANDFOLD = 2.7
"""Decades from which on a unit may have been taken for another."""

EXACTLY = 0.004
FEW = 8

_P = re.compile(r"-?log.*|p(?:ic|ec|ac|gi|cc|dc|xc|k|a2|chembl|mic).*", re.IGNORECASE)
_SHARE = re.compile(r".*\b(yield|purity|conversion|recovery|viability)\b.*|ee", re.IGNORECASE)
_POTENCY = re.compile(r"(?:ic|ec|ac|gi|cc|dc|xc|ed)\s?[0-9]{0,2}|k[iid]|potency|mic", re.IGNORECASE)
_COLD = {"degC": -273.15, "K": 0.0, "degF": -459.67}
_SIGNED = {"1", "%", "mV", "V", "kcal/mol", "kJ/mol", "log(mol/L)", "log(cm/s)", *_COLD}


def is_p_scale(property: str, unit: str) -> bool:
    """Return whether values of a property are logarithms already.

    Example:
        >>> is_p_scale("pIC50", "1"), is_p_scale("logD", "1"), is_p_scale("yield", "%")
        (True, True, False)
    """
    return unit.startswith("log(") or (unit == "1" and bool(_P.fullmatch(property.strip())))


def decades(values: FloatArray, property: str, unit: str) -> FloatArray | None:
    """Return values in decades; None where they are no matter of decades.

    Logarithms are left as they are; amounts become their logarithm, and so do plain numbers that
    are positive and spread over more than 1.5 decades. Zero and less become nan.
    """
    if is_p_scale(property, unit):
        return values
    if unit in _SIGNED:
        low, high = np.quantile(values, [0.05, 0.95]) if len(values) else (0.0, 0.0)
        if not (len(values) and values.min() > 0.0 and high > 30.0 * low):
            return None
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(values > 0.0, np.log10(values), np.nan)


def impossible(values: FloatArray, property: str, unit: str) -> Places:
    """Return values that nothing in nature has: pIC50 66, -5 nM, 130 % yield, -300 degC.

    Readings from which a blank was taken scatter around zero: where more than a tenth of a
    group is negative, and it is no potency, that is so, and no value is doubted for it.
    """
    low, high = -np.inf, np.inf
    name = property.strip()
    if is_p_scale(name, unit):
        low, high = (-6.0, 16.0) if name.lower().startswith("p") else (-20.0, 20.0)
    elif unit in _COLD:
        low = _COLD[unit]
    elif unit == "%":
        low, high = (-10.0, 110.0) if _SHARE.fullmatch(name) else (-1000.0, 1000.0)
    elif unit not in _SIGNED and np.sum(values < 0.0) <= max(1.0, AROUND_ZERO * len(values)):
        low = 0.0
    bad = (values < low) | (values > high)
    if is_molar(unit) or is_mass_per_volume(unit):
        bad |= (values <= 0.0) & bool(_POTENCY.fullmatch(name))
    if is_molar(unit):
        bad |= values > convert(DENSEST_M, "M", unit)
    return np.flatnonzero(bad)


def beyond_the_rest(x: FloatArray, *, is_in_decades: bool) -> Places:
    """Return values that a wide gap parts from all others: at most a tenth, at either end.

    In decades the gap is one decade: ten times beyond the range of the others. Elsewhere it is
    five times the range that holds nine tenths of them.
    """
    kept = np.flatnonzero(np.isfinite(x))
    if len(kept) < ENOUGH:
        return kept[:0]
    order = kept[np.argsort(x[kept], kind="stable")]
    ranked = x[order]
    low, high = np.quantile(ranked, [0.05, 0.95])
    width = DECADE if is_in_decades else 5.0 * (high - low)
    if width <= 0.0:
        return kept[:0]
    gaps = np.diff(ranked) > width * (1.0 + 1e-9)
    n_tail = max(1, len(kept) // 10)
    upper = np.flatnonzero(gaps[-n_tail:])
    lower = np.flatnonzero(gaps[:n_tail])
    found = [order[len(order) - n_tail + upper[0] :]] if len(upper) else []
    if len(lower):
        found.append(order[: lower[-1] + 1])
    return np.sort(np.concatenate(found)) if found else kept[:0]


def apart_from_replicates(x: FloatArray, subject: Places, assay: Places) -> Places:
    """Return values that lie about 1000x from those of the same subject.

    Within an assay by 2.7 decades or more; between assays by exactly three or six, which is one
    number with another unit and not two experiments. Of two both are doubted. A compound that
    was measured many times, as a reference is, has such pairs by chance: only the first holds.

    Source:
        Kramer et al. (2012), doi:10.1021/jm300131x: unit errors in public data show as
        differences of exactly three decades.
    """
    kept = np.flatnonzero(np.isfinite(x))
    order = kept[np.lexsort((x[kept], assay[kept], subject[kept]))]
    if not len(order):
        return order
    starts = np.flatnonzero(np.diff(subject[order], prepend=-1))
    spans = np.maximum.reduceat(x[order], starts) - np.minimum.reduceat(x[order], starts)
    ends = np.append(starts[1:], len(order))
    bad: set[int] = set()
    for place in np.flatnonzero(spans >= THOUSANDFOLD):
        group = order[starts[place] : ends[place]]
        for same in np.split(group, np.flatnonzero(np.diff(assay[group])) + 1):
            far = np.abs(x[same] - np.median(x[same]))
            bad.update(same[far >= (THOUSANDFOLD / 2 if len(same) == 2 else THOUSANDFOLD)])
        if len(group) <= FEW:
            gaps = np.abs(x[group][:, None] - x[group][None, :])
            exact = (np.abs(gaps - 3.0) < EXACTLY) | (np.abs(gaps - 6.0) < EXACTLY)
            exact &= assay[group][:, None] != assay[group][None, :]
            bad.update(group[exact.any(axis=1)])
    return np.array(sorted(bad), np.intp)


def capped(values: FloatArray, *, high_is_weak: bool) -> Places:
    """Return exact values at the weak end of an assay that look like a limit without its sign.

    One round number is the extreme of the assay, at least ten have it, a twentieth of all, and
    ten times more than any other value.
    """
    if len(values) < ENOUGH:
        return np.zeros(0, np.intp)
    distinct, counts = np.unique(values, return_counts=True)
    place = -1 if high_is_weak else 0
    n, rest = counts[place], np.delete(counts, place)
    is_round = len(f"{distinct[place]:.12g}".strip("0.").replace(".", "")) <= 1
    if n < max(10, len(values) / 20) or not len(rest) or n < 10 * rest.max() or not is_round:
        return np.zeros(0, np.intp)
    return np.flatnonzero(values == distinct[place])


def rare(labels: Sequence[str], *, most: float) -> frozenset[str]:
    """Return the labels that few rows bear where nearly all bear one other.

    Example:
        >>> rare(["nM"] * 99 + ["uM"], most=0.02)
        frozenset({'uM'})
    """
    names, counts = np.unique(np.array(labels, dtype=object).astype(str), return_counts=True)
    if len(labels) < ENOUGH or counts.max() < (1.0 - 2 * most) * len(labels):
        return frozenset()
    return frozenset(str(n) for n, c in zip(names, counts, strict=True) if c <= most * len(labels))


def twin_offset(x: FloatArray, w: FloatArray, *, share: float) -> float | None:
    """Return the constant c of ``x + w = c`` if it holds in nearly all rows; None if not.

    Args:
        x: Decades of one column, shape (n,); nan where it says nothing.
        w: The other column, likewise.
        share: Of the rows with both in which the two must agree within 0.06.
    """
    both = np.isfinite(x) & np.isfinite(w)
    if both.sum() < ENOUGH or np.std(x[both]) < 0.2:
        return None
    offset = float(np.median(x[both] + w[both]))
    return offset if np.mean(np.abs(x[both] + w[both] - offset) <= 0.06) >= share else None


def number_of_name(name: str) -> float | None:
    """Return the number that a name ends in, of three digits or more; None if there is none.

    Example:
        >>> number_of_name("CPD-1234"), number_of_name("compound 7")
        (1234.0, None)
    """
    found = re.search(r"(?<![0-9.])0*([1-9][0-9]{2,14})$", name.strip())
    return float(found[1]) if found else None


def shifted_block(x: FloatArray) -> Places:
    """Return runs of neighbouring rows whose decades lie about three off those around them.

    A run has ten rows at least and at most a third of all. Its edges are steps: nearly every row
    in it is off, nearly none on either side. A table that is sorted has no such run.
    """
    kept = np.flatnonzero(np.isfinite(x))
    if len(kept) < 5 * ENOUGH:
        return kept[:0]
    y = x[kept] - np.median(x[kept])
    spread = 1.4826 * np.median(np.abs(y))
    if spread > 0.8:
        return kept[:0]
    off = np.abs(y) > THOUSANDFOLD - min(spread, 0.5)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], off.astype(int), [0]])))
    found = [
        kept[a:b]
        for a, b in pairwise(edges)
        if off[a] and 10 <= b - a <= len(kept) / 3 and abs(np.ptp(np.sign(y[a:b]))) == 0
    ]
    return np.concatenate(found) if found else kept[:0]
