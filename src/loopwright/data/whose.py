# SPDX-License-Identifier: Apache-2.0
"""Whose row it is: from the cells of a row to the candidate that was measured.

By key, never by position: an id, a structure, a name, a plate and well. Knows no value.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import cast

from attrs import define, evolve, field, frozen

from loopwright.core.errors import DataError
from loopwright.core.ports import Curator, Modality, Spelled, Weigher
from loopwright.core.readings import Reading
from loopwright.core.values import Candidate, Measurement, RawTable
from loopwright.data.cells import Weight, cell_of
from loopwright.data.mapping import ColumnMapping
from loopwright.data.numbers import NO_VALUE
from loopwright.data.placed import ANOTHER, Place, Placed
from loopwright.data.readings import Readings
from loopwright.data.text import unharmed

__all__ = ["CLASH", "DOUBTFUL", "Finder", "Found", "Register", "structure_of"]

DOUBTFUL = "structure in doubt: "
"""How the reason of a row begins whose structure may not be a compound, or not the one meant."""

CLASH = "the name belongs to "
"""How the reason of a row begins whose structure is not that of the known bearer of its name."""


AT_ONCE = 100_000
"""Texts that are read in one go."""


@frozen(kw_only=True)
class Register:
    """Whom the rows of a file may speak of."""

    named: Mapping[str, Candidate] = field(factory=dict)
    """By id, and by every name that only one of them bears."""

    shared: Collection[str] = field(default=frozenset())
    """Names that two of them bear, so that the name alone leads to neither."""

    placed: Placed = field(factory=Placed)
    """By plate and well, as they were laid out."""

    measured: Sequence[Measurement] = ()
    """What was measured before; a value that looks wrong beside it is flagged."""

    is_simulated: bool = False
    """Whether no person or instrument wrote the file, so that nothing in it waits for a look."""

    is_open: bool = False
    """Whether there is nobody to ask: then a row that names what is not known is taken all the
    same, without a candidate; who it is can be told once there is a campaign."""


@frozen(kw_only=True)
class Found:
    """Whose row it is."""

    candidate: Candidate | None
    """None where the row names somebody whom nobody here knows."""

    name: str = ""
    """What the row calls it: its name, else its sample, else its plate and well."""

    doubt: str = ""
    """What speaks against it."""

    ordered: Candidate | None = None
    """What was ordered, where something else was made."""

    reading: Reading | None = None
    """How its structure was read; of a row that draws none, what is to be said of its candidate."""

    place: Place | None = None
    """The well, if the row names one that was laid out."""

    @property
    def is_control(self) -> bool:
        """Return whether the row is a reading of a well that holds no candidate."""
        return self.candidate is None and self.place is not None

    @property
    def subject(self) -> str:
        """Return what tells it from others of the file."""
        return self.candidate.id if self.candidate else self.name


@define(kw_only=True)
class Finder:
    """Finds the candidates of a table's rows; each text is parsed once, its refusal too.

    A row's candidate is found by ``candidate_id``, else by structure, else by name (of a protein
    that is known also by its mutations in place of a name), else by plate and well. If an id and a
    structure disagree the row is refused, because a value on the wrong compound is the worst error,
    and so is a row that names another compound than its well was laid out with; if a structure and
    the name of a known candidate disagree, that is a doubt.
    """

    mapping: ColumnMapping
    modality: Modality
    register: Register
    readings: Readings = field(factory=Readings)
    """Every text that was read, with its reading or its refusal."""

    def find(self, cells: Mapping[str, str]) -> Found:
        """Return whose row it is.

        Raises:
            DataError: Nobody, nobody known, or two at once; ``where`` is the column to blame.
        """
        name = cell_of(cells, self.mapping.name)
        place, drawn = self._laid(cells), self._drawn(cells)
        candidate = self._candidate(cells, name, drawn, place)
        called = self.register.named.get(name) if name else None
        ordered, doubt = None, ""
        if called is not None and candidate is not None and called.id != candidate.id:
            doubt = f"{CLASH}{called.id}"
        elif name and called is None and candidate is not None and place is not None:
            doubt = _renamed(name, place)
        made = cell_of(cells, self.mapping.made)
        if made.lower() not in NO_VALUE:
            ordered = candidate
            candidate = self.register.named.get(made)
            drawn = None if candidate else self._read(made, self.mapping.made)
            candidate = candidate or self._called(drawn, "")
            if ordered is not None and candidate is not None and candidate.id != ordered.id:
                doubt = ""
        return Found(
            candidate=candidate,
            name=name or self._place(cells),
            doubt=doubt,
            ordered=ordered,
            reading=drawn or self._of_known(candidate),
            place=place,
        )

    def weigh(self, cells: Mapping[str, str], found: Found) -> Weight:
        """Return what a mole of the row's substance weighs, as the row draws it.

        Where the row draws nothing, the candidate itself is weighed, which has no salt: a doubt.

        Raises:
            DataError: The modality cannot weigh, or nothing is known to be weighed.
        """
        made = cell_of(cells, self.mapping.made)
        drawn = made if made.lower() not in NO_VALUE else structure_of(self.mapping, cells)
        if drawn in self.register.named:
            drawn = ""
        text = drawn or (found.candidate.text if found.candidate else "")
        if not isinstance(self.modality, Weigher) or not text:
            raise DataError(
                "a mass per volume, and nobody can say what a mole weighs",
                remedy="Give the value in moles per litre, or the structure beside it.",
            )
        doubt = (
            "" if drawn else "weighed without a salt: the row names its substance and draws none"
        )
        return Weight(g_per_mol=self.modality.g_per_mol(text), doubt=doubt)

    def _laid(self, cells: Mapping[str, str]) -> Place | None:
        """Return the well that a row names, as it was laid out; None if none was."""
        if not self.mapping.well or not (well := cell_of(cells, self.mapping.well)):
            return None
        try:
            return self.register.placed.at(cell_of(cells, self.mapping.plate), well)
        except DataError as ex:
            where = self.mapping.plate if ex.where == "plate" else self.mapping.well
            raise DataError(ex.what, where=where, remedy=ex.remedy) from ex

    def _drawn(self, cells: Mapping[str, str]) -> Reading | None:
        """Return how the row's structure reads; None if it has none."""
        text = structure_of(self.mapping, cells)
        column = self.mapping.structure or ", ".join(self.mapping.parts)
        return self._read(text, column) if text else None

    def _candidate(
        self,
        cells: Mapping[str, str],
        name: str,
        reading: Reading | None,
        place: Place | None,
    ) -> Candidate | None:
        """Return the candidate that a row names; None if it is not known and need not be."""
        mapping = self.mapping
        drawn = self._called(reading, name)
        cid = cell_of(cells, mapping.candidate_id)
        if not cid and drawn is None and place is None and name in self.register.shared:
            raise DataError(
                "two structures bear this name",
                where=mapping.name,
                remedy="Give the structure beside the name, or the id that this package gave it.",
            )
        is_laid = place is not None and cid == place.holds
        by_name = drawn or self.register.named.get(name) or self._spelled(cells, name)
        stated = self._by_id(cid, drawn) if cid and not is_laid else by_name
        if place is not None:
            self._demand_laid(cells, stated, place)
            return place.candidate
        if stated is None and not (self.register.is_open and (name or self._place(cells))):
            raise self._nobody(cells, name)
        return stated

    def _spelled(self, cells: Mapping[str, str], name: str) -> Candidate | None:
        """Return the known candidate that a name or sample spells: a row of letters, mutations.

        Nobody else is: what spells a molecule may be a name, too.
        """
        text = name or cell_of(cells, self.mapping.sample)
        if not text or name in self.register.shared or not isinstance(self.modality, Spelled):
            return None
        try:
            found = self._read(text, self.mapping.name or self.mapping.sample)
        except DataError:
            return None
        return self.register.named.get(found.candidate.id)

    def _demand_laid(
        self, cells: Mapping[str, str], stated: Candidate | None, place: Place
    ) -> None:
        """Refuse a row that names another compound or lot than its well was laid out with."""
        sample = cell_of(cells, self.mapping.sample)
        said = stated or self.register.named.get(sample)
        is_other = said is not None and said.id != place.holds
        if not is_other and (sample == place.lot or sample not in self.register.placed.lots):
            return
        lot = f", lot {place.lot}" if place.lot and not is_other else ""
        other = said.name or said.id if said is not None and is_other else f"lot {sample}"
        raise DataError(
            f"{ANOTHER}{place.content}{lot}; the row says {other}",
            where=self.mapping.well,
            remedy="Find out which of the two was measured, and correct plate, well or name.",
        )

    def _nobody(self, cells: Mapping[str, str], name: str) -> DataError:
        """Return the refusal of a row that names nobody, or nobody known."""
        mapping = self.mapping
        structure = mapping.structure or ", ".join(mapping.parts)
        for said, column, what in (
            (name, mapping.name, "name"),
            (cell_of(cells, mapping.sample), mapping.sample, "sample"),
            (cell_of(cells, mapping.well), mapping.well, "well"),
        ):
            if said:
                blank = "no structure, and " * bool(structure)
                if what == "well" and self.register.placed.plates:
                    return self._unlaid(cells)
                return DataError(
                    f"{blank}the {what} is not known",
                    where=column,
                    remedy="Give its structure, or the id that this package gave it.",
                )
        return DataError(
            "no structure, id or name",
            where=structure or mapping.name or mapping.candidate_id or mapping.sample,
            remedy="Give its structure, or the id that this package gave it.",
        )

    def _unlaid(self, cells: Mapping[str, str]) -> DataError:
        """Return the refusal of a well on a plate that nobody laid out."""
        plate = cell_of(cells, self.mapping.plate)
        return DataError(
            f"plate {plate!r} was never laid out" if plate else "the row names no plate",
            where=self.mapping.plate or self.mapping.well,
            remedy=f"Correct the barcode, or take its layout in first with "
            f"`loopwright layout --from FILE`; {self.register.placed.listed()}.",
        )

    def _place(self, cells: Mapping[str, str]) -> str:
        """Return what a row without a name speaks of: a sample, or a plate and well."""
        if sample := cell_of(cells, self.mapping.sample):
            return sample
        plate, well = cell_of(cells, self.mapping.plate), cell_of(cells, self.mapping.well)
        return f"{plate} {well}".strip() if well else ""

    def _by_id(self, cid: str, drawn: Candidate | None) -> Candidate:
        """Return the candidate of an id, unless the structure beside it is another's."""
        candidate = self.register.named.get(cid)
        if candidate is None and drawn is not None and drawn.id == cid:
            return drawn
        if candidate is None:
            raise DataError(
                "no candidate has this id",
                where=self.mapping.candidate_id,
                remedy="Correct the id, or leave it blank and give the structure.",
            )
        if drawn is not None and drawn.id != candidate.id:
            raise DataError(
                f"id and structure disagree: the structure is that of {drawn.id}",
                where=self.mapping.candidate_id,
                remedy="Find out which of the two was measured, and correct the other.",
            )
        return candidate

    def _called(self, reading: Reading | None, name: str) -> Candidate | None:
        """Return the candidate of a reading under the name that it bears, here or already."""
        if reading is None:
            return None
        candidate = self.register.named.get(reading.candidate.id, reading.candidate)
        return evolve(candidate, name=name) if name and not candidate.name else candidate

    def prepare(self, table: RawTable) -> None:
        """Read all structures of a table, many at once, where the modality knows how to."""
        if "curation" not in self.modality.offers or self.mapping.structure not in table.columns:
            return
        place = table.columns.index(self.mapping.structure)
        told = (_drawn_in(cells[place]) for _, cells in table.rows)
        block: dict[str, None] = {}
        for text in told:
            if text and text not in block and text not in self.readings:
                block[text] = None
            if len(block) == AT_ONCE:
                self._put(tuple(block))
                block.clear()
        self._put(tuple(block))

    def _put(self, texts: Sequence[str]) -> None:
        """Read texts that are new, and keep what was made of them."""
        self.readings.put(texts, self._asked(texts))

    def _read(self, text: str, column: str) -> Reading:
        """Return the reading of a text."""
        found = self.readings.get(text)
        if found is None:
            (found,) = self._asked([text])
            self.readings.put([text], [found])
        if isinstance(found, DataError):
            raise DataError(found.what, where=column, remedy=found.remedy) from found
        return found

    def _of_known(self, candidate: Candidate | None) -> Reading | None:
        """Return the doubt about a candidate that the row does not draw; None without one."""
        if candidate is None or "curation" not in self.modality.offers:
            return None
        if not cast("Curator", self.modality).doubts([candidate])[0]:
            return None
        (reading,) = self._asked([candidate.text])
        return evolve(reading, notes=()) if isinstance(reading, Reading) else None

    def _asked(self, texts: Sequence[str]) -> Sequence[Reading | DataError]:
        """Return what the modality makes of texts."""
        if "curation" in self.modality.offers:
            return cast("Curator", self.modality).readings(texts)
        answers: list[Reading | DataError] = []
        for text in texts:
            try:
                answers.append(Reading(candidate=self.modality.parse(text)))
            except DataError as ex:
                answers.append(ex)
        return answers


def structure_of(mapping: ColumnMapping, cells: Mapping[str, str]) -> str:
    """Return the notation of a row's candidate; blank if there is none."""
    if not mapping.parts:
        return _drawn_in(cells.get(mapping.structure, ""))
    parts = [(c, cells[c].strip()) for c in mapping.parts]
    return ";".join(f"{c}={v}" for c, v in parts) if any(v for _, v in parts) else ""


def _drawn_in(cell: str) -> str:
    """Return the notation that a cell holds; blank if it says that there is none."""
    text = unharmed(cell)
    return text if text.strip().lower() not in NO_VALUE else ""


def _renamed(name: str, place: Place) -> str:
    """Return the doubt about a row whose name nobody knows, in a well that has another name."""
    if not place.name or place.name.casefold() == name.casefold():
        return ""
    return f"the file calls it {name[:80]!r}, the layout {place.name}"
