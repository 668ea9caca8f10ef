# SPDX-License-Identifier: Apache-2.0
"""Commands that show what data mean: assays, mappings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from loopwright.cli.options import HERE, CampaignName, Folder, Json, workspace

if TYPE_CHECKING:
    from loopwright.api.assays import Agreeing, Assays, OneAssay

__all__ = ["register"]

SHOWN = 20
"""Assays and pairs that are printed; ``--json`` has all."""


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command()(assays)
    app.command()(mappings)


def assays(
    file: Annotated[
        Path | None, typer.Argument(help="A file; without it, the workspace is asked.")
    ] = None,
    property: Annotated[str, typer.Option(help="The property to look at; all if blank.")] = "",
    mapping: Annotated[
        Path | None, typer.Option("--mapping", help="TOML that says what the file's columns mean.")
    ] = None,
    modality: Annotated[str, typer.Option(help="Kind of matter in the file.")] = "molecules",
    folder: Folder = HERE,
    campaign: CampaignName = "",
    json: Json = False,
) -> None:
    """Show every assay, and how well any two agree on what both have measured."""
    from loopwright.api.assays import assays as look_at
    from loopwright.cli import show

    found = look_at(
        file or workspace(folder, campaign), property=property, mapping=mapping, modality=modality
    )
    show.answer(found, _print, json=json)


def mappings(
    name: Annotated[str, typer.Argument(help="The one to show; all, if not given.")] = "",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write it to this TOML file.")
    ] = None,
    folder: Folder = HERE,
    json: Json = False,
) -> None:
    """List the named mappings of a workspace, show one, or write it to a file."""
    from loopwright.api.mappings import mappings as look_at
    from loopwright.cli import show

    if out is not None and not name:
        raise typer.BadParameter("name the mapping to write", param_hint="--out")
    found = look_at(workspace(folder), name=name)
    if out is not None:
        out.write_text(found[0].toml, encoding="utf-8")
    if json:
        show.as_json({"mappings": found})
        return
    for one in found:
        files = ", ".join(one.files[-3:]) or "nothing yet"
        typer.echo(f"{one.name}  by {one.by}, {one.at}; read by it: {len(one.files)} ({files})")
        typer.echo(one.toml if name else f"  {', '.join(one.columns)}")
    if not found:
        typer.echo("No mapping has a name yet: loopwright ingest FILE --save-mapping NAME")


def _print(found: Assays) -> None:
    typer.echo(f"{found.source}: {len(found.assays)} assays")
    for assay in found.assays[:SHOWN]:
        typer.echo(f"\n{assay.property}, {assay.label or '(no name)'}: {_lie(assay)}")
        if assay.conditions:
            typer.echo("  " + "; ".join(f"{n}={v}" for n, v in assay.conditions.items()))
    if len(found.assays) > SHOWN:
        typer.echo(f"\n... and {len(found.assays) - SHOWN} more assays (--json has all)")
    if not found.pairs:
        typer.echo("\nNo candidate was measured in two assays of one property.")
        return
    typer.echo(f"\nagreement on shared candidates, {len(found.pairs)} pairs of assays")
    for pair in found.pairs[:SHOWN]:
        typer.echo(f"\n{pair.property}, {pair.told}")
        typer.echo(f"  {'; '.join(_more(pair))}")
    if len(found.pairs) > SHOWN:
        typer.echo(f"\n... and {len(found.pairs) - SHOWN} more pairs (--json has all)")


def _lie(found: OneAssay) -> str:
    """Return how the values of an assay lie."""
    unit = "" if found.unit == "1" else f" {found.unit}"
    parts = [f"{found.n} values of {found.n_candidates} candidates"]
    if found.low is not None and found.high is not None and found.median is not None:
        parts.append(f"{found.low:.3g} to {found.high:.3g}{unit}, median {found.median:.3g}")
    if found.n_limits:
        parts.append(f"{found.n_limits} limits")
    if found.replicate_sd is not None:
        parts.append(f"replicates scatter by {found.replicate_sd:.2g}")
    if found.n_dates:
        parts.append(f"{found.n_dates} dates, {found.first_date} to {found.last_date}")
    if found.drift is not None:
        interval = _range(found.drift.low, found.drift.high)
        parts.append(
            f"last less first value of {found.drift.n} candidates {found.drift.bias:+.2g}"
            f"{f' ({interval})' if interval else ''}"
        )
    return "; ".join(parts)


def _more(found: Agreeing) -> list[str]:
    """Return what else is to be said of two assays."""
    parts = [f"within {t}: {s:.0%}" for t, s in found.within.items() if found.n_shared > 1]
    if found.sd is not None:
        parts.append(f"differences scatter by {found.sd:.2g}")
    if found.spearman is not None and found.pearson is not None:
        parts.append(f"rank correlation {found.spearman:.2f}, Pearson {found.pearson:.2f}")
    if found.n_limits:
        parts.append(f"limits only: {found.n_limits}, of which {found.n_contradictory} contradict")
    same = "differ in nothing else that is known"
    return [*parts, f"differ in {', '.join(found.differ_in)}" if found.differ_in else same]


def _range(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{low:.2g} to {high:.2g}"
