# SPDX-License-Identifier: Apache-2.0
"""``propose`` on plain files: options, table, object."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from loopwright.cli.options import listed, told_by, wanted

if TYPE_CHECKING:
    from loopwright.api.plain import PlainBatch, PlainPick, Rows
    from loopwright.loop.explain import Said

__all__ = [
    "AsWritten",
    "Batch",
    "Budget",
    "Cluster",
    "Conditions",
    "Cost",
    "CyclesLeft",
    "Direction",
    "Goals",
    "MaxPerCluster",
    "MaxPerFamily",
    "Measured",
    "Modality",
    "Parent",
    "Pool",
    "Property",
    "Proposer",
    "Related",
    "RelatedProperty",
    "Seed",
    "Sequence",
    "Settings",
    "Structure",
    "demand_one_way",
    "named",
    "propose",
]

_PANEL = "Plain files"

_OF_A_WORKSPACE = frozenset({"lock", "again", "reason", "folder", "campaign", "by"})
"""Options of ``propose`` that plain files have no use for."""

_OF_BOTH = frozenset({"csv", "json"})
"""Those that have one either way; all others are of plain files."""

FEW = 3
"""Reasons that still fit in the line of a file, and rows that are named for a reason."""

NOTHING = "Nothing to do"
"""How a remedy begins where there is none."""

SHOWN = 12
"""Reasons that are printed; ``--json`` has all."""


def _option(*names: str, help: str, least: int | None = None) -> Any:
    return typer.Option(*names, help=help, rich_help_panel=_PANEL, min=least)


Pool = Annotated[Path | None, _option(help="What could be measured; needs no workspace.")]
Measured = Annotated[Path | None, _option(help="What is measured, with its values.")]
Related = Annotated[
    Path | None, _option(help="Values of a related series, to start with and to learn from.")
]
RelatedProperty = Annotated[str, _option(help="The property in it, if it has another name.")]
Property = Annotated[str, _option(help="Column or property to make better.")]
Goals = Annotated[
    list[str] | None,
    _option(
        "--goal",
        help="In place of --property: A:max>6.5, B:min, C:match=7.4, limit D:<3; repeatable.",
    ),
]
Cost = Annotated[str, _option(help="The column of the pool that says what a candidate costs.")]
Budget = Annotated[float | None, _option(help="What this batch and the later ones may cost.")]
Proposer = Annotated[str, _option(help="Who chooses: pareto, desirability, ucb ...")]
MaxPerCluster = Annotated[int | None, _option(help="Most candidates that are similar (0.6).")]
MaxPerFamily = Annotated[int | None, _option(help="Most candidates of one scaffold family.")]
Conditions = Annotated[
    list[str] | None,
    _option("--where", help="Only rows of the pool whose column says so: mw<500; repeatable."),
]
Batch = Annotated[int, _option(help="How many candidates to pick.")]
Direction = Annotated[str, _option(help="maximize or minimize.")]
Structure = Annotated[str, _option(help="The column of structures in both files.")]
Modality = Annotated[str, _option(help="molecules, proteins or recipes.")]
Sequence = Annotated[str, _option(help="The column of sequences or mutations; heavy,light: two.")]
Parent = Annotated[str, _option(help="The sequence that mutations count from.")]
Settings = Annotated[str, _option(help="Of recipes, the columns of both files, by comma.")]
CyclesLeft = Annotated[int, _option(help="Batches after this one; 0 if it is the last.")]
AsWritten = Annotated[bool, _option(help="Learn from values that look wrong, too.")]
Seed = Annotated[int, _option(help="Same files, same seed, same picks.", least=0)]
Cluster = Annotated[str, _option(help="First look at a large pool on a Ray cluster: its address.")]


def demand_one_way(ctx: typer.Context, *, is_plain: bool) -> None:
    """Refuse options of a workspace beside plain files, and the other way round."""
    stray = [
        max(option.opts, key=len)
        for option in ctx.command.params
        if _is_typed(ctx, str(option.name))
        and option.name not in _OF_BOTH
        and (option.name in _OF_A_WORKSPACE) == is_plain
    ]
    if not stray:
        return
    why = (
        "goes with a workspace, and --pool needs none"
        if is_plain
        else "goes with --pool and --measured; a workspace is told by its campaign file "
        "(`loopwright explain spec`)"
    )
    raise typer.BadParameter(why, param_hint=", ".join(stray))


def _is_typed(ctx: typer.Context, name: str) -> bool:
    """Return whether an option stands on the command line, rather than in its default."""
    source = ctx.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def named(
    *, sequence: str, structure: str, settings: str, modality: str, **others: Any
) -> dict[str, Any]:
    """Return the options as ``Wanted`` takes them; some columns tell the modality."""
    goals = wanted(others.pop("goal"), others.pop("property"), others.pop("direction"))
    return {
        "goals": goals,
        "structure": sequence or structure,
        "settings": listed(settings),
        "where": others.pop("where") or (),
        "modality": told_by(modality, sequence=sequence, settings=settings),
        **others,
    }


def propose(
    pool: Path,
    measured: Path | None,
    options: Mapping[str, Any],
    *,
    csv: Path | None,
    json: bool,
) -> None:
    """Choose from plain files and show the batch; end with 3 if a row could not be read.

    Args:
        pool: What could be measured.
        measured: What is measured, if anything.
        options: As ``Wanted`` takes them.
        csv: Where to write the picks, too, if anywhere.
        json: Whether to print an object.
    """
    from loopwright.api.files import read_file
    from loopwright.api.plain import Wanted, picks_csv, propose_from_files
    from loopwright.cli import show

    related = read_file(options["related"]) if options.get("related") else None
    try:
        asked = Wanted(**{**options, "related": related})
    except ValueError as ex:
        raise typer.BadParameter(str(ex.args[0])) from ex
    found = propose_from_files(pool, read_file(measured) if measured else None, asked)
    if csv is not None:
        csv.write_bytes(picks_csv(found))
    if json:
        show.as_json(found)
    else:
        _show(found)
    if found.has_faults:
        raise typer.Exit(3)


def _show(found: PlainBatch) -> None:
    from loopwright.cli import naming, show
    from loopwright.loop.columns import in_words

    named = naming.labels(
        [p.text for p in found.picks],
        [p.name for p in found.picks],
        is_recipe=found.modality == "recipes",
        beside=[near.candidate.text for p in found.picks for near in p.neighbours],
        mutations=[p.mutations for p in found.picks],
    )
    others = [said.property for said in found.picks[0].others] if found.picks else []
    rows = [
        (
            str(p.rank),
            str(p.row),
            label,
            *_said(p),
            *(part for said in p.others for part in _said(said)),
            *([] if p.meets is None else [f"{p.meets:.0%}"]),
            p.reason,
        )
        for p, label in zip(found.picks, named.each, strict=True)
    ]
    meets = any(p.meets is not None for p in found.picks)
    heads = (f">{found.property}", "90 %", *(h for o in others for h in (f">{o}", "90 %")))
    columns = (">rank", ">row", "candidate", *heads, *[">meets all"][: int(meets)], "why")
    show.table(columns, rows, title=_title(found, named.shared))
    if found.short:
        typer.echo(found.short)
    if found.warning:
        show.console().print(found.warning, style="bold", markup=False, soft_wrap=True)
    for model in found.models:
        typer.echo(f"{model.property}: {model.model or 'no model is of use'} ({model.why})")
    if found.gain is not None:
        typer.echo(found.gain.in_words(found.unit))
    if found.cost is not None:
        typer.echo(f"cost of the batch: {found.cost:g}")
    for line in in_words(found.stand_ins):
        typer.echo(line)
    _files(found)


def _files(found: PlainBatch) -> None:
    """Print what became of the rows of each file."""
    parts = (
        (found.pool, "offered"),
        (found.measured, "learned from"),
        (found.related, "learned from as related"),
    )
    for part, does in parts:
        if part is not None and part.file:
            typer.echo(_told(part, does))


def _title(found: PlainBatch, shared: str) -> str:
    """Return what stands above the table."""
    told = f"{len(found.picks)} of {found.pool.n_used} offered"
    return f"{told}; {shared}" if shared else told


def _said(pick: PlainPick | Said) -> tuple[str, str]:
    """Return a prediction and its interval in words."""
    if pick.mean is None:
        return "-", "-"
    return f"{pick.mean:.3g}", f"{pick.low:.3g} to {pick.high:.3g}"


def _told(rows: Rows, does: str) -> str:
    """Return what became of the rows of a file; many reasons stand in a line each.

    Where something can be done about it, the first rows are named, however few the reasons.
    """
    from loopwright.data.intake import BLANK

    head = f"{rows.file}: {rows.n_used} of {rows.n_rows} rows {does}"
    where: dict[str, list[str]] = {}
    is_fine = {BLANK}
    for row in rows.left_out:
        where.setdefault(row.reason, []).append(str(row.row))
        is_fine |= {row.reason} if row.remedy.startswith(NOTHING) else set()
    told = [
        f"{n} {reason}{_where(where.get(reason, [])) if reason not in is_fine else ''}"
        for reason, n in rows.why.items()
    ]
    if rows.n_passed_over:
        told.append(f"{rows.n_passed_over} passed over, by a first look at their structures")
    if len(rows.why) <= FEW:
        return "; ".join([head, *told])
    lines = [f"{n} {reason}{_where(where.get(reason, []))}" for reason, n in rows.why.items()]
    lines = [*lines[:SHOWN], *told[len(rows.why) :]]
    if len(rows.why) > SHOWN:
        n = sum(list(rows.why.values())[SHOWN:])
        lines.append(f"{n} more, for {len(rows.why) - SHOWN} other reasons (--json has all)")
    return "\n  ".join([head, *lines])


def _where(rows: list[str]) -> str:
    """Return the first few of some rows."""
    more = " ..." if len(rows) > FEW else ""
    return f" (row {', '.join(rows[:FEW])}{more})" if rows else ""
