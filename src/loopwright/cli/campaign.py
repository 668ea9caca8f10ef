# SPDX-License-Identifier: Apache-2.0
"""Commands that carry a campaign: init, ingest, propose, add, drop, swap, plate, readback, run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from loopwright.cli import plain
from loopwright.cli.checking import check
from loopwright.cli.options import (
    HERE,
    By,
    CampaignName,
    File,
    FirstPosition,
    Folder,
    Json,
    Reason,
    workspace,
)

if TYPE_CHECKING:
    from loopwright.api.answers import Batch, Intaken
    from loopwright.api.workspace import Workspace
    from loopwright.loop.state import Done

__all__ = ["register"]

Who = Annotated[str, typer.Argument(help="Id, name or notation.", show_default=False)]
Replaces = Annotated[
    str, typer.Option("--replaces", help="Earlier file whose place it takes; needs --reason.")
]
Also = Annotated[
    bool,
    typer.Option("--also", help="Take rows that came before: measured again; needs --reason."),
]


Meaning = Annotated[
    str,
    typer.Option(
        "--mapping", help="What the columns mean: a named mapping, or a TOML file.", metavar="NAME"
    ),
]


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    for command in (init, check, ingest, propose, add, drop, swap, plate, readback, run, status):
        app.command()(command)


def init(
    folder: Annotated[Path, typer.Argument(help="A new folder; its name is the campaign's.")],
    source: Annotated[
        Path | None, typer.Option("--from", help="Data file to guess the property from.")
    ] = None,
    property: Annotated[str, typer.Option(help="What to optimise.")] = "",
    direction: Annotated[str, typer.Option(help="maximize or minimize; guessed.")] = "",
    modality: Annotated[str, typer.Option(help="Kind of matter.")] = "molecules",
    lab: Annotated[str, typer.Option(help="Where candidates are measured.")] = "folder",
    seed: Annotated[int, typer.Option(help="All randomness comes from it.", min=0)] = 1,
    by: By = "",
    json: Json = False,
) -> None:
    """Make a workspace with a campaign file that you can read and change."""
    from loopwright.api import verbs
    from loopwright.cli import show

    if direction not in {"", "maximize", "minimize"}:
        raise typer.BadParameter("maximize or minimize", param_hint="--direction")
    wanted: dict[str, Literal["maximize", "minimize"]] = {
        "maximize": "maximize",
        "minimize": "minimize",
    }
    path = verbs.init(
        workspace(folder, by=by),
        source=source,
        property=property,
        direction=wanted.get(direction),
        modality=modality,
        lab=lab,
        seed=seed,
    )
    if json:
        show.as_json({"workspace": str(folder), "campaign": str(path)})
    else:
        file = source.resolve() if source else "FILE"
        then = "loopwright run" if modality == "recipes" else f"loopwright ingest {file}"
        typer.echo(f"{path}\nRead it, then: cd {folder} && {then}")


def ingest(
    file: File,
    mapping: Meaning = "",
    save_mapping: Annotated[
        str, typer.Option("--save-mapping", help="Keep the mapping used under this name.")
    ] = "",
    replaces: Replaces = "",
    also: Also = False,
    reason: Reason = "",
    folder: Folder = HERE,
    campaign: CampaignName = "",
    by: By = "",
    json: Json = False,
) -> None:
    """Take in measurements or candidates; every row is accounted for."""
    from loopwright.api import verbs

    place = workspace(folder, campaign, by)
    found = verbs.ingest(
        place,
        file,
        mapping=mapping or None,
        save_mapping=save_mapping,
        replaces=replaces,
        also=also,
        reason=reason,
    )
    _intaken(place, found, json=json)


def propose(
    ctx: typer.Context,
    lock: Annotated[
        list[str] | None, typer.Option("--lock", help="Keep this pick; repeat for more.")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Choose the open batch anew.")] = False,
    reason: Reason = "",
    csv: Annotated[
        Path | None, typer.Option("--csv", help="Write the batch to this file, too.")
    ] = None,
    folder: Folder = HERE,
    campaign: CampaignName = "",
    by: By = "",
    pool: plain.Pool = None,
    measured: plain.Measured = None,
    related: plain.Related = None,
    related_property: plain.RelatedProperty = "",
    property: plain.Property = "",
    goal: plain.Goals = None,
    proposer: plain.Proposer = "",
    cost: plain.Cost = "",
    budget: plain.Budget = None,
    where: plain.Conditions = None,
    max_per_family: plain.MaxPerFamily = None,
    max_per_cluster: plain.MaxPerCluster = None,
    batch: plain.Batch = 24,
    direction: plain.Direction = "maximize",
    structure: plain.Structure = "",
    modality: plain.Modality = "molecules",
    sequence: plain.Sequence = "",
    parent: plain.Parent = "",
    first_position: FirstPosition = 1,
    settings: plain.Settings = "",
    cycles_left: plain.CyclesLeft = 1,
    seed: plain.Seed = 0,
    as_written: plain.AsWritten = False,
    cluster: plain.Cluster = "",
    json: Json = False,
) -> None:
    """Train a model and choose the next batch, or show the one that is open.

    With --pool and --measured, plain files are enough: no workspace is read or written.
    """
    is_plain = bool(pool or measured or property or goal)
    plain.demand_one_way(ctx, is_plain=is_plain)
    if is_plain:
        if pool is None or (measured or related) is None or not (property or goal):
            raise typer.BadParameter(
                "plain files need --pool FILE, --measured FILE, and --property NAME or --goal"
            )
        options = plain.named(
            property=property,
            goal=goal,
            cost=cost,
            budget=budget,
            where=where,
            max_per_family=max_per_family,
            max_per_cluster=max_per_cluster,
            proposer=proposer,
            batch=batch,
            direction=direction,
            structure=structure,
            modality=modality,
            sequence=sequence,
            parent=parent,
            first_position=first_position,
            settings=settings,
            cycles_left=cycles_left,
            related=related,
            related_property=related_property,
            seed=seed,
            as_written=as_written,
            cluster=cluster,
        )
        plain.propose(pool, measured, options, csv=csv, json=json)
        return
    from loopwright.api import batches

    found = batches.propose_batch(
        workspace(folder, campaign, by), lock=lock or (), again=again, reason=reason
    )
    _batch(found, json=json, csv=csv)


def add(
    candidate: Who,
    reason: Reason = "",
    folder: Folder = HERE,
    campaign: CampaignName = "",
    by: By = "",
    json: Json = False,
) -> None:
    """Add a candidate to the open batch by hand; give a reason."""
    from loopwright.api import batches

    place = workspace(folder, campaign, by)
    _batch(batches.revise(place, "add", candidate, reason=reason), json=json)


def drop(
    candidate: Who,
    reason: Reason = "",
    folder: Folder = HERE,
    campaign: CampaignName = "",
    by: By = "",
    json: Json = False,
) -> None:
    """Take a candidate out of the open batch, or write it off if it is on order; give a reason."""
    from loopwright.api import batches

    place = workspace(folder, campaign, by)
    _batch(batches.revise(place, "drop", candidate, reason=reason), json=json)


def swap(
    candidate: Who,
    replacement: Annotated[str, typer.Argument(help="What comes in.", show_default=False)],
    reason: Reason = "",
    folder: Folder = HERE,
    campaign: CampaignName = "",
    by: By = "",
    json: Json = False,
) -> None:
    """Swap a pick of the open batch for another candidate; give a reason."""
    from loopwright.api import batches

    place = workspace(folder, campaign, by)
    found = batches.revise(place, "swap", candidate, replacement=replacement, reason=reason)
    _batch(found, json=json)


def plate(
    reason: Reason = "",
    folder: Folder = HERE,
    campaign: CampaignName = "",
    by: By = "",
    json: Json = False,
) -> None:
    """Release the open batch: write the order file and hand it to the lab."""
    from loopwright.api import verbs
    from loopwright.cli import show

    found = verbs.order(workspace(folder, campaign, by), reason=reason)
    if json:
        show.as_json(found)
        return
    again = f" and {len(found.again)} controls or repeats" if found.again else ""
    screens = f", {found.n_screens} to be screened" if found.n_screens else ""
    typer.echo(
        f"{found.order_id}: {found.n_candidates} candidates{again}{screens}, cost {found.cost:g}"
    )
    for path in filter(None, (found.file, found.screen_file)):
        typer.echo(f"order file: {path}")
    if found.file or found.screen_file:
        typer.echo("Fill in its value column, then: loopwright readback FILE")


def readback(
    file: Annotated[
        Path | None, typer.Argument(help="Results; without it, the lab is asked.")
    ] = None,
    mapping: Meaning = "",
    replaces: Replaces = "",
    also: Also = False,
    reason: Reason = "",
    folder: Folder = HERE,
    campaign: CampaignName = "",
    by: By = "",
    json: Json = False,
) -> None:
    """Take in results: partial, late, repeated, failed or unexpected ones too."""
    from loopwright.api import verbs
    from loopwright.cli import show

    place = workspace(folder, campaign, by)
    found = verbs.readback(
        place, file, mapping=mapping or None, replaces=replaces, also=also, reason=reason
    )
    if found is not None:
        _intaken(place, found, json=json)
    elif json:
        show.as_json({"file": None})
    else:
        typer.echo("the lab has nothing new")


def run(
    folder: Folder = HERE, campaign: CampaignName = "", by: By = "", json: Json = False
) -> None:
    """Carry the campaign on until it is done, or waits for a person or the lab."""
    from loopwright.api import verbs
    from loopwright.cli import show, tell
    from loopwright.loop.state import Done

    place = workspace(folder, campaign, by)
    after = verbs.run_campaign(place)
    state = "done" if isinstance(after, Done) else "waiting"
    if json:
        show.as_json({"state": state, "why": after.why, "status": verbs.status(place)})
        return
    if isinstance(after, Done):
        show.done(after.why)
    else:
        typer.echo(f"{state}: {after.why}")
    tell.status(verbs.status(place))


def status(folder: Folder = HERE, campaign: CampaignName = "", json: Json = False) -> None:
    """Say where the campaign stands and what comes next."""
    from loopwright.api import verbs
    from loopwright.cli import show, tell

    found = verbs.status(workspace(folder, campaign))
    show.answer(found, tell.status, json=json)


def _intaken(place: Workspace, found: Intaken, *, json: bool) -> None:
    from loopwright.api.readings import in_full
    from loopwright.cli import show, tell

    if json:
        show.as_json(in_full(place, found))
    else:
        show.intaken(found)
        if found.changes is not None:
            tell.changes(found.changes)
    if found.has_faults:
        raise typer.Exit(3)


def _batch(found: Batch | Done, *, json: bool, csv: Path | None = None) -> None:
    from loopwright.api.answers import Batch
    from loopwright.api.exports import batch_csv
    from loopwright.cli import show, show_batch

    if csv is not None and isinstance(found, Batch):
        csv.write_bytes(batch_csv(found))
    if json:
        show.as_json(found)
    elif isinstance(found, Batch):
        show_batch.batch(found)
    else:
        show.done(found.why)
