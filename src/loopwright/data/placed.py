# SPDX-License-Identifier: Apache-2.0
"""Which well of which plate was laid out with what, found in the words of files that come home.

Barcodes agree but for blanks around them and upper or lower case; wells as ``A1``, ``A01`` or
``a1``. Knows no ledger and no signal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property

from attrs import evolve, field, frozen

from loopwright.core.errors import DataError
from loopwright.core.values import Candidate, Measurement, RawTable
from loopwright.science.wells import plain

__all__ = ["ANOTHER", "Place", "Placed"]

ANOTHER = "the well was laid out "
"""How the reason of a row begins that names another thing than its well was laid out with."""


@frozen(kw_only=True)
class Place:
    """One well, and what it was laid out with."""

    plate: str
    """Barcode, as it was laid out."""

    well: str
    role: str = "sample"
    """sample, positive, negative, reference, blank or empty."""

    candidate: Candidate | None = None
    """None unless the role is sample."""

    holds: str = ""
    """Id of the compound in it, a candidate or not."""

    name: str = ""
    lot: str = ""

    @property
    def as_control(self) -> str:
        """Return why a reading of it is no candidate's, where it holds none."""
        return f"{self.role} well"

    @property
    def content(self) -> str:
        """Return what it was laid out with, in words."""
        if self.role in {"sample", "reference"}:
            return f"with {self.name or self.holds}"
        words = {"empty": "empty", "blank": "as a blank"}
        return words.get(self.role, f"as a {self.role} control")


@frozen(kw_only=True)
class Placed:
    """Every plate that was laid out and not laid out anew since."""

    plates: Mapping[str, Mapping[str, Place]] = field(factory=dict)
    """Barcode -> well -> what it holds; every well of the plate."""

    outstanding: tuple[str, ...] = ()
    """Barcodes of plates of which nothing came home yet."""

    read: Mapping[tuple[str, str, str], str] = field(factory=dict)
    """(barcode, well, property) -> where a reading of it stands that counts."""

    default: str = ""
    """Barcode of the rows that name no plate; blank if there is none."""

    def barcode(self, text: str) -> str:
        """Return the laid-out barcode that a text spells; blank if it spells none.

        Raises:
            DataError: Two barcodes differ only by case, and the text could be either.
        """
        found = self._folded.get(text.strip().casefold(), ())
        if len(found) > 1:
            raise DataError(
                f"{text.strip()!r} could be each of the plates {', '.join(found)}",
                where="plate",
                remedy="Lay one of them out anew under another barcode.",
            )
        return found[0] if found else ""

    def at(self, plate: str, well: str) -> Place | None:
        """Return a well as it was laid out; None if its plate never was, or none is named.

        Raises:
            DataError: The text is no well, or the plate has none of this name.
        """
        barcode = self.barcode(plate) if plate.strip() else self.default
        if not barcode:
            return None
        name = plain(well)
        if name not in self.plates[barcode]:
            raise DataError(
                f"plate {barcode} of {len(self.plates[barcode])} wells has no well {name}",
                remedy="Correct the well, or the plate.",
            )
        return self.plates[barcode][name]

    def column(self, table: RawTable, stated: str) -> str:
        """Return the column of the barcodes; the stated one unless it is blank or only counts.

        Args:
            table: The rows.
            stated: The column that its name tells; blank if none does.
        """
        filled = {
            column: [text for _, cells in table.rows if (text := cells[place].strip())]
            for place, column in enumerate(table.columns)
        }
        if any(not text.isdigit() or text in self._folded for text in filled.get(stated, ())):
            return stated
        hits = {c: sum(t.casefold() in self._folded for t in texts) for c, texts in filled.items()}
        best = max(hits, key=hits.__getitem__, default="")
        return best if hits.get(best) else stated

    def beside(self, table: RawTable, *, file: str, plate: str) -> tuple[Placed, str]:
        """Return the plates as a table sees them, and how its plate was found if it names none.

        A table without barcodes belongs to the plate that its sheet, its title lines or its file
        name spell; if they spell none, to the only plate that is outstanding.

        Args:
            table: The rows.
            file: Its file's name.
            plate: The column of barcodes; blank if there is none.

        Raises:
            DataError: The places spell several plates, or none and several are outstanding.
        """
        place = table.columns.index(plate) if plate else -1
        if not self.plates or (plate and any(cells[place].strip() for _, cells in table.rows)):
            return self, ""
        texts = {
            "the sheet": table.sheet,
            "the lines above the table": "\n".join(text for _, text in table.notes),
            "the file name": file,
        }
        spelt = {where: self._spelt(text) for where, text in texts.items()}
        found = {barcode: where for where in reversed(spelt) for barcode in spelt[where]}
        if len(found) == 1:
            ((barcode, where),) = found.items()
            return evolve(self, default=barcode), f"no column names the plate; {where} says it"
        if not found and len(self.outstanding) == 1:
            note = "no column names the plate; it is the only one that is outstanding"
            return evolve(self, default=self.outstanding[0]), note
        several = f"{', '.join(found)} are named around it" if found else "nothing names it"
        raise DataError(
            f"The rows name wells but no plate, and {several}; {self.listed()}",
            where=plate or "plate",
            remedy="Add a column `plate` with the barcode, or put it into the name of the file.",
        )

    def after(self, measurements: Iterable[Measurement], where: str) -> Placed:
        """Return the plates once these readings are in: a well that was read is not read again."""
        read = {**self.read}
        for m in measurements:
            barcode = self.barcode(m.plate_id) if m.well else ""
            if not barcode or m.standard_value is None or m.well not in self.plates[barcode]:
                continue
            if m.status == "valid" or m.status_reason == self.plates[barcode][m.well].as_control:
                read.setdefault((barcode, m.well, m.standard_type), f"{where} row {m.source_row}")
        return evolve(self, read=read)

    def listed(self) -> str:
        """Return which plates there are, those still out first."""
        others = [b for b in self.plates if b not in self.outstanding]
        known = [*(f"{b} (outstanding)" for b in self.outstanding), *others]
        more = f" and {len(known) - 20} more" if len(known) > 20 else ""
        return f"plates laid out: {', '.join(known[:20]) or 'none'}{more}"

    @cached_property
    def lots(self) -> frozenset[str]:
        """Every lot that was laid out."""
        held = (p.lot for wells in self.plates.values() for p in wells.values())
        return frozenset(lot for lot in held if lot)

    @cached_property
    def _folded(self) -> Mapping[str, tuple[str, ...]]:
        """Barcodes by what they are without case."""
        found: dict[str, tuple[str, ...]] = {}
        for barcode in self.plates:
            key = barcode.strip().casefold()
            found[key] = (*found.get(key, ()), barcode)
        return found

    def _spelt(self, text: str) -> list[str]:
        """Return the barcodes that stand in a text as words; of two at one place the longer."""
        if not text:
            return []
        spans: list[tuple[int, int, str]] = []
        for barcode in sorted(self.plates, key=len, reverse=True):
            word = rf"(?<![A-Za-z0-9]){re.escape(barcode.strip())}(?![A-Za-z0-9])"
            for hit in re.finditer(word, text, re.IGNORECASE):
                start, end = hit.span()
                if not any(a <= start and end <= b for a, b, _ in spans):
                    spans.append((start, end, barcode))
        return list(dict.fromkeys(barcode for *_, barcode in spans))
