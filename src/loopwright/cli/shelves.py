# SPDX-License-Identifier: Apache-2.0
"""Commands about the shelves and the machine: list, cite, doctor; what `explain` says of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from loopwright.cli.options import HERE, CampaignName, Folder, Json, workspace

if TYPE_CHECKING:
    from loopwright.api.catalogues import Endpoint

__all__ = ["explain_plate", "register"]


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command("list")(list_)
    for command in (cite, doctor):
        app.command()(command)


def list_(
    shelf: Annotated[str, typer.Argument(help="models, labs ..., or admet; all if blank.")] = "",
    json: Json = False,
) -> None:
    """List the plugins on a shelf, or what a catalogue of models predicts."""
    from loopwright.api import catalogues, shelves
    from loopwright.cli import show

    if shelf in catalogues.known_catalogues():
        _list_endpoints(catalogues.endpoints_of(shelf), json=json)
        return
    found = shelves.plates(shelf)
    if json:
        show.as_json({"plugins": found})
    else:
        show.table(("shelf", "name", "summary"), [(p.shelf, p.name, p.summary) for p in found])


def _list_endpoints(endpoints: Sequence[Endpoint], *, json: bool) -> None:
    from loopwright.cli import show

    if json:
        show.as_json({"endpoints": endpoints})
        return
    show.table(("property", "unit", "better", "what it is"), [_said(e) for e in endpoints])


def _said(endpoint: Endpoint) -> tuple[str, str, str, str]:
    unit = "chance" if endpoint.task == "classification" else endpoint.unit
    where = "" if endpoint.species == "none" else f" ({endpoint.species})"
    return endpoint.name, unit, endpoint.better, endpoint.about + where


def explain_plate(what: str, name: str, *, json: bool) -> None:
    """Print a plugin with all its options, or every key of a campaign file."""
    from loopwright.api import shelves
    from loopwright.cli import show

    if what == "spec":
        tables = shelves.explain_spec()
        if json:
            show.as_json(tables)
            return
        for title, options in tables.items():
            rows = [(o.name, o.type, o.default, o.text) for o in options]
            show.table(("key", "type", "default", "meaning"), rows, title=f"[{title}]")
        return
    if not name:
        list_(what, json=json)
        return
    plate = shelves.explain_plugin(what, name)
    if json:
        show.as_json(plate)
        return
    typer.echo(f"{plate.shelf}/{plate.name}: {plate.summary}\nsource: {plate.source}")
    rows = [(o.name, o.type, o.default, o.text) for o in plate.options]
    show.table(("option", "type", "default", "meaning"), rows)
    for example in plate.examples:
        typer.echo(f"example: {example}")


def cite(folder: Folder = HERE, campaign: CampaignName = "", json: Json = False) -> None:
    """Print the sources of exactly the methods that the campaign uses."""
    from loopwright.api import shelves
    from loopwright.cli import show
    from loopwright.spec.campaign import read

    found = shelves.cite(read(workspace(folder, campaign).spec_path))
    if json:
        show.as_json({"methods": found})
    else:
        rows = [(p.shelf, p.name, p.source) for p in found]
        show.table(("shelf", "name", "source"), rows)


def doctor(json: Json = False) -> None:
    """Look at whether this machine has what the package needs."""
    from loopwright.api import shelves
    from loopwright.cli import show

    checks = shelves.doctor()
    if json:
        show.as_json({"ok": all(c.ok for c in checks), "checks": checks})
    else:
        rows = [("ok" if c.ok else "NO", c.what, c.found, "" if c.ok else c.remedy) for c in checks]
        show.table(("", "what", "found", "remedy"), rows)
    if not all(c.ok for c in checks):
        raise typer.Exit(1)
