# SPDX-License-Identifier: Apache-2.0
"""Commands of the bench: layout."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from loopwright.cli.options import CampaignName, Folder, Json, workspace

__all__ = ["register"]

Here = Path()


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command()(layout)


def layout(
    order: Annotated[str, typer.Argument(help="The order; the latest, if not given.")] = "",
    wells: Annotated[int | None, typer.Option(help="Format of the plates: 96, 384, 1536.")] = None,
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
    folder: Folder = Here,
    campaign: CampaignName = "",
    json: Json = False,
) -> None:
    """Lay an order out over plates: layout, order list, sheet for the bench, worklist."""
    from loopwright.api.plates import lay_out_order
    from loopwright.cli import show

    found = lay_out_order(
        workspace(folder, campaign),
        order_id=order,
        plate_file=plates,
        n_wells=wells,
        stocks=stocks,
        worklist=worklist,
        out=out,
    )
    if json:
        show.as_json(found)
        return
    typer.echo(
        f"{found.order_id}: {found.n_samples} samples in {found.n_wells_used} wells of "
        f"{len(found.plates)} plate(s), {found.n_transfers} transfers"
    )
    for path in found.files:
        typer.echo(path)
