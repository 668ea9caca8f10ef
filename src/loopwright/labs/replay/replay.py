# SPDX-License-Identifier: Apache-2.0
"""Looks results up by candidate id."""

from __future__ import annotations

import csv
from collections import defaultdict
from functools import cached_property
from pathlib import Path

from attrs import define

from loopwright.core.errors import DataError
from loopwright.core.values import Order, RawFile
from loopwright.data.results import RESULT_COLUMNS, to_csv

__all__ = ["Replay"]


@define(kw_only=True, slots=False)
class Replay:
    """Knows all answers, tells those that were ordered; what it does not know failed."""

    path: Path
    is_costly: bool = False

    def submit(self, order: Order) -> None:
        """Do nothing: the answers are there already."""

    def collect(self, order: Order) -> tuple[RawFile, ...]:
        """Return one file with every held-back row of the ordered candidates."""
        rows: list[dict[str, str]] = []
        for candidate in order.candidates:
            known = [r for r in self._rows[candidate.id] if r["property"] in order.properties]
            failed = {"candidate_id": candidate.id, "status": "failed", "comment": "not held back"}
            failed["property"] = order.properties[0]
            rows += known or [failed]
        content = to_csv({**row, "order_id": order.id} for row in rows)
        return (RawFile(name=f"{order.id}-results.csv", content=content),)

    @cached_property
    def _rows(self) -> defaultdict[str, list[dict[str, str]]]:
        """Read the file once, when the first order comes.

        Raises:
            DataError: There is no such file, or no candidate_id or property in it.
        """
        found: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
        try:
            with self.path.open(encoding="utf-8-sig", newline="") as file:
                for row in csv.DictReader(file):
                    asked = {c: row[c] for c in ("candidate_id", "property")}
                    rest = {c: row.get(c) or "" for c in RESULT_COLUMNS}
                    found[row["candidate_id"]].append({**rest, **asked})
        except (OSError, KeyError, UnicodeDecodeError, csv.Error) as ex:
            raise DataError(
                f"Held-back measurements cannot be read: {ex}",
                where=str(self.path),
                remedy="Point lab.options.file to a CSV with the columns of a result file.",
            ) from ex
        return found
