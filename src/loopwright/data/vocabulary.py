# SPDX-License-Identifier: Apache-2.0
"""The words by which columns are known, in the languages that laboratories write.

Knows single words and names, no table: what columns mean together is for ``guess``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from loopwright.core.errors import DataError
from loopwright.data.naming import IS_P, IS_POTENCY, LONGEST_NAME, PERCENT, plain, split
from loopwright.science.units import canonical

__all__ = [
    "ASIDE",
    "GENERIC",
    "NAMELESS",
    "NAMES",
    "PAIRS",
    "PROPERTY",
    "QUALIFIER",
    "SEQUENCE",
    "UNIT",
    "VALUE",
    "bears",
    "is_identity",
    "is_known",
    "is_potency",
    "is_summary",
    "is_unit",
    "unit_in_title",
]

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
    "assay_version": ("assay version", "protocol version", "protocol"),
    "species": ("assay organism", "species", "organism", "target organism"),
    "cell_line": ("assay cell type", "cell line", "cell type", "cells"),
    "target": ("target chembl id", "target", "target name", "target pref name"),
    "status": ("status", "synthesis status"),
    "plate": (
        "plate", "plate id", "plate barcode", "assay plate barcode", "assay plate id",
        "assay plate", "destination plate barcode", "destination plate name", "destination plate",
        "plate name",
    ),
    "well": ("well", "well id"),
    "measured_at": ("measured at", "measured on", "date", "run date", "datum"),
    "measured_by": ("measured by", "operator"),
    "order": ("order id", "order"),
}  # fmt: skip
"""Role -> names of its column, the best first."""

PLATE_BESIDE_WELLS = ("barcode",)
"""Names of the column of plates in a table of wells; elsewhere tubes have barcodes, too."""

SEQUENCE = (
    "sequence", "protein sequence", "aa sequence", "amino acid sequence", "aaseq", "seq",
    "mutated sequence", "variant sequence", "protein", "variants", "variant", "mutant", "mutants",
    "mutations", "mutation", "aa substitutions", "hgvs pro", "combo",
)  # fmt: skip
"""Names of a column of proteins, the best first."""

PAIRS = (
    ("heavy", "light"), ("vh", "vl"), ("hc", "lc"), ("heavy chain", "light chain"),
    ("heavy sequence", "light sequence"), ("heavy chain sequence", "light chain sequence"),
    ("vh sequence", "vl sequence"), ("fv heavy", "fv light"),
    ("vh protein sequence", "vl protein sequence"),
    ("sequence alignment aa heavy", "sequence alignment aa light"), ("h", "l"),
)  # fmt: skip
"""Names of two columns that hold the chains of an antibody, the best first."""

LONE = ("vhh", "nanobody", "vhh sequence", "nanobody sequence", *(n for p in PAIRS for n in p))
"""Names of a lone column of sequences, if it holds what reads like them."""

VALUE = ("standard value", "value", "result", "measured value", "wert", "messwert", "valeur")
PROPERTY = (
    "standard type", "property", "endpoint", "parameter", "eigenschaft", "messgröße", "propriété",
)  # fmt: skip
UNIT = ("standard units", "standard unit", "unit", "units", "einheit", "einheiten", "unité")
QUALIFIER = (
    "relation", "qualifier", "operator", "modifier", "standard relation", "prefix", "relationship",
    "inequality", "censor",
)  # fmt: skip

NAMELESS = frozenset({
    "activity", "act", "affinity", "score", "y", "value", "target value", "label", "fitness",
    "response", "result", "readout", "replicate",
})  # fmt: skip
"""Words for a value that do not say of what; a lone column of this name is what is asked for."""

GENERIC = NAMELESS | {"sol", "solubility", "logd", "logp", "logs", "dg", "titer"}
"""Words for a value that need no unit to be known as one."""

ASIDE = frozenset({
    "sd", "std", "stdev", "sem", "se", "error", "err", "cv", "count", "n", "hill", "slope", "unit",
    "units", "lower", "upper", "low", "high", "ci", "r2", "date", "flag", "comment", "comments",
    "note", "notes", "remark", "class", "type", "method", "top", "bottom", "ci95", "95%", "rsd",
    *(word for name in QUALIFIER for word in name.split()),
})  # fmt: skip
"""Words which say that a column speaks of a value, and is none."""

_SUMMARY = frozenset({
    "mean", "average", "avg", "ave", "median", "total", "totals", "grand total", "sum", "subtotal",
    "sd", "s d", "std", "stdev", "std dev", "standard deviation", "sem", "s e m", "cv", "cv %",
    "%cv", "% cv", "min", "max", "minimum", "maximum", "geomean", "geometric mean", "mittelwert",
    "summe", "gesamt", "standardabweichung", "moyenne", "somme", "écart type", "mean ± sd",
})  # fmt: skip

_TITLE_UNIT = re.compile(
    r"(?:\b(?:in|as|units?|einheit|unité)\b[:= ]*|[(\[])(?P<unit>[pnuµμm]M)\b", re.IGNORECASE
)


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
    stem, unit = split(name)
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
