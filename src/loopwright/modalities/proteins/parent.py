# SPDX-License-Identifier: Apache-2.0
"""Mutations of a parent: ``A23G:K45R``, of a pair of chains ``H:S52A;L:Y32F``, ``p.Ala23Gly``."""

from __future__ import annotations

import re
from types import MappingProxyType

from attrs import frozen

from loopwright.modalities.proteins.notation import letter_named, refusal
from loopwright.science.amino_acids import LETTERS
from loopwright.science.chained import CHAIN, chain_named, changed, place_of

__all__ = ["Parent"]

_MUTATION = re.compile(
    r"([A-Za-z*])(-?[0-9]{1,6})([A-Za-z*-]|del(?:ins[A-Za-z]*)?|ins[A-Za-z]*|dup|fs.*)"
)
_LIKE_ONE = re.compile(r"[A-Za-z*]-?[0-9].*")
_LISTED = re.compile(r"[\s:,;/+_]+")
_WILD = {"wt", "_wt", "wildtype", "wild-type", "wild type", "parent", "p.=", "p.(=)"}
_MARKS = re.compile("[0-9=]")
_PREFIX = re.compile(r"(?:\b[A-Z]{2,4}_?[0-9]{4,}(?:\.[0-9]+)?:)?\bp\.(?=[\[(A-Za-z*=])")
_LONG = re.compile(r"(?<![A-Za-z])([A-Za-z]|[A-Za-z]{3})(-?[0-9]{1,6})([A-Za-z]{3}(?![a-z])|=)?")
_THREE = MappingProxyType(
    {
        "ala": "A", "arg": "R", "asn": "N", "asp": "D", "asx": "B", "cys": "C", "gln": "Q",
        "glu": "E", "glx": "Z", "gly": "G", "his": "H", "ile": "I", "leu": "L", "lys": "K",
        "met": "M", "phe": "F", "pro": "P", "pyl": "O", "sec": "U", "ser": "S", "ter": "*",
        "thr": "T", "trp": "W", "tyr": "Y", "val": "V", "xaa": "X", "xle": "J",
    }
)  # fmt: skip
"""Residues by three letters (IUPAC-IUB 1983), and the stop of HGVS."""
MOST_TOLD = 8
"""A variant of more mutations is not told by them."""


@frozen(kw_only=True)
class Parent:
    """A sequence that others are told apart from, and how its residues are counted."""

    sequence: str
    first_position: int
    chains: tuple[str, ...] = ()
    """Names of its chains; without names mutations count through all of them."""

    @staticmethod
    def is_notation(text: str) -> bool:
        """Return whether a text is meant as mutations: a part of it is a letter and a number."""
        text = _in_letters(text)
        if text.strip().lower() in _WILD:
            return True
        return not text.lstrip().startswith(">") and any(map(_LIKE_ONE.fullmatch, _parts(text)))

    def mutated(self, text: str, *, chain: str = "") -> str:
        """Return the sequence that mutations of this parent lead to.

        The name of a chain holds for the mutations behind it, up to the next name.

        Args:
            text: The mutations.
            chain: The one that all of them are in, where a column of its own says so.

        Raises:
            DataError: A mutation cannot be: wrong residue, no such position, no amino acid, a
                position twice, no chain though others name theirs, or anything but a
                substitution; all faults at once.
        """
        text = _in_letters(text)
        if text.strip().lower() in _WILD:
            return self.sequence
        parts = _parts(text)
        residues = list(self.sequence)
        names = any(self._chain(part) for part in parts)
        faults: list[str] = []
        seen: set[int] = set()
        for part in parts:
            if named := self._chain(part):
                chain = named
                continue
            if part.lower() in _WILD:
                continue
            place, new = self._place(part, chain), part[-1].upper()
            fault = self._fault(part, place, chain, seen)
            if names and not chain and _MUTATION.fullmatch(part):
                fault = f"its chain is not named, as that of others is ({', '.join(self.chains)})"
            if fault:
                faults.append(f"{part}: {fault}")
            elif place is not None:
                residues[place] = new
            seen |= {place} if place is not None else set()
        if faults:
            raise refusal("; ".join(faults[:10]), self._remedy)
        return "".join(residues)

    def told(self, sequence: str) -> str:
        """Return how a sequence differs from the parent, in few words; blank if it takes many."""
        changes = changed(
            sequence, self.sequence, LETTERS, chains=self.chains, first=self.first_position
        )
        if changes is None or len(changes) > MOST_TOLD:
            return ""
        return (";" if self.chains else ":").join(changes) or "WT"

    def _chain(self, part: str) -> str:
        """Return the chain that a part of a text names; blank if it is no name."""
        return "" if _LIKE_ONE.fullmatch(part) else chain_named(part, self.chains)

    def _place(self, part: str, chain: str) -> int | None:
        """Return where the residue of a mutation stands in the parent; None if nowhere."""
        found = _MUTATION.fullmatch(part)
        if found is None:
            return None
        index = int(found[2]) - self.first_position
        return place_of(self.sequence, LETTERS, self.chains, chain, index)

    def _fault(self, part: str, place: int | None, chain: str, seen: set[int]) -> str:
        """Return why one mutation cannot be; blank if it can."""
        found = _MUTATION.fullmatch(part)
        if found is None:
            return "is no substitution such as A23G (positions are counted, without letters)"
        old, number, new = found[1].upper(), int(found[2]), found[3].upper()
        of = f" of {chain}" if chain else ""
        if len(new) > 1 or new in "-*":
            return "only substitutions are read; give the whole sequence instead"
        if old not in LETTERS or new not in LETTERS:
            return f"{letter_named(old if old not in LETTERS else new)} is no amino acid"
        if place is None:
            return f"position {number} is outside the parent{of}"
        if place in seen:
            return f"position {number}{of} is mutated twice"
        wild = self.sequence[place]
        return "" if wild == old else f"the parent has {wild} at {number}{of}, not {old}"

    @property
    def _remedy(self) -> str:
        first = self.first_position
        lengths = [len(chain) for chain in self.sequence.split(CHAIN)]
        if not self.chains:
            lengths = [sum(lengths)]
        told = ", ".join(
            f"{name}{' ' * bool(name)}{first} to {first + n - 1}"
            for name, n in zip(self.chains or ("",), lengths, strict=True)
        )
        return (
            f"The parent has residues {told}; correct the mutation, or the parent and "
            "first_position of the modality."
        )


def _parts(text: str) -> list[str]:
    """Return what stands between the signs that people put between mutations."""
    return [part for part in _LISTED.split(text.strip()) if part]


def _in_letters(text: str) -> str:
    """Return what HGVS writes of a protein as mutations of one letter each; others as they are."""
    if not _MARKS.search(text) or text.lstrip().startswith(">") or text.strip().lower() in _WILD:
        return text
    bare, n_prefixes = _PREFIX.subn("", text)
    if n_prefixes:
        bare = re.sub(r"[\[\]()]", "", bare)
    return _LONG.sub(_shortened, bare)


def _shortened(found: re.Match[str]) -> str:
    """Return one mutation with a letter for each residue; what is none stays."""
    old, number, new = found[1], found[2], found[3] or ""
    if len(old) == 3:
        old = _THREE.get(old.lower(), old)
    return old + number + (old if new == "=" else _THREE.get(new.lower(), new))
