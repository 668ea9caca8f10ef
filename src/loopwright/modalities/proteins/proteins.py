# SPDX-License-Identifier: Apache-2.0
"""The protein modality: reads, describes and draws sequences.

It knows letters and their places; structure and function it leaves to models.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy.typing as npt
from attrs import frozen

from loopwright.core.errors import DataError, SpecError
from loopwright.core.values import Candidate, Features, Kind
from loopwright.modalities.proteins import Options
from loopwright.modalities.proteins.describe import profiles, tokens_of
from loopwright.modalities.proteins.notation import Parent, sequence_of
from loopwright.science.amino_acids import LETTERS

__all__ = ["Proteins"]

LETTERS_A_LINE = 24
LETTER_PX, LINE_PX = 9, 16
MOST_LINES = 12
"""A picture shows so many lines; what comes behind is counted."""


@frozen(kw_only=True)
class Proteins:
    """The modality of proteins."""

    parent: Parent | None = None
    max_length: int = 1_000
    letters: str = LETTERS
    offers: frozenset[Kind] = frozenset({"tokens", "vector"})

    @staticmethod
    def of(options: Options) -> Proteins:
        """Return the modality; raise ``SpecError`` if the parent is no sequence."""
        parent = None
        if options.parent:
            try:
                sequence = sequence_of(options.parent, max_length=options.max_length)
            except DataError as ex:
                raise SpecError(ex.what, where="modality.parent", remedy=ex.remedy) from ex
            parent = Parent(sequence=sequence, first_position=options.first_position)
        return Proteins(parent=parent, max_length=options.max_length)

    def parse(self, text: str, name: str = "") -> Candidate:
        """Return the candidate of a sequence, a FASTA record or mutations of the parent.

        Chains of one candidate (an antibody's heavy and light) are joined by ``:``, or are the
        records of one FASTA text. Whatever the notation, the candidate is its whole sequence.

        Raises:
            DataError: The text is no protein, or a mutation that cannot be.
        """
        if len(text) <= 10 * self.max_length and Parent.is_notation(text):
            if self.parent is None:
                raise DataError(
                    "A mutation is given, but no parent to count it from",
                    where="sequence",
                    remedy="Set parent among the options of the modality, or --parent.",
                )
            return _candidate(self.parent.mutated(text), name)
        return _candidate(sequence_of(text, max_length=self.max_length), name)

    def describe(self, candidates: Sequence[Candidate], kinds: frozenset[Kind]) -> Features:
        """Return the letters of each as numbers, and its physico-chemical profile.

        ``tokens`` is uint8 (n, max_length): 0 behind the end, 1 to 20 the amino acids by their
        letters, 21 a chain break. ``vector`` has the same width whatever the length.
        """
        tokens = tokens_of([c.text for c in candidates], width=self.max_length)
        blocks: dict[Kind, npt.NDArray[Any]] = {}
        if "tokens" in kinds:
            blocks["tokens"] = tokens
        if "vector" in kinds:
            blocks["vector"] = profiles(tokens)
        return Features(ids=tuple(c.id for c in candidates), blocks=blocks)

    def depict(self, candidate: Candidate) -> str:
        """Return the letters in lines, with those in bold that the parent has not."""
        parent = self.parent.sequence if self.parent else candidate.text
        is_like = len(parent) == len(candidate.text)
        lines = [
            "".join(
                _letter(letter, x, y, is_new=is_like and parent[start + x] != letter)
                for x, letter in enumerate(candidate.text[start : start + LETTERS_A_LINE])
            )
            for y, start in enumerate(range(0, len(candidate.text), LETTERS_A_LINE))
        ]
        n_left = max(len(candidate.text) - MOST_LINES * LETTERS_A_LINE, 0)
        shown = lines[:MOST_LINES]
        if n_left:
            y = LINE_PX * (len(shown) + 1)
            shown.append(f'<text x="4" y="{y}">and {n_left} more</text>')
        height = LINE_PX * len(shown) + 8
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="220" height="{height}" '
            f'viewBox="0 0 220 {height}" font-family="monospace" font-size="12" '
            f'fill="currentColor">{"".join(shown)}</svg>'
        )


def _letter(letter: str, x: int, y: int, *, is_new: bool) -> str:
    weight = ' font-weight="bold" text-decoration="underline"' if is_new else ""
    return f'<text x="{4 + LETTER_PX * x}" y="{LINE_PX * (y + 1)}"{weight}>{letter}</text>'


def _candidate(sequence: str, name: str) -> Candidate:
    digest = hashlib.sha256(sequence.encode()).hexdigest()[:12]
    return Candidate(id=f"P-{digest}", text=sequence, name=name)
