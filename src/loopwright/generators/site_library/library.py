# SPDX-License-Identifier: Apache-2.0
"""Combinations of letters at sites, by their number: none is made before it is asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import prod
from typing import cast

import numpy as np
from attrs import field, frozen

from loopwright.core.errors import DataError
from loopwright.core.past import Past
from loopwright.core.ports import Modality, Spelled
from loopwright.core.values import Candidate, Kind
from loopwright.generators.site_library import Options
from loopwright.science.chained import chain_named, place_of
from loopwright.science.liabilities import all_refused, more_of, motifs

__all__ = ["SiteLibrary"]

ANY = "*"
_SITE = re.compile(r"(?:([A-Za-z]+):)?([!-~])([0-9]{1,6})([!-~]{1,64})")
_REMEDY = (
    "Write a site as its letter, its position and the letters allowed: V39AVF, or V39*; of a "
    "parent with named chains behind the name: H:V39AVF. Positions are counted from the "
    "generator's own first_position."
)

SPARE_BITS = 64
"""Bits that a random number has beyond those of the library: so every combination is as likely."""


@frozen(kw_only=True)
class SiteLibrary:
    """The generator of a combinatorial library."""

    options: Options
    avoided: tuple[re.Pattern[str], ...] = ()
    accepts: frozenset[Kind] = field(default=frozenset({"tokens"}), init=False)

    @staticmethod
    def of(options: Options) -> SiteLibrary:
        """Return the generator; raise ``SpecError`` if a motif to avoid is no pattern."""
        return SiteLibrary(options=options, avoided=motifs(options.avoid, generator="site_library"))

    def offer(
        self,
        modality: Modality,
        catalogue: Sequence[Candidate],
        past: Past,
        rng: np.random.Generator,
    ) -> tuple[Candidate, ...]:
        """Return every combination in order, or so many drawn at random.

        Raises:
            DataError: There is no parent, or a site cannot be; every fault is told at once. Or
                all that was looked at holds motifs to avoid.
        """
        if not self.options.parent.strip():
            raise DataError(
                "No parent is given whose sites vary",
                where="generator.options.parent",
                remedy="Give its sequence, or WT for the parent of the modality.",
            )
        parent = modality.parse(self.options.parent)
        sites = self._sites(parent.text, cast("Spelled", modality))
        n_all = prod(len(allowed) for _, allowed in sites)
        found: dict[str, Candidate] = {}
        refused: list[tuple[str, ...]] = []
        for number in _numbers(n_all, self.options.most, rng):
            text = _combination(parent.text, sites, number)
            if more := more_of(text, self.avoided, parent.text):
                refused.append(tuple(self.options.avoid[i] for i in more))
                continue
            candidate = modality.parse(text)
            found.setdefault(candidate.id, candidate)
        if refused and not found.keys() - {parent.id}:
            raise all_refused(refused)
        return tuple(found.values())

    def _sites(self, parent: str, spelled: Spelled) -> list[tuple[int, str]]:
        """Return each site's place in the parent, from 0, and the letters allowed there."""
        sites: dict[int, str] = {}
        faults: list[str] = []
        for text in self.options.sites:
            told = _SITE.fullmatch(text)
            if told is None:
                faults.append(f"{text!r} is no site")
                continue
            chain = chain_named(told[1] or "", spelled.chains)
            allowed = spelled.letters if told[4] == ANY else "".join(dict.fromkeys(told[4]))
            index = int(told[3]) - self.options.first_position
            place = place_of(parent, spelled.letters, spelled.chains, chain, index)
            if bool(spelled.chains) != bool(chain) or bool(chain) != bool(told[1]):
                named = ", ".join(spelled.chains) or "without names"
                faults.append(f"{text!r}: the chains of the parent are {named}")
            elif place is None or parent[place] != told[2]:
                faults.append(f"{text!r}: the parent has no {told[2]} at {told[3]}")
            elif place in sites:
                faults.append(f"{text!r}: the site is given twice")
            elif set(allowed) - set(spelled.letters):
                faults.append(f"{text!r} allows what is no letter of the modality")
            elif told[4] != ANY and len(allowed) < len(told[4]):
                faults.append(f"{text!r} allows a letter twice; codons such as NNK are not read")
            else:
                sites[place] = allowed
        if faults or not sites:
            told_all = "; ".join(faults) or "no site is given"
            raise DataError(told_all, where="generator.options.sites", remedy=_REMEDY)
        return sorted(sites.items())


def _numbers(n_all: int, most: int, rng: np.random.Generator) -> Sequence[int]:
    """Return the numbers of the combinations to offer, distinct."""
    if n_all <= most:
        return range(n_all)
    if n_all <= 10 * most:
        return [int(i) for i in rng.permutation(n_all)[:most]]
    drawn: dict[int, None] = {}
    n_digits = max(5, -(-(n_all.bit_length() + SPARE_BITS) // 30))
    while len(drawn) < most:  # a big number is drawn digit by digit: it may exceed 64 bits
        digits = rng.integers(0, 2**30, (most, n_digits)).tolist()
        drawn |= dict.fromkeys(
            sum(d << 30 * i for i, d in enumerate(row)) % n_all for row in digits
        )
    return list(drawn)[:most]


def _combination(parent: str, sites: Sequence[tuple[int, str]], number: int) -> str:
    """Return the combination of a number; the last site counts fastest."""
    letters = list(parent)
    for place, allowed in reversed(sites):
        number, digit = divmod(number, len(allowed))
        letters[place] = allowed[digit]
    return "".join(letters)
