# SPDX-License-Identifier: Apache-2.0
"""Options that many commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from loopwright.api.workspace import Workspace
    from loopwright.spec.goal import Goal

__all__ = [
    "HERE",
    "Budget",
    "By",
    "CampaignName",
    "Catalogue",
    "Conditions",
    "Cost",
    "File",
    "FirstPosition",
    "Folder",
    "Goals",
    "Json",
    "MappingFile",
    "Reason",
    "listed",
    "told_by",
    "wanted",
    "workspace",
]

HERE = Path()
"""The workspace, where no other is named."""

Folder = Annotated[
    Path, typer.Option("--workspace", "-w", help="The workspace.", show_default="here")
]
CampaignName = Annotated[
    str, typer.Option("--campaign", "-c", help="The campaign, where there are several.")
]
Catalogue = Annotated[
    str, typer.Option("--catalogue", help="Models that come with Loopwright: admet.")
]
File = Annotated[Path, typer.Argument(help="The file.", show_default=False)]
MappingFile = Annotated[
    Path | None, typer.Option("--mapping", help="TOML that says what the columns mean.")
]
By = Annotated[str, typer.Option("--by", help="Who acts; the name of the login if not given.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
Goals = Annotated[
    list[str] | None,
    typer.Option(
        help="In place of --property: A:max>6.5, B:min, C:match=7.4, limit D:<3; repeatable."
    ),
]
Conditions = Annotated[
    list[str] | None,
    typer.Option("--where", help="Only rows whose column says so: mw<500; repeatable."),
]
Cost = Annotated[str, typer.Option(help="The column of what a candidate costs.")]
Budget = Annotated[float | None, typer.Option(help="What may be spent in all.")]
FirstPosition = Annotated[
    int, typer.Option(help="The number of the parent's first residue.", min=0)
]
Reason = Annotated[str, typer.Option("--reason", help="Why; becomes part of the record.")]


def wanted(goals: list[str] | None, property: str, direction: str) -> tuple[Goal, ...]:
    """Return the goals of these options."""
    from loopwright.api.goals import as_goals
    from loopwright.spec.goal import Goal

    if direction not in {"maximize", "minimize"}:
        raise typer.BadParameter("maximize or minimize", param_hint="--direction")
    if bool(goals) == bool(property):
        raise typer.BadParameter("one of them says what is wanted", param_hint="--property, --goal")
    if goals:
        return as_goals(goals)
    return (
        Goal(property=property, direction="minimize" if direction == "minimize" else "maximize"),
    )


def listed(text: str) -> tuple[str, ...]:
    """Return the names that stand between commas."""
    return tuple(name for part in text.split(",") if (name := part.strip()))


def told_by(modality: str, *, sequence: str, settings: str) -> str:
    """Return the modality: a column of sequences means proteins, columns of settings recipes."""
    if modality != "molecules":
        return modality
    return "proteins" if sequence else "recipes" if settings else modality


def workspace(folder: Path, campaign: str = "", by: str = "") -> Workspace:
    """Return the workspace of these options."""
    from loopwright.api.workspace import Workspace

    if by:
        return Workspace(root=folder.resolve(), campaign=campaign, actor=by)
    return Workspace(root=folder.resolve(), campaign=campaign)
