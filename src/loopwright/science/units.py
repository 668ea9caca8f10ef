# SPDX-License-Identifier: Apache-2.0
"""Units of measured values: what can be converted, and what must be refused.

Concentrations convert into each other; every other unit passes only to itself. A value on a
p-scale (minus the decimal logarithm of a molar concentration) is dimensionless, and crosses to
a concentration only where somebody says so, through ``to_p`` and ``from_p``.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from loopwright.core.errors import DataError
from loopwright.core.values import Relation

__all__ = ["canonical", "convert", "flip", "from_p", "is_molar", "to_p"]

MOLAR_EXPONENT: Mapping[str, int] = MappingProxyType(
    {"M": 0, "mM": -3, "uM": -6, "nM": -9, "pM": -12}
)

_ALONE = [
    "1",
    "%",
    "degC",
    "K",
    "h",
    "min",
    "s",
    "d",
    "g",
    "mg",
    "ug",
    "kg",
    "L",
    "mL",
    "uL",
    "g/L",
    "mg/mL",
    "ug/mL",
    "mg/L",
    "mg/kg",
    "eq",
    "fold",
    "bar",
    "rpm",
    "V",
    "mV",
    "kcal/mol",
    "kJ/mol",
    "cm/s",
    "1e-6cm/s",
    "mol%",
    "wt%",
    "vol%",
    "g/mol",
    "Da",
    "log(mol/L)",
    "L/min",
    "mL/min",
    "uL/min",
    "mL/min/g",
    "mL/min/kg",
    "uL/min/mg",
    "uL/min/1e6cells",
    "mL/mg/kg",
    "min/mL",
    "ug/mL/h",
    "g/h",
    "mL/h",
    "h-1",
    "min-1",
    "s-1",
]

_INSTRUMENT = (
    "#", "#/uL", "AU", "mAU", "OD", "RFU", "RLU", "RU", "RU/s", "RIU", "GU", "NTU", "Counts",
    "Counts/mL", "Counts/uL", "cell", "cells/mL", "10^6 cells/mL", "CFU", "CFU/mL", "IU", "IU/L",
    "U/L", "U/mL", "ng/mL", "ng/uL", "ug/uL", "pg/mL", "pg/uL", "pg", "ng", "ug/L", "mg/dL", "g/mL",
    "mosm/kg", "mmHg", "kPa", "mbar", "psi", "pH", "nanometre", "micrometre", "millimetre", "mm^2",
    "mm^3", "nL", "pL", "ms", "kHz", "Hz", "mS/cm", "uS/cm", "pA", "mV", "kDa", "ppm", "copies/uL",
    "mAU.s", "mAU.min", "mAU.mL", "RFU.s", "RLU.s", "pA.s", "nC", "nC.s",
)  # fmt: skip
"""What instruments count in; letter for letter, because case and length decide among them."""

_ALIASES = {
    "": "1", "log": "1", "-log": "1", "p": "1", "none": "1", "dimensionless": "1", "unitless": "1",
    "ratio": "1", "percent": "%", "pct": "%", "c": "degC", "°c": "degC", "celsius": "degC",
    "deg c": "degC", "hr": "h", "hour": "h", "hours": "h", "hrs": "h", "minute": "min",
    "minutes": "min", "sec": "s", "second": "s", "seconds": "s", "day": "d", "days": "d",
    "mol/l": "M", "molar": "M", "mmol/l": "mM", "umol/l": "uM", "micromolar": "uM",
    "nmol/l": "nM", "nanomolar": "nM", "pmol/l": "pM", "picomolar": "pM", "millimolar": "mM",
    "equiv": "eq", "equivalents": "eq", "log mol/l": "log(mol/L)", "log(m)": "log(mol/L)",
    "logs": "log(mol/L)", "ug.ml-1": "ug/mL", "ml/min.g": "mL/min/g", "ug/ml/hr": "ug/mL/h",
    "ml.min-1.kg-1": "mL/min/kg", "ml.min-1.g-1": "mL/min/g", "ul/mg/min": "uL/min/mg",
}  # fmt: skip

_KNOWN = (*MOLAR_EXPONENT, *_ALONE, *(u for u in _INSTRUMENT if u not in _ALONE))
_LOWER = {unit.lower(): unit for unit in _ALONE}
_FLIPPED: Mapping[Relation, Relation] = MappingProxyType(
    {"=": "=", "~": "~", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
)


def canonical(unit: str) -> str:
    """Return the one way in which this package writes a unit.

    Both micro signs read as ``u``. Case counts for concentrations, because ``mM`` and ``MM``
    are not the same; for all other units it does not.

    Args:
        unit: As a person wrote it; blank and ``log`` mean dimensionless.

    Raises:
        DataError: No such unit is known; the message names the nearest one.

    Example:
        >>> canonical("µM"), canonical(" hours "), canonical("")
        ('uM', 'h', '1')
    """
    plain = unit.strip().replace("µ", "u").replace("μ", "u")
    if plain in _KNOWN:
        return plain
    low = plain.lower()
    if low in _ALIASES:
        return _ALIASES[low]
    if low in _LOWER:
        return _LOWER[low]
    if low in {"um", "nm"} and plain[0].islower():
        return plain[0] + "M"
    raise DataError(
        f"Unit {unit[:40]!r} is not known; the nearest known one is {_nearest(plain[:30])!r}",
        where="unit",
        remedy=f"Use one of: {', '.join(_KNOWN)}.",
    )


def is_molar(unit: str) -> bool:
    """Return whether a unit is a concentration in moles per litre; an unknown unit is not."""
    try:
        return canonical(unit) in MOLAR_EXPONENT
    except DataError:
        return False


def convert(value: float, from_unit: str, to_unit: str) -> float:
    """Convert a value between two linear units of one quantity.

    A unit that nobody knows still passes to itself, letter for letter.

    Args:
        value: Finite number in ``from_unit``.
        from_unit: Unit of ``value``.
        to_unit: Unit of the answer.

    Raises:
        DataError: A unit is unknown, the two measure different things, one is on a log scale
            and the other is not, or ``value`` is not finite.

    Example:
        >>> convert(1.5, "uM", "nM")
        1500.0
    """
    _demand_finite(value)
    if from_unit.strip() == to_unit.strip():
        return value
    old, new = canonical(from_unit), canonical(to_unit)
    if old == new:
        return value
    if old in MOLAR_EXPONENT and new in MOLAR_EXPONENT:
        return _shift(value, MOLAR_EXPONENT[old] - MOLAR_EXPONENT[new])
    if {old, new} & {"1"} and {old, new} & MOLAR_EXPONENT.keys():
        raise DataError(
            f"A concentration in {old if new == '1' else new} and a value on a log scale are "
            "not the same number",
            where="unit",
            remedy="Say so if you mean the p-scale: set `as_p = true` for this value column.",
        )
    raise DataError(
        f"{old!r} cannot be converted to {new!r}",
        where="unit",
        remedy="State the property in the unit in which it was measured.",
    )


def to_p(value: float, unit: str) -> float:
    """Return minus the decimal logarithm of a concentration in mol/L (IC50 to pIC50).

    Args:
        value: Concentration, > 0.
        unit: A molar unit.

    Raises:
        DataError: ``value`` is not a positive finite number, or ``unit`` is no concentration.

    Source:
        IUPAC Gold Book, "pIC50" by analogy with pH: p stands for -log10 of molar.

    Example:
        >>> to_p(10.0, "nM")
        8.0
    """
    _demand_finite(value)
    if value <= 0.0:
        raise DataError(
            f"A concentration of {value} {unit} has no logarithm",
            where="value",
            remedy="Give a concentration above zero, or mark it with '<' and the lowest dose.",
        )
    return -MOLAR_EXPONENT[_demand_molar(unit)] - math.log10(value)


def from_p(p: float, unit: str) -> float:
    """Return the concentration that stands behind a value on the p-scale.

    Args:
        p: Minus the decimal logarithm of the concentration in mol/L.
        unit: The molar unit of the answer.

    Raises:
        DataError: ``p`` is not finite or out of all measure, or ``unit`` is no concentration.

    Example:
        >>> from_p(8.0, "nM")
        10.0
    """
    _demand_finite(p)
    exponent = -p - MOLAR_EXPONENT[_demand_molar(unit)]
    if abs(exponent) > 300:
        raise DataError(
            f"{p} on the p-scale is no concentration",
            where="value",
            remedy="Check whether the value is on a p-scale; drugs lie between 0 and 15.",
        )
    return float(10.0**exponent)


def flip(relation: Relation) -> Relation:
    """Return the relation seen from the p-scale: larger concentrations have smaller p.

    Example:
        >>> flip(">")
        '<'
    """
    return _FLIPPED[relation]


@lru_cache(maxsize=256)
def _nearest(unit: str) -> str:
    """Return the known unit that looks most like this one."""
    return difflib.get_close_matches(unit, _KNOWN, n=1, cutoff=0.0)[0]


def _shift(value: float, exponent: int) -> float:
    """Move the decimal point without a detour through a rounded factor."""
    moved = value * 10.0**exponent if exponent >= 0 else value / 10.0**-exponent
    _demand_finite(moved)
    return moved


def _demand_molar(unit: str) -> str:
    """Refuse what is no concentration."""
    known = canonical(unit)
    if known not in MOLAR_EXPONENT:
        raise DataError(
            f"{unit!r} is no molar concentration, so it has no p-scale",
            where="unit",
            remedy=f"Use one of: {', '.join(MOLAR_EXPONENT)}.",
        )
    return known


def _demand_finite(value: float) -> None:
    """Refuse NaN and infinity."""
    if not math.isfinite(value):
        raise DataError(
            f"{value} is not a finite number", where="value", remedy="Give a finite number."
        )
