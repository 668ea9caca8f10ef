# SPDX-License-Identifier: Apache-2.0
"""What was made of each structure text of a file, a million of them in the space of a few.

Large blocks are packed: a text is known by its digest, and what is said of many, once.
"""

from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import TypeAlias

import numpy as np
import pyarrow as pa
from attrs import define, field

from loopwright.core.errors import DataError
from loopwright.core.readings import Reading
from loopwright.core.values import Candidate
from loopwright.data.rows import CHUNK

__all__ = ["Answer", "Readings"]

Answer: TypeAlias = Reading | DataError
"""A reading, or why there is none."""

_Told: TypeAlias = "tuple[str, tuple[str, ...], str, str]"
"""What an answer says beside its candidate: kind, notes, and two texts."""


@define
class Readings:
    """Answers by text. The text itself is not kept where its digest will do."""

    _loose: dict[str, Answer] = field(factory=dict)
    _blocks: list[_Block] = field(factory=list)

    def put(self, texts: Sequence[str], answers: Sequence[Answer]) -> None:
        """Keep one answer for each text."""
        if len(texts) < CHUNK:
            self._loose.update(zip(texts, answers, strict=True))
        else:
            self._blocks.append(_Block(texts, answers))

    def get(self, text: str) -> Answer | None:
        """Return what was made of a text; None if it was never asked."""
        found = self._loose.get(text)
        if found is None and self._blocks:
            key = _key(text)
            answers = (block.get(key, text) for block in self._blocks)
            found = next((a for a in answers if a is not None), None)
        return found

    def __contains__(self, text: str) -> bool:
        return self.get(text) is not None

    @staticmethod
    def join(parts: Iterable[Readings]) -> Readings:
        """Return the answers of all parts; an equal text has an equal answer in each."""
        whole = Readings()
        for part in parts:
            whole._loose.update(part._loose)
            whole._blocks += part._blocks
        return whole


class _Block:
    """Packed answers, found by 128 bits of their text's digest."""

    def __init__(self, texts: Sequence[str], answers: Sequence[Answer]) -> None:
        keys = np.array([_key(text) for text in texts], np.uint64)
        order = np.lexsort((keys[:, 1], keys[:, 0]))
        self._first = array("Q", keys[order, 0].tobytes())
        self._second = array("Q", keys[order, 1].tobytes())
        codes: dict[_Told, int] = {}
        told, ids, canonical = array("l"), list[str](), list[str | None]()
        for place in order.tolist():
            text, answer = texts[place], answers[place]
            told.append(codes.setdefault(_told(answer), len(codes)))
            made = answer.candidate if isinstance(answer, Reading) else None
            ids.append(made.id if made else "")
            canonical.append(made.text if made and made.text != text else None)
        self._told, self._sayings = told, list(codes)
        self._ids, self._canonical = pa.array(ids), pa.array(canonical, pa.string())

    def get(self, key: tuple[int, int], text: str) -> Answer | None:
        """Return the answer to a text; None if it is not here."""
        place = bisect_left(self._first, key[0])
        while place < len(self._first) and self._first[place] == key[0]:
            if self._second[place] == key[1]:
                return self._answer(place, text)
            place += 1
        return None

    def _answer(self, place: int, text: str) -> Answer:
        kind, notes, one, other = self._sayings[self._told[place]]
        if kind != "read":
            return DataError(one, where=kind.removeprefix("refused "), remedy=other)
        canonical = self._canonical[place].as_py()
        candidate = Candidate(
            id=self._ids[place].as_py(), text=text if canonical is None else canonical
        )
        return Reading(candidate=candidate, notes=notes, doubt=one, remedy=other)


def _told(answer: Answer) -> _Told:
    """Return what an answer says beside its candidate."""
    if isinstance(answer, Reading):
        assert not answer.candidate.name, "a text alone bears no name"
        return "read", answer.notes, answer.doubt, answer.remedy
    return f"refused {answer.where}", (), answer.what, answer.remedy


def _key(text: str) -> tuple[int, int]:
    """Return 128 bits of a text's digest, as two whole numbers."""
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    return int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little")
