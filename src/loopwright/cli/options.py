# SPDX-License-Identifier: Apache-2.0
"""Options that many commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from loopwright.api.workspace import Workspace

__all__ = ["HERE", "By", "CampaignName", "Folder", "Json", "Reason", "workspace"]

HERE = Path()
"""The workspace, where no other is named."""

Folder = Annotated[
    Path, typer.Option("--workspace", "-w", help="The workspace.", show_default="here")
]
CampaignName = Annotated[
    str, typer.Option("--campaign", "-c", help="The campaign, where there are several.")
]
By = Annotated[str, typer.Option("--by", help="Who acts; the name of the login if not given.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; becomes part of the record.")]


def workspace(folder: Path, campaign: str = "", by: str = "") -> Workspace:
    """Return the workspace of these options."""
    from loopwright.api.workspace import Workspace

    if by:
        return Workspace(root=folder.resolve(), campaign=campaign, actor=by)
    return Workspace(root=folder.resolve(), campaign=campaign)
