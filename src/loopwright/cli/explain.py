# SPDX-License-Identifier: Apache-2.0
"""`explain` on the command line: a plugin, the campaign file, or what a property model says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from loopwright.cli import shelves
from loopwright.cli.options import Catalogue, Json

if TYPE_CHECKING:
    from loopwright.api.explaining import Explanation, Like
    from loopwright.api.matched import PairTable
    from loopwright.training.pairs import Exchange

__all__ = ["register"]

SHOWN_ATOMS, SHOWN_EXCHANGES = 8, 20


def register(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command()(explain)


def explain(
    what: Annotated[
        list[str] | None,
        typer.Argument(
            help="A shelf and a plugin, or spec for the campaign file; with --model: structures.",
            show_default=False,
        ),
    ] = None,
    model: Annotated[
        Path | None, typer.Option("--model", help="A folder that train wrote, or a catalogue.")
    ] = None,
    catalogue: Catalogue = "",
    property: Annotated[
        str, typer.Option("--property", help="One of the model; all if blank.")
    ] = "",
    pairs: Annotated[
        bool, typer.Option("--pairs", help="The matched pairs of the training rows alone.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="A page with coloured structures.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of the orders of atoms.", min=0)] = 0,
    json: Json = False,
) -> None:
    """Explain a plugin, the campaign file, or what a property model says of structures."""
    words, place = what or [], _place(model, catalogue)
    if place is None:
        if not 1 <= len(words) <= 2 or pairs or out is not None or property:
            raise typer.BadParameter("Give a shelf and a plugin, or --model.", param_hint="WHAT")
        shelves.explain_plate(words[0], words[1] if len(words) > 1 else "", json=json)
        return
    if pairs == bool(words):
        raise typer.BadParameter("Give structures, or --pairs alone.", param_hint="WHAT")
    if pairs and out is not None:
        raise typer.BadParameter("A page shows structures; --pairs has none.", param_hint="--out")
    if files := [word for word in words if Path(word).suffix and Path(word).is_file()]:
        raise typer.BadParameter(
            f"{files[0]} is a file, and structures are explained one by one. Give them as SMILES; "
            "`loopwright predict` answers files.",
            param_hint="WHAT",
        )
    if pairs:
        _matched(place, property, as_json=json)
    else:
        _explained(place, words, property=property, seed=seed, out=out, as_json=json)


def _place(model: Path | None, catalogue: str) -> Path | None:
    """Return the folder of what is asked to explain itself; None if it is no model."""
    if not catalogue:
        return model
    from loopwright.api.catalogues import catalogue_folder

    if model is not None:
        raise typer.BadParameter("Name a model or a catalogue.", param_hint="--catalogue")
    return catalogue_folder(catalogue)


def _explained(
    model: Path,
    structures: list[str],
    *,
    property: str,
    seed: int,
    out: Path | None,
    as_json: bool,
) -> None:
    from loopwright.api import explaining
    from loopwright.cli import show

    found = explaining.explain(model, structures, property=property, seed=seed)
    if out is not None:
        from loopwright.api.explain_page import write_explained

        write_explained(found, out)
    if as_json:
        show.as_json(found)
    else:
        for one in found.answers:
            _explanation(one)
        for bad in found.problems:
            typer.echo(f"structure {bad.row}: {bad.problem}. {bad.remedy}", err=True)
        if out is not None:
            typer.echo(f"\n{out} opens in any browser")
    if found.problems:
        raise typer.Exit(3)


def _matched(model: Path, property: str, *, as_json: bool) -> None:
    from loopwright.api import matched
    from loopwright.cli import show

    found = matched.pairs(model, property=property)
    if as_json:
        show.as_json(found)
        return
    for table in found.tables:
        _pair_table(table)


def _pair_table(table: PairTable) -> None:
    unit = "" if table.unit == "1" else f" in {table.unit}"
    typer.echo(
        f"{table.property}{unit}: {len(table.exchanges)} exchanges of one fragment, three pairs "
        f"or more each, among {table.n_rows} rows; the strongest first"
    )
    if table.n_limits:
        typer.echo(f"{table.n_limits} of the rows are limits and were taken as their value")
    _exchanges(table.exchanges, table.scale)


def _explanation(one: Explanation) -> None:
    """Print what was found of one structure and property."""
    unit = "" if one.unit == "1" else f" {one.unit}"
    domain = "in domain" if one.is_in_domain else "OUT OF DOMAIN"
    typer.echo(
        f"\n{one.row} {one.text}\n{one.property}: {one.mean:.4g} [{one.low:.4g}, {one.high:.4g}]"
        f"{unit}, {domain}"
    )
    shared = one.shared
    ranked = sorted(shared.atoms, key=lambda a: (-abs(a.value), a.name))[:SHOWN_ATOMS]
    scale = " (decimal logarithm)" if shared.scale == "log" else ""
    typer.echo(f"\natoms{scale}: {shared.method}, {shared.n_orders} orders, seed {shared.seed}")
    typer.echo("  " + ", ".join(f"{a.name} {a.value:+.3g}±{a.std_error:.1g}" for a in ranked))
    typer.echo(
        f"  no atoms {shared.reference:.4g} + atoms {shared.total - shared.reference:+.4g} = "
        f"{shared.total:.4g}; the prediction differs by {shared.difference:.1e}"
    )
    typer.echo("\nnearest training rows")
    _likes(one.nearest)
    typer.echo("\nlike rows that came out otherwise" + ("" if one.otherwise else ": none"))
    _likes(one.otherwise)
    if one.analogues:
        typer.echo("\nexchanges that would move the prediction most")
        _analogues(one)
    if one.exchanges:
        typer.echo("\nwhat such exchanges did among the training rows")
        _exchanges(one.exchanges, shared.scale)


def _likes(rows: tuple[Like, ...]) -> None:
    from loopwright.cli import show

    if rows and rows[0].text:
        heads = ("name", "structure", ">value", ">similarity", "exchange")
        cells = [(r.name, r.text, _value(r), f"{r.similarity:.2f}", r.change) for r in rows]
        show.table(heads, cells)
    elif rows:
        bare = [(r.name, _value(r), f"{r.similarity:.2f}") for r in rows]
        show.table(("InChIKey", ">value", ">similarity"), bare)


def _value(row: Like) -> str:
    """Return the value of a training row; a limit keeps its sign."""
    return f"{row.relation.removeprefix('=')}{row.value:.4g}"


def _analogues(one: Explanation) -> None:
    from loopwright.cli import show

    heads = ("exchange", "structure", ">predicted", "interval", "domain")
    cells = [
        (
            f"{a.exchange.before}>>{a.exchange.after}",
            a.text,
            f"{a.mean:.4g}",
            f"[{a.low:.4g}, {a.high:.4g}]",
            "in" if a.is_in_domain else "out",
        )
        for a in one.analogues
    ]
    show.table(heads, cells)


def _exchanges(rows: tuple[Exchange, ...], scale: str) -> None:
    from loopwright.cli import show

    change = "log10 change" if scale == "log" else "change"
    cells = [
        (r.before, r.after, f"{r.n}", f"{r.mean:+.3g}", f"[{r.low:.3g}, {r.high:.3g}]")
        for r in rows[:SHOWN_EXCHANGES]
    ]
    if cells:
        show.table(("before", "after", ">pairs", f">{change}", "95 % interval"), cells)
    if len(rows) > SHOWN_EXCHANGES:
        typer.echo(f"... and {len(rows) - SHOWN_EXCHANGES} more (--json has all)")
