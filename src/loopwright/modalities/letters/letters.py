# SPDX-License-Identifier: Apache-2.0
"""The modality of letters: a text is what it is, if its letters are those of the alphabet."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from attrs import frozen

from loopwright.core.errors import DataError, SpecError
from loopwright.core.values import Candidate, Features, Kind
from loopwright.modalities.letters import Options

__all__ = ["Letters"]

FIRST_CODE = 22
"""Smaller numbers are amino acids to models that know chemistry; these letters are none."""

LETTERS_A_LINE = 24


@frozen(kw_only=True)
class Letters:
    """The modality of rows of letters."""

    letters: str
    max_length: int
    chains: tuple[str, ...] = ()
    offers: frozenset[Kind] = frozenset({"tokens"})

    @staticmethod
    def of(options: Options) -> Letters:
        """Return the modality; raise ``SpecError`` if a letter stands twice in the alphabet."""
        if len(set(options.letters)) < len(options.letters):
            raise SpecError(
                "A letter stands twice in the alphabet",
                where="modality.options.letters",
                remedy="Write each letter once.",
            )
        return Letters(letters=options.letters, max_length=options.max_length)

    def parse(self, text: str, name: str = "") -> Candidate:
        """Return the candidate of a row of letters; blanks around it do not count.

        Raises:
            DataError: It is blank, too long, or holds what is no letter of the alphabet; the
                message names places, never the row.
        """
        row = text.strip()
        strange = [str(i) for i, c in enumerate(row, 1) if c not in self.letters]
        if not 0 < len(row) <= self.max_length or strange:
            told = f"no letter of the alphabet at {', '.join(strange[:5])}" if strange else ""
            raise DataError(
                f"A row of letters has {told or f'no or more than {self.max_length} letters'}",
                where="sequence",
                remedy=f"Write up to {self.max_length} of the letters {self.letters}.",
            )
        digest = hashlib.sha256(row.encode()).hexdigest()[:12]
        return Candidate(id=f"L-{digest}", text=row, name=name)

    def describe(self, candidates: Sequence[Candidate], kinds: frozenset[Kind]) -> Features:
        """Return ``tokens``, uint8 (n, max_length): 0 behind the end, from 22 on the letters."""
        tokens = np.zeros((len(candidates), self.max_length), np.uint8)
        for row, candidate in enumerate(candidates):
            codes = [FIRST_CODE + self.letters.index(c) for c in candidate.text]
            tokens[row, : len(codes)] = codes
        ids = tuple(c.id for c in candidates)
        return Features(ids=ids, blocks={"tokens": tokens} if "tokens" in kinds else {})

    def depict(self, candidate: Candidate) -> str:
        """Return the letters in lines."""
        text = candidate.text
        lines = [text[i : i + LETTERS_A_LINE] for i in range(0, len(text), LETTERS_A_LINE)]
        drawn = "".join(
            f'<text x="4" y="{16 * (y + 1)}">{_escaped(line)}</text>'
            for y, line in enumerate(lines)
        )
        height = 16 * len(lines) + 8
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="220" height="{height}" '
            f'viewBox="0 0 220 {height}" font-family="monospace" font-size="12" '
            f'fill="currentColor">{drawn}</svg>'
        )


def _escaped(text: str) -> str:
    """Return a text as it may stand in SVG."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
