# SPDX-License-Identifier: Apache-2.0
"""From what people write to a sequence: letters, FASTA, chains, mutations of a parent.

Sequences are secrets: a message names a letter and its place, never the sequence.
"""

from __future__ import annotations

import re

from attrs import frozen

from loopwright.core.errors import DataError
from loopwright.science.amino_acids import LETTERS

__all__ = ["CHAIN", "Parent", "sequence_of"]

CHAIN = ":"
"""Stands between the chains of one candidate."""

_MEANT = {
    "B": "D or N", "J": "I or L", "O": "pyrrolysine", "U": "selenocysteine",
    "X": "any residue", "Z": "E or Q", "*": "a stop", "-": "a gap", ".": "a gap",
}  # fmt: skip
"""What other letters stand for (IUPAC-IUB 1983)."""

_MUTATION = re.compile(r"([A-Za-z*])(-?[0-9]{1,6})([A-Za-z*-]|del|ins[A-Za-z]*|dup|fs.*)")
_LISTED = re.compile(r"[\s:,;/+_]+")
_WILD = {"wt", "wildtype", "wild-type", "wild type", "parent"}
_REMEDY = (
    "Write a sequence of the letters ACDEFGHIKLMNPQRSTVWY, a FASTA record, or mutations of the "
    "parent such as A23G:K45R."
)


def sequence_of(text: str, *, max_length: int) -> str:
    """Return the sequence of a text: upper case, chains joined by ``:``.

    A FASTA record may have its header; of several records each is a chain, in their order. A
    stop at the end of a chain is dropped.

    Raises:
        DataError: It holds anything but the twenty letters, or is blank or too long.
    """
    if not text.isascii():
        raise _refusal("A sequence holds characters that are no plain letters")
    if len(text) > 2 * max_length + 10_000:
        raise _refusal(f"A sequence text is longer than {max_length} residues and a header")
    chains = [_chain(part) for record in _records(text) for part in record.split(CHAIN)]
    sequence = CHAIN.join(chains)
    if not all(chains):
        raise _refusal("A sequence, or a chain of it, is blank")
    if len(sequence) > max_length:
        raise _refusal(
            f"A sequence has more than {max_length} residues",
            "Raise max_length of the modality, or give the part that varies.",
        )
    offset = 0
    for chain in chains:
        demand_letters(chain, offset)
        offset += len(chain)
    return sequence


def demand_letters(chain: str, offset: int = 0) -> None:
    """Refuse letters that are no amino acid; all of them at once, with their places."""
    strange = [(i, c) for i, c in enumerate(chain, offset + 1) if c not in LETTERS]
    if not strange:
        return
    told = ", ".join(f"{_named(c)} at {i}" for i, c in strange[:5])
    more = f" and {len(strange) - 5} more" if len(strange) > 5 else ""
    raise _refusal(f"A sequence holds letters that are no amino acid: {told}{more}")


@frozen(kw_only=True)
class Parent:
    """A sequence that others are told apart from, and how its residues are counted."""

    sequence: str
    first_position: int

    @staticmethod
    def is_notation(text: str) -> bool:
        """Return whether a text is meant as mutations: each of its parts has a number within."""
        if text.strip().lower() in _WILD:
            return True
        parts = [p for p in _LISTED.split(text.strip().removeprefix("p.")) if p]
        return bool(parts) and all(_MUTATION.fullmatch(part) for part in parts)

    def mutated(self, text: str) -> str:
        """Return the sequence that mutations of this parent lead to.

        Raises:
            DataError: A mutation cannot be: wrong residue, no such position, no amino acid, a
                position twice, or anything but a substitution; all faults at once.
        """
        if text.strip().lower() in _WILD:
            return self.sequence
        residues = [c for c in self.sequence if c != CHAIN]
        faults: list[str] = []
        seen: set[int] = set()
        for part in filter(None, _LISTED.split(text.strip().removeprefix("p."))):
            found = _MUTATION.fullmatch(part)
            assert found is not None, "is_notation was asked before"
            old, number, new = found[1].upper(), int(found[2]), found[3].upper()
            fault = self._fault(old, number, new, seen)
            if fault:
                faults.append(f"{part}: {fault}")
            else:
                residues[number - self.first_position] = new
            seen.add(number)
        if faults:
            raise _refusal("; ".join(faults[:10]), self._remedy)
        return self._with_chains(residues)

    @property
    def _last(self) -> int:
        return self.first_position + len(self.sequence.replace(CHAIN, "")) - 1

    @property
    def _remedy(self) -> str:
        return (
            f"The parent has residues {self.first_position} to {self._last}; correct the mutation, "
            "or the parent and first_position of the modality."
        )

    def _fault(self, old: str, number: int, new: str, seen: set[int]) -> str:
        """Return why one mutation cannot be; blank if it can."""
        if len(new) > 1 or new in "-*":
            return "only substitutions are read; give the whole sequence instead"
        if old not in LETTERS or new not in LETTERS:
            return f"{_named(old if old not in LETTERS else new)} is no amino acid"
        if not self.first_position <= number <= self._last:
            return f"position {number} is outside the parent"
        if number in seen:
            return f"position {number} is mutated twice"
        wild = self.sequence.replace(CHAIN, "")[number - self.first_position]
        return "" if wild == old else f"the parent has {wild} at {number}, not {old}"

    def _with_chains(self, residues: list[str]) -> str:
        """Return the residues with the parent's chain breaks."""
        letters = iter(residues)
        return "".join(c if c == CHAIN else next(letters) for c in self.sequence)


def _records(text: str) -> list[str]:
    """Return the sequences of FASTA records, or the text itself; lines are put together."""
    if not text.lstrip().startswith(">"):
        return ["".join(text.strip().splitlines())]
    records: list[list[str]] = []
    for line in text.strip().splitlines():
        if line.startswith(">"):
            records.append([])
        else:
            records[-1].append(line.strip())
    return ["".join(lines) for lines in records]


def _chain(text: str) -> str:
    """Return one chain in upper case, without the stop at its end."""
    return text.strip().upper().removesuffix("*")


def _named(letter: str) -> str:
    meaning = _MEANT.get(letter)
    return f"{letter!r} ({meaning})" if meaning else repr(letter)


def _refusal(what: str, remedy: str = _REMEDY) -> DataError:
    return DataError(what, where="sequence", remedy=remedy)
