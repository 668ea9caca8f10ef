# SPDX-License-Identifier: Apache-2.0
"""The words by which columns are known, in the languages that laboratories write.

Knows single words and names, no table: what columns mean together is for ``guess``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from loopwright.core.errors import DataError
from loopwright.science.units import canonical

__all__ = [
    "ASIDE",
    "GENERIC",
    "IS_P",
    "IS_POTENCY",
    "NAMES",
    "PERCENT",
    "PROPERTY",
    "QUALIFIER",
    "UNIT",
    "VALUE",
    "bears",
    "is_identity",
    "is_known",
    "is_potency",
    "is_summary",
    "is_unit",
    "plain",
    "unit_in",
    "unit_in_title",
]

LONGEST_NAME = 200
"""Characters; a longer text is no name of a column that anybody knows."""

NAMES: Mapping[str, tuple[str, ...]] = {
    "candidate_id": ("candidate id", "candidate"),
    "structure": (
        "smiles", "structure", "canonical smiles", "isomeric smiles", "standardized smiles",
        "rdkit smiles", "mol", "molblock", "drug", "recipe", "ligand smiles", "struktur",
        "strukturformel", "structure smiles", "smiles string", "smiles code",
        "cxsmiles", "estructura", "struttura",
    ),
    "name": (
        "molecule chembl id", "compound id", "compound name", "compound", "name", "molecule name",
        "drug id", "zinc id", "id", "cid", "identifier", "title", "cmpd", "cmpd id", "compound no",
        "compound number", "compound nr", "cpd", "cpd id", "compound #", "cmpd #", "mol id",
        "molecule id", "substance", "verbindung", "substanz", "wirkstoff", "bezeichnung",
        "verbindungsname", "composé", "compose", "nom", "molécule", "compuesto", "nombre",
        "composto", "composto id", "nome", "test article", "molecule", "entry",
    ),
    "made": ("made", "made structure", "made smiles", "structure made", "actual structure"),
    "sample": (
        "sample id", "sample", "batch", "batch id", "lot", "lot id", "batch name", "lot number",
        "lot no", "batch number", "batch no", "probe", "échantillon",
    ),
    "assay": ("assay id", "assay", "assay chembl id", "assay name"),
    "assay_version": ("assay version", "protocol version"),
    "status": ("status", "synthesis status"),
    "plate": ("plate", "plate id", "plate barcode"),
    "well": ("well", "well id"),
    "measured_at": ("measured at", "measured on", "date", "run date", "datum"),
    "measured_by": ("measured by", "operator"),
    "order": ("order id", "order"),
}  # fmt: skip
"""Role -> names of its column, the best first."""

VALUE = ("standard value", "value", "result", "measured value", "wert", "messwert", "valeur")
PROPERTY = (
    "standard type", "property", "endpoint", "parameter", "eigenschaft", "messgröße", "propriété",
)  # fmt: skip
UNIT = ("standard units", "standard unit", "unit", "units", "einheit", "einheiten", "unité")
QUALIFIER = (
    "relation", "qualifier", "operator", "modifier", "standard relation", "prefix", "relationship",
    "inequality", "censor",
)  # fmt: skip

GENERIC = frozenset({
    "activity", "act", "affinity", "score", "y", "value", "target value", "label", "fitness",
    "response", "result", "readout", "sol", "solubility", "logd", "logp", "logs", "dg", "titer",
})  # fmt: skip
PERCENT = frozenset({
    "yield", "conversion", "purity", "inhibition", "ee", "yield percent", "ausbeute", "rendement",
})  # fmt: skip

ASIDE = frozenset({
    "sd", "std", "stdev", "sem", "se", "error", "err", "cv", "count", "n", "hill", "slope", "unit",
    "units", "lower", "upper", "low", "high", "ci", "r2", "date", "flag", "comment", "comments",
    "note", "notes", "remark", "class", "type", "method", "top", "bottom", "ci95", "95%", "rsd",
    *(word for name in QUALIFIER for word in name.split()),
})  # fmt: skip
"""Words which say that a column speaks of a value, and is none."""

_POTENCY = r"(?:abs |rel )?(?:ic|ec|ac|gi|cc|dc|xc|mic|ld|lc|ci|ce)\s?[0-9]{0,2}|k[iid]|potency"
IS_POTENCY = re.compile(rf"(?:{_POTENCY})", re.IGNORECASE)
"""A name that is a concentration of half effect, or a constant of binding."""

IS_P = re.compile(r".*\bp-?(?:ic|ec|ac|gi|xc|dc)[0-9]{2}\b.*|.*\bp-?k[id]\b.*|pchembl.*", re.I)

_SUMMARY = frozenset({
    "mean", "average", "avg", "ave", "median", "total", "totals", "grand total", "sum", "subtotal",
    "sd", "s d", "std", "stdev", "std dev", "standard deviation", "sem", "s e m", "cv", "cv %",
    "%cv", "% cv", "min", "max", "minimum", "maximum", "geomean", "geometric mean", "mittelwert",
    "summe", "gesamt", "standardabweichung", "moyenne", "somme", "écart type", "mean ± sd",
})  # fmt: skip

_FORMS = (
    re.compile(r"^(?P<stem>.+?)\s*[(\[{](?P<unit>[^()\[\]{}]+)[)\]}]\s*$"),
    re.compile(r"^(?P<stem>.+?)\s*(?:,|;|/| in | as )\s*(?P<unit>[^\s,;]+(?:/[^\s,;]+)?)\s*$"),
    re.compile(r"^(?P<stem>.+?)[_ ](?P<unit>[A-Za-zµμ%°/]+)$"),
)
_TITLE_UNIT = re.compile(
    r"(?:\b(?:in|as|units?|einheit|unité)\b[:= ]*|[(\[])(?P<unit>[pnuµμm]M)\b", re.IGNORECASE
)
_BARE = frozenset({"p", "c", "s", "h", "m", "d", "l", "g", "v", "k"})
"""Letters that are units in brackets, and anything elsewhere."""


@lru_cache(maxsize=4096)
def plain(name: str) -> str:
    """Return a name without case, underscores and doubled blanks.

    Example:
        >>> plain("Compound_ID")
        'compound id'
    """
    return " ".join(re.sub(r"[_\-.\ufeff]+", " ", name).lower().split())


@lru_cache(maxsize=4096)
def unit_in(column: str) -> tuple[str, str]:
    """Return the name and the unit in a header; the unit is blank where there is none.

    Example:
        >>> unit_in("IC50 (nM)"), unit_in("IC50, uM"), unit_in("Ki/nM"), unit_in("drug_h")
        (('IC50', 'nM'), ('IC50', 'uM'), ('Ki', 'nM'), ('drug_h', ''))
    """
    column = " ".join(column.split())
    if len(column) > LONGEST_NAME:
        return column, ""
    for form in _FORMS:
        found = form.match(column)
        if found is None:
            continue
        try:
            unit = canonical(found["unit"])
        except DataError:
            continue
        is_bare = found["unit"].lower() in _BARE
        stem = found["stem"].strip()
        is_dose = stem[-1:].isdigit() and stem.split()[-1].isdigit() and not _is_one(stem)
        if form is _FORMS[0] or (unit != "1" and not is_bare and not is_dose):
            return stem, unit
    return column, ""


def _is_one(stem: str) -> bool:
    """Return whether a name ends in a number that belongs to it: ``IC 50``."""
    return IS_POTENCY.fullmatch(" ".join(plain(stem).split()[-2:])) is not None


def is_unit(cell: str) -> bool:
    """Return whether a cell holds a unit and nothing else: ``nM``, ``[ug/mL]``.

    Example:
        >>> is_unit("(nM)"), is_unit("%"), is_unit("ethanol"), is_unit("")
        (True, True, False, False)
    """
    text = cell.strip().strip("()[]{}").strip()
    if not text or len(text) > 30:
        return False
    try:
        return canonical(text) != "1" or text.lower() in {"log", "-log", "none", "unitless"}
    except DataError:
        return False


def unit_in_title(lines: Iterable[str]) -> str:
    """Return the one unit of concentration that titles state; blank if none or several.

    Example:
        >>> unit_in_title(["Report 7", "IC50 values in nM"]), unit_in_title(["at 10 uM ATP"])
        ('nM', '')
    """
    found = {canonical(m["unit"]) for line in lines for m in _TITLE_UNIT.finditer(line)}
    return found.pop() if len(found) == 1 else ""


def bears(name: str, role: str) -> bool:
    """Return whether a column's name is one of those of a role."""
    return plain(name) in NAMES[role] or (role == "structure" and plain(name).endswith(" smiles"))


