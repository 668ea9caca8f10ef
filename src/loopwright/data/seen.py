# SPDX-License-Identifier: Apache-2.0
"""The numbers of a table side by side, and a doubt about one of them. Doubts nothing itself."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from attrs import frozen

from loopwright.core.values import FloatArray, Measurement
from loopwright.data.oddities import Places, number_of_name
from loopwright.data.rows import CHUNK, fields_of, texts

__all__ = ["LOOKS", "Doubt", "Seen", "groups"]

LOOKS = "looks "
"""How the reason of a place begins that is only suspicious."""


_RAW = frozenset({
    "RFU", "RLU", "AU", "mAU", "OD", "RU", "RIU", "Counts", "cps", "NTU", "GU", "pA", "#",
})  # fmt: skip
"""Units of raw signals: the wells of a dose series lie decades apart, and may be below zero."""

_SIGNAL = "signal"
"""The property under which raw wells of a plate come home."""


@frozen
class Doubt:
    """Why a value looks wrong, and what to do about it."""

    reason: str
    remedy: str


class _Words:
    """Texts as whole numbers, in order of first appearance; for few different ones."""

    def __init__(self) -> None:
        self.known: dict[str, int] = {}
        self.codes = array("l")

    def add(self, word: str) -> None:
        self.codes.append(self.known.setdefault(word, len(self.known)))


@frozen(kw_only=True, eq=False)
class Seen:
    """The numbers of a table that count, as arrays of one length; behind them those of the past."""

    values: FloatArray
    rows: Places
    """In the file; -1 for one of the past."""

    places: Places
    """Of the measurement among those of the table; -1 for one of the past."""

    keys: Places
    kinds: Sequence[tuple[str, str]]
    """(property, unit) of each key."""

    assays: Places
    subjects: Places
    is_exact: npt.NDArray[np.bool_]
    is_about: npt.NDArray[np.bool_]
    is_own_number: npt.NDArray[np.bool_]
    """Whether the name of what was measured ends in the very value."""

    def __len__(self) -> int:
        return len(self.values)

    @staticmethod
    def of(measurements: Iterable[Measurement], known: Iterable[Measurement]) -> Seen:
        """Return the numbers of a table and of the past; nothing if the table has none."""
        desk = _Desk()
        for place, cells in enumerate(fields_of(measurements, *_FIELDS)):
            desk.add(place, cells)
        for cells in fields_of(known, *_FIELDS) if desk.values else ():
            desk.add(-1, cells)
        return desk.done()


_FIELDS = (
    "standard_value", "standard_type", "standard_units", "standard_relation", "status",
    "assay_id", "assay_version", "candidate_id", "name", "source_row",
)  # fmt: skip


class _Desk:
    """What is known while measurements come one by one."""

    def __init__(self) -> None:
        self.values, self.rows, self.places = array("d"), array("q"), array("q")
        self.keys, self.assays = _Words(), _Words()
        self.relations, self.is_own = bytearray(), bytearray()
        self.subjects: list[str] = []
        self.packed: list[pa.Array] = []

    def add(self, place: int, cells: tuple[Any, ...]) -> None:
        """Take in one measurement, by its ``_FIELDS``, if it has a number and counts."""
        value, kind, unit, relation, status, assay, version, candidate, name, row = cells
        if value is None or status != "valid" or kind == _SIGNAL or unit in _RAW:
            return
        self.values.append(value)
        self.rows.append(row if place >= 0 else -1)
        self.places.append(place)
        self.keys.add(f"{kind}\0{unit}")
        self.assays.add(f"{assay}@{version}")
        self.relations.append(ord(relation[0]))
        self.is_own.append(value >= 100.0 and number_of_name(name) == value)
        self.subjects.append(candidate or name)
        if len(self.subjects) == CHUNK:
            self._pack()

    def done(self) -> Seen:
        """Return all that was taken in."""
        self._pack()
        subjects = pa.chunked_array(self.packed, pa.string()).combine_chunks().dictionary_encode()
        relations = np.frombuffer(self.relations, np.uint8)
        return Seen(
            values=np.frombuffer(self.values, np.float64),
            rows=np.frombuffer(self.rows, np.int64),
            places=np.frombuffer(self.places, np.int64),
            keys=np.frombuffer(self.keys.codes, np.int64),
            kinds=[_pair(word) for word in self.keys.known],
            assays=np.frombuffer(self.assays.codes, np.int64),
            subjects=subjects.indices.to_numpy().astype(np.int64),
            is_exact=relations == ord("="),
            is_about=relations == ord("~"),
            is_own_number=np.frombuffer(self.is_own, np.bool_),
        )

    def _pack(self) -> None:
        self.packed.append(texts(self.subjects))
        self.subjects.clear()


def _pair(word: str) -> tuple[str, str]:
    property, _, unit = word.partition("\0")
    return property, unit


def groups(codes: Places) -> Mapping[int, Places]:
    """Return the places of each code, in order of first appearance."""
    if not len(codes):
        return {}
    order = np.argsort(codes, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)
    return {int(codes[p[0]]): p for p in sorted(parts, key=lambda p: int(p[0]))}
