# SPDX-License-Identifier: Apache-2.0
"""An order as plates: layout, order list, sheet and worklist, all made before any is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve, fields, frozen

from loopwright.api.files import read_file
from loopwright.api.layouts import LaidOut, as_fact, order_meant
from loopwright.api.workspace import Workspace
from loopwright.core.errors import DataError, MismatchError, NotReadyError, SpecError
from loopwright.core.values import Candidate, RawFile
from loopwright.loop.run import Campaign, look
from loopwright.plates.design import Sample
from loopwright.plates.files import PlateFile, read_plate_file, read_stocks
from loopwright.plates.layout import Layout, lay_out
from loopwright.plates.orders import order_list, orders_csv
from loopwright.plates.tables import layout_csv
from loopwright.plates.transfers import Stock, plan
from loopwright.registry import build, plugin

if TYPE_CHECKING:
    from loopwright.core.liquids import Transfer
    from loopwright.core.ports import Worklist

__all__ = ["lay_out_order"]


def lay_out_order(
    workspace: Workspace,
    *,
    order_id: str = "",
    plate_file: Path | None = None,
    n_wells: int | None = None,
    stocks: Path | None = None,
    worklist: str = "",
    out: Path | None = None,
    reason: str = "",
) -> LaidOut:
    """Lay an order out over plates and write layout, order list, sheet and worklist.

    The layout becomes a fact: results that name plate and well find their candidates by it.

    Args:
        workspace: Where the campaign is.
        order_id: The order; the latest, if blank.
        plate_file: Design and rules; the defaults, if None.
        n_wells: Format of the plates; that of the plate file, if None.
        stocks: Source wells; without them nothing is planned.
        worklist: For which instrument a file is written; needs stocks.
        out: Folder to write to; ``plates/`` and the order's id in the workspace, if None.
        reason: Why the order is laid out anew; needed only if it was laid out otherwise.

    Raises:
        NotReadyError: There is no such order, or a worklist is asked for without stocks.
        SpecError: The design cannot be made.
        UnknownPluginError: There is no such worklist.
        MismatchError: The stocks do not suffice.
        DataError: A file cannot be read, others of another content are there, or the order is
            laid out otherwise and there is no reason.
    """
    with workspace.writing() as campaign:
        return _laid_out(
            campaign,
            _Asked(
                order_id=order_id,
                plate_file=plate_file,
                n_wells=n_wells,
                stocks=stocks,
                worklist=worklist,
                folder=out,
                root=workspace.root,
                reason=reason,
            ),
        )


@frozen(kw_only=True)
class _Asked:
    """What ``lay_out_order`` was asked for."""

    order_id: str
    plate_file: Path | None
    n_wells: int | None
    stocks: Path | None
    worklist: str
    folder: Path | None
    root: Path
    reason: str


def _laid_out(campaign: Campaign, asked: _Asked) -> LaidOut:
    """Lay out, plan and draw; then write everything."""
    view = look(campaign)
    plate_file, n_wells, stocks, worklist = (
        asked.plate_file,
        asked.n_wells,
        asked.stocks,
        asked.worklist,
    )
    order = order_meant(view.state, asked.order_id)
    given = read_file(plate_file) if plate_file else RawFile(name="plates", content=b"")
    rules = read_plate_file(given, seed=view.spec.seed)
    for name in (*rules.worklists, *filter(None, [worklist])):
        plugin("worklists", name)
    design = evolve(rules.design, n_wells=n_wells) if n_wells else rules.design
    if worklist and stocks is None:
        raise NotReadyError(
            f"A worklist for {worklist!r} needs to know the source wells",
            where="stocks",
            remedy="Give a list of stocks with --stocks.",
        )
    held = read_stocks(read_file(stocks)) if stocks else ()
    samples = _samples(view.named((*order.candidates, *order.again)), held)
    layout = lay_out(samples, design, stem=order.order_id)
    transfers, written = _moves(layout, held, rules, worklist)
    files = [*_pages(order.order_id, layout, rules, transfers, held), *written]
    folder = asked.folder or asked.root / "plates" / order.order_id
    return as_fact(
        campaign,
        layout,
        LaidOut(
            order_id=order.order_id,
            plates=layout.plates,
            n_samples=len(samples),
            n_wells_used=sum(w.role != "empty" for w in layout.wells),
            n_transfers=len(transfers),
            files=tuple(str(folder / f.name) for f in files),
        ),
        rules=evolve(rules, design=design),
        reason=asked.reason,
        write=lambda: _write(folder, files),
    )


def _samples(candidates: Sequence[Candidate], stocks: Sequence[Stock]) -> list[Sample]:
    """Return what goes into wells: each candidate, as the one lot that is in stock."""
    lots: dict[str, set[str]] = {}
    for stock in stocks:
        lots.setdefault(stock.candidate_id, set()).add(stock.lot)
    double = sorted(c.id for c in candidates if len(lots.get(c.id, ())) > 1)
    if double:
        raise MismatchError(
            f"There are several lots of {', '.join(double)}",
            where="stocks",
            remedy="Leave in the list of stocks the one lot of each that is to be tested.",
        )
    return [
        Sample(candidate_id=c.id, lot=next(iter(lots.get(c.id, {""}))), name=c.name)
        for c in candidates
    ]


def _moves(
    layout: Layout, stocks: Sequence[Stock], rules: PlateFile, name: str
) -> tuple[tuple[Transfer, ...], list[RawFile]]:
    """Return the transfers, and the file for the instrument; nothing without an instrument."""
    if not name:
        return (), []
    worklist: Worklist = build("worklists", name, _options(rules, name, layout.n_wells))
    kept = rules.transfers
    transfers = plan(
        layout,
        stocks,
        worklist.limits,
        backfill=kept.backfill,
        tolerance=kept.tolerance,
        most_solvent=kept.most_solvent,
    )
    return transfers, [worklist.write(transfers)]


def _options(rules: PlateFile, name: str, n_wells: int) -> Mapping[str, object]:
    """Return a worklist's options; one that counts wells must know the formats of the plates."""
    given = rules.worklists.get(name, {})
    known = {f.name for f in fields(plugin("worklists", name).options)}
    if "source_wells" in known and "source_wells" not in given:
        raise SpecError(
            f"A worklist for {name!r} counts wells and must know the format of source plates",
            where=f"worklists.{name}.source_wells",
            remedy=f"State source_wells = 384, say, under [worklists.{name}] in the plate file.",
        )
    if given.get("destination_wells", n_wells) != n_wells:
        raise MismatchError(
            f"The plates have {n_wells} wells, the worklist says {given['destination_wells']}",
            where=f"worklists.{name}.destination_wells",
            remedy="Leave destination_wells out; it is taken from the design.",
        )
    return {**given, "destination_wells": n_wells} if "destination_wells" in known else given


