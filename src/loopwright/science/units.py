# SPDX-License-Identifier: Apache-2.0
"""Units of measured values: what can be converted, and what must be refused.

Units of one quantity convert into each other: molar concentrations by moving the decimal point,
all others by an exact factor. A mass per volume becomes molar by a molar mass alone. A value on a
p-scale (minus the decimal logarithm of a molar concentration) is dimensionless, and crosses to
a concentration only where somebody says so, through ``to_p`` and ``from_p``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType

from loopwright.core.errors import DataError
from loopwright.core.values import Relation
from loopwright.science.quantities import factor, shifted
from loopwright.science.unit_text import MOLAR_EXPONENT, canonical, parsed

__all__ = [
    "canonical",
    "convert",
    "convert_spread",
    "flip",
    "from_p",
    "is_mass_per_volume",
    "is_molar",
    "molar_from_mass",
    "to_p",
]

_FLIPPED: Mapping[Relation, Relation] = MappingProxyType(
    {"=": "=", "~": "~", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
)


def is_molar(unit: str) -> bool:
    """Return whether a unit is a concentration in moles per litre; an unknown unit is not."""
    try:
        return parsed(unit).molar_exponent is not None
    except DataError:
        return False


@lru_cache(maxsize=1024)
def is_mass_per_volume(unit: str) -> bool:
    """Return whether a unit is a mass per volume; an unknown unit is not."""
    try:
        atoms = dict(parsed(unit).atoms)
    except DataError:
        return False
    masses = [e for a, e in atoms.items() if a.endswith("g") and e == 1]
    volumes = [e for a, e in atoms.items() if a.endswith("L") and e == -1]
    return len(atoms) == 2 and bool(masses and volumes)


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
    exponents = parsed(old).molar_exponent, parsed(new).molar_exponent
    if exponents[0] is not None and exponents[1] is not None:
        return _shift(value, exponents[0] - exponents[1])
    if "1" in {old, new} and exponents != (None, None):
        raise DataError(
            f"A concentration in {old if new == '1' else new} and a value on a log scale are "
            "not the same number",
            where="unit",
            remedy="Say so if you mean the p-scale: set `as_p = true` for this value column.",
        )
    if (temperature := shifted(value, old, new)) is not None:
        return temperature
    return _scaled(value, old, new)


def convert_spread(spread: float, from_unit: str, to_unit: str) -> float:
    """Convert a standard deviation or another difference of two values.

    Differs from ``convert`` for temperatures alone, whose zeros lie apart.

    Raises:
        DataError: As ``convert``.

    Example:
        >>> convert_spread(2.0, "degC", "K"), convert_spread(0.3, "uM", "nM")
        (2.0, 300.0)
    """
    zero = convert(0.0, from_unit, to_unit)
    if zero:
        return convert(spread, from_unit, to_unit) - zero
    return convert(spread, from_unit, to_unit)


def molar_from_mass(value: float, from_unit: str, to_unit: str, *, g_per_mol: float) -> float:
    """Return the molar concentration of a mass concentration.

    Args:
        value: In ``from_unit``.
        from_unit: A mass per volume.
        to_unit: A molar unit.
        g_per_mol: Molar mass of what was weighed in: of the salt, if it was one. > 0.

    Raises:
        DataError: ``from_unit`` is no mass per volume, ``to_unit`` is not molar, or the molar
            mass is no positive number.

    Example:
        >>> molar_from_mass(18.0, "ug/mL", "uM", g_per_mol=180.0)
        100.0
    """
    if not (math.isfinite(g_per_mol) and g_per_mol > 0.0):
        raise DataError(
            f"{g_per_mol} g/mol is no molar mass", where="value", remedy="Give a positive number."
        )
    _demand_finite(value)
    exponent = _demand_molar(to_unit)
    above, below = factor(from_unit, "g/L")
    return float(
        Fraction(value)
        * Fraction(above)
        / Fraction(below)
        / Fraction(g_per_mol)
        / Fraction(10) ** exponent
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
    return -_demand_molar(unit) - math.log10(value)


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
    exponent = -p - _demand_molar(unit)
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


def _scaled(value: float, old: str, new: str) -> float:
    """Multiply by the exact factor, rounded once where it is whole or one over a whole."""
    above, below = factor(old, new)
    scaled = value * above / below
    _demand_finite(scaled)
    return scaled


def _shift(value: float, exponent: int) -> float:
    """Move the decimal point without a detour through a rounded factor."""
    moved = value * 10.0**exponent if exponent >= 0 else value / 10.0**-exponent
    _demand_finite(moved)
    return moved


def _demand_molar(unit: str) -> int:
    """Return the exponent of a unit in mol/L; refuse what is no concentration."""
    exponent = parsed(unit).molar_exponent
    if exponent is None:
        raise DataError(
            f"{unit!r} is no molar concentration, so it has no p-scale",
            where="unit",
            remedy=f"Use one of: {', '.join(MOLAR_EXPONENT)}.",
        )
    return exponent


def _demand_finite(value: float) -> None:
    """Refuse NaN and infinity."""
    if not math.isfinite(value):
        raise DataError(
            f"{value} is not a finite number", where="value", remedy="Give a finite number."
        )
