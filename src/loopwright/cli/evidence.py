# SPDX-License-Identifier: Apache-2.0
"""Commands of a reviewer: why, report, verify."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from loopwright.cli.options import HERE, CampaignName, Folder, Json, workspace

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    for command in (why, report, verify):
        app.command()(command)


def why(
    candidate: Annotated[str, typer.Argument(help="Id, name or notation.", show_default=False)],
    folder: Folder = HERE,
    campaign: CampaignName = "",
    json: Json = False,
) -> None:
    """Tell everything that is known and was thought of one candidate."""
    from loopwright.api import evidence
    from loopwright.cli import show, show_batch

    found = evidence.why(workspace(folder, campaign), candidate)
    show.answer(found, show_batch.finding, json=json)


def report(
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to write.")] = Path(
        "report.html"
    ),
    folder: Folder = HERE,
    campaign: CampaignName = "",
    json: Json = False,
) -> None:
    """Write the campaign as one HTML page that opens offline."""
    from loopwright.api import pages
    from loopwright.cli import show

    path = pages.write_report(workspace(folder, campaign), out)
    if json:
        show.as_json({"report": str(path)})
    else:
        typer.echo(str(path))


def verify(
    head: Annotated[
        Path | None, typer.Option("--head", help="A head exported earlier; shows an older copy.")
    ] = None,
    export_head: Annotated[
        Path | None, typer.Option("--export-head", help="Write the head here; keep it elsewhere.")
    ] = None,
    folder: Folder = HERE,
    json: Json = False,
) -> None:
    """Re-compute every fact and re-hash every artefact; exit code 4 if anything does not hold."""
    from loopwright.api import evidence
    from loopwright.cli import show

    place = workspace(folder)
    found = evidence.verify(place, head=head)
    if export_head is not None and found.ok:
        evidence.export_head(place, export_head)
    if json:
        show.as_json(
            {
                "ok": found.ok,
                "facts": found.n_facts,
                "artefacts": found.n_artefacts,
                "first_bad": found.first_bad or None,
                "problems": [str(p) for p in found.problems],
            }
        )
    else:
        typer.echo(
            f"{'verified' if found.ok else 'DOES NOT VERIFY'}: {found.n_facts} facts, "
            f"{found.n_artefacts} artefacts"
        )
        for problem in found.problems:
            typer.echo(f"  {problem}")
    if not found.ok:
        raise typer.Exit(4)
