# SPDX-License-Identifier: Apache-2.0
"""What people write for plates: the plate file (TOML) and the list of stocks (CSV).

Both are read whole or refused, with every fault named.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

import cattrs
from attrs import evolve, field, frozen
from cattrs.v import format_exception, transform_error

from loopwright.core.errors import DataError, LoopwrightError, SpecError
from loopwright.core.values import RawFile
from loopwright.data.text import text_of
from loopwright.plates.design import Design
from loopwright.plates.readout import Readout
from loopwright.plates.tables import csv_rows, number_in
from loopwright.plates.transfers import Stock
from loopwright.science.units import convert
from loopwright.science.wells import plain

__all__ = [
    "STOCK_COLUMNS",
    "Ordering",
    "PlateFile",
    "Rules",
    "plate_file_of",
    "read_plate_file",
    "read_stocks",
]

STOCK_COLUMNS = (
    "plate_id",
    "well",
    "candidate_id",
    "lot",
    "concentration",
    "concentration_unit",
    "volume",
    "volume_unit",
    "dead_volume",
)
"""Volumes are in uL; ``candidate_id`` is blank and the concentration 0 for solvent."""


@frozen(kw_only=True)
class Ordering:
    """How much is ordered: see ``plates.orders.order_list``."""

    stock_M: float = 0.01
    """Concentration in which stocks are ordered, mol/L."""

    dead_uL: float = 0.0
    """Dead volume of a source well."""

    reserve: float = 0.1
    """Share that is added to each volume."""


@frozen(kw_only=True)
class Rules:
    """How liquid is moved: see ``plates.transfers.plan``."""

    backfill: bool = False
    """Whether wells are filled up with solvent to one common volume."""

    tolerance: float = 0.1
    """Largest error of a concentration, as a share of it."""

    most_solvent: float = 0.05
    """Largest share of a well that may come from stocks and solvent."""


@frozen(kw_only=True)
class PlateFile:
    """The plate file: one table for each step from samples to worklists, and home again."""

    design: Design = field(factory=Design)
    ordering: Ordering = field(factory=Ordering)
    transfers: Rules = field(factory=Rules)
    readout: Readout = field(factory=Readout)
    """How the signals that come home become results."""

    worklists: dict[str, dict[str, Any]] = field(factory=dict)
    """Options of each worklist, by its name."""


def read_plate_file(file: RawFile, *, seed: int = 1) -> PlateFile:
    """Return what a plate file says.

    Args:
        file: TOML with the tables design, ordering, transfers, readout and worklists.
        seed: Seed of the layout where the file states none.

    Raises:
        SpecError: It is no TOML, or a key is unknown or of the wrong type; all are told.
    """
    try:
        raw = tomllib.loads(text_of(file)) if file.content.strip() else {}
        found = _converter.structure(raw, PlateFile)
    except tomllib.TOMLDecodeError as ex:
        raise SpecError(
            f"The plate file is no TOML: {ex}", where=file.name, remedy="Mend the named line."
        ) from ex
    except (cattrs.BaseValidationError, TypeError, ValueError) as ex:
        faults = transform_error(ex, path="plates", format_exception=_say)
        raise SpecError(
            f"The plate file cannot be used: {'; '.join(faults)}",
            where=file.name,
            remedy="Correct the named keys; docs/plates.md shows a file.",
        ) from ex
    if "seed" in raw.get("design", {}):
        return found
    return evolve(found, design=evolve(found.design, seed=seed))


def plate_file_of(plain: Mapping[str, Any]) -> PlateFile:
    """Return the plate file that was kept as plain JSON values."""
    return _converter.structure(plain, PlateFile)


def read_stocks(file: RawFile) -> tuple[Stock, ...]:
    """Return the source wells of a CSV file with at least ``STOCK_COLUMNS``.

    Raises:
        DataError: The file is no such table, or a row is not usable; the row is named.
    """
    found = tuple(_stock(cells, f"{file.name}:{n}") for n, cells in csv_rows(file, STOCK_COLUMNS))
    if not found:
        raise DataError(
            "The list of stocks has no row", where=file.name, remedy="Give one row per source well."
        )
    return found


def _stock(cells: Mapping[str, str], where: str) -> Stock:
    """Return the stock that a row describes."""
    concentration = number_in(cells, "concentration", where=where)
    unit = cells["concentration_unit"] if concentration else "M"
    volume = number_in(cells, "volume", where=where)
    return Stock(
        plate=cells["plate_id"].strip(),
        well=plain(cells["well"]),
        candidate_id=cells["candidate_id"].strip(),
        lot=cells["lot"].strip(),
        concentration_M=convert(concentration, unit, "M"),
        volume_uL=convert(volume, cells["volume_unit"], "uL"),
        dead_uL=number_in(cells, "dead_volume", where=where),
    )


def _say(ex: BaseException, kind: type[Any] | None) -> str:
    """Return a fault in the words of the check that found it."""
    if isinstance(ex, LoopwrightError):
        return ex.what
    words = isinstance(ex, ValueError | TypeError) and ex.args
    return str(ex.args[0]) if words else format_exception(ex, kind)


def _plain(value: Any, kind: type[Any]) -> Any:
    """Return a value of its own type; a whole number also passes as a number."""
    allowed = (int, float) if kind is float else kind
    if not isinstance(value, allowed) or isinstance(value, bool) != (kind is bool):
        raise TypeError(f"{value!r} is not of the type {kind.__name__}")
    return kind(value)


def _make_converter() -> cattrs.Converter:
    """Return a converter that changes no type in silence."""
    made = cattrs.Converter(forbid_extra_keys=True)
    for kind in (int, float, str, bool):
        made.register_structure_hook(kind, _plain)
    return made


_converter = _make_converter()
