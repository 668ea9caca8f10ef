# SPDX-License-Identifier: Apache-2.0
"""Layouts that were made elsewhere: a table of wells in whatever words its maker used.

A well is taken whole or the layout is refused, with every fault named: a layout decides whose a
reading is. Knows no campaign; the caller says whom a compound's name means.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from attrs import frozen

from loopwright.core.errors import DataError, LoopwrightError
from loopwright.core.values import Candidate, RawTable
from loopwright.data.numbers import has_decimal_comma, read_number
from loopwright.plates.layout import Layout, Role, Well
from loopwright.science.units import convert
from loopwright.science.wells import FORMATS, every_well, plain

__all__ = ["layout_from"]

MOST_TOLD = 12

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "plate": (
        "plate id", "plate", "plate barcode", "barcode", "assay plate", "assay plate barcode",
        "destination plate barcode", "destination plate name", "destination plate", "plate name",
    ),
    "well": ("well", "well id", "position", "well position", "destination well", "assay well"),
    "candidate_id": ("candidate id", "candidate"),
    "compound": (
        "compound id", "compound", "compound name", "molecule chembl id", "molecule name",
        "sample name", "sample id", "sample", "substance", "name", "smiles", "structure",
    ),
    "role": ("role", "well type", "type", "content", "sample type", "well content", "layout"),
    "lot": ("lot", "lot id", "batch", "batch id"),
    "concentration": (
        "concentration", "conc", "final concentration", "dose", "final conc", "assay conc",
    ),
    "unit": ("concentration unit", "conc unit", "concentration units", "conc units", "unit"),
    "volume": ("volume", "well volume", "final volume", "assay volume"),
    "replicate": ("replicate", "rep", "repeat", "replicate number"),
}  # fmt: skip
"""What a column is for -> names that it goes by, the best first."""

ROLES: Mapping[str, Role] = {
    **dict.fromkeys(("sample", "compound", "test", "unknown", "cmpd", "s", "x", "test compound"),
                    "sample"),
    **dict.fromkeys(("positive", "positive control", "pos", "pc", "p", "c+", "pos control"),
                    "positive"),
    **dict.fromkeys(("negative", "negative control", "neg", "nc", "n", "c-", "neg control",
                     "vehicle", "vehicle control", "dmso", "dmso control", "solvent"), "negative"),
    **dict.fromkeys(("reference", "ref", "r", "standard", "reference compound"), "reference"),
    **dict.fromkeys(("blank", "b", "bl", "background", "medium", "buffer", "no cells"), "blank"),
    **dict.fromkeys(("empty", "e", "unused", "-", "not used"), "empty"),
}  # fmt: skip

CALLED: Mapping[str, Role] = {
    **dict.fromkeys(("dmso", "vehicle", "negative control"), "negative"),
    **dict.fromkeys(("blank", "buffer", "medium"), "blank"),
    "empty": "empty",
    "positive control": "positive",
}
"""What a well is for whose row has no role, by what stands in the place of its compound."""

_HEAD = re.compile(r"^(?P<stem>.*?)\s*[(\[]\s*(?P<unit>[^()\[\]]+?)\s*[)\]]$")
_TAIL = re.compile(r"^(?P<stem>.+?)[ _](?P<unit>[pnuµμm]?M|[pnuµμm]?mol/L)$")


def layout_from(
    table: RawTable,
    who: Callable[[str], Candidate],
    *,
    where: str,
    n_wells: int | None = None,
) -> Layout:
    """Return the layout that a table of wells describes.

    Args:
        table: One row a well, in any order. Wells without a row are empty. A row without a role
            is a sample if it names a compound, else empty.
        who: Says which candidate a name, an id or a structure means; raises ``DataError``.
        where: The table's file, for messages.
        n_wells: Format of the plates; the smallest that has every well that is named, if None.

    Raises:
        DataError: A column is missing, or a row is not usable; all such rows are told at once.
    """
    columns = _columns(table, where)
    wells: dict[tuple[str, str], Well] = {}
    faults = [f"row {q.row}: {q.reason}" for q in table.faults]
    for row, cells in table:
        try:
            well = _well(cells, columns, who)
            if (well.plate, well.well) in wells:
                raise DataError(f"well {well.well} of {well.plate} comes twice", remedy="")
            wells[well.plate, well.well] = well
        except LoopwrightError as ex:
            faults.append(f"row {row}: {ex.what}")
    named = {w for _, w in wells}
    fits = [n for n in FORMATS if named <= set(every_well(n)) and n_wells in {None, n}]
    if not fits:
        faults.append(f"no plate of {n_wells or max(FORMATS)} wells has them all")
    if faults or not wells:
        more = f" and {len(faults) - MOST_TOLD} more" if len(faults) > MOST_TOLD else ""
        raise DataError(
            f"The layout cannot be used: {'; '.join(faults[:MOST_TOLD]) or 'it has no row'}{more}",
            where=where,
            remedy="Mend the named rows; docs/plates.md lists columns and words for roles.",
        )
    plates = dict.fromkeys(plate for plate, _ in wells)
    return Layout(
        n_wells=fits[0],
        seed=0,
        wells=tuple(
            wells.get((plate, w)) or Well(plate=plate, well=w, role="empty")
            for plate in plates
            for w in every_well(fits[0])
        ),
    )


@frozen(kw_only=True)
class _Column:
    """A column of the table, and the unit in its name."""

    name: str
    unit: str = ""
    decimal_comma: bool = False


def _columns(table: RawTable, where: str) -> Mapping[str, _Column]:
    """Return which column is for what; refuse a table without plate, well or content."""
    known: dict[str, _Column] = {}
    names = table.columns
    for place, name in reversed(list(enumerate(names))):
        found = _HEAD.match(name) or _TAIL.match(name)
        stem, unit = (found["stem"], found["unit"]) if found else (name, "")
        comma = has_decimal_comma(cells[place] for _, cells in table.rows)
        known[_bare(stem)] = _Column(name=name, unit=unit, decimal_comma=comma)
    columns = {
        use: next((known[n] for n in words if n in known), _Column(name=""))
        for use, words in COLUMNS.items()
    }
    missing = [use for use in ("plate", "well") if not columns[use].name]
    if not any(columns[use].name for use in ("candidate_id", "compound", "role")):
        missing.append("compound or role")
    if missing:
        raise DataError(
            f"No column is named for {', '.join(missing)}; there are {', '.join(names[:40])}",
            where=where,
            remedy="Name the columns plate, well, compound, role, concentration and lot.",
        )
    return columns


def _well(
    cells: Mapping[str, str], columns: Mapping[str, _Column], who: Callable[[str], Candidate]
) -> Well:
    """Return the well that a row describes."""

    def cell(use: str) -> str:
        name = columns[use].name
        return cells[name].strip() if name else ""

    if not (plate := cell("plate")):
        raise DataError("no plate is named", remedy="Give the barcode.")
    compound = cell("candidate_id") or cell("compound")
    role = _role(cell("role"), compound)
    candidate_id = name = ""
    if role == "sample":
        if not compound:
            raise DataError("a sample without a compound", remedy="Name the compound.")
        candidate = who(compound)
        candidate_id, name = candidate.id, candidate.name
    elif role in {"positive", "reference"}:
        candidate_id = compound
    replicate = cell("replicate")
    return Well(
        plate=plate,
        well=plain(cell("well")),
        role=role,
        candidate_id=candidate_id,
        lot=cell("lot") if candidate_id else "",
        name=name,
        concentration_M=_molar(cell, columns) if candidate_id else 0.0,
        volume_uL=_microlitres(cell("volume"), columns["volume"]) if role != "empty" else 0.0,
        replicate=int(replicate if re.fullmatch("[0-9]{1,4}", replicate) else role != "empty"),
    )


def _role(text: str, compound: str) -> Role:
    """Return the role that a word means."""
    word = _bare(text)
    if not word:
        return CALLED.get(_bare(compound), "sample") if compound else "empty"
    if word not in ROLES:
        raise DataError(
            f"nobody knows the role {text[:40]!r}",
            remedy="Write sample, positive, negative, reference, blank or empty.",
        )
    return ROLES[word]


def _molar(cell: Callable[[str], str], columns: Mapping[str, _Column]) -> float:
    """Return the concentration of a row in mol/L; 0 where it states none."""
    text = cell("concentration")
    if not text:
        return 0.0
    column = columns["concentration"]
    reading = read_number(text, decimal_comma=column.decimal_comma)
    unit = reading.unit or cell("unit") or column.unit
    if reading.value is None or reading.relation != "=" or reading.value < 0.0:
        raise DataError(f"{text[:40]!r} is no concentration", remedy="Write a number.")
    if not unit and reading.value > 0.0:
        raise DataError(
            "a concentration without a unit",
            remedy="Write the unit into the header, as in `concentration (uM)`.",
        )
    return convert(reading.value, unit or "M", "M")


def _microlitres(text: str, column: _Column) -> float:
    """Return a volume in uL; 0 where none is stated."""
    if not text:
        return 0.0
    reading = read_number(text, decimal_comma=column.decimal_comma)
    if reading.value is None or reading.relation != "=" or reading.value < 0.0:
        raise DataError(f"{text[:40]!r} is no volume", remedy="Write a number of microlitres.")
    return convert(reading.value, reading.unit or column.unit or "uL", "uL")


def _bare(text: str) -> str:
    """Return a name without case, underscores and doubled blanks."""
    return " ".join(re.sub(r"[_\-.]+", " ", text).lower().split()) or text.strip().lower()
