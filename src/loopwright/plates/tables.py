# SPDX-License-Identifier: Apache-2.0
"""Layouts as tidy CSV files, out and in again, and the rows of any CSV file of plates.

One row is one well. Units stand in columns of their own, wells are padded (``A01``) so that they
sort, and what a spreadsheet would run as a formula is made harmless.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

from loopwright.core.errors import DataError
from loopwright.core.values import RawFile
from loopwright.data.text import harmless, text_of, unharmed
from loopwright.plates.layout import Layout, Role, Well
from loopwright.science.units import convert
from loopwright.science.wells import every_well, padded, plain

__all__ = [
    "LAYOUT_COLUMNS",
    "csv_bytes",
    "csv_rows",
    "layout_csv",
    "decimal",
    "number_in",
    "read_layout",
]

LAYOUT_COLUMNS = (
    "plate_id",
    "n_wells",
    "layout_seed",
    "well",
    "role",
    "candidate_id",
    "lot",
    "name",
    "concentration",
    "concentration_unit",
    "volume",
    "volume_unit",
    "replicate",
)
MAX_WELLS = 1_000_000
"""Rows of a layout file that are read."""


def csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return rows as UTF-8 CSV with Windows line ends, which every instrument reads."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()


def csv_rows(file: RawFile, columns: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    """Return (line, cells by column) of a CSV file that has at least these columns.

    Raises:
        DataError: The file is no CSV, lacks a column or has a row of another width.
    """
    reader = csv.reader(io.StringIO(text_of(file), newline=""), strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        missing = [c for c in columns if header.count(c) != 1]
        if missing:
            raise DataError(
                f"The file does not have these columns once: {', '.join(missing)}",
                where=file.name,
                remedy="Give a file with the columns that this package writes.",
            )
        found = []
        for cells in reader:
            if cells:
                _demand_width(cells, header, f"{file.name}:{reader.line_num}")
                found.append((reader.line_num, dict(zip(header, cells, strict=True))))
    except csv.Error as ex:
        raise DataError(
            f"The file is no CSV: {ex}", where=file.name, remedy="Export it as CSV again."
        ) from ex
    return found


def number_in(cells: Mapping[str, str], column: str, *, where: str) -> float:
    """Return the finite number in a cell; raise ``DataError`` if there is none."""
    text = cells[column].strip()
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or not text.isascii():
        raise DataError(
            f"{text[:40]!r} in column {column!r} is no number",
            where=where,
            remedy="Write a plain number with a decimal point.",
        )
    return value


def decimal(value: float, digits: int) -> str:
    """Return a number with up to so many decimals, without an exponent or trailing zeros.

    Example:
        >>> decimal(1250.0, 2), decimal(0.5, 2), decimal(2.5, 1)
        ('1250', '0.5', '2.5')
    """
    return f"{value:.{digits}f}".rstrip("0").rstrip(".") if digits else f"{value:.0f}"


def layout_csv(layout: Layout) -> bytes:
    """Return a layout as tidy CSV, one row a well; ``read_layout`` of it is equal."""
    return csv_bytes(
        LAYOUT_COLUMNS,
        [
            (
                harmless(w.plate),
                layout.n_wells,
                layout.seed,
                padded(w.well),
                w.role,
                *(harmless(text) for text in (w.candidate_id, w.lot, w.name)),
                repr(w.concentration_M),
                "M",
                repr(w.volume_uL),
                "uL",
                w.replicate,
            )
            for w in layout.wells
        ],
    )


def read_layout(file: RawFile) -> Layout:
    """Return the layout of a tidy CSV file, its rows in any order, wells padded or not.

    Concentrations may stand in any molar unit; volumes are in uL. Wells that a plate has no row
    for are empty.

    Raises:
        DataError: The file is no such table, or a row is not usable; the row is named.
    """
    rows = csv_rows(file, LAYOUT_COLUMNS)
    if not 0 < len(rows) <= MAX_WELLS:
        raise DataError(
            f"The layout has {len(rows)} wells",
            where=file.name,
            remedy=f"Give one row for each well, 1 to {MAX_WELLS:,} of them.",
        )
    read = [(n, _well(cells, f"{file.name}:{n}")) for n, cells in rows]
    n_wells, seed = _common(rows, file.name)
    found: dict[tuple[str, str], Well] = {}
    for n, well in read:
        if found.setdefault((well.plate, well.well), well) is not well:
            raise _bad(f"Well {well.well} of {well.plate} comes twice", f"{file.name}:{n}")
        if well.well not in every_well(n_wells):
            raise _bad(f"A plate of {n_wells} has no well {well.well}", f"{file.name}:{n}")
    return Layout(
        n_wells=n_wells,
        seed=seed,
        wells=tuple(
            found.get((plate, w)) or Well(plate=plate, well=w, role="empty")
            for plate in dict.fromkeys(plate for plate, _ in found)
            for w in every_well(n_wells)
        ),
    )


def _common(rows: Sequence[tuple[int, Mapping[str, str]]], name: str) -> tuple[int, int]:
    """Return format and seed, which are the same in every row."""
    told = {(cells["n_wells"].strip(), cells["layout_seed"].strip()) for _, cells in rows}
    if len(told) > 1 or not all(text.isdecimal() and len(text) < 20 for text in min(told)):
        raise _bad("n_wells and layout_seed are not one whole number each", name)
    n_wells, seed = (int(text) for text in min(told))
    every_well(n_wells)
    return n_wells, seed


def _well(cells: Mapping[str, str], where: str) -> Well:
    """Return the well that a row describes."""
    role: Any = cells["role"].strip()
    if role not in get_args(Role):
        raise _bad(f"{role[:40]!r} is no role", where)
    replicate = number_in(cells, "replicate", where=where)
    concentration = number_in(cells, "concentration", where=where)
    volume = number_in(cells, "volume", where=where)
    if min(concentration, volume, replicate) < 0 or replicate != int(replicate):
        raise _bad("Concentration, volume or replicate is below 0, or no whole number", where)
    texts = {c: unharmed(cells[c]) for c in ("plate_id", "candidate_id", "lot", "name")}
    return Well(
        plate=texts["plate_id"],
        well=plain(cells["well"]),
        role=role,
        candidate_id=texts["candidate_id"],
        lot=texts["lot"],
        name=texts["name"],
        concentration_M=convert(concentration, cells["concentration_unit"], "M"),
        volume_uL=convert(volume, cells["volume_unit"], "uL"),
        replicate=int(replicate),
    )


def _demand_width(cells: Sequence[str], header: Sequence[str], where: str) -> None:
    if len(cells) != len(header):
        raise _bad(f"A row has {len(cells)} cells, the header {len(header)}", where)


def _bad(what: str, where: str) -> DataError:
    return DataError(what, where=where, remedy="Mend the row, or write the layout again.")
