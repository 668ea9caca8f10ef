# SPDX-License-Identifier: Apache-2.0
"""What a layout needs of each compound and lot: the list by which material is ordered."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from loopwright.core.errors import DataError
from loopwright.data.text import harmless
from loopwright.plates.layout import Layout, Well
from loopwright.plates.tables import csv_bytes

__all__ = ["OrderLine", "order_list", "orders_csv"]

_COLUMNS = (
    "candidate_id",
    "lot",
    "name",
    "n_wells",
    "amount",
    "amount_unit",
    "stock",
    "stock_unit",
    "volume",
    "volume_unit",
)


@frozen(kw_only=True)
class OrderLine:
    """What is needed of one candidate and lot."""

    candidate_id: str
    lot: str
    name: str
    n_wells: int
    amount_nmol: float
    """In all its wells together, without reserve."""

    stock_M: float
    """Concentration of the stock that ``volume_uL`` is stated for, in mol/L."""

    volume_uL: float
    """Of that stock, reserve and dead volume included."""


def order_list(
    layout: Layout, *, stock_M: float, dead_uL: float = 0.0, reserve: float = 0.1
) -> tuple[OrderLine, ...]:
    """Return what is needed of each candidate and lot, in the order of candidate and lot.

    Args:
        layout: Where it goes.
        stock_M: Concentration of all stocks, mol/L, > 0.
        dead_uL: What stays behind in a source well, uL, added once per line.
        reserve: Share that is added to the volume.

    Raises:
        DataError: The stock has no concentration, or dead volume or reserve are negative.

    Example:
        >>> from loopwright.plates.design import Design, Doses, Sample
        >>> from loopwright.plates.layout import lay_out
        >>> design = Design(n_wells=96, volume_uL=100.0, doses=Doses(highest_M=1e-5))
        >>> layout = lay_out([Sample(candidate_id="c", lot="2")], design)
        >>> line = order_list(layout, stock_M=0.01, dead_uL=15.0, reserve=0.0)[0]
        >>> line.lot, round(line.amount_nmol, 9), round(line.volume_uL, 9)
        ('2', 1.0, 15.1)
    """
    if not (stock_M > 0.0 and dead_uL >= 0.0 and reserve >= 0.0):
        raise DataError(
            f"A stock of {stock_M} mol/L with {dead_uL} uL dead volume cannot be ordered",
            where="stock",
            remedy="Give a concentration above 0, and a dead volume and reserve of 0 or more.",
        )
    held: dict[tuple[str, str], list[Well]] = {}
    for well in layout.wells:
        if well.concentration_M > 0.0:
            held.setdefault((well.candidate_id, well.lot), []).append(well)
    lines = []
    for (candidate_id, lot), wells in sorted(held.items()):
        amount_nmol = sum(1000.0 * w.concentration_M * w.volume_uL for w in wells)
        lines.append(
            OrderLine(
                candidate_id=candidate_id,
                lot=lot,
                name=next((w.name for w in wells if w.name), ""),
                n_wells=len(wells),
                amount_nmol=amount_nmol,
                stock_M=stock_M,
                volume_uL=(1.0 + reserve) * amount_nmol / stock_M * 1e-3 + dead_uL,
            )
        )
    return tuple(lines)


def orders_csv(lines: Sequence[OrderLine]) -> bytes:
    """Return the list as CSV, numbers to six digits, units in columns of their own."""
    return csv_bytes(
        _COLUMNS,
        [
            (
                *(harmless(text) for text in (line.candidate_id, line.lot, line.name)),
                line.n_wells,
                *(f"{line.amount_nmol:.6g}", "nmol", f"{line.stock_M:.6g}", "M"),
                *(f"{line.volume_uL:.6g}", "uL"),
            )
            for line in lines
        ],
    )
