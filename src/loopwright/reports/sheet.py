# SPDX-License-Identifier: Apache-2.0
"""The sheet that goes to the bench: plate maps, compounds to order, source wells to fill.

One HTML file without script or network, made for A4. A role is told by colour and by sign, a
concentration by number and by strength of colour, so that a grey print still reads.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

from attrs import frozen

from loopwright.core.liquids import Transfer
from loopwright.plates.layout import Layout, Role, Well
from loopwright.plates.orders import OrderLine
from loopwright.plates.transfers import Stock
from loopwright.reports.code128 import code128_path
from loopwright.reports.templates import fill
from loopwright.science.wells import padded, place_of, shape_of

__all__ = ["Sheet", "render_sheet"]

Key = tuple[str, str]

ROLES: Mapping[Role, tuple[str, str]] = {
    "sample": ("", "Sample: number of the compound"),
    "reference": ("R", "Reference: R and number"),
    "positive": ("+", "Positive control"),
    "negative": ("\N{MINUS SIGN}", "Negative control: vehicle alone"),
    "blank": ("B", "Blank: nothing is transferred"),
    "empty": ("", "Empty"),
}
"""Sign in the well and words of the legend."""

BARS_HEIGHT = 36
"""Of a barcode, in its modules."""

CELL = 10.0
"""Side of a well in the drawing; its units are arbitrary."""


@frozen(kw_only=True)
class Sheet:
    """Everything that a sheet shows; texts may come from strangers."""

    title: str
    subtitle: str = ""
    layout: Layout
    orders: tuple[OrderLine, ...] = ()
    """Amounts to order; without them the list names the compounds alone."""

    transfers: tuple[Transfer, ...] = ()
    """Planned transfers; without them no source wells are listed."""

    stocks: tuple[Stock, ...] = ()
    """What the source wells hold."""

    made_at: str = ""


@frozen(kw_only=True)
class Cell:
    """A well as it is drawn."""

    x: float
    y: float
    role: Role
    strength: float
    """0.25 for the lowest concentration of its plate, 1 for the highest."""

    label: str
    name: str
    dose: str
    hint: str


@frozen(kw_only=True)
class Plate:
    """A plate as it is drawn."""

    barcode: str
    bars: str
    """The barcode as the path of a drawing; blank for a text that Code 128 does not hold."""

    bars_width: int
    width: float
    height: float
    rows: tuple[tuple[str, float], ...]
    columns: tuple[tuple[str, float], ...]
    cells: tuple[Cell, ...]
    legend: tuple[tuple[Role, str, str, int], ...]
    """(role, sign, words, number of wells) for each role that is there."""

    volume: str
    arriving: str


@frozen(kw_only=True)
class Compound:
    """A line of the list of compounds."""

    number: int
    candidate_id: str
    lot: str
    name: str
    roles: str
    n_wells: int
    order: OrderLine | None


@frozen(kw_only=True)
class Source:
    """A line of the list of source wells."""

    plate: str
    well: str
    holds: str
    n_transfers: int
    taken_uL: float
    least_uL: float
    """What must be in it: what is taken, and the dead volume."""


def render_sheet(sheet: Sheet) -> str:
    """Return the sheet as one self-contained HTML document; equal sheets give equal text.

    Args:
        sheet: Everything to be shown.

    Returns:
        HTML, to be written as UTF-8.
    """
    numbers = _numbers(sheet.layout)
    values = {
        "sheet": sheet,
        "plates": [_plate(sheet, p, numbers) for p in sheet.layout.plates],
        "compounds": _compounds(sheet, numbers),
        "sources": _sources(sheet),
        "n_used": sum(w.role != "empty" for w in sheet.layout.wells),
        "moved_uL": sum(t.volume_nL for t in sheet.transfers) / 1000.0,
    }
    return fill("sheet.html.j2", values, beside=("page.css", "sheet.css"))


def _numbers(layout: Layout) -> dict[Key, int]:
    """Return a number for each candidate and lot, the same on map and list."""
    keys = {(w.candidate_id, w.lot) for w in layout.wells if w.concentration_M > 0.0}
    return {key: i for i, key in enumerate(sorted(keys), start=1)}


def _plate(sheet: Sheet, barcode: str, numbers: Mapping[Key, int]) -> Plate:
    """Return one plate with every well placed."""
    wells = sheet.layout.on(barcode)
    rows, columns = shape_of(sheet.layout.n_wells)
    doses = [math.log(w.concentration_M) for w in wells if w.concentration_M > 0.0]
    span = (min(doses, default=0.0), max(doses, default=0.0))
    counts = Counter(w.role for w in wells)
    volumes = sorted({w.volume_uL for w in wells if w.volume_uL > 0.0})
    moved = [t for t in sheet.transfers if t.destination_plate == barcode]
    first = [w.well for w in wells]
    bars, bars_width = code128_path(barcode, BARS_HEIGHT)
    return Plate(
        barcode=barcode,
        bars=bars,
        bars_width=bars_width,
        width=(columns + 1) * CELL,
        height=(rows + 1) * CELL,
        rows=tuple(
            (first[r * columns].rstrip("0123456789"), (r + 1.5) * CELL) for r in range(rows)
        ),
        columns=tuple((str(c + 1), (c + 1.5) * CELL) for c in range(columns)),
        cells=tuple(_cell(w, sheet.layout.n_wells, numbers, span) for w in wells),
        legend=tuple(
            (r, sign, words, counts[r]) for r, (sign, words) in ROLES.items() if counts[r]
        ),
        volume=" or ".join(f"{v:g} µL" for v in volumes),
        arriving=f"{len(moved):,} transfers, {sum(t.volume_nL for t in moved) / 1000:.4g} µL"
        if moved
        else "",
    )


def _cell(well: Well, n_wells: int, numbers: Mapping[Key, int], span: tuple[float, float]) -> Cell:
    """Return a well with what is written into it."""
    row, column = place_of(well.well, n_wells)
    number = str(numbers.get((well.candidate_id, well.lot), ""))
    sign = ROLES[well.role][0]
    has_dose = well.concentration_M > 0.0
    low, high = span
    height = (math.log(well.concentration_M) - low) / (high - low) if has_dose and high > low else 1
    dose = _micromolar(well.concentration_M) if has_dose else ""
    told = (well.well, well.role, well.candidate_id, well.lot, f"{dose} µM" if dose else "")
    return Cell(
        x=(column + 1) * CELL,
        y=(row + 1) * CELL,
        role=well.role,
        strength=round(0.25 + 0.75 * height, 3),
        label=sign if well.role == "positive" else f"{sign}{number}",
        name=(well.name or well.candidate_id)[:11],
        dose=dose,
        hint=", ".join(t for t in told if t),
    )


def _micromolar(molar: float) -> str:
    """Return a concentration in µM by two digits, without an exponent where it has room."""
    value = molar * 1e6
    return f"{value:.0f}" if 99.5 <= value < 1e4 else f"{value:.2g}"


def _compounds(sheet: Sheet, numbers: Mapping[Key, int]) -> list[Compound]:
    """Return a line for each candidate and lot, by number."""
    held: dict[Key, list[Well]] = {key: [] for key in numbers}
    for well in sheet.layout.wells:
        if well.concentration_M > 0.0:
            held[well.candidate_id, well.lot].append(well)
    orders = {(o.candidate_id, o.lot): o for o in sheet.orders}
    return [
        Compound(
            number=numbers[key],
            candidate_id=key[0],
            lot=key[1],
            name=next((w.name for w in wells if w.name), ""),
            roles=", ".join(dict.fromkeys(w.role for w in wells)),
            n_wells=len(wells),
            order=orders.get(key),
        )
        for key, wells in held.items()
    ]


def _sources(sheet: Sheet) -> list[Source]:
    """Return a line for each source well that is used, by plate, row and column."""
    used: dict[tuple[str, str], list[float]] = {}
    for t in sheet.transfers:
        used.setdefault((t.source_plate, t.source_well), []).append(t.volume_nL)
    held = {(s.plate, s.well): s for s in sheet.stocks}
    return [
        Source(
            plate=plate,
            well=well,
            holds=_content(held.get((plate, well))),
            n_transfers=len(volumes),
            taken_uL=sum(volumes) / 1000.0,
            least_uL=sum(volumes) / 1000.0 + _dead_uL(held.get((plate, well))),
        )
        for (plate, well), volumes in sorted(used.items(), key=lambda u: _by_row(*u[0]))
    ]


def _by_row(plate: str, well: str) -> tuple[str, int, str]:
    """Return what sorts source wells as people look for them."""
    return plate, len(well.rstrip("0123456789")), padded(well)


def _dead_uL(stock: Stock | None) -> float:
    """Return what stays behind in a source well."""
    return stock.dead_uL if stock else 0.0


def _content(stock: Stock | None) -> str:
    """Return what a source well holds, in words."""
    if stock is None:
        return ""
    if not stock.candidate_id:
        return "solvent"
    lot = f", lot {stock.lot}" if stock.lot else ""
    return f"{stock.candidate_id}{lot}, {stock.concentration_M * 1e3:.4g} mM"
