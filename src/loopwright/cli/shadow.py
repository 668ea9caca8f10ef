# SPDX-License-Identifier: Apache-2.0
"""Commands of a campaign in which the loop proposes and people choose: choose, shadow."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from loopwright.cli.options import HERE, By, CampaignName, Folder, Json, Reason, workspace

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    for command in (choose, shadow):
        app.command()(command)


def choose(
    file: Annotated[
        Path, typer.Argument(help="A row each: id, name or notation.", show_default=False)
    ],
    reason: Reason = "",
    folder: Folder = HERE,
    campaign: CampaignName = "",
    by: By = "",
    json: Json = False,
) -> None:
    """Put a batch of your own in the place of the loop's; the loop's stays in the record."""
    from loopwright.api import batches
    from loopwright.api.answers import Batch
    from loopwright.cli import show, show_batch

    found = batches.choose(workspace(folder, campaign, by), file, reason=reason)
    if json:
        show.as_json(found)
    elif isinstance(found, Batch):
        show_batch.batch(found)
    else:
        show.done(found.why)


def shadow(folder: Folder = HERE, campaign: CampaignName = "", json: Json = False) -> None:
    """Tell who did better so far, the loop or people."""
    from loopwright.api.shadow import shadow as compared
    from loopwright.api.shadow import shadow_table
    from loopwright.cli import show

    found = compared(workspace(folder, campaign))
    if json:
        show.as_json({"verdict": found.in_words(), "comparison": found})
        return
    table = shadow_table(found)
    if table is not None:
        columns = (
            ">cycle",
            ">both",
            "people alone",
            "loop alone",
            "not measured: predicted",
            "loop - people",
            "measured only",
        )
        rows = [
            (str(r.cycle), str(r.n_both), r.people, r.loop, r.predicted, r.lead, r.measured)
            for r in table.rows
        ]
        show.table(columns, rows, title=table.property)
    typer.echo(found.in_words())
