# SPDX-License-Identifier: Apache-2.0
"""Cuts lines of SMILES files into a structure and what stands behind it."""

from __future__ import annotations

from loopwright.data.text import MAX_CELL, distinct_names

__all__ = ["cells_of", "header_of"]

HEADERS = frozenset({"smiles", "smile", "structure", "canonical_smiles", "isomeric_smiles", "mol"})


def header_of(line: str) -> tuple[tuple[str, ...], str]:
    """Return the column names if the first line is a header, and what parts them if not blanks."""
    mark = "\t" if "\t" in line else ""
    for tried in (mark, ",", ";"):
        words = [w.strip() for w in line.split(tried or None)]
        if words and words[0].lower() in HEADERS and len(line) <= MAX_CELL:
            return distinct_names(words if len(words) > 1 else [words[0], "name"]), tried
    return (), mark


def cells_of(line: str, width: int, mark: str) -> tuple[str, ...]:
    """Cut a line into its structure (with a ChemAxon extension in bars, if any) and the rest."""
    if mark and mark in line:
        cells = [c.strip() for c in line.split(mark, width - 1)]
    else:
        smiles, _, rest = line.strip().replace("\t", " ").partition(" ")
        rest = rest.strip()
        if rest.startswith("|") and "|" in rest[1:]:
            extension, rest = rest[1:].split("|", 1)
            smiles = f"{smiles} |{extension}|"
        cells = (
            [smiles, *rest.strip().split(None, width - 2)] if width > 2 else [smiles, rest.strip()]
        )
    return tuple([*cells, *[""] * (width - len(cells))][:width])
