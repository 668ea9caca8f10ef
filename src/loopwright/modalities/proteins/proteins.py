# SPDX-License-Identifier: Apache-2.0
"""The protein modality: reads and describes sequences and pairs of them.

It knows letters and their places; structure and function it leaves to models.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.errors import DataError, SpecError
from loopwright.core.values import Candidate, Features, Kind
from loopwright.modalities.proteins import Options
from loopwright.modalities.proteins.describe import profiles, side_by_side, tokens_of
from loopwright.modalities.proteins.language import LanguageModel
from loopwright.modalities.proteins.notation import cells_of, n_chains, refusal, sequence_of
from loopwright.modalities.proteins.parent import Parent
from loopwright.modalities.proteins.picture import picture
from loopwright.science.amino_acids import LETTERS
from loopwright.science.chained import CHAIN, PAIR, chain_named

__all__ = ["Proteins"]


@frozen(kw_only=True)
class Proteins:
    """The modality of proteins."""

    parent: Parent | None = None
    chains: tuple[str, ...] = ()
    max_length: int = 1_000
    letters: str = LETTERS
    language: LanguageModel | None = None
    offers: frozenset[Kind] = frozenset({"tokens", "vector"})

    @staticmethod
    def of(options: Options) -> Proteins:
        """Return the modality; raise ``SpecError`` if parent or embeddings are none."""
        chains, parent = options.chains, None
        if options.parent:
            if not chains and n_chains(options.parent) == len(PAIR):
                chains = PAIR
            try:
                sequence = sequence_of(options.parent, max_length=options.max_length, chains=chains)
            except DataError as ex:
                raise SpecError(ex.what, where="modality.parent", remedy=ex.remedy) from ex
            parent = Parent(sequence=sequence, first_position=options.first_position, chains=chains)
        folder = options.embeddings
        return Proteins(
            parent=parent,
            chains=chains,
            max_length=options.max_length,
            language=LanguageModel.of(folder) if folder else None,
        )

    def parse(self, text: str, name: str = "") -> Candidate:
        """Return the candidate of a sequence, a FASTA record or mutations of the parent.

        Chains of one candidate (an antibody's heavy and light) are joined by ``:``, or are the
        records of one FASTA text, or cells by their names (``heavy=EVQ;light=DIQ``). Whatever the
        notation, the candidate is its whole sequence.

        Raises:
            DataError: The text is no protein, or a mutation that cannot be.
        """
        if len(text) <= 10 * self.max_length * max(len(self.chains), 1):
            if cells := cells_of(text):
                text = self._joined(cells)
            elif Parent.is_notation(text):
                return _candidate(self._parent().mutated(text), name)
        sequence = sequence_of(text, max_length=self.max_length, chains=self.chains)
        self._demand_readable(sequence)
        return _candidate(sequence, name)

    def describe(self, candidates: Sequence[Candidate], kinds: frozenset[Kind]) -> Features:
        """Return the letters of each as numbers, and its physico-chemical profile.

        ``tokens`` is uint8 (n, max_length): 0 behind the end, 1 to 20 the amino acids by their
        letters, 21 a chain break. ``vector`` has the same width whatever the length; with a
        language model it is what that model makes of it. Where chains have names, each begins at
        a column of its own and has its own part of the vector.
        """
        texts = [c.text for c in candidates]
        width = self.max_length
        if self.chains:
            columns = list(zip(*(t.split(CHAIN) for t in texts), strict=True))
            parts = [tokens_of(c, width=width) for c in columns or [()] * len(self.chains)]
        else:
            parts = [tokens_of(texts, width=width)]
        blocks: dict[Kind, npt.NDArray[Any]] = {}
        if "tokens" in kinds:
            blocks["tokens"] = side_by_side(parts)
        if "vector" in kinds and self.language:
            blocks["vector"] = self.language.rows(texts, n_chains=len(self.chains))
        elif "vector" in kinds:
            blocks["vector"] = np.hstack([profiles(part) for part in parts])
        return Features(ids=tuple(c.id for c in candidates), blocks=blocks)

    def depict(self, candidate: Candidate) -> str:
        """Return the letters in lines, chain by chain; what the parent has not in bold."""
        return picture(candidate.text, self.parent, self.chains)

    def _demand_readable(self, sequence: str) -> None:
        """Refuse a chain that the language model cannot read whole."""
        longest = max(map(len, sequence.split(CHAIN)))
        if self.language and longest > self.language.longest:
            raise refusal(
                f"A chain has {longest} residues; the language model reads {self.language.longest}",
                "Give the part that varies, or leave embeddings out.",
            )

    def _parent(self) -> Parent:
        """Return the parent; refuse mutations that there is none for."""
        if self.parent is None:
            raise DataError(
                "A mutation is given, but no parent to count it from",
                where="sequence",
                remedy="Set parent among the options of the modality, then run `loopwright "
                "quarantine retry`; on plain files give --parent.",
            )
        return self.parent

    def _joined(self, cells: Sequence[tuple[str, str]]) -> str:
        """Return the sequences that stand in cells of their own, in the order of the chains."""
        said = [chain_named(label, self.chains) for label, _ in cells]
        if sorted(said) != sorted(self.chains) or not self.chains:
            raise refusal(
                f"The cells {', '.join(label[:40] for label, _ in cells)} are not one for each of "
                f"the chains {', '.join(self.chains) or '(none is named)'}",
                'Set chains = ["H", "L"] among the options of the modality, and name columns by '
                "them (heavy, light).",
            )
        texts = {c: text for c, (_, text) in zip(said, cells, strict=True)}
        if lacking := [c for c in self.chains if not texts[c].strip()]:
            raise refusal(
                f"The chain {' and '.join(lacking)} is blank",
                "Give it; of a parent that is not changed in it, write WT.",
            )
        return CHAIN.join(self._chain(i, texts[c]) for i, c in enumerate(self.chains))

    def _chain(self, i: int, text: str) -> str:
        """Return the sequence that a chain's cell holds; it may hold mutations of the parent's."""
        if Parent.is_notation(text):
            mutated = self._parent().mutated(text, chain=self.chains[i])
            return mutated.split(CHAIN)[i]
        if CHAIN in text:
            raise refusal(f"The chain {self.chains[i]} holds a break, as between two chains")
        return text.strip()


def _candidate(sequence: str, name: str) -> Candidate:
    digest = hashlib.sha256(sequence.encode()).hexdigest()[:12]
    return Candidate(id=f"P-{digest}", text=sequence, name=name)
