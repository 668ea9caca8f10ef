# SPDX-License-Identifier: Apache-2.0
"""What opened property models say of some rows of a file, as lines of CSV.

Run as a program it does so for one share of rows after the other, over its standard streams: each
message is its length in eight bytes, then JSON. It keeps nothing between two shares, so the lines
of a share depend on nothing but its rows.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from itertools import chain, count
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from attrs import frozen
from threadpoolctl import threadpool_limits

from loopwright.api.beside import MUTAGENICITY, Statistics, beside_cells, beside_columns
from loopwright.api.light import UNASKED, unseen
from loopwright.api.matter import matter
from loopwright.api.property_folder import Opened, Parcel, open_folder
from loopwright.core.errors import DataError, LoopwrightError
from loopwright.core.ports import Curator
from loopwright.core.values import Candidate
from loopwright.data.numbers import NO_VALUE
from loopwright.data.text import harmless
from loopwright.training.panel import Answer
from loopwright.training.property import kinds_of
from loopwright.training.property_model import Property
from loopwright.training.unseen import relations_of

__all__ = [
    "Asking",
    "Foreteller",
    "Lines",
    "Share",
    "added_columns",
    "apart",
    "csv_line",
    "receive",
    "send",
]

BLOCK = 2_000
"""Rows that are described at once; it bounds memory."""

Share = list[tuple[list[str], str]]
"""Rows: cells, and a problem that they already have."""


@frozen(kw_only=True)
class Asking:
    """What is asked of every row."""

    folders: tuple[str, ...]
    """Of the models."""

    structure: int
    """Place of the structure among the cells."""

    rewrites_structure: bool = False
    """Whether the cell becomes the canonical notation: of a mol block, which is no cell."""

    beside: bool = False
    """Whether computed numbers and structural alerts stand beside the predictions."""


@frozen(kw_only=True)
class Lines:
    """What became of a share of rows."""

    text: str
    """One line of CSV for each row, in their order."""

    problems: dict[str, int]
    """Problem -> number of rows that have it."""


class Foreteller:
    """Opened models, ready to be asked."""

    def __init__(self, asking: Asking) -> None:
        """Open the models.

        Raises:
            DataError: A folder is none of a model.
            VerificationError: A model does not answer as it did when it was made.
        """
        self._asking = asking
        self._modality = matter(n_workers=1)
        opened = [open_folder(Path(f), self._modality) for f in asking.folders]
        self.opened: tuple[Opened, ...] = tuple(opened)
        self._parcels = [p for one in opened for p in one.parcels]

    @property
    def properties(self) -> list[Property]:
        """Return what is predicted."""
        return [p.model.card.property for p in self._parcels]

    @property
    def added(self) -> list[str]:
        """Return the columns that stand beside the predictions."""
        if not self._asking.beside:
            return []
        return beside_columns(self._modality, is_read_twice=self._twice() is not None)

    def _twice(self) -> int | None:
        """Return the place of the model that states the probability of mutagenicity."""
        classes = [p.name if p.task == "classification" else "" for p in self.properties]
        return classes.index(MUTAGENICITY) if MUTAGENICITY in classes else None

    def lines(self, share: Share) -> Lines:
        """Return one line for each row; a row that cannot be read says why."""
        with threadpool_limits(limits=1):
            return self._lines(share)

    def _lines(self, share: Share) -> Lines:
        problems = [problem for _, problem in share]
        found: list[Candidate | None] = [None] * len(share)
        place = self._asking.structure
        asked = [i for i, problem in enumerate(problems) if not problem]
        for i, said in zip(asked, self._read([share[i][0][place] for i in asked]), strict=True):
            if isinstance(said, Candidate):
                found[i] = said
            else:
                problems[i] = said
        known = {c.id: c for c in found if c is not None}
        answers = dict(zip(known, self._answers(list(known.values())), strict=True))
        blank = [""] * (len(added_columns(self.properties, ())) + len(self.added))
        lines = []
        counts: dict[str, int] = {}
        for (given, _), candidate, problem in zip(share, found, problems, strict=True):
            cells = given
            if self._asking.rewrites_structure:
                drawn = candidate.text if candidate else ""
                cells = [*cells[:place], drawn, *cells[place + 1 :]]
            told = answers[candidate.id] if candidate else blank
            lines.append(csv_line([*cells, *told, harmless(problem)]))
            if problem:
                counts[problem] = counts.get(problem, 0) + 1
        return Lines(text="".join(lines), problems=counts)

    def _read(self, texts: Sequence[str]) -> Iterator[Candidate | str]:
        """Yield the candidate of each text, or why there is none."""
        curator = cast("Curator", self._modality)
        clean = [t if _is_text(t) else "" for t in texts]
        wanted = list(dict.fromkeys(t for t in clean if t.strip().lower() not in NO_VALUE))
        read = dict(zip(wanted, curator.readings(wanted), strict=True))
        for given, text in zip(texts, clean, strict=True):
            said = read.get(text)
            if said is None:
                yield "there is no structure" if _is_text(given) else "the structure is no text"
            elif isinstance(said, DataError):
                yield said.what
            else:
                yield said.candidate

    def _answers(self, candidates: Sequence[Candidate]) -> Iterator[list[str]]:
        """Yield the added cells of each candidate."""
        kinds = kinds_of(n for p in self._parcels for n in p.model.asked) - {"family"}
        for start in range(0, len(candidates), BLOCK):
            block = candidates[start : start + BLOCK]
            features = self._modality.describe(block, kinds)
            answers = [a for one in self.opened for a in one.panel.answers(features)]
            columns = [
                list(_said(parcel, answer))
                for parcel, answer in zip(self._parcels, answers, strict=True)
            ]
            if self._asking.beside:
                place = self._twice()
                said = [] if place is None else [_statistics(cells) for cells in columns[place]]
                columns.append(list(beside_cells(self._modality, block, said)))
            for cells in zip(*columns, strict=True):
                yield [cell for one in cells for cell in one]


def _said(parcel: Parcel, answer: Answer) -> Iterator[list[str]]:
    """Yield the cells of one property for each row."""
    said, values = answer.prediction, parcel.model.values
    signs = [relation.removeprefix("=") for relation in relations_of(parcel.model)]
    levels = parcel.model.card.property.levels
    chances = np.empty((len(said.mean), 0)) if said.levels is None else said.levels
    for mean, low, high, of_level, in_domain, near, alike in zip(
        said.mean[:, 0].tolist(),
        said.low[:, 0].tolist(),
        said.high[:, 0].tolist(),
        chances.tolist(),
        said.in_domain.tolist(),
        answer.nearest.tolist(),
        answer.similarity.tolist(),
        strict=True,
    ):
        yield [
            *(_told(value, levels) for value in (mean, low, high)),
            *(f"{chance:.6g}" for chance in of_level),
            "true" if in_domain else "false",
            harmless(_called(parcel, near)),
            f"{signs[near]}{_told(values[near], levels)}",
            f"{min(max(alike, 0.0), 1.0):.4f}",
        ]


def _told(value: float, levels: Sequence[str]) -> str:
    """Return a number as it is written; of levels, the name of the nearest."""
    return harmless(levels[int(value + 0.5)]) if levels else f"{value:.6g}"


def _statistics(cells: Sequence[str]) -> Statistics:
    """Return the probability's ends and whether it is in the domain, as they are written."""
    _, low, high, in_domain, *_ = cells
    return float(low), float(high), in_domain == "true"


