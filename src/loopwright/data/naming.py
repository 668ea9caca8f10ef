# SPDX-License-Identifier: Apache-2.0
"""Takes a column's name apart: stem, unit, and whether it is a spread, a count or a replicate.

Knows no cell and no mapping; what a name means for a table is for ``guess``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from attrs import frozen

from loopwright.core.errors import DataError
from loopwright.core.values import Spread
from loopwright.science.units import canonical

__all__ = [
    "IS_P",
    "IS_POTENCY",
    "LONGEST_NAME",
    "PERCENT",
    "Name",
    "count",
    "interval_end",
    "is_quantity",
    "is_unitless",
    "plain",
    "replicate",
    "split",
    "spread",
    "without_mean",
]

_POTENCY = r"(?:abs |rel )?(?:ic|ec|ac|gi|cc|dc|xc|mic|ld|lc|ci|ce)\s?[0-9]{0,2}|k[iid]|potency"
IS_POTENCY = re.compile(rf"(?:{_POTENCY})", re.IGNORECASE)
IS_P = re.compile(r".*\bp-?(?:ic|ec|ac|gi|xc|dc)[0-9]{2}\b.*|.*\bp-?k[id]\b.*|pchembl.*", re.I)
_PARTITION = re.compile(r"c?log ?[dp](?: .*|[0-9 ]*)?|pka", re.IGNORECASE)
PERCENT = frozenset({
    "yield", "conversion", "purity", "inhibition", "ee", "yield percent", "ausbeute", "rendement",
})  # fmt: skip
_FORMS = (
    re.compile(r"^(?P<stem>.+?)\s*[(\[{](?P<unit>[^()\[\]{}]+)[)\]}]\s*$"),
    re.compile(r"^(?P<stem>.+?)\s*(?:,|;|/| in | as )\s*(?P<unit>[^\s,;]+(?:/[^\s,;]+)?)\s*$"),
    re.compile(r"^(?P<stem>.+?)[_ ](?P<unit>[A-Za-zµμ%°/]+)$"),
)
_BARE = frozenset({
    "p", "c", "s", "h", "m", "d", "l", "g", "v", "k", "cell", "ph", "ru", "au", "gu",
})  # fmt: skip
"""Words that are units in brackets, and anything elsewhere."""

LONGEST_NAME = 200
"""Characters; a longer text is no name of a column that anybody knows."""

_BEFORE, _AFTER = r"(?<![A-Za-z0-9])", r"(?![A-Za-z0-9])"
_MEAN = re.compile(
    rf"{_BEFORE}(?:geo(?:metric)?[\s_.-]*)?(?:g?mean|average|avg|median)\.?{_AFTER}", re.IGNORECASE
)
_SPREADS: tuple[tuple[Spread, re.Pattern[str]], ...] = (
    (
        "sem",
        re.compile(
            rf"{_BEFORE}(?:s\.?e\.?m?\.?|(?:std\.?|standard)[\s_-]*err(?:or)?\.?"
            rf"(?:\s+of\s+(?:the\s+)?mean)?|stderr){_AFTER}",
            re.IGNORECASE,
        ),
    ),
    (
        "sd",
        re.compile(
            rf"{_BEFORE}(?:s\.?d\.?|(?:std\.?|standard)[\s_-]*dev(?:iation)?\.?|std+ev|std(?=\s*(?:$|[(\[]))){_AFTER}",
            re.IGNORECASE,
        ),
    ),
    ("", re.compile(rf"±|\+\s*/\s*-|{_BEFORE}uncertainty{_AFTER}", re.IGNORECASE)),
)
_END = re.compile(
    r"\b(?:(?P<lower>lower|low|lo)|(?P<upper>upper|high|hi))\b(?: (?:limit|bound|end)\b)?",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"\b(?:(?P<lower>lcl)|(?P<upper>ucl))\b", re.IGNORECASE)
_CONFIDENCE = re.compile(
    r"(?:\b95 ?%? )?\b(?:ci|cl|conf(?:idence)?(?: (?:int(?:erval)?|limit|level))?)(?: ?95\b ?%?)?"
    r"|\b95 ?%",
    re.IGNORECASE,
)
_BARE_ENDS = frozenset({"lower", "upper"})
_RUNS = r"(?:runs?|reps?|replicates?|tests?|measurements?|determinations?|experiments?|values?)"
_COUNT = re.compile(
    rf"{_BEFORE}(?:(?:n|no\.?|num\.?|number|#)[\s_]*(?:of[\s_]*)?{_RUNS}|n){_AFTER}", re.IGNORECASE
)
_REPLICATE = re.compile(
    r"^(?P<stem>.*?)[\s_.-]*(?<![A-Za-z])(?P<word>rep|replicate|repeat|run|trial|exp|r)"
    r"[\s_.-]*#?(?P<k>[1-9][0-9]?)$",
    re.IGNORECASE,
)
_AGAIN = re.compile(r" #[0-9]+$")
"""What a reader appends to the second column of a name."""

_NUMBERED = re.compile(r"^(?P<stem>.+?)[\s_-]+(?P<k>[1-9][0-9]?)$")


@frozen(kw_only=True)
class Name:
    """A column's name, taken apart."""

    stem: str
    """Whose it is; blank if the name does not say."""

    unit: str = ""
    kind: Spread = ""
    number: int = 0
    """Of a replicate: which one."""

    end: Literal["", "lower", "upper"] = ""
    """Of an interval: which end."""

    is_worded: bool = False
    """Of a replicate: whether it says so, and is not merely numbered."""


