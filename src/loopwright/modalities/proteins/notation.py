# SPDX-License-Identifier: Apache-2.0
"""From what people write to a sequence: letters, FASTA records, chains by name.

Sequences are secrets: a message names a letter and its place, never the sequence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from loopwright.core.errors import DataError
from loopwright.data.numbers import NO_VALUE
from loopwright.science.amino_acids import LETTERS
from loopwright.science.chained import CHAIN, PAIR, chain_named

__all__ = ["cells_of", "letter_named", "n_chains", "refusal", "sequence_of"]

_MEANT = {
    "B": "D or N", "J": "I or L", "O": "pyrrolysine", "U": "selenocysteine",
    "X": "any residue", "Z": "E or Q", "*": "a stop", "-": "a gap", ".": "a gap", " ": "a blank",
}  # fmt: skip
"""What other letters stand for (IUPAC-IUB 1983)."""

_NOTHING = NO_VALUE | {"nan"}
"""Cells that are blank; of three letters, all amino acids, it is what a table library writes."""

_BREAK = re.compile(r"[:/|]")
"""What people write between the chains of one text."""

_ENDS = {"H": re.compile("WG.GT"), "L": re.compile("FG.GT")}
"""How the J segment of a heavy and of a light chain begins (IMGT, regions FR4)."""

BLOCK = 10
"""Residues between two blanks where a database prints a sequence in blocks."""

DNA_LENGTH = 30
"""A chain of so many letters that has A, C, G and T and nothing else is a gene."""

_REMEDY = (
    "Write a sequence of the letters ACDEFGHIKLMNPQRSTVWY, a FASTA record, or mutations of the "
    "parent such as A23G:K45R."
)


def sequence_of(text: str, *, max_length: int, chains: Sequence[str] = ()) -> str:
    """Return the sequence of a text: upper case, chains joined by ``:``.

    A FASTA record may have its header; of several records each is a chain. Where chains have
    names, a header that says one decides, and others follow their order. A stop at the end of a
    chain is dropped.

    Args:
        text: What somebody wrote.
        max_length: Most residues of a named chain; of all of them together where none has a name.
        chains: Names of the chains that there must be; any number if empty.

    Raises:
        DataError: It holds anything but the twenty letters, is blank or too long, lacks a chain
            or has one too many, or its heavy and light chain are the wrong way round.
    """
    if not text.isascii():
        raise refusal("A sequence holds characters that are no plain letters")
    if len(text) > 2 * max_length * max(len(chains), 1) + 10_000:
        raise refusal(f"A sequence text is longer than {max_length} residues and a header")
    parts = _parts(text) if chains else [("", p) for _, r in _records(text) for p in r.split(CHAIN)]
    found = [_chain(p) for p in (_in_order(parts, chains) if chains else [p for _, p in parts])]
    if not all(found):
        blank = ", ".join(name for name, c in zip(chains, found, strict=False) if not c)
        raise refusal(f"A sequence, or a chain of it, is blank{': ' * bool(blank)}{blank}")
    longest = max(map(len, found)) if chains else len(CHAIN.join(found))
    if longest > max_length:
        raise refusal(
            f"A {'chain' if chains else 'sequence'} has more than {max_length} residues",
            "Raise max_length of the modality, or give the part that varies.",
        )
    _demand_letters(found, chains)
    _demand_not_swapped(found, chains)
    return CHAIN.join(found)


def n_chains(text: str) -> int:
    """Return how many chains a text writes, readable or not."""
    return len(_parts(text))


def cells_of(text: str) -> list[tuple[str, str]]:
    """Return the cells of a text such as ``heavy=EVQ;light=DIQ``, by label; empty of any other.

    A cell that says that there is nothing is blank. One alone is none: ``p.Ala23=`` is a mutation.
    """
    parts = [part.rpartition("=") for part in text.split(";")]
    if len(parts) < 2 or not all(equals for _, equals, _ in parts):
        return []
    return [
        (label.strip(), "" if cell.strip().lower() in _NOTHING else cell)
        for label, _, cell in parts
    ]


def _in_order(parts: Sequence[tuple[str, str]], chains: Sequence[str]) -> list[str]:
    """Return one text for each chain: where its header says so, the others as they stand."""
    if len(parts) != len(chains):
        raise refusal(
            f"The chains are {' and '.join(chains)}, and the text has {len(parts)}",
            f"Write {CHAIN.join(chains)} in one cell or FASTA record, or a column for each; two "
            "FASTA records are a pair if they are named alike: ab1_VH and ab1_VL.",
        )
    said = [chain_named(header, chains) for header, _ in parts]
    named = {name: part for name, (_, part) in zip(said, parts, strict=True) if name}
    if len(named) < sum(map(bool, said)):
        twice = next(name for name in said if name and said.count(name) > 1)
        raise refusal(f"The chain {twice} is given twice", "Name each chain once.")
    rest = iter(part for name, (_, part) in zip(said, parts, strict=True) if not name)
    return [named[c] if c in named else next(rest) for c in chains]


def _demand_letters(found: Sequence[str], chains: Sequence[str]) -> None:
    """Refuse letters that are no amino acid, all with their places, and a gene."""
    strange: list[str] = []
    offset = 0
    for k, chain in enumerate(found):
        of = f" of {chains[k]}" if chains else ""
        strange += [
            f"{letter_named(c)} at {i}{of}"
            for i, c in enumerate(chain, 1 if chains else offset + 1)
            if c not in LETTERS
        ]
        offset += len(chain)
    if strange:
        more = f" and {len(strange) - 5} more" if len(strange) > 5 else ""
        told = ", ".join(strange[:5])
        raise refusal(f"A sequence holds letters that are no amino acid: {told}{more}")
    if any(len(chain) >= DNA_LENGTH and set(chain) == set("ACGT") for chain in found):
        raise refusal("A sequence is written in the letters of DNA", "Translate it first.")


def _demand_not_swapped(found: Sequence[str], chains: Sequence[str]) -> None:
    """Refuse a pair whose heavy chain ends as only light ones do, and the other way round."""
    if tuple(chains) != PAIR:
        return
    heavy, light = found
    is_right = _ENDS["H"].search(heavy) or _ENDS["L"].search(light)
    if not is_right and _ENDS["L"].search(heavy) and _ENDS["H"].search(light):
        raise refusal(
            "The heavy chain has the J segment of a light one (FG.GT), and the light chain that "
            "of a heavy one (WG.GT)",
            "Give the heavy chain first, or name the columns or records heavy and light.",
        )


def _parts(text: str) -> list[tuple[str, str]]:
    """Return the chains of a text, each with the header of its record."""
    return [(header, part) for header, record in _records(text) for part in _BREAK.split(record)]


def _records(text: str) -> list[tuple[str, str]]:
    """Return headers and sequences of FASTA records, or the text itself; lines put together."""
    if not text.lstrip().startswith(">"):
        return [("", "".join(text.strip().splitlines()))]
    records: list[tuple[str, list[str]]] = []
    for line in text.strip().splitlines():
        if line.startswith(">"):
            records.append((line[1:], []))
        else:
            records[-1][1].append(line.strip())
    return [(header, "".join(lines)) for header, lines in records]


def _chain(text: str) -> str:
    """Return one chain in upper case, without the stop at its end and blanks between its blocks."""
    *blocks, last = text.split() or [""]
    if blocks and not any(len(block) % BLOCK for block in blocks):
        text = "".join([*blocks, last])
    return text.strip().upper().removesuffix("*")


def letter_named(letter: str) -> str:
    """Return a letter with what it stands for, where that is known."""
    meaning = _MEANT.get(letter)
    return f"{letter!r} ({meaning})" if meaning else repr(letter)


def refusal(what: str, remedy: str = _REMEDY) -> DataError:
    """Return the refusal of a sequence; ``what`` never repeats it."""
    return DataError(what, where="sequence", remedy=remedy)