def _pages(
    order_id: str,
    layout: Layout,
    rules: PlateFile,
    transfers: tuple[Transfer, ...],
    stocks: Sequence[Stock],
) -> list[RawFile]:
    """Return the files for people."""
    from loopwright.reports.sheet import Sheet, render_sheet

    kept = rules.ordering
    orders = order_list(layout, stock_M=kept.stock_M, dead_uL=kept.dead_uL, reserve=kept.reserve)
    sheet = Sheet(
        title=f"Order {order_id}",
        layout=layout,
        orders=orders,
        transfers=transfers,
        stocks=tuple(stocks),
    )
    return [
        RawFile(name="layout.csv", content=layout_csv(layout)),
        RawFile(name="order-list.csv", content=orders_csv(orders)),
        RawFile(name="sheet.html", content=render_sheet(sheet).encode()),
    ]


def _write(folder: Path, files: Sequence[RawFile]) -> None:
    """Write the files; never over others, which may be on the bench already."""
    paths = [folder / f.name for f in files]
    for path, file in zip(paths, files, strict=True):
        if path.exists() and path.read_bytes() != file.content:
            raise DataError(
                "Another file is there already, and may be on the bench",
                where=str(path),
                remedy="Name another folder with --out, or take the old files away.",
            )
    folder.mkdir(parents=True, exist_ok=True)
    for path, file in zip(paths, files, strict=True):
        path.write_bytes(file.content)