def _called(parcel: Parcel, row: int) -> str:
    """Return the name of a training row, or its notation where it has none."""
    name = parcel.names[row]
    return parcel.texts[row] if name.strip().lower() in NO_VALUE else name


def added_columns(properties: Sequence[Property], taken: Sequence[str]) -> list[str]:
    """Return the names of the columns that are added; one that is taken is told apart.

    Args:
        properties: What is predicted.
        taken: The columns of the file.

    Example:
        >>> added_columns([Property(name="logD")], ["smiles", "logD"])[:2]
        ['logD_predicted', 'logD_low']
    """
    parts = ("_in_domain", "_nearest", "_nearest_value", "_nearest_similarity")
    names = [
        f"{one.name}{part}"
        for one in properties
        for part in (
            "_probability" if one.task == "classification" else "",
            "_low",
            "_high",
            *(f"_probability_{level}" for level in one.levels),
            *parts,
        )
    ]
    return apart(names, taken)


def apart(names: Sequence[str], taken: Sequence[str], *, mark: str = "predicted") -> list[str]:
    """Return names of columns; one that is taken gets a mark, and a number if need be.

    Example:
        >>> apart(["logD", "problem"], ["logD", "logD_predicted"])
        ['logD_predicted_2', 'problem']
    """
    held, told = set(taken), []
    for name in names:
        tries = (f"{name}_{mark}_{n}" if n > 1 else f"{name}_{mark}" for n in count(1))
        found = next(one for one in chain([name], tries) if one not in held)
        held.add(found)
        told.append(found)
    return told


def csv_line(cells: Sequence[str]) -> str:
    """Return cells as one line of CSV, each as it is.

    Example:
        >>> csv_line(["a", "b,c", ""]).rstrip()
        'a,"b,c",'
    """
    line = ",".join(cells)
    bounded = f",{line},"
    is_plain = bounded.count(",") == len(cells) + 1 and not any(m in bounded for m in _ODD_MARKS)
    return (line if is_plain else ",".join(map(_quoted, cells))) + "\n"


_ODD_MARKS = ('"', "\n", "\r", " ,", ", ")
"""What a line between two commas does not hold if all its cells can stand as they are."""

_ODD = re.compile(r'[,"\n\r]|^ | $')
"""What can only stand in a quoted cell."""


def _quoted(cell: str) -> str:
    return cell if _ODD.search(cell) is None else '"' + cell.replace('"', '""') + '"'


def _is_text(text: str) -> bool:
    """Return whether a text can be handed to a library that wants Unicode."""
    return not any("\ud800" <= mark <= "\udfff" for mark in text)


# ---- as a program
def send(pipe: IO[bytes], message: Any) -> None:
    """Write one message."""
    content = json.dumps(message).encode()
    pipe.write(len(content).to_bytes(8, "little") + content)
    pipe.flush()


def receive(pipe: IO[bytes]) -> Any:
    """Return the next message; None where there is none any more."""
    head = pipe.read(8)
    if len(head) < 8:
        return None
    content = pipe.read(int.from_bytes(head, "little"))
    return json.loads(content) if len(content) == int.from_bytes(head, "little") else None


def _main() -> None:
    """Answer shares of rows until nobody asks."""
    asked, told = sys.stdin.buffer, sys.stdout.buffer
    try:
        with unseen(*UNASKED):
            teller = Foreteller(Asking(**json.loads(sys.argv[1])))
    except LoopwrightError as ex:
        send(told, {"error": ex.what, "where": ex.where, "remedy": ex.remedy})
        return
    while (share := receive(asked)) is not None:
        lines = teller.lines([(list(cells), problem) for cells, problem in share])
        send(told, {"text": lines.text, "problems": lines.problems})


if __name__ == "__main__":
    _main()