def is_potency(short: str) -> bool:
    """Return whether a plain name is that of a potency, or has one among its words.

    Example:
        >>> is_potency("egfr ic50"), is_potency("ki"), is_potency("cc")
        (True, True, False)
    """
    return any(
        IS_POTENCY.fullmatch(w) and (w[-1].isdigit() or w[0] == "k" or w == "potency")
        for w in (short, *short.split())
    )


@lru_cache(maxsize=4096)
def is_identity(name: str) -> bool:
    """Return whether a column of this name tells rows apart: structure, name, id, sample, well."""
    named = ("structure", "name", "candidate_id", "sample", "well")
    return any(bears(name, role) for role in named) or plain(name).endswith((" id", " #"))


@lru_cache(maxsize=4096)
def is_known(name: str) -> bool:
    """Return whether a text is plainly the name of a column."""
    if len(name) > LONGEST_NAME:
        return False
    stem, unit = unit_in(name)
    short = plain(stem)
    return (
        is_identity(name)
        or any(bears(name, role) for role in NAMES)
        or any(short in words for words in (VALUE, PROPERTY, UNIT, QUALIFIER, GENERIC, PERCENT))
        or bool(unit and unit != "1" and len(short) > 1)
        or is_potency(short)
        or IS_P.fullmatch(short) is not None
    )


def is_summary(cell: str) -> bool:
    """Return whether a cell opens a row of means, totals and the like.

    Example:
        >>> is_summary("Mean:"), is_summary("Total"), is_summary("Meanine")
        (True, True, False)
    """
    word = cell.lower().rstrip(": ")
    return word in _SUMMARY or ("." in word and len(word) < 20 and plain(word) in _SUMMARY)
