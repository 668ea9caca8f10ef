# SPDX-License-Identifier: Apache-2.0
"""Reads a unit as people and instruments write it, and writes it in one way.

A unit is a power of ten and a product of atoms from a closed list: what is not on the list is
refused, and no prefix is ever taken off a word. Converts nothing.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from attrs import frozen

from loopwright.core.errors import DataError
from loopwright.science.signs import plain_signs

__all__ = ["ATOMS", "MOLAR_EXPONENT", "Unit", "canonical", "parsed"]

MOLAR_EXPONENT: Mapping[str, int] = MappingProxyType(
    {"M": 0, "mM": -3, "uM": -6, "nM": -9, "pM": -12, "fM": -15}
)

ATOMS: Mapping[str, str] = MappingProxyType({
    **{u: f"10**{e} * mole / litre" for u, e in MOLAR_EXPONENT.items()},
    "mol": "mole", "mmol": "10**-3 * mole", "umol": "10**-6 * mole", "nmol": "10**-9 * mole",
    "pmol": "10**-12 * mole", "fmol": "10**-15 * mole",
    "kg": "10**3 * gram", "g": "gram", "mg": "10**-3 * gram", "ug": "10**-6 * gram",
    "ng": "10**-9 * gram", "pg": "10**-12 * gram",
    "L": "litre", "dL": "10**-1 * litre", "mL": "10**-3 * litre", "uL": "10**-6 * litre",
    "nL": "10**-9 * litre",
    "d": "86400 * second", "h": "3600 * second", "min": "60 * second", "s": "second",
    "ms": "10**-3 * second",
    "m": "metre", "cm": "10**-2 * metre", "mm": "10**-3 * metre", "um": "10**-6 * metre",
    "nm": "10**-9 * metre",
    "K": "kelvin", "degC": "celsius", "degF": "fahrenheit",
    "kcal": "4184 * joule", "cal": "4184/1000 * joule", "kJ": "10**3 * joule", "J": "joule",
    "Da": "gram/mole", "kDa": "1e3 gram/mole",
    "bar": "10**5 * pascal", "mbar": "10**2 * pascal", "Pa": "pascal", "kPa": "10**3 * pascal",
    "MPa": "10**6 * pascal", "mmHg": "133322387415/1000000000 * pascal", "atm": "101325 * pascal",
    "psi": "6894757293168/1000000000 * pascal",
    "V": "volt", "mV": "10**-3 * volt", "AU": "absorbance", "mAU": "10**-3 * absorbance",
    "cells": "cell", "%": "percent", "mol%": "mole_percent", "wt%": "weight_percent",
    "vol%": "volume_percent", "eq": "equivalent", "fold": "fold", "rpm": "turns_per_minute",
    "U": "enzyme_unit", "mU": "10**-3 * enzyme_unit", "IU": "international_unit", "#": "number",
    "Counts": "counts", "cps": "counts_per_second", "RFU": "fluorescence_unit",
    "RLU": "luminescence_unit", "RU": "resonance_unit", "OD": "optical_density", "pH": "pH_unit",
    "mosm": "milliosmole",
    "nanometre": "10**-9 * metre", "micrometre": "10**-6 * metre", "millimetre": "10**-3 * metre",
    "pL": "10**-12 * litre", "pA": "10**-12 * ampere", "nC": "10**-9 * ampere * second",
    "Hz": "hertz", "kHz": "10**3 * hertz", "mS": "10**-3 * siemens", "uS": "10**-6 * siemens",
    "ppm": "parts_per_million",
    "NTU": "turbidity_unit", "GU": "glucose_unit", "RIU": "refractive_index_unit", "CFU": "colony",
    "copies": "copy", "log(mol/L)": "log_molar", "log(cm/s)": "log_permeability",
    "kg of body": "kg_of_body",
})  # fmt: skip
"""Each atom, and what it is in the registry. ``#`` counts; ``kg of body`` is a kilogram below
the stroke of a dose or a clearance, which no gram of tissue or protein converts into."""

_WHOLE = (
    "1", "g/L", "mg/mL", "ug/mL", "ng/mL", "pg/mL", "mg/L", "ug/L", "ng/uL", "mg/kg", "kcal/mol",
    "kJ/mol", "cm/s", "1e-6cm/s", "nm/s", "g/mol", "L/min", "mL/min", "uL/min", "mL/min/g",
    "mL/min/kg", "uL/min/mg", "uL/min/1e6cells", "mL/mg/kg", "min/mL", "ug/mL/h", "g/h", "mL/h",
    "h-1", "min-1", "s-1", "L/kg", "1e6cells/mL", "cells/mL", "U/mL",
)  # fmt: skip

_ALIASES = {
    "": "1", "log": "1", "-log": "1", "p": "1", "none": "1", "dimensionless": "1", "unitless": "1",
    "(unitless)": "1", "ratio": "1", "percent": "%", "pct": "%", "c": "degC", "°c": "degC",
    "celsius": "degC", "deg c": "degC", "f": "degF", "°f": "degF", "deg f": "degF",
    "kelvin": "K", "hr": "h", "hour": "h", "hours": "h", "hrs": "h", "minute": "min",
    "minutes": "min", "mins": "min", "sec": "s", "second": "s", "seconds": "s", "secs": "s",
    "day": "d", "days": "d", "msec": "ms", "mol/l": "M",
    "mmol/l": "mM", "umol/l": "uM", "nmol/l": "nM", "pmol/l": "pM",
    "molar": "M", "millimolar": "mM", "micromolar": "uM",
    "nanomolar": "nM", "picomolar": "pM", "femtomolar": "fM", "equiv": "eq", "equivalents": "eq",
    "log mol/l": "log(mol/L)", "log(m)": "log(mol/L)", "logs": "log(mol/L)",
    "log10(mol/l)": "log(mol/L)", "log10(cm/s)": "log(cm/s)", "ml/min.g": "mL/min/g",
    "od600": "OD", "cell": "cells", "count": "Counts", "dalton": "Da", "litre": "L", "liter": "L",
    "ul/mg/min": "uL/min/mg", "ml/mg/min": "mL/min/mg", "ul/min/million cells": "uL/min/1e6cells",
    "ul/min/10^6 cells": "uL/min/1e6cells",
}  # fmt: skip

_MOLES = {"mol": 0, "mmol": -3, "umol": -6, "nmol": -9, "pmol": -12, "fmol": -15}
_STRICT = {*MOLAR_EXPONENT, *_MOLES, "U", "mU", "m", "um", "nm", "mm"}
"""Atoms of which case tells one from another."""

_LOWER = {atom.lower(): atom for atom in ATOMS if atom not in _STRICT and " " not in atom}
_ALONE = frozenset(ATOMS) - {"m", "um", "nm", "mm", "kg of body"}
"""Alone, ``m`` and ``mm`` may be metres, minutes or millimolar."""

_POWER = (
    r"(?:[x*]\s*)?(?:10(?:\^|\*\*|\*)\s*([+-]?[0-9]{1,2})|10([+-][0-9]{1,2})|1e([+-]?[0-9]{1,2}))"
)
_FACTOR = re.compile(rf"{_POWER}\s*(?![0-9.^])", re.IGNORECASE)
_ATOM = re.compile(r"(?P<name>[A-Za-z%#°]+%?)(?:\^(?P<raised>[+-]?[1-9])|(?P<plain>-[1-9]|[23]))?")
_LITRES = {"L": 0, "mL": 3, "uL": 6}


@frozen
class Unit:
    """A unit, taken apart."""

    power: int
    """The decimal exponent in front: -6 of ``10^-6 cm/s``."""

    atoms: tuple[tuple[str, int], ...]
    """(atom, exponent), those above the stroke first."""

    @property
    def molar_exponent(self) -> int | None:
        """Return the exponent of this unit in mol/L; None if it is no molar concentration."""
        if len(self.atoms) == 1 and self.atoms[0][1] == 1 and self.atoms[0][0] in MOLAR_EXPONENT:
            return MOLAR_EXPONENT[self.atoms[0][0]] + self.power
        return None


@lru_cache(maxsize=4096)
def canonical(unit: str) -> str:
    """Return the one way in which this package writes a unit.

    Both micro signs read as ``u``. Case counts for concentrations, because ``mM`` and ``MM``
    are not the same; for most other units it does not.

    Args:
        unit: As a person or an instrument wrote it; blank and ``log`` mean dimensionless.

    Raises:
        DataError: No such unit is known; the message names the nearest one.

    Example:
        >>> canonical("µM"), canonical(" hours "), canonical("")
        ('uM', 'h', '1')
        >>> canonical("ml·min⁻¹·kg⁻¹"), canonical("x10-6 cm/s"), canonical("nmol/mL")
        ('mL/min/kg', '1e-6cm/s', 'uM')
    """
    known = _known(unit)
    return known if known == "1" else _written(parsed(known))


@lru_cache(maxsize=4096)
def parsed(unit: str) -> Unit:
    """Return a unit taken apart; ``1`` has no atoms.

    Raises:
        DataError: No such unit is known.
    """
    text = _known(unit)
    if text == "1":
        return Unit(0, ())
    found = Unit(0, ((text, 1),)) if text in _ALONE else _product(text)
    if found is None:
        raise DataError(
            f"Unit {unit[:40]!r} is not known; the nearest known one is {_nearest(text[:30])!r}",
            where="unit",
            remedy=f"Use one of: {', '.join((*_WHOLE, *sorted(_ALONE)))}.",
        )
    return _molar(found)


def _known(unit: str) -> str:
    """Return a unit in plain signs, with its other names resolved."""
    text = plain_signs(unit.strip()).replace("µ", "u").replace("μ", "u").strip()
    low = text.lower()
    if text in _ALONE:
        return text
    if low in {"um", "nm"} and text[0].islower():
        return f"{low[0]}M"
    return _ALIASES.get(low) or _LOWER.get(low) or text


# ---- taking apart
def _product(text: str) -> Unit | None:
    """Return the unit that a text writes as a product; None if it is none."""
    text = re.sub(r"\s+per\s+", "/", re.sub(r"[·⋅•]", ".", text.replace("×", "x")))
    text = re.sub(r"/\s*\(([^()]*)\)", lambda m: "/" + re.sub(r"[\s.*]+", "/", m[1].strip()), text)
    power, text = _power(text)
    exponents: dict[str, int] = {}
    for place, part in enumerate(text.split("/")):
        more, rest = _power(part)
        power += -more if place else more
        words = re.split(r"\s*[.*]\s*|\s+", rest) if rest else []
        if not words and (place or text[:1] != "/"):
            return None
        for word in words:
            atom = _atom(word, is_below=place > 0, is_lone=len(words) == 1)
            if atom is None:
                return None
            exponents[atom[0]] = exponents.get(atom[0], 0) + atom[1]
    ranked = sorted(exponents.items(), key=lambda pair: pair[1] < 0)
    atoms = tuple((a, e) for a, e in ranked if e)
    is_bare = len(atoms) == 1 and atoms[0][1] == 1 and atoms[0][0] not in _ALONE
    return Unit(power, atoms) if atoms and not is_bare else None


def _power(text: str) -> tuple[int, str]:
    """Return the power of ten in front of a text, and what is left."""
    found = _FACTOR.match(text.strip())
    if found is None:
        return 0, text.strip()
    return int(found[1] or found[2] or found[3]), text.strip()[found.end() :]


def _atom(word: str, *, is_below: bool, is_lone: bool) -> tuple[str, int] | None:
    """Return an atom with its exponent; below the stroke it is negative."""
    found = _ATOM.fullmatch(word)
    if found is None:
        return None
    name = found["name"]
    exponent = int(found["raised"] or found["plain"] or 1)
    low = name.lower()
    known = name if name in ATOMS else _LOWER.get(low) or _ALIASES.get(low, "")
    if known not in ATOMS or (found["plain"] in {"2", "3"} and not known.endswith("m")):
        return None
    if is_below and (exponent < 0 or not is_lone):
        return None
    exponent = -exponent if is_below else exponent
    return ("kg of body" if known == "kg" and exponent == -1 else known), exponent


def _molar(unit: Unit) -> Unit:
    """Return moles per volume as a molar unit, its power of ten taken into it."""
    powers = dict(unit.atoms)
    moles, litres = (next((a for a in family if a in powers), "") for family in (_MOLES, _LITRES))
    power, atoms = unit.power, unit.atoms
    if powers.get(moles) == 1 and powers.get(litres) == -1:
        power += _MOLES[moles] + _LITRES[litres]
        atoms = (("M", 1), *((a, e) for a, e in atoms if a not in {moles, litres}))
    found = Unit(power, atoms)
    exponent = found.molar_exponent
    exact = next((u for u, e in MOLAR_EXPONENT.items() if e == exponent), "")
    return Unit(0, ((exact, 1),)) if exact else found


# ---- writing
def _written(unit: Unit) -> str:
    """Return the one way to write a unit."""
    if found := _whole().get(unit):
        return found
    factor = f"1e{unit.power}" if unit.power else ""
    above = [f"{a}{f'^{e}' if e > 1 else ''}" for a, e in unit.atoms if e > 0]
    below = [(a.removesuffix(" of body"), -e) for a, e in unit.atoms if e < 0]
    if not above:
        return factor + " ".join(f"{a}-{e}" for a, e in below)
    return factor + ".".join(above) + "".join(f"/{a}{f'^{e}' if e > 1 else ''}" for a, e in below)


@lru_cache(maxsize=1)
def _whole() -> dict[Unit, str]:
    return {parsed(text): text for text in _WHOLE if text != "1"}


@lru_cache(maxsize=256)
def _nearest(unit: str) -> str:
    """Return the known unit that looks most like this one."""
    return difflib.get_close_matches(
        unit, sorted({*_WHOLE, *_ALONE} - _MOLES.keys()), n=1, cutoff=0.0
    )[0]
