# SPDX-License-Identifier: Apache-2.0
"""Commands of somebody who sets things right: quarantine, flagged, accept, exclude, correct."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from loopwright.cli.options import HERE, By, CampaignName, Folder, Json, Reason, workspace

if TYPE_CHECKING:
    from loopwright.api.answers import Intaken
    from loopwright.api.workspace import Workspace

__all__ = ["register"]

Named = Annotated[str, typer.Argument(help="Name of the file, or its digest.", show_default=False)]
Ids = Annotated[list[str] | None, typer.Argument(help="Ids of measurements.", show_default=False)]
OfFile = Annotated[str, typer.Option("--file", help="All of this file: its name or digest.")]
Like = Annotated[str, typer.Option("--reason-like", help="Those whose reason holds this text.")]
Row = Annotated[int | None, typer.Option("--row", help="As the quarantine counts it.")]
Sheet = Annotated[
    str | None, typer.Option("--sheet", help="Table of the file, where it has several.")
]
VERDICTS = {
    "accept": "Let flagged measurements count from now on",
    "exclude": "Take measurements out of what models learn from; they stay readable",
    "reconsider": "Take a verdict back: measurements are what their files make of them",
}
"""Verdict, which is also the command that gives it -> what it does."""


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    group = typer.Typer(
        name="quarantine",
        help="What could not be used: look at it, mend it, read it again.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    group.command("list")(list_)
    group.command()(fix)
    group.command()(restore)
    group.command()(retry)
    app.add_typer(group)
    app.command()(flagged)
    for verdict, does in VERDICTS.items():
        app.command(verdict, help=f"{does}; give a reason.")(_judging(verdict))
    app.command()(correct)


def list_(
    file: OfFile = "",
    csv: Annotated[
        Path | None, typer.Option("--csv", help="Write a table to fill in and give back to fix.")
    ] = None,
    folder: Folder = HERE,
    campaign: CampaignName = "",
    json: Json = False,
) -> None:
    """Show every place that was not used: file, sheet, row, column, value, reason, remedy."""
    from loopwright.api.quarantine import quarantine, write_quarantine_csv
    from loopwright.cli import show, tell

    found = quarantine(workspace(folder, campaign), file=file)
    if csv is not None:
        write_quarantine_csv(found, csv)
    show.answer(found, tell.parked, json=json)


def fix(  # one verb, three ways to say where: a cell, a row to drop, a filled table
    file: Annotated[str, typer.Argument(help="Name of the file, or its digest.")] = "",
    row: Row = None,
    column: Annotated[str, typer.Option("--column", help="Name of the column.")] = "",
    value: Annotated[
        str | None, typer.Option("--value", help="What is to be read in that cell.")
    ] = None,
    old: Annotated[
        str | None, typer.Option("--old", help="What the cell says now; compared if given.")
    ] = None,
    sheet: Sheet = None,
    drop: Annotated[bool, typer.Option("--drop", help="Drop the whole row.")] = False,
    source: Annotated[
        Path | None, typer.Option("--from", help="A filled table of `quarantine list --csv`.")
    ] = None,
    reason: Reason = "",
    folder: Folder = HERE,
    campaign: CampaignName = "",
    by: By = "",
    json: Json = False,
) -> None:
    """Mend a cell, drop a row, or mend all that a table says; the file is read again."""
    from loopwright.api import fixes

    place = workspace(folder, campaign, by)
    if source is not None:
        _demand(not file and row is None, "--from", "stands alone: the table names file and row")
        _reread(place, fixes.fix_from(place, source, reason=reason), json=json)
        return
    _demand(bool(file), "FILE", "is needed, or --from")
    if row is None:
        raise typer.BadParameter("is needed", param_hint="--row")
    if drop:
        _demand(not column and value is None, "--drop", "drops the whole row")
        done = fixes.drop_row(place, file, row=row, sheet=sheet, reason=reason)
    else:
        _demand(bool(column), "--column", "is needed, or --drop")
        if value is None:
            raise typer.BadParameter("is needed, or --drop", param_hint="--value")
        done = fixes.fix(
            place, file, row=row, column=column, value=value, sheet=sheet, old=old, reason=reason
        )
    _reread(place, [done], json=json)


def restore(
    file: Named,
    row: Annotated[int, typer.Option("--row", help="As the quarantine counts it.")],
    sheet: Sheet = None,
    reason: Reason = "",
    folder: Folder = HERE,
    campaign: CampaignName = "",
    by: By = "",
    json: Json = False,
) -> None:
    """Read a row as its file says again, whatever was mended or dropped; give a reason."""
    from loopwright.api import fixes

    place = workspace(folder, campaign, by)
    done = fixes.restore_row(place, file, row=row, sheet=sheet, reason=reason)
    _reread(place, [done], json=json)


def retry(
    reason: Reason = "",
    folder: Folder = HERE,
    campaign: CampaignName = "",
    by: By = "",
    json: Json = False,
) -> None:
    """Read every file with quarantined rows again, under what is known by now."""
    from loopwright.api import quarantine

    place = workspace(folder, campaign, by)
    _reread(place, quarantine.retry(place, reason=reason), json=json)


def flagged(
    file: OfFile = "", folder: Folder = HERE, campaign: CampaignName = "", json: Json = False
) -> None:
    """Show the measurements that are kept but not learned from until somebody accepts them."""
    from loopwright.api import verdicts
    from loopwright.cli import show, tell

    found = verdicts.flagged(workspace(folder, campaign), file=file)
    if json:
        show.as_json({"measurements": found})
    else:
        tell.looked(found)


def _judging(verdict: str) -> Callable[..., None]:
    """Return the command that gives a verdict on measurements."""

    def command(
        ids: Ids = None,
        file: OfFile = "",
        reason_like: Like = "",
        reason: Reason = "",
        folder: Folder = HERE,
        campaign: CampaignName = "",
        by: By = "",
        json: Json = False,
    ) -> None:
        from loopwright.api import verdicts
        from loopwright.cli import show, tell

        found = verdicts.judge(
            workspace(folder, campaign, by),
            verdict,
            ids or (),
            file=file,
            reason_like=reason_like,
            reason=reason,
        )
        show.answer(found, tell.verdict, json=json)

    return command


def correct(
    target: Annotated[
        str, typer.Argument(help="Id of a measurement, or a candidate.", show_default=False)
    ],
    value: Annotated[str, typer.Option("--value", help="The value that is true.")],
    relation: Annotated[str, typer.Option("--relation", help="< > <= >= ~, if a limit.")] = "",
    unit: Annotated[str, typer.Option("--unit", help="If not that of the old value.")] = "",
    property: Annotated[
        str, typer.Option("--property", help="Of the candidate; the goal's if not given.")
    ] = "",
    reason: Reason = "",
    folder: Folder = HERE,
    campaign: CampaignName = "",
    by: By = "",
    json: Json = False,
) -> None:
    """State a value anew; the old one stays readable and counts no longer; give a reason."""
    from loopwright.api import corrections
    from loopwright.cli import show, tell

    found = corrections.correct(
        workspace(folder, campaign, by),
        target,
        value=value,
        relation=relation,
        unit=unit,
        property=property,
        reason=reason,
    )
    show.answer(found, tell.amended, json=json)


# ---- behind them
def _demand(holds: bool, option: str, what: str) -> None:
    if not holds:
        raise typer.BadParameter(what, param_hint=option)


def _reread(place: Workspace, found: Sequence[Intaken], *, json: bool) -> None:
    """Print what became of files that were read again; exit code 3 if faults are left in them."""
    from loopwright.api.readings import in_full
    from loopwright.cli import show, tell

    if json:
        show.as_json({"files": [in_full(place, one) for one in found]})
    else:
        tell.reread(found)
    if any(one.has_faults for one in found):
        raise typer.Exit(3)
