# SPDX-License-Identifier: Apache-2.0
"""Commands of the bench: layout, curves, plates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from loopwright.cli.options import HERE, By, CampaignName, Folder, Json, Reason, workspace

__all__ = ["register"]

Wells = Annotated[int | None, typer.Option(help="Format of the plates: 96, 384, 1536.")]
Html = Annotated[Path | None, typer.Option("--html", help="Write maps and curves as one page.")]


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command()(layout)
    app.command()(curves)
    app.command()(plates)


def layout(
    order: Annotated[str, typer.Argument(help="The order; the latest, if not given.")] = "",
    wells: Wells = None,
    plates: Annotated[
        Path | None, typer.Option("--plates", help="Plate file: design, rules, options (TOML).")
    ] = None,
    stocks: Annotated[Path | None, typer.Option(help="List of source wells (CSV).")] = None,
    worklist: Annotated[
        str, typer.Option(help="Instrument to write a file for; needs --stocks.")
    ] = "",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder to write to.", show_default=False)
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option("--from", help="Take in a layout that was made elsewhere, from this file."),
    ] = None,
    reason: Reason = "",
    folder: Folder = HERE,
    campaign: CampaignName = "",
    by: By = "",
    json: Json = False,
) -> None:
    """Lay an order out over plates, or take a layout in: from then on wells say what they hold."""
    from loopwright.api.layouts import take_layout
    from loopwright.api.plates import lay_out_order
    from loopwright.cli import show

    place = workspace(folder, campaign, by)
    if source is not None:
        found = take_layout(
            place, source, plate_file=plates, n_wells=wells, order_id=order, reason=reason
        )
    else:
        found = lay_out_order(
            place,
            order_id=order,
            plate_file=plates,
            n_wells=wells,
            stocks=stocks,
            worklist=worklist,
            out=out,
            reason=reason,
        )
    if json:
        show.as_json(found)
        return
    typer.echo(
        f"{found.order_id or found.plates[0]}: {found.n_samples} samples in {found.n_wells_used} "
        f"wells of {len(found.plates)} plate(s), {found.n_transfers} transfers"
    )
    if not found.is_new:
        typer.echo("laid out so before; nothing was added")
    for name in found.read_before:
        typer.echo(f"{name} was read by another layout; read it back again")
    for path in found.files:
        typer.echo(path)


def curves(
    file: Annotated[Path, typer.Argument(help="Raw readings of wells.", show_default=False)],
    layout: Annotated[
        Path, typer.Option("--layout", "-l", help="What each well holds.", show_default=False)
    ],
    plate_file: Annotated[
        Path | None, typer.Option("--plates", help="Plate file: bounds, controls, Z' (TOML).")
    ] = None,
    wells: Wells = None,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write the results here.")] = None,
    html: Html = None,
    json: Json = False,
) -> None:
    """Read raw signals out by a layout: Z' and one dose-response curve a sample; no workspace."""
    from loopwright.api.curves import read_curves
    from loopwright.api.plate_views import draw_plates, plates_of
    from loopwright.cli import show, show_plates
    from loopwright.plates.results import results_csv

    found = read_curves(file, layout, plate_file=plate_file, n_wells=wells)
    if csv is not None:
        csv.write_bytes(results_csv(found.plates))
    if html is not None:
        draw_plates(plates_of(found.plates), html, title=f"Plates of {found.file}")
    if json:
        show.as_json(found)
    else:
        show_plates.readings(found.plates)
        show.not_used(found.quarantine)
    if found.n_quarantined:
        raise typer.Exit(3)


def plates(
    plate: Annotated[str, typer.Argument(help="One barcode; all plates, if not given.")] = "",
    html: Html = None,
    folder: Folder = HERE,
    campaign: CampaignName = "",
    json: Json = False,
) -> None:
    """Show plates that came home: values, Z', edge effect, rows and columns, drift, curves."""
    from loopwright.api.plate_views import draw_plates, look_at_plates
    from loopwright.cli import show, show_plates

    place = workspace(folder, campaign)
    found = look_at_plates(place, plate)
    if html is not None:
        draw_plates(found, html, title=f"Plates of {place.spec_path.stem}")
    if json:
        show.as_json(found)
    else:
        show_plates.plates(found)
        if html is not None:
            typer.echo(html)