@lru_cache(maxsize=4096)
def plain(name: str) -> str:
    """Return a name without case, underscores and doubled blanks.

    Example:
        >>> plain("Compound_ID")
        'compound id'
    """
    return " ".join(re.sub(r"[_\-.\ufeff]+", " ", name).lower().split())


@lru_cache(maxsize=4096)
def split(column: str) -> tuple[str, str]:
    """Return the name and the unit in a header; the unit is blank where there is none.

    Example:
        >>> split("IC50 (nM)"), split("IC50, uM"), split("Ki/nM"), split("drug_h")
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


def is_quantity(stem: str) -> bool:
    """Return whether a name is that of one well-known quantity: IC50, pKi, yield."""
    word = plain(stem)
    return bool(IS_POTENCY.fullmatch(word) or IS_P.fullmatch(word)) or word in PERCENT


def is_unitless(property: str) -> bool:
    """Return whether a quantity is a logarithm that never has a unit.

    Example:
        >>> is_unitless("logD"), is_unitless("pIC50"), is_unitless("logS"), is_unitless("IC50")
        (True, True, False, False)
    """
    return bool(IS_P.fullmatch(plain(property)) or _PARTITION.fullmatch(plain(property)))


def without_mean(stem: str) -> str:
    """Return a name without the word that calls it a mean: ``IC50`` of ``Mean IC50``."""
    return _tidy(_MEAN.sub(" ", stem)) or stem


def spread(column: str) -> Name | None:
    """Return whose spread a column holds, and of which kind; None if it holds none.

    Example:
        >>> spread("IC50 SD (nM)")
        Name(stem='IC50', unit='nM', kind='sd', number=0, end='', is_worded=False)
    """
    column = _AGAIN.sub("", column)
    for kind, pattern in _SPREADS:
        if pattern.search(column):
            stem, unit = _rest(pattern.sub(" ", column, count=1))
            return Name(stem=without_mean(stem), unit=unit, kind=kind)
    return None


def interval_end(column: str) -> Name | None:
    """Return whose interval ends in a column, at which end; None if it holds no end.

    Without a word of confidence only ``lower`` and ``upper`` are ends, of no kind; with another
    level than 95 % none is.

    Example:
        >>> found = interval_end("IC50 95% CI lower (nM)")
        >>> found.stem, found.unit, found.kind, found.end
        ('IC50', 'nM', 'ci95', 'lower')
    """
    text = " ".join(_AGAIN.sub("", column).replace("_", " ").split())
    found = _END.search(text) or _LETTERS.search(text)
    if found is None:
        return None
    rest = f"{text[: found.start()]} {text[found.end() :]}".strip()
    words, n = _CONFIDENCE.subn(" ", rest)
    is_stated = n > 0 or found.re is _LETTERS
    if "%" in words or not (is_stated or found[0].lower() in _BARE_ENDS):
        return None
    stem, unit = _rest(words)
    return Name(
        stem=without_mean(stem),
        unit=unit,
        kind="ci95" if is_stated else "",
        end="lower" if found["lower"] else "upper",
    )


def count(column: str) -> Name | None:
    """Return whose number of runs a column holds; None if it holds none.

    Example:
        >>> count("n runs"), count("ion")
        (Name(stem='', unit='', kind='', number=0, end='', is_worded=False), None)
    """
    column = _AGAIN.sub("", column)
    if _COUNT.search(column) is None:
        return None
    stem, unit = _rest(_COUNT.sub(" ", column, count=1))
    return Name(stem=without_mean(stem)) if not unit else None


def replicate(column: str) -> Name | None:
    """Return which replicate of what a column holds; None if it is not numbered.

    Example:
        >>> replicate("IC50_2 (nM)").number, replicate("rep 3").is_worded, replicate("IC50")
        (2, True, None)
    """
    stem, unit = split(column)
    for pattern in (_REPLICATE, _NUMBERED):
        found = pattern.match(stem)
        if found is not None:
            inner, inner_unit = _rest(found["stem"])
            return Name(
                stem=inner,
                unit=unit or inner_unit,
                number=int(found["k"]),
                is_worded=pattern is _REPLICATE,
            )
    return None


def _rest(text: str) -> tuple[str, str]:
    """Return stem and unit of what is left of a name."""
    text = _tidy(text)
    stem, unit = split(text)
    alone = re.fullmatch(r"[(\[](?P<unit>[^()\[\]]+)[)\]]", text)
    if alone is not None:
        stem, unit = split(f"x {text}")
        stem = "" if unit else text
    return stem, unit


def _tidy(text: str) -> str:
    """Return a text without empty brackets, and without marks at its ends."""
    text = re.sub(r"[(\[]\s*[)\]]", " ", text)
    return " ".join(text.split()).strip(" _-.,;:")
