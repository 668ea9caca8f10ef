# SPDX-License-Identifier: Apache-2.0
"""The command that looks at a file before anybody takes it in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from loopwright.cli import plain
from loopwright.cli.options import File, FirstPosition, Json, MappingFile, told_by

__all__ = ["check"]


def check(
    file: File,
    mapping: MappingFile = None,
    modality: Annotated[str, typer.Option(help="Kind of matter.")] = "molecules",
    sequence: plain.Sequence = "",
    parent: plain.Parent = "",
    first_position: FirstPosition = 1,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write it as a page that opens offline, too.")
    ] = None,
    json: Json = False,
) -> None:
    """Tell what a file holds and what would become of each row; changes nothing."""
    from loopwright.api.check import look_at
    from loopwright.api.check_page import write_checked
    from loopwright.cli import show

    looked = look_at(
        file,
        mapping=mapping,
        modality=told_by(modality, sequence=sequence, settings=""),
        sequence=sequence,
        parent=parent,
        first_position=first_position,
    )
    found = looked.found
    if html is not None:
        write_checked(looked, html)
    show.answer(found, show.checked, json=json)
    if found.has_faults:
        raise typer.Exit(3)
