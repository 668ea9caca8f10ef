# SPDX-License-Identifier: Apache-2.0
"""What makes two assays one: id, protocol version, species, cell line, target, conditions.

A date is no part of it: the runs of one assay on many days are one assay, and their drift is
something to look at. Knows no value.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from attrs import field, frozen

from loopwright.core.values import Measurement
from loopwright.data.cells import cell_of
from loopwright.data.mapping import ColumnMapping
from loopwright.data.numbers import NO_VALUE

__all__ = [
    "NAMED",
    "PARTS",
    "Assay",
    "as_fields",
    "assay_of",
    "differences",
    "labels",
    "listed",
    "stated_of",
    "written",
]

NAMED = ("species", "cell_line", "target")
"""Conditions that have a place of their own in a measurement."""

PARTS = ("assay_id", "assay_version", *NAMED, "conditions")
"""Fields of a measurement that say by which assay it is."""

UNKNOWN = "?"
MOST_LISTED = 12
FEW = 4
"""So many assays are listed with all that they differ in; of more, that is said once."""
_LABEL = re.compile(r"(?P<head>.*) \[(?P<stated>[^\[\]]*)\]", re.DOTALL)

_SPECIES = {
    "homo sapiens": "human", "h. sapiens": "human", "man": "human", "mus musculus": "mouse",
    "m. musculus": "mouse", "murine": "mouse", "rattus norvegicus": "rat", "r. norvegicus": "rat",
    "rattus rattus": "rat", "canis familiaris": "dog", "canis lupus familiaris": "dog",
    "canine": "dog", "beagle": "dog", "macaca fascicularis": "cynomolgus monkey",
    "cynomolgus": "cynomolgus monkey", "cyno": "cynomolgus monkey",
    "macaca mulatta": "rhesus monkey", "rhesus": "rhesus monkey", "bos taurus": "cow",
    "bovine": "cow", "sus scrofa": "pig", "porcine": "pig", "minipig": "pig",
    "oryctolagus cuniculus": "rabbit", "cavia porcellus": "guinea pig", "danio rerio": "zebrafish",
    "e. coli": "escherichia coli", "s. aureus": "staphylococcus aureus",
}  # fmt: skip
"""Other names of a species, by what they all are compared as."""


@frozen(kw_only=True)
class Assay:
    """The identity of an assay, in the words of its measurements.

    Two are equal if every part is; a part that is not known differs from one that is. Case,
    blanks and the Latin name of a species make no difference, nor does a hyphen in a cell line.
    """

    id: str = field(default="", eq=False)
    version: str = field(default="", eq=False)
    conditions: Mapping[str, str] = field(factory=dict, eq=False)
    """Species, cell line, target and whatever else is known, by name."""

    key: tuple[str, ...] = field(init=False)

    @key.default
    def _key(self) -> tuple[str, ...]:
        """Return what is compared."""
        stated = (f"{n}={_plain(n, v)}" for n, v in sorted(self.conditions.items()))
        return (self.id, self.version, *stated)

    @property
    def head(self) -> str:
        """Return id and version: ``binding@2``."""
        return f"{self.id}@{self.version}" if self.version else self.id

    def label(self, shown: Iterable[str] | None = None) -> str:
        """Return ``binding@2 [species=rat; cell_line=?]``.

        Args:
            shown: Names of the conditions to show, known or not; all that are known if None.
        """
        names = self.conditions if shown is None else shown
        stated = "; ".join(f"{n}={_shown(self.conditions.get(n, ''))}" for n in names)
        return f"{self.head or '(no name)'} [{stated}]" if stated else self.head

    def is_meant(self, entry: str) -> bool:
        """Return whether a person's words name this assay.

        Args:
            entry: ``id``, ``id@version``, or either with conditions as ``label`` shows them;
                conditions that are not mentioned may be anything.
        """
        if entry in {self.id, self.head}:
            return True
        found = _LABEL.fullmatch(entry.strip())
        if found is None or found["head"] not in {self.id, self.head, self.head or "(no name)"}:
            return False
        return all(self._has(part) for part in found["stated"].split("; "))

    def _has(self, part: str) -> bool:
        name, _, value = part.partition("=")
        mine = self.conditions.get(name.strip(), "")
        if value.strip() == UNKNOWN:
            return not mine
        return _plain(name.strip(), _shown(mine)) == _plain(name.strip(), value)


def assay_of(m: Measurement) -> Assay:
    """Return the assay that made a measurement."""
    return _assay(m.assay_id, m.assay_version, m.species, m.cell_line, m.target, m.conditions)


def as_fields(assay: Assay) -> dict[str, Any]:
    """Return an assay as the fields of its measurements."""
    others = {n: v for n, v in assay.conditions.items() if n not in NAMED}
    named = (assay.conditions.get(n, "") for n in NAMED)
    told = (assay.id, assay.version, *named, written(others))
    return dict(zip(PARTS, told, strict=True))


@lru_cache(maxsize=4096)
def _assay(id: str, version: str, *parts: str) -> Assay:
    *named, others = parts
    conditions = {n: v for n, v in zip(NAMED, named, strict=True) if v}
    for part in filter(None, others.split("; ")):
        name, _, value = part.partition("=")
        conditions[name] = value
    return Assay(id=id, version=version, conditions=conditions)


def stated_of(mapping: ColumnMapping, cells: Mapping[str, str]) -> dict[str, Any]:
    """Return what a row, or its mapping, says of its assay, as fields of a measurement.

    A cell goes before what the mapping states for all rows.
    """

    def said(column: str) -> str:
        cell = cell_of(cells, column)
        return "" if cell.lower() in NO_VALUE else cell

    others = {n: v for n, v in mapping.stated.items() if n not in {"assay_version", *NAMED}}
    others |= {column: cell for column in mapping.conditions if (cell := said(column))}
    return {
        "assay_id": cell_of(cells, mapping.assay) or mapping.assay_name,
        "assay_version": cell_of(cells, mapping.assay_version)
        or mapping.stated.get("assay_version", ""),
        **{n: said(getattr(mapping, n)) or mapping.stated.get(n, "") for n in NAMED},
        "conditions": written(others),
    }


def written(conditions: Mapping[str, str]) -> str:
    """Return conditions as a measurement keeps them: ``name=value; name=value``, sorted.

    Example:
        >>> written({"tissue": "liver", "format": "cell; based"})
        'format=cell, based; tissue=liver'
    """
    return "; ".join(f"{_name(n)}={_shown(v)}" for n, v in sorted(conditions.items()) if v)


def differences(*assays: Assay) -> tuple[str, ...]:
    """Return the names of the conditions that are not the same, or not known, in all of them."""
    every = {name for a in assays for name in a.conditions}
    return _ordered(
        n for n in every if len({_plain(n, a.conditions.get(n, "")) for a in assays}) > 1
    )


def labels(assays: Iterable[Assay], *, in_full: bool = False) -> dict[Assay, str]:
    """Return a name for each assay that means it and no other of these.

    Args:
        assays: To be told apart.
        in_full: Whether to show every condition in which any two differ; else only those that
            tell assays of one id and version apart.
    """
    every = list(dict.fromkeys(assays))
    by_head: dict[str, list[Assay]] = {}
    for assay in every:
        by_head.setdefault(assay.head, []).append(assay)
    shown = differences(*every)
    return {a: a.label(shown if in_full else differences(*by_head[a.head])) for a in every}


def listed(counts: Counter[Assay]) -> str:
    """Return assays with their counts and what tells them apart, the largest first."""
    is_short = len(counts) <= FEW
    names = labels(counts, in_full=is_short)
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], names[pair[0]]))
    rest = f" and {len(ranked) - MOST_LISTED} more" if len(ranked) > MOST_LISTED else ""
    told = ", ".join(f"{names[a] or '(no name)'}: {n}" for a, n in ranked[:MOST_LISTED]) + rest
    unsaid = "" if is_short else ", ".join(differences(*counts))
    return f"{told} (they differ in {unsaid})" if unsaid else told


def _ordered(names: Iterable[str]) -> tuple[str, ...]:
    """Return names of conditions: those with a place of their own first."""
    rank = {name: place for place, name in enumerate(NAMED)}
    return tuple(sorted(names, key=lambda n: (rank.get(n, len(NAMED)), n)))


def _shown(value: str) -> str:
    """Return a value without the marks that part it from the next one."""
    plain = " ".join(value.split()).replace(";", ",").replace("[", "(").replace("]", ")")
    return plain or UNKNOWN


def _name(name: str) -> str:
    return _shown(name).replace("=", " ")


def _plain(name: str, value: str) -> str:
    """Return what is compared of a value."""
    plain = " ".join(value.split()).casefold()
    if name == "species":
        return _SPECIES.get(plain, plain)
    return re.sub(r"[\s_\-./]+", "", plain) if name == "cell_line" else plain
