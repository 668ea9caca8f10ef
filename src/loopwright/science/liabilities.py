# SPDX-License-Identifier: Apache-2.0
"""Short motifs of proteins that mean trouble in making, keeping or using them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from loopwright.core.errors import DataError, SpecError
from loopwright.science.chained import CHAIN

__all__ = ["LIABILITIES", "all_refused", "more_of", "motifs"]

_WORD = re.compile("[a-z][a-z_]+")
"""What is meant as a name: no sequence of proteins has such letters."""

LIABILITIES: Mapping[str, str] = MappingProxyType(
    {
        "n_glycosylation": "N[^P:][ST]",
        "deamidation": "N[GS]",
        "isomerisation": "D[GS]",
        "acid_cleavage": "DP",
        "cysteine": "C",
    }
)
"""Name -> pattern of one-letter codes. N-glycosylation: Marshall (1972),
doi:10.1146/annurev.bi.41.070172.003325; the others as in Jarasch et al. (2015),
doi:10.1002/jps.24347."""


def motifs(wanted: Iterable[str], *, generator: str) -> tuple[re.Pattern[str], ...]:
    """Return the patterns of names of ``LIABILITIES``, or of patterns themselves.

    Args:
        wanted: Names and patterns, as the option ``avoid`` of a generator takes them.
        generator: Its name.

    Raises:
        SpecError: One is neither a name nor a pattern; a word in small letters is meant as a name.
    """
    wanted = tuple(wanted)
    if unknown := [w for w in wanted if w not in LIABILITIES and _WORD.fullmatch(w)]:
        raise SpecError(
            f"No liability is called {', '.join(unknown)}",
            where="generator.options.avoid",
            remedy=f"Choose of {', '.join(LIABILITIES)}, or write a pattern of letters as RGD.",
        )
    try:
        return tuple(re.compile(f"(?={LIABILITIES.get(w, w)})") for w in wanted)
    except re.error as ex:
        raise SpecError(
            f"A motif to avoid is neither a name nor a pattern: {ex}",
            where="generator.options.avoid",
            remedy=f"`loopwright explain generators {generator}` lists the names.",
        ) from ex


def more_of(text: str, of: Sequence[re.Pattern[str]], than: str) -> tuple[int, ...]:
    """Return which motifs a chain of a sequence holds more often than that of another does.

    No motif reaches from one chain into the next.

    Args:
        text: A sequence.
        of: The motifs.
        than: The other sequence.

    Returns:
        Their places among the motifs, from 0.
    """
    mine, others = text.split(CHAIN), than.split(CHAIN)
    if len(mine) != len(others):
        mine, others = [text], [than]
    return tuple(
        i
        for i, p in enumerate(of)
        if any(_n_places(p, a) > _n_places(p, b) for a, b in zip(mine, others, strict=True))
    )


def all_refused(refused: Sequence[Sequence[str]]) -> DataError:
    """Return the refusal of motifs to avoid that leave nothing to offer.

    Args:
        refused: Of each sequence that was looked at, the motifs that it has more of.
    """
    counts = Counter(motif for motifs in refused for motif in motifs)
    told = ", ".join(f"{motif} ({n})" for motif, n in counts.most_common())
    return DataError(
        f"Each of {len(refused)} new sequences was refused: it has more than its parent of {told}",
        where="generator.options.avoid",
        remedy="Leave out of `avoid` what may be borne, or let other positions or letters vary.",
    )


def _n_places(pattern: re.Pattern[str], text: str) -> int:
    return sum(1 for _ in pattern.finditer(text))
