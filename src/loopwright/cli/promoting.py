# SPDX-License-Identifier: Apache-2.0
"""The command that puts a better model in the place of another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from loopwright.cli.options import By, CampaignName, Json, workspace

if TYPE_CHECKING:
    from loopwright.api.promoting import Promotion

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(promote)


def promote(
    new: Annotated[Path, typer.Argument(help="A folder that train wrote.")],
    over: Annotated[Path, typer.Option("--over", help="The folder whose place it takes.")],
    margin: Annotated[
        float, typer.Option(help="Share of the old loss by which it must be smaller.", min=0, max=1)
    ] = 0.01,
    folder: Annotated[
        Path | None,
        typer.Option("--workspace", "-w", help="Where the decision becomes a fact, too."),
    ] = None,
    campaign: CampaignName = "",
    by: By = "",
    json: Json = False,
) -> None:
    """Replace a model if a new one is better on the old one's rows; exit code 4 if it is not."""
    from loopwright.api import promoting
    from loopwright.cli import show

    place = workspace(folder, campaign, by) if folder is not None else None
    found = promoting.promote(new, over=over, margin=margin, workspace=place)
    show.answer(found, _promoted, json=json)
    if not found.is_promoted:
        raise typer.Exit(4)


def _promoted(found: Promotion) -> None:
    for one in found.weighed:
        typer.echo(
            f"{one.property}: {one.n_rows} rows of the old model = {one.n_both} that both learned "
            f"+ {one.n_fresh} new to the new one + {one.n_passed_over} passed over; "
            f"{one.n_families} families"
        )
        if one.difference is not None:
            typer.echo(f"{one.loss}: {one.difference.old:.4g} old, {one.difference.new:.4g} new")
        typer.echo(one.reason)
    if found.is_promoted:
        typer.echo(f"promoted; the old model is kept as {found.kept}")
    else:
        typer.echo(f"NOT promoted; {found.over} stays as it is")
