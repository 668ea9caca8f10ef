# SPDX-License-Identifier: Apache-2.0
"""The vocabulary of Allotrope documents, as far as a table needs it.

Which words say whose a value is, which tell two assays apart, and how units are written here.
"""

from __future__ import annotations

import re
from typing import Any

from loopwright.core.errors import DataError
from loopwright.science.wells import plain

__all__ = [
    "CONDITIONS",
    "DETAILS",
    "FACTS",
    "MEASURED",
    "NAMES",
    "NOTHING",
    "NO_RESULTS",
    "NO_TIME",
    "SAMPLE_NAMES",
    "identity",
    "is_condition",
    "plain_unit",
    "shown",
    "well_name",
]

FACTS = {
    "well plate identifier": "plate",
    "plate identifier": "plate",
    "destination well plate identifier": "plate",
    "location identifier": "well",
    "well location identifier": "well",
    "destination well location identifier": "well",
    "sample identifier": "sample",
    "ligand identifier": "ligand",
    "flow cell identifier": "flow cell",
    "sample role type": "sample role",
    "measurement time": "measured at",
    "analyst": "measured by",
}
"""Word -> column that it fills."""

NAMES = {
    "calculated data name": "calculated result",
    "image feature name": "image feature result",
    "statistical feature": "statistical value",
}
"""Word that names a quantity -> the quantity that it names."""

CONDITIONS = frozenset({
    "analyte name", "target DNA description", "identifier role", "fluorescent tag setting",
    "reporter dye setting", "label", "peak name", "calculation description",
})  # fmt: skip
"""Words without which two values of one property do not compare."""

_CONDITION = re.compile(
    r"(?:excitation|emission|detector) wavelength setting|particle size|time setting|"
    r"wavelength"
)
DETAILS = frozenset({
    "device control aggregate document", "device control document", "sample document",
    "data processing document", "custom information document",
    "custom information aggregate document",
    "image aggregate document", "image document", "sensor chip document", "injection document",
    "chromatography column document", "calibration aggregate document",
    "data system document", "device system document", "data source aggregate document",
})  # fmt: skip
"""Documents about a measurement that hold no result of it."""

MEASURED = frozenset({
    "measurement document", "processed data document", "processed data aggregate document",
    "peak list",
})  # fmt: skip
"""Documents below which a quantity is a result."""

SAMPLE_NAMES = frozenset({"sample", "sample name", "sample id", "name"})
"""Words among the unread ones, in lower case, that name a sample which nothing else names."""

NO_RESULTS = frozenset({"compartment temperature"})
"""Quantities that are told of every well, and are the result of none."""

NO_TIME = "1970-01-01T00:00:00"
"""What a converter writes where the export tells no time."""

NOTHING = frozenset({"", "N/A", "n/a", "None", "nan"})
"""Texts that say that there is nothing to say."""

_UNITS = {
    "(unitless)": "1", "unitless": "1", "": "1", "nm": "nanometre", "µm": "micrometre",
    "um": "micrometre", "mm": "millimetre",
}  # fmt: skip
"""Lengths are written out: ``nm`` beside a value is read as nanomolar everywhere else."""

_RANDOM = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def is_condition(key: str) -> bool:
    """Return whether a quantity is no result, but tells one assay from another."""
    return bool(_CONDITION.fullmatch(key))


def plain_unit(unit: Any) -> str:
    """Return a unit as the rest of this package writes it; one it does not know stays as it is.

    Example:
        >>> plain_unit("(unitless)"), plain_unit("µm"), plain_unit("pg/μL"), plain_unit("mAU")
        ('1', 'micrometre', 'pg/uL', 'mAU')
    """
    text = shown(unit).replace("μ", "µ")
    return _UNITS.get(text, text.replace("µ", "u"))


def shown(value: Any) -> str:
    """Return a word of a document as text; a number keeps every digit it has.

    Example:
        >>> shown(0.1), shown(12.0), shown(True), shown(None)
        ('0.1', '12.0', 'TRUE', '')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return repr(float(value))
    return " ".join(str(value).split())


def identity(value: Any) -> bool:
    """Return whether a word is a random identifier, which would differ at each reading."""
    return isinstance(value, str) and bool(_RANDOM.fullmatch(value))


def well_name(text: str) -> str:
    """Return a well as this package writes it; blank if the text is none."""
    try:
        return plain(text)
    except DataError:
        return ""
