# SPDX-License-Identifier: Apache-2.0
"""Conversion between units of one quantity, by a registry of our own definitions.

The registry (`pint <https://pint.readthedocs.io>`_) holds nothing but the atoms of
``unit_text``: no prefix and no other name is known to it, so that it can read no unit as another.
It is built once, when it is first needed, and reckons in fractions.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from loopwright.core.errors import DataError
from loopwright.science.unit_text import ATOMS, Unit, parsed

if TYPE_CHECKING:
    import pint

__all__ = ["factor", "shifted"]

_BASES = (
    "mole", "gram", "second", "metre", "kelvin", "celsius", "fahrenheit", "joule", "pascal", "volt",
    "absorbance", "cell",
    "percent", "mole_percent", "weight_percent", "volume_percent", "equivalent", "fold",
    "turns_per_minute", "enzyme_unit", "international_unit", "number", "counts",
    "counts_per_second", "fluorescence_unit", "luminescence_unit", "resonance_unit",
    "optical_density", "pH_unit", "milliosmole", "log_molar", "log_permeability", "kg_of_body",
    "ampere", "hertz", "siemens", "parts_per_million", "turbidity_unit", "glucose_unit",
    "refractive_index_unit", "colony", "copy",
)  # fmt: skip
_OFFSETS = {"degC": (Fraction(1), Fraction(27315, 100)),
            "degF": (Fraction(5, 9), Fraction(45967, 180)),
            "K": (Fraction(1), Fraction(0))}  # fmt: skip
"""Kelvin = slope x value + zero."""


@lru_cache(maxsize=4096)
def factor(old: str, new: str) -> tuple[float, float]:
    """Return numerator and denominator of the factor that takes ``old`` into ``new``.

    Raises:
        DataError: The two measure different things.

    Source:
        Units of the SI (BIPM brochure, 2019); the thermochemical calorie is 4.184 J.
    """
    one, other = parsed(old), parsed(new)
    ratio = (_quantity(one) / _quantity(other)).to_base_units()
    if not (one.atoms and other.atoms and ratio.unitless):
        raise _apart(old, new)
    exact = Fraction(ratio.magnitude) * Fraction(10) ** (one.power - other.power)
    return float(exact.numerator), float(exact.denominator)


def shifted(value: float, old: str, new: str) -> float | None:
    """Return a temperature in another scale; None if the units are not both temperatures."""
    if old not in _OFFSETS or new not in _OFFSETS:
        return None
    slope, zero = _OFFSETS[old]
    kelvin = slope * Fraction(value) + zero
    return float((kelvin - _OFFSETS[new][1]) / _OFFSETS[new][0])


@lru_cache(maxsize=1)
def _registry() -> pint.UnitRegistry[Any]:
    import pint

    registry: pint.UnitRegistry[Any] = pint.UnitRegistry(None, non_int_type=Fraction)
    for base in _BASES:
        registry.define(f"{base} = [kind_of_{base}]")
    registry.define("litre = 1/1000 * metre**3")
    for place, meaning in enumerate(ATOMS.values()):
        registry.define(f"atom{place} = {meaning}")
    return registry


def _quantity(unit: Unit) -> Any:
    """Return one of a unit, its power of ten left out."""
    registry, places = _registry(), {atom: place for place, atom in enumerate(ATOMS)}
    whole = registry.Quantity(Fraction(1))
    for atom, exponent in unit.atoms:
        whole = whole * registry.Quantity(Fraction(1), f"atom{places[atom]}") ** exponent
    return whole


def _apart(old: str, new: str) -> DataError:
    return DataError(
        f"{old!r} cannot be converted to {new!r}",
        where="unit",
        remedy="State the property in the unit in which it was measured.",
    )
