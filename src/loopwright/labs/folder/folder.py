# SPDX-License-Identifier: Apache-2.0
"""Writes order files and picks up whatever lies in the results folder."""

from __future__ import annotations

from pathlib import Path

from attrs import frozen

from loopwright.core.values import Order, RawFile
from loopwright.data.results import order_sheet

__all__ = ["Folder"]

UNFINISHED = (".tmp", ".part", ".crdownload", ".swp")
"""Endings of files that somebody is still writing."""


@frozen(kw_only=True)
class Folder:
    """Cannot measure anything; people do."""

    orders: Path
    results: Path
    is_costly: bool = True

    def submit(self, order: Order) -> None:
        """Write the order file, unless it is there; it never appears half-written."""
        for folder in (self.orders, self.results):
            folder.mkdir(parents=True, exist_ok=True)
        path = self.orders / f"{order.id}.csv"
        if path.exists():
            return
        draft = path.with_suffix(".csv.tmp")
        draft.write_bytes(order_sheet(order))
        draft.replace(path)

    def collect(self, order: Order) -> tuple[RawFile, ...]:
        """Return every finished file of the results folder, by name."""
        if not self.results.is_dir():
            return ()
        return tuple(
            RawFile(name=path.name, content=path.read_bytes())
            for path in sorted(self.results.iterdir())
            if path.is_file()
            and not path.name.startswith((".", "~"))
            and not path.name.lower().endswith(UNFINISHED)
        )
